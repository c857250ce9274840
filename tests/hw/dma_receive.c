/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Write runs: frames to descriptors. Every length and offset, inserted headers,
 * chains longer and shorter than their packet, tables, rings, both spaces; DROP.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, HDR = 0x6000, WIN = 65536 };

struct part {
    uint32_t off, len;
    bool next;
};

static uint64_t base;
static uint8_t *host;
static uint8_t expect[WIN], got[WIN], hdr[32], frames[32][2048];
static uint32_t length[32];

/* Lays packet k (header and frame) into the chain that begins at part i; returns the
 * index behind it. Counts payload that fits. */
static unsigned lay(const struct part *p, unsigned n, unsigned i, unsigned k,
                    uint32_t hdr_bytes, bool table, uint32_t *bytes, bool *cut)
{
    uint32_t at = 0, total = hdr_bytes + length[k];

    for (;; i++) {
        for (uint32_t j = 0; j < p[i].len && at < total; j++, at++) {
            expect[p[i].off + j] =
                at < hdr_bytes ? hdr[at] : frames[k][at - hdr_bytes];
            *bytes += at >= hdr_bytes;
        }
        if (i == n - 1 || (!table && !p[i].next))
            break;
    }
    *cut |= at < total;
    return i + 1;
}

/* Runs n descriptors from entry first; lengths of frames are set. Returns errors. */
static unsigned run(struct bench *b, const struct part *p, unsigned n,
                    unsigned first, unsigned entries, uint32_t hdr_bytes,
                    uint32_t flags)
{
    bool dev = flags & CMD_SPACE, cut = false;
    uint32_t bytes = 0;
    unsigned k = 0, bad = 0, lo = 0;

    memset(expect, 0xa5, WIN);
    if (dev) {
        dev_put(b, 0, expect, 16384);
    } else {
        guard(host, WIN);
    }
    fill(b, hdr, 32);
    lmem_put(b, HDR, hdr, 32);
    for (unsigned i = 0; i < n; i++)
        lmem_desc(b, RINGBASE + 16 * ((first + i) % entries),
                  (dev ? DEVWIN : base) + p[i].off, p[i].len, i,
                  DESC_WRITE | (p[i].next ? DESC_NEXT : 0));
    for (unsigned i = 0; i < n;) {
        fill(b, frames[k], length[k]);
        i = lay(p, n, i, k, hdr_bytes, flags & CMD_TABLE, &bytes, &cut);
        k++;
    }
    wr_run(b, RINGBASE + 16 * first, n, RING(RINGBASE, entries),
           (uint32_t)HDR << 16 | hdr_bytes, flags | CMD_NOTIFY);
    for (unsigned i = 0; i < k; i++)
        frame_send(b, frames[i], length[i]);
    bad += !cpl_is(b, flags & 0xffff, cut ? RL_DMA_SHORT : RL_DMA_OK, bytes);
    for (unsigned i = 0; i < k; i++)
        bad += (fw_read(b, RL_REG_NETRX_LEN) & ~RL_NETRX_LEN_FLOW_MASK) !=
               (1u << 31 | length[i]);
    rl_rp_run(b->rp, 200);
    if (dev)
        dev_get(b, 0, got, 16384);
    if (memcmp(dev ? got : host, expect, dev ? 16384 : WIN)) {
        const uint8_t *g = dev ? got : host;

        while (g[lo] == expect[lo])
            lo++;
        note("first difference at 0x%x: %02x (%02x), %u descriptors, header %u",
             lo, g[lo], expect[lo], n, hdr_bytes);
        bad++;
    }
    return bad;
}

static void sweep(struct bench *b, uint32_t space, uint32_t step,
                  const char *how)
{
    struct part p[16];
    unsigned n = 0, bad = 0, count = 0, first = 0, cookie = 1;
    uint32_t pitch = space ? 1000 : 2048;

    for (uint32_t len = 1; len <= 600; len += len < 72 ? 1 : step)
        for (uint32_t off = 0; off < 64; off += len < 72 ? 1 : 1 + len % 5) {
            p[n] = (struct part){pitch * n + off, 700, false};
            length[n++] = len;
            count++;
            if (n < 16)
                continue;
            bad += run(b, p, n, first, 23, cookie % 3 ? 12 : rnd(b) % 33,
                       space | cookie);
            first = (first + n) % 23;
            cookie++;
            n = 0;
        }
    is_u(bad, 0, "%u frames by length and offset, %s, %s", count,
         space ? "device" : "host", how);
}

static void edges(struct bench *b, uint32_t space, const char *how)
{
    static const uint32_t lens[] = {1, 16, 60, 116, 500, 512, 1514, 2048};
    unsigned bad = 0;

    for (unsigned l = 0; l < 8; l++)
        for (uint32_t at = 8192 - 24; at < 8192 + 3; at++) {
            struct part p = {at, 4096, false};

            length[0] = lens[l];
            bad += run(b, &p, 1, 0, 4, at % 33, 5 | space);
        }
    is_u(bad, 0, "frames around 4 KiB, %s, %s", space ? "device" : "host", how);
}

