/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * INDIRECT_DESC: buffers whose elements stand in a table, alone and among
 * others, on transmit, receive and control queue, and tables that no driver
 * should write.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)
#define F_CTRL_VQ   (1ull << 17)
#define F_MQ        (1ull << 22)
#define HDR         12u

static struct net_card card;

static void start(uint64_t features, uint16_t size)
{
    bool in_order = (features & F_IN_ORDER) != 0;

    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_INDIRECT | features);
    card_queue(&card.rx, 0, size, in_order);
    card_queue(&card.tx, 1, size, in_order);
    card_driver_ok();
    card_settle();
}

static uint64_t table_alloc(uint32_t n, uint32_t shift)
{
    return card_alloc(16 * n + 64) + shift;
}

/* ---- Transmit ------------------------------------------------------------ */

/* A packet in n elements, header apart where there are several; len: the
 * frame. */
static void cut(struct drv_elem *e, uint32_t n, uint32_t len, uint32_t mark)
{
    uint64_t at = card_packet(len, mark);
    uint32_t left = HDR + len;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t part = i + 1 == n ? left : i == 0 ? HDR : len / n;

        e[i] = (struct drv_elem){at, part, false};
        at += part;
        left -= part;
    }
}

static void send(uint32_t n, uint32_t len, uint32_t mark, uint32_t shift)
{
    struct drv_elem e[256];

    cut(e, n, len, mark);
    drv_add_indirect(&card.tx, table_alloc(n, shift), e, n, (uint16_t)mark,
                     mark);
}

static void send_direct(uint32_t n, uint32_t len, uint32_t mark)
{
    struct drv_elem e[256];

    cut(e, n, len, mark);
    drv_add(&card.tx, e, n, (uint16_t)mark, mark);
}

static void in_turn(void *arg, const struct drv_buffer *b, uint32_t written)
{
    assert_int_equal(b->tag, (*(uint32_t *)arg)++);
    assert_int_equal(written, 0);
}

/* All that is outstanding comes back, buffers first, first + 1 ... */
static void expect_back(struct drv *d, uint32_t first)
{
    while (drv_outstanding(d) != 0) {
        struct drv_used used;

        assert_true(drv_reap(d, &used, in_turn, &first));
        assert_int_not_equal(used.buffers, 0);
        assert_int_equal(used.flags & 0x7f7f, 0);
        assert_int_equal(used.len, 0);
    }
    assert_int_equal(card_vq(d->index)->table_room,
                     card_vq(d->index)->table_size);
}

static void tables_of_all_lengths_are_sent(void **state)
{
    static const uint32_t lens[] = {1, 2, 3, 17, 128, 255, 256};

    (void)state;
    for (int in_order = 0; in_order < 2; in_order++)
        for (uint32_t shift = 0; shift < 16; shift += 5) {
            start(in_order ? F_IN_ORDER : 0, 256);
            for (uint32_t i = 0; i < 7; i++) {
                send(lens[i], 300, i, shift);
                drv_kick(&card.tx);
                card_settle();
            }
            for (uint32_t i = 0; i < 7; i++)
                card_expect_sent(i, 300, i);
            expect_back(&card.tx, 0);
            card_down(NULL);
        }
}

static void many_tables_go_out_in_few_runs(void **state)
{
    uint32_t fetches, used;

    (void)state;
    start(F_IN_ORDER, 64);
    for (uint32_t i = 0; i < 16; i++)
        send(2, 60, i, 0);
    fetches = log_count(FAKE_FETCH);
    used = log_count(FAKE_IMM);
    drv_kick(&card.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 16);
    for (uint32_t i = 0; i < 16; i++)
        card_expect_sent(i, 60, i);
    assert_true(log_count(FAKE_FETCH) - fetches >= 16);
    assert_true(log_count(FAKE_IMM) - used <= 3);
    expect_back(&card.tx, 0);
}

