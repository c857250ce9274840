/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "dma_bench.h"

#include <stdio.h>
#include <string.h>

struct bench *dma_bench(void)
{
    struct bench *b = bench_new();

    rl_rp_options(b->rp)->deadline_cycle = 200000000;
    bench_enumerate(b);
    fw_write(b, RL_REG_DEVWIN_LO, (uint32_t)DEVWIN);
    fw_write(b, RL_REG_DEVWIN_HI, (uint32_t)(DEVWIN >> 32));
    return b;
}

/* ---- Commands ---- */

static void rd(struct bench *b, uint64_t addr, uint32_t local, uint32_t cmd)
{
    fw_write(b, RL_REG_RD_ADDR_LO, (uint32_t)addr);
    fw_write(b, RL_REG_RD_ADDR_HI, (uint32_t)(addr >> 32));
    fw_write(b, RL_REG_RD_LOCAL, local);
    fw_write(b, RL_REG_RD_CMD, cmd);
}

void rd_fetch(struct bench *b, uint64_t addr, uint32_t ptr, uint32_t bytes,
              uint32_t flags)
{
    rd(b, addr, bytes << 16 | ptr, flags | (uint32_t)RL_OP_FETCH << 28);
}

void rd_run(struct bench *b, uint32_t ptr, uint32_t count, uint32_t ring,
            uint32_t skip, uint32_t flags)
{
    fw_write(b, RL_REG_RD_RING, ring);
    fw_write(b, RL_REG_RD_PARAM, skip);
    rd(b, 0, count << 16 | ptr, flags | (uint32_t)RL_OP_RUN << 28);
}

static void wr(struct bench *b, uint64_t addr, uint32_t local, uint32_t cmd)
{
    fw_write(b, RL_REG_WR_ADDR_LO, (uint32_t)addr);
    fw_write(b, RL_REG_WR_ADDR_HI, (uint32_t)(addr >> 32));
    fw_write(b, RL_REG_WR_LOCAL, local);
    fw_write(b, RL_REG_WR_CMD, cmd);
}

void wr_copy(struct bench *b, uint64_t addr, uint32_t ptr, uint32_t bytes,
             uint32_t flags)
{
    wr(b, addr, bytes << 16 | ptr, flags | (uint32_t)RL_OP_WRITE << 28);
}

void wr_imm(struct bench *b, uint64_t addr, unsigned bytes, uint64_t data,
            uint32_t flags)
{
    unsigned op = bytes == 4 ? RL_OP_IMM4 : RL_OP_IMM8;

    fw_write(b, RL_REG_WR_DATA0, (uint32_t)data);
    fw_write(b, RL_REG_WR_DATA1, (uint32_t)(data >> 32));
    wr(b, addr, 0, flags | op << 28);
}

void wr_run(struct bench *b, uint32_t ptr, uint32_t count, uint32_t ring,
            uint32_t hdr, uint32_t flags)
{
    fw_write(b, RL_REG_WR_RING, ring);
    fw_write(b, RL_REG_WR_PARAM, hdr);
    wr(b, 0, count << 16 | ptr, flags | (uint32_t)RL_OP_RUN << 28);
}

void wr_op(struct bench *b, unsigned op, unsigned count, uint32_t flags)
{
    wr(b, 0, count << 16, flags | op << 28);
}

/* ---- Completions ---- */

struct cpl cpl_get(struct bench *b, uint64_t cycles)
{
    uint64_t until = rl_rp_now(b->rp) + cycles;
    uint32_t bytes, v;

    while (!(fw_read(b, RL_REG_EVENTS) & 1))
        if (rl_rp_now(b->rp) >= until)
            return (struct cpl){.valid = false};
    bytes = fw_read(b, RL_REG_CPL_BYTES);
    v = fw_read(b, RL_REG_CPL);
    return (struct cpl){
        .valid = v >> 31,
        .write = v >> RL_CPL_WRITE_LSB & 1,
        .cookie = v & 0xffff,
        .queue = v >> RL_CPL_QUEUE_LSB & 31,
        .status = v >> RL_CPL_STATUS_LSB & 15,
        .bytes = bytes,
    };
}

bool cpl_is(struct bench *b, unsigned cookie, unsigned status, uint32_t bytes)
{
    struct cpl c = cpl_get(b, 400000);

    if (c.valid && c.cookie == cookie && c.status == status && c.bytes == bytes)
        return true;
    note("completion: %s cookie %u (%u), status %u (%u), %u bytes (%u)",
         c.valid ? "got" : "none,", c.cookie, cookie, c.status, status, c.bytes,
         bytes);
    return false;
}

void queue_again(struct bench *b, unsigned queue)
{
    fw_write(b, RL_REG_DMA_ABORT, 1u << queue);
    fw_write(b, RL_REG_DMA_ABORT, 0);
}

/* ---- Memories ---- */

