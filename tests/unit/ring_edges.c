/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What is left over from before must not count: slots of a longer ring, stale
 * members of other chains, descriptors passed a lap ago.
 */
#include "support/card.h"

static struct net_card card;

/* Packets dropped since the program began. */
static uint32_t dropped(void)
{
    return card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4);
}

static void start(uint64_t features, uint16_t size)
{
    card_negotiate(F_BASE | F_IN_ORDER | features);
    card_queue(&card.rx, 0, size, true);
    card_queue(&card.tx, 1, size, true);
    card_driver_ok();
    card_settle();
}

static void send(uint32_t n)
{
    for (uint16_t i = 0; i < n; i++)
        drv_add_one(&card.tx, card_packet(60, i), 72, false, i);
    fake_doorbell(1, 1);
    card_settle();
    while (drv_outstanding(&card.tx) != 0)
        assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
}

/* Turns in which descriptors come, but no packet leaves. */
static void fetch_only(void)
{
    for (int turn = 0; turn < 10; turn++) {
        card_turns(1);
        fake_fetch_step();
    }
}

static uint64_t room;

static void give(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        drv_add_one(&card.rx, room + 128u * card.rx.avail, 128, true,
                    card.rx.avail);
    fake_doorbell(0, 0);
    card_settle();
}

static void receive(uint32_t n, uint32_t mark)
{
    for (uint32_t i = 0; i < n; i++)
        card_frame(60, mark + i);
    card_settle();
}

/* From descriptor `from` of all laps on; each frame is marked by its number. */
static void expect_frames(uint32_t from, uint32_t upto)
{
    for (uint32_t i = from; i < upto; i++) {
        const uint32_t slot = i % 32;
        struct drv_used used;

        assert_true(drv_reap(&card.rx, &used, NULL, NULL));
        assert_int_equal(used.slot, slot);
        assert_int_equal(used.id, slot);
        assert_int_equal(*(uint8_t *)fake_at(room + 128 * slot + 12, 1), i);
    }
}

/* Behind a ring's end the copy of a longer one is still there, in the same lap. */
static void a_shorter_ring_ends_where_it_ends(void **state)
{
    (void)state;
    card_up(&virtio_net_ops);
    room = card_alloc(64 * 128);
    start(0, 64);
    give(64);
    receive(1, 0);
    assert_true(card_vq(0)->landed > 40);
    card_reset();
    start(0, 32);
    give(28);
    receive(28, 0);
    expect_frames(0, 28);
    receive(1, 28); /* waits */
    give(9);        /* four up to the end, five in the next lap */
    assert_true(card_vq(0)->landed > 3);
    receive(8, 29);
    expect_frames(28, 37);
    assert_int_equal(log_writes_in(card.rx.ring + 32 * 16, 16), 0);
}

/* Its slots are given back when its run is pushed, and may be fetched again. */
static void a_chain_is_written_where_it_was_when_it_was_checked(void **state)
{
    const uint64_t evil = HOST_BASE + 0x200000;
    uint64_t first = 0;

    (void)state;
    card_up(&virtio_net_ops);
    start(0, 8);
    receive(1, 1);  /* waits */
    card_select(0); /* the driver is not asked, which would hold fetches back */
    card_write(REG_QUEUE_VECTOR, 2, 0xffff);
    for (uint16_t i = 0; i < 4; i++) {
        uint64_t at = card_alloc(128);
        struct drv_elem e[2] = {{at, 64, true}, {at + 64, 64, true}};

        first = i == 0 ? at : first;
        drv_add(&card.rx, e, 2, i, i);
    }
    fake_doorbell(0, 0);
    card_turns(1);
    while (fake_fetch_step())
        ;
    memcpy(fake_at(card.rx.ring, 8), &evil, 8);
    fetch_only();
    card_settle();
    assert_int_equal(*(uint8_t *)fake_at(first + 12, 1), 1);
    assert_int_equal(*(uint8_t *)fake_at(evil + 12, 1), 0);
}

static void an_empty_writable_element_is_one(void **state)
{
    uint32_t before;
    struct drv_elem e[2] = {{0, 72, false}, {0, 0, true}};

    (void)state;
    card_up(&virtio_net_ops);
    before = dropped();
    start(0, 16);
    e[0].addr = card_packet(60, 1);
    drv_add(&card.tx, e, 2, 1, 1);
    drv_kick(&card.tx);
    card_settle();
    assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(dropped() - before, 1);
}

/* A read may see the head of a chain and, in another line, an old member: each
 * chain has its own number of looks. */
static void stale_members_of_many_chains_are_no_error(void **state)
{
    (void)state;
    card_up(&virtio_net_ops);
    start(0, 16);
    for (uint32_t i = 0; i < 12; i++) {
        uint64_t at = card_packet(60, i);
        struct drv_elem e[5] = {{at, 12, false}};
        uint16_t slot = (uint16_t)((card.tx.avail + 4) % 16);
        uint8_t *flags = fake_at(card.tx.ring + 16u * slot + 14, 2);
        uint8_t old[2], fresh[2];

        for (uint32_t part = 1; part < 5; part++)
            e[part] = (struct drv_elem){at + 15 * part - 3, 15, false};
        memcpy(old, flags, 2);
        drv_add(&card.tx, e, 5, (uint16_t)i, i);
        memcpy(fresh, flags, 2);
        memcpy(flags, old, 2);
        fake_doorbell(1, 1);
        card_turns(1);
        while (fake_fetch_step())
            ;
        memcpy(flags, fresh, 2);
        card_settle();
        assert_false(card_status() & ST_NEEDS_RESET);
        card_expect_sent(i, 60, i);
        assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
    }
}

/* Descriptors that were used while the queue had no vector count, too, when the
 * driver is asked for the first time after that: any of the last lap. */
static void an_event_of_the_last_lap_is_not_lost(void **state)
{
    (void)state;
    for (uint16_t at = 5; at < 13; at++) {
        card_up(&virtio_net_ops);
        start(F_EVENT_IDX, 8);
        card_select(1);
        card_write(REG_QUEUE_VECTOR, 2, 0xffff);
        send(6);
        send(6);
        card_select(1);
        card_write(REG_QUEUE_VECTOR, 2, 2);
        drv_event(&card.tx, at % 8, at < 8);
        send(1);
        assert_int_equal(fake.msix_sent[2], 1);
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(a_shorter_ring_ends_where_it_ends),
        test_own(a_chain_is_written_where_it_was_when_it_was_checked),
        test_own(an_empty_writable_element_is_one),
        test_own(stale_members_of_many_chains_are_no_error),
        test_own(an_event_of_the_last_lap_is_not_lost),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
