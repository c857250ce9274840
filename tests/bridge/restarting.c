/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What pauses the device, what resets it, and how it starts again.
 */
#include "support/world.h"

#include <unistd.h>

#define ENABLE_0  "enable 0 8 0x10000 0x10800 0x10808"
#define ENABLE_1  "enable 1 8 0x11000 0x11800 0x11808"
#define NEGOTIATE "negotiate 0xd00000000"

static void restart_queues(struct world *w)
{
    for (unsigned q = 0; q < 2; q++) {
        set_up_queue(w, q);
        set_enable(w, q, true);
    }
}

static void disabled_queues_pause_and_enabled_ones_resume(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    assert_false(session_paused(&w->session));
    set_enable(w, 0, false);
    assert_false(session_paused(&w->session));
    set_enable(w, 1, false);
    assert_true(session_paused(&w->session));
    set_enable(w, 1, true);
    set_enable(w, 0, true);
    assert_false(session_paused(&w->session));
    expect_calls(w, "");
}

static void memory_may_change_in_a_pause(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    set_enable(w, 0, false);
    set_enable(w, 1, false);
    share_memory(w);
    set_enable(w, 0, true);
    set_enable(w, 1, true);
    expect_calls(w, "");
    assert_true(session_running(&w->session));
}

static void a_kick_in_a_pause_is_kept_for_later(void **state)
{
    struct world *w = *state;
    int fds[DEVICE_MAX_QUEUES];

    start_pair(w, 0);
    set_enable(w, 0, false);
    assert_int_equal(session_kick_fds(&w->session, fds), 1);
    fe_signal(w->fe.kick[0]);
    assert_true(world_kicks(w));
    expect_calls(w, "");
    set_enable(w, 0, true);
    assert_int_equal(session_kick_fds(&w->session, fds), 2);
    assert_true(world_kicks(w));
    expect_calls(w, "doorbell 0");
}

static void get_vring_base_resets_and_tells_every_position(void **state)
{
    struct world *w = *state;
    struct vu_message reply;

    start_pair(w, 0);
    w->device.position[0] = 0x80058007;
    w->device.position[1] = 0x00030004;
    reply = answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
    assert_int_equal(reply.header.size, 8);
    assert_int_equal(reply.payload.state.index, 0);
    assert_int_equal(reply.payload.state.num, 0x80058007);
    reply = answers(w, fe_state(VU_GET_VRING_BASE, 1, 0));
    assert_int_equal(reply.payload.state.index, 1);
    assert_int_equal(reply.payload.state.num, 0x00030004);
    expect_calls(w, "stop");
    assert_false(session_running(&w->session));
}

static void a_stopped_ring_has_no_kick_and_call_fds(void **state)
{
    struct world *w = *state;
    int fds[DEVICE_MAX_QUEUES];

    start_pair(w, 0);
    answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
    answers(w, fe_state(VU_GET_VRING_BASE, 1, 0));
    assert_int_equal(session_kick_fds(&w->session, fds), 0);
    session_call(&w->session, 0);
    assert_int_equal(fe_count(w->fe.call[0]), 0);
}

static void the_base_of_a_ring_that_never_ran_is_where_rings_start(void **state)
{
    struct world *w = *state;
    struct vu_message reply;

    hello(w, F_BASE | F_PROTOCOL, 0);
    accepts(w, fe_state(VU_SET_VRING_BASE, 0, 0));
    reply = answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
    assert_int_equal(reply.payload.state.num, 0x80008000);
    expect_calls(w, "");
}

static void after_get_vring_base_rings_start_anew(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
    answers(w, fe_state(VU_GET_VRING_BASE, 1, 0));
    expect_calls(w, "stop");
    restart_queues(w);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; " ENABLE_1 "; run");
}

/* As testpmd does: the status goes down and up again without a 0 between. */
static void with_status_rings_wait_for_the_next_driver_ok(void **state)
{
    struct world *w = *state;

    start_pair(w, P_STATUS);
    answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
    answers(w, fe_state(VU_GET_VRING_BASE, 1, 0));
    expect_calls(w, "stop");
    set_status(w, 0x0b);
    expect_calls(w, NEGOTIATE);
    restart_queues(w);
    expect_calls(w, "");
    set_status(w, 0x0f);
    expect_calls(w, ENABLE_0 "; " ENABLE_1 "; run");
}

