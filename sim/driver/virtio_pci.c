/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio over PCI, driver side.
 */
#include "driver/virtio_pci.h"

#include <string.h>

#include "ringlet_regs.h"

enum {
    CAP_VENDOR = 0x09,
    CFG_TYPE_COMMON = 1,
    CFG_TYPE_NOTIFY = 2,
    CFG_TYPE_ISR = 3,
    CFG_TYPE_DEVICE = 4,
    CFG_TYPE_PCI = 5,
    RESET_POLLS = 1000,
    RESET_PAUSE_CYCLES = 100,
};

const char *drv_feature_name(unsigned bit)
{
    switch (bit) {
    case DRV_NET_F_MTU:
        return "MTU";
    case DRV_NET_F_MAC:
        return "MAC";
    case DRV_NET_F_MRG_RXBUF:
        return "MRG_RXBUF";
    case DRV_NET_F_STATUS:
        return "STATUS";
    case DRV_NET_F_CTRL_VQ:
        return "CTRL_VQ";
    case DRV_NET_F_MQ:
        return "MQ";
    case DRV_F_INDIRECT_DESC:
        return "INDIRECT_DESC";
    case DRV_F_EVENT_IDX:
        return "EVENT_IDX";
    case DRV_F_VERSION_1:
        return "VERSION_1";
    case DRV_F_ACCESS_PLATFORM:
        return "ACCESS_PLATFORM";
    case DRV_F_RING_PACKED:
        return "RING_PACKED";
    case DRV_F_IN_ORDER:
        return "IN_ORDER";
    case DRV_F_ORDER_PLATFORM:
        return "ORDER_PLATFORM";
    case 37:
        return "SR_IOV";
    case DRV_F_NOTIFICATION_DATA:
        return "NOTIFICATION_DATA";
    case DRV_F_NOTIF_CONFIG_DATA:
        return "NOTIF_CONFIG_DATA";
    case DRV_F_RING_RESET:
        return "RING_RESET";
    case 63:
        return "SPEED_DUPLEX";
    default:
        return NULL;
    }
}

const char *drv_strerror(int error)
{
    switch (error) {
    case 0:
        return "success";
    case RL_RP_UR:
        return "unsupported request";
    case RL_RP_CRS:
        return "the card keeps answering configuration request retry";
    case RL_RP_CA:
        return "completer abort";
    case RL_RP_POISON:
        return "poisoned data";
    case RL_RP_TIMEOUT:
        return "the card does not answer";
    case RL_RP_NOMEM:
        return "out of memory";
    case DRV_PCI_NO_CAP:
        return "a virtio capability is missing or wrong";
    case DRV_PCI_REFUSED:
        return "the device refused the features";
    case DRV_PCI_NO_RESET:
        return "device status does not become 0";
    case DRV_PCI_READBACK:
        return "a register does not hold what was written";
    case DRV_PCI_NO_QUEUE:
        return "a queue is missing";
    case DRV_PCI_QUEUE_SIZE:
        return "the device offers smaller queues (`ringlet enum` shows them)";
    case DRV_PCI_NEEDS_RESET:
        return "the device needs a reset";
    default:
        return "bad value";
    }
}

/* ---- Structures ---- */

static int read_region(struct rl_rp *rp, unsigned cap, struct drv_region *r)
{
    const struct rl_rp_device *d = rl_rp_device(rp);
    uint32_t bar, offset, bytes;

    if (r->cap)
        return RL_RP_OK; /* the first of its kind is the best */
    if (rl_rp_cfg_read(rp, cap + 4, 1, &bar) ||
        rl_rp_cfg_read(rp, cap + 8, 4, &offset) ||
        rl_rp_cfg_read(rp, cap + 12, 4, &bytes))
        return RL_RP_BAD;
    if (bar > 5 || !d->bar[bar].bytes || offset > d->bar[bar].bytes ||
        bytes > d->bar[bar].bytes - offset)
        return DRV_PCI_NO_CAP;
    *r = (struct drv_region){.addr = d->bar[bar].addr + offset,
                             .bytes = bytes,
                             .cap = (uint8_t)cap,
                             .bar = (uint8_t)bar,
                             .offset = offset};
    return RL_RP_OK;
}

