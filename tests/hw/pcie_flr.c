/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Function level reset: its write completes, everything goes back to reset
 * values, retry until the firmware is done, nothing old is left.
 */
#include <string.h>

#include "pcie_bench.h"

static struct rl_tlp tlp;

static int cfg_status(struct bench *b, bool write, unsigned offset)
{
    make_cfg(&tlp, write, offset, 15, 0xffffffff);
    return rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), NULL, 0);
}

static bool in_flr(struct bench *b)
{
    return fw_read(b, RL_REG_PCIE_STATUS) & RL_PCIE_STATUS_FLR_MASK;
}

static uint32_t state[64];

static void whole(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned i = 0; i < 63; i++)
        state[i] = cfg_rd(b, 4 * i);
    bench_enumerate(b);
    cfg_wr(b, 0x3c, 1, 0x21);
    cfg_wr(b, 0x0c, 1, 0x10);
    cfg_wr(b, 0x68, 1, 0x0f | 1 << 5);
    cfg_wr(b, 0xf0, 1, 2);
    cfg_wr(b, 0xf4, 15, 0x1000);
    cfg_wr(b, 0xf8, 15, 4);
    cfg_wr(b, 0x70, 1, 0x48);
    rl_rp_msix_program(b->rp, 2, false);
    rl_rp_msix_program(b->rp, 3, false);
    rl_rp_msix_enable(b->rp, true, true);
    rl_rp_flush(b->rp);
    fw_write(b, RL_REG_WR_LOCAL, 3 << 16);
    fw_write(b, RL_REG_WR_CMD, (uint32_t)RL_OP_MSIX << 28);
    rl_rp_run(b->rp, 60);
    is_u(mem_rd32(b, b->bar0 + RL_BAR0_PBA), 8, "a vector is pending");
    mem_wr32(b, b->bar0 + 0x10, 1);
    mem_wr32(b, b->bar0 + RL_BAR0_NOTIFY + 16, 4);
    mem_wr32(b, b->bar2, 0xfee1600d);
    fw_write(b, RL_REG_PCIE_EVENTS, 15);

    is_u((uint64_t)cfg_wr(b, 0x68, 2, 0xa800), 0, "the write is completed");
    rl_rp_run(b->rp, 30);
    ok(in_flr(b), "PCIE_STATUS says so");
    is_u(fw_read(b, RL_REG_PCIE_EVENTS), 1, "and the event, no other");
    is_u(fw_read(b, RL_REG_PCIE_STATUS) & 0x3f, 0, "nothing enabled");
    is_u((uint64_t)cfg_status(b, false, 0), (uint64_t)RL_RP_CRS, "read: retry");
    is_u((uint64_t)cfg_status(b, true, 0x10), (uint64_t)RL_RP_CRS,
         "write: retry");
    ok(!fw_peek(b).valid, "the mailbox is empty");
    is_u(fw_read(b, RL_REG_DB_PENDING), 0, "no doorbell");
    mem_wr32(b, b->bar0 + 0x10, 1);
    mem_wr32(b, b->bar0 + RL_BAR0_NOTIFY + 16, 4);
    mem_wr32(b, b->bar2, 0x0bad0bad);
    rl_rp_make_mem(&tlp, false, b->bar2, NULL, 4);
    is_u((uint64_t)rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), NULL, 0),
         (uint64_t)RL_RP_UR, "memory reads: UR");
    ok(!fw_peek(b).valid && !fw_read(b, RL_REG_DB_PENDING), "writes: dropped");

    fw_write(b, RL_REG_PCIE_EVENTS, 1);
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    ok(!in_flr(b), "done");
    for (unsigned i = 0; i < 63; i++) {
        uint32_t v = cfg_rd(b, 4 * i), want = state[i];

        /* Payload size and link control outlive it; UR was detected since. */
        if (i == 0x68 / 4)
            want = (want & ~0xe0u) | 1 << 5 | 9u << 16;
        if (i == 0x68 / 4)
            want |= 2u << 16; /* dropped writes: non-fatal */
        if (i == 0x70 / 4)
            want |= 0x48;
        if (v != want && !bad++)
            note("0x%02x is %08x, not %08x", 4 * i, v, want);
    }
    is_u(bad, 0, "configuration space has its reset values");
    if (rl_rp_enumerate(b->rp))
        ok(false, "enumerated again");
    is_u(mem_rd32(b, b->bar2), 0xfee1600d, "device memory is as before");
    is_u(mem_rd32(b, b->bar0 + RL_BAR0_MSIX + 44), 1, "vectors are masked");
    is_u(mem_rd32(b, b->bar0 + RL_BAR0_PBA), 0, "none is pending");
}

