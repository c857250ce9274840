/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The network device: what is sent, received, dropped and given back; memory
 * of the host and of the card.
 */
#include "support/card.h"

#define WINDOW 0xfe00020000ull

static void elements(struct drv *d, const uint32_t *lens, uint32_t n,
                     uint64_t at, bool write, uint16_t id)
{
    struct drv_elem e[64];

    for (uint32_t i = 0; i < n; i++) {
        e[i] = (struct drv_elem){at, lens[i], write};
        at += lens[i];
    }
    drv_add(d, e, n, id, id);
}

static void expect_back(struct drv *d, uint16_t id)
{
    struct drv_used used;

    assert_true(drv_reap(d, &used, NULL, NULL));
    assert_int_equal(used.id, id);
}

/* ---- Transmit ------------------------------------------------------------------------ */

static void a_packet_may_be_cut_anywhere(void **state)
{
    static const uint32_t cuts[][4] = {
        {12, 60, 0, 0}, {72, 0, 0, 0}, {1, 11, 60, 0}, {13, 59, 0, 0},
        {11, 61, 0, 0}, {4, 4, 4, 60}, {71, 1, 0, 0},  {5, 20, 46, 1},
    };
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        uint32_t n = 1;

        while (n < 4 && cuts[i][n] != 0)
            n++;
        elements(&c.tx, cuts[i], n, card_packet(60, i), false, i);
        drv_kick(&c.tx);
        card_settle();
        expect_back(&c.tx, i);
        card_expect_sent(i, 60, i);
    }
}

static void byte_wise_chains_are_sent(void **state)
{
    uint32_t lens[60];
    struct net_card c;

    (void)state;
    for (int i = 0; i < 60; i++)
        lens[i] = i == 59 ? 13 : 1;
    card_net(&c, 8, 64, true);
    elements(&c.tx, lens, 60, card_packet(60, 1), false, 1);
    drv_kick(&c.tx);
    card_settle();
    expect_back(&c.tx, 1);
    card_expect_sent(0, 60, 1);
}

static void every_length_at_the_limits(void **state)
{
    static const uint32_t lens[] = {0,  1,    11,   12,   13,   25,   26,
                                    27, 1526, 2060, 2073, 2074, 4096, 65536};
    uint32_t sent = 0;
    struct net_card c;

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        bool good = lens[i] >= 26 && lens[i] <= 2073;
        struct drv_used used;

        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, true);
        drv_add_one(&c.tx, card_alloc(65536), lens[i], false, 3);
        drv_kick(&c.tx);
        card_settle();
        assert_true(drv_reap(&c.tx, &used, NULL, NULL));
        assert_int_equal(used.len, 0);
        assert_int_equal(fake.sent_count, good);
        if (good)
            assert_int_equal(fake.sent[0].len, lens[i] - 12);
        sent += good;
        card_down(NULL);
    }
    assert_true(sent >= 4);
}

/* As the vendor page shows it: 0 transmit, 1 receive. */
static uint32_t dropped(uint32_t counter)
{
    return card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4 * counter, 4);
}

/* Good and bad packets in every pattern of six: all come back in order. */
static void dropped_packets_are_given_back_in_order(void **state)
{
    struct net_card c;

    (void)state;
    for (int in_order = 0; in_order < 2; in_order++)
        for (uint32_t word = 0; word < 729; word++) {
            uint32_t steps = word, good = 0, back = 0;
            struct drv_used used;
            uint32_t before;

            card_up(&virtio_net_ops);
            card_net(&c, 8, 32, in_order != 0);
            before = dropped(0);
            for (uint16_t i = 0; i < 6; i++, steps /= 3) {
                uint64_t at = card_packet(60, i);
                struct drv_elem e[2] = {{at, 20, false}, {at + 20, 52, false}};

                if (steps % 3 == 0)
                    drv_add_one(&c.tx, at, 72, false, i);
                else if (steps % 3 == 1)
                    drv_add(&c.tx, e, 2, i, i);
                else
                    drv_add_one(&c.tx, at, 20, false, i); /* too short */
                good += steps % 3 != 2;
            }
            drv_kick(&c.tx);
            card_settle();
            while (drv_reap(&c.tx, &used, NULL, NULL)) {
                back += used.buffers;
                assert_int_equal(used.id, back - 1);
                assert_int_equal(used.len, 0);
            }
            assert_int_equal(back, 6);
            assert_int_equal(fake.sent_count, good);
            assert_int_equal(dropped(0) - before, 6 - good);
            card_down(NULL);
        }
}

