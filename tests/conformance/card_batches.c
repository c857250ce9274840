/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * In-order use as it shows in host memory: batches of transmitted buffers, each
 * received buffer by itself, frames over several buffers.
 */
#include <string.h>

#include "lab.h"

enum { FRAME = 60, PACKET = LAB_HDR + FRAME, SIZE = 8 };

struct buffer {
    unsigned descs;
    uint16_t id;
};

/* A buffer of `count` elements whose id is `id`. */
static void add(struct lab *l, unsigned count, uint16_t id)
{
    uint64_t addr = lab_packet(l, FRAME, id);
    struct drv_sg sg[8];

    for (unsigned i = 0; i < count; i++) {
        uint32_t bytes = i + 1 == count ? PACKET - 4 * i : 4;

        sg[i] = (struct drv_sg){addr + 4 * i, bytes, false};
    }
    lab_add(&l->tx, sg, count, id);
}

static bool used_is(const struct lab_ring *r, unsigned slot, uint16_t id,
                    uint32_t bytes)
{
    return lab_slot(r, slot)->id == id && lab_slot(r, slot)->len == bytes;
}

/* Slots behind the first of a batch, as the driver left them. */
static bool untouched(const struct lab_ring *r, const struct buffer *b,
                      unsigned buffers)
{
    unsigned slot = r->used, first = 1;
    bool wrap = r->used_wrap;

    for (unsigned i = 0; i < buffers; i++)
        for (unsigned k = 0; k < b[i].descs; k++) {
            uint16_t next = k + 1 < b[i].descs ? DRV_DESC_NEXT : 0;

            if (!first &&
                lab_slot(r, slot)->flags != (lab_avail_bits(wrap) | next))
                return false;
            first = 0;
            if (++slot == r->size) {
                slot = 0;
                wrap = !wrap;
            }
        }
    return true;
}

/* Takes one batch of the buffers that are due: its used descriptor stands in
 * the slot of the first and has the id of the last. Their number, 0: something
 * is wrong. How many go together is the device's choice. */
static unsigned take_batch(struct lab_ring *r, const struct buffer *b,
                           unsigned due)
{
    const struct drv_desc *d = lab_slot(r, r->used);
    unsigned buffers = 0, descs = 0;

    (void)lab_wait(r);
    do {
        if (buffers == due)
            return 0;
        descs += b[buffers].descs;
    } while (b[buffers++].id != d->id);
    if (d->flags != lab_used_bits(r->used_wrap) || d->len != 0 ||
        !untouched(r, b, buffers) || !lab_take(r, descs))
        return 0;
    return buffers;
}

/* Makes all of them available at once, takes all back. Number of batches. */
static unsigned go(struct lab *l, const struct buffer *b, unsigned count)
{
    unsigned batches = 0, back = 0;

    for (unsigned i = 0; i < count; i++)
        add(l, b[i].descs, b[i].id);
    lab_log_clear(l);
    lab_kick(&l->tx);
    while (back < count) {
        unsigned n = take_batch(&l->tx, b + back, count - back);

        if (n == 0)
            return 0;
        while (n--)
            if (!lab_sent(l, FRAME, b[back++].id))
                return 0;
        batches++;
    }
    if (lab_count(l, LAB_WRITE, l->tx.desc, 16u * l->tx.size) != batches)
        return 0;
    return batches;
}

/* ---- The rings of the worked examples ---- */

/* Buffers of 1, 2, 1 and of 3, 1 descriptors fill the ring. */
static void example_1(struct cosim *t)
{
    static const struct buffer b[] = {{1, 0}, {2, 1}, {1, 3}, {3, 4}, {1, 7}};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, SIZE, SIZE), 0);
    for (unsigned lap = 0; lap < 4; lap++) {
        CHECK(t, go(&l, b, 3) > 0);
        CHECK(t, l.tx.used == 4 && l.tx.used_wrap == !(lap % 2));
        CHECK(t, go(&l, b + 3, 2) > 0);
        CHECK(t, l.tx.used == 0 && l.tx.used_wrap == (lap % 2));
    }
}

