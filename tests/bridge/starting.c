/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the device is made to do while a front-end shakes hands: when it is
 * negotiated with, which queues it gets, when it runs.
 */
#include "support/world.h"

#include <string.h>

#define ENABLE_0  "enable 0 8 0x10000 0x10800 0x10808"
#define ENABLE_1  "enable 1 8 0x11000 0x11800 0x11808"
#define ENABLE_2  "enable 2 8 0x42000 0x42800 0x42808"
#define ENABLE_3  "enable 3 8 0x43000 0x43800 0x43808"
#define NEGOTIATE "negotiate 0xd00000000"

static void memory_is_given_with_its_guest_addresses(void **state)
{
    struct world *w = *state;

    share_memory(w);
    assert_string_equal(w->device.log,
                        "map 0x10000 0x8000; map 0x40000 0x10000");
}

static void without_status_a_complete_pair_starts_the_device(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    share_memory(w);
    set_up_queue(w, 0);
    set_up_queue(w, 1);
    set_enable(w, 0, true);
    expect_calls(w, "");
    set_enable(w, 1, true);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; " ENABLE_1 "; run");
    assert_true(session_running(&w->session));
}

/* Old front-ends: rings are enabled from the beginning. */
static void without_protocol_features_the_last_kick_fd_starts_it(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE, 0);
    share_memory(w);
    set_up_queue(w, 0);
    expect_calls(w, "");
    set_up_queue(w, 1);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; " ENABLE_1 "; run");
}

static void with_status_driver_ok_starts_it(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x01);
    set_status(w, 0x03);
    expect_calls(w, "");
    set_status(w, 0x0b);
    expect_calls(w, NEGOTIATE);
    share_memory(w);
    for (unsigned q = 0; q < 2; q++) {
        set_up_queue(w, q);
        set_enable(w, q, true);
    }
    expect_calls(w, "");
    set_status(w, 0x0f);
    expect_calls(w, ENABLE_0 "; " ENABLE_1 "; run");
}

static void with_status_queues_may_follow_driver_ok(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x0f);
    expect_calls(w, NEGOTIATE);
    share_memory(w);
    set_up_queue(w, 1);
    set_enable(w, 1, true);
    expect_calls(w, ENABLE_1 "; run");
    set_up_queue(w, 0);
    set_enable(w, 0, true);
    expect_calls(w, ENABLE_0);
}

static void a_kick_starts_a_queue_that_is_alone(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    share_memory(w);
    set_up_queue(w, 1);
    set_enable(w, 1, true);
    assert_true(world_kicks(w));
    expect_calls(w, "");
    fe_signal(w->fe.kick[1]);
    assert_true(world_kicks(w));
    expect_calls(w, NEGOTIATE "; " ENABLE_1 "; run; doorbell 1");
}

static void a_kick_before_the_start_is_kept(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    share_memory(w);
    set_up_queue(w, 0);
    fe_signal(w->fe.kick[0]);
    assert_true(world_kicks(w));
    set_enable(w, 0, true);
    set_status(w, 0x0f);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; run");
    assert_true(world_kicks(w));
    expect_calls(w, "doorbell 0");
}

/* A queue that is complete, with a driver that has not said DRIVER_OK. */
static void a_kick_between_completion_and_driver_ok_is_not_lost(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    share_memory(w);
    set_up_queue(w, 0);
    set_enable(w, 0, true);
    fe_signal(w->fe.kick[0]);
    assert_true(world_kicks(w));
    expect_calls(w, "");
    set_status(w, 0x0f);
    assert_true(world_kicks(w));
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; run; doorbell 0");
}

static void a_device_of_one_queue_waits_for_no_second(void **state)
{
    struct world *w = *state;

    w->device.queues = 1;
    session_init(&w->session, &w->device.device, 0);
    hello(w, F_BASE | F_PROTOCOL, 0);
    share_memory(w);
    set_up_queue(w, 0);
    set_enable(w, 0, true);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; run");
}

static void a_pair_that_is_complete_later_is_enabled_later(void **state)
{
    struct world *w = *state;

    start_pair(w, BIT(VU_PROTOCOL_MQ));
    set_up_queue(w, 2);
    set_up_queue(w, 3);
    expect_calls(w, "");
    set_enable(w, 2, true);
    set_enable(w, 3, true);
    expect_calls(w, ENABLE_2 "; " ENABLE_3);
}

/* MQ without CTRL_VQ: the front-end has a control queue of its own, and tells
 * us by enabling queues how many pairs it wants. */
static void pairs_follow_the_queues_enabled(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL | BIT(FAKE_F_MQ), BIT(VU_PROTOCOL_MQ));
    share_memory(w);
    for (unsigned q = 0; q < 4; q++)
        set_up_queue(w, q);
    set_enable(w, 0, true);
    set_enable(w, 1, true);
    expect_calls(w, "negotiate 0xd00400000; " ENABLE_0 "; " ENABLE_1
                    "; run; pairs 1");
    set_enable(w, 2, true);
    expect_calls(w, ENABLE_2);
    set_enable(w, 3, true);
    expect_calls(w, ENABLE_3 "; pairs 2");
    set_enable(w, 2, false);
    expect_calls(w, "pairs 1");
}

static void a_guest_with_a_control_queue_sets_pairs_itself(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL | BIT(FAKE_F_MQ) | BIT(FAKE_F_CTRL_VQ),
          BIT(VU_PROTOCOL_MQ));
    share_memory(w);
    for (unsigned q = 0; q < 2; q++) {
        set_up_queue(w, q);
        set_enable(w, q, true);
    }
    expect_calls(w, "negotiate 0xd00420000; " ENABLE_0 "; " ENABLE_1 "; run");
}

/* ---- Features ---- */

