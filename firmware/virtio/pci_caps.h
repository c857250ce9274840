/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The virtio capabilities in configuration space ("Virtio Structure PCI
 * Capabilities"): written once, before the endpoint answers the host.
 */
#ifndef RINGLET_PCI_CAPS_H
#define RINGLET_PCI_CAPS_H

#include "virtio.h"

/* Identity and capabilities of `ops`. */
void pci_caps_write(const struct virtio_device_ops *ops);

/* What the host selected in the PCI_CFG capability. False: not an access that
 * the specification allows (bar, length 1, 2 or 4, alignment, inside the
 * structures). */
struct pci_cfg_window {
    uint32_t addr; /* dword offset in BAR0 */
    uint8_t be;    /* byte enables in that dword */
    uint8_t shift; /* bits from pci_cfg_data to the dword */
    uint32_t mask; /* of pci_cfg_data: the bytes that count */
};
bool pci_cfg_window(struct pci_cfg_window *window);

#endif
