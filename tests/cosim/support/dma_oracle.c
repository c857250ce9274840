/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "support/dma_oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/packed.h"

enum { MAY_READ = 1, MAY_WRITE = 2, EVER_WRITTEN = 4 };
enum { GUARD_BYTE = 0xc7, DESC_BYTES = 16, EVENT_BYTES = 4 };

static void __attribute__((format(printf, 2, 3)))
wrong(struct dma_oracle *o, const char *fmt, ...)
{
    va_list ap;

    if (o->wrong[0])
        return;
    va_start(ap, fmt);
    vsnprintf(o->wrong, sizeof o->wrong, fmt, ap);
    va_end(ap);
}

static bool inside(uint64_t addr, uint64_t bytes, uint64_t base, uint64_t size)
{
    uint64_t offset = addr - base;

    return addr >= base && offset < size && bytes <= size - offset;
}

/* ---- What is allowed ---- */

static void grant_elsewhere(struct dma_oracle *o, uint64_t addr, uint64_t bytes,
                            uint8_t may)
{
    for (unsigned i = 0; i < o->elsewheres; i++) {
        const struct oracle_region *r = &o->elsewhere[i];

        if (r->addr == addr && r->bytes == bytes && r->may == may)
            return;
    }
    if (o->elsewheres < ORACLE_ELSEWHERE)
        o->elsewhere[o->elsewheres++] =
            (struct oracle_region){addr, bytes, may};
}

/* The card reads whole DWs. */
static void grant(struct dma_oracle *o, uint64_t addr, uint64_t bytes,
                  uint8_t may)
{
    uint64_t end = addr + bytes, arena_end = o->arena + ORACLE_ARENA;

    if (bytes == 0 || end < addr)
        return;
    if (may == MAY_READ) {
        addr &= ~3ull;
        end = (end + 3) & ~3ull;
    }
    if (may != 0 && (addr < o->arena || end > arena_end))
        grant_elsewhere(o, addr, end - addr, may);
    if (addr < o->arena)
        addr = o->arena;
    if (end > arena_end)
        end = arena_end;
    if (may != MAY_READ)
        may |= EVER_WRITTEN;
    for (; addr < end; addr++)
        o->may[addr - o->arena] |= may;
}

/* ---- Copies ---- */

static bool is_avail(uint16_t flags)
{
    return !(flags & DRV_DESC_AVAIL) != !(flags & DRV_DESC_USED);
}

static struct oracle_copy *copies(struct dma_oracle *o, uint64_t slot)
{
    return o->copy[(slot - o->arena) / DESC_BYTES];
}

static uint32_t slot_number(const struct dma_oracle *o, uint64_t slot)
{
    return (uint32_t)((slot - o->arena) / DESC_BYTES);
}

static void copy_forget(struct dma_oracle *o, uint64_t slot, bool lap)
{
    struct oracle_copy *c = &copies(o, slot)[lap];

    if (c->valid && (c->flags & DRV_DESC_INDIRECT))
        for (unsigned i = 0; i < ORACLE_TABLES; i++)
            if (o->table[i].slot == slot_number(o, slot) &&
                o->table[i].lap == lap)
                o->table[i].valid = false;
    c->valid = false;
}

static bool table_fits(const struct oracle_table *t, uint64_t offset,
                       const uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        if (t->known[offset + i] && t->bytes[offset + i] != data[i])
            return false;
    return true;
}

static struct oracle_table *table_new(struct dma_oracle *o, uint32_t slot,
                                      bool lap)
{
    struct oracle_table *t = &o->table[o->next_table++ % ORACLE_TABLES];

    memset(t, 0, sizeof *t);
    t->slot = slot;
    t->lap = lap;
    t->len = o->copy[slot][lap].len;
    t->valid = true;
    return t;
}

/* Bytes of the table that the copy names were read. Where others were read
 * before, perhaps for another slot, both count: there is another table. */
