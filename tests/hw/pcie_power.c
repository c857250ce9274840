/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * D3hot: requests of the card wait and none is lost, configuration answers.
 * PME_Turn_Off: everything written leaves, then the acknowledgement, then nothing.
 */
#include <string.h>

#include "dma_bench.h"

enum { PMCSR = 0x44, CHUNK = 512, CHUNKS = 8, TURN_OFF = 0x19, TO_ACK = 0x1b };

static uint64_t base;
static uint8_t *host;

static uint64_t requests(struct bench *b)
{
    const struct rl_rp_stats *s = rl_rp_stats(b->rp, true);

    return s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
}

/* Reads and writes of all kinds, pushed while the card may ask for nothing. */
static void push_all(struct bench *b)
{
    uint8_t data[CHUNK];

    for (unsigned i = 0; i < CHUNKS; i++) {
        fill(b, host + i * CHUNK, CHUNK);
        rd_fetch(b, base + i * CHUNK, 0x4000 + i * CHUNK, CHUNK, i);
    }
    for (unsigned i = 0; i < CHUNKS; i++) {
        fill(b, data, CHUNK);
        lmem_put(b, 0x8000 + i * CHUNK, data, CHUNK);
        wr_copy(b, base + 0x8000 + i * CHUNK, 0x8000 + i * CHUNK, CHUNK,
                (100 + i) | CMD_NOTIFY);
    }
    wr_op(b, RL_OP_MSIX, 1, 200 | CMD_NOTIFY);
}

/* All of it has happened. */
static unsigned check_all(struct bench *b, bool all_ok)
{
    uint8_t got[CHUNK];
    unsigned seen = 0, bad = 0;

    for (unsigned i = 0; i < 2 * CHUNKS + 1; i++) {
        struct cpl c = cpl_get(b, 20000);

        seen += c.valid;
        bad += c.status != RL_DMA_OK;
    }
    bad += seen != 2 * CHUNKS + 1;
    for (unsigned i = 0; all_ok && i < CHUNKS; i++) {
        lmem_get(b, 0x4000 + i * CHUNK, got, CHUNK);
        bad += memcmp(got, host + i * CHUNK, CHUNK) != 0;
        lmem_get(b, 0x8000 + i * CHUNK, got, CHUNK);
        bad += memcmp(got, host + 0x8000 + i * CHUNK, CHUNK) != 0;
    }
    return bad;
}

static void asleep(struct bench *b, unsigned before_cycles)
{
    uint64_t sent, first = requests(b), messages = rl_rp_msix_count(b->rp, 1);

    /* Slow, or all would be over before the host can say anything. */
    if (before_cycles) {
        rl_model_tx_ready(b->m, 1500);
        push_all(b);
    }
    rl_rp_run(b->rp, before_cycles);
    cfg_wr(b, PMCSR, 1, 3);
    if (!before_cycles)
        push_all(b);
    rl_rp_run(b->rp, 2000);
    rl_model_tx_ready(b->m, 65536);
    rl_rp_run(b->rp, 300);
    sent = requests(b);
    rl_rp_run(b->rp, 3000);
    note("%llu requests had left", (unsigned long long)(requests(b) - first));
    is_u(requests(b), sent, "D3hot after %u cycles: no request", before_cycles);
    is_u(cfg_rd(b, 0), 0x10411af4, "configuration answers past what waits");
    if (!before_cycles)
        is_u(cfg_rd(b, 0x68) >> 21 & 1, 1, "Transactions Pending");
    cfg_wr(b, PMCSR, 1, 0);
    is_u(check_all(b, true), 0, "D0: all that waited is done, unharmed");
    is_u(rl_rp_msix_count(b->rp, 1) - messages, 1, "the interrupt too");
}

/* What waits in D3hot when bus mastering goes off is never sent. */
static void asleep_and_off(struct bench *b)
{
    uint64_t sent;

    cfg_wr(b, PMCSR, 1, 3);
    push_all(b);
    rl_rp_run(b->rp, 300);
    sent = requests(b);
    cfg_wr(b, 0x04, 1, 2);
    for (unsigned i = 0; i < 2 * CHUNKS + 1; i++)
        if (!cpl_get(b, 20000).valid)
            ok(false, "command %u ended", i);
    is_u(cfg_rd(b, 0x68) >> 21 & 1, 0, "no transaction is pending");
    cfg_wr(b, PMCSR, 1, 0);
    rl_rp_run(b->rp, 500);
    is_u(requests(b), sent, "bus mastering off in D3hot: nothing was sent");
    cfg_wr(b, 0x04, 1, 6);
    queue_again(b, 0);
    (void)mem_rd32(b, b->bar0 + RL_BAR0_PBA);
    rl_rp_run(b->rp, 100);
}

static void reset_asleep(struct bench *b)
{
    cfg_wr(b, PMCSR, 1, 3);
    push_all(b);
    rl_rp_run(b->rp, 300);
    uint64_t sent = requests(b);

    cfg_wr(b, 0x68, 2, 0xa800);
    for (unsigned i = 0; i < 2 * CHUNKS + 1; i++)
        if (cpl_get(b, 2000).status != RL_DMA_ABORTED)
            ok(false, "command %u is ABORTED", i);
    is_u(requests(b), sent, "function level reset in D3hot: nothing was sent");
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    rl_rp_run(b->rp, 20);
    is_u(cfg_rd(b, PMCSR) & 3, 0, "and it is D0");
}

static void awake(struct bench *b)
{
    if (rl_rp_enumerate(b->rp))
        ok(false, "enumerated");
    rl_rp_msix_program(b->rp, 1, false);
    rl_rp_msix_enable(b->rp, true, false);
    push_all(b);
    is_u(check_all(b, true), 0, "all works");
}

static void turn_off(struct bench *b)
{
    static struct rl_tlp t;
    uint64_t sent;

    memset(&t, 0, offsetof(struct rl_tlp, payload));
    t.hdr[0] = 0x33000000; /* broadcast from the root complex */
    t.hdr[1] = TURN_OFF;
    t.bar = RL_BAR_NONE;
    rl_model_tx_credit(b->m, 6);
    push_all(b);
    rl_rp_run(b->rp, 300);
    rl_rp_send(b->rp, &t);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 300);
    is_u(rl_rp_messages(b->rp, TO_ACK), 0, "no answer before the writes");
    rl_model_tx_credit(b->m, 7);
    is_u(check_all(b, true), 0, "the writes have left");
    rl_rp_run(b->rp, 50);
    is_u(rl_rp_messages(b->rp, TO_ACK), 1, "PME_TO_Ack behind them");
    sent = requests(b);
    push_all(b);
    rl_rp_run(b->rp, 2000);
    is_u(requests(b), sent, "and nothing behind it");
    is_u(cfg_rd(b, 0), 0x10411af4, "configuration still answers");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, 65536, 4096);
    host = rl_rp_mem(b->rp, base, 65536);
    awake(b);
    asleep(b, 0);
    for (unsigned cycles = 20; cycles < 400; cycles += 37)
        asleep(b, cycles);
    asleep_and_off(b);
    awake(b);
    reset_asleep(b);
    awake(b);
    turn_off(b);
    return bench_end(b);
}
