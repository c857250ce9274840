/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A driver that switches things off while frames arrive: frames and their
 * lengths must stay together, and the port must not be flushed under a command
 * that takes frames from it.
 */
#include "support/card.h"

/* One frame arrives in a fresh life and is the one that is delivered. */
static void expect_next_frame_is_right(struct drv *rx)
{
    uint64_t at = card_alloc(2048);
    uint8_t head[4] = {0};
    struct drv_used used;

    drv_add_one(rx, at, 2048, true, 9);
    drv_kick(rx);
    card_frame(100, 0x77);
    card_settle();
    assert_true(drv_reap(rx, &used, NULL, NULL));
    memcpy(head, fake_at(at + 12, 4), 4);
    assert_int_equal(head[0], 0x77);
    assert_int_equal(used.len, 112);
}

static void frames(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        card_frame(60 + i, i);
}

static void expect_a_new_life_is_right(void)
{
    struct net_card c;

    card_net(&c, 8, 8, true);
    expect_next_frame_is_right(&c.rx);
}

static void a_reset_may_come_while_frames_are_discarded(void **state)
{
    (void)state;
    frames(3);
    card_turns(1);
    card_write(REG_STATUS, 1, 0);
    card_settle();
    expect_a_new_life_is_right();
}

static void frames_may_come_during_a_reset(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 4; i++)
        drv_add_one(&c.tx, card_packet(60, i), 72, false, i);
    drv_kick(&c.tx);
    card_turns(2);
    card_write(REG_STATUS, 1, 0);
    assert_int_not_equal(card_status(), 0);
    frames(3);
    while (card_status() != 0) {
        frames(1);
        if (fake.fetches.count != 0)
            fake_fetch_step();
        else
            fake_write_step();
    }
    card_settle();
    expect_a_new_life_is_right();
}

static void frames_may_come_after_failed(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    frames(1);
    card_turns(2);
    card_write(REG_STATUS, 1, ST_FAILED);
    frames(3);
    card_turns(4);
    frames(1);
    card_settle();
    card_write(REG_STATUS, 1, 0);
    card_settle();
    expect_a_new_life_is_right();
}

static void frames_may_come_for_a_broken_queue(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, card_alloc(2048), 2048, false, 1);
    drv_kick(&c.rx);
    frames(2);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(fake.frame_head, fake.frame_tail);
    frames(5);
    card_turns(1);
    card_write(REG_STATUS, 1, 0);
    frames(3);
    card_settle();
    expect_a_new_life_is_right();
}

static void a_function_level_reset_may_come_while_frames_are_discarded(
    void **state)
{
    (void)state;
    frames(3);
    card_turns(1);
    fake_flr();
    card_settle();
    fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK |
                       RL_PCIE_STATUS_MSIX_EN_MASK;
    frames(3);
    card_settle();
    expect_a_new_life_is_right();
}

/* Power-up: the host has not yet allowed bus mastering. */
static void frames_without_bus_mastering_are_discarded(void **state)
{
    (void)state;
    fake_bus_master(false);
    frames(3);
    card_settle();
    fake_bus_master(true);
    expect_a_new_life_is_right();
}

/* A frame that is too large for its buffer needs no bus to be dropped. */
static void a_frame_is_dropped_without_bus_mastering(void **state)
{
    uint64_t at = card_alloc(128);
    uint8_t head[1] = {0};
    struct drv_used used;
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, at, 80, true, 1);
    drv_add_one(&c.rx, at, 80, true, 2);
    drv_kick(&c.rx);
    card_frame(20, 1); /* the look at the buffers needs the bus */
    card_settle();
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    fake_bus_master(false);
    card_frame(1000, 2);
    card_settle();
    fake_bus_master(true);
    card_frame(60, 0x77);
    card_settle();
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    memcpy(head, fake_at(at + 12, 1), 1);
    assert_int_equal(head[0], 0x77);
    assert_int_equal(used.len, 72);
    assert_false(card_status() & ST_NEEDS_RESET);
}

static void frames_are_discarded_beside_a_transmit_queue(void **state)
{
    struct drv tx;

    (void)state;
    card_negotiate(F_BASE);
    card_queue(&tx, 1, 8, false);
    card_driver_ok();
    for (uint16_t i = 0; i < 40; i++) {
        drv_add_one(&tx, card_packet(60, i), 72, false, i);
        drv_kick(&tx);
        frames(2);
        card_settle();
        assert_true(drv_reap(&tx, NULL, NULL, NULL));
    }
    assert_int_equal(fake.frame_head, fake.frame_tail);
}

/* Looking through a chain takes time; registers and the other queue wait. */
static void a_long_chain_of_no_use_is_looked_at_once_in_a_turn(void **state)
{
    struct drv_elem e[256];
    struct net_card c;

    (void)state;
    card_net(&c, 256, 8, true);
    for (uint32_t i = 0; i < 256; i++)
        e[i] = (struct drv_elem){card_alloc(64), 0, true};
    drv_add(&c.rx, e, 256, 1, 1);
    drv_kick(&c.rx);
    frames(20);
    for (uint32_t i = 0; i < 100; i++) {
        card_turns(1);
        assert_in_range(fake.writes.count, 0, 1);
        fake_fetch_step();
        fake_drain_writes();
    }
    card_settle();
    assert_int_equal(log_count(FAKE_DROPPED), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(a_reset_may_come_while_frames_are_discarded),
        test_net(frames_may_come_during_a_reset),
        test_net(frames_may_come_after_failed),
        test_net(frames_may_come_for_a_broken_queue),
        test_net(a_function_level_reset_may_come_while_frames_are_discarded),
        test_net(frames_without_bus_mastering_are_discarded),
        test_net(a_frame_is_dropped_without_bus_mastering),
        test_net(frames_are_discarded_beside_a_transmit_queue),
        test_net(a_long_chain_of_no_use_is_looked_at_once_in_a_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
