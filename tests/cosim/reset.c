/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Every kind of reset in the middle of traffic: afterwards the card is silent,
 * and it works again.
 */
#include "cosim.h"

enum { ROUNDS = 8, SILENCE_CYCLES = 3000 };

/* Leaves frames in both directions somewhere on their way. */
static void start_traffic(struct cosim *t, struct drv_net *n)
{
    uint8_t frame[1514] = {0};
    unsigned cycles = 100 + cosim_random(t) % 3000;

    for (unsigned i = 0; i < 100 && drv_net_can_send(n); i++)
        if (drv_net_send(n, frame, 60 + cosim_random(t) % 1400))
            cosim_failed(t, __FILE__, __LINE__, "send");
    drv_net_kick(n);
    for (unsigned i = 0; i < 20; i++)
        rl_model_net_push(t->model, frame, 60 + cosim_random(t) % 1400, false);
    rl_rp_run(t->rp, cycles);
}

/* From now on the card says nothing that was not asked for. */
static void check_silence(struct cosim *t)
{
    const struct rl_rp_stats *s = rl_rp_stats(t->rp, true);
    uint64_t reads = s->tlps[RL_RP_MRD], writes = s->tlps[RL_RP_MWR],
             messages = s->tlps[RL_RP_MSIX];

    rl_rp_run(t->rp, SILENCE_CYCLES);
    CHECK_EQ(t, s->tlps[RL_RP_MRD], reads);
    CHECK_EQ(t, s->tlps[RL_RP_MWR], writes);
    CHECK_EQ(t, s->tlps[RL_RP_MSIX], messages);
    CHECK_EQ(t, rl_rp_reads_pending(t->rp), 0);
}

/* Frames that stood in the card's FIFO may still come: throw them away. */
static void take_leftovers(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    (void)ctx;
    (void)frame;
    (void)bytes;
}

static void works(struct cosim *t, const struct drv_net_config *c)
{
    struct drv_net n;

    rl_rp_alloc_reset(t->rp);
    CHECK_EQ(t, drv_net_open(&n, t->rp, c), 0);
    for (unsigned i = 0; i < 40; i++) {
        rl_rp_run(t->rp, 500);
        drv_net_receive(&n, take_leftovers, NULL);
    }
    cosim_drain_port(t);
    cosim_exchange(t, &n, 60, 1514);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void device_reset(struct cosim *t, enum drv_placement placement)
{
    struct drv_net_config c = {.in_order = true, .placement = placement};
    struct drv_net n;

    for (unsigned i = 0; i < ROUNDS && !t->failed; i++) {
        c.in_order = i & 1;
        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        start_traffic(t, &n);
        CHECK_EQ(t, drv_net_close(&n), 0);
        check_silence(t);
        works(t, &c);
    }
}

static void by_status(struct cosim *t)
{
    device_reset(t, DRV_HOST_MEMORY);
}

static void by_status_device_memory(struct cosim *t)
{
    device_reset(t, DRV_DEVICE_MEMORY);
}

static void by_flr(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    for (unsigned i = 0; i < ROUNDS && !t->failed; i++) {
        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        start_traffic(t, &n);
        CHECK_EQ(t, rl_rp_flr(t->rp), 0);
        CHECK_EQ(t, drv_pci_status(&n.pci), 0);
        drv_net_discard(&n);
        check_silence(t);
        works(t, &c);
    }
}

static void bus_master_off(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    for (unsigned i = 0; i < ROUNDS && !t->failed; i++) {
        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        start_traffic(t, &n);
        CHECK_EQ(t, rl_rp_command(t->rp, 0, 4), 0);
        rl_rp_run(t->rp, 500);
        check_silence(t);
        CHECK_EQ(t, rl_rp_command(t->rp, 4, 0), 0);
        CHECK_EQ(t, drv_net_close(&n), 0);
        works(t, &c);
    }
}

static void slow_reads(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};

    /* Reset must wait for completions that are far away. */
    rl_rp_options(t->rp)->latency_cycles = 2500;
    rl_rp_options(t->rp)->jitter_cycles = 500;
    device_reset(t, DRV_HOST_MEMORY);
    rl_rp_options(t->rp)->latency_cycles = 100;
    if (!t->failed)
        works(t, &c);
}

static void without_waiting(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    start_traffic(t, &n);
    /* A driver that does not wait for status to read 0. */
    drv_pci_put(&n.pci, DRV_C_STATUS, 1, 0);
    drv_pci_put(&n.pci, DRV_C_STATUS, 1, 1);
    drv_pci_put(&n.pci, DRV_C_STATUS, 1, 3);
    rl_rp_run(t->rp, 20000);
    CHECK_EQ(t, drv_net_close(&n), 0);
    check_silence(t);
    works(t, &c);
}

static const struct cosim_case cases[] = {
    {"device reset under traffic, host memory", by_status},
    {"device reset under traffic, device memory", by_status_device_memory},
    {"device reset waits for slow completions", slow_reads},
    {"function level reset under traffic", by_flr},
    {"bus mastering off under traffic", bus_master_off},
    {"reset by a driver that does not wait", without_waiting},
};
COSIM_MAIN(cases)
