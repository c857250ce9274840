/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * BAR2: every length and offset, byte enables with holes, completions cut at
 * MPS; against a copy in C, with and without a busy transmit side. The root
 * port checks byte counts, lower addresses and boundaries of completions.
 */
#include <string.h>

#include "pcie_bench.h"

static uint8_t copy[RL_DEVMEM_BYTES];
static struct rl_tlp tlp;
static uint8_t data[4096];

static void fill(struct bench *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)rnd(b);
}

static void put(struct bench *b, uint32_t at, size_t n)
{
    fill(b, n);
    memcpy(copy + at, data, n);
    rl_rp_write(b->rp, b->bar2 + at, data, n);
}

static bool same(struct bench *b, uint32_t at, size_t n)
{
    static uint8_t got[4096];

    rl_rp_make_mem(&tlp, false, b->bar2 + at, NULL, n);
    memset(got, 0xee, sizeof got);
    if (rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), got, sizeof got))
        return false;
    return !memcmp(got + (at & 3), copy + at, n);
}

/* Writes 1 to 300 bytes at each offset of a word, then reads around them. */
static void sweep_writes(struct bench *b, const char *how)
{
    unsigned bad = 0;

    for (unsigned n = 1; n <= 300; n += n < 72 ? 1 : 13)
        for (unsigned off = 0; off < 32; off++) {
            put(b, 0x1000 + off, n);
            if (!same(b, 0x1000, 384) && !bad++)
                note("%u bytes at %u", n, off);
        }
    is_u(bad, 0, "writes by length and offset, %s", how);
}

static void sweep_reads(struct bench *b, const char *how)
{
    unsigned bad = 0;

    for (unsigned n = 1; n <= 600; n += n < 72 ? 1 : 31)
        for (unsigned off = 0; off < 128; off += n < 72 ? 1 : 3)
            if (!same(b, 0x1000 + off, n) && !bad++)
                note("%u bytes at %u", n, off);
    is_u(bad, 0, "reads by length and offset, %s", how);
}

/* As a first byte enable and a last one of any kind say, byte by byte. */
static void byte_enables(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned dw = 1; dw <= 7; dw++)
        for (unsigned be = 0; be < (dw == 1 ? 16 : 256); be++) {
            uint32_t at = 0x2000 + 4 * (be % 5);

            fill(b, 4 * dw);
            rl_rp_make_mem(&tlp, true, b->bar2 + at, data, 4 * dw);
            tlp.hdr[1] = (tlp.hdr[1] & ~0xffu) | be;
            rl_rp_send(b->rp, &tlp);
            for (unsigned i = 0; i < 4 * dw; i++) {
                unsigned enables = i < 4             ? be & 15
                                   : i >= 4 * dw - 4 ? be >> 4
                                                     : 15;

                if (enables >> (i & 3) & 1)
                    copy[at + i] = data[i];
            }
            if (!same(b, 0x2000, 64) && !bad++)
                note("%u dwords, byte enables 0x%02x", dw, be);
        }
    is_u(bad, 0, "writes with every pair of byte enables");

    bad = 0;
    for (unsigned be = 1; be < 16; be++) {
        uint8_t got[4];
        int r;

        rl_rp_make_mem(&tlp, false, b->bar2 + 0x2004, NULL, 4);
        tlp.hdr[1] = (tlp.hdr[1] & ~0xffu) | be;
        r = rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), got, 4);
        for (unsigned i = 0; i < 4; i++)
            bad += r || ((be >> i & 1) && got[i] != copy[0x2004 + i]);
    }
    is_u(bad, 0, "reads of a dword with every byte enable");
}

static unsigned beats_of_data;
static uint32_t byte_count, length;
static void watch(void *ctx, uint64_t cycle, bool up, const struct rl_tlp *t)
{
    (void)ctx, (void)cycle;
    if (!up || t->hdr[0] >> 24 != 0x4a)
        return;
    beats_of_data++;
    byte_count = t->hdr[1] & 0xfff;
    length = t->hdr[0] & 0x3ff;
}

