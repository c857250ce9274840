/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Answers the card's reads, takes its writes.
 */
#include <stdlib.h>
#include <string.h>

#include "rootport/internal.h"

/* The link sends no faster than this finds work, so a linear search over the
 * reads outstanding (at most the card's tags) is cheap enough. */
static void recompute_due(struct rl_rp *rp)
{
    rp->next_due = UINT64_MAX;
    for (unsigned i = 0; i < rp->rd_count; i++) {
        const struct rp_read *r = &rp->rd[rp->order[i]];

        if (!r->stalled && !r->waiting && r->due < rp->next_due)
            rp->next_due = r->due;
    }
}

static void forget(struct rl_rp *rp, unsigned index)
{
    struct rp_read *r = &rp->rd[rp->order[index]];

    r->used = false;
    free(r->data);
    r->data = NULL;
    rp->rd_count--;
    memmove(&rp->order[index], &rp->order[index + 1],
            (rp->rd_count - index) * sizeof rp->order[0]);
}

static void forget_tag(struct rl_rp *rp, unsigned tag)
{
    unsigned i = 0;

    while (i < rp->rd_count && rp->order[i] != tag)
        i++;
    if (i < rp->rd_count)
        forget(rp, i);
}

void rp_forget_reads(struct rl_rp *rp)
{
    while (rp->rd_count)
        forget(rp, rp->rd_count - 1);
    rp->next_due = UINT64_MAX;
}

/* ---- Memory that somebody is asked for ---- */

static void ask(struct rl_rp *rp, struct rp_read *r, unsigned tag)
{
    r->count++;
    r->data_addr = r->addr & ~3ull;
    r->data_bytes = ((uint32_t)(r->addr & 3) + r->bytes + 3) & ~3u;
    if (!rp->cfg.remote) {
        r->fault.kind = RL_RP_FAULT_UR;
        return;
    }
    r->waiting = true;
    rp->cfg.remote(rp->cfg.remote_ctx, false, (unsigned)r->count << 8 | tag,
                   r->data_addr, NULL, r->data_bytes);
}

int rl_rp_answer(struct rl_rp *rp, unsigned handle, const void *data)
{
    struct rp_read *r = &rp->rd[handle & 0xff];

    if (!r->used || !r->waiting || r->count != handle >> 8)
        return RL_RP_BAD;
    r->waiting = false;
    r->data = data ? malloc(r->data_bytes) : NULL;
    if (r->data)
        memcpy(r->data, data, r->data_bytes);
    else
        r->fault.kind = RL_RP_FAULT_UR;
    recompute_due(rp);
    return RL_RP_OK;
}

static bool load(struct rl_rp *rp, const struct rp_read *r, uint64_t addr,
                 uint8_t *to, uint32_t bytes)
{
    if (!r->data)
        return rp_mem_load(rp, addr, to, bytes);
    memcpy(to, r->data + (addr - r->data_addr), bytes);
    return true;
}

void rp_take_read(struct rl_rp *rp, const struct rl_tlp *t)
{
    unsigned tag = t->hdr[1] >> 8 & 0xff, first;
    struct rp_read *r = &rp->rd[tag];
    struct rl_rp_fault fault = {.kind = RL_RP_FAULT_NONE};
    struct rp_kinds kinds = rp_mem_kinds(rp, rp_address(t), rp_length_bytes(t));

    if (r->used && !r->stalled && !r->waiting)
        return; /* the monitor has complained */
    if (r->used)
        forget_tag(rp, tag);
    r->used = true;
    r->stalled = r->waiting = false;
    r->bytes = rp_byte_span(t, &first);
    r->addr = rp_address(t) + first;
    r->requester = (uint16_t)(t->hdr[1] >> 16);
    r->attr_tc = t->hdr[0] & 0x00703000;
    if (rp->cfg.fault)
        fault = rp->cfg.fault(rp->cfg.fault_ctx, r->addr, r->bytes, tag);
    r->fault = fault;
    r->due = rp->now + rp->cfg.latency_cycles + fault.delay_cycles;
    if (rp->cfg.jitter_cycles)
        r->due += rp_random(rp) % (rp->cfg.jitter_cycles + 1);
    if (!kinds.all) {
        rp->up.reads_outside++;
        if (r->fault.kind == RL_RP_FAULT_NONE)
            r->fault.kind = RL_RP_FAULT_UR;
    }
    if (r->fault.kind == RL_RP_FAULT_DROP)
        r->stalled = true;
    if (r->fault.kind == RL_RP_FAULT_NONE && kinds.remote)
        ask(rp, r, tag);
    rp->order[rp->rd_count++] = (uint16_t)tag;
    if (!r->stalled && !r->waiting && r->due < rp->next_due)
        rp->next_due = r->due;
}

static int pick(struct rl_rp *rp)
{
    int found = -1;
    unsigned ready = 0;

    for (unsigned i = 0; i < rp->rd_count; i++) {
        const struct rp_read *r = &rp->rd[rp->order[i]];

        if (r->stalled || r->waiting || r->due > rp->now)
            continue;
        if (!rp->cfg.reorder)
            return (int)i;
        ready++;
        if (rp_random(rp) % ready == 0)
            found = (int)i;
    }
    return found;
}

/* Bytes of the next completion: up to MPS, ending at a read completion
 * boundary unless it is the last. */
