/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio over PCI, driver side: finds the structures by capabilities, runs the
 * status machine, sets queues up. Every access is a TLP through the root port;
 * functions wait for reads. Return values: 0, an enum rl_rp_error of the root
 * port, or an enum drv_pci_error.
 */
#ifndef RL_DRIVER_VIRTIO_PCI_H
#define RL_DRIVER_VIRTIO_PCI_H

#include "rootport/rootport.h"

enum drv_pci_error {
    DRV_PCI_NO_CAP = -100,   /* a capability is missing or out of its BAR */
    DRV_PCI_REFUSED = -101,  /* FEATURES_OK did not stay set */
    DRV_PCI_NO_RESET = -102, /* status did not become 0 in time */
    DRV_PCI_READBACK = -103, /* a register does not read what was written */
    DRV_PCI_NO_QUEUE = -104, /* queue_size is 0 */
    DRV_PCI_NEEDS_RESET = -105,
    DRV_PCI_QUEUE_SIZE = -106, /* larger than the offer */
};

enum {
    DRV_S_ACKNOWLEDGE = 0x01,
    DRV_S_DRIVER = 0x02,
    DRV_S_DRIVER_OK = 0x04,
    DRV_S_FEATURES_OK = 0x08,
    DRV_S_NEEDS_RESET = 0x40,
    DRV_S_FAILED = 0x80,
    DRV_NO_VECTOR = 0xffff,
};

/* Feature bit numbers. */
enum {
    DRV_NET_F_MTU = 3,
    DRV_NET_F_MAC = 5,
    DRV_NET_F_MRG_RXBUF = 15,
    DRV_NET_F_STATUS = 16,
    DRV_NET_F_CTRL_VQ = 17,
    DRV_NET_F_MQ = 22,
    DRV_F_INDIRECT_DESC = 28,
    DRV_F_EVENT_IDX = 29,
    DRV_F_VERSION_1 = 32,
    DRV_F_ACCESS_PLATFORM = 33,
    DRV_F_RING_PACKED = 34,
    DRV_F_IN_ORDER = 35,
    DRV_F_ORDER_PLATFORM = 36,
    DRV_F_NOTIFICATION_DATA = 38,
    DRV_F_NOTIF_CONFIG_DATA = 39,
    DRV_F_RING_RESET = 40,
};
struct drv_features {
    uint32_t word[4];
};
static inline bool drv_feature(const struct drv_features *f, unsigned bit)
{
    return f->word[bit / 32] >> bit % 32 & 1;
}
static inline void drv_feature_set(struct drv_features *f, unsigned bit)
{
    f->word[bit / 32] |= 1u << bit % 32;
}
static inline void drv_feature_clear(struct drv_features *f, unsigned bit)
{
    f->word[bit / 32] &= ~(1u << bit % 32);
}
const char *drv_feature_name(unsigned bit); /* net device; NULL: unknown */

/* Offsets in the common structure. */
enum {
    DRV_C_DEVICE_FEATURE_SELECT = 0,
    DRV_C_DEVICE_FEATURE = 4,
    DRV_C_DRIVER_FEATURE_SELECT = 8,
    DRV_C_DRIVER_FEATURE = 12,
    DRV_C_CONFIG_VECTOR = 16,
    DRV_C_NUM_QUEUES = 18,
    DRV_C_STATUS = 20,
    DRV_C_GENERATION = 21,
    DRV_C_QUEUE_SELECT = 22,
    DRV_C_QUEUE_SIZE = 24,
    DRV_C_QUEUE_VECTOR = 26,
    DRV_C_QUEUE_ENABLE = 28,
    DRV_C_QUEUE_NOTIFY_OFF = 30,
    DRV_C_QUEUE_DESC = 32,
    DRV_C_QUEUE_DRIVER = 40,
    DRV_C_QUEUE_DEVICE = 48,
    DRV_C_QUEUE_NOTIF_DATA = 56,
    DRV_C_QUEUE_RESET = 58,
};

struct drv_region {
    uint64_t addr; /* on the bus */
    uint32_t bytes;
    uint8_t cap; /* offset in configuration space, 0: not found */
    uint8_t bar;
    uint32_t offset;
};

struct drv_pci {
    struct rl_rp *rp;
    struct drv_region common, notify, isr, device;
    uint8_t pci_cfg; /* capability offset, 0: none */
    uint32_t notify_multiplier;
    uint64_t vendor_page;
    struct drv_features offered, accepted;
    uint64_t notify_addr[64]; /* of queues that were set up */
    uint16_t notify_id[64];   /* what their doorbells carry */
    bool by_config;           /* see drv_pci_probe_by_config() */
};

/* After rl_rp_enumerate(): finds and checks the structures. */
int drv_pci_probe(struct drv_pci *p, struct rl_rp *rp);

/* The same, and from then on every access below but those to the vendor page
 * goes through the PCI_CFG capability: memory space may be off. */
int drv_pci_probe_by_config(struct drv_pci *p, struct rl_rp *rp);

/* One access through the PCI_CFG capability, any bar, offset and length. size:
 * of the access to its data, 1, 2 or 4. */
int drv_pci_window_read(struct drv_pci *p, unsigned bar, uint32_t offset,
                        uint32_t length, unsigned size, uint32_t *value);
int drv_pci_window_write(struct drv_pci *p, unsigned bar, uint32_t offset,
                         uint32_t length, unsigned size, uint32_t value);

/* Register access, size 1, 2 or 4. Reads of a dead card give all ones. */
uint32_t drv_pci_get(struct drv_pci *p, unsigned offset, unsigned size);
void drv_pci_put(struct drv_pci *p, unsigned offset, unsigned size,
                 uint32_t value);
uint8_t drv_pci_isr(struct drv_pci *p); /* clears it */
int drv_pci_device_config(struct drv_pci *p, unsigned offset, void *buf,
                          size_t bytes);

/* Writes 0 and waits until status reads 0. */
int drv_pci_reset(struct drv_pci *p);
uint8_t drv_pci_status(struct drv_pci *p);
/* Sets bits, reads back: DRV_PCI_READBACK when they did not stick. */
int drv_pci_status_add(struct drv_pci *p, uint8_t bits);

/* ACKNOWLEDGE, DRIVER, the intersection of wanted and offered, FEATURES_OK. */
int drv_pci_negotiate(struct drv_pci *p, const struct drv_features *wanted);
/* The same, but writes exactly these bits. */
int drv_pci_negotiate_exactly(struct drv_pci *p,
                              const struct drv_features *features);

struct drv_queue_setup {
    uint16_t size; /* 0: what is offered; on return what is in force */
    uint16_t vector;
    uint64_t desc_addr, driver_addr, device_addr;
};
/* Size the device offers; 0: no such queue. */
uint16_t drv_pci_queue_offer(struct drv_pci *p, uint16_t queue);
int drv_pci_queue_setup(struct drv_pci *p, uint16_t queue,
                        struct drv_queue_setup *s);
/* RING_RESET: resets one queue and waits until that is done. */
int drv_pci_queue_reset(struct drv_pci *p, uint16_t queue);
/* 16-bit doorbell; with NOTIFICATION_DATA 32 bits. */
void drv_pci_notify(struct drv_pci *p, uint16_t queue, uint16_t data);

/* Tells the card where the driver sees BAR2, in the vendor page. */
int drv_pci_window_open(struct drv_pci *p);
int drv_pci_window_close(struct drv_pci *p);

/* "feature refused", ...: text of an error of this file or the root port. */
const char *drv_strerror(int error);

#endif