static void writable_elements_are_dropped_and_not_touched(void **state)
{
    struct net_card c;
    struct drv_elem e[2];

    (void)state;
    card_net(&c, 8, 8, true);
    e[0] = (struct drv_elem){card_packet(60, 1), 72, false};
    e[1] = (struct drv_elem){card_alloc(64), 64, true};
    drv_add(&c.tx, e, 2, 1, 1);
    drv_add_one(&c.tx, card_packet(60, 2), 72, true, 2);
    drv_add_one(&c.tx, card_packet(60, 3), 72, false, 3);
    drv_kick(&c.tx);
    card_settle();
    while (drv_reap(&c.tx, NULL, NULL, NULL))
        ;
    assert_int_equal(drv_outstanding(&c.tx), 0);
    assert_int_equal(fake.sent_count, 1);
    card_expect_sent(0, 60, 3);
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
}

static void the_header_is_not_even_read(void **state)
{
    struct drv_elem e[2] = {{0, 12, false}, {0, 60, false}};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    e[0].addr = 0x10; /* nothing is there */
    e[1].addr = card_packet(60, 1) + 12;
    drv_add(&c.tx, e, 2, 1, 1);
    drv_kick(&c.tx);
    card_settle();
    card_expect_sent(0, 60, 1);
    expect_back(&c.tx, 1);
}

/* ---- Receive -------------------------------------------------------------------------- */

static void expect_received(uint64_t at, uint32_t len, uint32_t mark)
{
    const uint8_t *p = fake_at(at, 12 + len);

    for (int i = 0; i < 12; i++)
        assert_int_equal(p[i], i == 10); /* num_buffers 1 */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(p[12 + i], (mark >> (8 * i)) & 0xff);
    assert_int_equal(p[12 + len - 1], (uint8_t)(mark * 7 + (len - 1) * 13));
}

static void a_frame_lies_over_a_chain(void **state)
{
    static const uint32_t cuts[][4] = {
        {12, 100, 0, 0},
        {1, 11, 100, 0},
        {64, 64, 64, 64},
        {6, 6, 1, 200},
    };
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 4; i++) {
        uint64_t at = card_alloc(300);
        struct drv_used used;
        uint32_t n = 1;

        while (n < 4 && cuts[i][n] != 0)
            n++;
        elements(&c.rx, cuts[i], n, at, true, i);
        drv_kick(&c.rx);
        card_frame(90, i);
        card_settle();
        assert_true(drv_reap(&c.rx, &used, NULL, NULL));
        assert_int_equal(used.len, 102);
        assert_int_equal(used.id, i);
        assert_true(used.flags & DRV_WRITE);
        expect_received(at, 90, i);
        assert_int_equal(c.rx.used, card_vq(0)->used);
    }
}

static void a_frame_that_fits_exactly_is_received(void **state)
{
    struct drv_used used;
    struct net_card c;
    uint64_t at;

    (void)state;
    card_net(&c, 8, 8, true);
    at = card_alloc(128);
    memset(fake_at(at, 128), 0x77, 128);
    drv_add_one(&c.rx, at, 112, true, 1);
    drv_kick(&c.rx);
    card_frame(100, 1);
    card_settle();
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    assert_int_equal(used.len, 112);
    expect_received(at, 100, 1);
    for (uint32_t i = 112; i < 128; i++)
        assert_int_equal(*(uint8_t *)fake_at(at + i, 1), 0x77);
}

