/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * MRG_RXBUF: frames over several receive buffers. The driver complains when a
 * frame shows before all of its buffers are back.
 */
#include <string.h>

#include "cosim.h"

/* Sends full-size frames, whatever the receive buffers hold. */
static void loop(struct cosim *t, struct drv_net_config c, unsigned frames)
{
    struct drv_net n;

    c.merge = true;
    rl_rp_alloc_reset(t->rp);
    cosim_drain_port(t);
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    CHECK(t, drv_feature(&n.pci.accepted, DRV_NET_F_MRG_RXBUF));
    if (cosim_exchange(t, &n, frames, n.cfg.tx_bytes - DRV_NET_HDR) == 0 &&
        n.cfg.tx_bytes > n.cfg.buffer_bytes)
        CHECK(t, n.rx_merged != 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void everywhere(struct cosim *t, struct drv_net_config c,
                       unsigned frames)
{
    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        c.placement = i & 2 ? DRV_DEVICE_MEMORY : DRV_HOST_MEMORY;
        c.in_order = !(i & 1);
        loop(t, c, frames);
        if (t->failed)
            cosim_note("%s memory, %s", i & 2 ? "device" : "host",
                       i & 1 ? "any order" : "in-order");
    }
}

static void small_buffers(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){
                   .buffer_bytes = 128, .tx_bytes = 1526, .tx_buffers = 16},
               150);
}

static void odd_buffers(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 211,
                                       .rx_size = 37,
                                       .tx_bytes = 1526,
                                       .tx_buffers = 16,
                                       .id_seed = 3},
               150);
}

/* The driver rings only for the buffer that the card asked for. */
static void small_buffers_event_idx(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 128,
                                       .rx_size = 15,
                                       .event_idx = true,
                                       .tx_bytes = 1526,
                                       .tx_buffers = 16},
               100);
}

static void chained_buffers(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 200,
                                       .rx_size = 43,
                                       .rx_chained = true,
                                       .tx_bytes = 1526,
                                       .tx_buffers = 16},
               150);
}

static void tables_and_buffers(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 200,
                                       .rx_size = 43,
                                       .rx_chained = true,
                                       .indirect = true,
                                       .indirect_mixed = t->seed & 1,
                                       .tx_bytes = 1526,
                                       .tx_buffers = 16},
               150);
}

/* The longest frame of these needs nearly the whole ring. */
static void barely_enough(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 100,
                                       .rx_size = 7,
                                       .tx_bytes = 700,
                                       .tx_buffers = 16},
               100);
}

static void large_buffers(struct cosim *t)
{
    everywhere(t,
               (struct drv_net_config){.buffer_bytes = 1536, .tx_bytes = 1526},
               100);
}

static const struct cosim_case cases[] = {
    {"frames over buffers of 128 bytes", small_buffers},
    {"over odd buffers in an odd ring", odd_buffers},
    {"with EVENT_IDX", small_buffers_event_idx},
    {"over chains", chained_buffers},
    {"over tables", tables_and_buffers},
    {"a ring that just holds the longest frame", barely_enough},
    {"nothing is merged where frames fit", large_buffers},
};
COSIM_MAIN(cases)
