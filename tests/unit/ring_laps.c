/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Positions and wrap counters over many laps, of rings of any size; what is
 * written into which slot, and that nothing else is.
 */
#include "support/card.h"

#define FRAME 60u

static void add_packet(struct drv *d, uint32_t descs, uint16_t id,
                       uint32_t mark)
{
    uint64_t at = card_packet(FRAME, mark);
    struct drv_elem e[512];

    /* Header and a bit in the first; a byte each; the rest in the last. */
    for (uint32_t i = 0; i < descs; i++) {
        uint32_t left = 12 + FRAME;
        uint32_t len =
            i + 1 < descs ? (i < 40 ? 1 : 0) : left - (i < 40 ? i : 40);

        e[i] = (struct drv_elem){at, len, false};
        at += len;
    }
    drv_add(d, e, descs, id, mark);
}

struct order {
    uint32_t expected;
};

static void in_sequence(void *arg, const struct drv_buffer *b, uint32_t written)
{
    struct order *order = arg;

    assert_int_equal(b->tag, order->expected++);
    assert_int_equal(written, 0);
}

static void reap_all(struct drv *d, struct order *order)
{
    struct drv_used used;

    while (drv_reap(d, &used, in_sequence, order)) {
        assert_true(used.buffers >= 1);
        assert_int_equal(used.flags & 0x7f7f, 0);
        assert_int_equal(used.len, 0);
    }
}

/* Transmit packets of 1..max descriptors over `laps` laps. */
static void tx_laps(uint16_t size, uint32_t laps, uint32_t max, bool in_order)
{
    struct order order = {0};
    struct net_card c;
    uint32_t descs = 0, mark = 0;

    card_up(&virtio_net_ops);
    card_net(&c, 8, size, in_order);
    while (descs < laps * size) {
        uint32_t n = 1 + mark % max;

        if (n > c.tx.free || mark % 5 == 4) {
            drv_kick(&c.tx);
            card_settle();
            reap_all(&c.tx, &order);
        }
        assert_true(n <= c.tx.free);
        add_packet(&c.tx, n, (uint16_t)(mark * 31), mark);
        mark++;
        descs += n;
    }
    drv_kick(&c.tx);
    card_settle();
    reap_all(&c.tx, &order);
    assert_int_equal(order.expected, mark);
    assert_int_equal(c.tx.free, size);
    assert_int_equal(fake.sent_count, mark);
    for (uint32_t i = 0; i < mark; i++)
        card_expect_sent(i, FRAME, i);
    assert_int_equal(card_vq(1)->used, c.tx.used);
    assert_int_equal(card_vq(1)->used_wrap, c.tx.used_wrap);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    card_down(NULL);
}

static const uint16_t sizes[] = {1, 2, 3, 7, 8, 32, 33, 100, 256};

static void every_size_runs_many_laps_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        tx_laps(sizes[i], 5, 1, true);
}

static void every_size_runs_many_laps_without_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        tx_laps(sizes[i], 5, 1, false);
}

static void chains_cross_the_end_in_order(void **state)
{
    (void)state;
    for (size_t i = 2; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        tx_laps(sizes[i], 6, 3, true);
}

static void chains_cross_the_end_without_in_order(void **state)
{
    (void)state;
    for (size_t i = 2; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        tx_laps(sizes[i], 6, 3, false);
}

static void a_chain_that_fills_the_ring_flips_the_wrap_counter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int in_order = 0; in_order < 2; in_order++) {
            struct order order = {0};
            struct net_card c;

            card_up(&virtio_net_ops);
            card_net(&c, 8, sizes[i], in_order != 0);
            for (uint32_t lap = 0; lap < 4; lap++) {
                bool wrap = (lap & 1) == 0;

                assert_int_equal(card_vq(1)->used_wrap, wrap);
                add_packet(&c.tx, sizes[i], (uint16_t)lap, lap);
                drv_kick(&c.tx);
                card_settle();
                assert_int_equal(drv_flags(&c.tx, 0), wrap ? 0x8080 : 0);
                assert_int_equal(drv_id(&c.tx, 0), lap);
                reap_all(&c.tx, &order);
                assert_int_equal(order.expected, lap + 1);
                card_expect_sent(lap, FRAME, lap);
            }
            card_down(NULL);
        }
}

