/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user server around a card: one client at a time on a Unix socket.
 */
#ifndef RL_BRIDGE_VFIO_SERVER_H
#define RL_BRIDGE_VFIO_SERVER_H

#include "bridge/server.h"
#include "bridge/vfio_card.h"
#include "bridge/vfio_session.h"

struct vfio_server {
    struct server s;
    struct vfio_session session;
    struct vfio_card *card;
    struct remarks remarks;
    int64_t slowest_ms; /* longest time from message to answer */
    struct vfio_message in, reply;
};

/* As server_run(). */
int vfio_serve(struct vfio_server *v, struct vfio_card *c,
               const struct server_options *o);

#endif
