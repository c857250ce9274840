/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Packed rings as they lie in host memory, slot by slot, and every access of
 * the card to them. Transmit unless the case says otherwise.
 */
#include <string.h>

#include "lab.h"

enum { FRAME = 60, PACKET = LAB_HDR + FRAME };

static void add(struct lab *l, unsigned mark)
{
    lab_add_one(&l->tx, lab_packet(l, FRAME, mark), PACKET, false,
                (uint16_t)(0x4000 + mark));
}

/* One packet over `count` elements. */
static void add_chain(struct lab *l, unsigned count, unsigned mark)
{
    uint64_t addr = lab_packet(l, FRAME, mark);
    uint32_t left = PACKET;
    struct drv_sg sg[256];

    for (unsigned i = 0; i < count; i++) {
        uint32_t bytes = i + 1 == count ? left : i < PACKET - 1 ? 1 : 0;

        sg[i] = (struct drv_sg){addr, bytes, false};
        addr += bytes;
        left -= bytes;
    }
    lab_add(&l->tx, sg, count, (uint16_t)(0x4000 + mark));
}

static bool is_slot(const struct lab_ring *r, unsigned slot, unsigned id,
                    uint32_t bytes, unsigned flags)
{
    const struct drv_desc *d = lab_slot(r, slot);

    if (d->id == id && d->len == bytes && d->flags == flags)
        return true;
    cosim_note("slot %u: id 0x%04x, %u bytes, flags 0x%04x", slot, d->id,
               d->len, d->flags);
    return false;
}

/* ---- Order ---- */

/* Takes what comes back, batch by batch, until the device has done `added`; a
 * batch ends with the buffer whose id its used descriptor has. A slot each. */
static void take_batches(struct lab *l, unsigned *back, unsigned added)
{
    struct cosim *t = l->t;

    for (unsigned i = 0; i < 40 && *back < added; i++) {
        while (lab_is_used(&l->tx)) {
            unsigned last = lab_slot(&l->tx, l->tx.used)->id - 0x4000u;

            CHECK(t, last >= *back && last < added);
            CHECK(t, lab_take(&l->tx, last + 1 - *back));
            while (*back <= last)
                CHECK(t, lab_sent(l, FRAME, (*back)++));
        }
        rl_rp_run(t->rp, 500);
    }
    CHECK_EQ(t, *back, added);
    CHECK(t, lab_sent_nothing(l));
}

/* What is sent, and what is given back, in the order of the ring. */
static void in_ring_order(struct cosim *t)
{
    struct lab l;

    for (unsigned i = 0; i < 2 && !t->failed; i++) {
        CHECK_EQ(t,
                 lab_open(&l, t, i ? LAB_BASE | LAB_IN_ORDER : LAB_BASE, 8, 32),
                 0);
        for (unsigned k = 0; k < 30; k++)
            add(&l, k);
        lab_kick(&l.tx);
        for (unsigned k = 0; k < 30; k++)
            CHECK(t, lab_sent(&l, FRAME, k));
        for (unsigned k = 0; k < 30 && i == 0; k++)
            CHECK(t, is_slot(&l.tx, k, 0x4000 + k, 0, 0x8080));
        lab_recovers(&l);
    }
}

/* The batch has one used descriptor, in the slot that was due. */
static void completions_in_order(struct cosim *t)
{
    unsigned added = 0, back = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 16), 0);
    while (back < 200) {
        while (added - back < 16 && cosim_random(t) % 8)
            add(&l, added++);
        lab_kick(&l.tx);
        take_batches(&l, &back, added);
        CHECK(t, !t->failed);
    }
}

/* ---- Availability ---- */

static void zeroed(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < 5; i++) {
        lab_kick(&l.tx);
        lab_kick(&l.rx);
    }
    lab_arrives(&l, FRAME, 1);
    lab_settle(&l);
    CHECK(t, lab_sent_nothing(&l));
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 0);
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.rx.desc, 128), 0);
}

/* Of the four values of AVAIL and USED one means available, another one in the
 * next lap. */
