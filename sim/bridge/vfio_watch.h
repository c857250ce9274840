/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a driver that is not ours does with the virtio structures, learnt from
 * its writes: which queues there are and where, whether it runs, its doorbells.
 * For counts and remarks; nothing is changed by it.
 */
#ifndef RL_BRIDGE_VFIO_WATCH_H
#define RL_BRIDGE_VFIO_WATCH_H

#include "bridge/card_device.h"

enum { VFIO_WATCH_COMMON = 64 };

struct vfio_watch {
    uint8_t common[VFIO_WATCH_COMMON]; /* as the driver wrote it */
    /* Its part from queue size on, of each queue. */
    uint8_t queue[DEVICE_MAX_QUEUES][VFIO_WATCH_COMMON];
    bool known[DEVICE_MAX_QUEUES];
};

/* The driver writes these bytes at a bus address. */
void vfio_watch_write(struct vfio_watch *w, struct card_device *d,
                      uint64_t addr, const uint8_t *from, uint32_t bytes);
/* The device was reset, or its driver goes. */
void vfio_watch_reset(struct vfio_watch *w, struct card_device *d);
/* An MSI-X message of this vector. */
void vfio_watch_msix(struct card_device *d, unsigned vector);

#endif
