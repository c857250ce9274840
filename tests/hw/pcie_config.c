/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Configuration space: retry until ready, reset value and write mask of every
 * dword with every byte enable, what is not ours, the captured number.
 */
#include <string.h>

#include "pcie_bench.h"

/* Reset value and the bits that can be written. */
struct reg {
    unsigned offset;
    uint32_t reset, mask;
};
static const struct reg regs[] = {
    {0x00, 0x10411af4, 0},
    {0x04, 0x00100000, 0x00000546},
    {0x08, 0x02000001, 0},
    {0x0c, 0, 0x000000ff},
    {0x10, 0, 0xffff0000},
    {0x14, 0, 0},
    {0x18, 0x0000000c, 0xfffe0000},
    {0x1c, 0, 0xffffffff},
    {0x20, 0, 0},
    {0x24, 0, 0},
    {0x28, 0, 0},
    {0x2c, 0x00401af4, 0},
    {0x30, 0, 0},
    {0x34, 0x40, 0},
    {0x38, 0, 0},
    {0x3c, 0x100, 0xff},
    {0x40, 0x00035001, 0},
    {0x48, 0, 0},
    {0x4c, 0, 0},
    {0x50, 0x00106011, 0xc0000000},
    {0x54, 0x8000, 0},
    {0x58, 0xc000, 0},
    {0x5c, 0, 0},
    {0x60, 0x0002a810, 0},
    {0x64, 0x10008022, 0},
    {0x6c, 0x00400042, 0},
    {0x70, 0x00420000, 0xcb},
    {0x74, 0, 0},
    {0x78, 0, 0},
    {0x7c, 0, 0},
    {0x80, 0, 0},
    {0x84, 0, 0},
    {0x88, 0, 0},
    {0x8c, 6, 0},
    {0x90, 2, 0xf},
    {0x94, 0, 0},
    {0x98, 0, 0},
    {0x9c, 0, 0},
    {0xa0, 0, 0},
    {0xa4, 0, 0},
    {0xf0, 0, 0xff},
    {0xf4, 0, 0xffffffff},
    {0xf8, 0, 0xffffffff},
};

static uint32_t lanes(unsigned be)
{
    uint32_t m = 0;

    for (unsigned i = 0; i < 4; i++)
        if (be >> i & 1)
            m |= 0xffu << 8 * i;
    return m;
}

static void retry_until_ready(struct bench *b)
{
    static struct rl_tlp t;
    uint32_t v;

    is_u((uint32_t)rl_rp_cfg_read(b->rp, 0, 4, &v), (uint32_t)RL_RP_CRS,
         "a read before ready is retried");
    is_u((uint32_t)cfg_wr(b, 0x10, 15, 0xffffffff), (uint32_t)RL_RP_CRS,
         "a write before ready is retried");
    make_cfg(&t, false, 0xfc, 15, 0);
    is_u((uint32_t)rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &t), NULL, 0),
         (uint32_t)RL_RP_CRS, "so is PCI_CFG data");
    bench_ready(b);
    is_u(cfg_rd(b, 0), 0x10411af4, "ready: the identity of the firmware");
    is_u(cfg_rd(b, 0x10), 0, "the retried write left nothing");
}

/* A pattern through each byte enable of each dword. */
static void masks(struct bench *b)
{
    for (unsigned i = 0; i < sizeof regs / sizeof *regs; i++) {
        const struct reg *r = &regs[i];
        uint32_t want = r->reset, got;
        bool good = cfg_rd(b, r->offset) == r->reset;

        if (!ok(good, "0x%02x has its reset value", r->offset))
            note("0x%08x, not 0x%08x", cfg_rd(b, r->offset), r->reset);
        good = true;
        for (unsigned n = 0; n < 48; n++) {
            unsigned be = n & 15;
            uint32_t v = n < 16 ? 0xffffffff : n < 32 ? 0 : rnd(b);

            cfg_wr(b, r->offset, be, v);
            want ^= (want ^ v) & r->mask & lanes(be);
            got = cfg_rd(b, r->offset);
            if (got != want && good) {
                note("be %x value %08x: got %08x, expected %08x", be, v, got,
                     want);
                good = false;
            }
        }
        cfg_wr(b, r->offset, 15, 0);
        ok(good, "0x%02x keeps bits 0x%08x and no others", r->offset, r->mask);
    }
}

