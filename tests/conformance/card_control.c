/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Features that need others, and commands that cannot be.
 */
#include <string.h>

#include "feature_bits.h"
#include "lab.h"

enum {
    CTRL_VQ = 17,
    MQ = 22,
    MAX_PAIRS_AT = 8, /* in the device configuration */
    CLASS_MQ = 4,
    PAIRS_SET = 0,
    ACK_ERR = 1,
    UNTOUCHED = 0xee,
};

/* ---- Features ---- */

/* All that is offered but one: refused when another one needs it. */
static void needs(struct cosim *t)
{
    unsigned edges = 0;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct drv_features f = l.pci.offered;
        bool valid = true;

        if (!drv_feature(&f, bit) || LAB_BASE >> bit & 1)
            continue;
        drv_feature_clear(&f, bit);
        for (unsigned k = 0; k < 64; k++)
            valid &= !drv_feature(&f, k) ||
                     conf_feature_has_needs(conf_feature_of(k), &f);
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        CHECK_EQ(t, drv_pci_negotiate_exactly(&l.pci, &f),
                 valid ? 0 : DRV_PCI_REFUSED);
        edges += !valid;
    }
    CHECK(t, edges > 0);
}

/* As many queues as all features together need, with one pair in use. */
static void number_of_queues(struct cosim *t)
{
    uint16_t pairs = 0;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, drv_feature(&l.pci.offered, MQ));
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr + MAX_PAIRS_AT, &pairs, 2),
             0);
    CHECK(t, pairs >= 1);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_NUM_QUEUES, 2), 2 * pairs + 1);
        CHECK(t, lab_negotiate(&l, LAB_BASE));
    }
}

/* ---- Commands ---- */

struct control {
    struct lab lab;
    struct lab_ring ring;
};

static int open_control(struct control *c, struct cosim *t)
{
    uint16_t pairs = 0;
    int r = lab_probe(&c->lab, t);

    if (r)
        return r;
    if (rl_rp_read(t->rp, c->lab.pci.device.addr + MAX_PAIRS_AT, &pairs, 2) ||
        !lab_negotiate(&c->lab, LAB_BASE | LAB_BIT(CTRL_VQ) | LAB_BIT(MQ)))
        return DRV_PCI_REFUSED;
    if ((r = lab_msix(&c->lab)) ||
        (r = lab_queue(&c->lab, &c->lab.rx, LAB_RX, 8)) ||
        (r = lab_queue(&c->lab, &c->lab.tx, LAB_TX, 8)) ||
        (r = lab_queue(&c->lab, &c->ring, (uint16_t)(2 * pairs), 8)))
        return r;
    r = lab_driver_ok(&c->lab);
    lab_settle(&c->lab);
    return r;
}

/* The answer to a command of `bytes` bytes; -1: it was not given back. */
static int answer(struct control *c, const uint8_t *command, uint32_t bytes)
{
    uint64_t addr = lab_alloc(&c->lab, 128);
    uint8_t *p = rl_rp_mem(c->lab.t->rp, addr, 128);
    struct drv_sg sg[2] = {{addr, bytes, false}, {addr + 64, 1, true}};
    unsigned slot = c->ring.used;

    memcpy(p, command, bytes);
    p[64] = UNTOUCHED;
    lab_add(&c->ring, sg, 2, 5);
    lab_kick(&c->ring);
    lab_settle(&c->lab);
    if (!lab_take(&c->ring, 2) || lab_slot(&c->ring, slot)->len != 1)
        return -1;
    return p[64];
}

static void numbers_of_pairs(struct cosim *t)
{
    static const uint16_t bad[] = {0, 5, 256, 0x8000, 0x8001, 0xffff};
    struct control c;

    CHECK_EQ(t, open_control(&c, t), 0);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        const uint8_t command[4] = {CLASS_MQ, PAIRS_SET, (uint8_t)bad[i],
                                    (uint8_t)(bad[i] >> 8)};

        CHECK_EQ(t, answer(&c, command, 4), ACK_ERR);
    }
    CHECK_EQ(t, answer(&c, (const uint8_t[]){CLASS_MQ, PAIRS_SET, 1, 0}, 4), 0);
    CHECK_EQ(t, drv_pci_status(&c.lab.pci), LAB_LIVE);
    lab_recovers(&c.lab);
}

