/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fetching: lines of a read seen at different times, work in flight, full
 * command queues.
 */
#include "support/card.h"

static void send_one(struct drv *tx, uint16_t id)
{
    drv_add_one(tx, card_packet(60, id), 72, false, id);
}

static void prepare_chain(struct drv *tx, uint32_t descs, uint16_t id)
{
    uint64_t at = card_packet(60, id);
    struct drv_elem e[64];

    for (uint32_t i = 0; i < descs; i++) {
        uint32_t len = i + 1 < descs ? 20 : 72 - 20 * i;

        e[i] = (struct drv_elem){at, len, false};
        at += len;
    }
    drv_prepare(tx, e, descs, id, id);
}

/* Queue 1 with its ring at the start of a line: four slots in each. */
static void tx_on_lines(struct net_card *c, uint16_t size)
{
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&c->rx, 0, 8, true);
    card_queue_at(&c->tx, 1, size, true, card_alloc(16u * size), card_alloc(4),
                  card_alloc(4));
    card_driver_ok();
    card_settle();
}

/* Move both sides to slot n by sending packets. */
static void move_to(struct drv *tx, uint16_t slot)
{
    for (uint16_t i = 0; i < slot; i++)
        send_one(tx, i);
    drv_kick(tx);
    card_settle();
    while (drv_reap(tx, NULL, NULL, NULL))
        ;
    assert_int_equal(tx->used, slot);
}

static void a_stale_chain_member_is_read_again(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    move_to(&c.tx, 3); /* head in the first line, member in the second */
    fake_doorbell(1, 1);
    card_turns(2);
    assert_true(fake.fetches.count == 1);
    assert_true(fake_fetch_sample(0, 1ull << 1)); /* before the driver ... */
    prepare_chain(&c.tx, 3, 77);
    drv_publish(&c.tx);
    fake.log_count = 0;
    assert_true(fake_fetch_step()); /* ... and the head after it */
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    assert_int_equal(fake.sent_count, 4);
    card_expect_sent(3, 60, 77);
    assert_int_equal(drv_flags(&c.tx, 3), 0x8080);
    assert_int_equal(drv_id(&c.tx, 3), 77);
}

static void a_stale_member_needs_no_doorbell(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    move_to(&c.tx, 3);
    prepare_chain(&c.tx, 3, 77);
    fake_doorbell(1, 1);
    card_turns(2);
    drv_poke(&c.tx, 4, 0, 0, 0, 0);
    drv_poke(&c.tx, 5, 0, 0, 0, 0);
    assert_true(fake_fetch_sample(0, 1ull << 1));
    c.tx.avail = 3;
    c.tx.free = 16;
    c.tx.tail--;
    prepare_chain(&c.tx, 3, 77);
    drv_publish(&c.tx);
    card_settle(); /* the doorbell came before */
    assert_int_equal(fake.sent_count, 4);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
}

/* Flags are stored first, and a line is read between them and the rest. */
static void a_half_written_member_is_read_again(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    move_to(&c.tx, 3);
    prepare_chain(&c.tx, 3, 77);
    fake_doorbell(1, 1);
    card_turns(2);
    drv_poke(&c.tx, 4, HOST_BASE, 1000, 13, DRV_AVAIL | DRV_NEXT);
    drv_poke(&c.tx, 5, HOST_BASE, 1000, 14, DRV_AVAIL);
    assert_true(fake_fetch_sample(0, 1ull << 1));
    c.tx.avail = 3;
    c.tx.free = 16;
    c.tx.tail--;
    prepare_chain(&c.tx, 3, 77);
    drv_publish(&c.tx);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 4);
    card_expect_sent(3, 60, 77);
    assert_int_equal(drv_id(&c.tx, 3), 77);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
}

static void packets_before_a_stale_chain_are_sent_at_once(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    move_to(&c.tx, 1);
    send_one(&c.tx, 1);
    send_one(&c.tx, 2);
    drv_kick(&c.tx);
    card_turns(2);
    assert_true(fake_fetch_sample(0, 1ull << 1));
    prepare_chain(&c.tx, 2, 3);
    drv_publish(&c.tx);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 4);
    card_expect_sent(3, 60, 3);
}

