/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Requests with an answer, acknowledgements, status and configuration.
 */
#include "support/world.h"

#include <string.h>
#include <unistd.h>

#define P_ACK    BIT(VU_PROTOCOL_REPLY_ACK)
#define P_CONFIG BIT(VU_PROTOCOL_CONFIG)

static struct vu_message wanting_an_answer(struct vu_message m)
{
    m.header.flags |= VU_FLAG_NEED_REPLY;
    return m;
}

static void protocol_features_are_told(void **state)
{
    assert_int_equal(answer_u64(*state, fe_plain(VU_GET_PROTOCOL_FEATURES)),
                     BIT(0) | BIT(3) | BIT(5) | BIT(9) | BIT(13) | BIT(15) |
                         BIT(16));
}

static void protocol_features_not_offered_are_remarked(void **state)
{
    struct world *w = *state;

    accepts(w, fe_u64(VU_SET_PROTOCOL_FEATURES, BIT(1) | P_STATUS));
    assert_int_equal(remarks_of(w, "protocol features are set"), 1);
    assert_int_equal(w->session.protocol, P_STATUS);
}

static void queues_are_told(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer_u64(w, fe_plain(VU_GET_QUEUE_NUM)), 4);
    w->device.queues = 1;
    session_init(&w->session, &w->device.device, 0);
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_QUEUE_NUM)), 1);
}

static void more_queues_than_a_bridge_carries_are_not_used(void **state)
{
    struct world *w = *state;

    w->device.queues = 200;
    session_init(&w->session, &w->device.device, 0);
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_QUEUE_NUM)),
                     DEVICE_MAX_QUEUES);
    refuses(w, fe_state(VU_SET_VRING_NUM, DEVICE_MAX_QUEUES, 8),
            "there is no queue");
}

/* ---- Acknowledgements ---- */

static void success_is_acknowledged_with_0(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_ACK);
    assert_int_equal(answer_u64(w, wanting_an_answer(fe_mem_table(&w->fe))), 0);
    assert_int_equal(
        answer_u64(w, wanting_an_answer(fe_state(VU_SET_VRING_NUM, 0, 8))), 0);
}

static void the_message_that_takes_the_feature_is_acknowledged(void **state)
{
    assert_int_equal(answer_u64(*state, wanting_an_answer(fe_u64(
                                            VU_SET_PROTOCOL_FEATURES, P_ACK))),
                     0);
}

static void failure_is_acknowledged_before_the_end(void **state)
{
    struct world *w = *state;
    struct vu_message m =
        wanting_an_answer(fe_state(VU_SET_VRING_NUM, 0, 0xffff));
    struct vu_message reply;

    hello(w, F_BASE | F_PROTOCOL, P_ACK);
    fe_send(&w->fe, &m);
    assert_false(world_serve(w, 0));
    assert_true(fe_reply(&w->fe, &reply));
    assert_int_equal(reply.header.request, VU_SET_VRING_NUM);
    assert_int_equal(reply.header.size, 8);
    assert_true(reply.payload.u64 != 0);
    expect_hung_up(w, "descriptors");
}

static void without_the_feature_nothing_is_acknowledged(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    accepts(w, wanting_an_answer(fe_mem_table(&w->fe)));
}

static void a_request_with_an_answer_has_one_only(void **state)
{
    struct world *w = *state;
    struct vu_message reply;

    hello(w, F_BASE | F_PROTOCOL, P_ACK);
    assert_true(answer_u64(w, wanting_an_answer(fe_plain(VU_GET_FEATURES))) &
                F_BASE);
    assert_false(fe_reply(&w->fe, &reply));
}

/* ---- Status ---- */

static void status_is_the_device_s_once_it_has_features(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x03);
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_STATUS)), 0x03);
    set_status(w, 0x0b);
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_STATUS)), 0x0b);
    set_status(w, 0x0f); /* no queue yet: the device has not heard of it */
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_STATUS)), 0x0b);
}

static void status_bits_that_are_cleared_are_remarked(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x0b);
    set_status(w, 0x03);
    assert_int_equal(remarks_of(w, "clears a device status bit"), 1);
    set_status(w, 0x00);
    assert_int_equal(remarks_of(w, "clears a device status bit"), 1);
}

static void driver_ok_without_features_ok_is_remarked(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x07);
    assert_int_equal(remarks_of(w, "DRIVER_OK is set without"), 1);
}

static void a_status_of_more_than_a_byte_is_refused(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    refuses(w, fe_u64(VU_SET_STATUS, 0x100), "is no device status");
}

static void status_needs_its_protocol_feature(void **state)
{
    refuses(*state, fe_u64(VU_SET_STATUS, 1), "(16) was not");
    refuses(*state, fe_plain(VU_GET_STATUS), "(16) was not");
}

/* ---- Configuration ---- */

