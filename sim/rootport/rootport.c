/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The root port's life, its time, its own requests.
 */
#include "rootport/rootport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rootport/internal.h"

void rl_rp_config_default(struct rl_rp_config *c)
{
    *c = (struct rl_rp_config){
        .low_base = 0x40000000,
        .low_bytes = 256u << 20,
        .high_base = 0x100000000,
        .high_bytes = 256u << 20,
        .bar32_base = 0xe0000000,
        .bar64_base = 0x2000000000,
        .latency_cycles = 100,
        .rate_up = 13900,
        .rate_down = 13900,
        .mps_bytes = 256,
        .mrrs_bytes = 512,
        .ext_tag = true,
        .np_timeout_cycles = 1000000,
        .seed = 1,
    };
}

uint32_t rp_random(struct rl_rp *rp)
{
    rp->rng ^= rp->rng << 13;
    rp->rng ^= rp->rng >> 7;
    rp->rng ^= rp->rng << 17;
    return (uint32_t)(rp->rng >> 32);
}

/* ---- Life ---- */

static void tick(void *ctx);

struct rl_rp *rl_rp_new(struct rl_model *m, const struct rl_rp_config *c)
{
    struct rl_rp *rp = calloc(1, sizeof *rp);

    if (!rp)
        return NULL;
    rp->model = m;
    rp->cfg = *c;
    rp->rng = c->seed * 0x9e3779b97f4a7c15u + 77;
    if (rp_mem_own(rp, RP_LOW, c->low_base, c->low_bytes) ||
        rp_mem_own(rp, RP_HIGH, c->high_base, c->high_bytes)) {
        rl_rp_free(rp);
        return NULL;
    }
    rl_model_tx_rate(m, c->rate_up);
    rl_model_tick(m, tick, rp);
    return rp;
}

void rl_rp_free(struct rl_rp *rp)
{
    if (!rp)
        return;
    rl_model_tick(rp->model, NULL, NULL);
    rp_forget_reads(rp);
    rp_mem_free(rp);
    free(rp);
}

struct rl_rp_config *rl_rp_options(struct rl_rp *rp)
{
    return &rp->cfg;
}

struct rl_model *rl_rp_model(struct rl_rp *rp)
{
    return rp->model;
}

const struct rl_rp_device *rl_rp_device(const struct rl_rp *rp)
{
    return &rp->dev;
}

void rl_rp_reset(struct rl_rp *rp)
{
    rp_link_reset(rp);
    rp->np_count = 0;
    memset(rp->np, 0, sizeof rp->np);
    rp_forget_reads(rp);
    memset(rp->rd, 0, sizeof rp->rd);
    rp_monitor_reset(rp);
    rp->intx = 0;
    memset(&rp->dev, 0, sizeof rp->dev);
    rl_model_reset(rp->model);
}

void rl_rp_link_down(struct rl_rp *rp)
{
    rp_link_cut(rp);
    rp_forget_reads(rp);
    for (unsigned i = 0; i < RP_NP; i++)
        if (rp->np[i].used && !rp->np[i].done) {
            rp->np[i].status = RL_RP_UR;
            rp->np[i].done = true;
        }
}

/* ---- Time ---- */

void rl_rp_step(struct rl_rp *rp)
{
    rl_model_step(rp->model);
}

void rl_rp_run(struct rl_rp *rp, uint64_t cycles)
{
    while (cycles--)
        rl_model_step(rp->model);
}

uint64_t rl_rp_now(const struct rl_rp *rp)
{
    return rp->now;
}

static void deadline(struct rl_rp *rp)
{
    if (rp->cfg.deadline) {
        rp->cfg.deadline(rp->cfg.deadline_ctx);
        return;
    }
    fprintf(stderr, "root port: cycle limit %llu reached\n",
            (unsigned long long)rp->cfg.deadline_cycle);
    exit(1);
}

/* After each clock of the model. */
static void tick(void *ctx)
{
    struct rl_rp *rp = ctx;

    rp->now++;
    rp_link_tick(rp);
    if (rp->cfg.ticked)
        rp->cfg.ticked(rp->cfg.ticked_ctx);
    if (rp->cfg.deadline_cycle && rp->now > rp->cfg.deadline_cycle)
        deadline(rp);
}

/* ---- Our requests ---- */

