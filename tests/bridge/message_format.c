/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What is no message: wrong header, size, number of fds. Whoever sends it is
 * hung up on, and nothing is left behind, whatever came before.
 */
#include "support/world.h"

#include <string.h>
#include <unistd.h>

/* Requests that are taken, with the sizes they may have and the fds. */
static const struct format {
    uint32_t request, min, max, fds_min, fds_max;
} formats[] = {
    {VU_GET_FEATURES, 0, 0, 0, 0},
    {VU_SET_FEATURES, 8, 8, 0, 0},
    {VU_SET_OWNER, 0, 0, 0, 0},
    {VU_RESET_OWNER, 0, 0, 0, 0},
    {VU_SET_MEM_TABLE, 8, 264, 0, 8},
    {VU_SET_VRING_NUM, 8, 8, 0, 0},
    {VU_SET_VRING_ADDR, 40, 40, 0, 0},
    {VU_SET_VRING_BASE, 8, 8, 0, 0},
    {VU_GET_VRING_BASE, 8, 8, 0, 0},
    {VU_SET_VRING_KICK, 8, 8, 0, 1},
    {VU_SET_VRING_CALL, 8, 8, 0, 1},
    {VU_SET_VRING_ERR, 8, 8, 0, 1},
    {VU_GET_PROTOCOL_FEATURES, 0, 0, 0, 0},
    {VU_SET_PROTOCOL_FEATURES, 8, 8, 0, 0},
    {VU_GET_QUEUE_NUM, 0, 0, 0, 0},
    {VU_SET_VRING_ENABLE, 8, 8, 0, 0},
    {VU_SET_BACKEND_REQ_FD, 0, 8, 1, 1},
    {VU_GET_CONFIG, 12, 268, 0, 0},
    {VU_SET_CONFIG, 12, 268, 0, 0},
    {VU_RESET_DEVICE, 0, 0, 0, 0},
    {VU_GET_MAX_MEM_SLOTS, 0, 0, 0, 0},
    {VU_ADD_MEM_REG, 40, 40, 1, 1},
    {VU_REM_MEM_REG, 40, 40, 0, 1},
    {VU_SET_STATUS, 8, 8, 0, 0},
    {VU_GET_STATUS, 0, 8, 0, 0},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static struct vu_message sized(const struct format *f, uint32_t size)
{
    struct vu_message m = fe_plain(f->request);

    m.header.size = size;
    return m;
}

static void attach_eventfds(const struct world *w, struct vu_message *m,
                            unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        fe_attach(m, w->fe.kick[i]);
}

static bool taken(uint32_t request)
{
    for (unsigned i = 0; i < FORMATS; i++)
        if (formats[i].request == request)
            return true;
    return false;
}

static void a_payload_one_byte_short_is_refused(void **state)
{
    for (const struct format *f = formats; f < formats + FORMATS; f++)
        if (f->min)
            refuses(*state, sized(f, f->min - 1), "too short");
}

static void a_payload_one_byte_long_is_refused(void **state)
{
    for (const struct format *f = formats; f < formats + FORMATS; f++)
        refuses(*state, sized(f, f->max + 1), "too long");
}

static void a_size_of_gigabytes_is_refused_from_the_header_alone(void **state)
{
    struct world *w = *state;

    for (const struct format *f = formats; f < formats + FORMATS; f++) {
        struct vu_header h = {.request = f->request,
                              .flags = VU_FLAG_VERSION,
                              .size = 0xffffffff};

        fe_send_bytes(&w->fe, &h, sizeof h, NULL, 0);
        assert_false(world_serve(w, 0));
        expect_hung_up(w, "too long");
    }
}

static void requests_without_a_meaning_are_refused(void **state)
{
    static const uint32_t numbers[] = {0, VU_REQUESTS, 255, 0x80000001,
                                       0xffffffff};

    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        refuses(*state, fe_plain(numbers[i]), "unknown request");
}

static void requests_of_features_not_offered_are_refused(void **state)
{
    for (uint32_t request = 1; request < VU_REQUESTS; request++)
        if (!taken(request))
            refuses(*state, fe_plain(request), "not offered");
}

static void another_version_is_refused(void **state)
{
    for (uint32_t version = 0; version < 4; version++) {
        struct vu_message m = fe_plain(VU_GET_FEATURES);

        m.header.flags = version;
        if (version != VU_FLAG_VERSION)
            refuses(*state, m, "version");
    }
}

static void a_reply_is_no_request(void **state)
{
    struct vu_message m = fe_plain(VU_GET_FEATURES);

    m.header.flags |= VU_FLAG_REPLY;
    refuses(*state, m, "marked as a reply");
}

static void reserved_flags_are_refused(void **state)
{
    for (unsigned bit = 4; bit < 32; bit++) {
        struct vu_message m = fe_plain(VU_GET_FEATURES);

        m.header.flags |= 1u << bit;
        refuses(*state, m, "reserved flags");
    }
}

static void an_fd_too_few_is_refused(void **state)
{
    for (const struct format *f = formats; f < formats + FORMATS; f++)
        if (f->fds_min)
            refuses(*state, sized(f, f->max), "fd is missing");
}

static void an_fd_too_many_is_refused(void **state)
{
    for (const struct format *f = formats; f < formats + FORMATS; f++) {
        struct vu_message m = sized(f, f->max);

        if (f->fds_max == VU_MAX_FDS)
            continue;
        attach_eventfds(*state, &m, f->fds_max + 1);
        refuses(*state, m, "more fds");
    }
}

/* More than the back-end makes room for, with any request. */
static void nine_and_more_fds_are_refused_and_closed(void **state)
{
    struct world *w = *state;

    for (unsigned n = VU_MAX_FDS + 1; n <= DEVICE_MAX_QUEUES; n++)
        for (const struct format *f = formats; f < formats + FORMATS; f++) {
            struct vu_message m = sized(f, f->max);

            fe_send_bytes(&w->fe, &m, VU_HEADER_BYTES + m.header.size,
                          w->fe.kick, n);
            assert_false(world_serve(w, 0));
            expect_hung_up(w, "more fds");
        }
}

static void fds_beside_a_bad_header_are_closed(void **state)
{
    struct vu_message m = fe_plain(0xffff);

    attach_eventfds(*state, &m, VU_MAX_FDS);
    refuses(*state, m, "unknown request");
}

static void kick_call_and_err_want_the_fd_that_they_announce(void **state)
{
    struct world *w = *state;

    for (uint32_t request = VU_SET_VRING_KICK; request <= VU_SET_VRING_ERR;
         request++) {
        struct vu_message m = fe_fd(request, 0, -1);

        fe_attach(&m, w->fe.kick[0]);
        refuses(w, m, "an fd although");
        m = fe_fd(request, 0, w->fe.kick[0]);
        m.fds = 0;
        refuses(w, m, "no fd although");
    }
}

static void kick_call_and_err_have_reserved_bits(void **state)
{
    struct world *w = *state;

    for (unsigned bit = 9; bit < 64; bit++)
        for (uint32_t r = VU_SET_VRING_KICK; r <= VU_SET_VRING_ERR; r++) {
            struct vu_message m = fe_fd(r, 0, w->fe.kick[0]);

            m.payload.u64 |= BIT(bit);
            refuses(w, m, "reserved bits");
        }
}

static void enable_is_0_or_1(void **state)
{
    refuses(*state, fe_state(VU_SET_VRING_ENABLE, 0, 2), "neither 0 nor 1");
    refuses(*state, fe_state(VU_SET_VRING_ENABLE, 0, 0xffffffff),
            "neither 0 nor 1");
}

static void a_bad_message_resets_a_device_that_runs(void **state)
{
    struct world *w = *state;

    for (const struct format *f = formats; f < formats + FORMATS; f++) {
        start_pair(w, P_STATUS);
        refuses(w, sized(f, f->max + 1), "too long");
        expect_calls(w, "stop");
    }
}

static void every_request_has_a_name_and_no_other_has(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FORMATS; i++)
        assert_non_null(vu_request_name(formats[i].request));
    assert_null(vu_request_name(0));
    assert_null(vu_request_name(VU_REQUESTS));
    assert_null(vu_request_name(0xffffffff));
    assert_false(vu_has_reply(0xffffffff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(a_payload_one_byte_short_is_refused),
        world_test(a_payload_one_byte_long_is_refused),
        world_test(a_size_of_gigabytes_is_refused_from_the_header_alone),
        world_test(requests_without_a_meaning_are_refused),
        world_test(requests_of_features_not_offered_are_refused),
        world_test(another_version_is_refused),
        world_test(a_reply_is_no_request),
        world_test(reserved_flags_are_refused),
        world_test(an_fd_too_few_is_refused),
        world_test(an_fd_too_many_is_refused),
        world_test(nine_and_more_fds_are_refused_and_closed),
        world_test(fds_beside_a_bad_header_are_closed),
        world_test(kick_call_and_err_want_the_fd_that_they_announce),
        world_test(kick_call_and_err_have_reserved_bits),
        world_test(enable_is_0_or_1),
        world_test(a_bad_message_resets_a_device_that_runs),
        world_test(every_request_has_a_name_and_no_other_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
