/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a bridge that speaks PCI wants of a device. The simulated card behind its
 * root port is one (vfio_card.h); tests have others. Functions wait until the
 * device has answered, which takes a bounded time.
 */
#ifndef RL_BRIDGE_PCI_DEVICE_H
#define RL_BRIDGE_PCI_DEVICE_H

#include "bridge/device.h"

enum { PCI_BARS = 6 };

struct pci_device_info {
    uint64_t bar_bytes[PCI_BARS]; /* 0: no such BAR */
    uint32_t config_bytes;
    unsigned vectors; /* of MSI-X, 0: none */
    bool intx;
};

struct pci_device_ops {
    struct device_memory memory;

    /* What the device is; constant. */
    void (*info)(void *ctx, struct pci_device_info *i);

    /* offset + bytes lie within the configuration space or the BAR. A read that
     * the device does not answer gives all ones. */
    void (*config_read)(void *ctx, uint32_t offset, uint8_t *to,
                        uint32_t bytes);
    void (*config_write)(void *ctx, uint32_t offset, const uint8_t *from,
                         uint32_t bytes);
    void (*bar_read)(void *ctx, unsigned bar, uint64_t offset, uint8_t *to,
                     uint32_t bytes);
    void (*bar_write)(void *ctx, unsigned bar, uint64_t offset,
                      const uint8_t *from, uint32_t bytes);

    /* The client takes MSI-X messages from now on, or no longer. */
    void (*use_msix)(void *ctx, bool on);
    /* Level of INTA; may let time pass. */
    bool (*intx)(void *ctx);

    /* As power-up finds it. 0, or -1 after one line, without a newline, into
     * why[DEVICE_WHY]. */
    int (*reset)(void *ctx, char *why);

    /* A read of remote memory, told by vfio_session_dma(), is answered: data as
     * much as was asked for, NULL: it cannot be had. */
    void (*answer)(void *ctx, unsigned handle, const uint8_t *data);
};

struct pci_device {
    const struct pci_device_ops *ops;
    void *ctx;
};

#endif
