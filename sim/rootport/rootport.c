/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The root port's life and its time.
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
