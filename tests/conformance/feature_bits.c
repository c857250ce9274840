/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "feature_bits.h"

#include <string.h>

const struct conf_feature conf_features[] = {
    {0, "CSUM", ""},
    {1, "GUEST_CSUM", ""},
    {2, "CTRL_GUEST_OFFLOADS", ""},
    {3, "MTU", ""},
    {5, "MAC", ""},
    {7, "GUEST_TSO4", "GUEST_CSUM"},
    {8, "GUEST_TSO6", "GUEST_CSUM"},
    {9, "GUEST_ECN", "GUEST_TSO4|GUEST_TSO6"},
    {10, "GUEST_UFO", "GUEST_CSUM"},
    {11, "HOST_TSO4", "CSUM"},
    {12, "HOST_TSO6", "CSUM"},
    {13, "HOST_ECN", "HOST_TSO4|HOST_TSO6"},
    {14, "HOST_UFO", "CSUM"},
    {15, "MRG_RXBUF", ""},
    {16, "STATUS", ""},
    {17, "CTRL_VQ", ""},
    {18, "CTRL_RX", "CTRL_VQ"},
    {19, "CTRL_VLAN", "CTRL_VQ"},
    {20, "CTRL_RX_EXTRA", "CTRL_VQ"},
    {21, "GUEST_ANNOUNCE", "CTRL_VQ"},
    {22, "MQ", "CTRL_VQ"},
    {23, "CTRL_MAC_ADDR", "CTRL_VQ"},
    {28, "INDIRECT_DESC", ""},
    {29, "EVENT_IDX", ""},
    {32, "VERSION_1", ""},
    {33, "ACCESS_PLATFORM", ""},
    {34, "RING_PACKED", ""},
    {35, "IN_ORDER", ""},
    {36, "ORDER_PLATFORM", ""},
    {37, "SR_IOV", ""},
    {38, "NOTIFICATION_DATA", ""},
    {39, "NOTIF_CONFIG_DATA", ""},
    {40, "RING_RESET", ""},
    {41, "ADMIN_VQ", ""},
    {43, "SUSPEND", ""},
    {50, "DEVICE_STATS", ""},
    {51, "HASH_TUNNEL", "CTRL_VQ RSS|HASH_REPORT"},
    {52, "VQ_NOTF_COAL", "CTRL_VQ"},
    {53, "NOTF_COAL", "CTRL_VQ"},
    {54, "GUEST_USO4", "GUEST_CSUM"},
    {55, "GUEST_USO6", "GUEST_CSUM"},
    {56, "HOST_USO", "CSUM"},
    {57, "HASH_REPORT", "CTRL_VQ"},
    {59, "GUEST_HDRLEN", ""},
    {60, "RSS", "CTRL_VQ"},
    {61, "RSC_EXT", "HOST_TSO4|HOST_TSO6"},
    {62, "STANDBY", ""},
    {63, "SPEED_DUPLEX", ""},
    {64, "RSS_CONTEXT", "CTRL_VQ RSS"},
    {65, "GUEST_UDP_TUNNEL_GSO", "GUEST_TSO4 GUEST_TSO6 GUEST_USO4 GUEST_USO6"},
    {66, "GUEST_UDP_TUNNEL_GSO_CSUM", "GUEST_UDP_TUNNEL_GSO"},
    {67, "HOST_UDP_TUNNEL_GSO", "HOST_TSO4 HOST_TSO6 HOST_USO"},
    {68, "HOST_UDP_TUNNEL_GSO_CSUM", "HOST_UDP_TUNNEL_GSO"},
    {69, "OUT_NET_HEADER", ""},
    {70, "IPSEC", ""},
    {0, NULL, NULL},
};

const struct conf_feature *conf_feature_of(unsigned bit)
{
    for (const struct conf_feature *f = conf_features; f->name; f++)
        if (f->bit == bit)
            return f;
    return NULL;
}

static bool has(const struct drv_features *set, const char *name, size_t length)
{
    for (const struct conf_feature *f = conf_features; f->name; f++)
        if (strlen(f->name) == length && !memcmp(f->name, name, length))
            return drv_feature(set, f->bit);
    return false;
}

bool conf_feature_has_needs(const struct conf_feature *f,
                            const struct drv_features *set)
{
    const char *p = f->needs;

    while (*p) {
        bool met = false;

        do {
            size_t length;

            p += *p == '|';
            length = strcspn(p, " |");
            met |= has(set, p, length);
            p += length;
        } while (*p == '|');
        if (!met)
            return false;
        p += *p == ' ';
    }
    return true;
}