static void a_zeroed_ring_is_not_available(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (int i = 0; i < 10; i++) {
        fake_doorbell(1, 1);
        card_settle();
    }
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_writes_in(c.tx.ring, 128), 0);
    assert_int_equal(log_writes_in(c.rx.ring, 128), 0);
}

static void flags_that_only_look_used_are_not_available(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 8; i++)
        drv_poke(&c.tx, i, card_packet(60, i), 72, i, i & 1 ? 0x8080 : 0x8000);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_writes_in(c.tx.ring, 128), 0);
}

static void descriptors_of_the_last_lap_are_stale(void **state)
{
    struct order order = {0};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint32_t i = 0; i < 8; i++)
        add_packet(&c.tx, 1, (uint16_t)i, i);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 8);
    /* Seven of the eight slots still say available, of lap one. */
    for (int i = 0; i < 5; i++) {
        fake_doorbell(1, 1);
        card_settle();
    }
    assert_int_equal(fake.sent_count, 8);
    reap_all(&c.tx, &order);
    add_packet(&c.tx, 1, 8, 8);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 9);
    assert_int_equal(drv_flags(&c.tx, 0), 0);
}

static void any_buffer_id_is_echoed(void **state)
{
    static const uint16_t ids[] = {0xffff, 0x8000, 0, 0x0100, 0xfffe, 0x7fff};
    struct drv_used used;
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        add_packet(&c.tx, 1 + (uint32_t)i % 3, ids[i], (uint32_t)i);
        drv_add_one(&c.rx, card_alloc(128), 128, true, ids[i]);
        drv_kick(&c.tx);
        drv_kick(&c.rx);
        card_frame(64, (uint32_t)i);
        card_settle();
        assert_true(drv_reap(&c.tx, &used, NULL, NULL));
        assert_int_equal(used.id, ids[i]);
        assert_true(drv_reap(&c.rx, &used, NULL, NULL));
        assert_int_equal(used.id, ids[i]);
    }
}

static void duplicate_ids_are_echoed(void **state)
{
    for (int in_order = 0; in_order < 2; in_order++) {
        struct net_card c;

        (void)state;
        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, in_order != 0);
        for (uint32_t i = 0; i < 4; i++)
            add_packet(&c.tx, 1, 7, i);
        drv_kick(&c.tx);
        card_settle();
        assert_int_equal(fake.sent_count, 4);
        assert_int_equal(drv_id(&c.tx, 0), 7);
        assert_int_equal(drv_flags(&c.tx, 0), 0x8080);
        assert_int_equal(card_vq(1)->used, 4);
        card_down(NULL);
    }
}

static void a_chain_returns_the_id_of_its_last_descriptor(void **state)
{
    struct drv_used used;
    struct net_card c;

    (void)state;
    for (uint32_t descs = 1; descs <= 8; descs++) {
        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, true);
        add_packet(&c.tx, descs, 0x1234, 1);
        drv_kick(&c.tx);
        card_settle();
        assert_true(drv_reap(&c.tx, &used, NULL, NULL));
        assert_int_equal(used.slot, 0);
        assert_int_equal(used.id, 0x1234);
        assert_int_equal(c.tx.used, descs % 8);
        card_down(NULL);
    }
}

/* Batches of 1..n buffers: everything is sent before the writes are looked at,
 * so they are given back together. */
