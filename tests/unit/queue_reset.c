/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * RING_RESET: one queue is reset while the others go on.
 */
#include "support/card.h"

static struct net_card card;

static void start(void)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | F_RING_RESET);
    card_queue(&card.rx, 0, 16, true);
    card_queue(&card.tx, 1, 16, true);
    card_driver_ok();
    card_settle();
}

static uint32_t resetting(uint16_t queue)
{
    card_select(queue);
    return card_read(REG_QUEUE_RESET, 2);
}

static void reset(uint16_t queue)
{
    card_select(queue);
    card_write(REG_QUEUE_RESET, 2, 1);
}

static void expect_off(uint16_t queue)
{
    assert_int_equal(resetting(queue), 0);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), VQ_MAX_SIZE);
    assert_true(card_read64(REG_QUEUE_DESC) == 0);
}

static void tx_works(void)
{
    uint32_t before = fake.sent_count;

    drv_add_one(&card.tx, card_packet(60, 5), 72, false, 42);
    drv_kick(&card.tx);
    card_settle();
    card_expect_sent(before, 60, 5);
    assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
}

static void rx_works(uint32_t mark)
{
    struct drv_used used;
    uint64_t at = card_alloc(128);

    drv_add_one(&card.rx, at, 128, true, 7);
    drv_kick(&card.rx);
    card_frame(64, mark);
    card_settle();
    assert_true(drv_reap(&card.rx, &used, NULL, NULL));
    assert_int_equal(used.len, 76);
    assert_int_equal(*(uint8_t *)fake_at(at + 12, 1), mark);
}

static void an_idle_queue_starts_again_with_another_size(void **state)
{
    (void)state;
    start();
    for (uint16_t size = 1; size < 30; size += 7) {
        reset(1);
        card_settle();
        expect_off(1);
        rx_works(size);
        card_queue(&card.tx, 1, size, true);
        card_settle();
        tx_works();
        reset(0);
        card_settle();
        expect_off(0);
        tx_works();
        card_queue(&card.rx, 0, size, true);
        card_settle();
        rx_works(size + 1u);
    }
}

/* queue_reset reads 1 while DMA is under way; enabling is refused until then,
 * and afterwards nothing touches the queue. */
static void a_busy_queue_is_reset_when_its_dma_has_ended(void **state)
{
    uint32_t log;

    (void)state;
    start();
    for (uint16_t i = 0; i < 8; i++)
        drv_add_one(&card.tx, card_packet(60, i), 72, false, i);
    drv_kick(&card.tx);
    card_turns(1);
    fake_fetch_step();
    card_turns(2);
    reset(1);
    assert_int_equal(resetting(1), 1);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    card_turns(10);
    assert_int_equal(resetting(1), 1);
    card_settle();
    expect_off(1);
    log = fake.log_count;
    fake_doorbell(1, 1);
    card_settle();
    for (uint32_t i = log; i < fake.log_count; i++)
        assert_int_not_equal(fake.log[i].queue, 1);
    rx_works(3);
    card_queue(&card.tx, 1, 8, true);
    card_settle();
    tx_works();
}

/* Frames that were on their way into the queue leave the port; those behind
 * them wait for no queue that is away. */
static void a_receive_queue_may_be_reset_under_load(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 60; run++) {
        start();
        for (uint16_t i = 0; i < 8; i++)
            drv_add_one(&card.rx, card_alloc(128), 128, true, i);
        drv_kick(&card.rx);
        for (uint32_t i = 0; i < 12; i++)
            card_frame(64, i);
        for (uint32_t i = draw_below(20); i != 0; i--) {
            card_turns(1);
            fake_random_step(draw);
        }
        reset(0);
        card_settle();
        expect_off(0);
        tx_works();
        card_queue(&card.rx, 0, 8, true);
        fake_advance(1000000);
        card_settle();
        rx_works(200);
        assert_false(card_status() & ST_NEEDS_RESET);
        card_down(NULL);
    }
}

static void a_broken_queue_can_be_reset(void **state)
{
    (void)state;
    for (uint16_t queue = 0; queue < 2; queue++) {
        start();
        drv_poke(queue ? &card.tx : &card.rx, 0, card_alloc(64), 64, 1,
                 (uint16_t)(DRV_AVAIL | DRV_INDIRECT));
        fake_doorbell(queue, queue);
        card_frame(64, 1);
        card_settle();
        assert_true(card_status() & ST_NEEDS_RESET);
        reset(queue);
        card_settle();
        expect_off(queue);
        card_queue(queue ? &card.tx : &card.rx, queue, 8, true);
        fake_advance(1000000);
        card_settle();
        tx_works();
        card_down(NULL);
    }
}

static void a_device_reset_may_come_meanwhile(void **state)
{
    (void)state;
    for (uint16_t queue = 0; queue < 2; queue++) {
        start();
        drv_add_one(&card.tx, card_packet(60, 0), 72, false, 0);
        drv_kick(&card.tx);
        card_turns(1);
        reset(queue);
        card_reset();
        assert_int_equal(resetting(queue), 0);
        card_down(NULL);
    }
}

static void what_is_no_reset_is_ignored(void **state)
{
    (void)state;
    start();
    card_select(1);
    card_write(REG_QUEUE_RESET, 2, 0);
    card_write(REG_QUEUE_RESET, 2, 2);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
    tx_works();
    reset(2); /* never enabled */
    assert_int_equal(resetting(2), 0);
    card_down(NULL);
    card_up(&virtio_net_ops);
    card_net(&card, 8, 8, true); /* not negotiated */
    reset(1);
    assert_int_equal(resetting(1), 0);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
    tx_works();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(an_idle_queue_starts_again_with_another_size),
        test_own(a_busy_queue_is_reset_when_its_dma_has_ended),
        test_own(a_receive_queue_may_be_reset_under_load),
        test_own(a_broken_queue_can_be_reset),
        test_own(a_device_reset_may_come_meanwhile),
        test_own(what_is_no_reset_is_ignored),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
