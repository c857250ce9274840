/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user back-end around a card: one front-end at a time on a Unix
 * socket.
 */
#ifndef RL_BRIDGE_VHOST_SERVER_H
#define RL_BRIDGE_VHOST_SERVER_H

#include "bridge/server.h"
#include "bridge/session.h"

struct vhost_server {
    struct server s;
    struct session session;
    uint64_t taken;                   /* features at the last start */
    uint16_t size[DEVICE_MAX_QUEUES]; /* of queues, then; 0: not used */
    uint64_t starts;
};

/* As server_run(). */
int vhost_serve(struct vhost_server *v, struct card_device *d,
                const struct server_options *o);

#endif
