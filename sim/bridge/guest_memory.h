/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Memory of a guest, shared by file descriptors: mapped, not copied.
 */
#ifndef RL_BRIDGE_GUEST_MEMORY_H
#define RL_BRIDGE_GUEST_MEMORY_H

#include "bridge/device.h"
#include "bridge/vhost_user.h"

enum { GUEST_REGIONS = 60 };

struct guest_region {
    struct vu_region at;
    void *map; /* whole mapping; NULL: memory that only messages reach */
    size_t map_bytes;
    uint8_t *p; /* first byte of the region */
};

struct guest_memory {
    const struct device_memory *device; /* hears of every region */
    void *ctx;                          /* of the device */
    unsigned most;                      /* regions, up to GUEST_REGIONS */
    struct guest_region region[GUEST_REGIONS];
    unsigned count;
};

/* Adds a region; flags are those of struct device_memory, with
 * DEVICE_MEMORY_REMOTE there is no fd. The fd stays the caller's and may be
 * closed afterwards. -1: why[DEVICE_WHY] says what is wrong, nothing has
 * changed. The fields of `at` are known not to wrap. */
int guest_memory_add(struct guest_memory *g, const struct vu_region *at, int fd,
                     unsigned flags, char *why);
/* Removes the region with these guest and user addresses and size; -1: none. */
int guest_memory_remove(struct guest_memory *g, const struct vu_region *at);
void guest_memory_clear(struct guest_memory *g);

/* Guest address of `bytes` bytes at a user address; false: not in one region. */
bool guest_memory_translate(const struct guest_memory *g, uint64_t user_addr,
                            uint64_t bytes, uint64_t *guest_addr);

/* A client can cut a file short that we have mapped. The next access then meets
 * zeros instead of ending the process; guest_memory_lost() is true from then on
 * until the next clear. One guest memory per process is guarded. */
void guest_memory_guard(struct guest_memory *g);
bool guest_memory_lost(const struct guest_memory *g);

#endif
