/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * `ringlet enum`: what a host sees of the card.
 */
#include <stdio.h>

#include "main/commands.h"

enum { MAX_CYCLES = 20000000 };

static int print_config(struct rl_rp *rp)
{
    for (unsigned i = 0; i < 256; i += 16) {
        printf("%02x:", i);
        for (unsigned k = 0; k < 16; k += 4) {
            uint32_t v;
            int r = rl_rp_cfg_read(rp, i + k, 4, &v);

            if (r)
                return r;
            printf(" %02x %02x %02x %02x", v & 0xff, v >> 8 & 0xff,
                   v >> 16 & 0xff, v >> 24);
        }
        printf("\n");
    }
    return 0;
}

static const char *cap_name(unsigned id)
{
    switch (id) {
    case 0x01:
        return "power management";
    case 0x09:
        return "vendor (virtio)";
    case 0x10:
        return "PCI Express";
    case 0x11:
        return "MSI-X";
    default:
        return "unknown";
    }
}

static int print_caps(struct rl_rp *rp)
{
    uint32_t ptr, v;
    int r = rl_rp_cfg_read(rp, 0x34, 1, &ptr);

    printf("\ncapabilities:\n");
    for (unsigned i = 0; !r && ptr && i < 48; i++) {
        ptr &= 0xfc;
        r = rl_rp_cfg_read(rp, ptr, 4, &v);
        printf("  %02x: %s\n", ptr, cap_name(v & 0xff));
        ptr = v >> 8 & 0xff;
    }
    return r;
}

static void print_device(const struct rl_rp_device *d)
{
    printf("device %04x:%04x, subsystem %04x:%04x, class %06x, revision %u\n",
           d->vendor, d->device, d->subsys_vendor, d->subsys, d->class_rev >> 8,
           d->class_rev & 0xff);
    printf("configuration answered after %u retries\n", d->crs_retries);
    for (unsigned i = 0; i < 6; i++)
        if (d->bar[i].bytes)
            printf("BAR%u: %llu KiB at 0x%llx, %u-bit%s\n", i,
                   (unsigned long long)d->bar[i].bytes >> 10,
                   (unsigned long long)d->bar[i].addr, d->bar[i].is64 ? 64 : 32,
                   d->bar[i].prefetch ? ", prefetchable" : "");
    printf("MSI-X: %u vectors; MPS %u, MRRS %u; function level reset: %s\n",
           d->msix_vectors, d->mps_bytes, d->mrrs_bytes, d->flr ? "yes" : "no");
}

static void print_region(const char *name, const struct drv_region *r)
{
    if (r->cap)
        printf("  %-7s BAR%u +0x%04x, %u bytes (capability %02x)\n", name,
               r->bar, r->offset, r->bytes, r->cap);
    else
        printf("  %-7s missing\n", name);
}

static void print_features(const struct drv_pci *p)
{
    printf("features offered:");
    for (unsigned bit = 0; bit < 128; bit++) {
        const char *name = drv_feature_name(bit);

        if (!drv_feature(&p->offered, bit))
            continue;
        if (name)
            printf(" %s", name);
        else
            printf(" bit%u", bit);
    }
    printf("\n");
}

static int print_virtio(struct drv_pci *p)
{
    uint32_t queues = drv_pci_get(p, DRV_C_NUM_QUEUES, 2);
    struct drv_features all = p->offered;
    uint8_t mac[6];
    int r;

    printf("\nvirtio structures:\n");
    print_region("common", &p->common);
    print_region("notify", &p->notify);
    print_region("ISR", &p->isr);
    print_region("device", &p->device);
    printf("  PCI configuration access: %s\n", p->pci_cfg ? "yes" : "missing");
    print_features(p);
    for (uint16_t q = 0; q < queues && q < 64; q++)
        printf("queue %u: up to %u descriptors\n", q,
               drv_pci_queue_offer(p, q));
    if (drv_feature(&p->offered, DRV_NET_F_MAC) &&
        !drv_pci_device_config(p, 0, mac, 6))
        printf("MAC address %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1],
               mac[2], mac[3], mac[4], mac[5]);
    if ((r = drv_pci_reset(p)) || (r = drv_pci_negotiate(p, &all)))
        return r;
    printf("all offered features accepted, status 0x%02x\n", drv_pci_status(p));
    return drv_pci_reset(p);
}

static void put(struct json_object *o, const char *name, uint64_t v)
{
    json_object_object_add(o, name, json_object_new_int64((int64_t)v));
}

static struct json_object *json_of_card(struct drv_pci *p,
                                        const struct rl_rp_device *d)
{
    struct json_object *o = json_object_new_object();
    struct json_object *bits = json_object_new_array();
    struct json_object *queues = json_object_new_array();
    uint32_t n = drv_pci_get(p, DRV_C_NUM_QUEUES, 2);

    put(o, "vendor", d->vendor);
    put(o, "device", d->device);
    put(o, "subsystem_vendor", d->subsys_vendor);
    put(o, "subsystem", d->subsys);
    put(o, "class", d->class_rev >> 8);
    put(o, "revision", d->class_rev & 0xff);
    put(o, "msix_vectors", d->msix_vectors);
    put(o, "mps_bytes", d->mps_bytes);
    put(o, "mrrs_bytes", d->mrrs_bytes);
    for (unsigned bit = 0; bit < 128; bit++)
        if (drv_feature(&p->offered, bit))
            json_object_array_add(bits, json_object_new_int((int)bit));
    json_object_object_add(o, "feature_bits", bits);
    for (uint16_t q = 0; q < n && q < 64; q++)
        json_object_array_add(queues,
                              json_object_new_int(drv_pci_queue_offer(p, q)));
    json_object_object_add(o, "queue_sizes", queues);
    return o;
}

int cmd_enum(const struct options *o)
{
    struct drv_pci p;
    struct card c;
    int r;

    if (command_open(&c, o, MAX_CYCLES))
        return 1;
    print_device(rl_rp_device(c.rp));
    if (!(r = print_caps(c.rp)) && !(r = drv_pci_probe(&p, c.rp)) &&
        !(r = print_virtio(&p))) {
        printf("\nconfiguration space:\n");
        r = print_config(c.rp);
    }
    if (r)
        fprintf(stderr, "ringlet: %s\n", drv_strerror(r));
    card_print_errors(c.model);
    if (rl_rp_violations(c.rp))
        r = -1;
    if (!r && o->json)
        r = json_write(json_of_card(&p, rl_rp_device(c.rp)), o->json);
    card_close(&c);
    return r ? 1 : 0;
}
