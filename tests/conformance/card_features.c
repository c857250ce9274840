/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The offer, what is accepted and refused; the device configuration. Tells
 * which features the card offers: join.awk checks the exceptions against it.
 */
#include <stdio.h>
#include <string.h>

#include "feature_bits.h"
#include "lab.h"

static uint64_t offered(const struct lab *l)
{
    return l->pci.offered.word[0] | (uint64_t)l->pci.offered.word[1] << 32;
}

static bool refused(struct lab *l, uint64_t features)
{
    return drv_pci_reset(&l->pci) == 0 && !lab_negotiate(l, features) &&
           !(drv_pci_status(&l->pci) & DRV_S_FEATURES_OK);
}

static void tell_offer(struct lab *l)
{
    for (const struct conf_feature *f = conf_features; f->name; f++)
        printf("#%s %s\n",
               drv_feature(&l->pci.offered, f->bit) ? "offers" : "lacks",
               f->name);
    printf("#%s SPLIT_RING\n",
           refused(l, offered(l) & ~LAB_BIT(DRV_F_RING_PACKED)) ? "lacks"
                                                                : "offers");
}

static void offer(struct cosim *t)
{
    static const uint32_t beyond[] = {4, 5, 31, 32, 0x7fffffff, 0xffffffff};
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned bit = 0; bit < 128; bit++) {
        const struct conf_feature *f = conf_feature_of(bit);

        if (!drv_feature(&l.pci.offered, bit))
            continue;
        CHECK(t, f);
        CHECK(t, conf_feature_has_needs(f, &l.pci.offered));
    }
    for (unsigned i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        drv_pci_put(&l.pci, DRV_C_DEVICE_FEATURE_SELECT, 4, beyond[i]);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_DEVICE_FEATURE, 4), 0);
    }
    CHECK(t, drv_feature(&l.pci.offered, DRV_F_VERSION_1));
    CHECK(t, drv_feature(&l.pci.offered, DRV_F_ACCESS_PLATFORM));
    CHECK(t, drv_feature(&l.pci.offered, DRV_F_ORDER_PLATFORM));
    tell_offer(&l);
}

/* Words are apart and read back; what was not offered may be shown, but see
 * below: it is never agreed upon. */
static void written_features(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned round = 0; round < 20; round++) {
        uint32_t word[2] = {cosim_random(t) & l.pci.offered.word[0],
                            cosim_random(t) & l.pci.offered.word[1]};

        for (uint32_t i = 2; i-- > 0;) {
            drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
            drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE, 4, word[i]);
        }
        for (uint32_t i = 0; i < 2; i++) {
            drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_DRIVER_FEATURE, 4), word[i]);
        }
    }
}

/* Of random sets those that hold what they need and what is required. */
static void valid_subsets(struct cosim *t)
{
    unsigned accepted = 0;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned round = 0; round < 60; round++) {
        struct drv_features f = l.pci.offered;
        bool valid = true;

        f.word[0] &= cosim_random(t);
        f.word[1] = (f.word[1] & cosim_random(t)) | (uint32_t)(LAB_BASE >> 32);
        for (unsigned bit = 0; bit < 64; bit++)
            valid &= !drv_feature(&f, bit) ||
                     conf_feature_has_needs(conf_feature_of(bit), &f);
        if (!valid)
            continue;
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        CHECK_EQ(t, drv_pci_negotiate_exactly(&l.pci, &f), 0);
        accepted++;
    }
    CHECK(t, accepted > 0);
}

static void without_version_1(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, refused(&l, offered(&l) & ~LAB_BIT(DRV_F_VERSION_1)));
    CHECK(t, refused(&l, 0));
    /* The driver may try again without a reset. */
    CHECK(t, lab_negotiate(&l, offered(&l)));
}

/* Refused, or the bit is not kept in the first place. */
static void bits_not_offered(struct cosim *t)
{
    struct drv_features f;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    for (unsigned bit = 0; bit < 128; bit++) {
        f = l.pci.offered;
        if (drv_feature(&f, bit))
            continue;
        drv_feature_set(&f, bit);
        CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        if (drv_pci_negotiate_exactly(&l.pci, &f) == DRV_PCI_REFUSED) {
            CHECK(t, !(drv_pci_status(&l.pci) & DRV_S_FEATURES_OK));
            continue;
        }
        drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, bit / 32);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_DRIVER_FEATURE, 4),
                 l.pci.offered.word[bit / 32]);
    }
}