static int read_cap(struct drv_pci *p, unsigned cap)
{
    uint32_t type;
    int r = rl_rp_cfg_read(p->rp, cap + 3, 1, &type);

    if (r)
        return r;
    switch (type) {
    case CFG_TYPE_COMMON:
        return read_region(p->rp, cap, &p->common);
    case CFG_TYPE_NOTIFY:
        r = rl_rp_cfg_read(p->rp, cap + 16, 4, &p->notify_multiplier);
        return r ? r : read_region(p->rp, cap, &p->notify);
    case CFG_TYPE_ISR:
        return read_region(p->rp, cap, &p->isr);
    case CFG_TYPE_DEVICE:
        return read_region(p->rp, cap, &p->device);
    case CFG_TYPE_PCI:
        p->pci_cfg = (uint8_t)cap;
        return RL_RP_OK;
    default:
        return RL_RP_OK;
    }
}

static void read_offer(struct drv_pci *p)
{
    for (uint32_t i = 0; i < 4; i++) {
        drv_pci_put(p, DRV_C_DEVICE_FEATURE_SELECT, 4, i);
        p->offered.word[i] = drv_pci_get(p, DRV_C_DEVICE_FEATURE, 4);
    }
}

static int probe(struct drv_pci *p, struct rl_rp *rp, bool by_config)
{
    int cap = 0, r;

    memset(p, 0, sizeof *p);
    p->rp = rp;
    p->by_config = by_config;
    while ((cap = rl_rp_cap_next(rp, (unsigned)cap, CAP_VENDOR)) > 0)
        if ((r = read_cap(p, (unsigned)cap)))
            return r;
    if (cap < 0)
        return cap;
    if (!p->common.cap || !p->notify.cap || !p->isr.cap || p->common.bytes < 56)
        return DRV_PCI_NO_CAP;
    if (by_config && !p->pci_cfg)
        return DRV_PCI_NO_CAP;
    p->vendor_page = rl_rp_device(rp)->bar[0].addr + RL_BAR0_VENDOR;
    read_offer(p);
    return RL_RP_OK;
}

int drv_pci_probe(struct drv_pci *p, struct rl_rp *rp)
{
    return probe(p, rp, false);
}

int drv_pci_probe_by_config(struct drv_pci *p, struct rl_rp *rp)
{
    return probe(p, rp, true);
}

/* ---- Registers ---- */

static int window_select(struct drv_pci *p, unsigned bar, uint32_t offset,
                         uint32_t length)
{
    int r = rl_rp_cfg_write(p->rp, p->pci_cfg + 4u, 1, bar);

    if (!r)
        r = rl_rp_cfg_write(p->rp, p->pci_cfg + 8u, 4, offset);
    return r ? r : rl_rp_cfg_write(p->rp, p->pci_cfg + 12u, 4, length);
}

int drv_pci_window_read(struct drv_pci *p, unsigned bar, uint32_t offset,
                        uint32_t length, unsigned size, uint32_t *value)
{
    int r = window_select(p, bar, offset, length);

    return r ? r : rl_rp_cfg_read(p->rp, p->pci_cfg + 16u, size, value);
}

int drv_pci_window_write(struct drv_pci *p, unsigned bar, uint32_t offset,
                         uint32_t length, unsigned size, uint32_t value)
{
    int r = window_select(p, bar, offset, length);

    return r ? r : rl_rp_cfg_write(p->rp, p->pci_cfg + 16u, size, value);
}

/* size 1, 2 or 4, naturally aligned. */
static int reg_read(struct drv_pci *p, const struct drv_region *g,
                    uint32_t offset, unsigned size, uint32_t *value)
{
    *value = 0;
    if (!p->by_config)
        return rl_rp_read(p->rp, g->addr + offset, value, size);
    return drv_pci_window_read(p, g->bar, g->offset + offset, size, size,
                               value);
}

static void reg_write(struct drv_pci *p, const struct drv_region *g,
                      uint32_t offset, unsigned size, uint32_t value)
{
    if (p->by_config)
        drv_pci_window_write(p, g->bar, g->offset + offset, size, size, value);
    else
        rl_rp_write(p->rp, g->addr + offset, &value, size);
}

