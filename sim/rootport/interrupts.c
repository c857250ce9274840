/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * How the card calls the host: the MSI-X sink and what the card is told of it;
 * messages, among them INTx.
 */
#include <string.h>

#include "rootport/internal.h"

/* ---- MSI-X ---- */

uint64_t rl_rp_msix_addr(unsigned vector)
{
    return RP_MSI_BASE + 0x1000 + 16 * vector;
}

uint32_t rl_rp_msix_data(unsigned vector)
{
    return 0x4000 + vector;
}

uint64_t rl_rp_msix_count(const struct rl_rp *rp, unsigned vector)
{
    return rp->msix_count[vector];
}

void rl_rp_msix_clear(struct rl_rp *rp)
{
    memset(rp->msix_count, 0, sizeof rp->msix_count);
}

int rl_rp_msix_program(struct rl_rp *rp, unsigned vector, bool masked)
{
    uint64_t e = rp->dev.msix_table + 16u * vector, a;

    if (!rp->dev.cap_msix || vector >= rp->dev.msix_vectors ||
        vector >= RL_RP_VECTORS)
        return RL_RP_BAD;
    a = rl_rp_msix_addr(vector);
    rl_rp_write32(rp, e + 12, 1);
    rl_rp_write32(rp, e, (uint32_t)a);
    rl_rp_write32(rp, e + 4, (uint32_t)(a >> 32));
    rl_rp_write32(rp, e + 8, rl_rp_msix_data(vector));
    rl_rp_write32(rp, e + 12, masked);
    return RL_RP_OK;
}

int rl_rp_msix_enable(struct rl_rp *rp, bool enable, bool function_mask)
{
    unsigned cap = rp->dev.cap_msix;
    uint32_t v;
    int r;

    if (!cap)
        return RL_RP_BAD;
    r = rl_rp_cfg_read(rp, cap + 2, 2, &v);
    if (r)
        return r;
    v = (v & 0x3fff) | (enable ? 0x8000u : 0) | (function_mask ? 0x4000u : 0);
    return rl_rp_cfg_write(rp, cap + 2, 2, v);
}

void rp_take_msix(struct rl_rp *rp, const struct rl_tlp *t)
{
    uint32_t data;
    unsigned vector;

    memcpy(&data, t->payload, 4);
    vector = data - rl_rp_msix_data(0);
    if (t->payload_bytes != 4 || (t->hdr[1] & 0xff) != 0x0f ||
        vector >= RL_RP_VECTORS || rp_address(t) != rl_rp_msix_addr(vector)) {
        rp_violation(rp, t, "MSI-X message that was never programmed");
        return;
    }
    rp->msix_count[vector]++;
    if (rp->cfg.msix)
        rp->cfg.msix(rp->cfg.msix_ctx, vector);
}

/* ---- Messages ---- */

uint64_t rl_rp_messages(const struct rl_rp *rp, unsigned code)
{
    return rp->message[code & 0xff];
}

unsigned rl_rp_intx(const struct rl_rp *rp)
{
    return rp->intx;
}

void rp_take_message(struct rl_rp *rp, const struct rl_tlp *t)
{
    unsigned code = t->hdr[1] & 0xff, line = 1u << (code & 3);

    rp->message[code]++;
    if ((code & 0xf8) == 0x20) /* bit 2: deassert */
        rp->intx = code & 4 ? rp->intx & ~line : rp->intx | line;
}