static void four_values(struct cosim *t)
{
    static const uint16_t bits[] = {0, 0x0080, 0x8000, 0x8080};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 4), 0);
    for (unsigned lap = 0; lap < 4; lap++)
        for (unsigned slot = 0; slot < 4; slot++) {
            uint64_t addr = lab_packet(&l, FRAME, slot);
            uint16_t right = lap % 2 ? 0x8000 : 0x0080;

            for (unsigned i = 0; i < 4; i++) {
                if (bits[i] == right)
                    continue;
                lab_poke(&l.tx, slot, addr, PACKET, 9, bits[i]);
                lab_kick(&l.tx);
                CHECK(t, lab_sent_nothing(&l));
                CHECK(t, is_slot(&l.tx, slot, 9, PACKET, bits[i]));
            }
            lab_poke(&l.tx, slot, addr, PACKET, 9, right);
            lab_kick(&l.tx);
            CHECK(t, lab_sent(&l, FRAME, slot));
            CHECK(t, is_slot(&l.tx, slot, 9, 0, lap % 2 ? 0 : 0x8080));
        }
}

/* After a lap in one batch, seven slots still say available, of that lap. */
static void stale_slots(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 8), 0);
    for (unsigned i = 0; i < 8; i++)
        add(&l, i);
    lab_kick(&l.tx);
    for (unsigned i = 0; i < 8; i++)
        CHECK(t, lab_sent(&l, FRAME, i));
    for (unsigned i = 0; i < 5; i++)
        lab_kick(&l.tx);
    CHECK(t, lab_sent_nothing(&l));
    add(&l, 8);
    lab_kick(&l.tx);
    CHECK(t, lab_sent(&l, FRAME, 8));
    CHECK(t, lab_sent_nothing(&l));
    CHECK(t, is_slot(&l.tx, 0, 0x4008, 0, 0));
}

/* Its members first, the head last; then everything is right. */
static void head_is_last(struct cosim *t)
{
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    addr = lab_packet(&l, FRAME, 1);
    for (unsigned i = 2; i > 0; i--) {
        lab_poke(&l.tx, i, addr + 20 * i, i == 2 ? PACKET - 40 : 20, 7,
                 i == 2 ? 0x0080 : 0x0081);
        lab_kick(&l.tx);
        CHECK(t, lab_sent_nothing(&l));
    }
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 0);
    lab_poke(&l.tx, 0, addr, 20, 99, 0x0081);
    lab_kick(&l.tx);
    CHECK(t, lab_sent(&l, FRAME, 1));
    CHECK(t, is_slot(&l.tx, 0, 7, 0, 0x8080));
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

/* A doorbell for one, and what came after it without one while the device was
 * at it; or a doorbell for all. */
static void with_or_without_doorbells(struct cosim *t)
{
    unsigned sent = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 64), 0);
    for (unsigned i = 0; i < 32; i++)
        add(&l, i);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    for (unsigned i = 0; i < 5000 && !(*lab_event_word(&l.tx, true) >> 16); i++)
        rl_rp_step(t->rp);
    CHECK_EQ(t, *lab_event_word(&l.tx, true) >> 16, 1); /* no doorbells now */
    for (unsigned i = 32; i < 64; i++)
        add(&l, i);
    for (unsigned i = 0; i < 3; i++) {
        lab_settle(&l);
        while (!lab_sent_nothing(&l))
            CHECK(t, lab_sent(&l, FRAME, sent++));
    }
    CHECK_EQ(t, sent, 64);
    CHECK_EQ(t, *lab_event_word(&l.tx, true), 0); /* asks for them again */
    add(&l, 64);
    lab_kick(&l.tx);
    CHECK(t, lab_sent(&l, FRAME, 64));
}

/* ---- Laps ---- */

static void laps(struct cosim *t, uint16_t size, uint64_t features)
{
    unsigned slot = 0, mark = 0;
    bool wrap = true;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, features, 8, size), 0);
    while (mark < 4u * size) {
        unsigned slots = 1 + mark % (size < 3 ? size : 3);

        add_chain(&l, slots, mark);
        lab_kick(&l.tx);
        CHECK(t, lab_wait(&l.tx));
        CHECK(t, lab_sent(&l, FRAME, mark));
        CHECK(t, is_slot(&l.tx, slot, 0x4000 + mark, 0, wrap ? 0x8080 : 0));
        CHECK(t, lab_take(&l.tx, slots));
        slot += slots;
        if (slot >= size) {
            slot -= size;
            wrap = !wrap;
        }
        mark++;
    }
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

static void laps_of_all_sizes(struct cosim *t)
{
    static const uint16_t sizes[] = {1, 2, 3, 6, 7, 8};

    for (unsigned i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        laps(t, sizes[i / 2], i % 2 ? LAB_BASE : LAB_BASE | LAB_IN_ORDER);
        if (t->failed) {
            cosim_note("queue size %u", sizes[i / 2]);
            return;
        }
    }
}