uint32_t drv_pci_get(struct drv_pci *p, unsigned offset, unsigned size)
{
    uint32_t v;

    if (reg_read(p, &p->common, offset, size, &v))
        return size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
    return v;
}

void drv_pci_put(struct drv_pci *p, unsigned offset, unsigned size,
                 uint32_t value)
{
    reg_write(p, &p->common, offset, size, value);
}

uint8_t drv_pci_isr(struct drv_pci *p)
{
    uint32_t v;

    return reg_read(p, &p->isr, 0, 1, &v) ? 0xff : (uint8_t)v;
}

static int read_device_config(struct drv_pci *p, unsigned offset, uint8_t *buf,
                              size_t bytes)
{
    int r = 0;

    if (!p->by_config)
        return rl_rp_read(p->rp, p->device.addr + offset, buf, bytes);
    for (unsigned i = 0; !r && i < bytes; i++) {
        uint32_t v;

        r = reg_read(p, &p->device, offset + i, 1, &v);
        buf[i] = (uint8_t)v;
    }
    return r;
}

int drv_pci_device_config(struct drv_pci *p, unsigned offset, void *buf,
                          size_t bytes)
{
    uint32_t before, after;

    if (!p->device.cap || offset + bytes > p->device.bytes)
        return DRV_PCI_NO_CAP;
    do {
        int r;

        before = drv_pci_get(p, DRV_C_GENERATION, 1);
        r = read_device_config(p, offset, buf, bytes);
        if (r)
            return r;
        after = drv_pci_get(p, DRV_C_GENERATION, 1);
    } while (before != after);
    return RL_RP_OK;
}

/* ---- Status and features ---- */

uint8_t drv_pci_status(struct drv_pci *p)
{
    return (uint8_t)drv_pci_get(p, DRV_C_STATUS, 1);
}

int drv_pci_reset(struct drv_pci *p)
{
    drv_pci_put(p, DRV_C_STATUS, 1, 0);
    for (unsigned i = 0; i < RESET_POLLS; i++) {
        if (drv_pci_status(p) == 0)
            return RL_RP_OK;
        rl_rp_run(p->rp, RESET_PAUSE_CYCLES);
    }
    return DRV_PCI_NO_RESET;
}

int drv_pci_status_add(struct drv_pci *p, uint8_t bits)
{
    uint8_t want = drv_pci_status(p) | bits;

    drv_pci_put(p, DRV_C_STATUS, 1, want);
    return (drv_pci_status(p) & want) == want ? RL_RP_OK : DRV_PCI_READBACK;
}

