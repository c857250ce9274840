/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Host memory: regions of our own and regions that others share with us, and
 * the order in which their bytes are read and written.
 *
 * Other processes look at shared regions while the card uses them. So the order
 * of accesses is what a cache-coherent host gives a device:
 *   - a write becomes visible in ascending order, and whoever sees its last
 *     naturally aligned part (the flags of a used descriptor) sees all of it;
 *   - of each aligned 16 bytes (a descriptor) the upper half is read first: a
 *     driver writes the flags, which lie there, last, so flags that say
 *     "available" come with the address and length that belong to them.
 * Between units of 16 bytes a read promises nothing more than PCI Express does:
 * they may be of different ages.
 */
#include <string.h>
#include <sys/mman.h>

#include "rootport/internal.h"

/* ---- Regions ---- */

static bool overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

int rl_rp_map(struct rl_rp *rp, uint64_t addr, uint64_t bytes, void *p)
{
    if (!bytes || addr + bytes < addr ||
        overlaps(addr, bytes, RP_MSI_BASE, RP_MSI_BYTES))
        return RL_RP_BAD;
    for (unsigned i = 0; i < rp->mem_count; i++)
        if (overlaps(addr, bytes, rp->mem[i].base, rp->mem[i].bytes))
            return RL_RP_BAD;
    if (rp->mem_count == RP_REGIONS)
        return RL_RP_NOMEM;
    rp->mem[rp->mem_count++] = (struct rp_mem){
        .base = addr, .bytes = bytes, .next = addr, .p = p, .foreign = true};
    return RL_RP_OK;
}

int rl_rp_map_remote(struct rl_rp *rp, uint64_t addr, uint64_t bytes)
{
    int r = rl_rp_map(rp, addr, bytes, NULL);

    if (!r)
        rp->mem[rp->mem_count - 1].remote = true;
    return r;
}

int rl_rp_read_only(struct rl_rp *rp, uint64_t addr)
{
    for (unsigned i = 0; i < rp->mem_count; i++) {
        if (rp->mem[i].base != addr)
            continue;
        rp->mem[i].read_only = true;
        return RL_RP_OK;
    }
    return RL_RP_BAD;
}

int rl_rp_unmap(struct rl_rp *rp, uint64_t addr)
{
    for (unsigned i = 0; i < rp->mem_count; i++) {
        if (rp->mem[i].base != addr || !rp->mem[i].foreign)
            continue;
        rp->mem[i] = rp->mem[--rp->mem_count];
        rp->mem_hit = 0;
        return RL_RP_OK;
    }
    return RL_RP_BAD;
}

int rp_mem_own(struct rl_rp *rp, enum rp_part part, uint64_t base,
               uint64_t bytes)
{
    struct rp_mem *m;
    void *p;
    int r;

    if (!bytes)
        return RL_RP_OK;
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return RL_RP_NOMEM;
    r = rl_rp_map(rp, base, bytes, p);
    if (r) {
        munmap(p, bytes);
        return r;
    }
    m = &rp->mem[rp->mem_count - 1];
    m->foreign = false;
    m->part = part;
    return RL_RP_OK;
}

void rp_mem_free(struct rl_rp *rp)
{
    for (unsigned i = 0; i < rp->mem_count; i++)
        if (!rp->mem[i].foreign)
            munmap(rp->mem[i].p, rp->mem[i].bytes);
    rp->mem_count = 0;
}

/* The region that holds this byte. */
static const struct rp_mem *region(struct rl_rp *rp, uint64_t addr)
{
    for (unsigned n = 0, i = rp->mem_hit; n < rp->mem_count; n++) {
        const struct rp_mem *m = &rp->mem[i];

        if (addr - m->base < m->bytes) {
            rp->mem_hit = i;
            return m;
        }
        i = i + 1 < rp->mem_count ? i + 1 : 0;
    }
    return NULL;
}

void *rl_rp_region(struct rl_rp *rp, uint64_t addr, size_t *bytes)
{
    const struct rp_mem *m = region(rp, addr);

    if (!m || m->base != addr)
        return NULL;
    *bytes = m->bytes;
    return m->p;
}

void *rl_rp_mem(struct rl_rp *rp, uint64_t addr, size_t bytes)
{
    const struct rp_mem *m = region(rp, addr);

    if (!m || m->remote || bytes > m->bytes - (addr - m->base))
        return NULL;
    return m->p + (addr - m->base);
}

/* ---- Allocation ---- */

static struct rp_mem *part(struct rl_rp *rp, enum rp_part which)
{
    for (unsigned i = 0; i < rp->mem_count; i++)
        if (!rp->mem[i].foreign && rp->mem[i].part == which)
            return &rp->mem[i];
    return NULL;
}

