/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Doorbells: every queue and byte enable, coalescing, a set that meets a clear.
 */
#include <string.h>

#include "pcie_bench.h"

static struct rl_tlp tlp;

static void ring(struct bench *b, unsigned queue, unsigned be, uint32_t v)
{
    rl_rp_make_mem(&tlp, true, b->bar0 + RL_BAR0_NOTIFY + 4 * queue, &v, 4);
    tlp.hdr[1] = (tlp.hdr[1] & ~0xffu) | be;
    rl_rp_send(b->rp, &tlp);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 8);
}

static uint32_t lanes(unsigned be)
{
    uint32_t m = 0;

    for (unsigned i = 0; i < 4; i++)
        if (be >> i & 1)
            m |= 0xffu << 8 * i;
    return m;
}

static void each(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned q = 0; q < RL_NUM_QUEUES; q++)
        for (unsigned be = 0; be < 16; be++) {
            uint32_t v = rnd(b), old = fw_read(b, RL_REG_DB_DATA0 + 4 * q);
            uint32_t wide = fw_read(b, RL_REG_DB_WIDE);

            ring(b, q, be, v);
            if (be) {
                old = v & lanes(be);
                wide = (wide & ~(1u << q)) | (uint32_t)(be > 3) << q;
            }
            bad +=
                fw_read(b, RL_REG_DB_PENDING) != (be ? 1u << q : 0) ||
                fw_read(b, RL_REG_DB_DATA0 + 4 * q) != old ||
                fw_read(b, RL_REG_DB_WIDE) != wide ||
                !(fw_read(b, RL_REG_EVENTS) & RL_EVENTS_DOORBELL_MASK) != !be;
            fw_write(b, RL_REG_DB_PENDING, 1u << q);
        }
    is_u(bad, 0, "each queue with each byte enable");
    is_u(fw_read(b, RL_REG_DB_PENDING), 0, "all cleared");
}

static void coalesced(struct bench *b)
{
    uint32_t v[RL_NUM_QUEUES + 4];

    for (uint32_t i = 0; i < 50; i++)
        rl_rp_write32(b->rp, b->bar0 + RL_BAR0_NOTIFY + 4 * 5, i << 16 | 5);
    rl_rp_write32(b->rp, b->bar0 + RL_BAR0_NOTIFY + 4 * 9, 9);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 10);
    is_u(fw_read(b, RL_REG_DB_PENDING), 0x220, "fifty doorbells are one");
    is_u(fw_read(b, RL_REG_DB_DATA0 + 20), 49u << 16 | 5, "with the last data");
    fw_write(b, RL_REG_DB_PENDING, 0x20);
    is_u(fw_read(b, RL_REG_DB_PENDING), 0x200, "cleared one by one");
    fw_write(b, RL_REG_DB_PENDING, 0xffff);
    for (uint32_t i = 0; i < RL_NUM_QUEUES + 4; i++)
        v[i] = 0x01010101 * i;
    mem_wr(b, b->bar0 + RL_BAR0_NOTIFY, v, sizeof v);
    rl_rp_run(b->rp, 10);
    is_u(fw_read(b, RL_REG_DB_PENDING), 0xffff, "one long write rings all");
    is_u(fw_read(b, RL_REG_DB_DATA0 + 4 * 13), 0x0d0d0d0d,
         "each with its data");
    is_u(fw_read(b, RL_REG_DB_DATA0 + 4 * 3), 0x03030303, "none overwritten");
    is_u(fw_read(b, RL_REG_EVENTS) & RL_EVENTS_MBOX_MASK, 0,
         "the mailbox is not asked");
    fw_write(b, RL_REG_DB_PENDING, 0xffff);
}

/* A doorbell on its way for gap cycles, then a look at the pending bits or, in
 * the same cycle, a clear. */
static uint32_t meet(struct bench *b, unsigned gap, bool clear)
{
    fw_write(b, RL_REG_DB_PENDING, 0xffff);
    rl_rp_run(b->rp, 200);
    rl_rp_write32(b->rp, b->bar0 + RL_BAR0_NOTIFY + 8, gap);
    rl_rp_run(b->rp, gap);
    if (!clear)
        return fw_read(b, RL_REG_DB_PENDING);
    fw_write(b, RL_REG_DB_PENDING, 4);
    rl_rp_run(b->rp, 60);
    return fw_read(b, RL_REG_DB_PENDING);
}

/* What a look does not see yet, a clear must not take away; the last such gap
 * is the cycle in which set and clear meet. */
static void race(struct bench *b)
{
    unsigned bad = 0, not_yet = 0;

    rl_rp_options(b->rp)->rate_down = 0;
    for (unsigned gap = 0; gap < 40; gap++) {
        bool rung = meet(b, gap, false) != 0;

        not_yet += !rung;
        bad += meet(b, gap, true) != (rung ? 0 : 4);
    }
    is_u(bad, 0, "a doorbell wins over a clear in its cycle");
    ok(not_yet > 0 && not_yet < 40, "they met");
    fw_write(b, RL_REG_DB_PENDING, 0xffff);
}

int main(void)
{
    struct bench *b = bench_new();

    bench_enumerate(b);
    each(b);
    coalesced(b);
    race(b);
    return bench_end(b);
}
