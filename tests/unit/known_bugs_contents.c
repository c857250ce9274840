/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Bugs that other implementations had: what descriptors and registers say. The name
 * of a test says what goes wrong when it fails; numbers are those of
 * tests/known_bugs.md.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)

static struct net_card card;

static void start(uint64_t features, uint16_t size)
{
    bool in_order = (features & F_IN_ORDER) != 0;

    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | features);
    card_queue(&card.rx, 0, size, in_order);
    card_queue(&card.tx, 1, size, in_order);
    card_driver_ok();
    card_settle();
}

static void reap_all(struct drv *d)
{
    while (drv_outstanding(d) != 0)
        assert_true(drv_reap(d, NULL, NULL, NULL));
}

static void put_entry(uint64_t table, uint32_t n, uint64_t addr, uint32_t len,
                      uint16_t flags)
{
    struct drv as_ring = {.ring = table, .size = 256};

    drv_poke(&as_ring, (uint16_t)n, addr, len, 0xbeef, flags);
}

/* 6: openvmm #2983. The table's length decides: NEXT leads nowhere, its absence
 * ends nothing. */
static void stale_next_flags_in_a_table_are_followed(void **state)
{
    static const uint16_t noise[] = {0, DRV_NEXT, 0xfffd, 0x8084};

    (void)state;
    for (uint32_t n = 1; n <= 8; n++)
        for (uint32_t kind = 0; kind < 4; kind++) {
            uint64_t table, packet;
            struct drv_elem e;

            start(F_IN_ORDER | F_INDIRECT, 8);
            packet = card_packet(60, n);
            table = card_alloc(16 * (n + 2));
            for (uint32_t i = 0; i < n; i++)
                put_entry(table, i, packet + i, i + 1 < n ? 1 : 73 - n,
                          noise[kind]);
            /* What stands behind it belongs to nobody. */
            put_entry(table, n, HOST_BASE, 1000, DRV_NEXT);
            put_entry(table, n + 1, UINT64_MAX, 1000, 0);
            e = (struct drv_elem){table, 16 * n, false};
            drv_prepare(&card.tx, &e, 1, 3, 3);
            card.tx.head_flags |= DRV_INDIRECT;
            drv_publish(&card.tx);
            drv_kick(&card.tx);
            card_settle();
            assert_int_equal(fake.sent_count, 1);
            card_expect_sent(0, 60, n);
            reap_all(&card.tx);
            card_down(NULL);
        }
}

/* 7: openvmm #2983. */
static void a_queue_without_descriptors_stops_the_card(void **state)
{
    uint64_t ring;

    (void)state;
    card_up(&virtio_net_ops);
    ring = card_alloc(256 * 16 + 128);
    card_negotiate(F_BASE);
    card_select(1);
    card_write(REG_QUEUE_SIZE, 2, 0);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 256);
    card_write64(REG_QUEUE_DESC, ring);
    card_write64(REG_QUEUE_DRIVER, ring + 4096);
    card_write64(REG_QUEUE_DEVICE, ring + 4096 + 64);
    drv_init(&card.tx, 1, 256, false, ring, ring + 4096, ring + 4096 + 64);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    card_write(REG_QUEUE_SIZE, 2, 0);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 256);
    card_driver_ok();
    card_settle();
    for (uint16_t i = 0; i < 256; i++)
        drv_add_one(&card.tx, card_packet(60, i), 72, false, i);
    drv_kick(&card.tx);
    card_settle();
    reap_all(&card.tx);
    assert_int_equal(fake.sent_count, 256);
}

/* 16: DPDK ad6f01945a. The card writes the id of the last buffer of a batch into
 * the first slot, and leaves those between alone, with indirect buffers, too. */
static void ids_of_skipped_buffers_are_rewritten(void **state)
{
    (void)state;
    for (uint32_t indirect = 0; indirect < 2; indirect++) {
        start(F_IN_ORDER | F_INDIRECT, 16);
        for (uint32_t lap = 0; lap < 4; lap++) {
            struct drv_used used;

            for (uint16_t i = 0; i < 16; i++) {
                struct drv_elem e = {card_packet(60, i), 72, false};
                uint16_t id = (uint16_t)(100 * lap + 15 - i);

                if (indirect)
                    drv_add_indirect(&card.tx, card_alloc(16), &e, 1, id, id);
                else
                    drv_add(&card.tx, &e, 1, id, id);
            }
            fake_doorbell(1, 1);
            for (uint32_t i = 0; i < 12; i++) {
                card_turns(1);
                while (fake_fetch_step())
                    ;
            }
            while (fake_read_step())
                ;
            card_settle();
            assert_int_equal(drv_id(&card.tx, 0), 100 * lap);
            for (uint16_t i = 1; i < 16; i++)
                assert_int_equal(drv_id(&card.tx, i), 100 * lap + 15 - i);
            assert_true(drv_reap(&card.tx, &used, NULL, NULL));
            assert_int_equal(used.buffers, 16);
        }
        card_down(NULL);
    }
}

