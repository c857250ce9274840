/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * MSI-X: table access, masks, pending bits, unmasking. Messages come from the
 * write engine's MSIX command.
 */
#include <string.h>

#include "pcie_bench.h"

static uint64_t table(struct bench *b, unsigned v)
{
    return b->bar0 + RL_BAR0_MSIX + 16 * v;
}

static void raise_vector(struct bench *b, unsigned v)
{
    fw_write(b, RL_REG_WR_LOCAL, v << 16);
    fw_write(b, RL_REG_WR_CMD, (uint32_t)RL_OP_MSIX << 28);
    rl_rp_run(b->rp, 80);
}

static uint32_t pending(struct bench *b)
{
    rl_rp_run(b->rp, 80);
    return mem_rd32(b, b->bar0 + RL_BAR0_PBA);
}

static void table_access(struct bench *b)
{
    static uint8_t want[16 * RL_NUM_VECTORS], got[16 * RL_NUM_VECTORS + 64];
    static struct rl_tlp tlp;
    unsigned bad = 0;

    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        bad += mem_rd32(b, table(b, v) + 12) != 1;
    is_u(bad, 0, "all vectors are masked after reset");

    for (unsigned i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)rnd(b);
    mem_wr(b, table(b, 0), want, sizeof want);
    for (unsigned n = 0; n < 200; n++) {
        uint8_t d[64];
        unsigned len = 1 + rnd(b) % 64;
        unsigned at = rnd(b) % (unsigned)(sizeof want - len);

        for (unsigned i = 0; i < len; i++)
            d[i] = want[at + i] = (uint8_t)rnd(b);
        mem_wr(b, table(b, 0) + at, d, len);
    }
    for (unsigned v = 0; v < RL_NUM_VECTORS; v++) {
        want[16 * v] &= 0xfc;
        want[16 * v + 12] &= 1;
        memset(want + 16 * v + 13, 0, 3);
    }
    rl_rp_make_mem(&tlp, false, table(b, 0), NULL, sizeof got);
    bad = rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), got, sizeof got)
              ? 1
              : 0;
    is_u(bad, 0, "one long read");
    ok(!memcmp(got, want, sizeof want), "accesses of any length and alignment");
    bad = 0;
    for (unsigned i = sizeof want; i < sizeof got; i++)
        bad += got[i] != 0;
    is_u(bad, 0, "behind the table is nothing");
    mem_wr32(b, b->bar0 + RL_BAR0_PBA, 0xffffffff);
    is_u(pending(b), 0, "pending bits cannot be written");
}

static void masks(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        rl_rp_msix_program(b->rp, v, false);
    rl_rp_flush(b->rp);
    rl_rp_msix_clear(b->rp);
    raise_vector(b, 3);
    is_u(rl_rp_msix_count(b->rp, 3), 0, "disabled: no message");
    is_u(pending(b), 0, "and nothing pending");
    rl_rp_msix_enable(b->rp, true, false);
    for (unsigned v = 0; v < RL_NUM_VECTORS; v++) {
        raise_vector(b, v);
        bad += rl_rp_msix_count(b->rp, v) != 1;
    }
    is_u(bad, 0, "each vector sends its message");
    raise_vector(b, RL_NUM_VECTORS);
    raise_vector(b, 0xffff);
    raise_vector(b, 32 + 4);
    bad = 0;
    for (unsigned v = 0; v < RL_RP_VECTORS; v++)
        bad += rl_rp_msix_count(b->rp, v) != (v < RL_NUM_VECTORS);
    is_u(bad, 0, "vectors that do not exist send nothing");
    is_u(pending(b), 0, "and pend nowhere");

    rl_rp_msix_clear(b->rp);
    mem_wr32(b, table(b, 4) + 12, 1);
    mem_wr32(b, table(b, 16) + 12, 1);
    raise_vector(b, 4);
    raise_vector(b, 4);
    raise_vector(b, 16);
    raise_vector(b, 5);
    is_u(rl_rp_msix_count(b->rp, 5), 1, "others go on");
    is_u(rl_rp_msix_count(b->rp, 4) + rl_rp_msix_count(b->rp, 16), 0,
         "masked vectors stay silent");
    is_u(pending(b), 1u << 4 | 1u << 16, "and pending");
    mem_wr32(b, table(b, 4) + 12, 0);
    is_u(pending(b), 1u << 16, "unmasked: no longer");
    is_u(rl_rp_msix_count(b->rp, 4), 1, "one message for two");
    is_u(rl_rp_msix_count(b->rp, 16), 0, "not for the other");
    mem_wr32(b, table(b, 16) + 12, 0);
    is_u(pending(b), 0, "unmasked too");
    is_u(rl_rp_msix_count(b->rp, 16), 1, "one message");
}

