/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Bugs that other implementations had, where hardware has a part in them. The name
 * of a case says what goes wrong when it fails; numbers are those of
 * tests/known_bugs.md.
 */
#include "cosim.h"

enum { LINK_CYCLES = 130000, SEND_CYCLES = 3000 };

/* 34: kvm-host #50. A packet and a change of the link at about the same time, ISR
 * read at any moment: each bit is seen once, by one read or the other. */
static void isr_bits_are_lost(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true, .no_msix = true};
    uint8_t frame[60] = {0};
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    drv_ring_interrupts(&n.tx, true);
    for (unsigned i = 0; i < 12; i++) {
        unsigned queue = 0, config = 0;

        rl_model_net_link(t->model, (i & 1) != 0);
        /* The link is looked at now and then: read all the time meanwhile. */
        for (unsigned at = 0; at < LINK_CYCLES; at += 500 + 37 * i) {
            uint8_t isr = drv_pci_isr(&n.pci);

            if (at % 4 == 0 && drv_net_can_send(&n)) {
                CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
                drv_net_kick(&n);
            }
            rl_rp_run(t->rp, 500 + 37 * i);
            CHECK(t, drv_net_reclaim(&n) >= 0);
            queue += isr & 1;
            config += isr >> 1 & 1;
            cosim_drain_port(t);
        }
        rl_rp_run(t->rp, SEND_CYCLES);
        config += drv_pci_isr(&n.pci) >> 1 & 1;
        CHECK(t, queue > 0);
        CHECK_EQ(t, config, 1);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
}

/* 35: rust-vmm/vhost #247. Rung before queue_enable, before and after DRIVER_OK. */
static void doorbell_before_enable(struct cosim *t, bool driver_ok_first)
{
    struct drv_net_config c = {.in_order = true, .tx_size = 8, .rx_size = 8};
    struct drv_queue_setup s = {.size = 8, .vector = DRV_NO_VECTOR};
    uint8_t frame[60] = {0};
    struct drv_net n;

    /* Open, then do it again by hand. */
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    CHECK_EQ(t, drv_pci_reset(&n.pci), 0);
    CHECK_EQ(t, drv_pci_negotiate(&n.pci, &n.pci.accepted), 0);
    drv_ring_fini(&n.tx);
    CHECK_EQ(t, drv_ring_init(&n.tx, &n.tx.cfg), 0);
    s.desc_addr = n.tx.cfg.desc_addr;
    s.driver_addr = n.tx.cfg.driver_addr;
    s.device_addr = n.tx.cfg.device_addr;
    CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
    drv_ring_publish(&n.tx);
    if (driver_ok_first)
        CHECK_EQ(t, drv_pci_status_add(&n.pci, DRV_S_DRIVER_OK), 0);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    rl_rp_run(t->rp, SEND_CYCLES);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    CHECK_EQ(t, drv_pci_queue_setup(&n.pci, DRV_NET_TXQ, &s), 0);
    if (!driver_ok_first)
        CHECK_EQ(t, drv_pci_status_add(&n.pci, DRV_S_DRIVER_OK), 0);
    rl_rp_run(t->rp, SEND_CYCLES);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 1);
    CHECK_EQ(t, drv_net_reclaim(&n), 1);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void doorbell_before_both(struct cosim *t)
{
    doorbell_before_enable(t, false);
}

static void doorbell_before_late_enable(struct cosim *t)
{
    doorbell_before_enable(t, true);
}

/* Cycles from the doorbell until all of `frames` are back; 0: they are not. */
static uint64_t cycles_for(struct cosim *t, struct drv_net *n, unsigned frames)
{
    uint8_t frame[60] = {0};
    uint64_t began = rl_rp_now(t->rp);
    unsigned back = 0;

    for (unsigned i = 0; i < frames; i++)
        if (drv_net_send(n, frame, sizeof frame))
            return 0;
    drv_net_kick(n);
    for (unsigned i = 0; i < 20000 && back < frames; i++) {
        int r = drv_net_reclaim(n);

        if (r < 0)
            return 0;
        back += (unsigned)r;
        rl_rp_run(t->rp, 10);
        cosim_drain_port(t);
    }
    return back == frames ? rl_rp_now(t->rp) - began : 0;
}

/* 38: QEMU 10.0.13. What a buffer costs does not grow with the batch. */
static void a_batch_takes_quadratic_time(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true, .tx_quiet = true};
    uint64_t few, many;
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    rl_rp_run(t->rp, SEND_CYCLES);
    few = cycles_for(t, &n, 16);
    rl_rp_run(t->rp, SEND_CYCLES);
    many = cycles_for(t, &n, 128);
    cosim_note("16 buffers: %llu cycles, 128: %llu", (unsigned long long)few,
               (unsigned long long)many);
    CHECK(t, few != 0 && many != 0);
    CHECK(t, many <= 8 * few);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static const struct cosim_case cases[] = {
    {"a bit of ISR is lost when the other one is read", isr_bits_are_lost},
    {"a doorbell before queue_enable and DRIVER_OK is forgotten",
     doorbell_before_both},
    {"a doorbell before a late queue_enable is forgotten",
     doorbell_before_late_enable},
    {"a batch takes time with the square of its length",
     a_batch_takes_quadratic_time},
};
COSIM_MAIN(cases)