/* Without MQ there is no such command. */
static void pairs_without_mq(struct cosim *t)
{
    struct control c;

    CHECK_EQ(t, lab_open(&c.lab, t, LAB_BASE | LAB_BIT(CTRL_VQ), 8, 8), 0);
    CHECK_EQ(t, lab_queue(&c.lab, &c.ring, 2, 8), 0);
    CHECK_EQ(t, answer(&c, (const uint8_t[]){CLASS_MQ, PAIRS_SET, 1, 0}, 4),
             ACK_ERR);
    lab_recovers(&c.lab);
}

/* Classes of features that are not there, commands cut short. */
static void unknown_commands(struct cosim *t)
{
    uint8_t command[4] = {0, 0, 1, 0};
    struct control c;

    CHECK_EQ(t, open_control(&c, t), 0);
    for (unsigned class = 0; class < 256; class += class < 10 ? 1 : 35) {
        command[0] = (uint8_t) class;
        command[1] = class == CLASS_MQ ? 1 : 0;
        CHECK_EQ(t, answer(&c, command, 4), ACK_ERR);
    }
    command[0] = CLASS_MQ;
    command[1] = PAIRS_SET;
    for (uint32_t bytes = 0; bytes < 4; bytes++)
        CHECK_EQ(t, answer(&c, command, bytes), ACK_ERR);
    CHECK_EQ(t, drv_pci_status(&c.lab.pci), LAB_LIVE);
    lab_recovers(&c.lab);
}

/* Nowhere to answer, by no element or by empty ones: given back with nothing
 * written and without effect, and the queue goes on. */
static void no_place_for_an_answer(struct cosim *t)
{
    struct control c;

    CHECK_EQ(t, open_control(&c, t), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, c.ring.queue + 1u, false), 0);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t addr = lab_alloc(&c.lab, 128);
        struct drv_sg sg[2] = {{addr, i & 2 ? 0 : 4, false},
                               {addr + 64, 0, true}};
        unsigned slot = c.ring.used, slots = 1 + (i & 1);

        memcpy(rl_rp_mem(t->rp, addr, 4), (uint8_t[]){CLASS_MQ, 0, 1, 0}, 4);
        lab_log_clear(&c.lab);
        lab_add(&c.ring, sg, slots, (uint16_t)(100 + i));
        lab_kick(&c.ring);
        CHECK(t, lab_take(&c.ring, slots));
        CHECK_EQ(t, lab_slot(&c.ring, slot)->id, 100 + i);
        CHECK_EQ(t, lab_slot(&c.ring, slot)->len, 0);
        CHECK_EQ(t, lab_slot(&c.ring, slot)->flags & DRV_DESC_WRITE, 0);
        CHECK_EQ(t, lab_count(&c.lab, LAB_WRITE, addr, 128), 0);
        CHECK_EQ(t, lab_count_all(&c.lab, LAB_MSIX), 1);
        CHECK_EQ(t, answer(&c, (const uint8_t[]){CLASS_MQ, 0, 1, 0}, 4), 0);
    }
    CHECK_EQ(t, drv_pci_status(&c.lab.pci), LAB_LIVE);
    lab_recovers(&c.lab);
}

static const struct conf_case cases[] = {
    {"a feature without what it needs is refused", needs, "HOS-4"},
    {"num_queues counts what all features need", number_of_queues, "PCI-34"},
    {"impossible numbers of queue pairs", numbers_of_pairs, "HOS-67"},
    {"queue pairs without MQ", pairs_without_mq, "HOS-67"},
    {"commands that are unknown or cut short", unknown_commands, "HOS-70"},
    {"a command without a place for its answer", no_place_for_an_answer,
     "HOS-70"},
};
CONF_MAIN(cases)