static void a_frame_too_large_is_dropped_and_the_buffer_kept(void **state)
{
    struct drv_used used;
    struct net_card c;
    uint32_t before;
    uint64_t at;

    (void)state;
    card_net(&c, 8, 8, true);
    before = dropped(1);
    at = card_alloc(128);
    drv_add_one(&c.rx, at, 111, true, 1);
    drv_kick(&c.rx);
    card_frame(100, 1);
    card_frame(2048, 2);
    card_frame(99, 3);
    card_settle();
    assert_int_equal(log_count(FAKE_DROPPED), 2);
    assert_int_equal(dropped(1) - before, 2);
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    assert_int_equal(used.len, 111);
    expect_received(at, 99, 3);
}

static void tiny_receive_buffers_do_not_hang_the_card(void **state)
{
    (void)state;
    for (uint32_t len = 0; len <= 12; len++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, true);
        drv_add_one(&c.rx, card_alloc(16), len, true, 1);
        drv_kick(&c.rx);
        card_frame(60, 1);
        card_settle();
        assert_int_equal(log_count(FAKE_DROPPED), 1);
        assert_int_equal(log_count(FAKE_PAYLOAD), 0);
        card_down(NULL);
    }
}

static void a_readable_receive_buffer_breaks_the_queue(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, card_alloc(128), 128, false, 1);
    drv_kick(&c.rx);
    card_frame(60, 1);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     VQ_FAULT_DIRECTION);
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
}

static void frames_wait_for_buffers(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint32_t i = 0; i < 20; i++)
        card_frame(60 + i, i);
    card_settle();
    assert_int_equal(fake.frame_head, 0);
    for (uint16_t i = 0; i < 20; i++) {
        uint64_t at = card_alloc(128);
        struct drv_used used;

        drv_add_one(&c.rx, at, 128, true, i);
        drv_kick(&c.rx);
        card_settle();
        assert_true(drv_reap(&c.rx, &used, NULL, NULL));
        assert_int_equal(used.len, 72 + i);
        expect_received(at, 60 + i, i);
    }
}

static void one_frame_without_buffers_lets_the_core_sleep(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_frame(60, 1);
    card_settle();
    card_sleep();
}

static void more_frames_without_buffers_let_the_core_sleep_too(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint32_t i = 0; i < 5; i++)
        card_frame(60, i);
    card_turns(20);
    card_sleep();
    assert_int_equal(fake.frame_head, 0);
}

static void frames_without_a_driver_are_discarded(void **state)
{
    struct net_card c;
    uint64_t at;

    (void)state;
    for (uint32_t i = 0; i < 50; i++)
        card_frame(60, i);
    card_settle();
    assert_int_equal(fake.frame_head, 50);
    card_net(&c, 8, 8, true);
    at = card_alloc(128);
    drv_add_one(&c.rx, at, 128, true, 1);
    drv_kick(&c.rx);
    card_frame(60, 99);
    card_settle();
    expect_received(at, 60, 99);
}

/* It comes in the turn that takes DRIVER_OK, behind the turn's look at events. */
static void a_frame_as_old_as_its_queue_does_not_wait_for_another(void **state)
{
    struct net_card c;
    uint64_t at = card_alloc(128);

    (void)state;
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&c.rx, 0, 8, true);
    card_queue(&c.tx, 1, 8, true);
    transport_write(RL_BAR0_COMMON + REG_STATUS,
                    ST_ACK | ST_DRIVER | ST_FEATURES_OK | ST_DRIVER_OK, 1);
    card_frame(60, 7);
    (void)virtio_net_ops.work(card_vq(0));
    drv_add_one(&c.rx, at, 128, true, 1);
    drv_kick(&c.rx);
    card_settle();
    expect_received(at, 60, 7);
}

static void receive_runs_from_the_longest_to_the_shortest_frame(void **state)
{
    struct net_card c;
    uint64_t at = 0;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint32_t len = 1; len <= RL_MAX_FRAME; len += len < 70 ? 1 : 97) {
        struct drv_used used;

        if (at == 0)
            at = card_alloc(2112);
        drv_add_one(&c.rx, at + len % 16, 2070, true, 1);
        drv_kick(&c.rx);
        card_frame(len, len);
        card_settle();
        assert_true(drv_reap(&c.rx, &used, NULL, NULL));
        assert_int_equal(used.len, 12 + len);
    }
}

