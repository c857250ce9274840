/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Used buffer and configuration notifications: MSI-X, INTx, suppression.
 */
#include "cosim.h"

enum { WAIT_CYCLES = 5000 };

static int open_net(struct cosim *t, struct drv_net *n)
{
    struct drv_net_config c = {.in_order = true};
    int r;

    rl_rp_alloc_reset(t->rp);
    r = drv_net_open(n, t->rp, &c);
    rl_rp_run(t->rp, WAIT_CYCLES);
    return r;
}

static int send_one(struct cosim *t, struct drv_net *n)
{
    uint8_t frame[60] = {0};
    int r = drv_net_send(n, frame, sizeof frame);

    drv_net_kick(n);
    rl_rp_run(t->rp, WAIT_CYCLES);
    return r ? r : drv_net_reclaim(n);
}

static uint64_t tx_messages(struct cosim *t)
{
    return rl_rp_msix_count(t->rp, DRV_NET_TX_VECTOR);
}

static void suppressed(struct cosim *t)
{
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 1);
    drv_ring_interrupts(&n.tx, false);
    for (unsigned i = 0; i < 5; i++)
        CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 1);
    drv_ring_interrupts(&n.tx, true);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 2);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void unknown_modes_notify(struct cosim *t)
{
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    for (uint16_t mode = 2; mode < 4; mode++) {
        uint16_t event[2] = {0x1234, (uint16_t)(0xfffc | mode)};
        uint64_t before = tx_messages(t);

        n.mem.write(n.mem.ctx, n.tx.cfg.driver_addr, event, 4);
        CHECK_EQ(t, send_one(t, &n), 1);
        CHECK_EQ(t, tx_messages(t), before + 1);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void no_vector(struct cosim *t)
{
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    drv_pci_queue_offer(&n.pci, DRV_NET_TXQ);
    drv_pci_put(&n.pci, DRV_C_QUEUE_VECTOR, 2, DRV_NO_VECTOR);
    CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, rl_rp_stats(t->rp, true)->tlps[RL_RP_MSIX], 0);
    drv_pci_put(&n.pci, DRV_C_QUEUE_VECTOR, 2, DRV_NET_TX_VECTOR);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 1);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void shared_vector(struct cosim *t)
{
    struct drv_net n;
    unsigned last = rl_rp_device(t->rp)->msix_vectors - 1;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, last, false), 0);
    drv_pci_put(&n.pci, DRV_C_CONFIG_VECTOR, 2, last);
    for (uint16_t q = 0; q < 2; q++) {
        drv_pci_queue_offer(&n.pci, q);
        drv_pci_put(&n.pci, DRV_C_QUEUE_VECTOR, 2, last);
    }
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, last), 1);
    rl_model_net_link(t->model, false);
    rl_rp_run(t->rp, 300000);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, last), 2);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static uint32_t pending_bits(struct cosim *t)
{
    return rl_rp_read32(t->rp, rl_rp_device(t->rp)->msix_pba);
}

static void masked_vector(struct cosim *t)
{
    uint32_t bit = 1u << DRV_NET_TX_VECTOR;
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, DRV_NET_TX_VECTOR, true), 0);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 0);
    CHECK_EQ(t, pending_bits(t) & bit, bit);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, DRV_NET_TX_VECTOR, false), 0);
    rl_rp_run(t->rp, WAIT_CYCLES);
    CHECK_EQ(t, tx_messages(t), 1);
    CHECK_EQ(t, pending_bits(t) & bit, 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void reset_forgets_pending(struct cosim *t)
{
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, DRV_NET_TX_VECTOR, true), 0);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 0);
    CHECK_EQ(t, drv_net_close(&n), 0); /* status reads 0 */
    CHECK_EQ(t, rl_rp_msix_program(t->rp, DRV_NET_TX_VECTOR, false), 0);
    rl_rp_run(t->rp, WAIT_CYCLES);
    CHECK_EQ(t, tx_messages(t), 0);
}

static void masked_function(struct cosim *t)
{
    uint32_t bit = 1u << DRV_NET_TX_VECTOR;
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, rl_rp_msix_enable(t->rp, true, true), 0);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, tx_messages(t), 0);
    CHECK_EQ(t, pending_bits(t) & bit, bit);
    CHECK_EQ(t, rl_rp_msix_enable(t->rp, true, false), 0);
    rl_rp_run(t->rp, WAIT_CYCLES);
    CHECK_EQ(t, tx_messages(t), 1);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void link_change(struct cosim *t)
{
    struct drv_net n;
    uint8_t status = 0, generation;

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, drv_pci_device_config(&n.pci, 6, &status, 1), 0);
    CHECK_EQ(t, status & 1, 1);
    generation = (uint8_t)drv_pci_get(&n.pci, DRV_C_GENERATION, 1);
    rl_model_net_link(t->model, false);
    rl_rp_run(t->rp, 300000);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), 1);
    CHECK(t, drv_pci_get(&n.pci, DRV_C_GENERATION, 1) != generation);
    CHECK_EQ(t, drv_pci_device_config(&n.pci, 6, &status, 1), 0);
    CHECK_EQ(t, status & 1, 0);
    rl_model_net_link(t->model, true);
    rl_rp_run(t->rp, 300000);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), 2);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void intx(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true, .no_msix = true};
    struct drv_net n;
    uint32_t status;
    uint8_t isr;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    drv_ring_interrupts(&n.tx, true);
    CHECK_EQ(t, rl_rp_command(t->rp, 0, 0x400), 0);
    CHECK_EQ(t, send_one(t, &n), 1);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK_EQ(t, rl_rp_cfg_read(t->rp, 6, 2, &status), 0);
    CHECK_EQ(t, status >> 3 & 1, 1);
    /* Reading ISR clears it and takes the interrupt away. */
    CHECK_EQ(t, rl_rp_read(t->rp, n.pci.isr.addr, &isr, 1), 0);
    CHECK_EQ(t, isr, 1);
    CHECK_EQ(t, rl_rp_read(t->rp, n.pci.isr.addr, &isr, 1), 0);
    CHECK_EQ(t, isr, 0);
    rl_rp_run(t->rp, 500);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static const struct cosim_case cases[] = {
    {"no message while the driver suppresses them", suppressed},
    {"unknown suppression modes count as enabled", unknown_modes_notify},
    {"NO_VECTOR: no message, until one is set", no_vector},
    {"all events on one vector, the last", shared_vector},
    {"a masked vector stays pending and is sent when unmasked", masked_vector},
    {"the function mask does the same", masked_function},
    {"a message held back by a mask is forgotten by a reset",
     reset_forgets_pending},
    {"a link change raises a configuration interrupt", link_change},
    {"INTx without MSI-X, cleared by reading ISR", intx},
};
COSIM_MAIN(cases)
