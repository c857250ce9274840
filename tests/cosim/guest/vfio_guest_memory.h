/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Where things lie in the memory of vfio_guest.h; for its own files only.
 */
#ifndef RL_COSIM_VFIO_GUEST_MEMORY_H
#define RL_COSIM_VFIO_GUEST_MEMORY_H

#include "vfio_guest.h"

enum {
    GUEST_BYTES = 1 << 20,
    MMAP_OFFSET = 0x3000,
    SECOND_AT = 0x18000, /* two regions that touch */
    RING_STEP = 0x4000,
    DRIVER_AT = 0x3000,
    DEVICE_AT = 0x3010,
    BUFFERS_AT = 0x10000,
    BUFFER_BYTES = 2048,
    QUEUE_SIZE = 64,
    TRANSMIT_AT = BUFFERS_AT + QUEUE_SIZE * BUFFER_BYTES,
};
#define GUEST_BASE 0x100000ull

void guest_bar_write(struct vfio_guest *g, unsigned bar, uint64_t offset,
                     uint32_t bytes, uint32_t value); /* posted */
/* Answers what the server has asked. */
void guest_serve(struct vfio_guest *g);

#endif
