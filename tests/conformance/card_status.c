/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Device status: initialisation in any order, live and not, resets.
 */
#include <string.h>

#include "lab.h"
#include "ringlet_regs.h"

enum { RESET_CYCLES = 30000, NEAR = 100, FAR_AWAY = 8000 };

static void send_one(struct lab *l, unsigned mark)
{
    lab_add_one(&l->tx, lab_packet(l, 60, mark), 72, false, (uint16_t)mark);
    lab_kick(&l->tx);
}

/* ---- Bits ---- */

static void values(struct cosim *t)
{
    static const uint8_t steps[] = {DRV_S_ACKNOWLEDGE, DRV_S_DRIVER,
                                    DRV_S_FEATURES_OK, DRV_S_DRIVER_OK,
                                    DRV_S_FAILED};
    static const uint8_t bits[] = {1, 2, 8, 4, 128};
    uint8_t expected = 0;
    struct lab l;

    CHECK_EQ(t, drv_pci_probe(&l.pci, t->rp), 0);
    CHECK_EQ(t, drv_pci_status(&l.pci), 0); /* after power-up */
    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (uint32_t i = 0; i < 2; i++) {
        drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE, 4,
                    (uint32_t)(LAB_BASE >> 32 * i));
    }
    for (unsigned i = 0; i < sizeof steps; i++) {
        expected |= bits[i];
        CHECK_EQ(t, drv_pci_status_add(&l.pci, steps[i]), 0);
        CHECK_EQ(t, drv_pci_status(&l.pci), expected);
    }
    CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    CHECK_EQ(t, drv_pci_status(&l.pci), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE));
    CHECK_EQ(t, rl_rp_flr(t->rp), 0);
    CHECK_EQ(t, drv_pci_status(&l.pci), 0);
}

/* SUSPEND was not negotiated, 32 means nothing, 64 is the device's. */
static void bits_that_do_not_stick(struct cosim *t)
{
    static const uint8_t before[] = {0, 1, 3, 0x0b, 0x0f};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < sizeof before; i++) {
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        for (uint32_t w = 0; w < 2; w++) {
            drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, w);
            drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE, 4,
                        (uint32_t)(LAB_BASE >> 32 * w));
        }
        if (before[i])
            drv_pci_put(&l.pci, DRV_C_STATUS, 1, before[i]);
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, before[i] | 0x70);
        CHECK_EQ(t, drv_pci_status(&l.pci), before[i]);
    }
    lab_recovers(&l);
}

static void shrinking(struct cosim *t)
{
    static const uint8_t smaller[] = {0x0b, 0x07, 0x03, 0x01, 0x08};
    struct lab l;

    for (unsigned i = 0; i < sizeof smaller && !t->failed; i++) {
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, smaller[i]);
        CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
        send_one(&l, i);
        CHECK(t, lab_sent(&l, 60, i));
        lab_recovers(&l);
    }
}

/* Nothing was agreed upon: not live, whatever was written first. */
static void every_first_write(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (uint32_t v = 1; v < 256; v++) {
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, v);
        CHECK_EQ(t, drv_pci_status(&l.pci), v & 0x83);
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    }
    lab_recovers(&l);
}

static void failed(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    send_one(&l, 1);
    CHECK(t, lab_sent(&l, 60, 1));
    CHECK_EQ(t, drv_pci_status_add(&l.pci, DRV_S_FAILED), 0);
    lab_settle(&l);
    lab_log_clear(&l);
    send_one(&l, 2);
    lab_arrives(&l, 60, 3);
    lab_settle(&l);
    CHECK_EQ(t, l.events, 0);
    CHECK(t, lab_sent_nothing(&l));
    lab_recovers(&l);
}

/* ---- Live or not ---- */

