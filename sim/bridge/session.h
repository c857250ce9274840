/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * One vhost-user connection: turns the front-end's messages into what a driver
 * does to a device. Knows neither socket nor simulator.
 *
 * When the device runs. With the STATUS protocol feature the front-end says so
 * (DRIVER_OK). Without it the device is started as soon as both queues of a pair
 * are complete, or a complete queue is kicked. Queues that are completed later
 * are enabled later.
 *
 * When it stops. A device on PCI Express has a reset for all its queues and,
 * unless RING_RESET is there, none for one. So whatever restarts a ring (its
 * base, other addresses, GET_VRING_BASE, other features, status 0, the end of
 * the connection) resets the device. Disabling a queue does not: a front-end
 * may change its memory meanwhile and go on where it was. With all queues
 * disabled the device is paused: its clock stands still.
 */
#ifndef RL_BRIDGE_SESSION_H
#define RL_BRIDGE_SESSION_H

#include "bridge/device.h"
#include "bridge/guest_memory.h"
#include "bridge/remarks.h"
#include "bridge/vhost_user.h"

struct session_queue {
    uint16_t size;
    bool base_set, addr_set;
    bool kick_given;     /* an fd, or the wish to be polled */
    bool polled;         /* that wish */
    bool enabled;        /* SET_VRING_ENABLE */
    bool live;           /* the device has it */
    bool kicked;         /* and the device has not heard of it */
    int kick, call, err; /* fds, -1: none */
    struct vu_vring_addr addr;
    uint32_t stopped_at; /* see device_ops.stop */
};

struct session {
    const struct device *device;
    uint64_t offered; /* to the front-end, with VU_F_PROTOCOL_FEATURES */
    uint64_t features, protocol;
    bool features_set;
    uint8_t status;  /* as the front-end wrote it */
    bool negotiated; /* the device has FEATURES_OK */
    bool running;    /* the device has DRIVER_OK */
    unsigned pairs;  /* that the device was told to use; 0: none */
    struct session_queue queue[DEVICE_MAX_QUEUES];
    unsigned queues;
    int backend_fd; /* -1: none */
    struct guest_memory memory;
    struct remarks remarks;
    uint64_t messages, starts;
    char why[DEVICE_WHY]; /* after an error */
};

/* masked: feature bits not to offer. */
void session_init(struct session *s, const struct device *device,
                  uint64_t masked);
/* End of a connection: device reset, memory and fds given back. Remarks and
 * totals stay. session_init() or session_begin() is next. */
void session_end(struct session *s);
void session_begin(struct session *s);

enum session_result {
    SESSION_OK,
    SESSION_REPLY,      /* *reply is to be sent */
    SESSION_FAILED = -1 /* close the connection; s->why */
};
/* Takes a message that has passed vu_check_message(); its fds are the session's
 * or closed afterwards. */
enum session_result session_message(struct session *s, struct vu_message *m,
                                    struct vu_message *reply);

/* Fills in fds to wait on; returns how many, at most DEVICE_MAX_QUEUES. */
unsigned session_kick_fds(const struct session *s, int fds[DEVICE_MAX_QUEUES]);
/* Reads all kick fds that are readable, rings doorbells; -1: s->why. Also for
 * queues without an fd, which are looked at each time. *any (may be NULL): a
 * doorbell was rung. */
int session_kicks(struct session *s, bool *any);
/* The device interrupts for a queue, for a configuration change. */
void session_call(struct session *s, unsigned queue);
void session_config_changed(struct session *s);
/* Tells the front-end that the device asks for a reset. */
void session_error(struct session *s);

/* No queue may be worked on: time should stand still. */
bool session_paused(const struct session *s);
static inline bool session_running(const struct session *s)
{
    return s->running;
}

#endif
