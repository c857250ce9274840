/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a host finds before it knows a driver: identity, capabilities, where the
 * structures lie.
 */
#include "lab.h"

enum { CAP_VENDOR = 9, MAX_CAPS = 16, REGION_MOST = 4096 };
enum { COMMON = 1, NOTIFY, ISR, DEVICE, PCI_CFG, TYPES };

struct structure {
    uint32_t at, type, length_of_cap, bar, id, offset, bytes, extra;
};

/* All virtio capabilities, in their order. Their number, or -1. */
static int walk(struct cosim *t, struct structure *s)
{
    int at = 0, n = 0, bad = 0;

    while ((at = rl_rp_cap_next(t->rp, (unsigned)at, CAP_VENDOR)) > 0) {
        unsigned a = (unsigned)at;

        if (n == MAX_CAPS)
            return -1;
        s[n].at = a;
        bad |= rl_rp_cfg_read(t->rp, a + 2, 1, &s[n].length_of_cap);
        bad |= rl_rp_cfg_read(t->rp, a + 3, 1, &s[n].type);
        bad |= rl_rp_cfg_read(t->rp, a + 4, 1, &s[n].bar);
        bad |= rl_rp_cfg_read(t->rp, a + 5, 1, &s[n].id);
        bad |= rl_rp_cfg_read(t->rp, a + 8, 4, &s[n].offset);
        bad |= rl_rp_cfg_read(t->rp, a + 12, 4, &s[n].bytes);
        s[n].extra = 0;
        if (s[n].length_of_cap > 16)
            bad |= rl_rp_cfg_read(t->rp, a + 16, 4, &s[n].extra);
        n++;
    }
    return bad || at < 0 ? -1 : n;
}

static const struct structure *find(const struct structure *s, int n,
                                    uint32_t type)
{
    for (int i = 0; i < n; i++)
        if (s[i].type == type)
            return &s[i];
    return NULL;
}

static void identity(struct cosim *t)
{
    const struct rl_rp_device *d = rl_rp_device(t->rp);

    CHECK_EQ(t, d->vendor, 0x1af4);
    CHECK_EQ(t, d->device, 0x1041);
    CHECK(t, d->device >= 0x1040 && d->device <= 0x107f);
    CHECK(t, (d->class_rev & 0xff) >= 1);
    CHECK_EQ(t, d->class_rev >> 8, 0x020000);
    CHECK(t, d->subsys_vendor != 0 && d->subsys_vendor != 0xffff);
    CHECK(t, d->subsys >= 0x40);
}

static void structures(struct cosim *t)
{
    static const uint32_t length[TYPES] = {0, 16, 20, 16, 16, 20};
    unsigned seen[TYPES] = {0};
    struct structure s[MAX_CAPS];
    int n = walk(t, s);

    CHECK(t, n > 0);
    for (int i = 0; i < n; i++) {
        CHECK(t, s[i].type >= COMMON && s[i].type <= PCI_CFG);
        CHECK_EQ(t, s[i].length_of_cap, length[s[i].type]);
        CHECK_EQ(t, s[i].at % 4, 0);
        CHECK(t, s[i].at + s[i].length_of_cap <= 256);
        seen[s[i].type]++;
    }
    for (unsigned type = COMMON; type < TYPES; type++)
        CHECK_EQ(t, seen[type], 1);
}

