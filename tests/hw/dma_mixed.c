/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Everything at once: runs both ways, fetches, writes and messages, host and device
 * memory side by side, with the host reading and writing device memory meanwhile. Then the same card
 * after a function level reset.
 */
#include <string.h>

#include "dma_bench.h"

enum { TXRING = 0x2000, RXRING = 0x3000, PER = 8, HDR = 12 };

static uint64_t txbase, rxbase;
static uint8_t *txhost, *rxhost;
static uint8_t dev[RL_DEVMEM_BYTES], got[65536], frame[PER][1600], lm[4096];
static uint32_t txlen[2][PER], rxlen[PER];

/* Device memory: 0 to 0x8000 sources, 0x8000 to 0x10000 destinations, 0x10000 and on
 * the host's. */
static unsigned round_of(struct bench *b)
{
    unsigned bad = 0, want = 0;
    bool rxdev = rnd(b) & 1;
    uint32_t space = rxdev ? CMD_SPACE : 0, sum = 0, n;
    uint32_t fetch_off = rnd(b) % 1000, fetch_len = 1 + rnd(b) % 1000;
    uint32_t write_off = rnd(b) % 1000, write_len = 1 + rnd(b) % 1000;
    uint8_t data[256];

    for (unsigned i = 0; i < PER; i++) {
        for (unsigned d = 0; d < 2; d++) {
            txlen[d][i] = 1 + rnd(b) % (rnd(b) % 3 ? 120 : 1500);
            lmem_desc(b, TXRING + 0x400 * d + 16 * i,
                      (d ? DEVWIN : txbase) + 2048 * i + i, txlen[d][i], i, 0);
        }
        rxlen[i] = 1 + rnd(b) % (rnd(b) % 3 ? 120 : 1500);
        fill(b, frame[i], rxlen[i]);
        lmem_desc(b, RXRING + 16 * i,
                  (rxdev ? DEVWIN + 0x8000 : rxbase) + 2048 * i + 3 * i, 1900,
                  i, DESC_WRITE);
        sum += rxlen[i];
    }
    fill(b, lm, 4096);
    lmem_put(b, 0x6000, lm, 2048);
    guard(rxhost, 65536);
    for (unsigned i = 0; i < PER; i++)
        frame_send(b, frame[i], rxlen[i]);

    wr_run(b, RXRING, PER, RING(RXRING, PER), 0x60000000u | HDR,
           1 | space | CMD_NOTIFY);
    rd_run(b, TXRING, PER, RING(0, 0), 0, 2);
    rd_run(b, TXRING + 0x400, PER, RING(0, 0), 0, 3 | CMD_SPACE);
    rd_fetch(b, txbase + fetch_off, 0x8000 + (fetch_off & 15), fetch_len, 4);
    rd_fetch(b, DEVWIN + fetch_off, 0x9000 + (fetch_off & 15), fetch_len,
             5 | CMD_SPACE);
    wr_copy(b, rxbase + 32768 + write_off, 0x6000 + (write_off & 15), write_len,
            6 | CMD_NOTIFY);
    wr_copy(b, DEVWIN + 0xe000 + write_off, 0x6000 + (write_off & 15),
            write_len, 7 | CMD_SPACE | CMD_NOTIFY);
    wr_op(b, RL_OP_MSIX, 2, 8 | CMD_NOTIFY);

    /* The host uses BAR2 meanwhile. */
    for (unsigned i = 0; i < 6; i++) {
        uint32_t at = 0x10000 + rnd(b) % 60000;

        fill(b, data, sizeof data);
        n = 1 + rnd(b) % 255;
        memcpy(dev + at, data, n);
        rl_rp_write(b->rp, b->bar2 + at, data, n);
        dev_get(b, at, data, n);
        bad += memcmp(data, dev + at, n) != 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        struct cpl c = cpl_get(b, 100000);

        bad += !c.valid || c.status != RL_DMA_OK;
        bad += c.cookie == 1 && c.bytes != sum;
        want |= 1u << c.cookie;
    }
    bad += want != 0x1fe;
    for (unsigned d = 0; d < 2; d++)
        for (unsigned i = 0; i < PER; i++)
            bad += !frame_is(b, (d ? dev : txhost) + 2048 * i + i, txlen[d][i],
                             100000);
    rl_rp_run(b->rp, 300);
    lmem_get(b, 0x8000 + (fetch_off & 15), got, fetch_len);
    bad += memcmp(got, txhost + fetch_off, fetch_len) != 0;
    lmem_get(b, 0x9000 + (fetch_off & 15), got, fetch_len);
    bad += memcmp(got, dev + fetch_off, fetch_len) != 0;
    bad += memcmp(rxhost + 32768 + write_off, lm + (write_off & 15),
                  write_len) != 0;
    dev_get(b, 0x8000, got, 0x7000);
    bad +=
        memcmp(got + 0x6000 + write_off, lm + (write_off & 15), write_len) != 0;
    for (unsigned i = 0; i < PER; i++) {
        const uint8_t *p = (rxdev ? got : rxhost) + 2048 * i + 3 * i;

        bad += memcmp(p, lm, HDR) || memcmp(p + HDR, frame[i], rxlen[i]);
        bad += !rxdev && !guarded(p + HDR + rxlen[i], 100);
        bad += (fw_read(b, RL_REG_NETRX_LEN) & ~RL_NETRX_LEN_FLOW_MASK) !=
               (1u << 31 | rxlen[i]);
    }
    return bad;
}

