/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the host asks of the card: memory writes, memory reads and configuration
 * accesses, cut into TLPs.
 */
#include <string.h>

#include "rootport/internal.h"

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

/* ---- Memory ---- */

void rl_rp_write(struct rl_rp *rp, uint64_t addr, const void *buf, size_t bytes)
{
    const uint8_t *p = buf;
    uint32_t mps = rp_mps(rp);
    struct rl_tlp t;

    while (bytes) {
        size_t n = mps - (addr & (mps - 1));

        if (n > bytes)
            n = bytes;
        rl_rp_make_mem(&t, true, addr, p, n);
        rl_rp_send(rp, &t);
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
    struct rl_tlp t;
    int result = RL_RP_OK;

    while (bytes && result == RL_RP_OK) {
        size_t n = cap - (addr & (cap - 1));

        if (n > bytes)
            n = bytes;
        rl_rp_make_mem(&t, false, addr, NULL, n);
        result = rl_rp_np_wait(rp, rl_rp_np_submit(rp, &t), data, sizeof data);
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

/* ---- Configuration ---- */

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
    struct rl_tlp t;
    uint32_t dw = 0;
    int r;

    if (offset > 0xfff || (size != 1 && size != 2 && size != 4) ||
        offset & (size - 1))
        return RL_RP_BAD;
    rl_rp_make_cfg(&t, write, offset, size, *value);
    r = rl_rp_np_wait(rp, rl_rp_np_submit(rp, &t), &dw, 4);
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