static void table_read(struct dma_oracle *o, uint32_t slot, bool lap,
                       uint64_t offset, const uint8_t *data, uint32_t bytes)
{
    struct oracle_table *found = NULL;

    for (unsigned i = 0; i < ORACLE_TABLES && !found; i++) {
        struct oracle_table *t = &o->table[i];

        if (t->valid && t->slot == slot && t->lap == lap &&
            table_fits(t, offset, data, bytes))
            found = t;
    }
    if (!found)
        found = table_new(o, slot, lap);
    memcpy(found->bytes + offset, data, bytes);
    memset(found->known + offset, 1, bytes);
}

/* Reads are of whole DWs. */
static bool names(uint64_t at, uint64_t len, uint64_t addr, uint32_t bytes,
                  bool write)
{
    uint64_t end = at + len;

    if (len == 0)
        return false;
    if (!write) {
        at &= ~3ull;
        end = (end + 3) & ~3ull;
    }
    return inside(addr, bytes, at, end - at);
}

static bool copy_names(const struct oracle_copy *c, uint64_t addr,
                       uint32_t bytes, bool write)
{
    return c->valid && names(c->addr, c->len, addr, bytes, write) &&
           (c->flags & DRV_DESC_INDIRECT
                ? !write
                : !(c->flags & DRV_DESC_WRITE) == !write);
}

static bool table_names(const struct oracle_table *t, uint64_t addr,
                        uint32_t bytes, bool write)
{
    for (uint32_t at = 0; at + DESC_BYTES <= t->len && at < ORACLE_TABLE_BYTES;
         at += DESC_BYTES) {
        struct drv_desc d;

        if (memchr(t->known + at, 0, sizeof d))
            continue;
        memcpy(&d, t->bytes + at, sizeof d);
        /* Whatever WRITE says: firmware/devices/net_tx.c. */
        if ((!write || (d.flags & DRV_DESC_WRITE)) &&
            names(d.addr, d.len, addr, bytes, write))
            return true;
    }
    return false;
}

/* Is the access named by a copy of these slots? Tables are noted. */
static bool slots_name(struct dma_oracle *o, uint32_t first, uint32_t slots,
                       bool write, uint64_t addr, const uint8_t *data,
                       uint32_t bytes)
{
    bool found = false;

    for (uint32_t i = first; i < first + slots; i++)
        for (unsigned lap = 0; lap < 2; lap++) {
            const struct oracle_copy *c = &o->copy[i][lap];
            uint64_t offset = addr - c->addr;
            uint32_t skip = (uint32_t)(c->addr - addr); /* of its first DW */

            if (!copy_names(c, addr, bytes, write))
                continue;
            found = true;
            if (!(c->flags & DRV_DESC_INDIRECT))
                continue;
            if (addr < c->addr)
                table_read(o, i, lap, 0, data + skip, bytes - skip);
            else if (offset + bytes <= ORACLE_TABLE_BYTES)
                table_read(o, i, lap, offset, data, bytes);
        }
    return found;
}

static bool in_arena(const struct dma_oracle *o, const struct oracle_region *r)
{
    return inside(r->addr, r->bytes, o->arena, ORACLE_ARENA) &&
           r->addr % DESC_BYTES == 0;
}

static bool named(struct dma_oracle *o, bool write, uint64_t addr,
                  const uint8_t *data, uint32_t bytes)
{
    bool found = slots_name(o, ORACLE_SLOTS, o->kept, write, addr, data, bytes);

    for (unsigned i = 0; i < o->rings; i++)
        if (in_arena(o, &o->ring[i]))
            found |= slots_name(o, slot_number(o, o->ring[i].addr),
                                (uint32_t)(o->ring[i].bytes / DESC_BYTES),
                                write, addr, data, bytes);
    if (found)
        return true;
    for (unsigned i = 0; i < ORACLE_TABLES; i++)
        if (o->table[i].valid &&
            table_names(&o->table[i], addr, bytes, write)) {
            o->in_tables++;
            return true;
        }
    return false;
}