/* Random chains: some packets fill theirs, some do not fit. */
static void chains(struct bench *b, unsigned rounds, uint32_t flags,
                   const char *how)
{
    struct part p[24];
    unsigned first = 0, bad = 0;

    for (unsigned r = 0; r < rounds && !bad; r++) {
        unsigned n = 1 + rnd(b) % 24;
        uint32_t at = rnd(b) % 40;

        for (unsigned i = 0; i < n; i++) {
            p[i].len = rnd(b) % 6 ? 1 + rnd(b) % 150 : rnd(b) % 3 * 250;
            p[i].off = at;
            p[i].next = rnd(b) % 3 != 0;
            at += p[i].len + rnd(b) % 20;
        }
        for (unsigned i = 0; i < 24; i++)
            length[i] = 1 + rnd(b) % (rnd(b) % 4 ? 200 : 1000);
        bad += run(b, p, n, first, 77, rnd(b) % 33, flags | r);
        first = (first + n) % 77;
    }
    is_u(bad, 0, "random chains of %s, %s, %s",
         flags & CMD_TABLE ? "tables" : "rings",
         flags & CMD_SPACE ? "device" : "host", how);
}

static void refused(struct bench *b)
{
    struct part p[3] = {{0, 100, false}, {256, 100, true}, {512, 100, false}};
    unsigned bad = 0;

    /* Packet 1 begins, its second descriptor may not be written. */
    for (unsigned i = 0; i < 4; i++) {
        length[i] = 150;
        fill(b, frames[i], 150);
    }
    length[0] = 60;
    guard(host, 4096);
    for (unsigned i = 0; i < 3; i++)
        lmem_desc(b, RINGBASE + 16 * i, base + p[i].off, p[i].len, i,
                  (p[i].next ? DESC_NEXT : 0) | (i == 2 ? 0 : DESC_WRITE));
    for (unsigned i = 0; i < 4; i++)
        frame_send(b, frames[i], length[i]);
    wr_run(b, RINGBASE, 3, RING(RINGBASE, 8), 0, 1);
    bad += !cpl_is(b, 1, RL_DMA_DIR, 210); /* both were taken */
    queue_again(b, 0);
    rl_rp_run(b->rp, 200);
    bad += !guarded(host + 512, 100);
    bad += memcmp(host, frames[0], 60) != 0;
    is_u(bad, 0, "a descriptor of the wrong direction ends the run");
    bad = 0;
    /* The next packet is frame 2. */
    lmem_desc(b, RINGBASE, base, 200, 0, DESC_WRITE);
    wr_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 2 | CMD_NOTIFY);
    bad += !cpl_is(b, 2, RL_DMA_OK, 150);
    rl_rp_run(b->rp, 200);
    bad += memcmp(host, frames[2], 150) != 0;
    wr_op(b, RL_OP_DROP, 1, 3 | CMD_NOTIFY);
    bad += !cpl_is(b, 3, RL_DMA_OK, 150);
    for (unsigned i = 0; i < 3; i++) {
        frame_send(b, frames[i], length[i]);
        fill(b, frames[i + 3], 77);
    }
    frame_send(b, frames[3], 77);
    wr_op(b, RL_OP_DROP, 3, 4 | CMD_NOTIFY);
    wr_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 5 | CMD_NOTIFY);
    bad += !cpl_is(b, 4, RL_DMA_OK, 60 + 150 + 150);
    bad += !cpl_is(b, 5, RL_DMA_OK, 77);
    rl_rp_run(b->rp, 200);
    bad += memcmp(host, frames[3], 77) != 0;
    while (fw_read(b, RL_REG_NETRX_LEN))
        ;
    is_u(bad, 0, "no packet is lost or doubled; DROP takes whole packets");
    lmem_desc(b, RINGBASE, 0xffffffffffffff00ull, 257, 0, DESC_WRITE);
    wr_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 6);
    bad = !cpl_is(b, 6, RL_DMA_BOUNDS, 0);
    queue_again(b, 0);
    lmem_desc(b, RINGBASE, DEVWIN + 10, RL_DEVMEM_BYTES - 9, 0, DESC_WRITE);
    wr_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 7 | CMD_SPACE);
    bad += !cpl_is(b, 7, RL_DMA_BOUNDS, 0);
    queue_again(b, 0);
    /* As long as it says, but its packet is short. */
    lmem_desc(b, RINGBASE, base, 0xffffffff, 0, DESC_WRITE);
    wr_run(b, RINGBASE, 1, RING(RINGBASE, 8), 0, 8 | CMD_NOTIFY);
    frame_send(b, frames[3], 77);
    bad += !cpl_is(b, 8, RL_DMA_OK, 77);
    (void)fw_read(b, RL_REG_NETRX_LEN);
    is_u(bad, 0, "statuses of refused descriptors, a very long one");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, WIN, 4096);
    host = rl_rp_mem(b->rp, base, WIN);
    refused(b);
    sweep(b, 0, 41, weather(b, 0));
    sweep(b, CMD_SPACE, 113, "quiet");
    edges(b, 0, "quiet");
    edges(b, CMD_SPACE, "quiet");
    for (unsigned w = 0; w < WEATHERS; w++) {
        const char *how = weather(b, w);

        if (w)
            sweep(b, 0, 213, how);
        chains(b, 60, 0, how);
        chains(b, 40, CMD_TABLE, how);
        chains(b, 20, CMD_SPACE, how);
    }
    base = rl_rp_alloc(b->rp, false, WIN, 4096);
    host = rl_rp_mem(b->rp, base, WIN);
    for (unsigned size = 0; size < 3; size++) {
        rl_rp_options(b->rp)->mps_bytes = 128u << size;
        if (rl_rp_enumerate(b->rp))
            ok(false, "enumerates");
        b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
        note("payload %u", rl_rp_device(b->rp)->mps_bytes);
        weather(b, 4);
        edges(b, 0, "all sizes");
        chains(b, 60, 0, "all sizes");
        sweep(b, 0, 211, "all sizes");
    }
    return bench_end(b);
}
