/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Bugs that other implementations had: what is seen before what, by the driver and
 * by the card. The name of a test says what goes wrong when it fails; numbers are
 * those of tests/known_bugs.md.
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

static void send_one(uint16_t id)
{
    drv_add_one(&card.tx, card_packet(60, id), 72, false, id);
}

static void reap_all(struct drv *d)
{
    while (drv_outstanding(d) != 0)
        assert_true(drv_reap(d, NULL, NULL, NULL));
}

static uint32_t fetches_of(uint64_t addr, uint32_t from)
{
    uint32_t n = 0;

    for (uint32_t i = from; i < fake.log_count; i++)
        n += fake.log[i].kind == FAKE_FETCH && fake.log[i].addr == addr;
    return n;
}

static void step(uint32_t n)
{
    for (; n != 0; n--) {
        card_turns(draw_below(3));
        fake_random_step(draw);
    }
}

/* 9: openvmm #4267. A batch and a chain pass the slot that was asked for. */
static void an_event_inside_a_chain_is_jumped_over(void **state)
{
    (void)state;
    for (uint32_t in_order = 0; in_order < 2; in_order++) {
        start(F_EVENT_IDX | (in_order ? F_IN_ORDER : 0), 11);
        for (uint32_t i = 0; i < 11 * 7; i++) {
            uint32_t event = card.tx.used + i % 7, before = fake.msix_sent[2];
            bool wrap = card.tx.used_wrap != (event >= 11);
            struct drv_elem e[5] = {{card_packet(60, i), 72, false}};

            drv_event(&card.tx, (uint16_t)(event % 11), wrap);
            send_one(1);
            drv_add(&card.tx, e, 5, 2, 2);
            send_one(3);
            fake_doorbell(1, 1);
            card_settle();
            reap_all(&card.tx);
            assert_int_equal(fake.msix_sent[2], before + 1);
        }
        card_down(NULL);
    }
}

/* A write of the card into a ring has the flags of a slot only together with its
 * length and id, or behind them in the same burst. */
static void flags_come_with_length_and_id(const struct fake_log *e,
                                          const void *data)
{
    (void)data;
    for (int q = 0; q < 2; q++) {
        const struct drv *d = q == 0 ? &card.rx : &card.tx;
        uint64_t at = e->addr - d->ring;

        if ((e->kind != FAKE_BURST && e->kind != FAKE_IMM) ||
            at >= 16u * d->size)
            continue;
        assert_int_equal(at % 16, 8);
        assert_int_equal(e->len % 16, 8);
    }
}

/* 12: sysprog21/kvm-host #50. */
static void the_used_flag_is_seen_before_id_and_length(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 4; run++) {
        start((run & 1 ? F_IN_ORDER : 0) | (run & 2 ? F_MRG_RXBUF : 0), 9);
        fake.on_log = flags_come_with_length_and_id;
        for (uint32_t lap = 0; lap < 30; lap++) {
            for (uint16_t i = 0; i < 6; i++) {
                send_one(i);
                drv_add_one(&card.rx, card_alloc(50), 50, true, i);
            }
            fake_doorbell(0, 0);
            fake_doorbell(1, 1);
            card_frame(run & 2 ? 100 : 30, lap);
            card_frame(20, lap);
            card_settle();
            reap_all(&card.tx);
            while (drv_outstanding(&card.rx) &&
                   drv_reap(&card.rx, NULL, NULL, NULL))
                ;
            for (; drv_outstanding(&card.rx) != 0; card_settle()) {
                card_frame(20, lap);
                card_settle();
                assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
            }
        }
        card_down(NULL);
    }
}

/* 13: DPDK 4b058fdd27, 3eb50f0c79. Lines of a ring are read in any order; the last
 * member of a chain has the id and comes from a line read before the head's. */
static void an_id_older_than_its_flags_is_believed(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 8; first++)
        for (uint32_t n = 2; n < 8; n++) {
            struct drv_elem e[8] = {{0}};
            struct drv_used used;

            start(F_IN_ORDER, 16);
            for (uint16_t i = 0; i < first; i++)
                send_one(i);
            drv_kick(&card.tx);
            card_settle();
            reap_all(&card.tx);
            fake_doorbell(1, 1);
            card_turns(2);
            /* All but the head's line are read, then the chain is written. */
            if (fake.fetches.count != 0) {
                uint64_t line =
                    (card.tx.ring + 16 * first) / 64 - card.tx.ring / 64;

                line -= (fake.fetches.cmd[0].addr.bus - card.tx.ring) / 64;
                fake_fetch_sample(0, ~(1ull << (line & 63)));
            }
            e[0] = (struct drv_elem){card_packet(60, first), 72, false};
            drv_add(&card.tx, e, n, 0x4321, 0);
            drv_kick(&card.tx);
            card_settle();
            assert_true(drv_reap(&card.tx, &used, NULL, NULL));
            assert_int_equal(used.id, 0x4321);
            card_expect_sent(first, 60, first);
            assert_int_equal(card.tx.free, 16);
            card_down(NULL);
        }
}