void rl_rp_make_mem(struct rl_tlp *t, bool write, uint64_t addr,
                    const void *data, size_t bytes)
{
    unsigned lane = addr & 3, end = (unsigned)(addr + bytes) & 3;
    uint32_t dw = (uint32_t)((lane + bytes + 3) / 4);
    unsigned fbe = 0xf & (0xfu << lane), lbe = end ? 0xf >> (4 - end) : 0xf;
    bool wide = addr >> 32;
    unsigned ft =
        write ? (wide ? TLP_MWR64 : TLP_MWR32) : (wide ? TLP_MRD64 : TLP_MRD32);

    if (dw <= 1) {
        fbe &= lbe;
        lbe = 0;
        dw = 1;
        if (!bytes)
            fbe = 0;
    }
    memset(t, 0, offsetof(struct rl_tlp, payload));
    t->hdr[0] = (uint32_t)ft << 24 | (dw & 0x3ff);
    t->hdr[1] = (uint32_t)RP_ROOT_ID << 16 | lbe << 4 | fbe;
    if (wide) {
        t->hdr[2] = (uint32_t)(addr >> 32);
        t->hdr[3] = (uint32_t)addr & ~3u;
    } else {
        t->hdr[2] = (uint32_t)addr & ~3u;
    }
    t->bar = RL_RP_BAR_AUTO;
    if (!write)
        return;
    t->payload_bytes = (uint16_t)(dw * 4);
    memset(t->payload, 0, 4);
    memset(t->payload + dw * 4 - 4, 0, 4);
    if (bytes)
        memcpy(t->payload + lane, data, bytes);
}

void rl_rp_write(struct rl_rp *rp, uint64_t addr, const void *buf, size_t bytes)
{
    const uint8_t *p = buf;
    uint32_t mps = rp_mps(rp);

    while (bytes) {
        size_t n = mps - (addr & (mps - 1));

        if (n > bytes)
            n = bytes;
        rl_rp_make_mem(&rp->scratch, true, addr, p, n);
        (void)rp_link_put(rp, &rp->scratch);
        addr += n;
        p += n;
        bytes -= n;
    }
}

void rl_rp_write32(struct rl_rp *rp, uint64_t addr, uint32_t value)
{
    rl_rp_write(rp, addr, &value, 4);
}

int rl_rp_np_submit(struct rl_rp *rp, const struct rl_tlp *tlp)
{
    unsigned i, first;
    struct rp_np *n;
    struct rl_tlp *t = &rp->scratch;

    if (tlp != t) {
        memcpy(t, tlp, offsetof(struct rl_tlp, payload));
        memcpy(t->payload, tlp->payload, tlp->payload_bytes);
    }
    while (rp->np_count == RP_NP)
        rl_rp_step(rp);
    for (i = 0; rp->np[i].used; i++)
        continue;
    n = &rp->np[i];
    memset(n, 0, offsetof(struct rp_np, data));
    n->used = true;
    n->cfg = (rp_fmt_type(t) & 0x1e) == TLP_CFGRD0;
    n->write = t->hdr[0] & 1u << 30;
    n->want = n->write ? 0 : rp_length_bytes(t);
    if (n->cfg) {
        n->cfg_offset = t->hdr[2] & 0xfff;
        n->byte_count = 4;
        if (n->write) {
            memcpy(&n->cfg_value, t->payload, 4);
            rp_monitor_cfg_sent(rp, n->cfg_offset, n->cfg_value);
        }
    } else {
        n->byte_count = n->write ? 4 : rp_byte_span(t, &first);
        if (!n->write)
            n->lower_addr = (uint32_t)((rp_address(t) + first) & 0x7f);
    }
    t->hdr[1] = (t->hdr[1] & 0xff) | (uint32_t)RP_ROOT_ID << 16 | i << 8;
    rp->np_count++;
    n->done = rp->link_down;
    n->status = rp->link_down ? RL_RP_UR : RL_RP_OK;
    (void)rp_link_put(rp, t);
    return (int)i;
}

bool rl_rp_np_done(const struct rl_rp *rp, int handle)
{
    return rp->np[handle].done;
}

unsigned rl_rp_np_outstanding(const struct rl_rp *rp)
{
    return rp->np_count;
}

int rl_rp_np_wait(struct rl_rp *rp, int handle, void *buf, size_t bytes)
{
    struct rp_np *n = &rp->np[handle];
    uint64_t until = rp->now + rp->cfg.np_timeout_cycles;

    while (!n->done && rp->now < until)
        rl_rp_step(rp);
    if (!n->done)
        return RL_RP_TIMEOUT; /* the tag stays taken: an answer may come */
    if (buf && n->status == RL_RP_OK)
        memcpy(buf, n->data, bytes < n->got ? bytes : n->got);
    n->used = false;
    rp->np_count--;
    return n->status;
}

static int cpl_status(unsigned code)
{
    switch (code) {
    case CPL_SC:
        return RL_RP_OK;
    case CPL_UR:
        return RL_RP_UR;
    case CPL_CRS:
        return RL_RP_CRS;
    case CPL_CA:
        return RL_RP_CA;
    default:
        return RL_RP_BAD;
    }
}