uint64_t rl_rp_alloc(struct rl_rp *rp, bool high, size_t bytes, size_t align)
{
    struct rp_mem *m = part(rp, high ? RP_HIGH : RP_LOW);
    uint64_t addr;

    if (!m)
        return 0;
    addr = (m->next + align - 1) & ~(uint64_t)(align - 1);
    if (addr < m->next || addr - m->base > m->bytes ||
        bytes > m->bytes - (addr - m->base))
        return 0;
    m->next = addr + bytes;
    memset(m->p + (addr - m->base), 0, bytes);
    return addr;
}

void rl_rp_alloc_reset(struct rl_rp *rp)
{
    for (unsigned i = 0; i < rp->mem_count; i++)
        rp->mem[i].next = rp->mem[i].base;
}

/* ---- Access ---- */

static void load_unit(uint8_t *dst, const uint8_t *src)
{
    uint64_t hi = __atomic_load_n((const uint64_t *)(const void *)(src + 8),
                                  __ATOMIC_ACQUIRE);
    uint64_t lo =
        __atomic_load_n((const uint64_t *)(const void *)src, __ATOMIC_ACQUIRE);

    memcpy(dst, &lo, 8);
    memcpy(dst + 8, &hi, 8);
}

static void load_some(uint8_t *dst, const uint8_t *src, size_t bytes)
{
    uint32_t word;

    for (; bytes >= 4 && !((uintptr_t)src & 3); bytes -= 4) {
        word = __atomic_load_n((const uint32_t *)(const void *)src,
                               __ATOMIC_ACQUIRE);
        memcpy(dst, &word, 4);
        dst += 4;
        src += 4;
    }
    for (; bytes; bytes--)
        *dst++ = __atomic_load_n(src++, __ATOMIC_ACQUIRE);
}

static void load(uint8_t *dst, const uint8_t *src, size_t bytes)
{
    size_t n = -(uintptr_t)src & 15;

    if (n > bytes)
        n = bytes;
    load_some(dst, src, n);
    for (; bytes - n >= 16; n += 16)
        load_unit(dst + n, src + n);
    load_some(dst + n, src + n, bytes - n);
}

/* The largest aligned part of at most 8 bytes. */
static size_t store_part(uint8_t *dst, const uint8_t *src, size_t bytes)
{
    uintptr_t at = (uintptr_t)dst;

    if (bytes >= 8 && !(at & 7)) {
        uint64_t v;

        memcpy(&v, src, 8);
        __atomic_store_n((uint64_t *)(void *)dst, v, __ATOMIC_RELEASE);
        return 8;
    }
    if (bytes >= 4 && !(at & 3)) {
        uint32_t v;

        memcpy(&v, src, 4);
        __atomic_store_n((uint32_t *)(void *)dst, v, __ATOMIC_RELEASE);
        return 4;
    }
    if (bytes >= 2 && !(at & 1)) {
        uint16_t v;

        memcpy(&v, src, 2);
        __atomic_store_n((uint16_t *)(void *)dst, v, __ATOMIC_RELEASE);
        return 2;
    }
    __atomic_store_n(dst, *src, __ATOMIC_RELEASE);
    return 1;
}

static void store(uint8_t *dst, const uint8_t *src, size_t bytes)
{
    while (bytes) {
        size_t n = store_part(dst, src, bytes);

        dst += n;
        src += n;
        bytes -= n;
    }
}

/* The region at addr, and in *bytes how much of it there is. */
static const struct rp_mem *stretch(struct rl_rp *rp, uint64_t addr,
                                    size_t *bytes)
{
    const struct rp_mem *m = region(rp, addr);
    uint64_t left;

    if (!m)
        return NULL;
    left = m->bytes - (addr - m->base);
    if (*bytes > left)
        *bytes = (size_t)left;
    return m;
}

struct rp_kinds rp_mem_kinds(struct rl_rp *rp, uint64_t addr, size_t bytes)
{
    struct rp_kinds k = {.all = true};

    while (bytes) {
        size_t n = bytes;
        const struct rp_mem *m = stretch(rp, addr, &n);

        if (!m)
            return (struct rp_kinds){.all = false};
        k.remote |= m->remote;
        k.read_only |= m->read_only;
        addr += n;
        bytes -= n;
    }
    return k;
}

bool rp_mem_load(struct rl_rp *rp, uint64_t addr, uint8_t *dst, size_t bytes)
{
    struct rp_kinds k = rp_mem_kinds(rp, addr, bytes);

    if (!k.all || k.remote)
        return false;
    while (bytes) {
        size_t n = bytes;
        const struct rp_mem *m = stretch(rp, addr, &n);

        load(dst, m->p + (addr - m->base), n);
        addr += n;
        dst += n;
        bytes -= n;
    }
    return true;
}

bool rp_mem_store(struct rl_rp *rp, uint64_t addr, const uint8_t *src,
                  size_t bytes)
{
    struct rp_kinds k = rp_mem_kinds(rp, addr, bytes);

    if (!k.all || k.remote || k.read_only)
        return false;
    while (bytes) {
        size_t n = bytes;
        const struct rp_mem *m = stretch(rp, addr, &n);

        store(m->p + (addr - m->base), src, n);
        addr += n;
        src += n;
        bytes -= n;
    }
    return true;
}