static void device_control(struct bench *b)
{
    is_u(cfg_rd(b, 0x68), 0x2810, "Device Control: reset value");
    cfg_wr(b, 0x68, 3, 0x7fff & ~0x70e0);
    is_u(cfg_rd(b, 0x68), 0x091f, "Device Control: enables");
    for (unsigned n = 0; n < 8; n++) {
        cfg_wr(b, 0x68, 3, n << 12 | n << 5);
        is_u(cfg_rd(b, 0x68) & 0x70e0,
             (n > 5 ? 5 : n) << 12 | (n > 2 ? 2 : n) << 5,
             "Device Control: sizes %u", n);
        is_u(fw_read(b, RL_REG_PCIE_STATUS) & 0x7700,
             (n > 5 ? 5 : n) << 12 | (n > 2 ? 2 : n) << 8,
             "and PCIE_STATUS shows them");
    }
    cfg_wr(b, 0x68, 3, 0x2810);
}

static void power(struct bench *b)
{
    fw_write(b, RL_REG_PCIE_EVENTS, 15);
    is_u(cfg_rd(b, 0x44), 0x8, "PMCSR: D0, no soft reset");
    cfg_wr(b, 0x44, 1, 1);
    is_u(cfg_rd(b, 0x44), 0x8, "PMCSR: D1 does not exist");
    cfg_wr(b, 0x44, 1, 3);
    is_u(cfg_rd(b, 0x44), 0xb, "PMCSR: D3hot");
    is_u(fw_read(b, RL_REG_PCIE_STATUS) >> 4 & 3, 3, "PCIE_STATUS shows D3hot");
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), RL_PCIE_EVENTS_DSTATE_MASK,
         "and the event");
    cfg_wr(b, 0x44, 14, 0);
    is_u(cfg_rd(b, 0x44), 0xb, "PMCSR: other bytes do not matter");
    cfg_wr(b, 0x44, 1, 0);
    is_u(cfg_rd(b, 0x44), 0x8, "PMCSR: back in D0");
}

static void events(struct bench *b)
{
    fw_write(b, RL_REG_PCIE_EVENTS, 15);
    cfg_wr(b, 0x04, 1, 0x6);
    is_u(fw_read(b, RL_REG_PCIE_STATUS) & 3, 3, "MSE and BME in PCIE_STATUS");
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), 0, "switching on is no event");
    cfg_wr(b, 0x04, 1, 0x2);
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), RL_PCIE_EVENTS_BME_OFF_MASK,
         "bus mastering off is one");
    ok(fw_read(b, RL_REG_EVENTS) & RL_EVENTS_PCIE_MASK, "EVENTS shows it");
    fw_write(b, RL_REG_PCIE_EVENTS, 15);
    cfg_wr(b, 0x50, 8, 0x80000000);
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), RL_PCIE_EVENTS_MSIX_MASK,
         "MSI-X enable is one");
    fw_write(b, RL_REG_PCIE_EVENTS, 15);
    cfg_wr(b, 0x50, 8, 0x80000000);
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), 0, "not when nothing changes");
    is_u(fw_read(b, RL_REG_PCIE_STATUS) & 0xc, 4, "MSI-X in PCIE_STATUS");
    cfg_wr(b, 0x50, 8, 0);
    fw_write(b, RL_REG_PCIE_EVENTS, 15);
    ok(!(fw_read(b, RL_REG_EVENTS) & RL_EVENTS_PCIE_MASK), "W1C clears it");
    cfg_wr(b, 0x04, 15, 0);
}

