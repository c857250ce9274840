/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vfio-user: memory that is mapped, memory that only messages reach.
 */
#include "support/vfio_world.h"

#include <errno.h>
#include <unistd.h>

static struct vfio_message shared(const struct vfio_world *w, uint64_t addr,
                                  uint64_t bytes, uint64_t offset,
                                  uint32_t flags)
{
    struct vfio_message m = vc_map(addr, bytes, offset, flags);

    vc_attach(&m, w->fe.memory);
    return m;
}

static void memory_with_an_fd_is_mapped_and_the_fd_closed(void **state)
{
    struct vfio_world *w = *state;
    unsigned before = fe_count_fds();

    vw_answer(w, shared(w, 0x100000, 0x4000, 0x3000, RW));
    assert_int_equal(fe_count_fds(), before);
    assert_int_equal(fe_count_mappings(), 1);
    vw_expect_calls(w, "map 0x100000 0x4000 0");
    w->device.region[0].p[0x3fff] = 1;
    assert_int_equal(vw_answer(w, vc_unmap(0x100000, 0x4000)).header.size, 40);
    vw_expect_calls(w, "unmap 0x100000");
    assert_int_equal(fe_count_mappings(), 0);
}

static void read_only_memory_is_told(void **state)
{
    struct vfio_world *w = *state;

    vw_answer(w, shared(w, 0x1000, 0x1000, 0, VFIO_MAP_READ));
    vw_answer(w, vc_map(0xfffc0000, 0x40000, 0, VFIO_MAP_READ));
    vw_expect_calls(w, "map 0x1000 0x1000 1; map 0xfffc0000 0x40000 3");
}

static void memory_that_cannot_be_is_refused(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_map(0x1000, 0x1000, 0, RW);

    vc_attach(&m, w->fe.socket);
    vw_refused(w, m, EINVAL);
    vw_refused(w, shared(w, 0x1000, FE_MEMORY_BYTES, 0x1000, RW), EINVAL);
    vw_answer(w, shared(w, 0x1000, 0x2000, 0, RW));
    vw_refused(w, shared(w, 0x2000, 0x2000, 0, RW), EINVAL);
    vw_refused(w, vc_map(0, 0x1001, 0, RW), EINVAL);
    w->device.fails = true;
    vw_refused(w, shared(w, 0x10000, 0x1000, 0, RW), EINVAL);
    w->device.fails = false;
    assert_int_equal(fe_count_mappings(), 1);
}

static void too_many_regions_are_refused(void **state)
{
    struct vfio_world *w = *state;

    for (unsigned i = 0; i < GUEST_REGIONS; i++)
        vw_answer(w, vc_map(0x1000 * i, 0x1000, 0, RW));
    vw_refused(w, vc_map(0x1000000, 0x1000, 0, RW), EINVAL);
    vw_answer(w, vc_unmap(0, 0x1000));
    vw_answer(w, vc_map(0x1000000, 0x1000, 0, RW));
}

static void only_whole_regions_are_removed(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message all = vc_unmap(0, 0);

    vw_answer(w, shared(w, 0x1000, 0x2000, 0, RW));
    vw_answer(w, vc_map(0x8000, 0x1000, 0, RW));
    vw_refused(w, vc_unmap(0x1000, 0x1000), ENOENT);
    vw_refused(w, vc_unmap(0x2000, 0x1000), ENOENT);
    vw_refused(w, vc_unmap(0x1000, 0x3000), ENOENT);
    all.payload.unmap.flags = VFIO_UNMAP_ALL;
    vw_answer(w, all);
    assert_int_equal(w->device.regions, 0);
}

/* ---- Messages of the server ---- */

static struct vfio_message asked(struct vfio_world *w, unsigned command,
                                 uint64_t addr, uint32_t bytes)
{
    struct vfio_message m;

    assert_true(vc_receive(w->fe.socket, &m));
    assert_int_equal(m.header.command, command);
    assert_int_equal(m.header.flags, 0);
    assert_int_equal(m.payload.dma.addr, addr);
    assert_int_equal(m.payload.dma.count, bytes);
    return m;
}

static void answer_is_taken(struct vfio_world *w, struct vfio_message m)
{
    vc_send(w->fe.socket, &m);
    if (!vw_serve(w, 0))
        fail_msg("%s", w->why);
}

static void a_read_is_asked_for_and_answered(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m;

    vfio_session_dma(&w->session, false, 77, 0x12340, NULL, 512);
    m = asked(w, VFIO_DMA_READ, 0x12340, 512);
    assert_int_equal(m.header.size, 32);
    m.payload.dma.data[0] = 0xab;
    answer_is_taken(w, vc_answer(&m));
    assert_int_equal(w->device.answers, 1);
    assert_int_equal(w->device.answer[0].handle, 77);
    assert_true(w->device.answer[0].given);
    assert_int_equal(w->device.answer[0].first, 0xab);
}

