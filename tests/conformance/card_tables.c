/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Indirect descriptors, as they should be and as they should not.
 */
#include <string.h>

#include "lab.h"

#define LAB_INDIRECT LAB_BIT(DRV_F_INDIRECT_DESC)

enum {
    FRAME = 200,
    MOST = 128, /* entries of a table */
    DESC = 16,
    CARD_ROOM = 256, /* descriptors that the card takes for one buffer */
};

/* A packet cut into n elements, the last ones of no length when there are more
 * than bytes. */
static void cut(struct lab *l, struct drv_desc *table, unsigned n,
                unsigned mark)
{
    uint64_t at = lab_packet(l, FRAME, mark);
    uint32_t left = LAB_HDR + FRAME;

    for (unsigned i = 0; i < n; i++) {
        uint32_t part = i + 1 == n ? left : left / (n - i);

        table[i] = (struct drv_desc){.addr = at, .len = part};
        at += part;
        left -= part;
    }
}

/* A table for that packet, 16-byte aligned and no more; across 4 KiB when
 * asked for. */
static uint64_t make_table(struct lab *l, unsigned n, unsigned mark,
                           bool across)
{
    uint64_t room = lab_alloc(l, 3 * 4096);
    uint64_t addr = across ? ((room + 4096) & ~4095ull) + 4096 - DESC * (n / 2)
                           : room + DESC;

    cut(l, rl_rp_mem(l->t->rp, addr, DESC * n), n, mark);
    return addr;
}

static void add_table(struct lab_ring *r, uint64_t table, uint32_t bytes,
                      uint16_t id, uint16_t more_flags)
{
    uint16_t flags = lab_avail_bits(r->avail_wrap) | DRV_DESC_INDIRECT;

    lab_poke(r, r->avail, table, bytes, id, flags | more_flags);
    if (++r->avail == r->size) {
        r->avail = 0;
        r->avail_wrap = !r->avail_wrap;
    }
}

/* The packet goes out; its used descriptor is in one slot and has that id. */
static bool goes_out(struct lab *l, unsigned mark, uint16_t id)
{
    uint16_t slot = l->tx.used;

    return lab_wait(&l->tx) && lab_sent(l, FRAME, mark) &&
           lab_slot(&l->tx, slot)->id == id && lab_take(&l->tx, 1);
}

static void lengths(struct cosim *t)
{
    static const unsigned count[] = {1, 2, 17, MOST};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_INDIRECT, 8, MOST), 0);
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = count[i % 4];
        uint64_t table = make_table(&l, n, i, i >= 4 && n > 1);

        lab_log_clear(&l);
        add_table(&l.tx, table, DESC * n, (uint16_t)(500 + i), 0);
        lab_kick(&l.tx);
        CHECK(t, goes_out(&l, i, (uint16_t)(500 + i)));
        CHECK(t, lab_find(&l, LAB_READ, table, DESC * n, 0) >= 0);
        /* The device only reads a table. */
        CHECK_EQ(t, lab_find(&l, LAB_WRITE, table, DESC * n, 0), -1);
    }
    lab_recovers(&l);
}

/* Only WRITE counts of an entry's flags, its id not at all; and WRITE of the
 * ring's descriptor does not. */
static void garbage(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_INDIRECT, 8, 9), 0);
    for (unsigned i = 0; i < 40; i++) {
        unsigned n = 1 + i % 9;
        uint64_t table = make_table(&l, n, i, false);
        struct drv_desc *d = rl_rp_mem(t->rp, table, DESC * n);

        for (unsigned k = 0; k < n; k++) {
            d[k].id = (uint16_t)cosim_random(t);
            d[k].flags =
                (uint16_t)(cosim_random(t) & ~(unsigned)DRV_DESC_WRITE);
        }
        add_table(&l.tx, table, DESC * n, (uint16_t)i,
                  i & 1 ? DRV_DESC_WRITE : 0);
        lab_kick(&l.tx);
        CHECK(t, goes_out(&l, i, (uint16_t)i));
    }
    CHECK(t, !lab_needs_reset(&l));
    lab_recovers(&l);
}