static void firmware_dwords(struct bench *b)
{
    for (unsigned i = 0; i < RL_CFG_VIRTIO_DWORDS - 1; i++)
        fw_write(b, RL_REG_PCIE_CAP0 + 4 * i, 0x11111111 * (i & 7) + i);
    for (unsigned i = 0; i < RL_CFG_VIRTIO_DWORDS - 1; i++)
        is_u(cfg_rd(b, 0xa8 + 4 * i), 0x11111111 * (i & 7) + i,
             "firmware's dword %u", i);
    cfg_wr(b, 0xa8, 15, 0xffffffff);
    is_u(cfg_rd(b, 0xa8), 0, "the host cannot write it");
    cfg_wr(b, 0xf0, 15, 0xffffffff);
    cfg_wr(b, 0xf4, 6, 0xa5a5a5a5);
    cfg_wr(b, 0xf8, 15, 0x12345678);
    is_u(fw_read(b, RL_REG_PCIE_CAP0 + 4 * 18),
         ((0x11111111 * 2 + 18) & ~0xffu) | 0xff, "firmware reads the bar");
    is_u(fw_read(b, RL_REG_PCIE_CAP0 + 4 * 19),
         ((0x11111111 * 3 + 19) & 0xff0000ff) | 0x00a5a500, "and the offset");
    is_u(fw_read(b, RL_REG_PCIE_CAP0 + 4 * 20), 0x12345678, "and the length");
}

static void interrupt_status(struct bench *b)
{
    cfg_wr(b, 0x04, 1, 4);
    fw_write(b, RL_REG_PCIE_ISR, 2);
    is_u(cfg_rd(b, 0x04) >> 16, 0x18, "an ISR bit shows as Interrupt Status");
    is_u(rl_rp_intx(b->rp), 1, "and asserts INTA");
    cfg_wr(b, 0x04, 2, 0x400);
    rl_rp_run(b->rp, 50);
    is_u(rl_rp_intx(b->rp), 0, "Interrupt Disable deasserts it");
    is_u(cfg_rd(b, 0x04) >> 16, 0x18, "the status stays");
    cfg_wr(b, 0x04, 2, 0);
    rl_rp_run(b->rp, 50);
    is_u(rl_rp_intx(b->rp), 1, "enabled again");
    cfg_wr(b, 0x50, 8, 0x80000000);
    rl_rp_run(b->rp, 50);
    is_u(rl_rp_intx(b->rp), 0, "MSI-X takes over");
    is_u(cfg_rd(b, 0x04) >> 16, 0x10, "and the status goes");
    cfg_wr(b, 0x50, 8, 0);
    fw_write(b, RL_REG_PCIE_ISR, 0);
    rl_rp_run(b->rp, 50);
    is_u(rl_rp_intx(b->rp), 0, "ISR cleared");
    fw_write(b, RL_REG_PCIE_ISR, 4);
    rl_rp_run(b->rp, 50);
    is_u(cfg_rd(b, 0x04) >> 16, 0x10, "other ISR bits do not count");
    fw_write(b, RL_REG_PCIE_ISR, 0);
    cfg_wr(b, 0x04, 1, 0);
}

/* What must be answered with UR; returns the status. */
static int other(struct bench *b, uint32_t type, uint32_t where, bool write)
{
    static struct rl_tlp t;

    make_cfg(&t, write, 0x3c, 15, 0x55);
    t.hdr[0] = type << 24 | 1;
    t.hdr[2] |= where;
    return rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &t), NULL, 0);
}

static void not_ours(struct bench *b)
{
    uint32_t before = fw_read(b, RL_REG_ERR_UR);

    cfg_wr(b, 0x68, 4, 0x000f0000);
    for (uint32_t f = 1; f < 8; f++) {
        is_u((uint32_t)other(b, 0x04, f << 16, false), (uint32_t)RL_RP_UR,
             "read of function %u", f);
        is_u((uint32_t)other(b, 0x44, f << 16, true), (uint32_t)RL_RP_UR,
             "write of function %u", f);
    }
    is_u((uint32_t)other(b, 0x05, 0, false), (uint32_t)RL_RP_UR, "type 1 read");
    is_u((uint32_t)other(b, 0x45, 0, true), (uint32_t)RL_RP_UR, "type 1 write");
    is_u(cfg_rd(b, 0x3c), 0x100, "none of them wrote");
    is_u(fw_read(b, RL_REG_ERR_UR) - before, 16, "all are counted");
    is_u(cfg_rd(b, 0x68) >> 16, 9, "UR and correctable error detected");
    cfg_wr(b, 0x68, 4, 0x00080000);
    is_u(cfg_rd(b, 0x68) >> 16, 1, "each is cleared by its one");
    cfg_wr(b, 0x68, 4, 0x00010000);
    is_u(cfg_rd(b, 0x68) >> 16, 0, "both");
    for (unsigned off = 0x100; off < 0x1000; off += 0x1fc)
        is_u(cfg_rd(b, off), 0, "extended 0x%x reads 0", off);
    cfg_wr(b, 0x13c, 15, 0xff);
    is_u(cfg_rd(b, 0x3c), 0x100, "an extended write goes nowhere");
}

