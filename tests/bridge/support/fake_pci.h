/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A PCI device that does nothing but keep bytes, write down what it is told,
 * and notice when that breaks a rule of bridge/pci_device.h.
 */
#ifndef RL_TEST_FAKE_PCI_H
#define RL_TEST_FAKE_PCI_H

#include "bridge/pci_device.h"

enum {
    PCI_FAKE_CONFIG = 256,
    PCI_FAKE_BAR0 = 64, /* bytes; BAR 2 has twice as many, others none */
    PCI_FAKE_VECTORS = 5,
    PCI_FAKE_REGIONS = 64,
    PCI_FAKE_LOG = 4096,
    PCI_FAKE_ANSWERS = 16,
};

struct fake_pci_region {
    uint64_t addr, bytes;
    uint8_t *p;
    unsigned flags;
};

struct fake_pci_answer {
    unsigned handle;
    bool given;
    uint8_t first; /* byte of the data */
};

struct fake_pci {
    struct pci_device device;
    uint8_t config[PCI_FAKE_CONFIG], bar0[PCI_FAKE_BAR0],
        bar2[2 * PCI_FAKE_BAR0];
    bool intx, msix;
    bool fails; /* a reset, or that memory is mapped */
    struct fake_pci_region region[PCI_FAKE_REGIONS];
    unsigned regions, resets;
    struct fake_pci_answer answer[PCI_FAKE_ANSWERS];
    unsigned answers;

    /* "map 0x1000 0x2000 3; write 2 0x10 4": all calls that change something. */
    char log[PCI_FAKE_LOG];
    const char *broken; /* the first rule that was broken; NULL: none */
};

void fake_pci_init(struct fake_pci *d);

#endif