static void expect_broken(uint32_t queue, enum vq_fault fault)
{
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     queue << 16 | fault);
}

/* 21: DPDK 450539b47e. A chain around the ring whose descriptors have no bytes, so
 * that no limit of bytes ends it; received into and sent, in tables as well. */
static void a_loop_of_empty_descriptors_never_ends(void **state)
{
    (void)state;
    for (uint16_t size = 1; size <= 256; size = (uint16_t)(size * 2 + 1)) {
        for (uint16_t q = 0; q < 2; q++) {
            struct drv *d = q == 0 ? &card.rx : &card.tx;

            start(F_IN_ORDER | F_MRG_RXBUF | F_INDIRECT, size);
            for (uint16_t i = 0; i < size; i++)
                drv_poke(d, i, HOST_BASE, 0, i,
                         DRV_AVAIL | DRV_NEXT | (q == 0 ? DRV_WRITE : 0));
            fake_doorbell(q, q);
            card_frame(60, 1);
            card_settle();
            expect_broken(q, VQ_FAULT_CHAIN_LENGTH);
            card_down(NULL);
        }
    }
}

/* 24: DPDK 22eaf26135. The header has 12 bytes, with and without MRG_RXBUF, and
 * without VERSION_1 there is no device. */
static void the_header_has_ten_bytes(void **state)
{
    (void)state;
    for (uint32_t merge = 0; merge < 2; merge++) {
        struct drv_used used;
        uint64_t at;

        start(merge ? F_MRG_RXBUF : 0, 8);
        at = card_alloc(128);
        memset(fake_at(at, 128), 0xee, 128);
        drv_add_one(&card.rx, at, 128, true, 1);
        drv_kick(&card.rx);
        card_frame(60, 7);
        drv_add_one(&card.tx, card_packet(60, 9), 72, false, 1);
        drv_kick(&card.tx);
        card_settle();
        card_expect_sent(0, 60, 9);
        assert_true(drv_reap(&card.rx, &used, NULL, NULL));
        assert_int_equal(used.len, 72);
        assert_int_equal(*(uint8_t *)fake_at(at + 10, 1), 1); /* num_buffers */
        assert_int_equal(*(uint8_t *)fake_at(at + 11, 1), 0);
        assert_int_equal(*(uint8_t *)fake_at(at + 12, 1), 7);
        assert_int_equal(*(uint8_t *)fake_at(at + 72, 1), 0xee);
        card_down(NULL);
    }
    card_up(&virtio_net_ops);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    card_write(REG_DRIVER_FEATURE, 4,
               (uint32_t)((F_BASE & ~F_VERSION_1) >> 32));
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    assert_int_equal(card_status() & ST_FEATURES_OK, 0);
}

/* 25: DPDK f923636411. A header whose descriptor lacks NEXT is a buffer of its
 * own, and so is the frame behind it: both are dropped, nothing is joined. */
static void a_header_without_next_is_joined_with_the_next_buffer(void **state)
{
    uint64_t packet;

    (void)state;
    start(F_IN_ORDER, 8);
    for (uint32_t i = 0; i < 20; i++) {
        packet = card_packet(20, i);
        drv_add_one(&card.tx, packet, 12, false, 1);
        drv_add_one(&card.tx, packet + 12, 20, false, 2);
        drv_add_one(&card.tx, card_packet(60, i), 72, false, 3);
        drv_kick(&card.tx);
        card_settle();
        assert_int_equal(fake.sent_count, i + 1);
        card_expect_sent(i, 60, i);
        reap_all(&card.tx);
    }
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4), 40);
}

/* 30: SPDK #3860, #3879. */
static void an_id_beyond_the_queue_is_an_index(void **state)
{
    static const uint16_t ids[] = {4, 5, 0x7fff, 0x8000, 0xfffe, 0xffff, 256};

    (void)state;
    for (uint32_t in_order = 0; in_order < 2; in_order++) {
        start((in_order ? F_IN_ORDER : 0) | F_MRG_RXBUF | F_INDIRECT, 4);
        for (uint32_t i = 0; i < 7; i++) {
            struct drv_elem e = {card_packet(60, i), 72, false};
            struct drv_used used;

            drv_add_indirect(&card.tx, card_alloc(16), &e, 1, ids[i], 0);
            drv_kick(&card.tx);
            for (uint32_t n = 0; n < 2; n++)
                drv_add_one(&card.rx, card_alloc(40), 40, true, ids[i]);
            drv_kick(&card.rx);
            card_frame(60, i);
            card_settle();
            assert_true(drv_reap(&card.tx, &used, NULL, NULL));
            assert_int_equal(used.id, ids[i]);
            for (uint32_t n = 0; n < 2; n++) {
                assert_true(drv_reap(&card.rx, &used, NULL, NULL));
                assert_int_equal(used.id, ids[i]);
            }
        }
        assert_false(card_status() & ST_NEEDS_RESET);
        card_down(NULL);
    }
}