static void a_member_that_never_comes_breaks_the_queue(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    drv_poke(&c.tx, 0, card_packet(60, 1), 72, 0, DRV_AVAIL | DRV_NEXT);
    fake_doorbell(1, 1);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     (1u << 16) | VQ_FAULT_CHAIN_PARTIAL);
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_writes_in(c.tx.ring, 256), 0);
}

static void a_head_published_late_is_no_error(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    prepare_chain(&c.tx, 4, 5);
    for (int i = 0; i < 10; i++) {
        fake_doorbell(1, 1);
        card_settle();
    }
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    drv_publish(&c.tx);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void only_the_copy_of_a_descriptor_counts(void **state)
{
    struct net_card c;

    (void)state;
    tx_on_lines(&c, 16);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_turns(2);
    assert_true(fake_fetch_step());
    drv_poke(&c.tx, 0, HOST_BASE + FAKE_HOST_BYTES, 0xffffffffu, 99,
             DRV_AVAIL | DRV_WRITE);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
    card_expect_sent(0, 60, 1);
    assert_int_equal(drv_id(&c.tx, 0), 1);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
}

static void several_runs_are_in_flight(void **state)
{
    struct net_card c;
    uint32_t runs = 0;

    (void)state;
    card_net(&c, 8, 256, true);
    for (uint16_t i = 0; i < 256; i++)
        send_one(&c.tx, i);
    drv_kick(&c.tx);
    for (int i = 0; i < 100; i++) {
        card_turns(1);
        fake_fetch_step();
        fake_write_step();
        runs = fake.reads.count > runs ? fake.reads.count : runs;
    }
    assert_true(runs >= 3);
    card_settle();
    assert_int_equal(fake.sent_count, 256);
}

static void runs_that_finish_late_are_given_back_in_order(void **state)
{
    struct net_card c;
    uint32_t back = 0;

    (void)state;
    card_net(&c, 8, 256, true);
    for (uint16_t i = 0; i < 200; i++)
        send_one(&c.tx, i);
    drv_kick(&c.tx);
    for (int i = 0; i < 60; i++) {
        card_turns(1);
        fake_fetch_step();
        fake_write_step();
    }
    for (int i = 0; i < 400 && back < 200; i++) {
        struct drv_used used;

        fake_read_step();
        card_turns(1);
        fake_write_step();
        while (drv_reap(&c.tx, &used, NULL, NULL)) {
            back += used.buffers;
            assert_int_equal(used.id, back - 1);
            assert_true(back <= fake.sent_count);
        }
        fake_fetch_step();
    }
    assert_int_equal(back, 200);
}

/* ---- Full command queues ------------------------------------------------------------ */

static void traffic(uint16_t size, uint32_t packets, bool in_order)
{
    uint32_t tx_added = 0, rx_added = 0, tx_back = 0, rx_back = 0, frames = 0;
    struct net_card c;
    uint64_t rx, tx;

    card_net(&c, size, size, in_order);
    rx = card_alloc(2048);
    tx = card_packet(60, 1);
    for (uint32_t i = 0; i < 200000; i++) {
        struct drv_used used;

        while (c.tx.free != 0 && tx_added < packets) {
            drv_add_one(&c.tx, tx, 72, false, (uint16_t)tx_added++);
            drv_kick(&c.tx);
        }
        while (c.rx.free != 0 && rx_added < packets) {
            drv_add_one(&c.rx, rx, 2048, true, (uint16_t)rx_added++);
            drv_kick(&c.rx);
        }
        if (frames < packets && i % 3 == 0)
            card_frame(60, frames++);
        loop_turn();
        fake_random_step(draw);
        while (drv_reap(&c.tx, &used, NULL, NULL))
            tx_back += used.buffers;
        while (drv_reap(&c.rx, &used, NULL, NULL))
            rx_back += used.buffers;
        if (tx_back == packets && rx_back == packets)
            break;
    }
    assert_int_equal(tx_back, packets);
    assert_int_equal(rx_back, packets);
    assert_int_equal(fake.sent_count, packets);
}

/* The clock stands still: no tick comes to the rescue. */
static void nothing_is_lost_when_command_queues_are_short(void **state)
{
    (void)state;
    for (uint32_t rd = 1; rd <= 4; rd++)
        for (uint32_t wr = 2; wr <= 5; wr++) {
            card_up(&virtio_net_ops);
            fake.rd_depth = rd;
            fake.wr_depth = wr;
            traffic(32, 300, (rd + wr) & 1);
            card_down(NULL);
        }
}

static void a_frame_put_off_for_a_full_queue_is_delivered_later(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, card_alloc(128), 128, true, 1);
    drv_kick(&c.rx);
    card_settle();
    fake.wr_depth = 1;
    card_frame(60, 1);
    card_turns(5);
    assert_int_equal(fake.frame_head, 0);
    fake.wr_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(fake.frame_head, 1);
    assert_true(drv_reap(&c.rx, NULL, NULL, NULL));
}