static void a_batch_has_one_used_descriptor(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 40; n++) {
        struct order order = {0};
        struct drv_used used;
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 8, 64, true);
        for (uint32_t i = 0; i < n; i++)
            add_packet(&c.tx, 1, (uint16_t)(100 + i), i);
        drv_kick(&c.tx);
        fake.log_count = 0;
        card_settle();
        assert_true(drv_reap(&c.tx, &used, in_sequence, &order));
        if (n <= 32) {
            assert_int_equal(log_writes_in(c.tx.ring, 64 * 16), 1);
            assert_int_equal(used.slot, 0);
            assert_int_equal(used.id, 99 + n);
            assert_int_equal(used.buffers, n);
        }
        reap_all(&c.tx, &order);
        assert_int_equal(order.expected, n);
        card_down(NULL);
    }
}

static void skipped_slots_are_left_alone(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 16, true);
    for (uint32_t i = 0; i < 10; i++)
        add_packet(&c.tx, 1, (uint16_t)i, i);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(drv_flags(&c.tx, 0), 0x8080);
    for (uint16_t i = 1; i < 10; i++)
        assert_int_equal(drv_flags(&c.tx, i), 0x0080);
}

static void without_in_order_every_buffer_has_its_used_descriptor(void **state)
{
    static const uint32_t descs[] = {1, 1, 3, 1, 2, 2, 1, 1, 1};
    struct order order = {0};
    struct drv_used used;
    struct net_card c;
    uint16_t slot = 0;

    (void)state;
    card_net(&c, 8, 16, false);
    for (uint32_t i = 0; i < 9; i++)
        add_packet(&c.tx, descs[i], (uint16_t)(50 + i), i);
    drv_kick(&c.tx);
    card_settle();
    for (uint32_t i = 0; i < 9; i++) {
        assert_true(drv_reap(&c.tx, &used, in_sequence, &order));
        assert_int_equal(used.slot, slot);
        assert_int_equal(used.id, 50 + i);
        assert_int_equal(used.buffers, 1);
        slot = (uint16_t)(slot + descs[i]);
    }
}

static void without_in_order_neighbours_leave_as_one_burst(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 16, false);
    for (uint32_t i = 0; i < 10; i++)
        add_packet(&c.tx, 1, (uint16_t)i, i);
    drv_kick(&c.tx);
    fake.log_count = 0;
    card_settle();
    assert_int_equal(log_count(FAKE_BURST), 1);
    assert_int_equal(log_writes_in(c.tx.ring, 256), 1);
}

/* ---- Receive ----------------------------------------------------------------- */

struct received {
    uint32_t next, header;
};

static void rx_in_sequence(void *arg, const struct drv_buffer *b,
                           uint32_t written)
{
    uint32_t *next = arg;

    assert_int_equal(b->tag, *next);
    assert_int_equal(written, 12 + 60 + *next % 32);
    (*next)++;
}

static void rx_laps(uint16_t size, uint32_t frames, bool in_order)
{
    uint32_t added = 0, next = 0, sent = 0;
    struct net_card c;
    uint64_t memory;

    card_up(&virtio_net_ops);
    memory = card_alloc(size * 2048u);
    card_net(&c, size, 8, in_order);
    while (next < frames) {
        struct drv_used used;

        while (c.rx.free != 0) {
            drv_add_one(&c.rx, memory + 2048u * (added % size), 1526, true,
                        (uint16_t)(added * 3));
            c.rx.out[(c.rx.tail - 1) % 512].tag = added;
            added++;
        }
        drv_kick(&c.rx);
        for (uint32_t i = 0; i <= sent % 7 && sent < frames; i++, sent++)
            card_frame(60 + sent % 32, sent);
        card_settle();
        while (drv_reap(&c.rx, &used, rx_in_sequence, &next)) {
            uint64_t at = memory + 2048u * ((next - 1) % size);
            const uint8_t *p = fake_at(at, 16);

            assert_int_equal(used.flags & 0x7f7f, DRV_WRITE);
            assert_int_equal(used.buffers, 1);
            for (int i = 0; i < 12; i++)
                assert_int_equal(p[i], i == 10);
            assert_int_equal(p[12], (next - 1) & 0xff);
        }
    }
    assert_int_equal(fake.frame_head, frames);
    card_down(NULL);
}