static void nothing_at_the_bottom(const struct fake_log *e, const void *data)
{
    (void)data;
    if (e->kind == FAKE_GATHER || e->kind == FAKE_PAYLOAD)
        assert_true(e->addr >= HOST_BASE);
}

/* 33: openvmm #3990. Where address and offset pass 2^64 nothing is read or written
 * at the bottom of memory: behind the header, in the second element, in a table. */
static void an_address_and_an_offset_wrap_around(void **state)
{
    (void)state;
    for (uint32_t back = 1; back < 72; back++)
        for (uint32_t kind = 0; kind < 4; kind++) {
            struct drv_elem e[2] = {{0ull - back, 72, false},
                                    {0ull - back, 72, false}};
            uint32_t queue = kind == 3 ? 0 : 1;

            start(F_IN_ORDER | F_INDIRECT, 8);
            fake.on_log = nothing_at_the_bottom;
            if (kind == 1)
                e[0] = (struct drv_elem){card_packet(60, 1), 72, false};
            if (kind == 2)
                drv_add_indirect(&card.tx, card_alloc(32), e, 1, 1, 1);
            else if (kind == 3)
                drv_add_one(&card.rx, e[0].addr, 72, true, 1);
            else
                drv_add(&card.tx, e, 1 + kind, 1, 1);
            fake_doorbell(queue, queue);
            if (kind == 3)
                card_frame(60, 1);
            card_settle();
            assert_int_equal(fake.sent_count, 0);
            expect_broken(queue, VQ_FAULT_DATA_DMA);
            card_down(NULL);
        }
}

/* 34: kvm-host #50. Without MSI-X both bits of ISR are set and read at any moment:
 * each event is seen, by one read. */
static void reading_isr_loses_the_other_bit(void **state)
{
    uint32_t config = 0, changes = 0;

    (void)state;
    card_up(&virtio_net_ops);
    fake_msix_enable(false);
    card_negotiate(F_BASE);
    card_queue(&card.tx, 1, 8, false);
    card_driver_ok();
    card_settle();
    (void)card_read(REG_ISR, 1);
    for (uint32_t i = 0; i < 300; i++) {
        bool queue = false, change = i % 3 == 0;

        drv_add_one(&card.tx, HOST_BASE, 72, false, 1);
        fake_doorbell(1, 1);
        for (uint32_t n = 0; n < i % 12; n++) {
            card_turns(1);
            fake_random_step(draw);
        }
        if (change) {
            fake.link = !fake.link;
            fake_advance(1000000);
            changes++;
        }
        for (uint32_t n = 0; n < 4; n++) {
            uint32_t isr = card_read(REG_ISR, 1);

            queue |= isr & 1;
            config += isr >> 1;
            card_turns(1);
            fake_random_step(draw);
            if (n == 2)
                card_settle();
        }
        assert_true(queue);
        assert_int_equal(config, changes);
        reap_all(&card.tx);
    }
}

/* WRITE says that the device wrote something; no device here gives back a writable
 * buffer untouched, so the ring is asked alone. */
static void a_buffer_that_was_not_written_is_called_written(void **state)
{
    struct vq_buffer b;
    struct drv_used used;
    struct drv d;

    (void)state;
    card_probe(&d, 4, true);
    for (uint32_t len = 0; len < 3; len++) {
        drv_add_one(&d, card_alloc(16), 16, true, 1);
        fake_doorbell(0, 0);
        card_settle();
        if (vq_parse(card_vq(0), 0, &b) != VQ_PARSE_OK) {
            card_settle(); /* it looks again */
            assert_int_equal(vq_parse(card_vq(0), 0, &b), VQ_PARSE_OK);
        }
        vq_take(card_vq(0), b.descs);
        vq_use(card_vq(0), &b, len);
        (void)vq_flush(card_vq(0));
        card_settle();
        assert_true(drv_reap(&d, &used, NULL, NULL));
        assert_int_equal(used.len, len);
        assert_int_equal(used.flags & DRV_WRITE, len != 0 ? DRV_WRITE : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(stale_next_flags_in_a_table_are_followed),
        test_own(a_queue_without_descriptors_stops_the_card),
        test_own(ids_of_skipped_buffers_are_rewritten),
        test_own(a_loop_of_empty_descriptors_never_ends),
        test_own(the_header_has_ten_bytes),
        test_own(a_header_without_next_is_joined_with_the_next_buffer),
        test_own(an_id_beyond_the_queue_is_an_index),
        test_own(an_address_and_an_offset_wrap_around),
        test_own(reading_isr_loses_the_other_bit),
        test_probe(a_buffer_that_was_not_written_is_called_written),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