static void configuration_is_read(void **state)
{
    struct world *w = *state;
    struct vu_message reply;

    hello(w, F_BASE | F_PROTOCOL, P_CONFIG);
    reply = answers(w, fe_config(VU_GET_CONFIG, 4, 6));
    assert_int_equal(reply.header.size, VU_CONFIG_HEADER + 6);
    assert_int_equal(reply.payload.config.offset, 4);
    assert_int_equal(reply.payload.config.size, 6);
    assert_memory_equal(reply.payload.config.data, w->device.config + 4, 6);
}

static void configuration_that_is_not_there_has_an_empty_answer(void **state)
{
    struct world *w = *state;
    struct vu_message reply;

    hello(w, F_BASE | F_PROTOCOL, P_CONFIG);
    reply = answers(w, fe_config(VU_GET_CONFIG, FAKE_CONFIG - 1, 2));
    assert_int_equal(reply.header.size, 0);
    reply = answers(w, fe_config(VU_GET_CONFIG, 256, 0));
    assert_int_equal(reply.header.size, 0);
}

static void configuration_is_written(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_config(VU_SET_CONFIG, 2, 3);

    hello(w, F_BASE | F_PROTOCOL, P_CONFIG);
    memcpy(m.payload.config.data, "abc", 3);
    accepts(w, m);
    expect_calls(w, "config-write 2 3");
    assert_memory_equal(w->device.config + 2, "abc", 3);
    refuses(w, fe_config(VU_SET_CONFIG, FAKE_CONFIG, 1), "not there");
}

static void configuration_out_of_range_is_refused(void **state)
{
    struct world *w = *state;

    for (uint32_t r = VU_GET_CONFIG; r <= VU_SET_CONFIG; r++) {
        struct vu_message m = fe_config(r, 0, 4);

        m.payload.config.size = 5;
        refuses(w, m, "does not fit the payload's size");
        m.payload.config.size = 257;
        refuses(w, m, "more than 256 bytes");
        m.payload.config.size = 0xffffffff;
        refuses(w, m, "more than 256 bytes");
        refuses(w, fe_config(r, 253, 4), "beyond 256 bytes");
        refuses(w, fe_config(r, 0xfffffffe, 4), "beyond 256 bytes");
        refuses(w, fe_config(r, 0, 4), "(9) was not");
    }
}

/* ---- The back-end's own requests ---- */

static void a_configuration_change_is_told_on_the_back_end_s_channel(
    void **state)
{
    struct world *w = *state;
    struct front_end other = {.socket = -1};
    struct vu_message m = fe_plain(VU_SET_BACKEND_REQ_FD);
    int end;

    fe_connect(&other, &end);
    fe_attach(&m, end);
    hello(w, F_BASE | F_PROTOCOL, P_CONFIG | BIT(VU_PROTOCOL_BACKEND_REQ));
    accepts(w, m);
    close(end);
    session_config_changed(&w->session);
    assert_true(fe_reply(&other, &m));
    assert_int_equal(m.header.request, VU_BACKEND_CONFIG_CHANGE);
    assert_int_equal(m.header.flags, VU_FLAG_VERSION);
    assert_int_equal(m.header.size, 0);
    close(other.socket);
    session_config_changed(&w->session); /* the other end has gone */
    assert_int_equal(w->session.backend_fd, -1);
}

static void a_back_end_channel_that_is_none_is_dropped(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_plain(VU_SET_BACKEND_REQ_FD);

    fe_attach(&m, w->fe.memory);
    hello(w, F_BASE | F_PROTOCOL, P_CONFIG | BIT(VU_PROTOCOL_BACKEND_REQ));
    accepts(w, m);
    session_config_changed(&w->session);
    assert_int_equal(w->session.backend_fd, -1);
    session_config_changed(&w->session);
    world_reconnect(w);
    refuses(w, m, "(5) was not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(protocol_features_are_told),
        world_test(protocol_features_not_offered_are_remarked),
        world_test(queues_are_told),
        world_test(more_queues_than_a_bridge_carries_are_not_used),
        world_test(success_is_acknowledged_with_0),
        world_test(the_message_that_takes_the_feature_is_acknowledged),
        world_test(failure_is_acknowledged_before_the_end),
        world_test(without_the_feature_nothing_is_acknowledged),
        world_test(a_request_with_an_answer_has_one_only),
        world_test(status_is_the_device_s_once_it_has_features),
        world_test(status_bits_that_are_cleared_are_remarked),
        world_test(driver_ok_without_features_ok_is_remarked),
        world_test(a_status_of_more_than_a_byte_is_refused),
        world_test(status_needs_its_protocol_feature),
        world_test(configuration_is_read),
        world_test(configuration_that_is_not_there_has_an_empty_answer),
        world_test(configuration_is_written),
        world_test(configuration_out_of_range_is_refused),
        world_test(a_configuration_change_is_told_on_the_back_end_s_channel),
        world_test(a_back_end_channel_that_is_none_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
