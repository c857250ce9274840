/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Order of what the card sends: data, used descriptor, message; reads behind a fence;
 * vectors that are masked and unmasked. Queues that are full.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, LOG = 4096 };

static struct {
    uint64_t addr;
    uint32_t kind; /* Fmt and Type */
} log_[LOG];
static unsigned logged;

static void watch(void *ctx, uint64_t cycle, bool up, const struct rl_tlp *t)
{
    (void)ctx, (void)cycle;
    if (!up || logged == LOG || (t->hdr[0] >> 24 & 0x9f) != 0)
        return;
    log_[logged].kind = t->hdr[0] >> 24;
    log_[logged++].addr =
        t->hdr[0] >> 29 & 1 ? (uint64_t)t->hdr[2] << 32 | t->hdr[3] : t->hdr[2];
}

static uint64_t base;
static uint8_t *host;

static void data_used_message(struct bench *b)
{
    unsigned bad = 0;
    uint8_t frame[700];

    for (unsigned w = 0; w < WEATHERS; w++) {
        weather(b, w);
        for (unsigned round = 0; round < 20; round++) {
            uint64_t used = base + 0x8000 + 16 * round;
            unsigned i = 0, n = 1 + rnd(b) % 700;

            rl_rp_msix_clear(b->rp);
            fill(b, frame, n);
            lmem_desc(b, RINGBASE, base, 2000, 0, DESC_WRITE);
            frame_send(b, frame, n);
            rl_rp_run(b->rp, 600);
            logged = 0;
            wr_run(b, RINGBASE, 1, RING(0, 0), 0, 1);
            wr_imm(b, used, 8, 0x1122334455667788ull, 2);
            wr_op(b, RL_OP_MSIX, 3, 3 | CMD_NOTIFY);
            /* Behind the fence: a read that flushes. */
            rd_fetch(b, used, 0x8000 + (uint32_t)(used & 15), 8, 4 | CMD_FENCE);
            bad += !cpl_is(b, 3, RL_DMA_OK, 0);
            bad += !cpl_is(b, 4, RL_DMA_OK, 8);
            bad += rl_rp_msix_count(b->rp, 3) != 1;
            while (i < logged && log_[i].addr < used && log_[i].kind >= 0x40)
                i++;
            bad += i == 0 || logged != i + 3 || log_[i].addr != used ||
                   log_[i].kind < 0x40 ||
                   log_[i + 1].addr != rl_rp_msix_addr(3) ||
                   log_[i + 2].addr != used || log_[i + 2].kind >= 0x40;
            bad += memcmp(host, frame, n) != 0;
            (void)fw_read(b, RL_REG_NETRX_LEN);
        }
    }
    weather(b, 0);
    is_u(bad, 0, "data, used descriptor, message, then the fenced read");
}

static void fence_in_device_memory(struct bench *b)
{
    uint8_t data[512], got[512];
    unsigned bad = 0;

    for (unsigned round = 0; round < 50; round++) {
        unsigned n = 1 + rnd(b) % 512;

        fill(b, data, n);
        lmem_put(b, 0x4000, data, n);
        wr_copy(b, DEVWIN + 0x400, 0x4000, n, 1 | CMD_SPACE);
        rd_fetch(b, DEVWIN + 0x400, 0x5000, n, 2 | CMD_SPACE | CMD_FENCE);
        bad += !cpl_is(b, 2, RL_DMA_OK, n);
        lmem_get(b, 0x5000, got, n);
        bad += memcmp(got, data, n) != 0;
        /* A run, too. */
        fill(b, data, n);
        lmem_put(b, 0x4000, data, n);
        lmem_desc(b, RINGBASE, DEVWIN + 0x400, n, 0, 0);
        wr_copy(b, DEVWIN + 0x400, 0x4000, n, 1 | CMD_SPACE);
        rd_run(b, RINGBASE, 1, RING(0, 0), 0, 3 | CMD_SPACE | CMD_FENCE);
        bad += !frame_is(b, data, n, 10000);
        bad += !cpl_is(b, 3, RL_DMA_OK, n);
    }
    is_u(bad, 0, "a fenced read of device memory sees the write before it");
}

