/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * FETCH, WRITE and immediates: every length and offset, both spaces, all request and
 * payload sizes, bytes around the destination untouched.
 */
#include <string.h>

#include "dma_bench.h"

enum { SLOTS = 12, DEVBASE = 0x1fc0 }; /* 64 bytes below a 4 KiB boundary */

static uint8_t image[65536], got[65536];

struct op {
    uint32_t off, len;
};

/* A batch: slot i moves len bytes at off of its slot. */
static unsigned fetch_batch(struct bench *b, const struct op *op, unsigned n,
                            uint64_t base, bool dev, uint32_t slot)
{
    uint8_t *host = dev ? image : rl_rp_mem(b->rp, base, n * slot);
    unsigned bad = 0;

    fill(b, host, n * slot);
    if (dev)
        dev_put(b, DEVBASE, image, n * slot);
    guard(got, n * slot);
    lmem_put(b, 0x4000, got, n * slot);
    for (unsigned i = 0; i < n; i++)
        rd_fetch(b, (dev ? DEVWIN + DEVBASE : base) + i * slot + op[i].off,
                 0x4000 + i * slot + op[i].off, op[i].len,
                 i | (dev ? CMD_SPACE : 0));
    for (unsigned i = 0; i < n; i++)
        bad += !cpl_is(b, i, RL_DMA_OK, op[i].len);
    lmem_get(b, 0x4000, got, n * slot);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *g = got + i * slot, *h = host + i * slot;
        uint32_t end = op[i].off + op[i].len;

        if (memcmp(g + op[i].off, h + op[i].off, op[i].len) ||
            !guarded(g, op[i].off) || !guarded(g + end, slot - end)) {
            if (!bad++)
                note("fetch of %u at %u", op[i].len, op[i].off);
        }
    }
    return bad;
}

static unsigned write_batch(struct bench *b, const struct op *op, unsigned n,
                            uint64_t base, bool dev, uint32_t slot)
{
    uint8_t *host = dev ? got : rl_rp_mem(b->rp, base, n * slot);
    unsigned bad = 0;

    guard(host, n * slot);
    if (dev)
        dev_put(b, DEVBASE, got, n * slot);
    fill(b, image, n * slot);
    lmem_put(b, 0x4000, image, n * slot);
    for (unsigned i = 0; i < n; i++)
        wr_copy(b, (dev ? DEVWIN + DEVBASE : base) + i * slot + op[i].off,
                0x4000 + i * slot + op[i].off, op[i].len,
                i | CMD_NOTIFY | (dev ? CMD_SPACE : 0));
    for (unsigned i = 0; i < n; i++)
        bad += !cpl_is(b, i, RL_DMA_OK, op[i].len);
    rl_rp_run(b->rp, 400);
    if (dev)
        dev_get(b, DEVBASE, got, n * slot);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *h = host + i * slot;
        uint32_t end = op[i].off + op[i].len;

        if (memcmp(image + i * slot + op[i].off, h + op[i].off, op[i].len) ||
            !guarded(h, op[i].off) || !guarded(h + end, slot - end)) {
            if (!bad++)
                note("write of %u at %u", op[i].len, op[i].off);
        }
    }
    return bad;
}

static void sweep(struct bench *b, bool write, bool dev, uint64_t base,
                  uint32_t step, const char *how)
{
    struct op op[SLOTS];
    unsigned n = 0, bad = 0, cases = 0;
    bool fine = step < 100; /* else every third offset of short ones, too */

    for (uint32_t len = 1; len <= 600; len += len < 40 ? 1 : step)
        for (uint32_t off = fine ? 0 : len % 3; off < 64;
             off += !fine      ? 3
                    : len < 40 ? 1
                               : 1 + len % 3) {
            uint32_t slot = (len + 96) & ~15u;

            op[n++] = (struct op){off, len};
            cases++;
            if (n == SLOTS) {
                bad += (write ? write_batch : fetch_batch)(b, op, n, base, dev,
                                                           slot);
                n = 0;
            }
        }
    is_u(bad, 0, "%s, %s, %u lengths and offsets, %s",
         write ? "write" : "fetch", dev ? "device" : "host", cases, how);
}

/* Long ones, around 4 KiB boundaries. */
static void edges(struct bench *b, bool write, bool dev, uint64_t base,
                  const char *how)
{
    static const uint32_t lens[] = {1, 3, 4, 17, 128, 511, 1514, 4093, 4096};
    unsigned bad = 0;

    for (unsigned l = 0; l < 9; l++)
        for (uint32_t at = 64 - 20; at <= 64 + 4; at++) {
            struct op op = {at, lens[l]};

            bad += (write ? write_batch : fetch_batch)(
                b, &op, 1, base + 4096 - 64, dev, (at + lens[l] + 80) & ~15u);
        }
    is_u(bad, 0, "%s, %s, around 4 KiB, %s", write ? "write" : "fetch",
         dev ? "device" : "host", how);
}

static void immediates(struct bench *b, uint64_t base)
{
    uint8_t *host = rl_rp_mem(b->rp, base, 256);
    unsigned bad = 0;

    for (unsigned bytes = 4; bytes <= 8; bytes += 4)
        for (unsigned off = 16; off < 48; off += bytes) {
            uint64_t v = (uint64_t)rnd(b) << 32 | rnd(b);

            guard(host, 256);
            wr_imm(b, base + off, bytes, v, 7 | CMD_NOTIFY);
            bad += !cpl_is(b, 7, RL_DMA_OK, bytes);
            rl_rp_run(b->rp, 300);
            bad += memcmp(host + off, &v, bytes) || !guarded(host, off) ||
                   !guarded(host + off + bytes, 256 - off - bytes);
        }
    is_u(bad, 0, "immediates of 4 and 8 bytes");
}

