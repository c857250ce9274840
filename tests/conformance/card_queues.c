/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Registers of the common structure that belong to queues, good and bad
 * drivers' use of them.
 */
#include <string.h>

#include "lab.h"

enum { COMMON_BYTES = 64, EXTRA = 56, NO_QUEUE = 0x7fff };

static int ready(struct lab *l, struct cosim *t)
{
    int r = lab_probe(l, t);

    return r ? r : lab_negotiate(l, LAB_BASE) ? 0 : DRV_PCI_REFUSED;
}

static bool send_one(struct lab *l, unsigned mark)
{
    lab_add_one(&l->tx, lab_packet(l, 60, mark), 72, false, (uint16_t)mark);
    lab_kick(&l->tx);
    return lab_sent(l, 60, mark) && lab_take(&l->tx, 1);
}

/* ---- What the registers hold ---- */

static void halves(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, 0);
    for (unsigned reg = DRV_C_QUEUE_DESC; reg < EXTRA; reg += 8) {
        /* High before low, then low alone, then high alone. */
        drv_pci_put(&l.pci, reg + 4, 4, 0x01234567 + reg);
        drv_pci_put(&l.pci, reg, 4, 0x89abcde0 + reg);
        CHECK_EQ(t, drv_pci_get(&l.pci, reg, 4), 0x89abcde0 + reg);
        CHECK_EQ(t, drv_pci_get(&l.pci, reg + 4, 4), 0x01234567 + reg);
        drv_pci_put(&l.pci, reg, 4, 0x11110000 + reg);
        CHECK_EQ(t, drv_pci_get(&l.pci, reg + 4, 4), 0x01234567 + reg);
        drv_pci_put(&l.pci, reg + 4, 4, 0x22220000 + reg);
        CHECK_EQ(t, drv_pci_get(&l.pci, reg, 4), 0x11110000 + reg);
        CHECK_EQ(t, drv_pci_get(&l.pci, reg + 4, 4), 0x22220000 + reg);
    }
}

/* Fields that share a dword: one changes, the other stays. */
static void neighbours(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, 5);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, 1);
    CHECK_EQ(t, drv_pci_status(&l.pci), 0x0b);
    drv_pci_put(&l.pci, DRV_C_QUEUE_VECTOR, 2, 7);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SIZE, 2, 12);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_VECTOR, 2), 7);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_CONFIG_VECTOR, 2), 5);
    drv_pci_put(&l.pci, DRV_C_STATUS, 1, 0x0b);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SELECT, 2), 1);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SIZE, 2), 12);
}

/* The structure byte by byte, in all widths and beyond a dword, shows the same;
 * writes of any width arrive. */
static void widths(struct cosim *t)
{
    uint8_t whole[COMMON_BYTES], part[16];
    uint64_t value = 0x1122334455667780;
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, 1);
    rl_rp_write(t->rp, l.pci.common.addr + DRV_C_QUEUE_DESC, &value, 8);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_DESC, 4), 0x55667780);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_DESC + 4, 4), 0x11223344);
    value = 9u << 16 | 20;
    rl_rp_write(t->rp, l.pci.common.addr + DRV_C_QUEUE_SIZE, &value, 4);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SIZE, 2), 20);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_VECTOR, 2), 9);
    drv_pci_put(&l.pci, DRV_C_QUEUE_DESC + 1, 1, 0xcc);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_DESC, 4), 0x5566cc80);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.common.addr, whole, sizeof whole), 0);
    for (unsigned width = 1; width <= sizeof part; width++)
        for (unsigned at = 0; at + width <= COMMON_BYTES; at += 3) {
            CHECK_EQ(t, rl_rp_read(t->rp, l.pci.common.addr + at, part, width),
                     0);
            CHECK_EQ(t, memcmp(part, whole + at, width), 0);
        }
}

/* With any access at all: then the device still initialises. */
static void random_writes(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned i = 0; i < 300; i++) {
        uint64_t data[2] = {cosim_random(t), cosim_random(t)};
        unsigned width = 1 + cosim_random(t) % 16;

        rl_rp_write(t->rp,
                    l.pci.common.addr +
                        cosim_random(t) % (COMMON_BYTES + 1 - width),
                    data, width);
    }
    lab_recovers(&l);
}

static void sizes(struct cosim *t)
{
    static const uint16_t bad[] = {0, 257, 512, 0x7fff, 0x8000, 0x8001, 0xffff};
    uint32_t queues;
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    queues = drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2);
    CHECK(t, queues >= 2);
    for (uint16_t q = 0; q < queues; q++) {
        uint16_t most = drv_pci_queue_offer(&l.pci, q);

        CHECK(t, most && (most & (most - 1)) == 0);
        drv_pci_put(&l.pci, DRV_C_QUEUE_SIZE, 2, 77);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SIZE, 2), 77);
        for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
            drv_pci_put(&l.pci, DRV_C_QUEUE_SIZE, 2, bad[i]);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SIZE, 2), 77);
        }
    }
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2), queues);
}