static void new_values_under_a_ring_that_runs_reset_the_device(void **state)
{
    struct world *w = *state;
    struct vu_message other = fe_addr(&w->fe, 0);

    other.payload.addr.used += 0x40;
    start_pair(w, 0);
    accepts(w, other);
    expect_calls(w, "stop");
    restart_queues(w);
    fake_device_forget(&w->device);
    accepts(w, fe_state(VU_SET_VRING_NUM, 0, 4));
    expect_calls(w, "stop");
    restart_queues(w);
    fake_device_forget(&w->device);
    accepts(w, fe_state(VU_SET_VRING_BASE, 0, 0x8000));
    expect_calls(w, "stop");
}

static void the_same_values_under_a_ring_that_runs_do_nothing(void **state)
{
    struct world *w = *state;

    start_pair(w, P_STATUS);
    accepts(w, fe_addr(&w->fe, 0));
    accepts(w, fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE));
    accepts(w, fe_u64(VU_SET_FEATURES, F_BASE | F_PROTOCOL));
    accepts(w, fe_fd(VU_SET_VRING_KICK, 0, w->fe.kick[1]));
    set_status(w, 0x0f);
    expect_calls(w, "");
}

static void the_same_features_with_one_not_offered_do_nothing(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    accepts(w, fe_u64(VU_SET_FEATURES, F_BASE | F_PROTOCOL | BIT(63)));
    expect_calls(w, "");
    assert_int_equal(remarks_of(w, "accepts features"), 1);
}

static void other_features_reset_and_are_negotiated(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    accepts(w, fe_u64(VU_SET_FEATURES,
                      (F_BASE | F_PROTOCOL) & ~BIT(FAKE_F_IN_ORDER)));
    expect_calls(w, "stop");
    restart_queues(w);
    expect_calls(w, "negotiate 0x500000000; " ENABLE_0 "; " ENABLE_1 "; run");
}

static void renegotiation_on_the_same_connection(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 3; i++) {
        start_pair(w, P_STATUS);
        answers(w, fe_state(VU_GET_VRING_BASE, 0, 0));
        answers(w, fe_state(VU_GET_VRING_BASE, 1, 0));
        expect_calls(w, "stop");
    }
    assert_int_equal(w->session.starts, 3);
}

static void status_0_resets(void **state)
{
    struct world *w = *state;

    start_pair(w, P_STATUS);
    set_status(w, 0);
    expect_calls(w, "stop");
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_STATUS)), 0);
    set_status(w, 0x0f);
    expect_calls(w, NEGOTIATE);
    restart_queues(w);
    expect_calls(w, ENABLE_0 "; run; " ENABLE_1);
}

static void a_driver_that_gives_up_stops_the_device(void **state)
{
    struct world *w = *state;

    start_pair(w, P_STATUS);
    set_status(w, 0x8f);
    expect_calls(w, "stop");
    assert_int_equal(answer_u64(w, fe_plain(VU_GET_STATUS)), 0x8f);
}

static void reset_device_and_reset_owner_reset(void **state)
{
    struct world *w = *state;

    start_pair(w, BIT(VU_PROTOCOL_RESET_DEVICE));
    accepts(w, fe_plain(VU_RESET_DEVICE));
    expect_calls(w, "stop");
    restart_queues(w);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; " ENABLE_1 "; run");
    accepts(w, fe_plain(VU_RESET_OWNER));
    expect_calls(w, "stop");
    world_reconnect(w);
    refuses(w, fe_plain(VU_RESET_DEVICE), "(13) was not");
}