static void not_before_driver_ok(struct cosim *t)
{
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE | LAB_IN_ORDER));
    CHECK_EQ(t, lab_msix(&l), 0);
    CHECK_EQ(t, lab_queue(&l, &l.rx, LAB_RX, 8), 0);
    CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
    addr = lab_alloc(&l, 2048);
    lab_add_one(&l.rx, addr, 2048, true, 5);
    lab_add_one(&l.tx, lab_packet(&l, 60, 1), 72, false, 6);
    for (unsigned i = 0; i < 100; i++) {
        drv_pci_notify(&l.pci, i % 2, 0);
        rl_rp_run(t->rp, 200);
    }
    CHECK_EQ(t, l.events, 0);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 0);
    CHECK(t, lab_sent_nothing(&l));
    /* The doorbells count from here on, without another one. */
    CHECK_EQ(t, lab_driver_ok(&l), 0);
    lab_settle(&l);
    CHECK(t, lab_sent(&l, 60, 1));
    CHECK(t, lab_sent_nothing(&l));
    CHECK(t, lab_take(&l.tx, 1));
    lab_arrives(&l, 100, 2);
    lab_settle(&l);
    CHECK(t, lab_take(&l.rx, 1));
    CHECK(t, lab_received(&l, addr, 100, 2));
    CHECK_EQ(t, lab_messages(&l, LAB_RX + 1), 1);
    CHECK_EQ(t, lab_messages(&l, LAB_TX + 1), 1);
    /* Nothing is live behind a reset. */
    CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    lab_log_clear(&l);
    send_one(&l, 3);
    CHECK_EQ(t, l.events, 0);
    CHECK(t, lab_sent_nothing(&l));
}

/* ---- Resets ---- */

/* Frames both ways, somewhere on their way. */
static void make_busy(struct lab *l, unsigned cycles)
{
    for (uint16_t i = 0; i < 60; i++) {
        lab_add_one(&l->tx, lab_packet(l, 1000, i), 1012, false, i);
        lab_add_one(&l->rx, lab_alloc(l, 2048), 2048, true, i);
    }
    drv_pci_notify(&l->pci, LAB_RX, 0);
    drv_pci_notify(&l->pci, LAB_TX, 0);
    for (unsigned i = 0; i < 20; i++)
        lab_arrives(l, 1000, i);
    rl_rp_run(l->t->rp, cycles);
}

static void expect_silence(struct lab *l)
{
    struct cosim *t = l->t;
    const struct rl_rp_stats *s = rl_rp_stats(t->rp, true);
    uint64_t reads = s->tlps[RL_RP_MRD], writes = s->tlps[RL_RP_MWR],
             messages = s->tlps[RL_RP_MSIX];

    CHECK_EQ(t, rl_rp_reads_pending(t->rp), 0);
    drv_pci_notify(&l->pci, LAB_TX, 0);
    drv_pci_notify(&l->pci, LAB_RX, 0);
    lab_arrives(l, 100, 1);
    rl_model_net_link(t->model, false);
    rl_rp_run(t->rp, LAB_TICK);
    rl_model_net_link(t->model, true);
    CHECK_EQ(t, s->tlps[RL_RP_MRD], reads);
    CHECK_EQ(t, s->tlps[RL_RP_MWR], writes);
    CHECK_EQ(t, s->tlps[RL_RP_MSIX], messages);
}

static void busy_reset(struct cosim *t)
{
    struct lab l;

    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        uint64_t began;

        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 64, 64), 0);
        /* Completions that are far away must be waited for. */
        rl_rp_options(t->rp)->latency_cycles = i % 2 ? FAR_AWAY : NEAR;
        make_busy(&l, 50 + cosim_random(t) % 3000);
        began = rl_rp_now(t->rp);
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        CHECK(t, rl_rp_now(t->rp) - began < RESET_CYCLES);
        expect_silence(&l);
        rl_rp_options(t->rp)->latency_cycles = NEAR;
        lab_recovers(&l);
    }
}