/* ---- Device memory ---------------------------------------------------------------------- */

static void open_window(void)
{
    card_write(REG_VENDOR + RL_VENDOR_WIN_LO, 4, (uint32_t)WINDOW);
    card_write(REG_VENDOR + RL_VENDOR_WIN_HI, 4, (uint32_t)(WINDOW >> 32));
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_WIN_CTRL, 4), 1);
}

/* Bit 0: transmit ring, 1: receive ring, 2: transmit data, 3: receive data in
 * device memory. */
static void placement(uint32_t where, bool in_order)
{
    uint64_t device = WINDOW;
    struct drv rx, tx;

    card_up(&virtio_net_ops);
    open_window();
    card_negotiate(F_BASE | (in_order ? F_IN_ORDER : 0));
    if (where & 2)
        card_queue_at(&rx, 0, 8, in_order, device, device + 128, device + 132);
    else
        card_queue(&rx, 0, 8, in_order);
    if (where & 1)
        card_queue_at(&tx, 1, 8, in_order, device + 256, device + 384,
                      device + 388);
    else
        card_queue(&tx, 1, 8, in_order);
    card_driver_ok();
    card_settle();
    for (uint16_t i = 0; i < 20; i++) {
        uint64_t from = card_packet(60, i), to = card_alloc(2048);
        struct drv_elem e[2];
        struct drv_used used;

        if (where & 4) {
            memcpy(fake_at(device + 0x1004, 72), fake_at(from, 72), 72);
            from = device + 0x1004;
        }
        if (where & 8)
            to = device + RL_DEVMEM_BYTES - 2048;
        e[0] = (struct drv_elem){from, 30, false};
        e[1] = (struct drv_elem){from + 30, 42, false};
        if (i & 1)
            drv_add(&tx, e, 2, i, i);
        else
            drv_add_one(&tx, from, 72, false, i);
        drv_add_one(&rx, to, 2048, true, i);
        drv_kick(&tx);
        drv_kick(&rx);
        card_frame(100, i);
        card_settle();
        expect_back(&tx, i);
        assert_true(drv_reap(&rx, &used, NULL, NULL));
        assert_int_equal(used.len, 112);
        expect_received(to, 100, i);
        card_expect_sent(i, 60, i);
        assert_int_equal(fake.msix_sent[1], i + 1);
        assert_int_equal(fake.msix_sent[2], i + 1);
    }
    for (uint32_t i = 0; i < fake.log_count; i++) {
        const struct fake_log *e = &fake.log[i];

        assert_false(e->lost);
        if (e->kind <= FAKE_IMM)
            assert_int_equal(e->device, e->addr - WINDOW < RL_DEVMEM_BYTES);
    }
    card_down(NULL);
}

static void rings_and_buffers_live_in_either_memory(void **state)
{
    (void)state;
    for (uint32_t where = 0; where < 16; where++)
        for (int in_order = 0; in_order < 2; in_order++)
            placement(where, in_order != 0);
}

/* Between two memories no order can be relied on: whatever the event areas say,
 * every batch interrupts and the doorbells stay enabled. */
static void ring_and_events_in_different_memories_are_not_suppressed(
    void **state)
{
    struct drv tx;
    uint32_t used = 0;

    (void)state;
    open_window();
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue_at(&tx, 1, 256, true, WINDOW, card_alloc(4), card_alloc(4));
    card_driver_ok();
    drv_interrupts(&tx, VQ_EVENT_DISABLE);
    for (uint32_t turn = 0; turn < 4; turn++) {
        for (uint16_t i = 0; i < 200; i++)
            drv_add_one(&tx, card_packet(60, 1), 72, false, i);
        drv_kick(&tx);
        for (uint32_t i = 0; i < 2000; i++) {
            card_turns(1);
            fake_fetch_step();
            assert_true(drv_wants_doorbell(&tx));
        }
        card_settle();
        assert_true(fake.msix_sent[2] > used);
        used = fake.msix_sent[2];
        while (drv_reap(&tx, NULL, NULL, NULL))
            ;
    }
}

