/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A device that does nothing but write down what it is told, notice when that
 * breaks a rule of bridge/device.h, and fail when asked to.
 */
#ifndef RL_TEST_FAKE_DEVICE_H
#define RL_TEST_FAKE_DEVICE_H

#include "bridge/device.h"

enum {
    FAKE_F_CTRL_VQ = 17,
    FAKE_F_MQ = 22,
    FAKE_F_VERSION_1 = 32,
    FAKE_F_ACCESS_PLATFORM = 33,
    FAKE_F_PACKED = 34,
    FAKE_F_IN_ORDER = 35,
    FAKE_F_RING_RESET = 40,
    FAKE_REGIONS = 64,
    FAKE_LOG = 4096,
    FAKE_CONFIG = 24, /* bytes of configuration that exist */
};

enum fake_op {
    FAKE_NONE,
    FAKE_MAP,
    FAKE_NEGOTIATE,
    FAKE_ENABLE,
    FAKE_RUN,
    FAKE_STOP,
    FAKE_PAIRS,
    FAKE_CONFIG_READ,
    FAKE_CONFIG_WRITE,
    FAKE_OPS
};

struct fake_region {
    uint64_t addr, bytes;
    uint8_t *p;
};

struct fake_device {
    struct device device;
    /* What it says it is; set these before a session begins. */
    uint64_t features;
    unsigned queues;
    uint16_t queue_size;

    enum fake_op fails;                   /* each call of this one */
    uint32_t position[DEVICE_MAX_QUEUES]; /* that stop() tells */
    uint8_t config[FAKE_CONFIG];

    bool negotiated, running, enabled[DEVICE_MAX_QUEUES];
    struct fake_region region[FAKE_REGIONS];
    unsigned regions;
    unsigned doorbells[DEVICE_MAX_QUEUES];

    /* "negotiate 0x500000000; enable 0 ...; run": all calls that change
     * something, in order. What does not fit is left out. */
    char log[FAKE_LOG];
    size_t log_bytes;
    /* The first rule that was broken; NULL: none. */
    const char *broken;
};

/* Four queues of at most 256, VERSION_1, RING_PACKED, IN_ORDER, MQ and CTRL_VQ
 * and some features that vhost-user cannot carry. */
void fake_device_init(struct fake_device *d);
void fake_device_forget(struct fake_device *d); /* empties the log */
/* The bytes at a guest address; NULL: not all of them in one region. */
uint8_t *fake_device_memory(const struct fake_device *d, uint64_t addr,
                            uint64_t bytes);

#endif
