/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Which sets of features the device accepts.
 */
#include "cosim.h"

static void refuses(struct cosim *t, unsigned bit)
{
    struct drv_pci p;
    struct drv_features f;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    f = p.offered;
    CHECK(t, drv_feature(&f, bit));
    drv_feature_clear(&f, bit);
    CHECK_EQ(t, drv_pci_negotiate_exactly(&p, &f), DRV_PCI_REFUSED);
    CHECK_EQ(t, drv_pci_status(&p), DRV_S_ACKNOWLEDGE | DRV_S_DRIVER);
    /* A reset and the whole set work. */
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    CHECK_EQ(t, drv_pci_negotiate(&p, &p.offered), 0);
}

static void without_version_1(struct cosim *t)
{
    refuses(t, DRV_F_VERSION_1);
}

static void without_ring_packed(struct cosim *t)
{
    refuses(t, DRV_F_RING_PACKED);
}

static void bit_not_offered(struct cosim *t)
{
    struct drv_pci p;
    struct drv_features f;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        f = p.offered;
        if (drv_feature(&f, bit))
            continue;
        drv_feature_set(&f, bit);
        CHECK_EQ(t, drv_pci_reset(&p), 0);
        CHECK_EQ(t, drv_pci_negotiate_exactly(&p, &f), DRV_PCI_REFUSED);
    }
}

static void subset(struct cosim *t, unsigned bit)
{
    struct drv_net_config c = {.in_order = true};

    drv_feature_set(&c.without, bit);
    cosim_round_trip(t, &c, 100);
}

static void without_in_order(struct cosim *t)
{
    subset(t, DRV_F_IN_ORDER);
}

static void without_access_platform(struct cosim *t)
{
    subset(t, DRV_F_ACCESS_PLATFORM);
}

static void without_order_platform(struct cosim *t)
{
    subset(t, DRV_F_ORDER_PLATFORM);
}

static void without_net_features(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};

    drv_feature_set(&c.without, DRV_NET_F_MAC);
    drv_feature_set(&c.without, DRV_NET_F_STATUS);
    cosim_round_trip(t, &c, 100);
}

static void least_features(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};

    for (unsigned i = 0; i < 4; i++)
        c.without.word[i] = UINT32_MAX;
    drv_feature_clear(&c.without, DRV_F_VERSION_1);
    drv_feature_clear(&c.without, DRV_F_RING_PACKED);
    cosim_round_trip(t, &c, 100);
}

static void offer_is_consistent(struct cosim *t)
{
    struct drv_pci p;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK(t, drv_feature(&p.offered, DRV_F_VERSION_1));
    CHECK(t, drv_feature(&p.offered, DRV_F_RING_PACKED));
    CHECK(t, drv_feature(&p.offered, DRV_F_IN_ORDER));
    CHECK_EQ(t, p.offered.word[0] >> 24 & 0xcf, 0); /* legacy, reserved */
    CHECK_EQ(t, p.offered.word[2], 0);
    CHECK_EQ(t, p.offered.word[3], 0);
    drv_pci_put(&p, DRV_C_DEVICE_FEATURE_SELECT, 4, 0xffffffff);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_DEVICE_FEATURE, 4), 0);
}

static void frozen_after_features_ok(struct cosim *t)
{
    struct drv_pci p;

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    CHECK_EQ(t, drv_pci_negotiate(&p, &p.offered), 0);
    drv_pci_put(&p, DRV_C_DRIVER_FEATURE_SELECT, 4, 1);
    drv_pci_put(&p, DRV_C_DRIVER_FEATURE, 4, 0);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_DRIVER_FEATURE, 4), p.offered.word[1]);
}

static const struct cosim_case cases[] = {
    {"the offer holds what it must and nothing reserved", offer_is_consistent},
    {"FEATURES_OK reads 0 without VERSION_1", without_version_1},
    {"FEATURES_OK reads 0 without RING_PACKED", without_ring_packed},
    {"FEATURES_OK reads 0 with a bit that is not offered", bit_not_offered},
    {"works without IN_ORDER", without_in_order},
    {"works without ACCESS_PLATFORM", without_access_platform},
    {"works without ORDER_PLATFORM", without_order_platform},
    {"works without MAC and STATUS", without_net_features},
    {"works with VERSION_1 and RING_PACKED alone", least_features},
    {"features are frozen once agreed upon", frozen_after_features_ok},
};
COSIM_MAIN(cases)