/* What the driver sees after each write of the card: when the first buffer of a
 * frame is used, so are the others. */
static void first_buffer_comes_last(const struct fake_log *e, const void *data)
{
    const struct drv *d = &card.rx;
    uint16_t slot = d->used;
    bool wrap = d->used_wrap;
    uint16_t both = wrap ? DRV_AVAIL | DRV_USED : 0;

    (void)data;
    if ((e->kind != FAKE_BURST && e->kind != FAKE_IMM) ||
        (drv_flags(d, slot) & (DRV_AVAIL | DRV_USED)) != both)
        return;
    for (uint32_t i = 0; i < 4; i++) {
        both = wrap ? DRV_AVAIL | DRV_USED : 0;
        assert_int_equal(drv_flags(d, slot) & (DRV_AVAIL | DRV_USED), both);
        if (++slot == d->size) {
            slot = 0;
            wrap = !wrap;
        }
    }
}

/* 14: DPDK af4d7ad5d9. At the ring's end a frame is published in two writes. */
static void part_of_a_frame_over_the_end_is_seen(void **state)
{
    (void)state;
    for (uint32_t in_order = 0; in_order < 2; in_order++) {
        start(F_MRG_RXBUF | (in_order ? F_IN_ORDER : 0), 7);
        for (uint32_t frame = 0; frame < 28; frame++) {
            for (uint16_t i = 0; i < 4; i++)
                drv_add_one(&card.rx, card_alloc(32), 32, true, i);
            drv_kick(&card.rx);
            fake.on_log = first_buffer_comes_last;
            card_frame(100, frame);
            card_settle();
            fake.on_log = NULL;
            reap_all(&card.rx);
        }
        card_down(NULL);
    }
}

/* 18: DPDK cdf1dc5e6a, 8b13d12a16. A driver that polls gets back what is complete,
 * while other packets are still being sent. */
static void used_descriptors_are_held_back_while_others_are_busy(void **state)
{
    (void)state;
    for (uint32_t in_order = 0; in_order < 2; in_order++) {
        start(in_order ? F_IN_ORDER : 0, 16);
        drv_interrupts(&card.tx, 1);
        for (uint16_t i = 0; i < 4; i++) {
            send_one(i);
            fake_doorbell(1, 1);
            for (uint32_t turn = 0; turn < 6; turn++) {
                card_turns(1);
                fake_fetch_step();
                fake_drain_writes();
            }
        }
        assert_int_equal(fake.reads.count, 4);
        for (uint16_t i = 0; i < 4; i++) {
            assert_true(fake_read_step());
            card_turns(2);
            fake_drain_writes();
            assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
            assert_int_equal(drv_outstanding(&card.tx), 3 - i);
        }
        card_down(NULL);
    }
}

/* 20: DPDK 48cae0bfa6, 93ed2f49de. The driver changes what it made available, at
 * any moment after the card read it. */
static void a_descriptor_is_read_a_second_time(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 48; run++) {
        bool table = (run & 1) != 0;
        uint64_t entries;
        struct drv_used used;
        struct drv_elem e;

        start(F_IN_ORDER | F_INDIRECT, 8);
        entries = card_alloc(16);
        e = (struct drv_elem){card_packet(60, run), 72, false};
        if (table)
            drv_add_indirect(&card.tx, entries, &e, 1, 5, 5);
        else
            drv_add(&card.tx, &e, 1, 5, 5);
        fake_doorbell(1, 1);
        for (uint32_t i = 0; i <= table; i++) {
            card_turns(1);
            fake_fetch_step(); /* the ring, then the table */
        }
        step(run / 4);
        if (table)
            memset(fake_at(entries, 16), 0xff, 16);
        if ((drv_flags(&card.tx, 0) & DRV_USED) == 0)
            drv_poke(&card.tx, 0, UINT64_MAX, UINT32_MAX, 77,
                     DRV_AVAIL | DRV_NEXT | DRV_WRITE);
        card_settle();
        card_expect_sent(0, 60, run);
        assert_true(drv_reap(&card.tx, &used, NULL, NULL));
        assert_int_equal(used.id, 5);
        assert_int_equal(used.len, 0);
        card_down(NULL);
    }
}

/* 22: DPDK cd9012c3f8. What either side says about notifications stays. */
static void notifications_cannot_be_turned_off(void **state)
{
    (void)state;
    start(F_IN_ORDER, 256);
    drv_interrupts(&card.tx, 1);
    drv_interrupts(&card.rx, 1);
    fake.log_count = 0;
    for (uint32_t lap = 0; lap < 6; lap++) {
        bool off = false;

        for (uint16_t i = 0; i < 200; i++)
            drv_add_one(&card.tx, HOST_BASE, 72, false, i);
        drv_add_one(&card.rx, card_alloc(128), 128, true, 1);
        fake_doorbell(0, 0);
        fake_doorbell(1, 1);
        card_frame(60, lap);
        for (uint32_t i = 0; i < 40; i++) {
            card_turns(1);
            fake_fetch_step();
            fake_drain_writes();
            /* Nothing was sent yet, so the queue is loaded from then on. */
            assert_true(!off || !drv_wants_doorbell(&card.tx));
            off = !drv_wants_doorbell(&card.tx);
        }
        assert_true(off);
        card_settle();
        assert_true(drv_wants_doorbell(&card.tx));
        reap_all(&card.tx);
        reap_all(&card.rx);
    }
    assert_int_equal(log_count(FAKE_MSIX), 0);
    assert_int_equal(log_writes_in(card.tx.driver_area, 4), 0);
    assert_int_equal(log_writes_in(card.rx.driver_area, 4), 0);
}