/* Direct chains 1, 2, 1, 2 ... between them, with positions counted by all. */
static void tables_and_chains_may_be_mixed(void **state)
{
    (void)state;
    for (int in_order = 0; in_order < 2; in_order++) {
        uint32_t mark = 0;

        start(in_order ? F_IN_ORDER : 0, 31);
        for (uint32_t lap = 0; lap < 40; lap++) {
            uint32_t first = mark;

            while (card.tx.free >= 3) {
                if (draw_below(2))
                    send(1 + draw_below(20), 60 + draw_below(100), mark,
                         draw_below(8) ? 0 : 8);
                else
                    send_direct(1 + draw_below(3), 60, mark);
                mark++;
            }
            drv_kick(&card.tx);
            card_settle();
            assert_int_equal(fake.sent_count, mark);
            expect_back(&card.tx, first);
        }
        card_down(NULL);
    }
}

/* Each step in any order, command queues of any depth. */
static void random_tables_over_random_schedules(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 30; run++) {
        uint32_t lens[200], sent = 0, back = 0, steps = 0;

        start(run & 1 ? F_IN_ORDER : 0, (uint16_t)(1 + draw_below(40)));
        fake.rd_depth = 3 + draw_below(RL_CMD_DEPTH - 3);
        fake.wr_depth = 3 + draw_below(RL_CMD_DEPTH - 3);
        while (back < 200) {
            assert_true(steps++ < 400000);
            if (sent < 200 && card.tx.free >= 1 && draw_below(4) == 0) {
                uint32_t n = 1 + draw_below(card.tx.size);

                lens[sent] = 60 + draw_below(400);
                if (draw_below(3) && n <= card.tx.free)
                    send_direct(n, lens[sent], sent);
                else
                    send(n, lens[sent], sent,
                         draw_below(6) ? 0 : draw_below(16));
                sent++;
            }
            if (draw_below(3) == 0)
                drv_kick(&card.tx);
            card_turns(draw_below(3));
            fake_random_step(draw);
            while (drv_outstanding(&card.tx) &&
                   drv_reap(&card.tx, NULL, in_turn, &back))
                ;
        }
        for (uint32_t i = 0; i < 200; i++)
            card_expect_sent(i, lens[i], i);
        card_settle();
        assert_false(card_status() & ST_NEEDS_RESET);
        assert_int_equal(card_vq(1)->table_room, VQ_MAX_SIZE);
        card_down(NULL);
    }
}

/* Bad packets are dropped in their turn, and their table entries come back. */
static void packets_out_of_range_are_dropped(void **state)
{
    struct drv_elem e[3];

    (void)state;
    start(F_IN_ORDER, 16);
    send(2, 60, 0, 0);
    e[0] = (struct drv_elem){card_alloc(64), 12, false};
    drv_add_indirect(&card.tx, table_alloc(1, 0), e, 1, 1, 1);
    e[1] = (struct drv_elem){card_alloc(64), 0xffffffffu, false};
    e[2] = (struct drv_elem){card_alloc(64), 60, false};
    drv_add_indirect(&card.tx, table_alloc(3, 0), e, 3, 2, 2);
    e[1] = (struct drv_elem){card_alloc(64), 13, false};
    drv_add_indirect(&card.tx, table_alloc(2, 0), e, 2, 3, 3);
    send(3, 60, 4, 0);
    drv_kick(&card.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 2);
    card_expect_sent(0, 60, 0);
    card_expect_sent(1, 60, 4);
    assert_false(card_status() & ST_NEEDS_RESET);
    assert_int_equal(drv_outstanding(&card.tx), 5);
    for (uint32_t first = 0; drv_outstanding(&card.tx) != 0;)
        assert_true(drv_reap(&card.tx, NULL, NULL, &first));
    assert_int_equal(card_vq(1)->table_room, VQ_MAX_SIZE);
}

/* DPDK leaves WRITE in entries of transmit tables; all of them are read. */
static void writable_entries_of_a_packet_are_read(void **state)
{
    struct drv_elem e[5];

    (void)state;
    for (int in_order = 0; in_order < 2; in_order++) {
        start(in_order ? F_IN_ORDER : 0, 32);
        for (uint32_t i = 0; i < 30; i++) {
            uint32_t n = 1 + i % 5;

            cut(e, n, 60, i);
            for (uint32_t k = 0; k < n; k++)
                e[k].write = (i >> k & 1) != 0;
            drv_add_indirect(&card.tx, table_alloc(n, i % 7 ? 0 : 8), e, n,
                             (uint16_t)i, i);
        }
        drv_kick(&card.tx);
        card_settle();
        for (uint32_t i = 0; i < 30; i++)
            card_expect_sent(i, 60, i);
        assert_false(card_status() & ST_NEEDS_RESET);
        while (drv_outstanding(&card.tx) != 0)
            assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
        card_down(NULL);
    }
}

