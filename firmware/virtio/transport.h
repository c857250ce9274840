/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio over PCI: status machine, feature negotiation, registers of BAR0,
 * configuration interrupts. One device per card today.
 */
#ifndef RINGLET_TRANSPORT_H
#define RINGLET_TRANSPORT_H

#include "virtio.h"

/* Fill configuration space for the device and answer the host from now on. */
void transport_init(const struct virtio_device_ops *ops, uint32_t build_id);

/* A doorbell and its data; not wide: the upper half says nothing. */
void transport_doorbell(uint32_t queue, uint32_t data, bool wide);

/* Answer what waits in the mailbox. */
void transport_mailbox(void);

/* FLR, bus mastering, power state (RL_REG_PCIE_EVENTS). */
void transport_pcie_events(void);

/* A step of what is pending: reset in progress, interrupt put off. To be called
 * in each turn while transport_pending is set. True: call again although no
 * event may come. */
extern bool transport_pending;
bool transport_poll(void);

/* A completion of a command of VQ_NO_QUEUE. False: it is the device's. */
bool transport_completion(uint32_t cpl);

/* The device configuration changed: generation, interrupt. */
void transport_config_changed(void);

/* The device's queues, ops->num_queues of them. */
extern struct vq transport_queues[VQ_MAX_QUEUES];

/* A register access as the host makes it: byte offset in BAR0 (multiple of 4),
 * byte enables. For tests and for the PCI_CFG window. */
uint32_t transport_read(uint32_t addr, uint8_t be);
void transport_write(uint32_t addr, uint32_t data, uint8_t be);

#endif