static void a_queue_may_mix_buffers_of_both_memories(void **state)
{
    struct net_card c;

    (void)state;
    open_window();
    card_net(&c, 16, 32, true);
    for (uint16_t i = 0; i < 24; i++) {
        uint64_t at = card_packet(60, i);

        if (i % 3 == 0) {
            memcpy(fake_at(WINDOW + 128u * i, 72), fake_at(at, 72), 72);
            at = WINDOW + 128u * i;
        }
        drv_add_one(&c.tx, at, 72, false, i);
    }
    drv_kick(&c.tx);
    card_settle();
    for (uint16_t i = 0; i < 24; i++)
        card_expect_sent(i, 60, i);
    while (drv_reap(&c.tx, NULL, NULL, NULL))
        ;
    assert_int_equal(drv_outstanding(&c.tx), 0);
    for (uint16_t i = 0; i < 12; i++)
        drv_add_one(&c.rx,
                    i & 1 ? WINDOW + 0x10000 + 128u * i : card_alloc(128), 128,
                    true, i);
    drv_kick(&c.rx);
    for (uint16_t i = 0; i < 12; i++)
        card_frame(60, i);
    card_settle();
    for (uint16_t i = 0; i < 12; i++)
        expect_back(&c.rx, i);
}

static void a_buffer_in_both_memories_breaks_the_queue(void **state)
{
    struct drv_elem e[2] = {{WINDOW, 30, false}, {0, 42, false}};
    struct net_card c;

    (void)state;
    open_window();
    card_net(&c, 8, 8, true);
    e[1].addr = card_packet(60, 1);
    drv_add(&c.tx, e, 2, 1, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     (1u << 16) | VQ_FAULT_SPACES);
}

static void a_buffer_that_straddles_the_window_is_not_served_locally(
    void **state)
{
    static const uint64_t bad[] = {WINDOW - 36, WINDOW + RL_DEVMEM_BYTES - 36};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        open_window();
        card_net(&c, 8, 8, true);
        drv_add_one(&c.tx, bad[i], 72, false, 1);
        drv_kick(&c.tx);
        card_settle();
        assert_int_equal(fake.sent_count, 0);
        assert_true(card_status() & ST_NEEDS_RESET);
        card_down(NULL);
    }
}

static void window_edges_are_inside(void **state)
{
    struct net_card c;

    (void)state;
    open_window();
    card_net(&c, 8, 8, true);
    memset(fake_at(WINDOW, 72), 1, 72);
    drv_add_one(&c.tx, WINDOW, 72, false, 1);
    drv_add_one(&c.tx, WINDOW + RL_DEVMEM_BYTES - 72, 72, false, 2);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(a_packet_may_be_cut_anywhere),
        test_net(byte_wise_chains_are_sent),
        test_own(every_length_at_the_limits),
        test_own(dropped_packets_are_given_back_in_order),
        test_net(writable_elements_are_dropped_and_not_touched),
        test_net(the_header_is_not_even_read),
        test_net(a_frame_lies_over_a_chain),
        test_net(a_frame_that_fits_exactly_is_received),
        test_net(a_frame_too_large_is_dropped_and_the_buffer_kept),
        test_own(tiny_receive_buffers_do_not_hang_the_card),
        test_net(a_readable_receive_buffer_breaks_the_queue),
        test_net(frames_wait_for_buffers),
        test_net(one_frame_without_buffers_lets_the_core_sleep),
        test_net(more_frames_without_buffers_let_the_core_sleep_too),
        test_net(ring_and_events_in_different_memories_are_not_suppressed),
        test_net(frames_without_a_driver_are_discarded),
        test_net(a_frame_as_old_as_its_queue_does_not_wait_for_another),
        test_net(receive_runs_from_the_longest_to_the_shortest_frame),
        test_own(rings_and_buffers_live_in_either_memory),
        test_net(a_queue_may_mix_buffers_of_both_memories),
        test_net(a_buffer_in_both_memories_breaks_the_queue),
        test_own(a_buffer_that_straddles_the_window_is_not_served_locally),
        test_net(window_edges_are_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
