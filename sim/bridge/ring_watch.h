/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Looks at what card and driver write into packed rings: counts used
 * descriptors, remarks what a driver does against the specification.
 */
#ifndef RL_BRIDGE_RING_WATCH_H
#define RL_BRIDGE_RING_WATCH_H

#include "bridge/device.h"
#include "bridge/remarks.h"

struct ring_watch {
    bool active[DEVICE_MAX_QUEUES];
    struct device_queue queue[DEVICE_MAX_QUEUES];
    uint64_t used[DEVICE_MAX_QUEUES]; /* descriptors that the card wrote */
    uint64_t features;
    struct remarks *remarks; /* NULL: nowhere */
};

void ring_watch_start(struct ring_watch *w, unsigned queue,
                      const struct device_queue *q);
void ring_watch_stop(struct ring_watch *w);

/* The card writes, or has read, these bytes at this address. */
void ring_watch_write(struct ring_watch *w, uint64_t addr, uint32_t bytes);
void ring_watch_read(struct ring_watch *w, uint64_t addr, const uint8_t *data,
                     uint32_t bytes);

#endif
