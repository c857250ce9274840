/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Order of what the card sends: completions behind the write commands that were
 * pushed before them, and classes that a missing credit of another leaves alone.
 */
#include <string.h>

#include "pcie_bench.h"

enum { CREDIT_P = 1, CREDIT_NP = 2, CREDIT_CPL = 4, CREDIT_ALL = 7 };

static struct rl_tlp tlp;
static struct {
    unsigned writes, reads, cpls; /* TLPs of the card */
    const uint32_t *word;         /* in host memory, written by commands */
    unsigned early;               /* completions that passed a write */
} seen;

static void watch(void *ctx, uint64_t cycle, bool up, const struct rl_tlp *t)
{
    unsigned ft = t->hdr[0] >> 24;
    uint32_t v;

    (void)ctx, (void)cycle;
    if (!up)
        return;
    seen.writes += (ft & 0xdf) == 0x40;
    seen.reads += (ft & 0xdf) == 0x00;
    seen.cpls += (ft & 0xbf) == 0x0a;
    if (ft == 0x4a && seen.word) {
        memcpy(&v, t->payload, 4);
        seen.early += (int32_t)(*seen.word - v) < 0;
    }
}

/* The write engine puts value at the word in host memory. */
static void post(struct bench *b, uint64_t addr, uint32_t value)
{
    fw_write(b, RL_REG_WR_ADDR_LO, (uint32_t)addr);
    fw_write(b, RL_REG_WR_ADDR_HI, (uint32_t)(addr >> 32));
    fw_write(b, RL_REG_WR_DATA0, value);
    fw_write(b, RL_REG_WR_CMD, (uint32_t)RL_OP_IMM4 << 28);
}

static int read_of(struct bench *b, uint64_t addr, size_t n)
{
    rl_rp_make_mem(&tlp, false, addr, NULL, n);
    return rl_rp_np_submit(b->rp, &tlp);
}

static void credits(struct bench *b, unsigned bits)
{
    rl_model_tx_credit(b->m, bits);
    rl_rp_run(b->rp, 30);
    memset(&seen, 0, sizeof seen);
}

/* Every kind of completion, behind a write that has no credit. */
static void fence(struct bench *b, uint64_t host)
{
    int h[4];
    struct entry e;

    credits(b, CREDIT_ALL & ~CREDIT_P);
    post(b, host, 1);
    rl_rp_run(b->rp, 100);
    make_cfg(&tlp, false, 0, 15, 0);
    h[0] = rl_rp_np_submit(b->rp, &tlp);
    h[1] = read_of(b, b->bar0 + RL_BAR0_MSIX, 16);
    h[2] = read_of(b, b->bar2, 600);
    h[3] = read_of(b, b->bar0, 4);
    rl_rp_run(b->rp, 200);
    e = fw_take(b);
    ok(e.valid, "requests are taken while a write has no credit");
    fw_reply(b, e.tag, 5);
    rl_rp_run(b->rp, 2000);
    ok(!seen.writes && !seen.cpls, "no completion passes the write");
    rl_model_tx_credit(b->m, CREDIT_ALL);
    for (unsigned i = 0; i < 4; i++)
        is_u((uint64_t)rl_rp_np_wait(b->rp, h[i], NULL, 0), 0,
             "completion %u follows it", i);
    is_u(seen.writes, 1, "the write went");
}

/* Writes pushed after a completion was made do not hold it. */
static void no_more_than_that(struct bench *b, uint64_t host)
{
    int h = read_of(b, b->bar0, 4);
    struct entry e;

    rl_rp_run(b->rp, 60);
    e = fw_take(b);
    rl_model_tx_credit(b->m, CREDIT_ALL & ~CREDIT_P);
    fw_reply(b, e.tag, 6);
    rl_rp_run(b->rp, 20);
    post(b, host, 2);
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, NULL, 0), 0,
         "a later write holds no completion");
    rl_model_tx_credit(b->m, CREDIT_ALL);
    rl_rp_run(b->rp, 50);
}