static uint32_t chunk(struct rl_rp *rp, const struct rp_read *r)
{
    uint32_t mps = rp_mps(rp);
    uint32_t room = mps - (uint32_t)(r->addr & 63);

    if (rp->cfg.split64 || r->fault.split64)
        room = 64 - (uint32_t)(r->addr & 63);
    else if (rp->cfg.split_random)
        room = 64 * (1 + rp_random(rp) % (mps / 64)) - (uint32_t)(r->addr & 63);
    return r->bytes <= room ? r->bytes : room;
}

static void error_completion(const struct rp_read *r, struct rl_tlp *c,
                             unsigned tag, unsigned code)
{
    c->hdr[0] = (uint32_t)TLP_CPL << 24 | r->attr_tc;
    c->hdr[1] = (uint32_t)RP_ROOT_ID << 16 | code << 13 | (r->bytes & 0xfff);
    c->hdr[2] = (uint32_t)r->requester << 16 | tag << 8;
}

static uint32_t data_completion(struct rl_rp *rp, struct rp_read *r,
                                struct rl_tlp *c, unsigned tag)
{
    uint32_t n = chunk(rp, r), lane = r->addr & 3;
    uint32_t dw = (lane + n + 3) / 4;

    c->hdr[0] = (uint32_t)TLP_CPLD << 24 | r->attr_tc | (dw & 0x3ff);
    c->hdr[1] = (uint32_t)RP_ROOT_ID << 16 | (r->bytes & 0xfff);
    c->hdr[2] =
        (uint32_t)r->requester << 16 | tag << 8 | (uint32_t)(r->addr & 0x7f);
    c->payload_bytes = (uint16_t)(dw * 4);
    /* The region may have gone since the request came. */
    if (!load(rp, r, r->addr - lane, c->payload, dw * 4))
        memset(c->payload, 0xff, dw * 4);
    if (rp->cfg.access)
        rp->cfg.access(rp->cfg.access_ctx, false, r->addr - lane, c->payload,
                       dw * 4);
    if (r->fault.kind == RL_RP_FAULT_POISON) {
        c->hdr[0] |= 1u << 14;
        c->poison = true;
        /* Not what memory holds: who uses it is to be seen. */
        for (unsigned i = 0; i < dw * 4; i++)
            c->payload[i] ^= 0x5a;
    }
    return n;
}

bool rp_send_completion(struct rl_rp *rp)
{
    struct rl_tlp local, *c = &local;
    struct rp_read *r;
    unsigned tag;
    uint32_t n = 0;
    int i;

    if (rp->now < rp->next_due || !rl_model_cpl_space(rp->model))
        return false;
    i = pick(rp);
    if (i < 0) {
        recompute_due(rp);
        return false;
    }
    memset(c, 0, offsetof(struct rl_tlp, payload));
    c->bar = RL_BAR_NONE;
    tag = rp->order[i];
    r = &rp->rd[tag];
    if (r->fault.kind == RL_RP_FAULT_UR || r->fault.kind == RL_RP_FAULT_CA) {
        error_completion(r, c, tag,
                         r->fault.kind == RL_RP_FAULT_UR ? CPL_UR : CPL_CA);
        n = r->bytes;
    } else {
        n = data_completion(rp, r, c, tag);
    }
    (void)rl_rp_complete(rp, c);
    r->addr += n;
    r->bytes -= n;
    if (!r->bytes)
        forget(rp, (unsigned)i);
    else if (r->fault.kind == RL_RP_FAULT_SHORT)
        r->stalled = true;
    else if (r->fault.gap_cycles)
        r->due = rp->now + r->fault.gap_cycles;
    recompute_due(rp);
    return true;
}

unsigned rl_rp_reads_pending(const struct rl_rp *rp)
{
    return rp->rd_count;
}

bool rl_rp_read_pending(const struct rl_rp *rp, unsigned tag)
{
    return tag < RP_TAGS && rp->rd[tag].used;
}

/* ---- Writes ---- */

static void store(struct rl_rp *rp, bool remote, uint64_t addr,
                  const uint8_t *from, uint32_t bytes)
{
    if (!remote)
        (void)rp_mem_store(rp, addr, from, bytes);
    else if (rp->cfg.remote)
        rp->cfg.remote(rp->cfg.remote_ctx, true, 0, addr, from, bytes);
}

/* Byte enables with holes: a byte at a time. */
static void store_bytes(struct rl_rp *rp, bool remote, uint64_t addr,
                        const struct rl_tlp *t)
{
    unsigned enables = t->hdr[1] & 0xff;

    for (unsigned i = 0; i < t->payload_bytes; i++)
        if (enables >> i & 1)
            store(rp, remote, addr + i, t->payload + i, 1);
}

void rp_take_write(struct rl_rp *rp, const struct rl_tlp *t)
{
    uint64_t addr = rp_address(t);
    unsigned first, enables = t->hdr[1] & 0xff;
    struct rp_kinds kinds = rp_mem_kinds(rp, addr, t->payload_bytes);
    uint32_t bytes;
    uint8_t data[RL_TLP_MAX_PAYLOAD];

    if (!kinds.all || kinds.read_only) {
        rp->up.writes_outside++;
        return;
    }
    bytes = rp_byte_span(t, &first);
    if (t->payload_bytes <= 8 &&
        (uint32_t)__builtin_popcount(enables) != bytes) {
        store_bytes(rp, kinds.remote, addr, t);
        return;
    }
    if (rp->cfg.access) {
        memcpy(data, t->payload + first, bytes);
        rp->cfg.access(rp->cfg.access_ctx, true, addr + first, data, bytes);
    }
    store(rp, kinds.remote, addr + first, t->payload + first, bytes);
}
