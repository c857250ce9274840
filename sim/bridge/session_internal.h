/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the session's own files only.
 */
#ifndef RL_BRIDGE_SESSION_INTERNAL_H
#define RL_BRIDGE_SESSION_INTERNAL_H

#include "bridge/session.h"

enum {
    F_CTRL_VQ = 17,
    F_MQ = 22,
    F_EVENT_IDX = 29,
    F_VERSION_1 = 32,
    F_ACCESS_PLATFORM = 33,
    F_RING_PACKED = 34,
    F_SR_IOV = 37,
    F_NOTIFICATION_DATA = 38,
    F_NOTIF_CONFIG_DATA = 39,
    F_RING_RESET = 40,
    STATUS_DRIVER_OK = 0x04,
    STATUS_FEATURES_OK = 0x08,
    STATUS_FAILED = 0x80,
};

static inline bool has(uint64_t bits, unsigned bit)
{
    return bits >> bit & 1;
}

/* Writes s->why; always SESSION_FAILED. */
int session_fail(struct session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Starts, or continues to start, what is ready; 0 or SESSION_FAILED. */
int session_update(struct session *s);
/* Up to FEATURES_OK with the features that the front-end took. */
int session_negotiate(struct session *s);
/* Device reset; queues keep their configuration but for the base. */
int session_stop(struct session *s);
/* Complete, so that the device could have it. */
bool session_queue_ready(const struct session *s, unsigned queue);

void session_close_fd(int *fd);

#endif