/* Both sides at slot 6; a chain and a batch cross the end of the ring. */
static void example_2(struct cosim *t)
{
    static const struct buffer six[] = {{1, 0}, {1, 1}, {1, 2},
                                        {1, 3}, {1, 4}, {1, 5}};
    static const struct buffer b[] = {{1, 6}, {3, 7}, {1, 2}, {2, 3},
                                      {1, 5}, {2, 6}, {1, 0}};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, SIZE, SIZE), 0);
    CHECK_EQ(t, go(&l, six, 6), 1);
    CHECK(t, go(&l, b, 2) > 0);
    CHECK(t, l.tx.used == 2 && !l.tx.used_wrap);
    CHECK(t, go(&l, b + 2, 3) > 0);
    CHECK(t, l.tx.used == 6 && !l.tx.used_wrap);
    CHECK(t, go(&l, b + 5, 2) > 0);
    CHECK(t, l.tx.used == 1 && l.tx.used_wrap);
}

/* ---- Batches ---- */

/* Of every number of buffers of one descriptor: one run, hence one batch. */
static void batches_of_every_size(struct cosim *t)
{
    struct buffer b[24];

    for (unsigned n = 1; n <= 24 && !t->failed; n++) {
        struct lab l;

        for (unsigned i = 0; i < n; i++)
            b[i] = (struct buffer){1, (uint16_t)(200 + i)};
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 25), 0);
        CHECK_EQ(t, go(&l, b, n), 1);
        CHECK_EQ(t, lab_messages(&l, LAB_TX + 1), 1);
        CHECK(t, go(&l, b, 1) == 1); /* n slots on */
    }
}

/* Of chains of any length, over many laps of an odd ring. */
static void batches_of_chains(struct cosim *t)
{
    unsigned batches = 0, buffers = 0;
    struct buffer b[8];
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 29), 0);
    for (unsigned round = 0; round < 60; round++) {
        unsigned n = 1 + cosim_random(t) % 7, got;

        for (unsigned i = 0; i < n; i++)
            b[i] = (struct buffer){1 + cosim_random(t) % 4,
                                   (uint16_t)(round * 8 + i)};
        got = go(&l, b, n);
        CHECK(t, got > 0);
        batches += got;
        buffers += n;
    }
    CHECK(t, batches < buffers);
}

/* A driver that knows its buffers by their ids alone walks all of that. */
static void driver_walks_by_id(struct cosim *t)
{
    for (unsigned i = 0; i < 3 && !t->failed; i++) {
        struct drv_net_config c = {.in_order = true,
                                   .tx_size = (uint16_t)(13 + 20 * i),
                                   .split_header = i == 1,
                                   .rx_chained = i == 2,
                                   .id_seed = 11 + i};

        cosim_round_trip(t, &c, 150);
    }
}

/* ---- Receive ---- */

/* A buffer that is not filled is never skipped: each has its used descriptor,
 * with its own length. */
static void no_received_buffer_is_skipped(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 20, 8), 0);
    for (unsigned round = 0; round < 4; round++) {
        uint64_t addr[16];

        for (unsigned i = 0; i < 16; i++) {
            addr[i] = lab_alloc(&l, 2048);
            lab_add_one(&l.rx, addr[i], 2048, true, (uint16_t)(300 + i));
        }
        lab_kick(&l.rx);
        for (unsigned i = 0; i < 16; i++)
            lab_arrives(&l, FRAME + 3 * i, i);
        lab_settle(&l);
        lab_settle(&l);
        for (unsigned i = 0; i < 16; i++) {
            CHECK(t, used_is(&l.rx, l.rx.used, (uint16_t)(300 + i),
                             PACKET + 3 * i));
            CHECK(t, lab_slot(&l.rx, l.rx.used)->flags & DRV_DESC_WRITE);
            CHECK(t, lab_take(&l.rx, 1));
            CHECK(t, lab_received(&l, addr[i], FRAME + 3 * i, i));
        }
    }
}

/* ---- A frame over several buffers ---- */

struct watcher {
    unsigned first, buffers; /* slots of the frame at hand */
    bool wrap;
    unsigned early, seen;
};

