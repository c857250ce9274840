/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * NOTIFICATION_DATA: a doorbell says how far the driver is. The card fetches
 * just that much, and is neither misled nor stopped by a wrong one.
 */
#include "support/card.h"

static struct net_card card;

static void start(uint16_t size)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | F_NOTIFICATION_DATA |
                   F_NOTIF_CONFIG_DATA);
    card_queue(&card.tx, 1, size, true);
    assert_int_equal(card_read(REG_QUEUE_NOTIF_DATA, 2), 1);
    card_driver_ok();
    card_settle();
}

static uint32_t position(const struct drv *d)
{
    return d->avail | (d->avail_wrap ? 0x8000u : 0);
}

static void add(uint32_t n)
{
    static uint16_t id;

    for (; n != 0; n--)
        drv_add_one(&card.tx, card_packet(60, n), 72, false, id++);
}

static void ring(uint32_t told)
{
    fake_doorbell_wide(1, told << 16 | 1);
    card_settle();
}

/* Bytes of the ring that were fetched since log entry `from`. */
static uint32_t fetched(uint32_t from)
{
    uint32_t bytes = 0;

    for (uint32_t i = from; i < fake.log_count; i++)
        if (fake.log[i].kind == FAKE_FETCH &&
            fake.log[i].addr - card.tx.ring < 16u * card.tx.size)
            bytes += fake.log[i].len;
    return bytes;
}

static void take_back(void)
{
    while (drv_outstanding(&card.tx) != 0)
        assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
}

static void as_much_is_fetched_as_was_told(void **state)
{
    (void)state;
    start(24);
    for (uint32_t lap = 0; lap < 60; lap++) {
        uint32_t n = 1 + lap % 24, from = fake.log_count;

        add(n);
        ring(position(&card.tx));
        assert_int_equal(fetched(from), 16 * n);
        take_back();
    }
}

static void a_large_ring_is_fetched_in_pieces(void **state)
{
    (void)state;
    start(256);
    for (uint32_t lap = 0; lap < 8; lap++) {
        add(200);
        ring(position(&card.tx));
        take_back();
    }
}

/* What is told while the card works goes on from there. */
static void doorbells_may_follow_each_other(void **state)
{
    (void)state;
    start(40);
    for (uint32_t run = 0; run < 50; run++) {
        for (uint32_t i = 0; i < 6; i++) {
            if (card.tx.free >= 5)
                add(1 + draw_below(5));
            fake_doorbell_wide(1, position(&card.tx) << 16 | 1);
            card_turns(draw_below(3));
            fake_random_step(draw);
        }
        card_settle();
        take_back();
    }
}

/* Beyond the ring, behind, far ahead, with the wrong wrap counter, or 16 bits
 * wide. */
static void a_lie_does_no_harm(void **state)
{
    (void)state;
    for (uint32_t told = 0; told < 0x10000; told += told < 64 ? 1 : 251)
        for (uint32_t high = 0; high < 2; high++) {
            if (told % 40 == 0) {
                if (told != 0)
                    card_down(NULL);
                start(24);
            }
            add(1 + told % 9);
            ring(told ^ (high << 15));
            ring(position(&card.tx)); /* a lie may leave the rest for later */
            assert_false(card_status() & ST_NEEDS_RESET);
            take_back();
        }
}

static void sixteen_bits_mean_a_look(void **state)
{
    (void)state;
    start(24);
    for (uint32_t i = 0; i < 40; i++) {
        add(1 + i % 7);
        fake_doorbell(1, 1);
        card_settle();
        take_back();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(as_much_is_fetched_as_was_told),
        test_own(a_large_ring_is_fetched_in_pieces),
        test_own(doorbells_may_follow_each_other),
        test_own(a_lie_does_no_harm),
        test_own(sixteen_bits_mean_a_look),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