/* The one ring that a slot belongs to; NULL: none, or several. */
static const struct oracle_region *ring_of(const struct dma_oracle *o,
                                           uint64_t addr)
{
    const struct oracle_region *found = NULL;

    for (unsigned i = 0; i < o->rings; i++) {
        if (!inside(addr, 8, o->ring[i].addr, o->ring[i].bytes))
            continue;
        if (found)
            return NULL;
        found = &o->ring[i];
    }
    return found && in_arena(o, found) ? found : NULL;
}

/* Rings, event areas, and what is named until a reset. */
static bool allowed(const struct dma_oracle *o, bool write, uint64_t addr,
                    uint32_t bytes)
{
    uint8_t may = write ? MAY_WRITE : MAY_READ;
    bool good = inside(addr, bytes, o->arena, ORACLE_ARENA);

    for (uint32_t i = 0; good && i < bytes; i++)
        good = o->may[addr - o->arena + i] & may;
    if (good)
        return true;
    for (unsigned i = 0; i < o->elsewheres; i++) {
        const struct oracle_region *r = &o->elsewhere[i];

        if ((r->may & may) && inside(addr, bytes, r->addr, r->bytes))
            return true;
    }
    return o->elsewheres == ORACLE_ELSEWHERE; /* some were not kept */
}

/* Good until a reset, whatever becomes of the slot. What a table's entries name
 * is known when it was read, so the descriptor stays. */
static void keep(struct dma_oracle *o, const struct oracle_copy *c)
{
    if (!(c->flags & DRV_DESC_INDIRECT)) {
        grant(o, c->addr, c->len,
              c->flags & DRV_DESC_WRITE ? MAY_WRITE : MAY_READ);
        return;
    }
    for (unsigned i = 0; i < o->kept; i++) {
        const struct oracle_copy *k = o->copy[ORACLE_SLOTS + i];

        if (k->addr == c->addr && k->len == c->len)
            return;
    }
    if (o->kept < ORACLE_KEPT)
        o->copy[ORACLE_SLOTS + o->kept++][0] = *c;
    else
        wrong(o, "the oracle cannot keep more descriptors");
}

/* A descriptor was read; it is good until used, or, where that cannot be told,
 * until a reset: another ring's descriptor in the same slot does not end it. */
static void slot_read(struct dma_oracle *o, uint64_t slot, const uint8_t *data)
{
    struct oracle_copy c = {.valid = true};
    struct drv_desc d;
    bool lap;

    memcpy(&d, data, sizeof d);
    lap = d.flags & DRV_DESC_AVAIL;
    if (!is_avail(d.flags))
        return;
    c.addr = d.addr;
    c.len = d.len;
    c.id = d.id;
    c.flags = d.flags;
    if (d.flags & DRV_DESC_WRITE)
        grant(o, d.addr, d.len, 0); /* may have been written from now on */
    if (!ring_of(o, slot))
        keep(o, &c);
    if (!inside(slot, DESC_BYTES, o->arena, ORACLE_ARENA))
        return;
    copy_forget(o, slot, lap);
    copies(o, slot)[lap] = c;
}

/* Descriptors among what was read name buffers. */
static void fetched(struct dma_oracle *o, uint64_t addr, const uint8_t *data,
                    uint32_t bytes)
{
    for (uint32_t at = (uint32_t)(-addr & 15); at + DESC_BYTES <= bytes;
         at += DESC_BYTES)
        slot_read(o, addr + at, data + at);
}

/* ---- Used descriptors ---- */

struct walk {
    const struct oracle_region *ring;
    uint64_t slot;
    bool lap;
};

static void walk_on(struct walk *w)
{
    w->slot += DESC_BYTES;
    if (w->slot == w->ring->addr + w->ring->bytes) {
        w->slot = w->ring->addr;
        w->lap = !w->lap;
    }
}

