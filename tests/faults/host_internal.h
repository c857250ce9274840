/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Between the files of the scenarios' driver.
 */
#ifndef FAULTS_HOST_INTERNAL_H
#define FAULTS_HOST_INTERNAL_H

#include "host.h"

/* Where a half of the memory has what: an area for each ring, of up to 32 slots,
 * and another one for when it is set up again; then buffers. */
enum {
    ROOM = 512,  /* bytes of a buffer */
    PARTS = 3,   /* of a transmit buffer at most */
    SMALL = 128, /* bytes of a receive buffer when frames are spread */
    AREA_DRIVER = 0x200,
    AREA_DEVICE = 0x240,
    AREA_TABLES = 0x280,
    AREA_BYTES = 0xa00,
};
static inline uint64_t host_buffers_at(const struct plan *p)
{
    return (p->device ? 2 : 2 * QUEUES) * AREA_BYTES;
}

struct drv_mem host_memory(const struct host *h);
void host_supply(struct host *h, struct host_queue *hq);
void host_kick(struct host *h, struct host_queue *hq);

#endif