static void malformed(struct bench *b, uint64_t base)
{
    struct cpl c;
    unsigned bad = 0;

    rd_fetch(b, base, 0x4000, 0, 1);
    rd_fetch(b, base, 0x4000, 4097, 2);
    rd_fetch(b, base + 1, 0x4000, 16, 3);
    rd_fetch(b, base, 0xfff0, 32, 4);
    rd_run(b, 0x4008, 1, RING(0, 0), 0, 5);
    rd_run(b, 0x4000, 0, RING(0, 0), 0, 6);
    rd_run(b, 0x4000, 1, RING(0, 0), 1 << 8, 7);
    rd_run(b, 0x4000, 32769, RING(0, 0), 0, 8);
    fw_write(b, RL_REG_RD_CMD, 9 | (uint32_t)RL_OP_NOP << 28);
    for (unsigned i = 1; i <= 9; i++) {
        c = cpl_get(b, 1000);
        bad += !c.valid || c.write || c.status != RL_DMA_BADCMD || c.bytes;
    }
    is_u(bad, 0, "malformed commands that read");
    bad = 0;
    wr_copy(b, base, 0x4000, 0, 1);
    wr_copy(b, base, 0x4000, 4097, 2);
    wr_copy(b, base, 0x4004, 4, 3);
    wr_imm(b, base + 2, 4, 0, 4);
    wr_imm(b, base + 4, 8, 0, 5);
    wr_run(b, 0x4000, 1, RING(0, 0), 33, 6);
    wr_run(b, 0x4000, 1, RING(0, 0), 0x40080008, 7);
    wr_op(b, RL_OP_DROP, 0, 8);
    wr_op(b, 15, 0, 9);
    wr_op(b, RL_OP_FETCH, 1, 10);
    for (unsigned i = 1; i <= 10; i++)
        bad += !cpl_is(b, i, RL_DMA_BADCMD, 0);
    is_u(bad, 0, "malformed commands that write");
    queue_again(b, 0);
    rd_fetch(b, 0xfffffffffffffff0ull, 0x4000, 17, 11);
    bad = !cpl_is(b, 11, RL_DMA_BOUNDS, 0);
    wr_copy(b, 0xfffffffffffffff0ull, 0x4000, 17, 12);
    bad += !cpl_is(b, 12, RL_DMA_BOUNDS, 0);
    queue_again(b, 0);
    rd_fetch(b, DEVWIN - 16, 0x4000, 16, 13 | CMD_SPACE);
    bad += !cpl_is(b, 13, RL_DMA_BOUNDS, 0);
    rd_fetch(b, DEVWIN + RL_DEVMEM_BYTES - 16, 0x4000, 17, 14 | CMD_SPACE);
    bad += !cpl_is(b, 14, RL_DMA_BOUNDS, 0);
    wr_copy(b, DEVWIN + RL_DEVMEM_BYTES - 16, 0x4000, 17, 15 | CMD_SPACE);
    bad += !cpl_is(b, 15, RL_DMA_BOUNDS, 0);
    queue_again(b, 0);
    rd_fetch(b, DEVWIN + RL_DEVMEM_BYTES - 16, 0x4000, 16, 16 | CMD_SPACE);
    bad += !cpl_is(b, 16, RL_DMA_OK, 16);
    wr_copy(b, DEVWIN + RL_DEVMEM_BYTES - 16, 0x4000, 16,
            17 | CMD_SPACE | CMD_NOTIFY);
    bad += !cpl_is(b, 17, RL_DMA_OK, 16);
    is_u(bad, 0, "bounds of the address space and of device memory");
}

int main(void)
{
    struct bench *b = dma_bench();
    uint64_t low = rl_rp_alloc(b->rp, false, 65536, 4096);
    uint64_t high = rl_rp_alloc(b->rp, true, 65536, 4096);

    immediates(b, low);
    immediates(b, high);
    malformed(b, low);
    for (int write = 0; write <= 1; write++) {
        sweep(b, write, false, low, 37, weather(b, 0));
        sweep(b, write, true, 0, 37, "quiet");
        edges(b, write, false, high, "quiet");
        edges(b, write, true, 0, "quiet");
        for (unsigned w = 1; w < WEATHERS; w++)
            sweep(b, write, false, w & 1 ? low : high, 113, weather(b, w));
        weather(b, 3);
        for (unsigned size = 0; size < 6; size++) {
            rl_rp_options(b->rp)->mps_bytes = 128u << (size < 3 ? size : 2);
            rl_rp_options(b->rp)->mrrs_bytes = 128u << size;
            if (rl_rp_enumerate(b->rp))
                ok(false, "enumerates");
            b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
            note("payload %u, read requests %u", rl_rp_device(b->rp)->mps_bytes,
                 rl_rp_device(b->rp)->mrrs_bytes);
            edges(b, write, false, size & 1 ? low : high, "all sizes");
            sweep(b, write, false, size & 1 ? low : high, 151, "all sizes");
        }
        rl_rp_options(b->rp)->mps_bytes = 256;
        rl_rp_options(b->rp)->mrrs_bytes = 512;
        rl_rp_enumerate(b->rp);
        b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
    }
    is_u(fw_read(b, RL_REG_ERR_UNEXPECTED), 0, "no completion was dropped");
    return bench_end(b);
}
