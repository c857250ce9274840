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
    if (addr < o->arena || end > arena_end)
        grant_elsewhere(o, addr, end - addr, may);
    if (addr < o->arena)
        addr = o->arena;
    if (end > arena_end)
        end = arena_end;
    if (may & MAY_WRITE)
        may |= EVER_WRITTEN;
    for (; addr < end; addr++)
        o->may[addr - o->arena] |= may;
}

static bool allowed(const struct dma_oracle *o, uint64_t addr, uint32_t bytes,
                    uint8_t may)
{
    if (inside(addr, bytes, o->arena, ORACLE_ARENA)) {
        for (uint32_t i = 0; i < bytes; i++)
            if (!(o->may[addr - o->arena + i] & may))
                return false;
        return true;
    }
    for (unsigned i = 0; i < o->elsewheres; i++) {
        const struct oracle_region *r = &o->elsewhere[i];

        if ((r->may & may) && inside(addr, bytes, r->addr, r->bytes))
            return true;
    }
    return o->elsewheres == ORACLE_ELSEWHERE; /* some were not kept */
}

/* Descriptors among what was read name buffers. */
static void fetched(struct dma_oracle *o, uint64_t addr, const uint8_t *data,
                    uint32_t bytes)
{
    for (uint32_t at = (uint32_t)(-addr & 15); at + DESC_BYTES <= bytes;
         at += DESC_BYTES) {
        struct drv_desc d;
        bool avail, used;

        memcpy(&d, data + at, sizeof d);
        avail = d.flags & DRV_DESC_AVAIL;
        used = d.flags & DRV_DESC_USED;
        if (avail != used)
            grant(o, d.addr, d.len,
                  d.flags & DRV_DESC_WRITE ? MAY_WRITE : MAY_READ);
    }
}

static void judge(struct dma_oracle *o, bool write, uint64_t addr,
                  const uint8_t *data, uint32_t bytes)
{
    const char *what = write ? "write" : "read";

    if (o->silent)
        wrong(o, "%s of 0x%llx after a reset", what, (unsigned long long)addr);
    else if (!allowed(o, addr, bytes, write ? MAY_WRITE : MAY_READ))
        wrong(o, "%s of %u bytes at 0x%llx (arena + 0x%llx)", what, bytes,
              (unsigned long long)addr, (unsigned long long)(addr - o->arena));
    if (write)
        return;
    for (unsigned i = 0; i < o->rings; i++)
        if (inside(addr, bytes, o->ring[i].addr, o->ring[i].bytes)) {
            fetched(o, addr, data, bytes);
            return;
        }
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
    for (uint32_t i = 0; i < ORACLE_ARENA; i++)
        o->may[i] &= EVER_WRITTEN;
}

void dma_oracle_begin(struct dma_oracle *o)
{
    o->silent = false;
}