static void the_same_again(struct cosim *t)
{
    uint64_t features;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    features = LAB_BASE | (offered(&l) & (LAB_IN_ORDER | LAB_MERGE));
    for (unsigned i = 0; i < 40; i++) {
        if (i % 20 == 19)
            CHECK_EQ(t, rl_rp_flr(t->rp), 0);
        else
            CHECK_EQ(t, drv_pci_reset(&l.pci), 0);
        CHECK(t, lab_negotiate(&l, features));
    }
}

static void works_without(struct cosim *t, unsigned bit)
{
    struct drv_net_config c = {.in_order = true};

    drv_feature_set(&c.without, bit);
    cosim_round_trip(t, &c, 60);
}

static void without_platform(struct cosim *t)
{
    works_without(t, DRV_F_ACCESS_PLATFORM);
    works_without(t, DRV_F_ORDER_PLATFORM);
}

static void frozen(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 8), 0);
    for (uint32_t i = 0; i < 2; i++) {
        drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        drv_pci_put(&l.pci, DRV_C_DRIVER_FEATURE, 4, 0);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_DRIVER_FEATURE, 4),
                 (uint32_t)((LAB_BASE | LAB_IN_ORDER) >> 32 * i));
    }
    /* Still in-order: one used descriptor for the batch. */
    for (unsigned i = 0; i < 3; i++)
        lab_add_one(&l.tx, lab_packet(&l, 60, i), 72, false, (uint16_t)i);
    lab_kick(&l.tx);
    CHECK_EQ(t, lab_slot(&l.tx, 0)->id, 2);
    CHECK_EQ(t, lab_slot(&l.tx, 1)->flags, 0x0080);
}

/* ---- Device configuration ---- */

/* No feature was written yet: the address and the link are there, whether their
 * features will be accepted or not; numbers are little-endian. */
static void readable_early(struct cosim *t)
{
    static const uint8_t none[6], all[6] = {255, 255, 255, 255, 255, 255};
    uint8_t early[8], late[8];
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, l.pci.device.bytes >= sizeof early);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr, early, 8), 0);
    CHECK(t, memcmp(early, none, 6) && memcmp(early, all, 6));
    CHECK_EQ(t, early[0] & 1, 0); /* no group address */
    CHECK_EQ(t, early[6] | early[7] << 8, 1);
    CHECK(t, lab_negotiate(&l, offered(&l)));
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr, late, 8), 0);
    CHECK_EQ(t, memcmp(early, late, 8), 0);
}

static void not_writable(struct cosim *t)
{
    static const uint8_t ones[64] = {255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    uint8_t before[64], after[64];
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr, before, 64), 0);
    for (unsigned i = l.pci.device.bytes; i < 64; i++)
        CHECK_EQ(t, before[i], 0); /* behind the structure */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 64; i++)
            rl_rp_write(t->rp, l.pci.device.addr + i, ones, 1);
        rl_rp_write(t->rp, l.pci.device.addr, ones, 64);
        CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr, after, 64), 0);
        CHECK_EQ(t, memcmp(before, after, 64), 0);
        if (pass == 0)
            CHECK(t, lab_negotiate(&l, LAB_BASE));
    }
}

static const struct conf_case cases[] = {
    {"the offer is whole and holds nothing unknown", offer,
     "GEN-7 GEN-10 GEN-32 GEN-34 GEN-38 PCI-19"},
    {"written feature bits read back by word", written_features, "PCI-20"},
    {"every valid subset is accepted", valid_subsets, "GEN-8"},
    {"FEATURES_OK reads 0 without VERSION_1", without_version_1,
     "GEN-9 GEN-33 HOS-12"},
    {"a bit that is not offered is refused or not kept", bits_not_offered,
     "HOS-3 PCI-21"},
    {"what was accepted once is accepted after each reset", the_same_again,
     "GEN-11"},
    {"traffic without ACCESS_PLATFORM or ORDER_PLATFORM", without_platform,
     "GEN-35 GEN-37 GEN-41"},
    {"features are frozen once agreed upon", frozen, "HOS-5"},
    {"the device configuration reads before any negotiation", readable_early,
     "GEN-14"},
    {"the device configuration cannot be written, nothing is behind it",
     not_writable, "HOS-9 HOS-61"},
};
CONF_MAIN(cases)