static void zero_length(struct bench *b)
{
    rl_rp_options(b->rp)->trace = watch;
    beats_of_data = 0;
    rl_rp_make_mem(&tlp, false, b->bar2 + 0x2000, NULL, 0);
    is_u((uint64_t)rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), NULL, 0),
         0, "a read of nothing is answered");
    ok(beats_of_data == 1 && length == 1 && byte_count == 1,
       "by one dword, byte count 1");
    rl_rp_options(b->rp)->trace = NULL;
}

/* Number of completions: as few as MPS allows, cut at multiples of 128. */
static void cuts(struct bench *b, unsigned mps_code)
{
    unsigned mps = 128u << mps_code, bad = 0, wrong = 0;

    rl_rp_options(b->rp)->mps_bytes = mps;
    if (rl_rp_enumerate(b->rp))
        ok(false, "enumerated with MPS %u", mps);
    rl_rp_options(b->rp)->trace = watch;
    for (unsigned off = 0; off < 256; off += 4)
        for (unsigned n = 4; n <= 4096 - off; n += n < 1024 ? 124 : 508) {
            unsigned first = mps - off % 128;

            beats_of_data = 0;
            bad += !same(b, 0x3000 + off, n);
            wrong += beats_of_data !=
                     (n <= first ? 1 : 1 + (n - first + mps - 1) / mps);
        }
    is_u(bad, 0, "long reads with MPS %u", mps);
    is_u(wrong, 0, "no more completions than needed");
    rl_rp_options(b->rp)->trace = NULL;
}

/* Many reads and writes under way at once. */
static void mixed(struct bench *b, const char *how)
{
    unsigned bad = 0;
    static uint8_t got[16][4096];
    int handle[16];
    uint32_t at[16], n[16];

    for (unsigned round = 0; round < 60; round++) {
        for (unsigned i = 0; i < 16; i++) {
            /* Each read has a 4 KiB part of its own, written before. */
            n[i] = 1 + rnd(b) % (rnd(b) & 1 ? 64 : 1024);
            at[i] = i * 4096 + rnd(b) % (4096 - n[i]);
            put(b, at[i], n[i] < 256 ? n[i] : 256);
            rl_rp_make_mem(&tlp, false, b->bar2 + at[i], NULL, n[i]);
            handle[i] = rl_rp_np_submit(b->rp, &tlp);
        }
        for (unsigned i = 0; i < 16; i++)
            if (rl_rp_np_wait(b->rp, handle[i], got[i], 4096) ||
                memcmp(got[i] + (at[i] & 3), copy + at[i], n[i]))
                bad++;
    }
    is_u(bad, 0, "16 reads behind writes, %s", how);
}

int main(void)
{
    struct bench *b = bench_new();

    bench_enumerate(b);
    for (uint32_t at = 0; at < sizeof copy; at += 2048)
        put(b, at, 2048);
    sweep_writes(b, "idle");
    sweep_reads(b, "idle");
    byte_enables(b);
    zero_length(b);
    mixed(b, "idle");
    rl_model_tx_ready(b->m, 20000);
    rl_model_tx_credit_gaps(b->m, 20000);
    sweep_reads(b, "transmit side busy");
    mixed(b, "transmit side busy");
    rl_model_tx_ready(b->m, 65536);
    rl_model_tx_credit_gaps(b->m, 0);
    rl_rp_options(b->rp)->rate_down = 0;
    rl_model_tx_rate(b->m, 0);
    sweep_writes(b, "link without limit");
    mixed(b, "link without limit");
    for (unsigned code = 0; code < 3; code++)
        cuts(b, code);
    /* First and last bytes of the memory. */
    put(b, 0, 64);
    put(b, RL_DEVMEM_BYTES - 61, 61);
    ok(same(b, 0, 64), "its first bytes");
    ok(same(b, RL_DEVMEM_BYTES - 61, 61), "its last bytes");
    return bench_end(b);
}