static void a_run_put_off_for_a_full_queue_is_pushed_later(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_turns(2);
    assert_true(fake_fetch_step());
    fake.rd_depth = 0;
    card_turns(5);
    assert_int_equal(fake.reads.count, 0);
    fake.rd_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(fake.sent_count, 1);
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
}

static void the_first_look_is_put_off_when_the_queue_is_full(void **state)
{
    struct net_card c;

    (void)state;
    fake.rd_depth = 0;
    card_net(&c, 8, 8, true);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_turns(5);
    fake.rd_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void enabling_doorbells_is_put_off_when_a_queue_is_full(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 64, true);
    for (uint16_t i = 0; i < 40; i++)
        send_one(&c.tx, i);
    drv_kick(&c.tx);
    while (drv_wants_doorbell(&c.tx)) {
        card_turns(1);
        fake_fetch_step();
        fake_write_step();
    }
    fake.wr_depth = 0;
    for (int i = 0; i < 50; i++) {
        card_turns(1);
        fake_fetch_step();
        fake_read_step();
    }
    fake.wr_depth = RL_CMD_DEPTH;
    card_settle();
    assert_true(drv_wants_doorbell(&c.tx));
    assert_int_equal(fake.sent_count, 40);
}

/* The core sleeps when only the host or the port can bring work. */
/* More completions than one turn takes: none is lost between two turns. */
static void no_completion_of_a_long_turn_is_lost(void **state)
{
    struct drv d;
    uint64_t src;

    (void)state;
    card_probe(&d, 8, true);
    src = card_alloc(64);
    for (uint32_t i = 0; i < RL_CMD_DEPTH; i++) {
        assert_true(
            vq_read(card_vq(0), (host_addr_t){src}, VQ_LMEM_FREE, 8, 0));
        hal_wr_nop(HAL_CMD(RL_OP_NOP, 0, VQ_COOKIE_DEVICE, HAL_CMD_NOTIFY));
    }
    fake_drain();
    card_settle();
    assert_int_equal(probe.completion, 2 * RL_CMD_DEPTH);
    assert_int_equal(card_vq(0)->reads, 0);
}

static void an_idle_card_sleeps(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_sleep();
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_settle();
    card_sleep();
    assert_int_equal(fake_dma_waiting(), 0);
}

static void the_core_sleeps_while_dma_is_under_way(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_sleep();
    assert_true(fake_dma_waiting() != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(a_stale_chain_member_is_read_again),
        test_net(a_stale_member_needs_no_doorbell),
        test_net(a_half_written_member_is_read_again),
        test_net(packets_before_a_stale_chain_are_sent_at_once),
        test_net(a_member_that_never_comes_breaks_the_queue),
        test_net(a_head_published_late_is_no_error),
        test_net(only_the_copy_of_a_descriptor_counts),
        test_net(several_runs_are_in_flight),
        test_net(runs_that_finish_late_are_given_back_in_order),
        test_own(nothing_is_lost_when_command_queues_are_short),
        test_net(a_frame_put_off_for_a_full_queue_is_delivered_later),
        test_net(a_run_put_off_for_a_full_queue_is_pushed_later),
        test_net(the_first_look_is_put_off_when_the_queue_is_full),
        test_net(enabling_doorbells_is_put_off_when_a_queue_is_full),
        test_probe(no_completion_of_a_long_turn_is_lost),
        test_net(an_idle_card_sleeps),
        test_net(the_core_sleeps_while_dma_is_under_way),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