static void a_write_carries_its_bytes(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m;

    vfio_session_dma(&w->session, true, 0, 0x5001, w->device.bar0, 3);
    m = asked(w, VFIO_DMA_WRITE, 0x5001, 3);
    assert_int_equal(m.header.size, 35);
    assert_int_equal(m.payload.dma.data[2], 0x82);
    answer_is_taken(w, vc_answer(&m));
    assert_int_equal(vfio_session_owed_since(&w->session), INT64_MAX);
}

static void answers_may_come_in_any_order_between_commands(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m[3];

    for (unsigned i = 0; i < 3; i++) {
        vfio_session_dma(&w->session, false, i, 0x1000 * i, NULL, 16);
        m[i] = asked(w, VFIO_DMA_READ, 0x1000 * i, 16);
    }
    vw_answer(w, vc_info());
    for (unsigned i = 3; i-- > 0;)
        answer_is_taken(w, vc_answer(&m[i]));
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(w->device.answer[i].handle, 2 - i);
}

static void an_error_answers_without_data(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m;

    vfio_session_dma(&w->session, false, 5, 0x1000, NULL, 16);
    m = asked(w, VFIO_DMA_READ, 0x1000, 16);
    m.header.flags = VFIO_REPLY | VFIO_ERROR;
    m.header.size = VFIO_HEADER_BYTES;
    m.header.error = EFAULT;
    answer_is_taken(w, m);
    assert_int_equal(w->device.answers, 1);
    assert_false(w->device.answer[0].given);
}

static void an_answer_of_the_wrong_size_or_kind_ends_the_connection(
    void **state)
{
    struct vfio_world *w = *state;

    for (unsigned i = 0; i < 4; i++) {
        struct vfio_message m;

        vfio_session_dma(&w->session, false, i, 0x1000, NULL, 16);
        m = asked(w, VFIO_DMA_READ, 0x1000, 16);
        m = vc_answer(&m);
        if (i == 0)
            m.header.size--;
        else if (i == 1)
            m.payload.dma.count = 15;
        else if (i == 2)
            m.header.command = VFIO_DMA_WRITE;
        else
            m.header.id++;
        vw_hangs_up(w, m, i < 2 ? "wrong size" : "not asked");
        assert_int_equal(w->device.answers, i + 1);
        assert_false(w->device.answer[i].given);
    }
}

static void what_is_owed_at_the_end_cannot_be_had(void **state)
{
    struct vfio_world *w = *state;

    vfio_session_dma(&w->session, false, 1, 0x1000, NULL, 16);
    vfio_session_dma(&w->session, true, 0, 0x1000, w->device.bar0, 16);
    vfio_session_dma(&w->session, false, 2, 0x1000, NULL, 16);
    assert_true(vfio_session_owed_since(&w->session) < INT64_MAX);
    close(w->fe.socket);
    w->fe.socket = -1;
    assert_false(vw_serve(w, 0));
    assert_int_equal(w->device.answers, 2);
    assert_false(w->device.answer[0].given || w->device.answer[1].given);
    vw_expect_hung_up(w, "has left");
}

static void a_client_that_takes_no_messages_is_lost(void **state)
{
    struct vfio_world *w = *state;
    unsigned i = 0;

    while (!w->session.lost && i++ < 100000)
        vfio_session_dma(&w->session, true, 0, 0x1000, w->device.bar0, 32);
    assert_true(w->session.lost);
    vfio_session_dma(&w->session, false, 9, 0x1000, NULL, 16);
    assert_int_equal(w->device.answers, 1);
    assert_false(w->device.answer[0].given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        vfio_test(memory_with_an_fd_is_mapped_and_the_fd_closed),
        vfio_test(read_only_memory_is_told),
        vfio_test(memory_that_cannot_be_is_refused),
        vfio_test(too_many_regions_are_refused),
        vfio_test(only_whole_regions_are_removed),
        vfio_test(a_read_is_asked_for_and_answered),
        vfio_test(a_write_carries_its_bytes),
        vfio_test(answers_may_come_in_any_order_between_commands),
        vfio_test(an_error_answers_without_data),
        vfio_test(an_answer_of_the_wrong_size_or_kind_ends_the_connection),
        vfio_test(what_is_owed_at_the_end_cannot_be_had),
        vfio_test(a_client_that_takes_no_messages_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