static void function_mask(struct bench *b)
{
    rl_rp_msix_clear(b->rp);
    rl_rp_msix_enable(b->rp, true, true);
    mem_wr32(b, table(b, 7) + 12, 1);
    raise_vector(b, 6);
    raise_vector(b, 7);
    raise_vector(b, 8);
    is_u(pending(b), 7u << 6, "function mask: pending");
    rl_rp_msix_enable(b->rp, true, false);
    is_u(pending(b), 1u << 7, "unmasked, but for a vector masked itself");
    is_u(rl_rp_msix_count(b->rp, 6), 1, "sent");
    is_u(rl_rp_msix_count(b->rp, 7), 0, "not sent");
    is_u(rl_rp_msix_count(b->rp, 8), 1, "sent");
    rl_rp_msix_enable(b->rp, false, false);
    mem_wr32(b, table(b, 7) + 12, 0);
    is_u(pending(b), 1u << 7, "disabled: stays pending");
    is_u(rl_rp_msix_count(b->rp, 7), 0, "not sent");
    rl_rp_msix_enable(b->rp, true, false);
    is_u(pending(b), 0, "enabled");
    is_u(rl_rp_msix_count(b->rp, 7), 1, "sent");
}

/* Masking and unmasking while vectors are raised: as many pending bits and
 * messages as an unmasked request or an unmask of a pending vector makes. */
static void churn(struct bench *b)
{
    unsigned raised = 0, bad = 0;
    uint32_t pend = 0, mask = 0;
    uint64_t want[RL_NUM_VECTORS] = {0};

    rl_rp_msix_clear(b->rp);
    for (unsigned n = 0; n < 600; n++) {
        unsigned v = rnd(b) % RL_NUM_VECTORS;
        uint32_t bit = 1u << v;

        if (rnd(b) & 1) {
            raise_vector(b, v);
            raised++;
            if (mask & bit)
                pend |= bit;
            else
                want[v]++;
        } else {
            mask ^= bit;
            mem_wr32(b, table(b, v) + 12, (mask & bit) != 0);
            if (!(mask & bit) && (pend & bit)) {
                want[v]++;
                pend ^= bit;
            }
        }
        if (n % 50 == 49)
            bad += pending(b) != pend;
    }
    rl_rp_run(b->rp, 200);
    is_u(bad, 0, "pending bits after %u random requests", raised);
    bad = 0;
    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        bad += rl_rp_msix_count(b->rp, v) != want[v];
    is_u(bad, 0, "and as many messages");
}

/* A device reset forgets a vector that was unmasked while the write engine
 * could not send it. */
static void forget_unmasked(struct bench *b)
{
    uint64_t host = rl_rp_alloc(b->rp, false, 4, 4);

    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        mem_wr32(b, table(b, v) + 12, v == 4);
    pending(b);
    rl_rp_msix_clear(b->rp);
    raise_vector(b, 4);
    is_u(pending(b), 1u << 4, "masked: pending");
    rl_model_tx_credit(b->m, 6);
    fw_write(b, RL_REG_WR_ADDR_LO, (uint32_t)host);
    fw_write(b, RL_REG_WR_ADDR_HI, (uint32_t)(host >> 32));
    fw_write(b, RL_REG_WR_CMD, (uint32_t)RL_OP_IMM4 << 28);
    rl_rp_run(b->rp, 60);
    rl_rp_write32(b->rp, table(b, 4) + 12, 0);
    rl_rp_run(b->rp, 60);
    fw_write(b, RL_REG_PCIE_MSIX_FORGET, 0);
    rl_model_tx_credit(b->m, 7);
    is_u(pending(b), 0, "forgotten: not pending");
    is_u(rl_rp_msix_count(b->rp, 4), 0, "and not sent");
    raise_vector(b, 4);
    is_u(rl_rp_msix_count(b->rp, 4), 1, "the next one is");
}

int main(void)
{
    struct bench *b = bench_new();

    bench_enumerate(b);
    table_access(b);
    masks(b);
    function_mask(b);
    churn(b);
    forget_unmasked(b);
    return bench_end(b);
}