static void a_device_that_does_not_stop_ends_the_connection(void **state)
{
    struct world *w = *state;
    const struct vu_message stops[] = {
        fe_state(VU_GET_VRING_BASE, 0, 0),
        fe_state(VU_SET_VRING_BASE, 0, 0),
        fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE / 2),
        fe_u64(VU_SET_FEATURES, F_BASE),
        fe_plain(VU_RESET_OWNER),
    };
    struct vu_message other = fe_addr(&w->fe, 0);

    for (unsigned i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        start_pair(w, 0);
        w->device.fails = FAKE_STOP;
        refuses(w, stops[i], "told to fail");
        w->device.fails = FAKE_NONE;
    }
    start_pair(w, 0);
    other.payload.addr.desc += 0x100;
    w->device.fails = FAKE_STOP;
    refuses(w, other, "told to fail");
}

/* ---- The end of a connection ---- */

static void a_new_connection_begins_with_nothing(void **state)
{
    struct world *w = *state;

    start_pair(w, P_STATUS);
    world_reconnect(w);
    expect_calls(w, "stop");
    refuses(w, fe_plain(VU_GET_STATUS), "(16) was not");
    start_pair(w, 0);
    assert_int_equal(w->session.starts, 2);
}

static struct vu_message handshake(struct world *w, unsigned step)
{
    struct vu_message m[] = {
        fe_plain(VU_SET_OWNER),
        fe_u64(VU_SET_PROTOCOL_FEATURES, BIT(VU_PROTOCOL_MQ)),
        fe_u64(VU_SET_FEATURES, F_BASE | F_PROTOCOL | BIT(FAKE_F_MQ)),
        fe_mem_table(&w->fe),
        fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE),
        fe_state(VU_SET_VRING_BASE, 0, 0x8000),
        fe_addr(&w->fe, 0),
        fe_fd(VU_SET_VRING_CALL, 0, w->fe.call[0]),
        fe_fd(VU_SET_VRING_ERR, 0, w->fe.err[0]),
        fe_fd(VU_SET_VRING_KICK, 0, w->fe.kick[0]),
        fe_state(VU_SET_VRING_ENABLE, 0, 1),
        fe_state(VU_SET_VRING_NUM, 1, FE_QUEUE_SIZE),
        fe_state(VU_SET_VRING_BASE, 1, 0x8000),
        fe_addr(&w->fe, 1),
        fe_fd(VU_SET_VRING_KICK, 1, w->fe.kick[1]),
        fe_state(VU_SET_VRING_ENABLE, 1, 1),
        fe_state(VU_SET_VRING_ENABLE, 0, 0),
    };

    return step < sizeof m / sizeof m[0] ? m[step] : fe_plain(0);
}

static void a_disconnect_anywhere_in_the_handshake_leaves_nothing(void **state)
{
    struct world *w = *state;
    unsigned steps = 0;

    while (handshake(w, steps).header.request)
        steps++;
    for (unsigned end = 0; end <= steps; end++) {
        for (unsigned i = 0; i < end; i++)
            accepts(w, handshake(w, i));
        close(w->fe.socket);
        w->fe.socket = -1;
        assert_false(world_serve(w, 0));
        expect_hung_up(w, "has left");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(disabled_queues_pause_and_enabled_ones_resume),
        world_test(memory_may_change_in_a_pause),
        world_test(a_kick_in_a_pause_is_kept_for_later),
        world_test(get_vring_base_resets_and_tells_every_position),
        world_test(a_stopped_ring_has_no_kick_and_call_fds),
        world_test(the_base_of_a_ring_that_never_ran_is_where_rings_start),
        world_test(after_get_vring_base_rings_start_anew),
        world_test(with_status_rings_wait_for_the_next_driver_ok),
        world_test(new_values_under_a_ring_that_runs_reset_the_device),
        world_test(the_same_values_under_a_ring_that_runs_do_nothing),
        world_test(the_same_features_with_one_not_offered_do_nothing),
        world_test(other_features_reset_and_are_negotiated),
        world_test(renegotiation_on_the_same_connection),
        world_test(status_0_resets),
        world_test(a_driver_that_gives_up_stops_the_device),
        world_test(reset_device_and_reset_owner_reset),
        world_test(a_device_that_does_not_stop_ends_the_connection),
        world_test(a_new_connection_begins_with_nothing),
        world_test(a_disconnect_anywhere_in_the_handshake_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