/* The driver changes the table after it was fetched. */
static void only_the_copy_of_a_table_counts(void **state)
{
    struct drv_elem e[2];
    uint64_t table;

    (void)state;
    start(F_IN_ORDER, 16);
    cut(e, 2, 60, 7);
    table = table_alloc(2, 0);
    drv_add_indirect(&card.tx, table, e, 2, 7, 7);
    drv_kick(&card.tx);
    card_turns(1);
    fake_fetch_step(); /* the ring */
    card_turns(2);
    assert_true(fake_fetch_step()); /* the table */
    memset(fake_at(table, 32), 0xff, 32);
    card_settle();
    card_expect_sent(0, 60, 7);
    assert_false(card_status() & ST_NEEDS_RESET);
}

static void tables_and_data_may_lie_in_different_memories(void **state)
{
    const uint64_t window = 0xfe00020000ull;
    struct drv_elem e[2];

    (void)state;
    card_up(&virtio_net_ops);
    card_write(REG_VENDOR + RL_VENDOR_WIN_LO, 4, (uint32_t)window);
    card_write(REG_VENDOR + RL_VENDOR_WIN_HI, 4, (uint32_t)(window >> 32));
    card_negotiate(F_BASE | F_INDIRECT);
    card_queue(&card.tx, 1, 8, false);
    card_driver_ok();
    cut(e, 2, 60, 1);
    drv_add_indirect(&card.tx, window + 64, e, 2, 1, 1);
    memset(fake_at(window + 4096, 72), 0, 72);
    e[0] = (struct drv_elem){window + 4096, 72, false};
    drv_add_indirect(&card.tx, table_alloc(1, 0), e, 1, 2, 2);
    drv_kick(&card.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 2);
    card_expect_sent(0, 60, 1);
    expect_back(&card.tx, 1);
}

/* ---- Receive ------------------------------------------------------------- */

static struct {
    struct drv_elem elem[80];
    uint32_t elems, bytes;
} pool[4096];
static uint32_t pool_used;

static uint32_t pool_new(uint32_t n, uint32_t most)
{
    uint32_t tag = pool_used++ % 4096;

    pool[tag].elems = n;
    pool[tag].bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = 1 + draw_below(most) + (i == 0 ? HDR : 0);

        pool[tag].elem[i] = (struct drv_elem){card_alloc(len), len, true};
        pool[tag].bytes += len;
    }
    return tag;
}

static void give(bool indirect, uint32_t n, uint32_t most)
{
    uint32_t tag = pool_new(n, most);

    if (indirect)
        drv_add_indirect(&card.rx,
                         table_alloc(n, draw_below(4) ? 0 : draw_below(16)),
                         pool[tag].elem, n, (uint16_t)(tag * 3), tag);
    else
        drv_add(&card.rx, pool[tag].elem, n, (uint16_t)(tag * 3), tag);
}

static struct {
    uint8_t data[HDR + RL_MAX_FRAME];
    uint32_t bytes, buffers, room;
} packet;

static void collect(void *arg, const struct drv_buffer *b, uint32_t written)
{
    uint32_t left = written;

    (void)arg;
    assert_true(written <= pool[b->tag].bytes);
    assert_int_equal(packet.room, 0);
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

static bool take(struct drv *d)
{
    memset(&packet, 0, sizeof(packet));
    if (drv_outstanding(d) == 0 || !drv_reap(d, NULL, collect, NULL))
        return false;
    for (uint32_t n = 1; n < packet.data[10]; n++)
        if (!drv_reap(d, NULL, collect, NULL))
            fail_msg("buffer %u of a packet is not there yet", n);
    return true;
}

static void look(const struct fake_log *entry, const void *data)
{
    struct drv copy = card.rx;

    (void)data;
    if (entry->queue == 0 &&
        (entry->kind == FAKE_BURST || entry->kind == FAKE_IMM))
        while (take(&copy))
            ;
}

static void receive_run(uint64_t features, uint16_t size, uint32_t frames)
{
    uint32_t lens[64], sent = 0, received = 0, steps = 0;

    start(features, size);
    pool_used = 0;
    fake.rd_depth = 3 + draw_below(RL_CMD_DEPTH - 3);
    fake.wr_depth = 3 + draw_below(RL_CMD_DEPTH - 3);
    fake.on_log = look;
    while (received < frames) {
        assert_true(steps++ < 400000);
        if (card.rx.free >= 4 && pool_used < 3000)
            give(draw_below(3) != 0, 1 + draw_below(4),
                 draw_below(4) ? 40 : 400);
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
            for (uint32_t i = 4; i < lens[received]; i++)
                assert_int_equal(packet.data[HDR + i],
                                 (uint8_t)(received * 7 + i * 13));
            received++;
        }
    }
    card_settle();
    fake.on_log = NULL;
    assert_false(card_status() & ST_NEEDS_RESET);
    card_down(NULL);
}

