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
    rp_np_reset(rp);
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
    rp_np_cut(rp);
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
