/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Device status: what sticks, what does not, what each bit allows.
 */
#include <string.h>

#include "cosim.h"

static void bits_accumulate(struct cosim *t)
{
    struct drv_pci p;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK_EQ(t, drv_pci_status(&p), 0);
    CHECK_EQ(t, drv_pci_status_add(&p, DRV_S_ACKNOWLEDGE), 0);
    CHECK_EQ(t, drv_pci_status_add(&p, DRV_S_DRIVER), 0);
    CHECK_EQ(t, drv_pci_status(&p), 3);
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    CHECK_EQ(t, drv_pci_negotiate(&p, &p.offered), 0);
    CHECK_EQ(t, drv_pci_status_add(&p, DRV_S_DRIVER_OK), 0);
    CHECK_EQ(t, drv_pci_status(&p), 0x0f);
    CHECK_EQ(t, drv_pci_reset(&p), 0);
}

static void every_first_write(struct cosim *t)
{
    struct drv_pci p;
    struct drv_net_config c = {.in_order = true};

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    for (uint32_t v = 1; v < 256; v++) {
        drv_pci_put(&p, DRV_C_STATUS, 1, v);
        /* No features were agreed upon, so the device is not live. */
        CHECK_EQ(t, drv_pci_status(&p) & (DRV_S_DRIVER_OK | DRV_S_FEATURES_OK),
                 0);
        CHECK_EQ(t, drv_pci_reset(&p), 0);
    }
    cosim_round_trip(t, &c, 50);
}

static void unused_bits_do_not_stick(struct cosim *t)
{
    struct drv_pci p;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    drv_pci_put(&p, DRV_C_STATUS, 1, 0x70 | DRV_S_ACKNOWLEDGE);
    CHECK_EQ(t, drv_pci_status(&p), DRV_S_ACKNOWLEDGE);
}

static void nothing_before_driver_ok(struct cosim *t)
{
    struct drv_net n;
    struct drv_net_config c = {.in_order = true, .tx_size = 8, .rx_size = 8};
    uint8_t frame[60] = {0};
    uint64_t before;

    /* Open, then do it again by hand without DRIVER_OK. */
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    CHECK_EQ(t, drv_pci_reset(&n.pci), 0);
    CHECK_EQ(t, drv_pci_negotiate(&n.pci, &n.pci.accepted), 0);
    drv_ring_fini(&n.tx);
    CHECK_EQ(t, drv_ring_init(&n.tx, &n.tx.cfg), 0);
    struct drv_queue_setup s = {.size = 8,
                                .vector = DRV_NO_VECTOR,
                                .desc_addr = n.tx.cfg.desc_addr,
                                .driver_addr = n.tx.cfg.driver_addr,
                                .device_addr = n.tx.cfg.device_addr};
    CHECK_EQ(t, drv_pci_queue_setup(&n.pci, DRV_NET_TXQ, &s), 0);
    rl_rp_flush(t->rp);
    before = rl_rp_stats(t->rp, true)->tlps[RL_RP_MRD];
    CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
    for (unsigned i = 0; i < 100; i++) {
        drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
        drv_ring_publish(&n.tx);
        rl_rp_run(t->rp, 50);
    }
    CHECK_EQ(t, rl_rp_stats(t->rp, true)->tlps[RL_RP_MRD], before);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    /* The doorbells are not lost: the frame leaves with DRIVER_OK. */
    CHECK_EQ(t, drv_pci_status_add(&n.pci, DRV_S_DRIVER_OK), 0);
    rl_rp_run(t->rp, 5000);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 1);
    CHECK_EQ(t, drv_net_reclaim(&n), 1);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void failed_stops(struct cosim *t)
{
    struct drv_net n;
    struct drv_net_config c = {.in_order = true};
    uint8_t frame[60] = {0};

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    CHECK_EQ(t, cosim_exchange(t, &n, 50, 1514), 0);
    CHECK_EQ(t, drv_pci_status_add(&n.pci, DRV_S_FAILED), 0);
    CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
    drv_net_kick(&n);
    rl_rp_run(t->rp, 10000);
    CHECK_EQ(t, drv_net_reclaim(&n), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
    cosim_round_trip(t, &c, 50);
}

static void registers_after_reset(struct cosim *t)
{
    struct drv_net n;
    struct drv_net_config c = {.in_order = true, .tx_size = 16};

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    CHECK_EQ(t, drv_pci_reset(&n.pci), 0);
    CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
    CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_NUM_QUEUES, 2), 9);
    for (uint16_t q = 0; q < 2; q++) {
        CHECK_EQ(t, drv_pci_queue_offer(&n.pci, q), 256);
        CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_QUEUE_ENABLE, 2), 0);
        CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    }
    drv_net_discard(&n);
}

static const struct cosim_case cases[] = {
    {"status bits accumulate and read back", bits_accumulate},
    {"every first write leaves the device sane", every_first_write},
    {"unassigned bits do not stick", unused_bits_do_not_stick},
    {"nothing is read before DRIVER_OK, doorbells are kept",
     nothing_before_driver_ok},
    {"FAILED stops the queues until a reset", failed_stops},
    {"registers have their defaults after a reset", registers_after_reset},
};
COSIM_MAIN(cases)
