/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The link: what the card has sent goes to whom it concerns; requests and
 * completions for the card take turns, no faster than the rate allows. Counts
 * both ways.
 */
#include <string.h>

#include "rootport/internal.h"

void rp_link_reset(struct rl_rp *rp)
{
    rp->out_head = rp->out_count = 0;
    rp->down_free = 0;
    rp->link_down = false;
    rl_model_tx_rate(rp->model, rp->cfg.rate_up);
    rl_model_rx_valid(rp->model, 65536);
}

void rp_link_cut(struct rl_rp *rp)
{
    rp->link_down = true;
    rp->out_count = 0;
    rl_model_rx_valid(rp->model, 0);
}

/* ---- Counts, and the link's time ---- */

static enum rl_rp_kind kind_of(const struct rl_tlp *t)
{
    unsigned ft = rp_fmt_type(t);

    if (ft == TLP_CPL)
        return RL_RP_CPL;
    if (ft == TLP_CPLD)
        return RL_RP_CPLD;
    if ((ft & 0x5f) == TLP_MWR32)
        return rp_is_msi(rp_address(t)) ? RL_RP_MSIX : RL_RP_MWR;
    if ((ft & 0x1e) == TLP_CFGRD0)
        return RL_RP_CFG;
    if ((ft & 0x38) == 0x30)
        return RL_RP_MSG;
    return RL_RP_MRD;
}

/* Cost on the wire. */
static uint32_t wire_bytes(const struct rl_tlp *t)
{
    return (t->hdr[0] & 1u << 29 ? 24u : 20u) + t->payload_bytes;
}

static void count(struct rl_rp_stats *s, const struct rl_tlp *t)
{
    s->tlps[kind_of(t)]++;
    s->wire_bytes += wire_bytes(t);
    s->payload_bytes += t->payload_bytes;
}

/* The card gets it now. */
static void account_down(struct rl_rp *rp, const struct rl_tlp *t)
{
    count(&rp->down, t);
    if (rp->down_free < rp->now << 16)
        rp->down_free = rp->now << 16;
    if (rp->cfg.rate_down)
        rp->down_free +=
            ((uint64_t)wire_bytes(t) * 1000 << 16) / rp->cfg.rate_down;
    if (rp->cfg.trace)
        rp->cfg.trace(rp->cfg.trace_ctx, rp->now, false, t);
}

const struct rl_rp_stats *rl_rp_stats(const struct rl_rp *rp, bool upstream)
{
    return upstream ? &rp->up : &rp->down;
}

void rl_rp_stats_clear(struct rl_rp *rp)
{
    memset(&rp->up, 0, sizeof rp->up);
    memset(&rp->down, 0, sizeof rp->down);
}

const char *rl_rp_kind_name(enum rl_rp_kind kind)
{
    static const char *const name[RL_RP_KINDS] = {"MRd", "MWr", "Cpl",  "CplD",
                                                  "Cfg", "Msg", "MSI-X"};

    return name[kind];
}

/* ---- From the card ---- */

static void take(struct rl_rp *rp, const struct rl_tlp *t)
{
    if (rp->cfg.trace)
        rp->cfg.trace(rp->cfg.trace_ctx, rp->now, true, t);
    if (!rp_monitor(rp, t))
        return;
    switch (kind_of(t)) {
    case RL_RP_MRD:
        rp_take_read(rp, t);
        break;
    case RL_RP_MWR:
        rp_take_write(rp, t);
        break;
    case RL_RP_MSIX:
        rp_take_msix(rp, t);
        break;
    case RL_RP_CPL:
    case RL_RP_CPLD:
        rp_np_complete(rp, t);
        break;
    default: /* the monitor let through: messages */
        rp_take_message(rp, t);
    }
    count(&rp->up, t);
}

/* ---- To the card ---- */

static uint8_t bar_hit(const struct rl_rp *rp, uint64_t addr)
{
    for (uint8_t i = 0; i < 6; i++) {
        const struct rl_rp_bar *b = &rp->dev.bar[i];

        if (b->bytes && addr >= b->addr && addr - b->addr < b->bytes)
            return i;
    }
    return RL_BAR_NONE;
}

struct rl_tlp *rp_link_put(struct rl_rp *rp, const struct rl_tlp *t)
{
    struct rl_tlp *o;

    while (rp->out_count == RP_OUT)
        rl_rp_step(rp);
    if (rp->link_down)
        return NULL;
    o = &rp->out[(rp->out_head + rp->out_count) % RP_OUT];
    memcpy(o, t, offsetof(struct rl_tlp, payload));
    memcpy(o->payload, t->payload, t->payload_bytes);
    if (o->bar == RL_RP_BAR_AUTO) {
        o->bar = RL_BAR_NONE;
        if ((rp_fmt_type(t) & 0x1f) == 0)
            o->bar = bar_hit(rp, rp_address(t));
    }
    rp->out_count++;
    return o;
}

void rl_rp_send(struct rl_rp *rp, const struct rl_tlp *tlp)
{
    (void)rp_link_put(rp, tlp);
}

void rl_rp_flush(struct rl_rp *rp)
{
    while (rp->out_count || (!rp->link_down && !rl_model_rx_idle(rp->model)))
        rl_rp_step(rp);
    rl_rp_run(rp, 2);
}

int rl_rp_complete(struct rl_rp *rp, const struct rl_tlp *tlp)
{
    if (rl_model_cpl_push(rp->model, tlp))
        return RL_RP_NOMEM;
    account_down(rp, tlp);
    return RL_RP_OK;
}

static bool send_request(struct rl_rp *rp)
{
    const struct rl_tlp *t = &rp->out[rp->out_head];

    if (!rp->out_count || rl_model_req_push(rp->model, t))
        return false;
    account_down(rp, t);
    rp->out_head = (rp->out_head + 1) % RP_OUT;
    rp->out_count--;
    return true;
}

void rp_link_tick(struct rl_rp *rp)
{
    const struct rl_tlp *t;

    while ((t = rl_model_tx_peek(rp->model))) {
        if (!rp->link_down)
            take(rp, t);
        rl_model_tx_pop(rp->model);
    }
    while ((rp->out_count || rp->now >= rp->next_due) &&
           rp->down_free < (rp->now + 1) << 16) {
        bool sent;

        rp->turn = !rp->turn;
        if (rp->turn)
            sent = rp_send_completion(rp) || send_request(rp);
        else
            sent = send_request(rp) || rp_send_completion(rp);
        if (!sent)
            break;
    }
}
