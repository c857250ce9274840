/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The simulated card as a PCI device whose driver is somebody else's: accesses
 * become TLPs, what the card does to memory and interrupts becomes theirs.
 *
 * The card's BARs lie where the root port put them, whatever the guest writes
 * into the registers: those are kept here, as are MPS, MRRS and extended tags,
 * which belong to the simulated link, and MSI-X enable, which is the guest's wish
 * or the client's use of eventfds. The card's own MSI-X table is filled with
 * addresses that the root port knows. Everything else of the configuration space
 * is the card's.
 */
#ifndef RL_BRIDGE_VFIO_CARD_H
#define RL_BRIDGE_VFIO_CARD_H

#include "bridge/card_device.h"
#include "bridge/pci_device.h"
#include "bridge/vfio_watch.h"

enum { VFIO_CARD_CONFIG = 256 };

struct vfio_card {
    struct pci_device pci; /* how bridges see it */
    struct card_device d;
    struct pci_device_info info;
    struct vfio_watch watch;
    /* The guest's value of bytes that are kept here, by bits of mask. */
    uint8_t kept[VFIO_CARD_CONFIG], mask[VFIO_CARD_CONFIG];
    uint8_t window[16];       /* the PCI_CFG capability as it was written */
    uint64_t masked_features; /* not to be offered; to be set by the caller */
    bool client_uses_msix;
    bool msix_on; /* in the card */
    uint64_t resets, reads, writes, failed_reads, interrupts;

    void (*msix)(void *ctx, unsigned vector);
    void (*dma)(void *ctx, bool write, unsigned handle, uint64_t addr,
                const uint8_t *data, uint32_t bytes);
    void *ctx;
};

/* rp: a root port that has enumerated the card. Its hooks are taken; the struct
 * must stay where it is. 0, or one line on stderr. */
int vfio_card_open(struct vfio_card *c, struct rl_rp *rp);
void vfio_card_close(struct vfio_card *c);

#endif