static void vectors(struct bench *b)
{
    unsigned bad = 0;

    rl_rp_msix_clear(b->rp);
    rl_rp_msix_program(b->rp, 5, true);
    for (unsigned i = 0; i < 4; i++)
        wr_op(b, RL_OP_MSIX, i & 1 ? 3 : 5, i | CMD_NOTIFY);
    for (unsigned i = 0; i < 4; i++)
        bad += !cpl_is(b, i, RL_DMA_OK, 0);
    rl_rp_run(b->rp, 200);
    bad += rl_rp_msix_count(b->rp, 5) != 0 || rl_rp_msix_count(b->rp, 3) != 2;
    rl_rp_msix_program(b->rp, 5, false);
    rl_rp_run(b->rp, 400);
    bad += rl_rp_msix_count(b->rp, 5) != 1;
    is_u(bad, 0, "a masked vector stays pending, is sent when unmasked");
}

static void silent_and_marked(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned i = 0; i < 20; i++)
        wr_imm(b, base + 4 * i, 4, i, i);
    wr_op(b, RL_OP_NOP, 0, 99 | CMD_NOTIFY);
    bad += !cpl_is(b, 99, RL_DMA_OK, 0);
    for (uint32_t i = 0; i < 20; i++)
        bad += memcmp(host + 4 * i, &i, 4) != 0;
    bad += cpl_get(b, 500).valid;
    is_u(bad, 0, "writes are silent; a marker comes when all have left");
}

static void full(struct bench *b)
{
    unsigned bad = 0, got[2] = {0, 0}, refused = 0;

    is_u(fw_read(b, RL_REG_RD_FREE), RL_CMD_DEPTH, "free read commands");
    is_u(fw_read(b, RL_REG_WR_FREE), RL_CMD_DEPTH, "free write commands");
    rl_model_tx_credit(b->m, 0);
    for (unsigned i = 0; i < 60; i++) {
        rd_fetch(b, base, 0x4000, 4096, i);
        wr_copy(b, base, 0x4000, 4096, i | CMD_NOTIFY);
    }
    is_u(fw_read(b, RL_REG_RD_FREE), 0, "no read command is free");
    is_u(fw_read(b, RL_REG_WR_FREE), 0, "no write command is free");
    rl_model_tx_credit(b->m, 7);
    for (;;) {
        struct cpl c = cpl_get(b, 20000);

        if (!c.valid)
            break;
        if (c.status == RL_DMA_BADCMD)
            refused++;
        else if (c.status == RL_DMA_OK && c.bytes == 4096)
            got[c.write]++;
        else
            bad++;
    }
    ok(got[0] >= RL_CMD_DEPTH && got[1] >= RL_CMD_DEPTH && !bad,
       "accepted commands are done: %u reads, %u writes", got[0], got[1]);
    ok(refused && refused <= 120 - got[0] - got[1],
       "the others are refused with a completion: %u", refused);
    is_u(fw_read(b, RL_REG_RD_FREE), RL_CMD_DEPTH, "all is free again");

    /* Completions are never lost, though nobody reads them. */
    refused = 0;
    for (unsigned i = 0; i < 400; i++) {
        wr_op(b, RL_OP_NOP, 0, i | CMD_NOTIFY);
        rl_rp_run(b->rp, 20);
    }
    bad = 0;
    for (unsigned i = 0;; i++) {
        struct cpl c = cpl_get(b, 500);

        if (!c.valid)
            break;
        if (c.status == RL_DMA_BADCMD)
            refused++;
        else
            bad += c.cookie != i;
    }
    is_u(bad, 0, "unread completions stay whole and in order");
    is_u(refused, RL_CMD_DEPTH, "refusals have their own share");
    is_u(fw_read(b, RL_REG_WR_FREE), RL_CMD_DEPTH, "all is free again");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, 65536, 4096);
    host = rl_rp_mem(b->rp, base, 65536);
    for (unsigned v = 0; v < 8; v++)
        rl_rp_msix_program(b->rp, v, false);
    rl_rp_msix_enable(b->rp, true, false);
    rl_rp_options(b->rp)->trace = watch;
    data_used_message(b);
    fence_in_device_memory(b);
    vectors(b);
    silent_and_marked(b);
    full(b);
    return bench_end(b);
}