/* Many slots at a time; the ring begins at a multiple of 16, not more. */
static void laps_of_large_sizes(struct cosim *t)
{
    static const uint16_t sizes[] = {100, 255, 256};
    struct lab l;

    for (unsigned i = 0; i < 3 && !t->failed; i++) {
        unsigned back = 0, added = 0;

        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, sizes[i]), 0);
        CHECK_EQ(t, l.tx.desc % 32, 16);
        while (back < 4u * sizes[i]) {
            while (added - back < sizes[i] && added % 40 != 39)
                add(&l, added++);
            add(&l, added++);
            lab_kick(&l.tx);
            take_batches(&l, &back, added);
            CHECK(t, !t->failed);
        }
    }
}

/* ---- Chains ---- */

static void chains_of_every_length(struct cosim *t)
{
    struct lab l;

    for (unsigned n = 1; n <= 8 && !t->failed; n++) {
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
        add_chain(&l, n, n);
        lab_log_clear(&l);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, n));
        /* One used descriptor, of the last one's id, in the first slot. */
        CHECK(t, is_slot(&l.tx, 0, 0x4000 + n, 0, 0x8080));
        CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 1);
        CHECK(t, lab_take(&l.tx, n));
        add(&l, 99);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, 99));
        CHECK(t, lab_take(&l.tx, 1)); /* n slots on, wrap and all */
    }
}

static void chain_fills_the_ring(struct cosim *t)
{
    static const uint16_t sizes[] = {1, 2, 8, 100, 256};
    struct lab l;

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes && !t->failed; i++) {
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, sizes[i]), 0);
        for (unsigned lap = 0; lap < 3; lap++) {
            add_chain(&l, sizes[i], lap);
            lab_kick(&l.tx);
            CHECK(t, lab_wait(&l.tx));
            CHECK(t, lab_take(&l.tx, sizes[i]));
            CHECK(t, lab_sent(&l, FRAME, lap));
            CHECK(t, is_slot(&l.tx, 0, 0x4000 + lap, 0, lap % 2 ? 0 : 0x8080));
        }
    }
}

/* A header cut apart, header and data in one, a byte each, empty ones. */
static void any_framing(struct cosim *t)
{
    static const uint32_t cuts[][4] = {
        {PACKET},        {LAB_HDR, FRAME},      {1, 11, FRAME},
        {13, FRAME - 1}, {4, 4, 4, FRAME},      {PACKET - 1, 1},
        {0, PACKET},     {LAB_HDR, 0, FRAME},   {PACKET, 0},
        {5, 20, 46, 1},  {2, 0, 0, PACKET - 2},
    };
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 16), 0);
    for (unsigned i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        uint64_t addr = lab_packet(&l, FRAME, i);
        uint32_t done = 0;
        struct drv_sg sg[4];
        unsigned n = 0;

        while (done < PACKET || (n < 4 && i == 8 && n < 2)) {
            sg[n] = (struct drv_sg){addr + done, cuts[i][n], false};
            done += cuts[i][n++];
        }
        lab_add(&l.tx, sg, n, (uint16_t)i);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, i));
        CHECK(t, lab_take(&l.tx, n));
    }
}

/* ---- Accesses ---- */

/* Reads of the ring begin at the slot that is next, and writes hit the slot
 * that is due, once. */
static void accesses_to_the_ring(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t at = l.tx.desc + 16 * l.tx.avail;
        uint64_t area = l.tx.driver;
        int first;

        lab_log_clear(&l);
        add(&l, i);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, i));
        first = lab_find(&l, LAB_READ, l.tx.desc, 128, 0);
        CHECK(t, first >= 0);
        CHECK_EQ(t, l.event[first].addr, at);
        CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 1);
        CHECK_EQ(t, lab_count(&l, LAB_WRITE, at, 16), 1);
        CHECK_EQ(t, lab_count(&l, LAB_WRITE, at, 8), 0); /* addr */
        /* Then the driver's event area is read, then the message comes. */
        first = lab_find(&l, LAB_WRITE, at, 16, 0);
        CHECK(t, lab_find(&l, LAB_READ, area, 4, 0) > first);
        CHECK(t, lab_find(&l, LAB_MSIX, LAB_TX + 1, 1, 0) >
                     lab_find(&l, LAB_READ, area, 4, 0));
        CHECK(t, lab_take(&l.tx, 1));
    }
}

