/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * MRG_RXBUF: a received frame over several buffers. A driver written from the
 * specification takes packets as their headers say, and looks after each write of
 * the card whether a packet of which it sees the first buffer is there as a whole.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)
#define HDR         12u

/* Buffers by tag. */
static struct {
    struct drv_elem elem[4];
    uint32_t elems, bytes;
} pool[4096];
static uint32_t pool_used;

/* The packet being taken. */
static struct {
    uint8_t data[HDR + RL_MAX_FRAME];
    uint32_t bytes, buffers;
    uint32_t room; /* not written of the last buffer */
} packet;

static struct net_card card;

static void start(uint16_t size, bool in_order)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_MRG_RXBUF | (in_order ? F_IN_ORDER : 0));
    card_queue(&card.rx, 0, size, in_order);
    card_queue(&card.tx, 1, 8, in_order);
    card_driver_ok();
    card_settle();
    pool_used = 0;
}

/* A buffer of these elements; the list ends with -1. */
static void buffer(const int *lens)
{
    uint32_t tag = pool_used++ % 4096, n = 0;

    pool[tag].bytes = 0;
    for (; lens[n] >= 0; n++) {
        pool[tag].elem[n] = (struct drv_elem){card_alloc((uint32_t)lens[n] + 1),
                                              (uint32_t)lens[n], true};
        pool[tag].bytes += (uint32_t)lens[n];
    }
    pool[tag].elems = n;
    drv_add(&card.rx, pool[tag].elem, n, (uint16_t)(tag * 7), tag);
}

static void single(int len)
{
    buffer((const int[]){len, -1});
}

static void collect(void *arg, const struct drv_buffer *b, uint32_t written)
{
    uint32_t left = written;

    (void)arg;
    assert_true(written <= pool[b->tag].bytes);
    assert_int_equal(packet.room, 0); /* all but the last one are filled */
    packet.room = pool[b->tag].bytes - written;
    for (uint32_t i = 0; i < pool[b->tag].elems; i++) {
        const struct drv_elem *e = &pool[b->tag].elem[i];
        uint32_t n = e->len < left ? e->len : left;

        if (n != 0)
            memcpy(packet.data + packet.bytes, fake_at(e->addr, n), n);
        packet.bytes += n;
        left -= n;
    }
    packet.buffers++;
}

/* The next packet, as a driver takes it; false: none is there. */
static bool take(struct drv *d)
{
    memset(&packet, 0, sizeof(packet));
    if (!drv_reap(d, NULL, collect, NULL))
        return false;
    for (uint32_t n = 1; n < packet.data[10] + 256u * packet.data[11]; n++)
        if (!drv_reap(d, NULL, collect, NULL))
            fail_msg("buffer %u of a packet is not there yet", n);
    return true;
}

static void expect(uint32_t len, uint32_t mark, uint32_t buffers)
{
    static const uint8_t zero[10];

    assert_true(take(&card.rx));
    assert_int_equal(packet.buffers, buffers);
    assert_int_equal(packet.data[10] + 256 * packet.data[11], buffers);
    assert_memory_equal(packet.data, zero, 10);
    assert_int_equal(packet.bytes, HDR + len);
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(
            packet.data[HDR + i],
            (uint8_t)(i < 4 ? mark >> (8 * i) : mark * 7 + i * 13));
}

static void expect_nothing(void)
{
    assert_false(take(&card.rx));
}

static uint32_t dropped(void)
{
    return card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4);
}

static void receive(uint32_t len, uint32_t mark)
{
    drv_kick(&card.rx);
    card_frame(len, mark);
    card_settle();
}

/* ---- Where buffers end ------------------------------------------------------- */

static void sizes_around_multiples_of_the_buffer(void **state)
{
    (void)state;
    start(8, true);
    for (uint32_t k = 1; k <= 6; k++)
        for (uint32_t delta = 0; delta < 3; delta++) {
            uint32_t total = 64 * k + delta - 1;
            uint32_t need = (total + 63) / 64;

            for (uint32_t i = 0; i < need; i++)
                single(64);
            receive(total - HDR, k);
            expect(total - HDR, k, need);
            assert_int_equal(card.rx.used, card_vq(0)->used);
        }
}