static void np_check_data(struct rl_rp *rp, struct rp_np *n,
                          const struct rl_tlp *t)
{
    uint32_t count = t->hdr[1] & 0xfff, lower = t->hdr[2] & 0x7f;
    uint32_t start = n->cfg ? 0 : n->lower_addr;
    uint32_t span;

    if (count == 0)
        count = 4096;
    if (count != n->byte_count)
        rp_violation(rp, t, "completion: byte count %u, expected %u", count,
                     n->byte_count);
    if (lower != start)
        rp_violation(rp, t, "completion: lower address 0x%x, expected 0x%x",
                     lower, start);
    if (t->payload_bytes > n->want - n->got) {
        rp_violation(rp, t, "completion: more data than asked for");
        return;
    }
    memcpy(n->data + n->got, t->payload, t->payload_bytes);
    n->got += t->payload_bytes;
    span = t->payload_bytes - (start & 3);
    if (span >= n->byte_count) {
        n->byte_count = 0;
        n->done = true;
        return;
    }
    n->byte_count -= span;
    n->lower_addr = (start + span) & 0x7f;
    if (n->cfg || (n->lower_addr & 0x3f))
        rp_violation(rp, t, "completion: does not end at a 64-byte boundary");
}

void rp_np_complete(struct rl_rp *rp, const struct rl_tlp *t)
{
    unsigned tag = t->hdr[2] >> 8 & 0xff, code = t->hdr[1] >> 13 & 7;
    bool data = t->hdr[0] & 1u << 30;
    struct rp_np *n;

    if (tag >= RP_NP || !rp->np[tag].used || rp->np[tag].done ||
        t->hdr[2] >> 16 != RP_ROOT_ID) {
        rp_violation(rp, t, "completion for no request");
        return;
    }
    n = &rp->np[tag];
    if (code != CPL_SC || n->write || !data) {
        if (data)
            rp_violation(rp, t, "completion has data but should not");
        if (code == CPL_SC && !n->write)
            rp_violation(rp, t, "completion without data for a read");
        if (code == CPL_CRS && !n->cfg)
            rp_violation(rp, t, "CRS for a memory request");
        n->status = cpl_status(code);
        n->done = true;
    } else {
        np_check_data(rp, n, t);
        if (t->poison)
            n->status = RL_RP_POISON;
    }
    if (n->done && n->cfg && n->write)
        rp_monitor_cfg_done(rp, n->cfg_offset, n->cfg_value,
                            n->status == RL_RP_OK);
}

int rl_rp_read(struct rl_rp *rp, uint64_t addr, void *buf, size_t bytes)
{
    uint8_t *p = buf;
    uint32_t cap = rp->dev.mrrs_bytes ? rp->dev.mrrs_bytes : 128;
    uint8_t data[RL_TLP_MAX_PAYLOAD];
    int result = RL_RP_OK;

    while (bytes && result == RL_RP_OK) {
        size_t n = cap - (addr & (cap - 1));

        if (n > bytes)
            n = bytes;
        rl_rp_make_mem(&rp->scratch, false, addr, NULL, n);
        result = rl_rp_np_wait(rp, rl_rp_np_submit(rp, &rp->scratch), data,
                               sizeof data);
        if (result == RL_RP_OK)
            memcpy(p, data + (addr & 3), n);
        addr += n;
        p += n;
        bytes -= n;
    }
    return result;
}

uint32_t rl_rp_read32(struct rl_rp *rp, uint64_t addr)
{
    uint32_t v;

    return rl_rp_read(rp, addr, &v, 4) == RL_RP_OK ? v : UINT32_MAX;
}

void rl_rp_make_cfg(struct rl_tlp *t, bool write, unsigned offset,
                    unsigned size, uint32_t value)
{
    unsigned lane = offset & 3;
    uint32_t dw = value << 8 * lane;

    memset(t, 0, offsetof(struct rl_tlp, payload));
    t->hdr[0] = (write ? TLP_CFGWR0 : TLP_CFGRD0) << 24 | 1;
    t->hdr[1] = ((1u << size) - 1) << lane;
    t->hdr[2] = (uint32_t)RP_BDF << 16 | (offset & 0xffc);
    t->bar = RL_BAR_NONE;
    if (write) {
        t->payload_bytes = 4;
        memcpy(t->payload, &dw, 4);
    }
}

static int cfg_access(struct rl_rp *rp, bool write, unsigned offset,
                      unsigned size, uint32_t *value)
{
    uint32_t dw = 0;
    int r;

    if (offset > 0xfff || (size != 1 && size != 2 && size != 4) ||
        offset & (size - 1))
        return RL_RP_BAD;
    rl_rp_make_cfg(&rp->scratch, write, offset, size, *value);
    r = rl_rp_np_wait(rp, rl_rp_np_submit(rp, &rp->scratch), &dw, 4);
    if (!write && r == RL_RP_OK) {
        dw >>= 8 * (offset & 3);
        *value = size == 4 ? dw : dw & ((1u << 8 * size) - 1);
    }
    return r;
}

int rl_rp_cfg_read(struct rl_rp *rp, unsigned offset, unsigned size,
                   uint32_t *value)
{
    *value = 0;
    return cfg_access(rp, false, offset, size, value);
}

int rl_rp_cfg_write(struct rl_rp *rp, unsigned offset, unsigned size,
                    uint32_t value)
{
    return cfg_access(rp, true, offset, size, &value);
}
