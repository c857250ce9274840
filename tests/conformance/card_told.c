/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * NOTIFICATION_DATA: doorbells that say how far the driver is.
 */
#include "lab.h"

#define LAB_DATA LAB_BIT(DRV_F_NOTIFICATION_DATA)

enum { SIZE = 24, LAPS = 5 };

static void capability(struct cosim *t)
{
    uint32_t multiplier, queues;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, drv_feature(&l.pci.offered, DRV_F_NOTIFICATION_DATA));
    multiplier = l.pci.notify_multiplier;
    CHECK(t, multiplier % 4 == 0 && !(multiplier & (multiplier - 1)));
    CHECK_EQ(t, l.pci.notify.offset % 4, 0);
    CHECK(t, l.pci.notify.bytes >= 4);
    queues = drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2);
    for (uint32_t q = 0; q < queues; q++) {
        drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, q);
        CHECK(t,
              l.pci.notify.bytes >=
                  drv_pci_get(&l.pci, DRV_C_QUEUE_NOTIFY_OFF, 2) * multiplier +
                      4);
    }
}

static void add(struct lab *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        lab_add_one(&l->tx, lab_packet(l, 60, i), 72, false, (uint16_t)i);
}

static uint16_t position(const struct lab_ring *r)
{
    return (uint16_t)(r->avail | (r->avail_wrap ? 0x8000 : 0));
}

static bool all_sent(struct lab *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!lab_wait(&l->tx) || !lab_sent(l, 60, i) || !lab_take(&l->tx, 1))
            return false;
    return lab_sent_nothing(l);
}

/* Bytes of the ring that the card has read. */
static uint32_t ring_bytes(const struct lab *l)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < l->events; i++) {
        const struct lab_event *e = &l->event[i];

        if (e->kind == LAB_READ && e->addr - l->tx.desc < 16u * l->tx.size)
            bytes += e->bytes;
    }
    return bytes;
}

/* The card reads what the doorbell says and no more: so it has understood slot
 * and wrap counter, over several laps. */
static void understood(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_DATA, 8, SIZE), 0);
    for (unsigned i = 0; i < LAPS * 2; i++) {
        unsigned n = 1 + i * 7 % SIZE;

        add(&l, n);
        lab_log_clear(&l);
        drv_pci_notify(&l.pci, LAB_TX, position(&l.tx));
        lab_settle(&l);
        CHECK_EQ(t, ring_bytes(&l), 16 * n);
        CHECK(t, all_sent(&l, n));
    }
    lab_recovers(&l);
}

/* Beyond the ring, behind the card, the wrong lap, ahead of what is there: a hint
 * at most. What is available is sent once, nothing else, and no more of the ring
 * is read than three looks at all of it. */
static void lies(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_DATA, 8, SIZE), 0);
    for (unsigned i = 0; i < 60; i++) {
        unsigned n = 1 + i % 9;

        add(&l, n);
        lab_log_clear(&l);
        drv_pci_notify(&l.pci, LAB_TX,
                       i % 3 ? (uint16_t)cosim_random(t)
                             : (uint16_t)(cosim_random(t) % (SIZE + 2) |
                                          (i & 1 ? 0x8000 : 0)));
        lab_settle(&l);
        lab_settle(&l);
        CHECK(t, ring_bytes(&l) <= 3 * 16 * SIZE);
        drv_pci_notify(&l.pci, LAB_TX, position(&l.tx));
        CHECK(t, all_sent(&l, n));
        CHECK(t, !lab_needs_reset(&l));
    }
    lab_recovers(&l);
}

static const struct conf_case cases[] = {
    {"the notify structure has room for 32 bits a queue", capability,
     "PCI-42 PCI-43 PCI-44"},
    {"a doorbell's slot and wrap counter are understood", understood, "GEN-22"},
    {"a doorbell that lies is a hint at most", lies, "HOS-33"},
};

CONF_MAIN(cases)