/* Chain of three, table, one plain: five slots, one used descriptor. */
static void mixed_batch(struct cosim *t)
{
    struct drv_sg sg[3];
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_INDIRECT | LAB_IN_ORDER, 8, 16),
             0);
    for (unsigned lap = 0; lap < 10; lap++) {
        uint64_t p = lab_packet(&l, FRAME, 3 * lap);
        uint16_t first = l.tx.avail;

        sg[0] = (struct drv_sg){p, 5, false};
        sg[1] = (struct drv_sg){p + 5, 100, false};
        sg[2] = (struct drv_sg){p + 105, LAB_HDR + FRAME - 105, false};
        lab_add(&l.tx, sg, 3, 1);
        add_table(&l.tx, make_table(&l, 4, 3 * lap + 1, false), DESC * 4, 2, 0);
        lab_add_one(&l.tx, lab_packet(&l, FRAME, 3 * lap + 2), LAB_HDR + FRAME,
                    false, 3);
        lab_kick(&l.tx);
        CHECK(t, lab_wait(&l.tx));
        for (unsigned i = 0; i < 3; i++)
            CHECK(t, lab_sent(&l, FRAME, 3 * lap + i));
        /* However the card cut it into batches, they cover five slots. */
        while (l.tx.used != (first + 5) % 16) {
            bool used = lab_wait(&l.tx);
            uint16_t id = lab_slot(&l.tx, l.tx.used)->id;
            unsigned done = (unsigned)(l.tx.used + 16 - first) % 16;
            unsigned end = id == 1 ? 3 : id == 2 ? 4 : 5;

            CHECK(t, used && id >= 1 && id <= 3 && end > done);
            CHECK(t, lab_take(&l.tx, end - done));
        }
    }
    lab_recovers(&l);
}

/* ---- What must not be ---- */

static void breaks(struct cosim *t, void (*poke)(struct lab *l))
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_INDIRECT, 8, 8), 0);
    poke(&l);
    lab_kick(&l.tx);
    for (unsigned i = 0; i < 20 && !lab_needs_reset(&l); i++)
        lab_settle(&l);
    CHECK(t, lab_needs_reset(&l));
    CHECK(t, lab_sent_nothing(&l));
    lab_recovers(&l);
}

static void poke_next(struct lab *l)
{
    add_table(&l->tx, make_table(l, 2, 0, false), DESC * 2, 0, DRV_DESC_NEXT);
    lab_add_one(&l->tx, lab_packet(l, FRAME, 1), LAB_HDR + FRAME, false, 1);
}

static void poke_in_chain(struct lab *l)
{
    struct drv_sg sg = {lab_packet(l, FRAME, 0), LAB_HDR, false};

    lab_add(&l->tx, &sg, 1, 0);
    lab_slot(&l->tx, 0)->flags |= DRV_DESC_NEXT;
    add_table(&l->tx, make_table(l, 2, 1, false), DESC * 2, 1, 0);
}

static void with_next(struct cosim *t)
{
    breaks(t, poke_next);
    if (!t->failed)
        breaks(t, poke_in_chain);
}

/* None, a part of an entry, an entry and a part, too many, far too many: nothing
 * is sent, nothing beyond what is named is read, and a reset repairs it. */
static void bad_lengths(struct cosim *t)
{
    static const uint32_t bad[] = {0,         1, 15, 17, 16 * (CARD_ROOM + 1),
                                   0xfffffff0};
    struct lab l;

    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t table;

        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_INDIRECT, 8, 8), 0);
        table = make_table(&l, 2, i, false);
        add_table(&l.tx, table, bad[i], 9, 0);
        lab_kick(&l.tx);
        lab_settle(&l);
        CHECK(t, lab_sent_nothing(&l));
        CHECK_EQ(t, rl_rp_stats(t->rp, true)->writes_outside, 0);
        CHECK(t, lab_needs_reset(&l) || lab_is_used(&l.tx));
        lab_recovers(&l);
    }
}

static const struct conf_case cases[] = {
    {"tables of 1 to 128 entries, across 4 KiB, one slot each", lengths,
     "PKT-27 PKT-30"},
    {"of an entry's flags only WRITE counts", garbage, "PKT-28 PKT-29 HOS-46"},
    {"chains and tables in one ring and one batch", mixed_batch,
     "PKT-21 INO-20"},
    {"INDIRECT and NEXT, INDIRECT in a chain", with_next, "HOS-45"},
    {"lengths of no table", bad_lengths, "HOS-47"},
};

CONF_MAIN(cases)
