/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Tables of several queues at a time, and table rings at their limits.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)
#define F_CTRL_VQ   (1ull << 17)
#define F_MQ        (1ull << 22)
#define WINDOW      0xfe00020000ull
#define HDR         12u

static struct drv rx[2], tx[2];

/* Two pairs, both receive. */
static void start(uint64_t features, uint16_t size)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | F_INDIRECT | features);
    for (uint16_t i = 0; i < (features & F_MQ ? 2 : 1); i++) {
        card_queue(&rx[i], 2 * i, size, true);
        card_queue(&tx[i], (uint16_t)(2 * i + 1), size, true);
    }
    card_driver_ok();
    card_settle();
}

static void two_pairs_receive(void)
{
    struct drv ctrl;
    uint64_t at = card_alloc(64);
    struct drv_elem e[2] = {{at, 4, false}, {at + 32, 1, true}};

    card_queue(&ctrl, 8, 16, true);
    card_settle();
    memcpy(fake_at(at, 4), (const uint8_t[]){4, 0, 2, 0}, 4);
    drv_add(&ctrl, e, 2, 1, 1);
    fake_doorbell(8, 8);
    card_settle();
    assert_true(drv_reap(&ctrl, NULL, NULL, NULL));
}

/* Header and frame apart, in a table. */
static void send(struct drv *d, uint32_t mark)
{
    uint64_t at = card_packet(60, mark);
    struct drv_elem e[2] = {{at, HDR, false}, {at + HDR, 60, false}};

    drv_add_indirect(d, card_alloc(32), e, 2, (uint16_t)mark, mark);
}

static uint32_t back(struct drv *d)
{
    uint32_t n = 0;
    struct drv_used used;

    while (drv_reap(d, &used, NULL, NULL))
        n += used.buffers;
    return n;
}

static void expect_broken(uint32_t queue, enum vq_fault fault)
{
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     queue << 16 | fault);
}

/* ---- Transmit ------------------------------------------------------------ */

static void transmit_queues_do_not_share_their_tables(void **state)
{
    bool seen[64] = {false};

    (void)state;
    start(F_CTRL_VQ | F_MQ, 64);
    for (uint32_t i = 0; i < 32; i++)
        send(&tx[i & 1], i);
    for (uint32_t i = 0; i < 2; i++)
        fake_doorbell(2 * i + 1, 2 * i + 1);
    card_settle();
    assert_int_equal(fake.sent_count, 32);
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t mark = fake.sent[i].data[0];

        assert_true(mark < 32 && !seen[mark]);
        seen[mark] = true;
        card_expect_sent(i, 60, mark);
    }
    assert_int_equal(back(&tx[0]) + back(&tx[1]), 32);
}

/* While the port stalls many tables gather, and one run takes as many as its
 * completion can tell. */
static void tables_that_gather_behind_a_stall_are_all_given_back(void **state)
{
    (void)state;
    start(0, 256);
    for (uint32_t lap = 0; lap < 4; lap++) {
        for (uint32_t i = 0; i < 120; i++)
            send(&tx[0], i);
        fake_doorbell(1, 1);
        for (int turn = 0; turn < 200; turn++) {
            card_turns(1);
            fake_fetch_step();
        }
        card_settle();
        assert_int_equal(fake.sent_count, (lap + 1) * 120);
        for (uint32_t i = 0; i < 120; i++)
            card_expect_sent(lap * 120 + i, 60, i);
        assert_int_equal(back(&tx[0]), 120);
        assert_int_equal(card_vq(1)->table_room, card_vq(1)->table_size);
    }
}

static void a_table_longer_than_the_queue_breaks_it(void **state)
{
    (void)state;
    for (uint32_t n = 8; n < 11; n++) {
        struct drv_elem e[16];
        uint64_t at = card_alloc(256);

        start(0, 8);
        at = card_packet(60, 1);
        for (uint32_t i = 0; i < n; i++)
            e[i] = (struct drv_elem){at + 4 * i, i + 1 < n ? 4 : 72 - 4 * i,
                                     false};
        drv_add_indirect(&tx[0], card_alloc(512), e, n, 1, 1);
        drv_kick(&tx[0]);
        card_settle();
        if (n == 8)
            card_expect_sent(0, 60, 1);
        else
            expect_broken(1, VQ_FAULT_TABLE);
        card_down(NULL);
    }
}

static void two_lengths_that_add_up_beyond_32_bits_are_dropped(void **state)
{
    uint32_t before;
    uint64_t at;
    struct drv_elem e[2] = {{0, 0xffffffb8u, false}, {0, 0x90, false}};

    (void)state;
    start(0, 8);
    before = card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4);
    at = card_packet(300, 1);
    e[0].addr = at;
    e[1].addr = at;
    drv_add_indirect(&tx[0], card_alloc(32), e, 2, 1, 1);
    drv_kick(&tx[0]);
    card_settle();
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(back(&tx[0]), 1);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4) - before, 1);
    assert_false(card_status() & ST_NEEDS_RESET);
}

/* With an open window each table is looked at entry by entry. */
static void with_an_open_window_tables_go_out_as_well(void **state)
{
    (void)state;
    card_up(&virtio_net_ops);
    card_write(REG_VENDOR + RL_VENDOR_WIN_LO, 4, (uint32_t)WINDOW);
    card_write(REG_VENDOR + RL_VENDOR_WIN_HI, 4, (uint32_t)(WINDOW >> 32));
    card_negotiate(F_BASE | F_IN_ORDER | F_INDIRECT);
    card_queue(&tx[0], 1, 64, true);
    card_driver_ok();
    card_settle();
    for (uint32_t i = 0; i < 16; i++) {
        uint64_t at = card_packet(60, i);
        struct drv_elem e[3] = {{at, HDR, (i & 1) != 0},
                                {at + HDR, 20, false},
                                {at + HDR + 20, 40, (i & 2) != 0}};

        drv_add_indirect(&tx[0], card_alloc(48), e, 3, (uint16_t)i, i);
    }
    drv_kick(&tx[0]);
    card_settle();
    assert_false(card_status() & ST_NEEDS_RESET);
    assert_int_equal(fake.sent_count, 16);
    for (uint32_t i = 0; i < 16; i++)
        card_expect_sent(i, 60, i);
    assert_int_equal(back(&tx[0]), 16);
}