static void features_that_cannot_be_carried_are_not_offered(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer_u64(w, fe_plain(VU_GET_FEATURES)),
                     F_BASE | F_PROTOCOL | BIT(FAKE_F_MQ) |
                         BIT(FAKE_F_CTRL_VQ));
}

static void masked_features_are_not_offered(void **state)
{
    struct world *w = *state;

    session_init(&w->session, &w->device.device, BIT(FAKE_F_IN_ORDER));
    assert_int_equal(
        answer_u64(w, fe_plain(VU_GET_FEATURES)) & BIT(FAKE_F_IN_ORDER), 0);
}

static void features_not_offered_are_masked_with_a_remark(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | BIT(FAKE_F_ACCESS_PLATFORM) | BIT(63), 0);
    assert_int_equal(remarks_of(w, "accepts features"), 1);
    share_memory(w);
    set_up_queue(w, 0);
    set_up_queue(w, 1);
    expect_calls(w, NEGOTIATE "; " ENABLE_0 "; " ENABLE_1 "; run");
}

static void a_driver_without_packed_rings_is_refused(void **state)
{
    struct world *w = *state;

    hello(w, BIT(FAKE_F_VERSION_1) | F_PROTOCOL, P_STATUS);
    refuses(w, fe_u64(VU_SET_STATUS, 0x0b), "without RING_PACKED");
}

static void a_legacy_driver_is_refused(void **state)
{
    struct world *w = *state;

    hello(w, BIT(FAKE_F_PACKED) | F_PROTOCOL, P_STATUS);
    refuses(w, fe_u64(VU_SET_STATUS, 0x0b), "without VERSION_1");
}

static void status_before_features_negotiates_nothing(void **state)
{
    struct world *w = *state;

    accepts(w, fe_u64(VU_SET_PROTOCOL_FEATURES, P_STATUS));
    set_status(w, 0x0b);
    expect_calls(w, "");
}

/* ---- What the front-end forgot ---- */

enum { NUM, BASE, ADDR, KICK, PARTS };

static void set_up_part(struct world *w, unsigned part)
{
    struct vu_message m[PARTS] = {
        fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE),
        fe_state(VU_SET_VRING_BASE, 0, 0x8000),
        fe_addr(&w->fe, 0),
        fe_fd(VU_SET_VRING_KICK, 0, w->fe.kick[0]),
    };

    accepts(w, m[part]);
}

static void a_queue_waits_for_its_last_part_whichever_it_is(void **state)
{
    struct world *w = *state;

    for (unsigned last = 0; last < PARTS; last++) {
        hello(w, F_BASE | F_PROTOCOL, P_STATUS);
        set_status(w, 0x0f);
        share_memory(w);
        set_enable(w, 0, true);
        for (unsigned i = 0; i < PARTS; i++)
            if (i != last)
                set_up_part(w, i);
        expect_calls(w, NEGOTIATE);
        set_up_part(w, last);
        expect_calls(w, ENABLE_0 "; run");
        world_reconnect(w);
        expect_calls(w, "stop");
    }
}

/* ---- A device that fails ---- */

static void a_device_that_fails_ends_the_connection(void **state)
{
    static const enum fake_op ops[] = {FAKE_NEGOTIATE, FAKE_ENABLE, FAKE_RUN,
                                       FAKE_PAIRS};
    struct world *w = *state;

    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        hello(w, F_BASE | F_PROTOCOL | BIT(FAKE_F_MQ), 0);
        share_memory(w);
        set_up_queue(w, 0);
        set_up_queue(w, 1);
        set_enable(w, 0, true);
        w->device.fails = ops[i];
        refuses(w, fe_state(VU_SET_VRING_ENABLE, 1, 1), "told to fail");
        w->device.fails = FAKE_NONE;
    }
    start_pair(w, 0);
}

static void a_kick_that_starts_a_device_that_fails_ends_it_too(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    share_memory(w);
    set_up_queue(w, 0);
    set_enable(w, 0, true);
    fe_signal(w->fe.kick[0]);
    w->device.fails = FAKE_RUN;
    assert_false(world_kicks(w));
    expect_hung_up(w, "told to fail");
}

static void enabling_without_the_feature_for_it_is_remarked(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE, 0);
    set_enable(w, 0, true);
    assert_int_equal(remarks_of(w, "PROTOCOL_FEATURES was not taken"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(memory_is_given_with_its_guest_addresses),
        world_test(without_status_a_complete_pair_starts_the_device),
        world_test(without_protocol_features_the_last_kick_fd_starts_it),
        world_test(with_status_driver_ok_starts_it),
        world_test(with_status_queues_may_follow_driver_ok),
        world_test(a_kick_starts_a_queue_that_is_alone),
        world_test(a_kick_before_the_start_is_kept),
        world_test(a_kick_between_completion_and_driver_ok_is_not_lost),
        world_test(a_device_of_one_queue_waits_for_no_second),
        world_test(a_pair_that_is_complete_later_is_enabled_later),
        world_test(pairs_follow_the_queues_enabled),
        world_test(a_guest_with_a_control_queue_sets_pairs_itself),
        world_test(features_that_cannot_be_carried_are_not_offered),
        world_test(masked_features_are_not_offered),
        world_test(features_not_offered_are_masked_with_a_remark),
        world_test(a_driver_without_packed_rings_is_refused),
        world_test(a_legacy_driver_is_refused),
        world_test(status_before_features_negotiates_nothing),
        world_test(a_queue_waits_for_its_last_part_whichever_it_is),
        world_test(a_device_that_fails_ends_the_connection),
        world_test(a_kick_that_starts_a_device_that_fails_ends_it_too),
        world_test(enabling_without_the_feature_for_it_is_remarked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
