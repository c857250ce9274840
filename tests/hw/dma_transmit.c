/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Read runs: descriptors to frames. Every length and offset, skipped bytes, chains,
 * tables, rings, both spaces; what cannot be a frame gives none.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, MEM = 1 << 20, WIN = 65536 };

struct part {
    uint32_t off, len;
    bool next;
};

static uint64_t base;
static uint8_t *host;
static uint8_t devimage[WIN];
static uint8_t want[16384];

/* Pushes a run of n descriptors that begins at entry first of a ring of entries. */
static void push(struct bench *b, const struct part *p, unsigned n,
                 unsigned first, unsigned entries, uint32_t skip,
                 uint32_t flags)
{
    for (unsigned i = 0; i < n; i++)
        lmem_desc(b, RINGBASE + 16 * ((first + i) % entries),
                  (flags & CMD_SPACE ? DEVWIN : base) + p[i].off, p[i].len,
                  0x1000 + i, p[i].next ? DESC_NEXT : 0);
    rd_run(b, RINGBASE + 16 * first, n, RING(RINGBASE, entries), skip, flags);
}

/* The frames of that run and its completion. */
static unsigned check(struct bench *b, const struct part *p, unsigned n,
                      uint32_t skip, uint32_t flags)
{
    const uint8_t *mem = flags & CMD_SPACE ? devimage : host;
    uint32_t bytes = 0, total = 0, skipped = 0;
    unsigned bad = 0;

    for (unsigned i = 0; i < n; i++) {
        uint32_t s = skip - skipped < p[i].len ? skip - skipped : p[i].len;

        skipped += s;
        memcpy(want + bytes, mem + p[i].off + s, p[i].len - s);
        bytes += p[i].len - s;
        if (i == n - 1 || (!(flags & CMD_TABLE) && !p[i].next)) {
            if (bytes && !frame_is(b, want, bytes, 200000))
                bad++;
            total += bytes;
            bytes = 0;
            skipped = 0;
        }
    }
    return bad + !cpl_is(b, flags & 0xffff, RL_DMA_OK, total);
}

/* Every length and offset, one descriptor per frame, 16 in a run. */
static void sweep(struct bench *b, uint32_t space, uint32_t step,
                  const char *how)
{
    struct part p[16];
    unsigned n = 0, bad = 0, frames = 0, first = 0, cookie = 1;
    uint32_t skip = 0;

    for (uint32_t len = 0; len <= 600; len += len < 72 ? 1 : step)
        for (uint32_t off = 0; off < 64; off += len < 72 ? 1 : 1 + len % 5) {
            p[n++] = (struct part){4096 * (rnd(b) % 12) + off, len, false};
            frames++;
            if (n < 16)
                continue;
            push(b, p, n, first, 23, skip, cookie | space);
            bad += check(b, p, n, skip, cookie | space);
            first = (first + n) % 23;
            cookie++;
            skip = rnd(b) % 3 == 0 ? 12 : rnd(b) % 40;
            n = 0;
        }
    is_u(bad, 0, "%u frames by length and offset, %s, %s", frames,
         space ? "device" : "host", how);
}

static void edges(struct bench *b, uint32_t space, const char *how)
{
    static const uint32_t lens[] = {1, 16, 60, 72, 513, 1514, 4096, 9000};
    unsigned bad = 0;

    for (unsigned l = 0; l < 8; l++)
        for (uint32_t at = 8192 - 24; at < 8192 + 3; at++) {
            struct part p = {at, lens[l], false};

            push(b, &p, 1, 0, 4, at % 13, 5 | space);
            bad += check(b, &p, 1, at % 13, 5 | space);
        }
    is_u(bad, 0, "frames around 4 KiB, %s, %s", space ? "device" : "host", how);
}

/* Random chains, up to three runs in flight. */
static void chains(struct bench *b, unsigned rounds, uint32_t flags,
                   const char *how)
{
    static struct part p[3][24];
    unsigned n[3], first = 0, bad = 0;
    uint32_t skip[3];

    for (unsigned r = 0; r < rounds && !bad; r++) {
        for (unsigned k = 0; k < 3; k++) {
            n[k] = 1 + rnd(b) % 24;
            skip[k] = rnd(b) % 4 ? 12 : rnd(b) % 256;
            for (unsigned i = 0; i < n[k]; i++) {
                unsigned kind = rnd(b) % 8;

                p[k][i].len = kind == 0   ? 0
                              : kind == 1 ? 12
                              : kind == 2 ? 1 + rnd(b) % 600
                                          : 1 + rnd(b) % 40;
                p[k][i].off = rnd(b) % 50000;
                p[k][i].next = rnd(b) % 3 != 0;
            }
            push(b, p[k], n[k], first, 77, skip[k], flags | (3 * r + k));
            first = (first + n[k]) % 77;
        }
        for (unsigned k = 0; k < 3; k++)
            bad += check(b, p[k], n[k], skip[k], flags | (3 * r + k));
    }
    is_u(bad, 0, "random chains of %s, %s, %s",
         flags & CMD_TABLE ? "tables" : "rings",
         flags & CMD_SPACE ? "device" : "host", how);
}