static void frames_over_tables_and_chains(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 40; run++)
        receive_run(F_MRG_RXBUF | (run & 1 ? F_IN_ORDER : 0),
                    (uint16_t)(60 + draw_below(197)), 64);
}

static void a_frame_into_one_table(void **state)
{
    (void)state;
    for (int in_order = 0; in_order < 2; in_order++) {
        start(in_order ? F_IN_ORDER : 0, 32);
        pool_used = 0;
        for (uint32_t i = 0; i < 30; i++) {
            uint32_t tag = pool_new(19, 1), last = 18;

            pool[tag].elem[last] =
                (struct drv_elem){card_alloc(2048), 2048, true};
            pool[tag].bytes = HDR + 19 + 2047;
            drv_add_indirect(&card.rx, table_alloc(19, i % 3 * 4),
                             pool[tag].elem, 19, (uint16_t)tag, tag);
            drv_kick(&card.rx);
            card_frame(60 + i, i);
            card_settle();
            assert_true(take(&card.rx));
            assert_int_equal(packet.bytes, HDR + 60 + i);
            assert_int_equal(packet.data[HDR + 59 + i],
                             (uint8_t)(i * 7 + (59 + i) * 13));
        }
        assert_int_equal(card_vq(0)->table_room, card_vq(0)->table_size);
        card_down(NULL);
    }
}

/* Only the first elements have room in the card; a frame that needs more of
 * them is dropped, one that does not is received, and nothing hangs. */
static void tables_longer_than_the_cards_room(void **state)
{
    struct drv_elem e[200];
    uint32_t dropped;

    (void)state;
    start(F_IN_ORDER, 256);
    dropped = card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4);
    for (uint32_t i = 0; i < 200; i++)
        e[i] = (struct drv_elem){card_alloc(4), 4, true};
    drv_add_indirect(&card.rx, table_alloc(200, 0), e, 200, 1, 1);
    drv_kick(&card.rx);
    card_frame(600, 1);
    card_frame(100, 2);
    card_settle();
    assert_int_equal(
        card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4) - dropped, 1);
    assert_int_equal(drv_len(&card.rx, 0), HDR + 100);
    assert_int_equal(drv_flags(&card.rx, 0), DRV_AVAIL | DRV_USED | DRV_WRITE);
    assert_int_equal(*(uint8_t *)fake_at(e[3].addr, 1), 2);
}

/* ---- Control ------------------------------------------------------------- */

static void a_command_in_a_table(void **state)
{
    (void)state;
    for (uint32_t pad = 0; pad < 250; pad += 50) {
        struct drv_elem e[256];
        struct drv ctrl;
        struct drv_used used;
        uint64_t cmd, ack;

        card_up(&virtio_net_ops);
        card_negotiate(F_BASE | F_INDIRECT | F_CTRL_VQ | F_MQ);
        card_queue(&ctrl, 8, 256, false);
        card_driver_ok();
        cmd = card_alloc(4);
        ack = card_alloc(1);
        memcpy(fake_at(cmd, 4), "\4\0\2\0", 4);
        *(uint8_t *)fake_at(ack, 1) = 0xee;
        e[0] = (struct drv_elem){cmd, 2, false};
        e[1] = (struct drv_elem){cmd + 2, 2, false};
        for (uint32_t i = 0; i < pad; i++)
            e[2 + i] = (struct drv_elem){cmd, 0, i > 100};
        e[2 + pad] = (struct drv_elem){ack, 1, true};
        drv_add_indirect(&ctrl, table_alloc(3 + pad, pad % 16), e, 3 + pad, 5,
                         5);
        drv_kick(&ctrl);
        card_settle();
        assert_true(drv_reap(&ctrl, &used, NULL, NULL));
        assert_int_equal(used.len, 1);
        assert_int_equal(*(uint8_t *)fake_at(ack, 1), 0);
        card_down(NULL);
    }
}