/* The completion of the write goes first, however long it takes. */
static void completion_first(struct bench *b)
{
    int h, flr;

    rl_model_tx_credit(b->m, 3);
    rl_rp_make_mem(&tlp, false, b->bar2, NULL, 1024);
    h = rl_rp_np_submit(b->rp, &tlp);
    make_cfg(&tlp, true, 0x68, 2, 0xa800);
    flr = rl_rp_np_submit(b->rp, &tlp);
    rl_rp_run(b->rp, 3000);
    ok(!in_flr(b), "no reset before its completion has left");
    rl_model_tx_credit(b->m, 7);
    is_u((uint64_t)rl_rp_np_wait(b->rp, flr, NULL, 0), 0, "completed");
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, NULL, 0), 0,
         "the read before it too");
    rl_rp_run(b->rp, 30);
    ok(in_flr(b), "now it resets");
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    rl_rp_enumerate(b->rp);
}

/* Reads and writes for the firmware are under way when it comes. */
static void mailbox_busy(struct bench *b)
{
    static const uint32_t zero[64];
    int h, flr;
    struct entry e;

    rl_rp_make_mem(&tlp, false, b->bar0, NULL, 4);
    h = rl_rp_np_submit(b->rp, &tlp);
    rl_rp_run(b->rp, 60);
    e = fw_take(b);
    for (unsigned i = 0; i < 3; i++)
        rl_rp_write(b->rp, b->bar0 + 0x1000, zero, 64);
    make_cfg(&tlp, true, 0x68, 2, 0xa800);
    flr = rl_rp_np_submit(b->rp, &tlp);
    rl_rp_run(b->rp, 500);
    fw_reply(b, e.tag, 0);
    fw_drain(b);
    is_u((uint64_t)np_wait(b, flr, NULL, 0), 0, "behind a busy mailbox");
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, NULL, 0), 0, "the read is answered");
    rl_rp_run(b->rp, 30);
    ok(in_flr(b) && !fw_peek(b).valid, "reset, mailbox empty");
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);

    /* With a dead firmware the watchdog lets it happen. */
    rl_rp_enumerate(b->rp);
    rl_rp_options(b->rp)->np_timeout_cycles = 300000;
    rl_rp_make_mem(&tlp, false, b->bar0, NULL, 4);
    h = rl_rp_np_submit(b->rp, &tlp);
    is_u((uint64_t)cfg_wr(b, 0x68, 2, 0xa800), 0, "with a dead firmware");
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, NULL, 0), 0, "after its reads");
    rl_rp_run(b->rp, 30);
    ok(in_flr(b) && !fw_peek(b).valid, "reset, mailbox empty");
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    rl_rp_enumerate(b->rp);
    mem_wr32(b, b->bar0 + 0x20, 0x1234);
    fw_drain(b);
    is_u(mem_rd32(b, b->bar0 + 0x20), 0x1234, "and all works again");
}

int main(void)
{
    struct bench *b = bench_new();

    bench_ready(b);
    cfg_wr(b, 0x3c, 0, 0);
    whole(b);
    completion_first(b);
    mailbox_busy(b);
    return bench_end(b);
}