/* ---- Receive ------------------------------------------------------------- */

static uint64_t place[2][64];

static void give_table(uint32_t queue, uint32_t n, uint32_t bytes)
{
    struct drv_elem e[64];
    uint64_t at = card_alloc(n * bytes);
    struct drv *d = &rx[queue];

    place[queue][d->avail] = at;
    for (uint32_t i = 0; i < n; i++)
        e[i] = (struct drv_elem){at + i * bytes, bytes, true};
    drv_add_indirect(d, card_alloc(16 * n), e, n, d->avail, d->avail);
}

/* A frame of an IPv4 flow, told by its ports alone. */
static void flow_frame(uint8_t flow)
{
    uint8_t f[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45};

    f[29] = flow;
    f[33] = 99;
    f[40] = flow;
    for (uint32_t i = 41; i < 60; i++)
        f[i] = (uint8_t)(flow + i);
    fake_frame(f, 60);
}

static bool got[16];

static void look(void *arg, const struct drv_buffer *b, uint32_t written)
{
    const uint64_t *places = arg;
    const uint8_t *f = (const uint8_t *)fake_at(places[b->tag], HDR + 60) + HDR;

    assert_int_equal(written, HDR + 60);
    assert_true(f[40] < 16 && !got[f[40]]);
    got[f[40]] = true;
    for (uint32_t i = 41; i < 60; i++)
        assert_int_equal(f[i], (uint8_t)(f[40] + i));
}

static void receive_queues_do_not_share_their_tables(void **state)
{
    uint32_t n[2] = {0, 0};

    (void)state;
    start(F_CTRL_VQ | F_MQ, 64);
    two_pairs_receive();
    memset(got, 0, sizeof(got));
    for (uint32_t q = 0; q < 2; q++) {
        for (uint32_t i = 0; i < 16; i++)
            give_table(q, 3, 32);
        fake_doorbell(2 * q, 2 * q);
    }
    card_settle();
    for (uint8_t flow = 0; flow < 16; flow++)
        flow_frame(flow);
    for (int turn = 0; turn < 100; turn++) { /* no run is carried out yet */
        card_turns(1);
        fake_fetch_step();
    }
    card_settle();
    for (uint32_t q = 0; q < 2; q++)
        while (drv_reap(&rx[q], NULL, look, place[q]))
            n[q]++;
    assert_int_equal(n[0] + n[1], 16);
    assert_true(n[0] != 0 && n[1] != 0);
}

/* Three tables would hold it, but not in the card's table ring. */
static void a_frame_of_too_many_entries_makes_way(void **state)
{
    struct drv_used used;
    uint32_t before;

    (void)state;
    start(F_MRG_RXBUF, 64);
    before = card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4);
    for (uint32_t i = 0; i < 8; i++)
        give_table(0, 40, 2);
    drv_kick(&rx[0]);
    card_settle();
    card_frame(200, 1);
    card_frame(60, 2);
    card_settle();
    fake_advance(1000000);
    card_settle();
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4) - before,
                     1);
    assert_true(drv_reap(&rx[0], &used, NULL, NULL));
    assert_int_equal(used.len, HDR + 60);
    assert_int_equal(*(uint8_t *)fake_at(place[0][0] + HDR, 1), 2);
}

/* Behind a table plain buffers are copied, as many as there is room for. */
static void a_table_in_front_of_many_plain_buffers(void **state)
{
    enum { BUFFERS = 120 };
    struct drv_elem e[1] = {{0, 14, true}};
    uint64_t at, first;
    uint8_t *data;

    (void)state;
    start(F_MRG_RXBUF, 256);
    first = card_alloc(16);
    at = card_alloc(BUFFERS * 64);
    e[0].addr = first;
    drv_add_indirect(&rx[0], card_alloc(16), e, 1, 1, 1);
    for (uint16_t i = 0; i < BUFFERS; i++)
        drv_add_one(&rx[0], at + 64u * i, 64, true, i);
    drv_kick(&rx[0]);
    card_settle();
    for (int i = 0; i < 8; i++)
        card_frame(1000, 7);
    card_settle();
    data = (uint8_t *)fake_at(at, 1000);
    assert_int_equal(*(uint8_t *)fake_at(first + HDR, 1), 7);
    for (uint32_t i = 2; i < 4; i++)
        assert_int_equal(data[i - 2], 0);
    for (uint32_t i = 4; i < 1000; i++)
        assert_int_equal(data[i - 2], (uint8_t)(7 * 7 + i * 13));
    assert_int_equal(back(&rx[0]), 17 + 6 * 16);
    assert_false(card_status() & ST_NEEDS_RESET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(transmit_queues_do_not_share_their_tables),
        test_own(tables_that_gather_behind_a_stall_are_all_given_back),
        test_own(a_table_longer_than_the_queue_breaks_it),
        test_own(two_lengths_that_add_up_beyond_32_bits_are_dropped),
        test_own(with_an_open_window_tables_go_out_as_well),
        test_own(receive_queues_do_not_share_their_tables),
        test_own(a_frame_of_too_many_entries_makes_way),
        test_own(a_table_in_front_of_many_plain_buffers),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
