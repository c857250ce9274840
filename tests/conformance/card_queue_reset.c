/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * RING_RESET: one queue is reset, the others go on.
 */
#include <string.h>

#include "lab.h"

#define LAB_RING_RESET LAB_BIT(DRV_F_RING_RESET)

enum { FAR_AWAY = 6000, POLLS = 200 };

static uint32_t resetting(struct lab *l, uint16_t queue)
{
    drv_pci_put(&l->pci, DRV_C_QUEUE_SELECT, 2, queue);
    return drv_pci_get(&l->pci, DRV_C_QUEUE_RESET, 2);
}

static uint32_t enabled(struct lab *l, uint16_t queue)
{
    drv_pci_put(&l->pci, DRV_C_QUEUE_SELECT, 2, queue);
    return drv_pci_get(&l->pci, DRV_C_QUEUE_ENABLE, 2);
}

static void begin_reset(struct lab *l, uint16_t queue)
{
    drv_pci_put(&l->pci, DRV_C_QUEUE_SELECT, 2, queue);
    drv_pci_put(&l->pci, DRV_C_QUEUE_RESET, 2, 1);
}

static bool wait_reset(struct lab *l, uint16_t queue)
{
    for (unsigned i = 0; i < POLLS && resetting(l, queue); i++)
        lab_settle(l);
    return !resetting(l, queue) && !enabled(l, queue);
}

static bool reset(struct lab *l, uint16_t queue)
{
    begin_reset(l, queue);
    return wait_reset(l, queue);
}

static bool transmits(struct lab *l, unsigned mark)
{
    lab_add_one(&l->tx, lab_packet(l, 60, mark), 72, false, (uint16_t)mark);
    lab_kick(&l->tx);
    return lab_wait(&l->tx) && lab_sent(l, 60, mark) && lab_take(&l->tx, 1);
}

static bool receives(struct lab *l, unsigned mark)
{
    uint64_t at = lab_alloc(l, 128);

    lab_add_one(&l->rx, at, 128, true, (uint16_t)mark);
    lab_kick(&l->rx);
    lab_arrives(l, 60, mark);
    return lab_wait(&l->rx) && lab_received(l, at, 60, mark) &&
           lab_take(&l->rx, 1);
}

/* 0 after a device reset, 0 after the queue was enabled, for all queues. */
static void reads_zero(struct cosim *t)
{
    struct lab l;
    uint32_t queues;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    queues = drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2);
    for (uint16_t q = 0; q < queues; q++)
        CHECK_EQ(t, resetting(&l, q), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE | LAB_RING_RESET));
    for (uint16_t q = 0; q < queues; q++) {
        CHECK_EQ(t, lab_queue(&l, &l.tx, q, 8), 0);
        CHECK_EQ(t, resetting(&l, q), 0);
        CHECK_EQ(t, enabled(&l, q), 1);
    }
    CHECK_EQ(t, lab_driver_ok(&l), 0);
    for (uint16_t q = 0; q < queues; q++)
        CHECK(t, reset(&l, q));
    CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    for (uint16_t q = 0; q < queues; q++)
        CHECK_EQ(t, resetting(&l, q), 0);
    lab_recovers(&l);
}

/* Completions are far away: queue_reset reads 1 until they have come, then 0, and
 * from then on nothing is done for the queue: no access, no message. */
static void busy(struct cosim *t)
{
    struct lab l;
    unsigned ones = 0;

    CHECK_EQ(
        t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER | LAB_RING_RESET, 8, 16), 0);
    rl_rp_options(t->rp)->latency_cycles = FAR_AWAY;
    for (unsigned i = 0; i < 8; i++)
        lab_add_one(&l.tx, lab_packet(&l, 300, i), 312, false, (uint16_t)i);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    rl_rp_run(t->rp, FAR_AWAY + 1000); /* the ring was read, payload was not */
    begin_reset(&l, LAB_TX);
    while (resetting(&l, LAB_TX) && ones < 10000)
        ones++;
    CHECK(t, ones > 1);
    CHECK_EQ(t, resetting(&l, LAB_TX), 0);
    CHECK_EQ(t, enabled(&l, LAB_TX), 0);
    rl_rp_options(t->rp)->latency_cycles = 100;
    lab_log_clear(&l);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    lab_settle(&l);
    lab_settle(&l);
    CHECK_EQ(t, lab_find(&l, LAB_READ, l.tx.desc, 16u * l.tx.size, 0), -1);
    CHECK_EQ(t, lab_find(&l, LAB_WRITE, l.tx.desc, 16u * l.tx.size, 0), -1);
    CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
    cosim_drain_port(t);
    CHECK(t, receives(&l, 77));
    CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
    CHECK(t, transmits(&l, 78));
    CHECK(t, !lab_needs_reset(&l));
    lab_recovers(&l);
}

/* Registers of a queue that was reset: none of its former life but the vector. */
static bool registers_default(struct lab *l, uint16_t queue)
{
    bool good = drv_pci_queue_offer(&l->pci, queue) == 256;

    for (unsigned reg = DRV_C_QUEUE_DESC; reg < DRV_C_QUEUE_NOTIF_DATA;
         reg += 4)
        good &= drv_pci_get(&l->pci, reg, 4) == 0;
    return good;
}