static bool overlap(const struct structure *a, const struct structure *b)
{
    return a->bar == b->bar && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static void regions(struct cosim *t)
{
    const struct rl_rp_device *d = rl_rp_device(t->rp);
    struct structure s[MAX_CAPS];
    int n = walk(t, s);

    CHECK(t, n > 0);
    for (int i = 0; i < n; i++) {
        if (s[i].type == PCI_CFG)
            continue;
        CHECK(t, s[i].bar <= 5);
        CHECK(t, (uint64_t)s[i].offset + s[i].bytes <= d->bar[s[i].bar].bytes);
        CHECK(t, s[i].bytes > 0 && s[i].bytes <= REGION_MOST);
        for (int k = 0; k < i; k++)
            CHECK(t, s[k].type == PCI_CFG || !overlap(&s[i], &s[k]));
    }
    CHECK_EQ(t, find(s, n, COMMON)->offset % 4, 0);
    CHECK(t, find(s, n, COMMON)->bytes >= 60); /* with queue_reset */
    CHECK_EQ(t, find(s, n, DEVICE)->offset % 4, 0);
    CHECK(t, find(s, n, ISR)->bytes >= 1);
}

/* The rules for two bytes hold whatever is offered: those for four include
 * them. */
static void notify_structure(struct cosim *t)
{
    struct structure s[MAX_CAPS];
    const struct structure *notify;
    struct drv_pci p;
    uint32_t queues;

    notify = find(s, walk(t, s), NOTIFY);
    CHECK(t, notify);
    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK_EQ(t, notify->offset % 2, 0);
    CHECK(t, (notify->extra & (notify->extra - 1)) == 0 && notify->extra != 1);
    CHECK(t, notify->bytes >= 2);
    queues = drv_pci_get(&p, DRV_C_NUM_QUEUES, 2);
    for (uint16_t q = 0; q < queues; q++) {
        drv_pci_put(&p, DRV_C_QUEUE_SELECT, 2, q);
        CHECK(t,
              drv_pci_get(&p, DRV_C_QUEUE_NOTIFY_OFF, 2) * notify->extra + 2 <=
                  notify->bytes);
    }
}

/* All but PCI_CFG; the whole of each, its first dword included. */
static void read_only_capabilities(struct cosim *t)
{
    struct structure s[MAX_CAPS];
    uint32_t before, after;
    int n = walk(t, s);

    CHECK(t, n > 0);
    for (int i = 0; i < n; i++)
        for (uint32_t off = 0; off < s[i].length_of_cap; off += 4) {
            if (s[i].type == PCI_CFG && off >= 4)
                continue;
            CHECK_EQ(t, rl_rp_cfg_read(t->rp, s[i].at + off, 4, &before), 0);
            CHECK_EQ(t, rl_rp_cfg_write(t->rp, s[i].at + off, 4, ~before), 0);
            CHECK_EQ(t, rl_rp_cfg_read(t->rp, s[i].at + off, 4, &after), 0);
            CHECK_EQ(t, after, before);
        }
}

static void table_size(struct cosim *t)
{
    const struct rl_rp_device *d = rl_rp_device(t->rp);
    struct drv_pci p;
    uint32_t control, queues;

    CHECK_EQ(t, rl_rp_cfg_read(t->rp, d->cap_msix + 2, 2, &control), 0);
    CHECK(t, (control & 0x7ff) + 1 >= 2 && (control & 0x7ff) + 1 <= 0x800);
    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    queues = drv_pci_get(&p, DRV_C_NUM_QUEUES, 2);
    CHECK(t, (control & 0x7ff) + 1 >= queues + 1 && (control & 0x7ff) < 64);
    /* The last one can be mapped, the next cannot. */
    drv_pci_put(&p, DRV_C_CONFIG_VECTOR, 2, control & 0x7ff);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_CONFIG_VECTOR, 2), control & 0x7ff);
    drv_pci_put(&p, DRV_C_CONFIG_VECTOR, 2, (control & 0x7ff) + 1);
    CHECK_EQ(t, drv_pci_get(&p, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
}

/* The first extended capability reads 0: there are none. */
static void no_sr_iov(struct cosim *t)
{
    struct drv_pci p;
    uint32_t v;

    CHECK_EQ(t, rl_rp_cfg_read(t->rp, 0x100, 4, &v), 0);
    CHECK_EQ(t, v, 0);
    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK(t, !drv_feature(&p.offered, 37));
}

static const struct conf_case cases[] = {
    {"vendor, device, class, revision and subsystem", identity,
     "PCI-2 PCI-3 PCI-4 PCI-5 PCI-6 PCI-7 PCI-8"},
    {"one structure of each type, none of another", structures,
     "PCI-11 PCI-13 PCI-14 PCI-18 PCI-38 PCI-48 PCI-55 PCI-56 PCI-60 GEN-45"},
    {"structures lie inside their BAR and apart", regions,
     "PCI-15 PCI-16 PCI-17 PCI-54"},
    {"the notify structure has room for every queue", notify_structure,
     "PCI-39 PCI-40 PCI-41"},
    {"capabilities cannot be written", read_only_capabilities, "HOS-26"},
    {"the MSI-X table has a vector for each queue and one more", table_size,
     "PCI-65 PCI-66 PCI-67"},
    {"neither SR-IOV nor its feature", no_sr_iov, "GEN-39 GEN-40"},
};
CONF_MAIN(cases)