/* Before anything is agreed upon, a size is 0 or a power of two. */
static void sizes_before_negotiation(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned q = 0; q < 40; q++) {
        uint16_t most = drv_pci_queue_offer(&l.pci, (uint16_t)q);

        CHECK_EQ(t, most & (most - 1), 0);
    }
    /* As many queues as there are, whatever features come. */
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2) >= 2, 1);
        CHECK_EQ(t, lab_negotiate(&l, LAB_BASE), true);
    }
}

static void no_such_queue(struct cosim *t)
{
    uint16_t queues;
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    queues = (uint16_t)drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2);
    CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
    for (unsigned i = 0; i < 4; i++) {
        const uint16_t q[] = {queues, (uint16_t)(queues + 1), NO_QUEUE, 0xffff};

        CHECK_EQ(t, drv_pci_queue_offer(&l.pci, q[i]), 0);
        for (unsigned reg = DRV_C_QUEUE_SIZE; reg < COMMON_BYTES; reg += 4)
            drv_pci_put(&l.pci, reg, 4, 0x00010001);
        for (unsigned reg = DRV_C_QUEUE_SIZE; reg < COMMON_BYTES; reg += 4)
            CHECK_EQ(t, drv_pci_get(&l.pci, reg, 4), 0);
    }
    /* None of that went to a queue that there is. */
    CHECK_EQ(t, drv_pci_queue_offer(&l.pci, LAB_RX), 256);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2), 0);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_DESC, 4), 0);
    CHECK_EQ(t, lab_driver_ok(&l), 0);
    CHECK(t, send_one(&l, 1));
}

static void read_only(struct cosim *t)
{
    static const struct {
        unsigned reg, size;
    } fields[] = {{DRV_C_DEVICE_FEATURE, 4},
                  {DRV_C_NUM_QUEUES, 2},
                  {DRV_C_GENERATION, 1},
                  {DRV_C_QUEUE_NOTIFY_OFF, 2}};
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
        uint32_t before = drv_pci_get(&l.pci, fields[i].reg, fields[i].size);

        drv_pci_put(&l.pci, fields[i].reg, fields[i].size, ~before);
        CHECK_EQ(t, drv_pci_get(&l.pci, fields[i].reg, fields[i].size), before);
    }
    CHECK_EQ(t, drv_pci_status(&l.pci), 0x0b);
}

/* By number: 39 is NOTIF_CONFIG_DATA, 40 RING_RESET. Fields behind the
 * structure's old end, with their features negotiated or not,
 * in all combinations, for every queue. */
static void optional_fields(struct cosim *t)
{
    struct lab l;

    for (unsigned i = 0; i < 4; i++) {
        bool id = i & 1, reset = i & 2;
        uint16_t queues;

        CHECK_EQ(t,
                 lab_open(&l, t,
                          LAB_BASE | (id ? LAB_BIT(39) : 0) |
                              (reset ? LAB_BIT(40) : 0),
                          8, 8),
                 0);
        queues = (uint16_t)drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2);
        for (uint16_t q = 0; q < queues + 2; q++) {
            uint32_t value;

            drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, q);
            value = drv_pci_get(&l.pci, DRV_C_QUEUE_NOTIF_DATA, 2);
            /* Ours is the index, so it is seen to be there, and whose. */
            CHECK_EQ(t, value, id && q < queues ? q : 0);
            drv_pci_put(&l.pci, DRV_C_QUEUE_NOTIF_DATA, 2, ~value & 0xffff);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_NOTIF_DATA, 2), value);
            for (unsigned reg = DRV_C_QUEUE_RESET + 2; reg < COMMON_BYTES;
                 reg += 2) {
                drv_pci_put(&l.pci, reg, 2, 1);
                CHECK_EQ(t, drv_pci_get(&l.pci, reg, 2), 0);
            }
            drv_pci_put(&l.pci, DRV_C_QUEUE_RESET, 2, q == LAB_TX);
            for (unsigned n = 0; n < 20; n++)
                if (drv_pci_get(&l.pci, DRV_C_QUEUE_RESET, 2))
                    lab_settle(&l);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_RESET, 2), 0);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2),
                     q < 2 && (q != LAB_TX || !reset));
        }
        if (reset)
            CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
        CHECK(t, send_one(&l, 1));
    }
}

/* ---- Enabling ---- */

