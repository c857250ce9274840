/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Queue registers: sizes, addresses, vectors, queues that do not exist.
 */
#include "cosim.h"

static int ready(struct cosim *t, struct drv_pci *p)
{
    int r = drv_pci_probe(p, t->rp);

    if (!r)
        r = drv_pci_reset(p);
    return r ? r : drv_pci_negotiate(p, &p->offered);
}

static void size_limits(struct cosim *t)
{
    static const uint32_t bad[] = {0, 257, 258, 512, 32768, 32769, 65535};
    struct drv_pci p;

    CHECK_EQ(t, ready(t, &p), 0);
    CHECK_EQ(t, drv_pci_queue_offer(&p, 1), 256);
    drv_pci_put(&p, DRV_C_QUEUE_SIZE, 2, 100);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_SIZE, 2), 100);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        drv_pci_put(&p, DRV_C_QUEUE_SIZE, 2, bad[i]);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_SIZE, 2), 100);
    }
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    CHECK_EQ(t, drv_pci_queue_offer(&p, 1), 256);
}

static void no_such_queue(struct cosim *t)
{
    static const uint16_t q[] = {9, 10, 15, 16, 0x7fff, 0xffff};
    struct drv_net_config c = {.in_order = true};
    struct drv_pci p;

    CHECK_EQ(t, ready(t, &p), 0);
    for (unsigned i = 0; i < sizeof q / sizeof *q; i++) {
        CHECK_EQ(t, drv_pci_queue_offer(&p, q[i]), 0);
        drv_pci_put(&p, DRV_C_QUEUE_SIZE, 2, 4);
        drv_pci_put(&p, DRV_C_QUEUE_DESC, 4, 0x1000);
        drv_pci_put(&p, DRV_C_QUEUE_VECTOR, 2, 1);
        drv_pci_put(&p, DRV_C_QUEUE_ENABLE, 2, 1);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_SIZE, 2), 0);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_ENABLE, 2), 0);
    }
    for (uint16_t i = 0; i < 2; i++) {
        CHECK_EQ(t, drv_pci_queue_offer(&p, i), 256);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_ENABLE, 2), 0);
    }
    cosim_round_trip(t, &c, 50);
}

static void doorbell_of_no_queue(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    /* The whole notify region, all widths, values that do not match. */
    for (uint32_t off = 0; off < 64; off++) {
        uint32_t v = cosim_random(t);

        rl_rp_write(t->rp, n.pci.notify.addr + off, &v,
                    off % 4 ? 1 : 1u << cosim_random(t) % 3);
    }
    for (unsigned i = 0; i < 200; i++)
        drv_pci_notify(&n.pci, DRV_NET_TXQ, (uint16_t)cosim_random(t));
    rl_rp_run(t->rp, 3000);
    CHECK_EQ(t, drv_pci_status(&n.pci), 0x0f);
    CHECK_EQ(t, cosim_exchange(t, &n, 100, 1514), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void odd_sizes(struct cosim *t)
{
    static const uint16_t sizes[] = {1, 2, 3, 5, 7, 17, 100, 255, 256};

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct drv_net_config c = {
            .in_order = !(i & 1), .rx_size = sizes[i], .tx_size = sizes[i]};

        cosim_round_trip(t, &c, sizes[i] < 50 ? 120 : 700);
        if (t->failed) {
            cosim_note("queue size %u", sizes[i]);
            return;
        }
    }
}

static void odd_sizes_device_memory(struct cosim *t)
{
    static const uint16_t sizes[] = {1, 3, 7, 33};

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct drv_net_config c = {.placement = DRV_DEVICE_MEMORY,
                                   .in_order = !(i & 1),
                                   .rx_size = sizes[i],
                                   .tx_size = sizes[i]};

        cosim_round_trip(t, &c, 150);
        if (t->failed) {
            cosim_note("queue size %u", sizes[i]);
            return;
        }
    }
}

static void vectors(struct cosim *t)
{
    struct drv_pci p;
    unsigned count;

    CHECK_EQ(t, ready(t, &p), 0);
    count = rl_rp_device(t->rp)->msix_vectors;
    drv_pci_queue_offer(&p, 1);
    for (uint32_t v = 0; v < count; v++) {
        drv_pci_put(&p, DRV_C_QUEUE_VECTOR, 2, v);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_VECTOR, 2), v);
        drv_pci_put(&p, DRV_C_CONFIG_VECTOR, 2, v);
        CHECK_EQ(t, drv_pci_get(&p, DRV_C_CONFIG_VECTOR, 2), v);
    }
    drv_pci_put(&p, DRV_C_QUEUE_VECTOR, 2, count);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    drv_pci_put(&p, DRV_C_CONFIG_VECTOR, 2, 0x7ff);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
}

static void addresses(struct cosim *t)
{
    struct drv_pci p;

    CHECK_EQ(t, ready(t, &p), 0);
    drv_pci_queue_offer(&p, 0);
    /* Halves are written in any order and read back. */
    drv_pci_put(&p, DRV_C_QUEUE_DESC + 4, 4, 0x11223344);
    drv_pci_put(&p, DRV_C_QUEUE_DESC, 4, 0x55667780);
    drv_pci_put(&p, DRV_C_QUEUE_DEVICE, 4, 0x99aabbcc);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_DESC, 4), 0x55667780);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_DESC + 4, 4), 0x11223344);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_DEVICE, 4), 0x99aabbcc);
    /* Misaligned: the queue does not enable. */
    drv_pci_put(&p, DRV_C_QUEUE_DESC, 4, 0x55667788);
    drv_pci_put(&p, DRV_C_QUEUE_ENABLE, 2, 1);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_QUEUE_ENABLE, 2), 0);
}

static void frozen_when_live(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    for (uint16_t q = 0; q < 2; q++) {
        drv_pci_queue_offer(&n.pci, q);
        drv_pci_put(&n.pci, DRV_C_QUEUE_DESC, 4, 0);
        drv_pci_put(&n.pci, DRV_C_QUEUE_SIZE, 2, 4);
        drv_pci_put(&n.pci, DRV_C_QUEUE_ENABLE, 2, 0);
        CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_QUEUE_ENABLE, 2), 1);
        CHECK_EQ(t, drv_pci_get(&n.pci, DRV_C_QUEUE_SIZE, 2), 256);
    }
    CHECK_EQ(t, cosim_exchange(t, &n, 600, 300), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static const struct cosim_case cases[] = {
    {"a queue size of 0 or above the offer does not stick", size_limits},
    {"a queue that does not exist reads 0 and hurts nobody", no_such_queue},
    {"doorbells of no queue and odd widths are harmless", doorbell_of_no_queue},
    {"queue sizes from 1 to 256, powers of two or not", odd_sizes},
    {"odd queue sizes in device memory", odd_sizes_device_memory},
    {"every vector can be set, others read back as none", vectors},
    {"address halves are independent, misaligned ones refused", addresses},
    {"a live queue cannot be changed", frozen_when_live},
};
COSIM_MAIN(cases)