/* 23: DPDK c5a910dd92. Addresses come one by one; the queue starts with the last
 * step of all, and uses those of that moment. */
static void a_queue_runs_before_its_event_areas_are_known(void **state)
{
    uint64_t ring, areas;
    uint32_t log;

    (void)state;
    card_up(&virtio_net_ops);
    ring = card_alloc(16 * 8);
    areas = card_alloc(64);
    card_negotiate(F_BASE | F_IN_ORDER);
    card_driver_ok();
    card_settle();
    log = fake.log_count;
    drv_init(&card.tx, 1, 8, true, ring, areas, areas + 32);
    send_one(1);
    for (uint32_t part = 0; part < 7; part++) {
        static const uint32_t regs[] = {REG_QUEUE_DESC,   REG_QUEUE_DESC + 4,
                                        REG_QUEUE_DRIVER, REG_QUEUE_DRIVER + 4,
                                        REG_QUEUE_DEVICE, REG_QUEUE_DEVICE + 4};
        uint64_t value = part < 2 ? ring : part < 4 ? areas : areas + 32;

        fake_doorbell(1, 1);
        card_settle();
        for (uint32_t i = log; i < fake.log_count; i++)
            assert_int_equal(fake.log[i].kind, FAKE_REPLY);
        card_select(1);
        if (part < 6)
            card_write(regs[part], 4, (uint32_t)(value >> (part & 1 ? 32 : 0)));
    }
    card_write(REG_QUEUE_SIZE, 2, 8);
    card_write(REG_QUEUE_VECTOR, 2, 2);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    card_write64(REG_QUEUE_DRIVER, HOST_BASE + 0x1000);
    card_settle();
    reap_all(&card.tx);
    assert_int_equal(fake.msix_sent[2], 1);
    assert_int_equal(fetches_of(areas, log), 1);
}

/* 31: SPDK #3178; cloud-hypervisor #2179. The driver's event area is read only when
 * it can see all that it is asked about. */
static void the_driver_is_asked_before_it_can_see_what_was_used(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 40; run++) {
        start(run & 1 ? F_IN_ORDER : 0, 8);
        for (uint32_t i = 0; i < 40; i++) {
            uint32_t interrupts = fake.msix_sent[2];

            drv_interrupts(&card.tx, 1);
            send_one((uint16_t)i);
            fake_doorbell(1, 1);
            step(12);
            /* The driver enables interrupts and looks: nothing there. */
            drv_interrupts(&card.tx, 0);
            if (!drv_reap(&card.tx, NULL, NULL, NULL)) {
                card_settle();
                assert_true(fake.msix_sent[2] > interrupts);
                reap_all(&card.tx);
            }
            card_settle();
        }
        card_down(NULL);
    }
}

/* 35: rust-vmm/vhost #247, as far as firmware goes; the whole card is asked in
 * tests/cosim. */
static void a_doorbell_before_enable_is_never_looked_at(void **state)
{
    (void)state;
    for (uint32_t data = 0; data < 2; data++) {
        uint64_t ring;

        card_up(&virtio_net_ops);
        ring = card_alloc(256);
        card_negotiate(F_BASE | (data ? F_NOTIFICATION_DATA : 0));
        drv_init(&card.tx, 1, 8, false, ring, ring + 128, ring + 192);
        send_one(1);
        if (data)
            fake_doorbell_wide(1, 0x80010001u);
        else
            fake_doorbell(1, 1);
        card_settle();
        card_driver_ok();
        card_settle();
        card_select(1);
        card_write(REG_QUEUE_SIZE, 2, 8);
        card_write64(REG_QUEUE_DESC, ring);
        card_write64(REG_QUEUE_DRIVER, ring + 128);
        card_write64(REG_QUEUE_DEVICE, ring + 192);
        card_write(REG_QUEUE_ENABLE, 2, 1);
        card_settle();
        reap_all(&card.tx);
        card_expect_sent(0, 60, 1);
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(an_event_inside_a_chain_is_jumped_over),
        test_own(the_used_flag_is_seen_before_id_and_length),
        test_own(an_id_older_than_its_flags_is_believed),
        test_own(part_of_a_frame_over_the_end_is_seen),
        test_own(used_descriptors_are_held_back_while_others_are_busy),
        test_own(a_descriptor_is_read_a_second_time),
        test_own(notifications_cannot_be_turned_off),
        test_own(a_queue_runs_before_its_event_areas_are_known),
        test_own(the_driver_is_asked_before_it_can_see_what_was_used),
        test_own(a_doorbell_before_enable_is_never_looked_at),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