/* A used slot belongs to the driver: it writes it over, the device does not. */
static void used_slots_are_left_alone(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < 8; i++) {
        add(&l, i);
        lab_kick(&l.tx);
        CHECK(t, lab_take(&l.tx, 1));
        for (unsigned k = 0; k <= i; k++)
            CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc + 16 * k, 16), 1);
    }
}

/* Readable memory is not written, writable not read, nothing else touched. */
static void directions(struct cosim *t)
{
    uint64_t out, in;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    out = lab_packet(&l, FRAME, 1);
    in = lab_alloc(&l, 2048);
    lab_add_one(&l.tx, out, PACKET, false, 1);
    lab_add_one(&l.rx, in, 1024, true, 2);
    lab_kick(&l.rx);
    lab_kick(&l.tx);
    lab_arrives(&l, 200, 2);
    lab_settle(&l);
    CHECK(t, lab_sent(&l, FRAME, 1));
    CHECK(t, lab_received(&l, in, 200, 2));
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, out, PACKET), 0);
    CHECK_EQ(t, lab_count(&l, LAB_READ, in, 2048), 0);
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, in + LAB_HDR + 200, 2048), 0);
    for (unsigned i = 0; i < l.events; i++) {
        const struct lab_event *e = &l.event[i];

        if (e->kind != LAB_WRITE)
            continue;
        CHECK(t, (e->addr >= in && e->addr + e->bytes <= in + 1024) ||
                     (e->addr >= l.rx.desc && e->addr < l.rx.desc + 128) ||
                     (e->addr >= l.tx.desc && e->addr < l.tx.desc + 128) ||
                     (e->addr == l.rx.device && e->bytes == 4) ||
                     (e->addr == l.tx.device && e->bytes == 4));
    }
}

/* ---- Used descriptors ---- */

/* WRITE and length tell what was written; no other flag is set, whatever the
 * driver had there; lengths of received frames are counted with the header. */
static void used_flags(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t in = lab_alloc(&l, 2048);
        unsigned slot = l.rx.avail;
        bool wrap = l.rx.avail_wrap;
        struct drv_sg sg[2] = {{in, 100, true}, {in + 100, 1900, true}};

        add_chain(&l, 2, i);
        lab_add(&l.rx, sg, 2, (uint16_t)(0x100 + i));
        lab_kick(&l.tx);
        lab_kick(&l.rx);
        lab_arrives(&l, 70 + 40 * i, i);
        lab_settle(&l);
        CHECK(t, lab_sent(&l, FRAME, i));
        CHECK(t, lab_received(&l, in, 70 + 40 * i, i));
        CHECK(t, is_slot(&l.tx, l.tx.used, 0x4000 + i, 0, wrap ? 0x8080 : 0));
        CHECK(t, is_slot(&l.rx, slot, 0x100 + i, LAB_HDR + 70 + 40 * i,
                         (wrap ? 0x8080 : 0) | DRV_DESC_WRITE));
        CHECK(t, lab_take(&l.tx, 2));
        CHECK(t, lab_take(&l.rx, 2));
    }
}

/* A descriptor byte by byte, an event structure byte by byte. */
static void byte_layout(struct cosim *t)
{
    uint64_t addr;
    uint8_t *p;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    addr = lab_packet(&l, FRAME, 1);
    p = (uint8_t *)lab_slot(&l.tx, 0);
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(addr >> 8 * i);
    p[8] = PACKET;
    p[12] = 0x34;
    p[13] = 0x12;
    p[14] = 0x80;
    p = (uint8_t *)lab_event_word(&l.tx, false);
    p[2] = 1; /* flags: no interrupts */
    lab_kick(&l.tx);
    CHECK(t, lab_sent(&l, FRAME, 1));
    p = (uint8_t *)lab_slot(&l.tx, 0);
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQ(t, p[i], (uint8_t)(addr >> 8 * i));
    CHECK_EQ(t, p[8] | p[9] | p[10] | p[11], 0);
    CHECK_EQ(t, p[12] | p[13] << 8, 0x1234);
    CHECK_EQ(t, p[14] | p[15] << 8, 0x8080);
    CHECK_EQ(t, lab_messages(&l, LAB_TX + 1), 0);
}

/* ---- Event suppression ---- */

/* Modes 2 and 3 without EVENT_IDX, and reserved bits, mean nothing more than
 * that: enabled. Offset and wrap bit are of no interest then. */