static void check_defaults(struct lab *l)
{
    struct cosim *t = l->t;
    uint32_t queues = drv_pci_get(&l->pci, DRV_C_NUM_QUEUES, 2);

    CHECK_EQ(t, drv_pci_status(&l->pci), 0);
    CHECK_EQ(t, drv_pci_get(&l->pci, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
    for (uint16_t q = 0; q < queues; q++) {
        CHECK_EQ(t, drv_pci_queue_offer(&l->pci, q), 256);
        CHECK_EQ(t, drv_pci_get(&l->pci, DRV_C_QUEUE_ENABLE, 2), 0);
        CHECK_EQ(t, drv_pci_get(&l->pci, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    }
    for (uint32_t i = 0; i < 2; i++) {
        drv_pci_put(&l->pci, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        CHECK_EQ(t, drv_pci_get(&l->pci, DRV_C_DRIVER_FEATURE, 4), 0);
    }
    CHECK_EQ(t, drv_pci_isr(&l->pci), 0);
}

static void defaults(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 100, 100), 0);
    rl_model_net_link(t->model, false); /* something in ISR */
    rl_rp_run(t->rp, LAB_TICK);
    CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    check_defaults(&l);
}

static void function_level_reset(struct cosim *t)
{
    uint32_t v;
    struct lab l;

    for (unsigned i = 0; i < 3 && !t->failed; i++) {
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 64, 64), 0);
        CHECK(t, rl_rp_device(t->rp)->flr);
        make_busy(&l, 50 + cosim_random(t) % 3000);
        CHECK_EQ(t, rl_rp_flr(t->rp), 0);
        check_defaults(&l);
        /* MSI-X is off, every vector masked. */
        CHECK_EQ(
            t, rl_rp_cfg_read(t->rp, rl_rp_device(t->rp)->cap_msix + 2, 2, &v),
            0);
        CHECK_EQ(t, v & 0xc000, 0);
        CHECK_EQ(t,
                 rl_rp_read32(t->rp, rl_rp_device(t->rp)->msix_table + 12) & 1,
                 1);
        expect_silence(&l);
        lab_recovers(&l);
    }
}

/* The driver goes on at once: its writes count or they do not, but nothing of
 * the old life touches the new one. */
static void impatient(struct cosim *t)
{
    struct lab l;

    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 64, 64), 0);
        make_busy(&l, 50 + cosim_random(t) % 1000);
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, 0);
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, 1);
        drv_pci_put(&l.pci, DRV_C_STATUS, 1, 3);
        rl_rp_run(t->rp, 2 * RESET_CYCLES);
        CHECK_EQ(t, drv_pci_status(&l.pci) & ~3, 0);
        lab_log_clear(&l);
        send_one(&l, 1);
        CHECK_EQ(t, l.events, 0);
        lab_recovers(&l);
    }
}

static void bus_master_off(struct cosim *t)
{
    const struct rl_rp_stats *s = rl_rp_stats(t->rp, true);
    struct lab l;

    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        uint64_t sent;

        CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 64, 64), 0);
        make_busy(&l, 50 + cosim_random(t) % 3000);
        CHECK_EQ(t, rl_rp_command(t->rp, 0, 4), 0);
        rl_rp_run(t->rp, 500);
        sent = s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
        drv_pci_notify(&l.pci, LAB_TX, 0);
        rl_rp_run(t->rp, LAB_SETTLE);
        CHECK_EQ(t,
                 s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX],
                 sent);
        CHECK_EQ(t, rl_rp_command(t->rp, 4, 0), 0);
        lab_recovers(&l);
    }
}

/* ---- DEVICE_NEEDS_RESET ---- */

/* INDIRECT was not negotiated: no way on. */
static void needs_reset(struct cosim *t)
{
    struct lab l;
    uint64_t told;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    lab_poke(&l.tx, 0, lab_packet(&l, 60, 1), 72, 0,
             DRV_DESC_AVAIL | DRV_DESC_INDIRECT);
    lab_kick(&l.tx);
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE | 64);
    CHECK_EQ(t, lab_messages(&l, LAB_CONFIG_VECTOR), 1);
    /* And a change of the configuration is told by one more. */
    told = lab_messages(&l, LAB_CONFIG_VECTOR);
    rl_model_net_link(t->model, false);
    rl_rp_run(t->rp, LAB_TICK);
    CHECK_EQ(t, lab_messages(&l, LAB_CONFIG_VECTOR), told + 1);
    rl_rp_run(t->rp, LAB_TICK);
    CHECK_EQ(t, lab_messages(&l, LAB_CONFIG_VECTOR), told + 1);
    lab_recovers(&l);
}

static const struct conf_case cases[] = {
    {"status bits have their values, 0 after every kind of reset", values,
     "GEN-5 GEN-6"},
    {"SUSPEND, 32 and NEEDS_RESET do not stick", bits_that_do_not_stick,
     "GEN-24 HOS-11"},
    {"status bits are not taken away but by 0", shrinking, "HOS-1"},
    {"every first write is survived, none starts the device", every_first_write,
     "HOS-6"},
    {"FAILED stops everything until a reset", failed, "HOS-2"},
    {"nothing happens before DRIVER_OK, what was rung then does",
     not_before_driver_ok, "GEN-1 GEN-2 GEN-44 HOS-7"},
    {"a busy card resets soon and is silent from then on", busy_reset,
     "GEN-12 GEN-13 PCI-23"},
    {"registers have their defaults after a reset", defaults,
     "PCI-24 PCI-35 PCI-71"},
    {"a function level reset does all of it", function_level_reset, "PCI-1"},
    {"a driver that does not wait for the reset", impatient, "HOS-8"},
    {"bus mastering off under load", bus_master_off, "HOS-29"},
    {"NEEDS_RESET shows and is told, once", needs_reset, "GEN-3 GEN-4 GEN-43"},
};
CONF_MAIN(cases)