/* ---- A hostile driver ---------------------------------------------------- */

static void expect_broken(uint32_t queue, enum vq_fault fault)
{
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     (queue << 16) | fault);
}

static void lengths_of_no_table_break_the_queue(void **state)
{
    static const uint32_t lens[] = {
        0, 1, 15, 17, 16 * 8 + 1, 16 * 9, 4096, 0xfffffff0u, 0xffffffffu};

    (void)state;
    for (uint32_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
        for (uint16_t queue = 0; queue < 2; queue++) {
            start(F_IN_ORDER | F_MRG_RXBUF, 8);
            drv_poke(queue ? &card.tx : &card.rx, 0, card_alloc(4096), lens[i],
                     1, DRV_AVAIL | DRV_INDIRECT);
            fake_doorbell(queue, queue);
            card_frame(60, 1);
            card_settle();
            expect_broken(queue, VQ_FAULT_TABLE);
            card_down(NULL);
        }
}

static void indirect_in_a_chain_breaks_the_queue(void **state)
{
    static const uint16_t flags[][2] = {{5, 0}, {1, 4}, {5, 4}};

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        for (uint16_t queue = 0; queue < 2; queue++) {
            struct drv *d = queue ? &card.tx : &card.rx;

            start(F_IN_ORDER | F_MRG_RXBUF, 8);
            for (uint16_t s = 0; s < 2; s++)
                drv_poke(d, s, card_packet(60, s), 64, s,
                         (uint16_t)(DRV_AVAIL | flags[i][s] |
                                    (queue ? 0 : DRV_WRITE)));
            fake_doorbell(queue, queue);
            card_frame(60, 1);
            card_settle();
            expect_broken(queue, VQ_FAULT_INDIRECT);
            card_down(NULL);
        }
}

static void a_table_nobody_answers_for_breaks_the_queue(void **state)
{
    (void)state;
    for (uint32_t shift = 0; shift < 9; shift += 8) {
        start(F_IN_ORDER, 8);
        send(2, 60, 0, 0);
        drv_poke(&card.tx, 1, 0x1000 + shift, 32, 1, DRV_AVAIL | DRV_INDIRECT);
        drv_kick(&card.tx);
        card_settle();
        expect_broken(1, VQ_FAULT_RING_DMA);
        card_down(NULL);
    }
}

static void order_and_direction_count_in_tables(void **state)
{
    struct drv_elem e[2] = {{0, 64, true}, {0, 64, false}};

    (void)state;
    start(F_IN_ORDER, 8);
    e[0].addr = e[1].addr = card_alloc(64);
    drv_add_indirect(&card.rx, table_alloc(2, 0), e, 2, 1, 1);
    drv_kick(&card.rx);
    card_frame(100, 1);
    card_settle();
    expect_broken(0, VQ_FAULT_CHAIN_ORDER);
    card_down(NULL);
    start(F_IN_ORDER, 8);
    drv_add_indirect(&card.rx, table_alloc(1, 0), &e[1], 1, 1, 1);
    drv_kick(&card.rx);
    card_frame(60, 1);
    card_settle();
    expect_broken(0, VQ_FAULT_DIRECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(tables_of_all_lengths_are_sent),
        test_own(many_tables_go_out_in_few_runs),
        test_own(tables_and_chains_may_be_mixed),
        test_own(random_tables_over_random_schedules),
        test_own(packets_out_of_range_are_dropped),
        test_own(writable_entries_of_a_packet_are_read),
        test_own(only_the_copy_of_a_table_counts),
        test_own(tables_and_data_may_lie_in_different_memories),
        test_own(frames_over_tables_and_chains),
        test_own(a_frame_into_one_table),
        test_own(tables_longer_than_the_cards_room),
        test_own(a_command_in_a_table),
        test_own(lengths_of_no_table_break_the_queue),
        test_own(indirect_in_a_chain_breaks_the_queue),
        test_own(a_table_nobody_answers_for_breaks_the_queue),
        test_own(order_and_direction_count_in_tables),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
