/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * EVENT_IDX in both directions: which interrupts come is compared with a count
 * of descriptors one by one, and a driver that acts on notifications alone must
 * never be left waiting.
 */
#include "support/card.h"

static void start(struct net_card *c, uint16_t size, bool in_order)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_EVENT_IDX | (in_order ? F_IN_ORDER : 0));
    card_queue(&c->rx, 0, size, in_order);
    card_queue(&c->tx, 1, size, in_order);
    card_driver_ok();
    card_settle();
}

static void reap(struct drv *d)
{
    while (drv_outstanding(d) != 0)
        assert_true(drv_reap(d, NULL, NULL, NULL));
}

/* Buffers of `descs` descriptors in all, the last one a chain of `chain`. */
static void send(struct drv *tx, uint32_t descs, uint32_t chain)
{
    while (descs != 0) {
        struct drv_elem e[8];
        uint32_t n = descs == chain ? chain : 1;
        uint64_t at = card_packet(60, 1);

        for (uint32_t i = 0; i < n; i++)
            e[i] = (struct drv_elem){at, i == 0 ? 72 : 0, false};
        drv_add(tx, e, n, (uint16_t)descs, 0);
        descs -= n;
    }
    fake_doorbell(1, 1);
    card_settle();
    reap(tx);
}

/* Is (slot, wrap) among the `descs` descriptors used from where the driver
 * stands? */
static bool among(const struct drv *d, uint32_t descs, uint16_t slot, bool wrap)
{
    uint32_t at = d->used;
    bool lap = d->used_wrap;

    for (; descs != 0; descs--) {
        if (at == slot && lap == wrap)
            return true;
        if (++at == d->size) {
            at = 0;
            lap = !lap;
        }
    }
    return false;
}

static void every_event_at_every_position(void **state)
{
    static const uint16_t sizes[] = {1, 2, 3, 5, 8};

    (void)state;
    for (uint32_t s = 0; s < 5; s++) {
        uint16_t n = sizes[s];
        struct net_card c;

        for (int in_order = 0; in_order < 2; in_order++) {
            start(&c, n, in_order != 0);
            for (uint32_t i = 0; i < 4u * n * n; i++)
                for (uint16_t event = 0; event < 2 * n; event++) {
                    uint32_t descs = 1 + (i + event) % n;
                    uint32_t chain = 1 + i % descs;
                    uint32_t before = fake.msix_sent[2];
                    bool wrap = event >= n;
                    bool due = among(&c.tx, descs, event % n, wrap);

                    drv_event(&c.tx, event % n, wrap);
                    send(&c.tx, descs, chain);
                    assert_int_equal(fake.msix_sent[2] - before, due);
                }
            card_down(NULL);
        }
    }
}

static void an_offset_beyond_the_ring_never_matches(void **state)
{
    struct net_card c;

    (void)state;
    start(&c, 8, true);
    for (uint32_t i = 0; i < 32; i++) {
        drv_event(&c.tx, (uint16_t)(i < 16 ? 8 + i : 0x7fff - i), i & 1);
        send(&c.tx, 1 + i % 8, 1);
    }
    assert_int_equal(fake.msix_sent[2], 0);
}

static void other_modes_are_as_before(void **state)
{
    struct net_card c;

    (void)state;
    start(&c, 8, true);
    drv_interrupts(&c.tx, 1);
    send(&c.tx, 3, 1);
    assert_int_equal(fake.msix_sent[2], 0);
    drv_interrupts(&c.tx, 0);
    send(&c.tx, 3, 1);
    assert_int_equal(fake.msix_sent[2], 1);
    drv_interrupts(&c.tx, 3);
    send(&c.tx, 2, 1);
    assert_int_equal(fake.msix_sent[2], 2);
}

/* What the driver does between two looks adds up: nothing is asked while a read
 * of the event area is under way. */
static void descriptors_used_meanwhile_count_at_the_next_look(void **state)
{
    (void)state;
    for (uint16_t event = 0; event < 6; event++) {
        struct net_card c;

        start(&c, 16, true);
        drv_event(&c.tx, event, true);
        for (uint32_t i = 0; i < 6; i++) {
            drv_add_one(&c.tx, card_packet(60, i), 72, false, (uint16_t)i);
            fake_doorbell(1, 1);
            for (uint32_t turn = 0; turn < 6; turn++) {
                card_turns(1);
                fake_read_step();
                if (i == 0 || turn < 2)
                    fake_fetch_step();
                fake_drain_writes();
            }
        }
        card_settle();
        reap(&c.tx);
        assert_int_equal(fake.msix_sent[2], 1);
        card_down(NULL);
    }
}