/* Descriptors up to the end of the buffer with this id, 0: none is known. */
static uint32_t batch_of(struct dma_oracle *o, struct walk w, uint16_t id)
{
    for (uint32_t n = 1; n <= w.ring->bytes / DESC_BYTES; n++) {
        const struct oracle_copy *c = &copies(o, w.slot)[w.lap];

        if (!c->valid)
            return 0;
        if (!(c->flags & DRV_DESC_NEXT) && c->id == id)
            return n;
        walk_on(&w);
    }
    return 0;
}

/* Bytes that the buffer lets the device write, as far as is known: what was read
 * last from a slot of several rings may be another queue's. */
static uint64_t room_of(struct dma_oracle *o, struct walk w)
{
    uint64_t room = 0;

    for (uint32_t n = 0; n < w.ring->bytes / DESC_BYTES; n++) {
        const struct oracle_copy *c = &copies(o, w.slot)[w.lap];

        if (!c->valid || (c->flags & DRV_DESC_INDIRECT) ||
            ring_of(o, w.slot) != w.ring)
            return UINT64_MAX;
        if (c->flags & DRV_DESC_WRITE)
            room += c->len;
        if (!(c->flags & DRV_DESC_NEXT))
            break;
        walk_on(&w);
    }
    return room;
}

static void slot_used(struct dma_oracle *o, uint64_t slot, const uint8_t *data)
{
    struct walk w = {ring_of(o, slot), slot, false};
    uint32_t len, descs;
    uint16_t id, flags;

    memcpy(&len, data, 4);
    memcpy(&id, data + 4, 2);
    memcpy(&flags, data + 6, 2);
    w.lap = flags & DRV_DESC_AVAIL;
    if (!w.ring)
        return;
    if (is_avail(flags))
        wrong(o, "arena + 0x%llx is made available by the card",
              (unsigned long long)(slot - o->arena));
    else if (!copies(o, slot)[w.lap].valid)
        wrong(o, "arena + 0x%llx is used, and nothing was read from there",
              (unsigned long long)(slot - o->arena));
    else if (len > room_of(o, w))
        wrong(o, "arena + 0x%llx: %u bytes used are more than there is room",
              (unsigned long long)(slot - o->arena), len);
    descs = batch_of(o, w, id);
    for (uint32_t n = descs ? descs : 1; n != 0; n--) {
        copy_forget(o, w.slot, w.lap);
        walk_on(&w);
    }
}

/* Bytes 8 to 15 of slots; a burst has whole ones in front of them. */
static void used(struct dma_oracle *o, uint64_t addr, const uint8_t *data,
                 uint32_t bytes)
{
    for (uint32_t at = (uint32_t)((8 - addr) & 15); at + 8 <= bytes;
         at += DESC_BYTES)
        slot_used(o, addr + at - 8, data + at);
}

static bool in_ring(const struct dma_oracle *o, uint64_t addr, uint32_t bytes)
{
    for (unsigned i = 0; i < o->rings; i++)
        if (inside(addr, bytes, o->ring[i].addr, o->ring[i].bytes))
            return true;
    return false;
}

static void judge(struct dma_oracle *o, bool write, uint64_t addr,
                  const uint8_t *data, uint32_t bytes)
{
    const char *what = write ? "write" : "read";
    bool buffer;

    if (o->silent) {
        wrong(o, "%s of 0x%llx after a reset", what, (unsigned long long)addr);
        return;
    }
    buffer = named(o, write, addr, data, bytes);
    if (!buffer && !allowed(o, write, addr, bytes))
        wrong(o, "%s of %u bytes at 0x%llx (arena + 0x%llx)", what, bytes,
              (unsigned long long)addr, (unsigned long long)(addr - o->arena));
    if (!in_ring(o, addr, bytes))
        return;
    if (!write)
        fetched(o, addr, data, bytes);
    else if (!buffer)
        used(o, addr, data, bytes);
}

/* ---- What is heard ---- */

