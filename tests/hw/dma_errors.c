/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Reads that fail, at each request of a run and of a fetch; completions that come too
 * late, twice, or that nobody asked for. What follows must be right.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, PACKET = 1200, PITCH = 2048, TIMEOUT = 1500 };

static uint64_t base, culprit;
static uint8_t *host;
static struct rl_rp_fault fault;
static unsigned culprit_tag, hits;

static struct rl_rp_fault on_read(void *ctx, uint64_t addr, uint32_t bytes,
                                  unsigned tag)
{
    (void)ctx;
    if (!culprit || culprit < addr || culprit >= addr + bytes)
        return (struct rl_rp_fault){.kind = RL_RP_FAULT_NONE};
    culprit_tag = tag;
    hits++;
    return fault;
}

static void packets(struct bench *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        lmem_desc(b, RINGBASE + 16 * i, base + i * PITCH, PACKET, i, 0);
}

/* n packets of a good run. */
static unsigned good_run(struct bench *b, unsigned n, unsigned cookie)
{
    unsigned bad = 0;

    culprit = 0;
    rd_run(b, RINGBASE, n, RING(RINGBASE, 64), 0, cookie);
    for (unsigned i = 0; i < n; i++)
        bad += !frame_is(b, host + i * PITCH, PACKET, 50000);
    return bad + !cpl_is(b, cookie, RL_DMA_OK, n * PACKET);
}

/* A run of 3 packets of 3 requests each, the one at byte `at` of packet k fails; a good
 * run of 2 packets is already behind it. */
static unsigned one_failure(struct bench *b, unsigned k, uint32_t at,
                            unsigned status)
{
    unsigned bad = 0;
    struct cpl c;
    size_t bytes;
    bool broken;

    culprit = base + k * PITCH + at;
    rd_run(b, RINGBASE, 3, RING(RINGBASE, 64), 0, 1);
    rd_run(b, RINGBASE + 16 * 8, 2, RING(RINGBASE, 64), 0, 2);
    for (unsigned i = 0; i < k; i++)
        bad += !frame_is(b, host + i * PITCH, PACKET, 50000);
    c = cpl_get(b, 50000);
    bad += !c.valid || c.cookie != 1 || c.status != status ||
           c.bytes < k * PACKET || c.bytes >= (k + 1) * PACKET;
    if (bad)
        note("status %u, %u bytes", c.status, c.bytes);
    /* The broken one, if any of it has left. */
    if (frame_wait(b, &bytes, &broken, 10) && broken)
        rl_model_net_pop(b->m);
    for (unsigned i = 8; i < 10; i++)
        bad += !frame_is(b, host + i * PITCH, PACKET, 50000);
    bad += !cpl_is(b, 2, RL_DMA_OK, 2 * PACKET);
    return bad;
}

static void each_request(struct bench *b, enum rl_rp_fault_kind kind,
                         unsigned status, const char *name)
{
    unsigned bad = 0;

    fault = (struct rl_rp_fault){kind, 0};
    for (unsigned w = 0; w < 4; w++) {
        weather(b, w);
        for (unsigned k = 0; k < 3; k++)
            for (uint32_t at = 0; at < PACKET; at += 300)
                bad += one_failure(b, k, at, status);
    }
    bad += good_run(b, 40, 3);
    is_u(bad, 0, "%s at each request of a run", name);
    weather(b, 0);
}

/* The answer comes when nobody waits for it any more. */
static void late(struct bench *b)
{
    unsigned bad = 0;
    uint8_t got[512];
    uint32_t before = fw_read(b, RL_REG_ERR_UNEXPECTED);

    for (unsigned delay = TIMEOUT; delay < 2 * TIMEOUT - 250;
         delay += TIMEOUT / 15) {
        fault = (struct rl_rp_fault){.delay_cycles = delay};
        /* All tags are used again before the late one comes. */
        if (delay > TIMEOUT + TIMEOUT / 4) {
            bad += one_failure(b, delay % 3, 600, RL_DMA_TIMEOUT);
            bad += good_run(b, 30, 3);
        }
        culprit = base + 100;
        rd_fetch(b, base, 0x8000, 256, 5);
        {
            struct cpl c = cpl_get(b, 50000);

            bad += c.status != RL_DMA_TIMEOUT && delay > TIMEOUT + 200;
            if (c.status == RL_DMA_OK)
                continue;
        }
        guard(got, 512);
        lmem_put(b, 0x8000, got, 512);
        culprit = 0;
        for (unsigned i = 0; i < 16; i++)
            rd_fetch(b, base + 512 * i, 0x9000 + 512 * i, 512, 6);
        for (unsigned i = 0; i < 16; i++)
            bad += !cpl_is(b, 6, RL_DMA_OK, 512);
        rl_rp_run(b->rp, 3 * TIMEOUT);
        lmem_get(b, 0x8000, got, 512);
        bad += !guarded(got, 512);
    }
    is_u(bad, 0, "late completions land nowhere");
    ok(fw_read(b, RL_REG_ERR_UNEXPECTED) > before, "they are counted");
}

