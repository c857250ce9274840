/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "pci_caps.h"

enum {
    CAP_ID_VENDOR = 0x09,
    CFG_TYPE_COMMON = 1,
    CFG_TYPE_NOTIFY = 2,
    CFG_TYPE_ISR = 3,
    CFG_TYPE_DEVICE = 4,
    CFG_TYPE_PCI = 5,
    CAP_BYTES = 16,
    CAP_NOTIFY_BYTES = 20,
    CAP_PCI_BYTES = 20,
};

#define PCI_VENDOR_VIRTIO 0x1af4u
#define PCI_DEVICE_MODERN 0x1040u
#define PCI_REVISION      1u

/* Index of the PCI_CFG capability's dwords among the 22. */
#define CAP_DW(offset) (((offset)-RL_CFG_VIRTIO_FIRST) / 4u)

/* Write one capability at `at`; the next one stands at `next` (0: none). */
static void cap_write(uint32_t at, uint32_t next, uint32_t bytes, uint32_t type,
                      uint32_t offset, uint32_t length)
{
    uint32_t dw = CAP_DW(at);

    hal_pcie_cap_write(dw, CAP_ID_VENDOR | (next << 8) | (bytes << 16) |
                               (type << 24));
    hal_pcie_cap_write(dw + 1, 0); /* bar 0, id 0 */
    hal_pcie_cap_write(dw + 2, offset);
    hal_pcie_cap_write(dw + 3, length);
}

void pci_caps_write(const struct virtio_device_ops *ops)
{
    uint32_t common = RL_CFG_VIRTIO_FIRST;
    uint32_t notify = common + CAP_BYTES;
    uint32_t isr = notify + CAP_NOTIFY_BYTES;
    uint32_t device = isr + CAP_BYTES;
    uint32_t pci = RL_CFG_PCI_CFG;
    uint32_t id = PCI_DEVICE_MODERN + ops->device_id;

    hal_pcie_ids((id << 16) | PCI_VENDOR_VIRTIO,
                 (ops->class_code << 8) | PCI_REVISION,
                 (id << 16) | PCI_VENDOR_VIRTIO);
    cap_write(common, notify, CAP_BYTES, CFG_TYPE_COMMON, RL_BAR0_COMMON, 64);
    cap_write(notify, isr, CAP_NOTIFY_BYTES, CFG_TYPE_NOTIFY, RL_BAR0_NOTIFY,
              RL_NOTIFY_STRIDE * RL_NUM_QUEUES);
    hal_pcie_cap_write(CAP_DW(notify) + 4, RL_NOTIFY_STRIDE);
    /* A device without configuration has no DEVICE structure. */
    cap_write(isr, ops->config_bytes ? device : pci, CAP_BYTES, CFG_TYPE_ISR,
              RL_BAR0_ISR, 1);
    if (ops->config_bytes)
        cap_write(device, pci, CAP_BYTES, CFG_TYPE_DEVICE, RL_BAR0_DEVICE,
                  ops->config_bytes);
    cap_write(pci, 0, CAP_PCI_BYTES, CFG_TYPE_PCI, 0, 0);
}

bool pci_cfg_window(struct pci_cfg_window *window)
{
    uint32_t dw = CAP_DW(RL_CFG_PCI_CFG);
    uint32_t bar = hal_pcie_cap_read(dw + 1) & 0xffu;
    uint32_t offset = hal_pcie_cap_read(dw + 2);
    uint32_t length = hal_pcie_cap_read(dw + 3);

    if (bar != 0 || (length != 1 && length != 2 && length != 4) ||
        (offset & (length - 1)) != 0 ||
        offset >= RL_BAR0_NOTIFY + RL_NOTIFY_STRIDE * RL_NUM_QUEUES)
        return false;
    window->addr = offset & ~3u;
    window->be = (uint8_t)(((1u << length) - 1u) << (offset & 3u));
    window->shift = (uint8_t)(8u * (offset & 3u));
    window->mask = 0xffffffffu >> (8u * (4u - length));
    return true;
}
