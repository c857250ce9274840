/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Our non-posted requests, each with a tag from its sending to its completion,
 * and whether what the card answers fits what was asked.
 */
#include <string.h>

#include "rootport/internal.h"

void rp_np_reset(struct rl_rp *rp)
{
    rp->np_count = 0;
    memset(rp->np, 0, sizeof rp->np);
}

void rp_np_cut(struct rl_rp *rp)
{
    for (unsigned i = 0; i < RP_NP; i++)
        if (rp->np[i].used && !rp->np[i].done) {
            rp->np[i].status = RL_RP_UR;
            rp->np[i].done = true;
        }
}

/* ---- Request ---- */

static void expect_cfg(struct rl_rp *rp, struct rp_np *n,
                       const struct rl_tlp *t)
{
    n->cfg_offset = t->hdr[2] & 0xfff;
    n->byte_count = 4;
    if (!n->write)
        return;
    memcpy(&n->cfg_value, t->payload, 4);
    rp_monitor_cfg_sent(rp, n->cfg_offset, n->cfg_value);
}

static void expect_memory(struct rp_np *n, const struct rl_tlp *t)
{
    unsigned first;

    n->byte_count = n->write ? 4 : rp_byte_span(t, &first);
    if (!n->write)
        n->lower_addr = (uint32_t)((rp_address(t) + first) & 0x7f);
}

int rl_rp_np_submit(struct rl_rp *rp, const struct rl_tlp *tlp)
{
    unsigned i;
    struct rp_np *n;
    struct rl_tlp *queued;

    while (rp->np_count == RP_NP)
        rl_rp_step(rp);
    for (i = 0; rp->np[i].used; i++)
        continue;
    n = &rp->np[i];
    memset(n, 0, offsetof(struct rp_np, data));
    n->used = true;
    n->cfg = (rp_fmt_type(tlp) & 0x1e) == TLP_CFGRD0;
    n->write = tlp->hdr[0] & 1u << 30;
    n->want = n->write ? 0 : rp_length_bytes(tlp);
    if (n->cfg)
        expect_cfg(rp, n, tlp);
    else
        expect_memory(n, tlp);
    rp->np_count++;
    n->done = rp->link_down;
    n->status = rp->link_down ? RL_RP_UR : RL_RP_OK;
    queued = rp_link_put(rp, tlp);
    if (queued)
        queued->hdr[1] =
            (tlp->hdr[1] & 0xff) | (uint32_t)RP_ROOT_ID << 16 | i << 8;
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

/* ---- Completion ---- */

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

static void take_data(struct rl_rp *rp, struct rp_np *n, const struct rl_tlp *t)
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
        take_data(rp, n, t);
        if (t->poison)
            n->status = RL_RP_POISON;
    }
    if (n->done && n->cfg && n->write)
        rp_monitor_cfg_done(rp, n->cfg_offset, n->cfg_value,
                            n->status == RL_RP_OK);
}