static void fetches(struct bench *b)
{
    static const struct {
        enum rl_rp_fault_kind kind;
        unsigned status;
    } kinds[] = {{RL_RP_FAULT_UR, RL_DMA_UR},
                 {RL_RP_FAULT_CA, RL_DMA_CA},
                 {RL_RP_FAULT_POISON, RL_DMA_POISON},
                 {RL_RP_FAULT_DROP, RL_DMA_TIMEOUT},
                 {RL_RP_FAULT_SHORT, RL_DMA_TIMEOUT}};
    unsigned bad = 0;
    uint8_t got[512];

    for (unsigned k = 0; k < 5; k++)
        for (uint32_t at = 0; at < 4096; at += 512) {
            struct cpl c;

            fault = (struct rl_rp_fault){kinds[k].kind, 0};
            culprit = base + at;
            rd_fetch(b, base, 0x8000, 4096, 1);
            rd_fetch(b, base + 8192, 0x9000, 512, 2);
            c = cpl_get(b, 50000);
            bad += !c.valid || c.cookie != 1 || c.status != kinds[k].status;
            bad += !cpl_is(b, 2, RL_DMA_OK, 512);
            lmem_get(b, 0x9000, got, 512);
            bad += memcmp(got, host + 8192, 512) != 0;
        }
    culprit = 0;
    rl_rp_run(b->rp, 3 * TIMEOUT);
    is_u(bad, 0, "each kind of failure at each request of a fetch");
}

/* A completion by hand. */
static void inject(struct bench *b, unsigned tag, unsigned count,
                   unsigned dwords, unsigned fmt, unsigned requester)
{
    static struct rl_tlp t;

    memset(&t, 0, sizeof t);
    t.bar = RL_BAR_NONE;
    t.hdr[0] = fmt << 24 | dwords;
    t.hdr[1] = count;
    t.hdr[2] = requester << 16 | tag << 8;
    t.payload_bytes = (uint16_t)(fmt == 0x4a ? dwords * 4 : 0);
    memset(t.payload, 0xbd, sizeof t.payload);
    rl_model_cpl_push(b->m, &t);
    rl_rp_run(b->rp, 60);
}

static void unexpected(struct bench *b)
{
    uint32_t before = fw_read(b, RL_REG_ERR_UNEXPECTED);
    unsigned bad = 0, id = 0x0100, n = 0;
    uint8_t got[256];

    for (unsigned tag = 0; tag < 256; tag += 5, n++)
        inject(b, tag, 64, 16, 0x4a, id);
    is_u(fw_read(b, RL_REG_ERR_UNEXPECTED) - before, n,
         "completions of unused tags are dropped");

    before += n;
    fault = (struct rl_rp_fault){.delay_cycles = 1200};
    for (unsigned kind = 0; kind < 2; kind++) {
        culprit = base + 1024;
        hits = 0;
        if (kind)
            rd_fetch(b, base + 1024, 0x8000, 256, 1);
        else {
            lmem_desc(b, RINGBASE, base + 1024, 256, 0, 0);
            rd_run(b, RINGBASE, 1, RING(0, 0), 0, 1);
        }
        while (!hits)
            rl_rp_step(b->rp);
        inject(b, culprit_tag, 255, 64, 0x4a, id);      /* byte count */
        inject(b, culprit_tag, 256, 65, 0x4a, id);      /* too much data */
        inject(b, culprit_tag, 512, 128, 0x4a, id);     /* far too much */
        inject(b, culprit_tag, 256, 0, 0x0a, id);       /* no data */
        inject(b, culprit_tag, 256, 64, 0x4a, id ^ 8);  /* not ours */
        inject(b, culprit_tag + 64, 256, 64, 0x4a, id); /* other tag */
        if (kind) {
            bad += !cpl_is(b, 1, RL_DMA_OK, 256);
            lmem_get(b, 0x8000, got, 256);
            bad += memcmp(got, host + 1024, 256) != 0;
        } else {
            bad += !frame_is(b, host + 1024, 256, 50000);
            bad += !cpl_is(b, 1, RL_DMA_OK, 256);
        }
    }
    culprit = 0;
    is_u(bad, 0, "nor does what is wrong reach a tag in use");
    is_u(fw_read(b, RL_REG_ERR_UNEXPECTED) - before, 12, "all are counted");
}