static void a_frame_that_fits_takes_one_buffer(void **state)
{
    (void)state;
    start(8, true);
    single(112);
    single(112);
    receive(100, 1);
    expect(100, 1, 1);
    expect_nothing();
    receive(100, 2);
    expect(100, 2, 1);
}

static void buffers_may_be_chains(void **state)
{
    (void)state;
    for (int in_order = 0; in_order < 2; in_order++) {
        start(16, in_order != 0);
        for (uint32_t lap = 0; lap < 16; lap++) {
            buffer((const int[]){5, 7, 20, -1}); /* 32 */
            single(40);
            buffer((const int[]){0, 30, -1});
            buffer((const int[]){1, 1, 100, 100, -1}); /* ends in the third */
            receive(140, lap);
            expect(140, lap, 4);
            card_down(NULL);
            start(16, in_order != 0);
            buffer((const int[]){64, 64, -1});
            single(2048);
            receive(300, lap);
            expect(300, lap, 2);
        }
    }
}

static void a_header_may_lie_over_several_buffers(void **state)
{
    (void)state;
    start(64, true);
    for (int i = 0; i < 12; i++)
        single(1);
    single(0);
    single(100);
    receive(60, 3);
    /* num_buffers lies in buffers 10 and 11: no driver does this. */
    for (int i = 0; i < 14; i++)
        assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
    assert_int_equal(*(uint8_t *)fake_at(pool[10].elem[0].addr, 1), 14);
    assert_false(drv_reap(&card.rx, NULL, NULL, NULL));
}

static void without_the_feature_nothing_is_merged(void **state)
{
    struct net_card c;
    uint32_t before;

    (void)state;
    card_up(&virtio_net_ops);
    card_net(&c, 8, 8, true);
    before = dropped();
    for (uint16_t i = 0; i < 4; i++)
        drv_add_one(&c.rx, card_alloc(64), 64, true, i);
    drv_kick(&c.rx);
    card_frame(100, 1);
    card_settle();
    assert_int_equal(dropped() - before, 1);
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
}

/* ---- What is missing ---------------------------------------------------------- */

static void too_few_buffers_are_waited_for(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 5; first++) {
        uint32_t before;

        start(8, true);
        before = dropped();
        for (uint32_t i = 0; i < first; i++)
            single(64);
        receive(300, 7); /* five are needed */
        card_frame(60, 8);
        card_settle();
        expect_nothing();
        for (uint32_t i = first; i < 5; i++) {
            assert_true(drv_kick(&card.rx)); /* asleep: wants doorbells */
            card_settle();
            expect_nothing();
            single(64);
        }
        drv_kick(&card.rx);
        card_settle();
        expect(300, 7, 5);
        expect_nothing();
        single(64);
        single(64);
        drv_kick(&card.rx);
        card_settle();
        expect(60, 8, 2);
        assert_int_equal(dropped(), before);
        card_down(NULL);
    }
}

/* Those that were there are good: only what stands behind them is read
 * again. */
static void buffers_that_wait_are_not_fetched_again(void **state)
{
    uint32_t slot0 = 0;

    (void)state;
    start(8, true);
    for (uint32_t i = 0; i < 5; i++) {
        single(64);
        drv_kick(&card.rx);
        if (i == 0)
            card_frame(300, 7); /* five are needed */
        card_settle();
    }
    expect(300, 7, 5);
    for (uint32_t i = 0; i < fake.log_count; i++)
        slot0 += fake.log[i].kind == FAKE_FETCH &&
                 fake.log[i].addr == card.rx.ring && fake.log[i].queue == 0;
    assert_int_equal(slot0, 2); /* the look at DRIVER_OK and the first one */
}