static void not_enabled(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    CHECK_EQ(t, lab_queue(&l, &l.rx, LAB_RX, 8), 0);
    CHECK_EQ(t, lab_driver_ok(&l), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2), 0);
    lab_settle(&l);
    lab_log_clear(&l);
    rl_rp_write32(t->rp, l.pci.notify.addr + 4, LAB_TX);
    lab_settle(&l);
    CHECK_EQ(t, l.events, 0);
}

static void enable_at(struct lab *l, uint8_t status, bool sticks)
{
    struct cosim *t = l->t;
    struct drv_queue_setup s = {.size = 8, .vector = DRV_NO_VECTOR};

    CHECK_EQ(t, drv_pci_reset(&l->pci), 0);
    drv_pci_put(&l->pci, DRV_C_STATUS, 1, status);
    s.desc_addr = lab_alloc(l, 4096);
    s.driver_addr = s.desc_addr + 1024;
    s.device_addr = s.desc_addr + 2048;
    CHECK_EQ(t, drv_pci_queue_setup(&l->pci, LAB_TX, &s),
             sticks ? 0 : DRV_PCI_READBACK);
}

/* Not before FEATURES_OK; from then on at any time, the first time. */
static void enable_times(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    enable_at(&l, 0, false);
    enable_at(&l, 1, false);
    enable_at(&l, 3, false);
    CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE));
    CHECK_EQ(t, lab_driver_ok(&l), 0);
    CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, 8), 0);
    CHECK(t, send_one(&l, 1));
    drv_pci_put(&l.pci, DRV_C_QUEUE_ENABLE, 2, 2); /* means nothing */
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2), 1);
    CHECK(t, send_one(&l, 2));
}

static void changed_while_live(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    for (unsigned reg = DRV_C_QUEUE_DESC; reg < EXTRA; reg += 4)
        drv_pci_put(&l.pci, reg, 4, 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SIZE, 2, 4);
    for (unsigned i = 0; i < 10; i++)
        CHECK(t, send_one(&l, i));
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_DESC, 4), (uint32_t)l.tx.desc);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_SIZE, 2), 8);
}

/* Addresses that were never written: no memory of this host. */
static void enabled_at_nothing(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, ready(&l, t), 0);
    CHECK_EQ(t, lab_msix(&l), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    drv_pci_put(&l.pci, DRV_C_QUEUE_ENABLE, 2, 1);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2), 1);
    drv_pci_put(&l.pci, DRV_C_STATUS, 1, LAB_LIVE);
    lab_settle(&l);
    CHECK(t, lab_needs_reset(&l));
    lab_recovers(&l);
}

static void disabling(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    drv_pci_put(&l.pci, DRV_C_QUEUE_ENABLE, 2, 0);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2), 1);
    for (unsigned i = 0; i < 10; i++)
        CHECK(t, send_one(&l, i));
}

static void misaligned(struct cosim *t)
{
    static const unsigned regs[] = {DRV_C_QUEUE_DESC, DRV_C_QUEUE_DRIVER,
                                    DRV_C_QUEUE_DEVICE};
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned low = 1; low < 16; low++) {
            unsigned align = i == 0 ? 16 : 4;

            CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
            CHECK(t, lab_negotiate(&l, LAB_BASE));
            for (unsigned k = 0; k < 3; k++)
                drv_pci_put(&l.pci, regs[k], 4,
                            0x40001000 + (k == i ? low : 0));
            drv_pci_put(&l.pci, DRV_C_QUEUE_ENABLE, 2, 1);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_ENABLE, 2),
                     low % align == 0);
        }
    lab_recovers(&l);
}

static const struct conf_case cases[] = {
    {"halves of addresses are apart", halves, "PCI-9"},
    {"fields of a dword are apart", neighbours, "PCI-10"},
    {"any width at any offset reads and writes its bytes", widths, "HOS-25"},
    {"random writes into the structure are survived", random_writes, "HOS-25"},
    {"sizes of 1 to the maximum stick, others do not", sizes, "HOS-14"},
    {"sizes are powers of two before the packed ring is agreed upon",
     sizes_before_negotiation, "PCI-31"},
    {"a queue that does not exist reads 0 and hurts nobody", no_such_queue,
     "PCI-30 HOS-18 GEN-19"},
    {"read-only fields ignore writes", read_only, "HOS-17"},
    {"fields are there when their features were negotiated", optional_fields,
     "PCI-36 HOS-17 GEN-42"},
    {"a queue that is not enabled is not served", not_enabled, "PCI-37"},
    {"queues are enabled after FEATURES_OK, or after DRIVER_OK", enable_times,
     "HOS-19"},
    {"a live queue keeps its configuration", changed_while_live, "HOS-15"},
    {"a queue enabled without addresses breaks", enabled_at_nothing, "HOS-15"},
    {"0 in queue_enable changes nothing", disabling, "HOS-16"},
    {"misaligned rings are refused", misaligned, "HOS-22"},
};
CONF_MAIN(cases)