static void heard(void *ctx, bool write, uint64_t addr, uint8_t *data,
                  uint32_t bytes)
{
    struct dma_oracle *o = ctx;
    struct oracle_access *a;

    o->accesses++;
    if (!o->holding) {
        judge(o, write, addr, data, bytes);
        return;
    }
    if (o->helds == ORACLE_HELD || bytes > ORACLE_BYTES) {
        wrong(o, "the oracle cannot hold more accesses");
        return;
    }
    a = &o->held[o->helds++];
    a->write = write;
    a->addr = addr;
    a->bytes = bytes;
    memcpy(a->data, data, bytes);
}

static void message(void *ctx, unsigned vector)
{
    struct dma_oracle *o = ctx;

    if (o->silent)
        wrong(o, "message of vector %u after a reset", vector);
    else if (o->muted)
        wrong(o, "message of vector %u while they are off", vector);
}

void dma_oracle_mute(struct dma_oracle *o, bool muted)
{
    o->muted = muted;
}

void dma_oracle_hold(struct dma_oracle *o)
{
    o->holding = true;
}

void dma_oracle_judge(struct dma_oracle *o)
{
    o->holding = false;
    for (unsigned i = 0; i < o->helds; i++) {
        const struct oracle_access *a = &o->held[i];

        judge(o, a->write, a->addr, a->data, a->bytes);
    }
    o->helds = 0;
}

/* ---- Life ---- */

int dma_oracle_open(struct dma_oracle *o, struct rl_rp *rp)
{
    struct rl_rp_config *c = rl_rp_options(rp);

    memset(o, 0, sizeof *o);
    o->rp = rp;
    o->arena = rl_rp_alloc(rp, true, ORACLE_ARENA, 4096);
    if (!o->arena)
        return -1;
    memset(rl_rp_mem(rp, o->arena, ORACLE_ARENA), GUARD_BYTE, ORACLE_ARENA);
    o->silent = true;
    c->access = heard;
    c->access_ctx = o;
    c->msix = message;
    c->msix_ctx = o;
    return 0;
}

void dma_oracle_close(struct dma_oracle *o)
{
    const uint8_t *p = rl_rp_mem(o->rp, o->arena, ORACLE_ARENA);

    rl_rp_options(o->rp)->access = NULL;
    rl_rp_options(o->rp)->msix = NULL;
    for (uint32_t i = 0; i < ORACLE_ARENA; i++) {
        if (i == ORACLE_GUARD)
            i = ORACLE_ARENA - ORACLE_GUARD;
        if (p[i] != GUARD_BYTE && !(o->may[i] & EVER_WRITTEN))
            wrong(o, "the guard at arena + 0x%x was written", i);
    }
}

static void ring_add(struct dma_oracle *o, uint64_t addr, uint64_t bytes)
{
    for (unsigned i = 0; i < o->rings; i++)
        if (o->ring[i].addr == addr && o->ring[i].bytes >= bytes)
            return;
    if (o->rings < ORACLE_RINGS)
        o->ring[o->rings++] = (struct oracle_region){addr, bytes, 0};
}

void dma_oracle_queue(struct dma_oracle *o, uint16_t size, uint64_t desc,
                      uint64_t driver, uint64_t device)
{
    uint64_t bytes = (uint64_t)DESC_BYTES * size;

    ring_add(o, desc, bytes);
    grant(o, desc, bytes, MAY_READ);
    grant(o, desc, bytes, MAY_WRITE);
    grant(o, driver, EVENT_BYTES, MAY_READ);
    grant(o, device, EVENT_BYTES, MAY_WRITE);
}

void dma_oracle_silence(struct dma_oracle *o)
{
    dma_oracle_judge(o); /* what came before it was read */
    o->silent = true;
    o->rings = 0;
    o->elsewheres = 0;
    o->kept = 0;
    memset(o->copy, 0, sizeof o->copy);
    for (unsigned i = 0; i < ORACLE_TABLES; i++)
        o->table[i].valid = false;
    for (uint32_t i = 0; i < ORACLE_ARENA; i++)
        o->may[i] &= EVER_WRITTEN;
}

void dma_oracle_begin(struct dma_oracle *o)
{
    o->silent = false;
}