static void more_buffers_than_one_fetch_are_found(void **state)
{
    (void)state;
    start(256, true);
    for (int i = 0; i < 200; i++)
        single(12);
    receive(2048, 5);
    expect(2048, 5, 172);
    card_settle();
    for (int i = 0; i < 150; i++)
        single(12); /* with what is left over the ring's end */
    receive(2048, 6);
    expect(2048, 6, 172);
}

static void a_frame_no_ring_can_hold_is_dropped(void **state)
{
    uint32_t before;

    (void)state;
    for (uint16_t size = 1; size <= 5; size++) {
        start(size, true);
        before = dropped();
        for (uint16_t i = 0; i < size; i++)
            single(64);
        receive(64u * size - HDR + 1, 1);
        assert_int_equal(dropped() - before, 1);
        expect_nothing();
        receive(64u * size - HDR, 2);
        expect(64u * size - HDR, 2, size);
        card_down(NULL);
    }
}

static void empty_buffers_do_not_hang_the_card(void **state)
{
    (void)state;
    start(256, true);
    for (int i = 0; i < 256; i++)
        single(0);
    receive(60, 1);
    card_frame(60, 2);
    card_settle();
    expect_nothing();
    assert_int_equal(log_count(FAKE_DROPPED), 2);
}

/* A driver takes its time between what stands behind and the head that publishes
 * it: the card sleeps. */
static void the_card_sleeps_until_a_batch_is_published(void **state)
{
    (void)state;
    start(64, true);
    single(64);
    for (uint16_t slot = 2; slot < 44; slot++)
        drv_poke(&card.rx, slot, card_alloc(64), 64, slot,
                 DRV_AVAIL | DRV_WRITE);
    drv_kick(&card.rx);
    card_settle();
    fake.log_count = 0;
    card_frame(100, 1);
    drv_kick(&card.rx);
    card_settle();
    assert_true(fake.log_count < 100);
    expect_nothing();
    single(64);
    drv_kick(&card.rx);
    card_settle();
    expect(100, 1, 2);
}

/* ---- A hostile driver ----------------------------------------------------------- */

static void expect_broken(enum vq_fault fault)
{
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4), fault);
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
}

static void a_readable_buffer_behind_a_good_one_breaks_the_queue(void **state)
{
    (void)state;
    start(8, true);
    single(64);
    drv_add_one(&card.rx, card_alloc(64), 64, false, 9);
    receive(100, 1);
    expect_broken(VQ_FAULT_DIRECTION);
}

/* The head of the second buffer is available, its member never will be. */
static void a_partial_chain_behind_a_good_buffer_breaks_the_queue(void **state)
{
    (void)state;
    start(8, true);
    single(64);
    drv_poke(&card.rx, 1, card_alloc(64), 64, 1,
             DRV_AVAIL | DRV_WRITE | DRV_NEXT);
    receive(100, 1);
    expect_broken(VQ_FAULT_CHAIN_PARTIAL);
}

static void an_endless_chain_behind_a_good_buffer_breaks_the_queue(void **state)
{
    (void)state;
    start(8, true);
    single(64);
    for (uint16_t i = 1; i < 8; i++)
        drv_poke(&card.rx, i, card_alloc(64), 64, 1,
                 DRV_AVAIL | DRV_WRITE | DRV_NEXT);
    receive(100, 1);
    expect_broken(VQ_FAULT_CHAIN_LENGTH);
}

static void buffers_of_a_frame_in_two_memories_break_the_queue(void **state)
{
    const uint64_t window = 0xfe00020000ull;

    (void)state;
    card_up(&virtio_net_ops);
    card_write(REG_VENDOR + RL_VENDOR_WIN_LO, 4, (uint32_t)window);
    card_write(REG_VENDOR + RL_VENDOR_WIN_HI, 4, (uint32_t)(window >> 32));
    card_negotiate(F_BASE | F_MRG_RXBUF);
    card_queue(&card.rx, 0, 8, false);
    card_driver_ok();
    drv_add_one(&card.rx, window, 64, true, 1);
    drv_add_one(&card.rx, card_alloc(64), 64, true, 2);
    receive(100, 1);
    expect_broken(VQ_FAULT_SPACES);
}

