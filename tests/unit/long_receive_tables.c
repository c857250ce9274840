/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Tables of receive buffers that are longer than the queue's table ring: what
 * stands behind it does not exist for the device. Frames that fit what there is
 * come whole, others are dropped and counted; buffers stay, nothing breaks.
 */
#include "support/card.h"

#include "../../firmware/devices/net.h"

#define F_MRG_RXBUF (1ull << 15)

enum { ROOM = NET_RX_ENTRIES, PIECE = 20, LONGEST = 100 };

static struct net_card card;
static uint32_t dropped; /* since the start, over resets */

static void start(uint64_t features, bool in_order)
{
    card_up(&virtio_net_ops);
    dropped = card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4);
    card_negotiate(F_BASE | F_INDIRECT | features |
                   (in_order ? F_IN_ORDER : 0));
    card_queue(&card.rx, 0, 128, in_order);
    card_queue(&card.tx, 1, 16, in_order);
    card_driver_ok();
    card_settle();
}

/* A buffer of `count` pieces in a row, by a table or a chain. A table that is not
 * aligned takes another entry when it is not the first one. */
static uint64_t add(uint32_t count, bool table, uint16_t id)
{
    uint64_t at = card_alloc(count * PIECE);
    struct drv_elem e[LONGEST];

    for (uint32_t i = 0; i < count; i++)
        e[i] = (struct drv_elem){at + i * PIECE, PIECE, true};
    memset(fake_at(at, count * PIECE), 0xee, count * PIECE);
    if (table)
        drv_add_indirect(&card.rx,
                         card_alloc(16 * count + 16) +
                             draw_below(16) * !drv_outstanding(&card.rx),
                         e, count, id, id);
    else
        drv_add(&card.rx, e, count, id, id);
    drv_kick(&card.rx);
    card_settle();
    return at;
}

/* A frame whose bytes tell it apart; header included it has `bytes` bytes. */
static void arrives(uint32_t bytes, uint32_t mark)
{
    uint8_t f[2048];

    for (uint32_t i = 0; i < bytes - 12; i++)
        f[i] = (uint8_t)(mark + i * 7 + (i >> 8));
    fake_frame(f, bytes - 12);
    card_settle();
}

static bool is_at(uint64_t at, uint32_t bytes, uint32_t mark)
{
    const uint8_t *p = fake_at(at, bytes);

    for (uint32_t i = 0; i < bytes - 12; i++)
        if (p[12 + i] != (uint8_t)(mark + i * 7 + (i >> 8)))
            return false;
    return true;
}

static void expect(uint64_t at, uint32_t bytes, uint32_t mark, uint16_t id)
{
    struct drv_used used;

    assert_true(drv_reap(&card.rx, &used, NULL, NULL));
    assert_int_equal(used.id, id);
    assert_int_equal(used.len, bytes);
    assert_true(is_at(at, bytes, mark));
}

/* Nothing was written to `length` bytes at `at`; one more was dropped. */
static void expect_dropped(uint64_t at, uint32_t length)
{
    uint32_t drops = card_read(REG_VENDOR + RL_VENDOR_COUNTERS + 4, 4);

    assert_false(drv_reap(&card.rx, NULL, NULL, NULL));
    assert_int_equal(log_writes_in(at, length), 0);
    assert_int_equal(drops, ++dropped);
    assert_int_equal(fake.frame_head, fake.frame_tail);
    assert_false(card_status() & ST_NEEDS_RESET);
}

/* Up to the last piece that is seen, then one byte more. */
static void one_buffer(uint64_t features, uint32_t count, bool in_order)
{
    uint32_t seen = (count < ROOM ? count : ROOM) * PIECE;
    uint64_t at;

    start(features, in_order);
    at = add(count, true, 1);
    if (!(features & F_MRG_RXBUF)) { /* no other one may help */
        arrives(seen + 1, 3);
        expect_dropped(at, count * PIECE);
    }
    arrives(seen, 5);
    expect(at, seen, 5, 1);
    for (uint16_t i = 2; i < 9; i++) {
        at = add(count, true, i);
        arrives(seen - i, i);
        expect(at, seen - i, i, i);
    }
    assert_false(card_status() & ST_NEEDS_RESET);
    card_down(NULL);
}

static void what_stands_behind_the_72nd_element_does_not_exist(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 4; run++)
        for (uint32_t count = ROOM - 1; count <= LONGEST; count += 7)
            one_buffer(run & 1 ? F_MRG_RXBUF : 0, count, (run & 2) != 0);
}

/* A frame over several buffers has to lie in the table ring as a whole, chains
 * between tables with it: 72 elements of all its buffers together. */
static void buffers_of_a_frame_share_the_table_ring(void **state)
{
    (void)state;
    for (uint32_t first = 30; first < 60; first++) {
        uint32_t second = ROOM + 2 - first; /* the sum is 74, then 72 */
        uint32_t bytes = (first + 1) * PIECE;
        uint64_t at[2];

        start(F_MRG_RXBUF, first & 1);
        at[0] = add(first, true, 1);
        at[1] = add(second, first & 2, 2);
        arrives(bytes, 3);
        expect_dropped(at[0], first * PIECE);
        assert_int_equal(log_writes_in(at[1], second * PIECE), 0);
        arrives(first * PIECE, 4); /* one buffer is enough */
        expect(at[0], first * PIECE, 4, 1);
        arrives(second * PIECE, 5);
        expect(at[1], second * PIECE, 5, 2);

        second -= 2;
        at[0] = add(first, true, 3);
        at[1] = add(second, first & 2, 4);
        arrives(bytes, 6);
        assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
        assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
        assert_false(card_status() & ST_NEEDS_RESET);
        card_down(NULL);
    }
}

/* A frame may take further buffers, so it waits for one; when there is one it is
 * seen that no number of them will do. */
static void a_frame_waits_behind_a_long_table_and_is_dropped(void **state)
{
    uint64_t at[2];

    (void)state;
    start(F_MRG_RXBUF, true);
    at[0] = add(LONGEST, true, 1);
    arrives(ROOM * PIECE + 1, 3);
    assert_false(drv_reap(&card.rx, NULL, NULL, NULL));
    card_sleep();
    at[1] = add(30, false, 2);
    expect_dropped(at[0], LONGEST * PIECE);
    arrives(100, 4);
    expect(at[0], 100, 4, 1);
    arrives(30 * PIECE, 5);
    expect(at[1], 30 * PIECE, 5, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(what_stands_behind_the_72nd_element_does_not_exist),
        test_own(buffers_of_a_frame_share_the_table_ring),
        test_own(a_frame_waits_behind_a_long_table_and_is_dropped),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