static uint32_t device_event(const struct drv *d)
{
    uint32_t event;

    memcpy(&event, fake_at(d->device_area, 4), 4);
    return event;
}

static void an_idle_queue_asks_for_the_next_descriptor(void **state)
{
    struct net_card c;

    (void)state;
    start(&c, 5, true);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(device_event(&c.tx),
                         0x20000u | c.tx.avail |
                             (c.tx.avail_wrap ? 0x8000u : 0));
        for (uint32_t n = 1 + i % 5; n != 0; n--)
            drv_add_one(&c.tx, card_packet(60, i), 72, false, (uint16_t)n);
        assert_true(drv_kick(&c.tx));
        card_settle();
        reap(&c.tx);
    }
}

/* Buffers that are there but do not suffice: the one behind them is asked
 * for. */
static void a_frame_that_waits_asks_for_what_is_missing(void **state)
{
    struct drv rx;

    (void)state;
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_EVENT_IDX | 1ull << 15);
    card_queue(&rx, 0, 8, false);
    card_driver_ok();
    card_settle();
    card_frame(300, 1);
    for (uint16_t i = 0; i < 5; i++) {
        drv_add_one(&rx, card_alloc(64), 64, true, i);
        assert_int_equal(drv_outstanding(&rx), i + 1);
        assert_true(drv_kick(&rx));
        card_settle();
    }
    reap(&rx);
}

static void a_loaded_queue_asks_for_no_doorbells(void **state)
{
    struct net_card c;
    bool seen = false;

    (void)state;
    start(&c, 256, true);
    for (uint16_t i = 0; i < 200; i++)
        drv_add_one(&c.tx, card_packet(60, i), 72, false, i);
    assert_true(drv_kick(&c.tx));
    for (uint32_t i = 0; i < 60; i++) {
        card_turns(1);
        fake_fetch_step();
        fake_drain_writes();
        seen |= device_event(&c.tx) == 0x10000u;
    }
    assert_true(seen);
    card_settle();
    assert_int_equal(device_event(&c.tx), 0x20000u | 0x8000u | 200);
}

/* The driver sleeps until an interrupt, the device until a doorbell. */
static void nobody_waits_for_ever(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 60; run++) {
        uint32_t sent = 0, back = 0, irqs = 0, steps = 0, quiet = 0;
        uint16_t size = (uint16_t)(1 + draw_below(run & 1 ? 8 : 100));
        struct net_card c;

        start(&c, size, (run & 2) != 0);
        drv_event(&c.tx, 0, true);
        while (back < 300) {
            assert_true(steps++ < 400000);
            if (sent < 300 && c.tx.free != 0 && draw_below(3) == 0) {
                uint32_t n = 1 + draw_below(c.tx.free < 40 ? c.tx.free : 40);

                for (; n != 0 && sent < 300; n--, sent++)
                    drv_add_one(&c.tx, card_packet(60, sent), 72, false,
                                (uint16_t)sent);
                drv_kick(&c.tx);
            }
            card_turns(draw_below(3));
            if (fake_random_step(draw))
                quiet = 0;
            else if (++quiet > 100)
                fail_msg("both wait: %u sent, %u back", sent, back);
            if (fake.msix_sent[2] == irqs)
                continue;
            irqs = fake.msix_sent[2];
            /* Take what is there, ask for the next, look again. */
            for (bool again = true; again;) {
                while (drv_outstanding(&c.tx) &&
                       drv_reap(&c.tx, NULL, NULL, NULL))
                    ;
                back = sent - drv_outstanding(&c.tx);
                drv_event(&c.tx, c.tx.used, c.tx.used_wrap);
                again =
                    drv_outstanding(&c.tx) && drv_reap(&c.tx, NULL, NULL, NULL);
            }
        }
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(every_event_at_every_position),
        test_own(an_offset_beyond_the_ring_never_matches),
        test_own(other_modes_are_as_before),
        test_own(descriptors_used_meanwhile_count_at_the_next_look),
        test_own(an_idle_queue_asks_for_the_next_descriptor),
        test_own(a_frame_that_waits_asks_for_what_is_missing),
        test_own(a_loaded_queue_asks_for_no_doorbells),
        test_own(nobody_waits_for_ever),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
