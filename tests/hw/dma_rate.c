/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Throughput: cycles per packet of long runs, each way, short and long packets. The
 * limits below are what the design promises; the measured numbers are printed.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, ENTRIES = 256, HDR = 0x6000, RUN = 32, RUNS = 8 };

static uint64_t base;

static void descs(struct bench *b, uint32_t space, uint32_t len, uint32_t off,
                  unsigned flags)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        lmem_desc(b, RINGBASE + 16 * i,
                  (space ? DEVWIN + (i % 64) * 2048 : base + i * 2048ull) + off,
                  len, i, flags);
}

static void rate(const char *what, uint32_t frame, double cycles, double limit)
{
    ok(cycles <= limit, "%s: %u-byte packets, %.2f cycles each", what, frame,
       cycles);
}

static void transmit(struct bench *b, uint32_t space, uint32_t frame,
                     uint32_t off, double limit, const char *what)
{
    uint64_t begin = 0, end = 0, first, last = RUN * RUNS;

    descs(b, space, frame + 12, off, 0);
    rl_model_net_sink(b->m, true);
    first = rl_model_net_tx_frames(b->m);
    for (unsigned k = 0; k < RUNS; k++)
        rd_run(b, RINGBASE + 16 * RUN * k, RUN, RING(RINGBASE, ENTRIES), 12,
               k | space);
    for (unsigned i = 0; i < 200000 && !end; i++) {
        uint64_t n = rl_model_net_tx_frames(b->m) - first;

        if (n >= 32 && !begin)
            begin = rl_rp_now(b->rp);
        if (n >= last)
            end = rl_rp_now(b->rp);
        rl_rp_step(b->rp);
    }
    rl_model_net_sink(b->m, false);
    for (unsigned k = 0; k < RUNS; k++)
        cpl_is(b, k, RL_DMA_OK, RUN * frame);
    rate(what, frame, (double)(end - begin) / (double)(last - 32), limit);
}

static void receive(struct bench *b, uint32_t space, uint32_t frame,
                    uint32_t off, double limit, const char *what)
{
    static uint8_t data[2048];
    unsigned count = 16384 / ((frame + 15) / 16 * 16);
    uint64_t begin, end = 0;
    uint32_t have = 0;

    count = count > 120 ? 120 : count;
    descs(b, space, 2048 - off, off, DESC_WRITE);
    fill(b, data, sizeof data);
    /* The FIFO holds them all before the run begins. */
    for (unsigned i = 0; i < count; i++)
        frame_send(b, data, frame);
    while (have < count)
        have += fw_read(b, RL_REG_NETRX_LEN) >> 31;
    wr_run(b, RINGBASE, count, RING(RINGBASE, ENTRIES),
           (uint32_t)HDR << 16 | 12, 1 | space | CMD_NOTIFY);
    begin = rl_rp_now(b->rp);
    while (!end && rl_rp_now(b->rp) < begin + 100000)
        if (rl_model_irq(b->m))
            end = rl_rp_now(b->rp);
        else
            rl_rp_step(b->rp);
    cpl_is(b, 1, RL_DMA_OK, count * frame);
    rate(what, frame, (double)(end - begin) / count, limit);
}

int main(void)
{
    struct bench *b = dma_bench();
    struct rl_rp_config *c = rl_rp_options(b->rp);

    base = rl_rp_alloc(b->rp, true, ENTRIES * 2048, 4096);
    fw_write(b, RL_REG_EVENT_EN, 1);
    c->mps_bytes = 512;
    rl_rp_enumerate(b->rp);
    b->bar2 = rl_rp_device(b->rp)->bar[2].addr;

    note("link: no limit, 100 cycles of latency, payload 512, requests 512");
    c->rate_down = 0;
    c->rate_up = 0;
    rl_model_tx_rate(b->m, 0);
    transmit(b, 0, 60, 0, 8, "transmit");
    transmit(b, 0, 60, 37, 8, "transmit, odd offset");
    transmit(b, 0, 1514, 0, 104, "transmit");
    transmit(b, 0, 1514, 37, 108, "transmit, odd offset");
    transmit(b, CMD_SPACE, 60, 0, 8, "transmit from device memory");
    transmit(b, CMD_SPACE, 1514, 0, 104, "transmit from device memory");
    receive(b, 0, 60, 0, 10, "receive");
    receive(b, 0, 60, 37, 11, "receive, odd offset");
    receive(b, 0, 1514, 0, 112, "receive");
    receive(b, 0, 1514, 37, 116, "receive, odd offset");
    receive(b, CMD_SPACE, 60, 0, 10, "receive into device memory");
    receive(b, CMD_SPACE, 1514, 0, 112, "receive into device memory");
    note("link: 13.9 bytes per cycle each way, payload 256");
    c->rate_down = 13900;
    c->rate_up = 13900;
    c->mps_bytes = 256;
    rl_rp_enumerate(b->rp);
    rl_model_tx_rate(b->m, 13900);
    transmit(b, 0, 60, 0, 8, "transmit");
    transmit(b, 0, 1514, 0, 130, "transmit");
    receive(b, 0, 60, 0, 10, "receive");
    receive(b, 0, 1514, 0, 130, "receive");
    return bench_end(b);
}