static void receive_runs_many_laps_of_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int in_order = 0; in_order < 2; in_order++)
            rx_laps(sizes[i], 600, in_order != 0);
}

static void receive_marks_each_buffer_in_one_ascending_burst(void **state)
{
    struct net_card c;
    int payload, burst;

    (void)state;
    card_net(&c, 16, 8, true);
    for (uint16_t i = 0; i < 10; i++)
        drv_add_one(&c.rx, card_alloc(2048), 2048, true, i);
    drv_kick(&c.rx);
    card_settle();
    fake.log_count = 0;
    for (uint32_t i = 0; i < 6; i++)
        card_frame(60 + i, i);
    card_settle();
    assert_int_equal(log_count(FAKE_BURST), 1);
    assert_int_equal(log_count(FAKE_PAYLOAD), 6);
    burst = log_find(FAKE_BURST, 0);
    for (payload = log_find(FAKE_PAYLOAD, 0); payload >= 0;
         payload = log_find(FAKE_PAYLOAD, payload + 1))
        assert_true(payload < burst);
    assert_int_equal(fake.log[burst].addr, c.rx.ring + 8);
    assert_int_equal(fake.log[burst].len, 6 * 16 - 8);
    for (uint16_t i = 0; i < 6; i++) {
        assert_int_equal(drv_flags(&c.rx, i), 0x8082);
        assert_int_equal(drv_len(&c.rx, i), 72 + i);
        assert_int_equal(drv_id(&c.rx, i), i);
    }
    assert_int_equal(drv_flags(&c.rx, 6), 0x0082);
}

static void a_slot_is_written_once_per_lap(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 8; i++)
        drv_add_one(&c.rx, card_alloc(2048), 2048, true, i);
    drv_kick(&c.rx);
    card_settle();
    for (uint32_t i = 0; i < 8; i++) {
        card_frame(60, i);
        card_settle();
    }
    for (uint16_t i = 0; i < 8; i++)
        assert_int_equal(log_writes_in(c.rx.ring + 16u * i, 16), 1);
}

static void addresses_of_used_descriptors_are_not_written(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    add_packet(&c.tx, 1, 1, 1);
    drv_add_one(&c.rx, card_alloc(128), 128, true, 1);
    drv_kick(&c.rx);
    drv_kick(&c.tx);
    card_frame(60, 1);
    card_settle();
    assert_int_equal(log_writes_in(c.tx.ring, 8), 0);
    assert_int_equal(log_writes_in(c.rx.ring, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(every_size_runs_many_laps_in_order),
        test_own(every_size_runs_many_laps_without_in_order),
        test_own(chains_cross_the_end_in_order),
        test_own(chains_cross_the_end_without_in_order),
        test_own(a_chain_that_fills_the_ring_flips_the_wrap_counter),
        test_net(a_zeroed_ring_is_not_available),
        test_net(flags_that_only_look_used_are_not_available),
        test_net(descriptors_of_the_last_lap_are_stale),
        test_net(any_buffer_id_is_echoed),
        test_own(duplicate_ids_are_echoed),
        test_own(a_chain_returns_the_id_of_its_last_descriptor),
        test_own(a_batch_has_one_used_descriptor),
        test_net(skipped_slots_are_left_alone),
        test_net(without_in_order_every_buffer_has_its_used_descriptor),
        test_net(without_in_order_neighbours_leave_as_one_burst),
        test_own(receive_runs_many_laps_of_every_size),
        test_net(receive_marks_each_buffer_in_one_ascending_burst),
        test_net(a_slot_is_written_once_per_lap),
        test_net(addresses_of_used_descriptors_are_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