int drv_pci_negotiate_exactly(struct drv_pci *p,
                              const struct drv_features *features)
{
    int r = drv_pci_status_add(p, DRV_S_ACKNOWLEDGE);

    if (!r)
        r = drv_pci_status_add(p, DRV_S_DRIVER);
    if (r)
        return r;
    for (uint32_t i = 0; i < 4; i++) {
        drv_pci_put(p, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        drv_pci_put(p, DRV_C_DRIVER_FEATURE, 4, features->word[i]);
    }
    p->accepted = *features;
    r = drv_pci_status_add(p, DRV_S_FEATURES_OK);
    return r == DRV_PCI_READBACK ? DRV_PCI_REFUSED : r;
}

int drv_pci_negotiate(struct drv_pci *p, const struct drv_features *wanted)
{
    struct drv_features f = *wanted;

    for (unsigned i = 0; i < 4; i++)
        f.word[i] &= p->offered.word[i];
    return drv_pci_negotiate_exactly(p, &f);
}

/* ---- Queues ---- */

uint16_t drv_pci_queue_offer(struct drv_pci *p, uint16_t queue)
{
    drv_pci_put(p, DRV_C_QUEUE_SELECT, 2, queue);
    return (uint16_t)drv_pci_get(p, DRV_C_QUEUE_SIZE, 2);
}

static void put64(struct drv_pci *p, unsigned offset, uint64_t value)
{
    drv_pci_put(p, offset, 4, (uint32_t)value);
    drv_pci_put(p, offset + 4, 4, (uint32_t)(value >> 32));
}

int drv_pci_queue_setup(struct drv_pci *p, uint16_t queue,
                        struct drv_queue_setup *s)
{
    uint16_t offer = drv_pci_queue_offer(p, queue);
    uint32_t off;

    if (!offer || queue >= 64)
        return DRV_PCI_NO_QUEUE;
    if (s->size) {
        drv_pci_put(p, DRV_C_QUEUE_SIZE, 2, s->size);
        if (drv_pci_get(p, DRV_C_QUEUE_SIZE, 2) != s->size)
            return s->size > offer ? DRV_PCI_QUEUE_SIZE : DRV_PCI_READBACK;
    } else {
        s->size = offer;
    }
    put64(p, DRV_C_QUEUE_DESC, s->desc_addr);
    put64(p, DRV_C_QUEUE_DRIVER, s->driver_addr);
    put64(p, DRV_C_QUEUE_DEVICE, s->device_addr);
    drv_pci_put(p, DRV_C_QUEUE_VECTOR, 2, s->vector);
    if (drv_pci_get(p, DRV_C_QUEUE_VECTOR, 2) != s->vector)
        return DRV_PCI_READBACK;
    off = drv_pci_get(p, DRV_C_QUEUE_NOTIFY_OFF, 2) * p->notify_multiplier;
    if (off + 2 > p->notify.bytes)
        return DRV_PCI_NO_CAP;
    p->notify_addr[queue] = p->notify.addr + off;
    p->notify_id[queue] =
        drv_feature(&p->accepted, DRV_F_NOTIF_CONFIG_DATA)
            ? (uint16_t)drv_pci_get(p, DRV_C_QUEUE_NOTIF_DATA, 2)
            : queue;
    drv_pci_put(p, DRV_C_QUEUE_ENABLE, 2, 1);
    return drv_pci_get(p, DRV_C_QUEUE_ENABLE, 2) == 1 ? RL_RP_OK
                                                      : DRV_PCI_READBACK;
}

int drv_pci_queue_reset(struct drv_pci *p, uint16_t queue)
{
    drv_pci_put(p, DRV_C_QUEUE_SELECT, 2, queue);
    drv_pci_put(p, DRV_C_QUEUE_RESET, 2, 1);
    for (unsigned i = 0; i < RESET_POLLS; i++) {
        if (drv_pci_get(p, DRV_C_QUEUE_RESET, 2) == 0)
            return drv_pci_get(p, DRV_C_QUEUE_ENABLE, 2) ? DRV_PCI_READBACK
                                                         : RL_RP_OK;
        rl_rp_run(p->rp, RESET_PAUSE_CYCLES);
    }
    return DRV_PCI_NO_RESET;
}

void drv_pci_notify(struct drv_pci *p, uint16_t queue, uint16_t data)
{
    uint32_t id = p->notify_id[queue], v = id | (uint32_t)data << 16;
    bool wide = drv_feature(&p->accepted, DRV_F_NOTIFICATION_DATA);

    reg_write(p, &p->notify, (uint32_t)(p->notify_addr[queue] - p->notify.addr),
              wide ? 4 : 2, wide ? v : id);
}

/* ---- Vendor page ---- */

int drv_pci_window_open(struct drv_pci *p)
{
    const struct rl_rp_bar *b = &rl_rp_device(p->rp)->bar[2];
    uint64_t v = p->vendor_page;

    if (!b->bytes ||
        rl_rp_read32(p->rp, v + RL_VENDOR_MAGIC) != RL_RINGLET_MAGIC)
        return DRV_PCI_NO_CAP;
    rl_rp_write32(p->rp, v + RL_VENDOR_WIN_LO, (uint32_t)b->addr);
    rl_rp_write32(p->rp, v + RL_VENDOR_WIN_HI, (uint32_t)(b->addr >> 32));
    return rl_rp_read32(p->rp, v + RL_VENDOR_WIN_CTRL) == 1 ? RL_RP_OK
                                                            : DRV_PCI_READBACK;
}

int drv_pci_window_close(struct drv_pci *p)
{
    rl_rp_write32(p->rp, p->vendor_page + RL_VENDOR_WIN_CTRL, 0);
    return rl_rp_read32(p->rp, p->vendor_page + RL_VENDOR_WIN_CTRL) == 0
               ? RL_RP_OK
               : DRV_PCI_READBACK;
}
