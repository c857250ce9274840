/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a host does before a driver sees the card: find it, place BARs, switch
 * it on; function level reset.
 */
#include <string.h>

#include "rootport/internal.h"

enum {
    CFG_ID = 0x00,
    CFG_COMMAND = 0x04,
    CFG_CLASS = 0x08,
    CFG_HEADER = 0x0e,
    CFG_BAR0 = 0x10,
    CFG_SUBSYS = 0x2c,
    CFG_CAP_PTR = 0x34,
    CAP_PM = 0x01,
    CAP_PCIE = 0x10,
    CAP_MSIX = 0x11,
    CRS_PAUSE_CYCLES = 1000,
    CRS_RETRIES = 2000,
    FLR_CYCLES = 1000,
    MAX_CAPS = 48,
};

int rl_rp_cap_next(struct rl_rp *rp, unsigned after, unsigned id)
{
    uint32_t v, ptr;
    int r;

    r = rl_rp_cfg_read(rp, after ? after + 1 : CFG_CAP_PTR, 1, &ptr);
    for (unsigned i = 0; r == RL_RP_OK && i < MAX_CAPS; i++) {
        ptr &= 0xfc;
        if (!ptr)
            return 0;
        r = rl_rp_cfg_read(rp, ptr, 2, &v);
        if (r == RL_RP_OK && (v & 0xff) == id)
            return (int)ptr;
        ptr = v >> 8;
    }
    return r ? r : RL_RP_BAD;
}

int rl_rp_command(struct rl_rp *rp, uint16_t set, uint16_t clear)
{
    uint32_t v;
    int r = rl_rp_cfg_read(rp, CFG_COMMAND, 2, &v);

    if (r)
        return r;
    return rl_rp_cfg_write(rp, CFG_COMMAND, 2, (v & ~(uint32_t)clear) | set);
}

static int wait_ready(struct rl_rp *rp)
{
    uint32_t id;
    int r = RL_RP_CRS;

    for (unsigned i = 0; i < CRS_RETRIES && r == RL_RP_CRS; i++) {
        r = rl_rp_cfg_read(rp, CFG_ID, 4, &id);
        if (r == RL_RP_CRS) {
            rp->dev.crs_retries++;
            rl_rp_run(rp, CRS_PAUSE_CYCLES);
        }
    }
    if (r)
        return r;
    rp->dev.vendor = (uint16_t)id;
    rp->dev.device = (uint16_t)(id >> 16);
    return id == 0xffffffff ? RL_RP_BAD : RL_RP_OK;
}

static int size_bar(struct rl_rp *rp, unsigned n, uint64_t *size,
                    uint32_t *flags)
{
    unsigned off = CFG_BAR0 + 4 * n;
    uint32_t lo = 0, hi = 0xffffffff;
    int r = rl_rp_cfg_write(rp, off, 4, 0xffffffff);

    if (!r)
        r = rl_rp_cfg_read(rp, off, 4, &lo);
    *flags = lo;
    if (!r && lo && !(lo & 1) && (lo & 6) == 4 && n < 5) {
        r = rl_rp_cfg_write(rp, off + 4, 4, 0xffffffff);
        if (!r)
            r = rl_rp_cfg_read(rp, off + 4, 4, &hi);
    }
    lo &= lo & 1 ? ~3u : ~15u;
    *size = lo || hi != 0xffffffff ? ~((uint64_t)hi << 32 | lo) + 1 : 0;
    return r;
}

static int write_bar(struct rl_rp *rp, unsigned n)
{
    const struct rl_rp_bar *b = &rp->dev.bar[n];
    int r = rl_rp_cfg_write(rp, CFG_BAR0 + 4 * n, 4, (uint32_t)b->addr);

    if (!r && b->is64)
        r = rl_rp_cfg_write(rp, CFG_BAR0 + 4 * n + 4, 4,
                            (uint32_t)(b->addr >> 32));
    return r;
}

static int place_bars(struct rl_rp *rp)
{
    uint64_t next32 = rp->cfg.bar32_base, next64 = rp->cfg.bar64_base;

    for (unsigned n = 0; n < 6; n++) {
        struct rl_rp_bar *b = &rp->dev.bar[n];
        uint64_t size, *next;
        uint32_t flags;
        int r = size_bar(rp, n, &size, &flags);

        if (r)
            return r;
        if (!size)
            continue;
        if (size & (size - 1))
            return RL_RP_BAD;
        b->bytes = size;
        b->io = flags & 1;
        b->is64 = !b->io && (flags & 6) == 4;
        b->prefetch = !b->io && (flags & 8);
        next = b->is64 ? &next64 : &next32;
        b->addr = (*next + size - 1) & ~(size - 1);
        *next = b->addr + size;
        r = write_bar(rp, n);
        if (r)
            return r;
        if (b->is64)
            n++;
    }
    return RL_RP_OK;
}