void lmem_put(struct bench *b, uint32_t at, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint32_t v = 0;
    unsigned strobes = 0;

    for (size_t i = 0; i < bytes; i++) {
        v |= (uint32_t)p[i] << 8 * ((at + i) & 3);
        strobes |= 1u << ((at + i) & 3);
        if (((at + i) & 3) == 3 || i == bytes - 1) {
            rl_model_lmem_write(b->m, (uint32_t)(at + i) & ~3u, v, strobes);
            v = 0;
            strobes = 0;
        }
    }
}

void lmem_get(struct bench *b, uint32_t at, void *data, size_t bytes)
{
    uint8_t *p = data;
    uint32_t v = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (i == 0 || ((at + i) & 3) == 0)
            v = rl_model_lmem_read(b->m, (uint32_t)(at + i) & ~3u);
        p[i] = (uint8_t)(v >> 8 * ((at + i) & 3));
    }
}

void lmem_desc(struct bench *b, uint32_t at, uint64_t addr, uint32_t len,
               unsigned id, unsigned flags)
{
    rl_model_lmem_write(b->m, at, (uint32_t)addr, 15);
    rl_model_lmem_write(b->m, at + 4, (uint32_t)(addr >> 32), 15);
    rl_model_lmem_write(b->m, at + 8, len, 15);
    rl_model_lmem_write(b->m, at + 12, id | flags << 16, 15);
}

void fill(struct bench *b, void *p, size_t bytes)
{
    uint8_t *q = p;

    for (size_t i = 0; i < bytes; i++)
        q[i] = (uint8_t)rnd(b);
}

void guard(void *p, size_t bytes)
{
    memset(p, 0xa5, bytes);
}

bool guarded(const void *p, size_t bytes)
{
    const uint8_t *q = p;

    for (size_t i = 0; i < bytes; i++)
        if (q[i] != 0xa5)
            return false;
    return true;
}

void dev_put(struct bench *b, uint32_t at, const void *data, size_t bytes)
{
    rl_rp_write(b->rp, b->bar2 + at, data, bytes);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 50);
}

void dev_get(struct bench *b, uint32_t at, void *data, size_t bytes)
{
    if (rl_rp_read(b->rp, b->bar2 + at, data, bytes))
        ok(false, "device memory at 0x%x can be read", at);
}

/* ---- Frames ---- */

const uint8_t *frame_wait(struct bench *b, size_t *bytes, bool *bad,
                          uint64_t cycles)
{
    uint64_t until = rl_rp_now(b->rp) + cycles;
    const uint8_t *p;

    while (!(p = rl_model_net_peek(b->m, bytes, bad)))
        if (rl_rp_now(b->rp) >= until)
            return NULL;
        else
            rl_rp_step(b->rp);
    return p;
}

bool frame_is(struct bench *b, const void *want, size_t bytes, uint64_t cycles)
{
    size_t got = 0;
    bool bad = false, same;
    const uint8_t *p = frame_wait(b, &got, &bad, cycles);

    if (!p) {
        note("no frame of %zu bytes", bytes);
        return false;
    }
    same = !bad && got == bytes && !memcmp(p, want, bytes);
    if (!same)
        note("frame: %zu bytes (%zu), bad %d, %s", got, bytes, bad,
             got == bytes ? "other bytes" : "other length");
    rl_model_net_pop(b->m);
    return same;
}

void frame_send(struct bench *b, const void *data, size_t bytes)
{
    uint64_t until = rl_rp_now(b->rp) + 100000;

    while (rl_model_net_push(b->m, data, bytes, false)) {
        rl_rp_step(b->rp);
        if (rl_rp_now(b->rp) > until) {
            ok(false, "the port takes a frame");
            return;
        }
    }
}

/* ---- Link ---- */

const char *weather(struct bench *b, unsigned kind)
{
    struct rl_rp_config *c = rl_rp_options(b->rp);
    static const char *const names[WEATHERS] = {
        "quiet",         "split at 64",
        "reordered",     "split, reordered, jitter",
        "busy transmit", "slow streams",
        "everything",    "random splits, credit gaps",
    };

    c->latency_cycles = kind == 0 ? 100 : 30;
    c->split64 = kind == 1 || kind == 3 || kind == 6;
    c->split_random = kind == 7;
    c->reorder = kind == 2 || kind == 3 || kind == 6 || kind == 7;
    c->jitter_cycles = kind == 3 || kind == 6 || kind == 7 ? 100 : 0;
    c->rate_down = kind == 1 || kind == 2 ? 0 : 13900;
    rl_model_tx_ready(b->m, kind == 4 || kind == 6 ? 20000 : 65536);
    rl_model_tx_credit_gaps(b->m, kind == 7 || kind == 6 ? 30000 : 0);
    rl_model_net_tx_ready(b->m, kind == 5 || kind == 6 ? 20000 : 65536);
    rl_model_net_rx_valid(b->m, kind == 5 || kind == 6 ? 20000 : 65536);
    return names[kind];
}
