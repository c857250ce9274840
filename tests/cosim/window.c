/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The PCI_CFG capability: what a driver can do without memory space.
 */
#include "cosim.h"
#include "ringlet_regs.h"

enum { MEMORY_SPACE = 2 };

/* Any memory access would be an unsupported request. */
static void everything(struct cosim *t)
{
    for (unsigned i = 0; i < 2 && !t->failed; i++) {
        struct drv_net_config c = {.in_order = !i,
                                   .no_msix = true,
                                   .by_config = true,
                                   .tx_size = 16,
                                   .rx_size = 32};

        CHECK_EQ(t, rl_rp_command(t->rp, 0, MEMORY_SPACE), 0);
        cosim_round_trip(t, &c, 100);
        CHECK_EQ(t, rl_rp_command(t->rp, MEMORY_SPACE, 0), 0);
    }
}

static void one_doorbell(struct cosim *t)
{
    struct drv_net_config c = {
        .in_order = true, .no_msix = true, .by_config = true};
    uint8_t frame[60] = {0};
    struct drv_net n;

    CHECK_EQ(t, rl_rp_command(t->rp, 0, MEMORY_SPACE), 0);
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    rl_rp_run(t->rp, 3000);
    CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
    drv_ring_publish(&n.tx);
    rl_rp_run(t->rp, 3000);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    rl_rp_run(t->rp, 3000);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 1);
    CHECK_EQ(t, drv_net_reclaim(&n), 1);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void isr(struct cosim *t)
{
    struct drv_net_config c = {
        .in_order = true, .no_msix = true, .by_config = true};
    uint8_t frame[60] = {0};
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    drv_ring_interrupts(&n.tx, true);
    CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
    drv_net_kick(&n);
    rl_rp_run(t->rp, 3000);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK_EQ(t, drv_pci_isr(&n.pci), 1);
    CHECK_EQ(t, drv_pci_isr(&n.pci), 0);
    rl_rp_run(t->rp, 500);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

/* Every register reads the same both ways, in every width. */
static void same_registers(struct cosim *t)
{
    struct drv_pci bar, window;
    uint8_t a[8], b[8];

    CHECK_EQ(t, drv_pci_probe(&bar, t->rp), 0);
    CHECK_EQ(t, drv_pci_probe_by_config(&window, t->rp), 0);
    for (unsigned size = 1; size <= 4; size *= 2)
        for (unsigned off = 0; off < 64; off += size)
            CHECK_EQ(t, drv_pci_get(&window, off, size),
                     drv_pci_get(&bar, off, size));
    CHECK_EQ(t, drv_pci_device_config(&bar, 0, a, sizeof a), 0);
    CHECK_EQ(t, drv_pci_device_config(&window, 0, b, sizeof b), 0);
    for (unsigned i = 0; i < sizeof a; i++)
        CHECK_EQ(t, b[i], a[i]);
}

/* Widths, bars and offsets that make no sense: answered, without effect. */
static void nonsense(struct cosim *t)
{
    static const uint32_t lengths[] = {0, 3, 5, 8, 0x10000, UINT32_MAX};
    static const uint32_t offsets[] = {RL_BAR0_COMMON + DRV_C_STATUS,
                                       RL_BAR0_COMMON + DRV_C_STATUS + 1,
                                       0x7ffffffc, 0xfffffffc, UINT32_MAX};
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;
    uint32_t v;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CHECK_EQ(t,
                 drv_pci_window_write(&n.pci, 0, RL_BAR0_COMMON + DRV_C_STATUS,
                                      lengths[i], 4, 0),
                 0);
        CHECK_EQ(
            t,
            drv_pci_window_read(&n.pci, 0, RL_BAR0_COMMON, lengths[i], 4, &v),
            0);
    }
    for (unsigned bar = 1; bar < 256; bar += 51)
        for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
            CHECK_EQ(t, drv_pci_window_write(&n.pci, bar, offsets[i], 4, 4, 0),
                     0);
            CHECK_EQ(t, drv_pci_window_read(&n.pci, bar, offsets[i], 4, 4, &v),
                     0);
        }
    for (unsigned i = 1; i < sizeof offsets / sizeof *offsets; i++)
        CHECK_EQ(t, drv_pci_window_write(&n.pci, 0, offsets[i], 4, 4, 0), 0);
    CHECK_EQ(t, drv_pci_status(&n.pci), 0x0f);
    CHECK_EQ(t, cosim_exchange(t, &n, 100, 1514), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static const struct cosim_case cases[] = {
    {"initialisation, traffic and reset with memory space off", everything},
    {"nothing is sent before a doorbell through the window", one_doorbell},
    {"reading ISR through the window clears it", isr},
    {"registers read the same through the window", same_registers},
    {"lengths, bars and offsets without sense do nothing", nonsense},
};
COSIM_MAIN(cases)
