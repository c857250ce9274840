/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a bridge wants of a device. The simulated card behind its root port is
 * one (card_device.h); tests have others. Functions wait until the device has
 * done it. Those that return int return 0, or -1 after writing one line, without
 * a newline, into why[DEVICE_WHY].
 */
#ifndef RL_BRIDGE_DEVICE_H
#define RL_BRIDGE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICE_WHY = 256, DEVICE_MAX_QUEUES = 16 };

struct device_queue {
    uint16_t size;
    uint64_t desc_addr, driver_addr, device_addr; /* guest addresses */
};

/* Guest memory appears at guest address addr, and goes again. */
enum {
    DEVICE_MEMORY_READ_ONLY = 1, /* what the device writes there is dropped */
    DEVICE_MEMORY_REMOTE = 2,    /* p is NULL: only messages reach it */
};
struct device_memory {
    int (*map)(void *ctx, uint64_t addr, uint64_t bytes, void *p,
               unsigned flags, char *why);
    void (*unmap)(void *ctx, uint64_t addr);
};

struct device_ops {
    struct device_memory memory;

    /* What the device is; constant. Features are virtio's first 64 bits. */
    uint64_t (*features)(void *ctx);
    unsigned (*queues)(void *ctx);
    uint16_t (*queue_size)(void *ctx, unsigned queue);

    /* Reset, then up to FEATURES_OK with these features; a feature that the
     * device did not offer is the caller's mistake. */
    int (*negotiate)(void *ctx, uint64_t features, char *why);
    /* Sets a queue up and enables it, before or after run(). */
    int (*enable)(void *ctx, unsigned queue, const struct device_queue *q,
                  char *why);
    int (*run)(void *ctx, char *why); /* DRIVER_OK */
    /* Lets buffers in work finish, tells where every queue stands, resets.
     * position[q]: next available slot and wrap counter in bits 14:0 and 15,
     * next used slot and wrap counter in bits 30:16 and 31. */
    int (*stop)(void *ctx, uint32_t position[DEVICE_MAX_QUEUES], char *why);
    /* Device status register. */
    uint8_t (*status)(void *ctx);
    /* Queue pairs in use, for front-ends that keep the control queue to
     * themselves. */
    int (*pairs)(void *ctx, unsigned pairs, char *why);

    void (*doorbell)(void *ctx, unsigned queue);
    int (*config_read)(void *ctx, unsigned offset, void *buf, size_t bytes);
    int (*config_write)(void *ctx, unsigned offset, const void *buf,
                        size_t bytes);
};

struct device {
    const struct device_ops *ops;
    void *ctx;
};

#endif