static void prepare(struct bench *b)
{
    fw_write(b, RL_REG_DEVWIN_LO, (uint32_t)DEVWIN);
    fw_write(b, RL_REG_DEVWIN_HI, (uint32_t)(DEVWIN >> 32));
    rl_rp_msix_program(b->rp, 2, false);
    rl_rp_msix_enable(b->rp, true, false);
    fill(b, dev, sizeof dev);
    dev_put(b, 0, dev, sizeof dev);
}

/* Long commands are under way when the host resets the function. */
static void reset_midway(struct bench *b)
{
    unsigned bad = 0;
    static struct rl_tlp t;
    int handle;
    size_t bytes;
    bool broken;

    for (unsigned i = 0; i < PER; i++)
        lmem_desc(b, TXRING + 16 * i, txbase + 2048 * i, 2000, i, 0);
    rl_model_net_tx_ready(b->m, 2000);
    rd_run(b, TXRING, PER, RING(0, 0), 0, 1);
    rd_fetch(b, txbase, 0x8000, 4096, 2);
    wr_copy(b, rxbase, 0x6000, 4096, 3 | CMD_NOTIFY);
    rd_fetch(b, DEVWIN, 0x9000, 4096, 4 | CMD_SPACE);
    rl_rp_run(b->rp, 40);
    /* Device control, initiate function level reset. */
    make_cfg(&t, true, rl_rp_device(b->rp)->cap_pcie + 8, 15, 0x8000);
    handle = rl_rp_np_submit(b->rp, &t);
    for (unsigned i = 0; i < 4; i++) {
        struct cpl c = cpl_get(b, 30000);

        bad +=
            !c.valid || (c.status != RL_DMA_OK && c.status != RL_DMA_ABORTED);
    }
    (void)rl_rp_np_wait(b->rp, handle, NULL, 0);
    bad += !(fw_read(b, RL_REG_PCIE_STATUS) >> RL_PCIE_STATUS_FLR_LSB & 1);
    rd_fetch(b, DEVWIN, 0x9000, 64, 5 | CMD_SPACE);
    bad += !cpl_is(b, 5, RL_DMA_ABORTED, 0);
    wr_copy(b, rxbase, 0x6000, 64, 6);
    bad += !cpl_is(b, 6, RL_DMA_ABORTED, 0);
    rl_rp_run(b->rp, 3000);
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    while (frame_wait(b, &bytes, &broken, 1000))
        rl_model_net_pop(b->m);
    is_u(bad, 0, "a function level reset ends all commands");
    rl_rp_run(b->rp, 200);
    if (rl_rp_enumerate(b->rp))
        ok(false, "enumerates again");
    b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
}

int main(void)
{
    struct bench *b = dma_bench();

    txbase = rl_rp_alloc(b->rp, true, 65536, 4096);
    txhost = rl_rp_mem(b->rp, txbase, 65536);
    rxbase = rl_rp_alloc(b->rp, false, 65536, 4096);
    rxhost = rl_rp_mem(b->rp, rxbase, 65536);
    fill(b, txhost, 65536);
    for (unsigned life = 0; life < 3; life++) {
        if (life == 1)
            rl_rp_options(b->rp)->ext_tag = false;
        if (life)
            reset_midway(b);
        prepare(b);
        for (unsigned w = 0; w < WEATHERS; w++) {
            const char *how = weather(b, w);
            unsigned bad = 0;

            for (unsigned i = 0; i < 30 && !bad; i++)
                bad += round_of(b);
            is_u(bad, 0, "all engines at once, %s", how);
        }
    }
    is_u(fw_read(b, RL_REG_ERR_UNEXPECTED), 0, "no completion was dropped");
    return bench_end(b);
}