/* From an odd slot with wrap counter 0 to a ring that begins at slot 0 with 1, of
 * another size, elsewhere, with another vector. */
static void begins_anew(struct cosim *t)
{
    static const uint16_t size[] = {5, 16, 1, 7};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_RING_RESET, 8, 9), 0);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < l.tx.size + 3u; k++)
            CHECK(t, transmits(&l, k));
        CHECK(t, reset(&l, LAB_TX));
        CHECK(t, registers_default(&l, LAB_TX));
        CHECK(t, receives(&l, i));
        CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, size[i]), 0);
        /* Receive's vector, and back in the next turn. */
        drv_pci_put(&l.pci, DRV_C_QUEUE_VECTOR, 2, i & 1 ? 2 : 1);
        rl_rp_msix_clear(t->rp);
        CHECK(t, transmits(&l, 100 + i));
        lab_settle(&l);
        CHECK_EQ(t, lab_messages(&l, i & 1 ? 2 : 1), 1);
        CHECK_EQ(t, lab_messages(&l, i & 1 ? 1 : 2), 0);
    }
    lab_recovers(&l);
}

/* ---- What a driver should not do ---- */

static void misuse(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0); /* not negotiated */
    begin_reset(&l, LAB_TX);
    lab_settle(&l);
    CHECK_EQ(t, enabled(&l, LAB_TX), 1);
    CHECK(t, transmits(&l, 1));

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_RING_RESET, 8, 8), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    drv_pci_put(&l.pci, DRV_C_QUEUE_RESET, 2, 0); /* 0 */
    CHECK_EQ(t, enabled(&l, LAB_TX), 1);
    CHECK(t, transmits(&l, 2));
    CHECK(t, reset(&l, 2)); /* never enabled: at once */

    rl_rp_options(t->rp)->latency_cycles = FAR_AWAY;
    lab_add_one(&l.tx, lab_packet(&l, 300, 3), 312, false, 3);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    rl_rp_run(t->rp, FAR_AWAY + 1000);
    begin_reset(&l, LAB_TX);
    begin_reset(&l, LAB_TX);                       /* already resetting */
    drv_pci_put(&l.pci, DRV_C_QUEUE_ENABLE, 2, 1); /* while it reads 1 */
    CHECK(t, wait_reset(&l, LAB_TX));
    rl_rp_options(t->rp)->latency_cycles = 100;
    cosim_drain_port(t);
    CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
    CHECK(t, transmits(&l, 4));
    lab_recovers(&l);
}

static struct rl_rp_fault gone(void *ctx, uint64_t addr, uint32_t bytes,
                               unsigned tag)
{
    (void)ctx;
    (void)addr;
    (void)bytes;
    return (struct rl_rp_fault){.kind =
                                    tag & 1 ? RL_RP_FAULT_CA : RL_RP_FAULT_UR};
}

/* The ring's memory is gone right after the write: every read fails. */
static void memory_goes(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_RING_RESET, 8, 8), 0);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 5; k++)
            lab_add_one(&l.tx, lab_packet(&l, 300, k), 312, false, (uint16_t)k);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        rl_rp_run(t->rp, 150 + 60 * i);
        rl_rp_options(t->rp)->fault = gone;
        begin_reset(&l, LAB_TX);
        CHECK(t, wait_reset(&l, LAB_TX));
        rl_rp_options(t->rp)->fault = NULL;
        cosim_drain_port(t);
        CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
        CHECK(t, transmits(&l, 50 + i));
        CHECK(t, receives(&l, 60 + i));
    }
    lab_recovers(&l);
}

/* The ring holds anything when it is enabled again. The card may run into it,
 * but survives. */
static void stale_ring(struct cosim *t)
{
    struct drv_queue_setup s = {.size = 8, .vector = 2};
    struct lab l;
    uint8_t *p;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_RING_RESET, 8, 8), 0);
    for (unsigned i = 0; i < 10; i++) {
        if (!reset(&l, LAB_TX)) /* broken in the turn before, perhaps */
            CHECK(t, lab_needs_reset(&l));
        s.desc_addr = l.tx.desc;
        s.driver_addr = l.tx.driver;
        s.device_addr = l.tx.device;
        p = (uint8_t *)lab_slot(&l.tx, 0);
        for (unsigned k = 0; k < 16u * 8; k++)
            p[k] = (uint8_t)cosim_random(t);
        drv_pci_queue_setup(&l.pci, LAB_TX, &s);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        lab_settle(&l);
    }
    lab_recovers(&l);
}

static const struct conf_case cases[] = {
    {"queue_reset reads 0 after device reset and after enabling", reads_zero,
     "PCI-25 PCI-26"},
    {"a busy queue: 1 until all is over, then silence", busy,
     "PCI-27 PCI-28 PCI-29 GEN-16"},
    {"a queue begins anew, as its registers say now", begins_anew,
     "GEN-17 GEN-18"},
    {"queue_reset used as it should not be", misuse, "HOS-20"},
    {"memory that goes while the queue is reset", memory_goes, "HOS-21"},
    {"a ring full of anything is enabled again", stale_ring, "HOS-24"},
};

CONF_MAIN(cases)