static void sizing(struct bench *b)
{
    const struct rl_rp_device *d;

    bench_enumerate(b);
    d = rl_rp_device(b->rp);
    is_u(d->bar[0].bytes, RL_BAR0_BYTES, "BAR0 size");
    ok(!d->bar[0].is64 && !d->bar[0].prefetch, "BAR0 32 bits");
    is_u(d->bar[2].bytes, RL_DEVMEM_BYTES, "BAR2 size");
    ok(d->bar[2].is64 && d->bar[2].prefetch, "BAR2 64 bits, prefetchable");
    is_u(d->bar[1].bytes + d->bar[4].bytes + d->bar[5].bytes, 0, "no others");
    is_u(d->msix_vectors, RL_NUM_VECTORS, "vectors");
    ok(d->flr, "function level reset offered");
    ok(d->cap_pm == 0x40 && d->cap_msix == 0x50 && d->cap_pcie == 0x60,
       "capabilities found by their chain");
    is_u((uint32_t)rl_rp_cap_next(b->rp, 0x60, 9), 0xa8, "then the firmware's");
    is_u((uint32_t)rl_rp_cap_next(b->rp, 0xdc, 9), 0xec, "PCI_CFG is the last");
}

/* The number in completions is that of the last configuration write. */
static uint32_t seen_id;
static void watch(void *ctx, uint64_t cycle, bool up, const struct rl_tlp *t)
{
    (void)ctx, (void)cycle;
    if (up)
        seen_id = t->hdr[1] >> 16;
}

static void number(struct bench *b)
{
    static struct rl_tlp t;

    bench_reset(b);
    rl_rp_options(b->rp)->trace = watch;
    bench_ready(b);
    cfg_rd(b, 0);
    is_u(seen_id, 0, "0 before the first configuration write");
    make_cfg(&t, true, 0, 15, 0);
    t.hdr[2] = 0x01000000;
    rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &t), NULL, 0);
    is_u(seen_id, 0x0100, "captured from the write itself");
    cfg_rd(b, 0);
    is_u(seen_id, 0x0100, "and kept");
    rl_rp_options(b->rp)->trace = NULL;
}

/* Transactions Pending stays until the completion is here, however long that takes. */
static void transactions_pending(struct bench *b)
{
    const uint32_t bit = 1u << 21;
    uint64_t host = rl_rp_alloc(b->rp, false, 16, 16);
    unsigned bad = 0;

    is_u(cfg_rd(b, 0x68) & bit, 0, "no transaction is pending");
    rl_rp_options(b->rp)->latency_cycles = 60000;
    fw_write(b, RL_REG_RD_ADDR_LO, (uint32_t)host);
    fw_write(b, RL_REG_RD_ADDR_HI, (uint32_t)(host >> 32));
    fw_write(b, RL_REG_RD_LOCAL, 16u << 16);
    fw_write(b, RL_REG_RD_CMD, (uint32_t)RL_OP_FETCH << 28);
    for (unsigned n = 0; n < 5; n++) {
        rl_rp_run(b->rp, 10000);
        bad += !(cfg_rd(b, 0x68) & bit);
    }
    is_u(bad, 0, "a read that waits is pending");
    rl_rp_run(b->rp, 12000);
    is_u(cfg_rd(b, 0x68) & bit, 0, "its completion ends that");
    rl_rp_options(b->rp)->latency_cycles = 100;
}

int main(void)
{
    struct bench *b = bench_new();

    retry_until_ready(b);
    masks(b);
    device_control(b);
    power(b);
    events(b);
    interrupt_status(b);
    not_ours(b);
    firmware_dwords(b);
    bench_reset(b);
    sizing(b);
    number(b);
    bench_reset(b);
    bench_enumerate(b);
    transactions_pending(b);
    return bench_end(b);
}