static void refused(struct bench *b)
{
    struct part p[4] = {
        {0, 100, false}, {1000, 100, true}, {2000, 90, false}, {0, 50, false}};
    unsigned bad = 0;
    size_t bytes;
    bool broken;

    /* The second descriptor of the second packet may be written only. */
    push(b, p, 4, 0, 8, 0, 1);
    for (unsigned i = 0; i < 4; i++)
        lmem_desc(b, RINGBASE + 16 * i, base + p[i].off, p[i].len, 0,
                  (p[i].next ? DESC_NEXT : 0) | (i == 2 ? DESC_WRITE : 0));
    /* The first run may have read either; only its completion counts. */
    (void)cpl_get(b, 100000);
    while (frame_wait(b, &bytes, &broken, 300))
        rl_model_net_pop(b->m);
    rd_run(b, RINGBASE, 4, RING(RINGBASE, 8), 0, 2);
    bad += !frame_is(b, host, 100, 10000);
    bad += frame_wait(b, &bytes, &broken, 2000) == NULL || !broken;
    if (!bad)
        rl_model_net_pop(b->m);
    is_u(bad, 0, "a descriptor of the wrong direction breaks its packet");
    bad = 0;
    {
        struct cpl c = cpl_get(b, 1000);

        bad += c.status != RL_DMA_DIR || c.cookie != 2;
    }
    bad += frame_wait(b, &bytes, &broken, 1000) != NULL;
    /* Address overflow, window. */
    lmem_desc(b, RINGBASE, 0xffffffffffffff00ull, 257, 0, 0);
    rd_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 3);
    bad += !cpl_is(b, 3, RL_DMA_BOUNDS, 0);
    lmem_desc(b, RINGBASE, DEVWIN + RL_DEVMEM_BYTES - 10, 11, 0, 0);
    rd_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 4 | CMD_SPACE);
    bad += !cpl_is(b, 4, RL_DMA_BOUNDS, 0);
    lmem_desc(b, RINGBASE, DEVWIN - 1, 2, 0, 0);
    rd_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 5 | CMD_SPACE);
    bad += !cpl_is(b, 5, RL_DMA_BOUNDS, 0);
    lmem_desc(b, RINGBASE, DEVWIN, 0xffffffff, 0, 0);
    rd_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 6 | CMD_SPACE);
    bad += !cpl_is(b, 6, RL_DMA_BOUNDS, 0);
    push(b, p, 1, 0, 8, 0, 7);
    bad += check(b, p, 1, 0, 7);
    is_u(bad, 0, "statuses of refused descriptors, and the next run");
}

static void fetch_while_stalled(struct bench *b)
{
    struct part p[16];
    unsigned bad = 0;
    uint8_t got[256];

    for (unsigned i = 0; i < 16; i++)
        p[i] = (struct part){2048 * i, 1514, false};
    rl_model_net_tx_ready(b->m, 0);
    push(b, p, 16, 0, 16, 0, 1);
    for (unsigned k = 2; k < 32; k++)
        rd_run(b, RINGBASE, 16, RING(RINGBASE, 16), 0, k);
    rl_rp_run(b->rp, 3000);
    for (unsigned i = 0; i < 40; i++) {
        rd_fetch(b, base + 256 * i, 0x8000, 256, 100 + i);
        bad += !cpl_is(b, 100 + i, RL_DMA_OK, 256);
        lmem_get(b, 0x8000, got, 256);
        bad += memcmp(got, host + 256 * i, 256) != 0;
    }
    is_u(bad, 0, "fetches pass 31 runs whose stream is stalled");
    rl_model_net_tx_ready(b->m, 65536);
    bad = 0;
    for (unsigned k = 1; k < 32; k++)
        bad += check(b, p, 16, 0, k);
    is_u(bad, 0, "and the runs go on");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, MEM, 4096);
    host = rl_rp_mem(b->rp, base, MEM);
    fill(b, host, 65536 * 2);
    fill(b, devimage, WIN);
    dev_put(b, 0, devimage, WIN);
    refused(b);
    fetch_while_stalled(b);
    sweep(b, 0, 41, weather(b, 0));
    sweep(b, CMD_SPACE, 41, "quiet");
    edges(b, 0, "quiet");
    edges(b, CMD_SPACE, "quiet");
    for (unsigned w = 0; w < WEATHERS; w++) {
        const char *how = weather(b, w);

        if (w)
            sweep(b, 0, 113, how);
        chains(b, 60, 0, how);
        chains(b, 60, CMD_TABLE, how);
        chains(b, 30, CMD_SPACE, how);
    }
    base = rl_rp_alloc(b->rp, false, MEM, 4096);
    host = rl_rp_mem(b->rp, base, MEM);
    fill(b, host, 65536 * 2);
    for (unsigned size = 0; size < 6; size++) {
        rl_rp_options(b->rp)->mrrs_bytes = 128u << size;
        if (rl_rp_enumerate(b->rp))
            ok(false, "enumerates");
        b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
        note("read requests %u", rl_rp_device(b->rp)->mrrs_bytes);
        weather(b, 3);
        edges(b, 0, "all sizes");
        chains(b, 40, 0, "all sizes");
        sweep(b, 0, 211, "all sizes");
    }
    is_u(fw_read(b, RL_REG_ERR_UNEXPECTED), 0, "no completion was dropped");
    return bench_end(b);
}