/* Is the slot used, once the write to come is made? */
static bool used_after(struct lab *l, unsigned slot, bool wrap, uint64_t addr,
                       const uint8_t *data, uint32_t bytes)
{
    uint64_t at = l->rx.desc + 16 * slot + 14;
    uint16_t flags = lab_slot(&l->rx, slot)->flags;

    if (at >= addr && at + 2 <= addr + bytes)
        memcpy(&flags, data + (at - addr), 2);
    return (flags & 0x8080) == lab_used_bits(wrap);
}

/* Before each write: if the frame's first buffer is used then, all of them are
 * used already. */
static void watch_frame(struct lab *l, bool write, uint64_t addr, uint8_t *data,
                        uint32_t bytes)
{
    struct watcher *w = l->ctx;

    if (!write || addr + bytes <= l->rx.desc ||
        addr >= l->rx.desc + 16u * l->rx.size ||
        !used_after(l, w->first, w->wrap, addr, data, bytes))
        return;
    w->seen++;
    for (unsigned i = 1; i < w->buffers; i++) {
        unsigned slot = w->first + i;
        bool wrap = slot < l->rx.size ? w->wrap : !w->wrap;

        if (!used_after(l, slot % l->rx.size, wrap, 0, NULL, 0))
            w->early++;
    }
}

/* Each has an id and a length of its own: all are full but the last. */
static void merged(struct cosim *t, uint64_t features)
{
    struct watcher w = {0};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, features | LAB_MERGE, 19, 8), 0);
    l.on_access = watch_frame;
    l.ctx = &w;
    for (unsigned n = 2; n <= 16; n++) {
        uint64_t addr = lab_alloc(&l, 64 * 20);
        uint32_t bytes = 64 * n - LAB_HDR - n;
        const uint8_t *p = rl_rp_mem(t->rp, addr, 64 * 20);
        uint8_t expected[2048];

        w = (struct watcher){
            .first = l.rx.avail, .wrap = l.rx.avail_wrap, .buffers = n};
        for (unsigned i = 0; i < n; i++)
            lab_add_one(&l.rx, addr + 64 * i, 64, true, (uint16_t)(700 + i));
        lab_kick(&l.rx);
        lab_arrives(&l, bytes, n);
        CHECK(t, lab_wait(&l.rx));
        for (unsigned i = 0; i < n; i++) {
            CHECK(t, used_is(&l.rx, l.rx.used, (uint16_t)(700 + i),
                             i + 1 < n ? 64 : 64 - n));
            CHECK(t, lab_take(&l.rx, 1));
        }
        CHECK(t, w.seen > 0);
        CHECK_EQ(t, w.early, 0);
        CHECK_EQ(t, p[10] | p[11] << 8, (long long)n);
        lab_fill(expected, bytes, n);
        CHECK_EQ(t, memcmp(p + LAB_HDR, expected, bytes), 0);
    }
}

static void merged_frames(struct cosim *t)
{
    merged(t, LAB_BASE);
}

static void merged_frames_in_order(struct cosim *t)
{
    merged(t, LAB_BASE | LAB_IN_ORDER);
}

static const struct conf_case cases[] = {
    {"the ring of worked example 1", example_1,
     "INO-1 INO-2 INO-3 INO-7 INO-8 PKT-18"},
    {"the ring of worked example 2", example_2,
     "INO-1 INO-2 INO-3 INO-7 PKT-16"},
    {"batches of every size", batches_of_every_size,
     "INO-1 INO-2 INO-3 INO-7 INO-8 PKT-18 PKT-42"},
    {"batches of chains", batches_of_chains,
     "INO-1 INO-2 INO-3 INO-7 INO-8 PKT-18 PKT-42"},
    {"a driver that walks by ids", driver_walks_by_id, "INO-4 GEN-36"},
    {"no received buffer is skipped", no_received_buffer_is_skipped,
     "INO-5 INO-6 INO-8"},
    {"a frame over several buffers shows whole", merged_frames, "PKT-31"},
    {"a frame over several buffers shows whole, in order",
     merged_frames_in_order, "PKT-31 INO-19 INO-5"},
};
CONF_MAIN(cases)