static void driver_area(struct cosim *t)
{
    static const uint16_t flags[] = {0, 1, 2, 3, 0xfffc, 0xfffd, 0x0004, 1};
    static const uint16_t offsets[] = {0, 0x8000, 7, 0x1234, 0xffff};
    struct lab l;
    unsigned mark = 0, expected = 0;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
        for (unsigned k = 0; k < sizeof offsets / sizeof *offsets; k++) {
            *lab_event_word(&l.tx, false) = offsets[k] | (uint32_t)flags[i]
                                                             << 16;
            add(&l, mark);
            lab_kick(&l.tx);
            CHECK(t, lab_sent(&l, FRAME, mark++));
            CHECK(t, lab_take(&l.tx, 1));
            expected += (flags[i] & 3) != 1;
            CHECK_EQ(t, lab_messages(&l, LAB_TX + 1), expected);
        }
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

/* ctx of the lab: what was seen in the transmit queue's device area. */
struct area_seen {
    unsigned writes, wrong, off;
};

static void look_at_area(struct lab *l, bool write, uint64_t addr,
                         uint8_t *data, uint32_t bytes)
{
    struct area_seen *s = l->ctx;

    if (!write || addr + bytes <= l->tx.device || addr >= l->tx.device + 4)
        return;
    s->writes++;
    s->wrong += addr != l->tx.device || bytes != 4 || data[0] || data[1] ||
                data[2] > 1 || data[3];
    s->off += data[2] == 1;
}

/* Written with modes 0 and 1 alone, reserved bits 0; 0 while it sleeps. */
static void device_area(struct cosim *t)
{
    struct area_seen seen = {0};
    unsigned sent = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 256), 0);
    l.on_access = look_at_area;
    l.ctx = &seen;
    CHECK_EQ(t, *lab_event_word(&l.tx, true), 0);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 200; i++)
            add(&l, round * 200 + i);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        for (unsigned i = 0; i < 20000; i++) {
            rl_rp_step(t->rp);
            while (!lab_sent_nothing(&l))
                CHECK(t, lab_sent(&l, FRAME, sent++));
        }
        CHECK_EQ(t, sent, 200 * (round + 1));
        CHECK_EQ(t, *lab_event_word(&l.tx, true), 0);
    }
    CHECK_EQ(t, seen.wrong, 0);
    CHECK(t, seen.off > 0 && seen.writes >= 2 * seen.off);
}

static const struct conf_case cases[] = {
    {"processed and given back in ring order", in_ring_order,
     "PKT-1 PKT-2 GEN-36"},
    {"the next used descriptor stands in the slot that is due",
     completions_in_order, "PKT-2 PKT-18 PKT-42"},
    {"a zeroed ring is not available", zeroed, "PKT-6"},
    {"one of four values of AVAIL and USED is available, by lap", four_values,
     "PKT-6 PKT-12 PKT-13 PKT-14 PKT-15"},
    {"slots of the last lap are stale", stale_slots, "PKT-6 PKT-15"},
    {"a list begins with its head", head_is_last, "PKT-25"},
    {"doorbells or none", with_or_without_doorbells, "PKT-41"},
    {"laps of small rings of any size", laps_of_all_sizes,
     "PKT-12 PKT-14 PKT-16 PKT-38"},
    {"laps of large rings, 16-byte aligned", laps_of_large_sizes,
     "PKT-12 PKT-38"},
    {"chains of every length", chains_of_every_length,
     "PKT-8 PKT-23 PKT-24 PKT-26"},
    {"a chain that fills the ring", chain_fills_the_ring, "PKT-22 PKT-12"},
    {"a packet cut anywhere", any_framing, "PKT-10"},
    {"reads and writes of the ring, slot by slot", accesses_to_the_ring,
     "PKT-17 PKT-20 PKT-36 PKT-32"},
    {"used slots are left alone", used_slots_are_left_alone, "PKT-7"},
    {"readable is not written, writable not read", directions, "PKT-4 PKT-5"},
    {"id, length and flags of used descriptors", used_flags,
     "PKT-14 PKT-19 PKT-20 PKT-26 GEN-20"},
    {"descriptor and event structure, byte by byte", byte_layout,
     "PKT-39 PKT-40"},
    {"the driver's event flags decide, whatever else is there", driver_area,
     "PKT-32 PKT-33 PKT-40 HOS-53"},
    {"the device's event flags are 0 or 1", device_area,
     "PKT-32 PKT-33 PKT-35 PKT-40"},
};
CONF_MAIN(cases)