static void blocked_completions(struct bench *b, uint64_t host)
{
    int h[12];

    credits(b, CREDIT_ALL & ~CREDIT_CPL);
    for (unsigned i = 0; i < 12; i++)
        h[i] = read_of(b, i & 1 ? b->bar2 : b->bar0 + RL_BAR0_MSIX, 512);
    for (uint32_t i = 0; i < 200; i++) {
        rl_rp_write32(b->rp, b->bar0 + RL_BAR0_NOTIFY + 4 * (i % 16), i);
        rl_rp_write32(b->rp, b->bar2 + 4 * i, i);
        if (i % 10 == 0)
            post(b, host, i);
    }
    rl_rp_run(b->rp, 3000);
    ok(rl_model_rx_idle(b->m), "no credit for completions: writes are taken");
    is_u(fw_read(b, RL_REG_DB_PENDING), 0xffff, "doorbells ring");
    is_u(fw_read(b, RL_REG_DB_DATA0 + 4 * 7), 199, "to the last");
    is_u(seen.writes, 20, "and the card's writes go out");
    is_u(seen.cpls, 0, "no completion does");
    rl_model_tx_credit(b->m, CREDIT_ALL);
    for (unsigned i = 0; i < 12; i++)
        is_u((uint64_t)rl_rp_np_wait(b->rp, h[i], NULL, 0), 0,
             "then completion %u", i);
    fw_write(b, RL_REG_DB_PENDING, 0xffff);
}

static void blocked_reads(struct bench *b, uint64_t host)
{
    credits(b, CREDIT_ALL & ~CREDIT_NP);
    fw_write(b, RL_REG_RD_ADDR_LO, (uint32_t)host);
    fw_write(b, RL_REG_RD_ADDR_HI, (uint32_t)(host >> 32));
    fw_write(b, RL_REG_RD_LOCAL, 4 << 16 | (uint32_t)(host & 15));
    fw_write(b, RL_REG_RD_CMD, (uint32_t)RL_OP_FETCH << 28);
    rl_rp_run(b->rp, 100);
    post(b, host, 77);
    is_u(mem_rd32(b, b->bar2 + 4), 1, "no credit for reads: completions go");
    rl_rp_run(b->rp, 100);
    is_u(seen.writes, 1, "writes go");
    is_u(seen.reads, 0, "reads do not");
    rl_model_tx_credit(b->m, CREDIT_ALL);
    rl_rp_run(b->rp, 300);
    is_u(seen.reads, 1, "then they do");
    fw_read(b, RL_REG_CPL);
}

/* The firmware writes n to host memory and answers a read with n; whoever sees
 * the answer must find n in memory. */
static void publish(struct bench *b, uint64_t host)
{
    int h[8], other = -1;
    uint32_t n = 0x1000, first = n;
    unsigned out = 0, done = 0;

    credits(b, CREDIT_ALL);
    post(b, host, n);
    rl_rp_run(b->rp, 200);
    seen.word = rl_rp_mem(b->rp, host, 4);
    rl_model_tx_ready(b->m, 30000);
    rl_model_tx_credit_gaps(b->m, 40000);
    while (n - first < 1500) {
        struct entry e;

        if (out - done < 8) {
            h[out % 8] = read_of(b, b->bar0 + 8, 4);
            out++;
        }
        if (rnd(b) & 1)
            rl_rp_write32(b->rp, b->bar2 + 64, n);
        /* Long completions between; what they read is small or 0. */
        if (other < 0)
            other = read_of(
                b, rnd(b) & 1 ? b->bar2 + 128 : b->bar0 + RL_BAR0_NOTIFY, 1024);
        if (rl_rp_np_done(b->rp, other)) {
            rl_rp_np_wait(b->rp, other, NULL, 0);
            other = -1;
        }
        e = fw_take(b);
        if (e.valid) {
            for (unsigned i = rnd(b) % 3 + 1; i--;)
                post(b, host, ++n);
            fw_reply(b, e.tag, n);
        }
        while (done < out && rl_rp_np_done(b->rp, h[done % 8]))
            rl_rp_np_wait(b->rp, h[done++ % 8], NULL, 0);
        rl_rp_run(b->rp, rnd(b) % 32);
    }
    rl_model_tx_ready(b->m, 65536);
    rl_model_tx_credit_gaps(b->m, 0);
    while (done < out)
        np_wait(b, h[done++ % 8], NULL, 0);
    if (other >= 0)
        np_wait(b, other, NULL, 0);
    rl_rp_run(b->rp, 500);
    is_u(*seen.word, n, "all writes arrived");
    is_u(seen.early, 0, "no answer of %u passed what it publishes", out);
    seen.word = NULL;
}

int main(void)
{
    struct bench *b = bench_new();
    uint64_t host = rl_rp_alloc(b->rp, true, 4096, 4096);

    bench_enumerate(b);
    rl_rp_options(b->rp)->trace = watch;
    fence(b, host);
    no_more_than_that(b, host);
    blocked_completions(b, host);
    blocked_reads(b, host);
    publish(b, host);
    return bench_end(b);
}