/* Each kind is counted once and seen in Status and Device Status. */
static void reported(struct bench *b)
{
    static const struct {
        enum rl_rp_fault_kind kind;
        uint32_t counter, status, devsta;
        const char *name;
    } row[] = {
        {RL_RP_FAULT_UR, RL_REG_ERR_CPL_UR, 0x2000, 0, "UR"},
        {RL_RP_FAULT_CA, RL_REG_ERR_CPL_CA, 0x1000, 0, "CA"},
        {RL_RP_FAULT_POISON, RL_REG_ERR_CPL_POISON, 0x8100, 2, "poison"},
        {RL_RP_FAULT_DROP, RL_REG_ERR_TIMEOUT, 0, 2, "time-out"},
    };

    cfg_wr(b, 0x04, 1, 0x46); /* with Parity Error Response */
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        uint32_t before[RL_ERR_COUNTERS];

        cfg_wr(b, 0x04, 12, 0xffff0000);
        cfg_wr(b, 0x68, 12, 0x000f0000);
        for (unsigned n = 0; n < RL_ERR_COUNTERS; n++)
            before[n] = fw_read(b, RL_REG_ERR_UR + 4 * n);
        fault = (struct rl_rp_fault){.kind = row[i].kind};
        culprit = base;
        rd_fetch(b, base, 0x8000, 256, 1);
        (void)cpl_get(b, 50000);
        culprit = 0;
        for (unsigned n = 0; n < RL_ERR_COUNTERS; n++) {
            uint32_t reg = RL_REG_ERR_UR + 4 * n;

            if (fw_read(b, reg) - before[n] != (reg == row[i].counter))
                ok(false, "%s: counter 0x%x", row[i].name, reg);
        }
        is_u(cfg_rd(b, 0x04) >> 16 & 0xf100, row[i].status, "%s: Status",
             row[i].name);
        is_u(cfg_rd(b, 0x68) >> 16 & 15, row[i].devsta, "%s: Device Status",
             row[i].name);
        rl_rp_run(b->rp, 3 * TIMEOUT);
    }
    fault = (struct rl_rp_fault){.kind = RL_RP_FAULT_POISON};
    cfg_wr(b, 0x04, 15, 0xffff0006);
    culprit = base;
    rd_fetch(b, base, 0x8000, 256, 1);
    (void)cpl_get(b, 50000);
    culprit = 0;
    is_u(cfg_rd(b, 0x04) >> 16 & 0xf100, 0x8000,
         "master data parity only with Parity Error Response");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, 1 << 18, 4096);
    host = rl_rp_mem(b->rp, base, 1 << 18);
    fill(b, host, 1 << 18);
    fw_write(b, RL_REG_DMA_TIMEOUT_CYCLES, TIMEOUT);
    rl_rp_options(b->rp)->fault = on_read;
    unexpected(b);
    packets(b, 64);
    is_u(good_run(b, 40, 9), 0, "runs without failure");
    each_request(b, RL_RP_FAULT_UR, RL_DMA_UR, "unsupported request");
    each_request(b, RL_RP_FAULT_CA, RL_DMA_CA, "completer abort");
    each_request(b, RL_RP_FAULT_POISON, RL_DMA_POISON, "poison");
    each_request(b, RL_RP_FAULT_DROP, RL_DMA_TIMEOUT, "no completion");
    fetches(b);
    late(b);
    reported(b);
    return bench_end(b);
}