static unsigned size_code(uint32_t bytes)
{
    unsigned n = 0;

    while (n < 5 && 128u << n < bytes)
        n++;
    return n;
}

static int program_pcie(struct rl_rp *rp)
{
    unsigned cap = rp->dev.cap_pcie, mps, mrrs;
    uint32_t devcap, devctl;
    int r;

    rp->dev.mps_bytes = rp->dev.mrrs_bytes = 128;
    if (!cap)
        return RL_RP_OK;
    r = rl_rp_cfg_read(rp, cap + 4, 4, &devcap);
    if (!r)
        r = rl_rp_cfg_read(rp, cap + 8, 2, &devctl);
    if (r)
        return r;
    rp->dev.flr = devcap >> 28 & 1;
    mps = size_code(rp->cfg.mps_bytes);
    if (mps > (devcap & 7))
        mps = devcap & 7;
    mrrs = size_code(rp->cfg.mrrs_bytes);
    devctl = (devctl & ~0x79f0u) | mps << 5 | mrrs << 12;
    if (rp->cfg.ext_tag && (devcap & 0x20))
        devctl |= 0x100;
    rp->dev.mps_bytes = 128u << mps;
    rp->dev.mrrs_bytes = 128u << mrrs;
    return rl_rp_cfg_write(rp, cap + 8, 2, devctl);
}

static int find_msix(struct rl_rp *rp)
{
    unsigned cap = rp->dev.cap_msix;
    uint32_t ctrl, table, pba;
    int r;

    if (!cap)
        return RL_RP_OK;
    r = rl_rp_cfg_read(rp, cap + 2, 2, &ctrl);
    if (!r)
        r = rl_rp_cfg_read(rp, cap + 4, 4, &table);
    if (!r)
        r = rl_rp_cfg_read(rp, cap + 8, 4, &pba);
    if (r)
        return r;
    if ((table & 7) > 5 || (pba & 7) > 5)
        return RL_RP_BAD;
    rp->dev.msix_vectors = (ctrl & 0x7ff) + 1;
    rp->dev.msix_table = rp->dev.bar[table & 7].addr + (table & ~7u);
    rp->dev.msix_pba = rp->dev.bar[pba & 7].addr + (pba & ~7u);
    return RL_RP_OK;
}

static int find_cap(struct rl_rp *rp, unsigned id, unsigned *where)
{
    int r = rl_rp_cap_next(rp, 0, id);

    *where = r > 0 ? (unsigned)r : 0;
    return r < 0 ? r : RL_RP_OK;
}

int rl_rp_enumerate(struct rl_rp *rp)
{
    struct rl_rp_device *d = &rp->dev;
    uint32_t v = 0;
    int r;

    memset(d, 0, sizeof *d);
    d->mps_bytes = d->mrrs_bytes = 128;
    if ((r = wait_ready(rp)) || (r = rl_rp_cfg_read(rp, CFG_CLASS, 4, &v)))
        return r;
    d->class_rev = v;
    if ((r = rl_rp_cfg_read(rp, CFG_HEADER, 1, &v)))
        return r;
    if (v & 0x7f)
        return RL_RP_BAD; /* not an endpoint */
    if ((r = rl_rp_cfg_read(rp, CFG_SUBSYS, 4, &v)))
        return r;
    d->subsys_vendor = (uint16_t)v;
    d->subsys = (uint16_t)(v >> 16);
    if ((r = rl_rp_command(rp, 0, 0x407)) || (r = place_bars(rp)) ||
        (r = find_cap(rp, CAP_PM, &d->cap_pm)) ||
        (r = find_cap(rp, CAP_PCIE, &d->cap_pcie)) ||
        (r = find_cap(rp, CAP_MSIX, &d->cap_msix)) || (r = program_pcie(rp)) ||
        (r = find_msix(rp)))
        return r;
    return rl_rp_command(rp, 0x6, 0);
}

int rl_rp_flr(struct rl_rp *rp)
{
    unsigned cap = rp->dev.cap_pcie;
    uint32_t v;
    int r;

    if (!cap || !rp->dev.flr)
        return RL_RP_BAD;
    r = rl_rp_cfg_read(rp, cap + 8, 2, &v);
    if (!r)
        r = rl_rp_cfg_write(rp, cap + 8, 2, v | 0x8000);
    if (r)
        return r;
    rl_rp_run(rp, FLR_CYCLES);
    if ((r = wait_ready(rp)))
        return r;
    for (unsigned n = 0; n < 6; n++)
        if (rp->dev.bar[n].bytes && (r = write_bar(rp, n)))
            return r;
    if ((r = program_pcie(rp)))
        return r;
    return rl_rp_command(rp, 0x6, 0);
}
