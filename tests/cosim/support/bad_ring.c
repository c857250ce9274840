/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "support/bad_ring.h"

#include <string.h>

static uint32_t below(const struct bad_ring *r, uint32_t n)
{
    return cosim_random(r->t) % n;
}

/* What is wrong with the descriptors of one call. */
enum odd {
    ODD_FLAGS,
    ODD_DIRECTION,
    ODD_INDIRECT,
    ODD_PLACE,
    ODD_CHAIN = 8,  /* chains, from here to ODD_TABLE */
    ODD_TABLE = 24, /* tables, from here to ODD_NOTHING */
    ODD_NOTHING = 36,
    ODDS = 64,
};

static uint64_t place(const struct bad_ring *r, enum odd odd)
{
    switch (odd == ODD_PLACE ? below(r, 4) : 3) {
    case 0:
        return UINT64_MAX - below(r, 64);
    case 1: /* nothing is there */
        return 0x700000000000 + below(r, 4096);
    case 2:
        return r->other + below(r, (uint32_t)r->other_bytes);
    default:
        return r->buffers + below(r, (uint32_t)r->buffers_bytes);
    }
}

static uint32_t length(const struct bad_ring *r, enum odd odd, bool write)
{
    if (odd != ODD_PLACE)
        return 64 + below(r, below(r, 8) ? 200 : 2000);
    if (below(r, 2))
        return below(r, 16);
    /* Long writable ones would hide what is looked for. */
    return write ? 4096 : cosim_random(r->t);
}

static uint16_t flags(const struct bad_ring *r, enum odd odd, bool last)
{
    uint16_t f = r->write ? DRV_DESC_WRITE : 0;

    if (odd >= ODD_CHAIN && odd < ODD_TABLE && !last && below(r, 2))
        f |= DRV_DESC_NEXT;
    if (odd == ODD_DIRECTION || r->both)
        f ^= below(r, 2) ? DRV_DESC_WRITE : 0;
    if (odd == ODD_FLAGS)
        f = (uint16_t)cosim_random(r->t);
    if (odd == ODD_INDIRECT)
        f ^= DRV_DESC_INDIRECT;
    return f;
}

/* A table of up to 12 entries among the buffers, mostly a good one; its bytes. */
static uint32_t make_table(const struct bad_ring *r, uint64_t addr, uint16_t f)
{
    uint32_t n = 1 + below(r, 12);
    uint8_t *p = rl_rp_mem(r->t->rp, addr, 16 * n);

    for (uint32_t i = 0; p && i < n; i++) {
        enum odd odd = below(r, 32) ? ODD_NOTHING : below(r, ODD_CHAIN);
        struct drv_desc d = {.addr = place(r, odd), .flags = f};

        d.len = length(r, odd, f & DRV_DESC_WRITE) / (n < 4 ? 1 : 4);
        if (r->both && i + 1 == n)
            d.flags |= DRV_DESC_WRITE;
        memcpy(p + 16 * i, &d, sizeof d);
    }
    return 16 * n;
}

static void put(struct bad_ring *r, enum odd odd, uint16_t f)
{
    struct drv_desc d = {.addr = place(r, odd),
                         .len = length(r, odd, f & DRV_DESC_WRITE),
                         .id = (uint16_t)cosim_random(r->t)};
    uint8_t *p = rl_rp_mem(r->t->rp, r->desc + 16u * r->slot, 16);

    if (odd >= ODD_TABLE && odd < ODD_NOTHING) {
        if (below(r, 4))
            d.addr &= ~15ull;
        d.len = make_table(r, d.addr, f & DRV_DESC_WRITE);
        f |= DRV_DESC_INDIRECT;
        if (below(r, 32) == 0)
            d.len = cosim_random(r->t) % 5000;
    }
    d.flags = f ^ (r->wrap ? DRV_DESC_AVAIL : DRV_DESC_USED);
    if (p)
        memcpy(p, &d, sizeof d);
    if (++r->slot >= r->size) {
        r->slot = 0;
        r->wrap = !r->wrap;
    }
}

void bad_ring_add(struct bad_ring *r)
{
    enum odd odd = below(r, ODDS);

    if (r->size)
        for (unsigned n = 1 + below(r, 40); n; n--)
            put(r, odd, flags(r, odd, n == 1));
}

void bad_ring_scribble(struct bad_ring *r)
{
    uint32_t n = 1 + below(r, 24);
    uint64_t at = r->desc + (r->size ? below(r, 16u * r->size) : 0);
    uint8_t *p;

    if (below(r, 3) == 0) {
        at = below(r, 2) ? r->driver : r->device;
        n = 4;
    }
    if (at < r->desc + 16u * r->size && n > r->desc + 16u * r->size - at)
        n = (uint32_t)(r->desc + 16u * r->size - at);
    p = rl_rp_mem(r->t->rp, at, n);
    for (uint32_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)cosim_random(r->t);
}

struct rl_rp_fault bad_read(void *reads, uint64_t addr, uint32_t bytes,
                            unsigned tag)
{
    static const enum rl_rp_fault_kind kinds[] = {
        RL_RP_FAULT_UR, RL_RP_FAULT_CA, RL_RP_FAULT_POISON};
    struct rl_rp_fault f = {.kind = RL_RP_FAULT_NONE};
    struct bad_reads *b = reads;

    (void)bytes;
    (void)tag;
    if (addr < b->from || addr >= b->to)
        return f;
    if (cosim_random(b->t) % 1024 < b->failing)
        f.kind = kinds[cosim_random(b->t) % 3];
    if (cosim_random(b->t) % 64 == 0)
        f.delay_cycles = cosim_random(b->t) % 2000;
    return f;
}