/* ---- Any order of events --------------------------------------------------------- */

/* After each write of the card: a packet that begins to show shows whole. A copy
 * of the driver looks, so that nothing is consumed. */
static void look(const struct fake_log *entry, const void *data)
{
    struct drv copy = card.rx;

    (void)data;
    if (entry->kind == FAKE_BURST || entry->kind == FAKE_IMM)
        while (take(&copy))
            ;
}

static void random_buffer(void)
{
    int lens[5] = {0}, n = 1 + (int)draw_below(4);

    for (int i = 0; i < n; i++)
        lens[i] = (int)draw_below(draw_below(4) ? 40 : 400);
    lens[0] += (int)HDR;
    lens[n] = -1;
    if (draw_below(3) != 0)
        lens[1] = -1;
    buffer(lens);
}

static void random_run(uint16_t size, bool in_order, uint32_t frames)
{
    uint32_t lens[64], sent = 0, received = 0, steps = 0;

    start(size, in_order);
    fake.wr_depth = 3u + draw_below(RL_CMD_DEPTH - 3);
    fake.on_log = look;
    while (received < frames) {
        assert_true(steps++ < 400000);
        if (card.rx.free >= 4 && pool_used < 3000)
            random_buffer();
        if (draw_below(3) == 0)
            drv_kick(&card.rx);
        if (sent < frames && draw_below(8) == 0) {
            lens[sent] = 14 + draw_below(draw_below(3) ? 100 : 500);
            card_frame(lens[sent], sent);
            sent++;
        }
        card_turns(draw_below(3));
        fake_random_step(draw);
        while (take(&card.rx)) {
            assert_true(received < sent);
            assert_int_equal(packet.bytes, HDR + lens[received]);
            assert_int_equal(packet.buffers, packet.data[10]);
            assert_int_equal(packet.data[HDR], received);
            assert_int_equal(
                packet.data[packet.bytes - 1],
                (uint8_t)(received * 7 + (lens[received] - 1) * 13));
            received++;
        }
    }
    assert_false(card_status() & ST_NEEDS_RESET);
    card_down(NULL);
}

static void whole_packets_in_any_order_of_events(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 40; run++)
        random_run((uint16_t)(64 + draw_below(193)), run & 1, 64);
}

/* One write command at a time: publishing goes over many turns. */
static void a_narrow_command_queue_shows_no_partial_packet(void **state)
{
    (void)state;
    start(64, true);
    for (int i = 0; i < 20; i++)
        buffer((const int[]){10, 10, -1});
    fake.wr_depth = 2;
    fake.on_log = look;
    drv_kick(&card.rx);
    card_frame(380, 1);
    for (int i = 0; i < 200; i++) {
        card_turns(2);
        fake_fetch_step();
        fake_write_step();
    }
    card_settle();
    fake.on_log = NULL;
    expect(380, 1, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(sizes_around_multiples_of_the_buffer),
        test_own(a_frame_that_fits_takes_one_buffer),
        test_own(buffers_may_be_chains),
        test_own(a_header_may_lie_over_several_buffers),
        test_own(without_the_feature_nothing_is_merged),
        test_own(too_few_buffers_are_waited_for),
        test_own(buffers_that_wait_are_not_fetched_again),
        test_own(more_buffers_than_one_fetch_are_found),
        test_own(a_frame_no_ring_can_hold_is_dropped),
        test_own(the_card_sleeps_until_a_batch_is_published),
        test_own(empty_buffers_do_not_hang_the_card),
        test_own(a_readable_buffer_behind_a_good_one_breaks_the_queue),
        test_own(a_partial_chain_behind_a_good_buffer_breaks_the_queue),
        test_own(an_endless_chain_behind_a_good_buffer_breaks_the_queue),
        test_own(buffers_of_a_frame_in_two_memories_break_the_queue),
        test_own(whole_packets_in_any_order_of_events),
        test_own(a_narrow_command_queue_shows_no_partial_packet),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
