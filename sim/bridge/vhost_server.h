/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user back-end around a card: one front-end at a time on a Unix
 * socket. Runs the card's clock while there is work and sleeps when the card
 * does.
 */
#ifndef RL_BRIDGE_VHOST_SERVER_H
#define RL_BRIDGE_VHOST_SERVER_H

#include "bridge/card_device.h"
#include "bridge/session.h"

enum { SERVER_ERRORS = 16 };

struct vhost_server_options {
    const char *socket;
    unsigned clients;         /* end after so many connections, 0: never */
    unsigned idle_seconds;    /* give up when nothing moves, 0: never */
    uint64_t masked_features; /* not to be offered */
    bool quiet;               /* say nothing on standard output */
    bool messages;            /* print each message */
    volatile const int *stop; /* not 0: end; may be NULL */
};

struct vhost_server {
    struct vhost_server_options o;
    struct card_device *d;
    struct session session;
    int listener, fd; /* -1: none */
    unsigned connections;
    uint64_t taken;                   /* features at the last start */
    uint16_t size[DEVICE_MAX_QUEUES]; /* of queues, then; 0: not used */
    uint64_t starts;
    char error[SERVER_ERRORS][DEVICE_WHY];
    unsigned errors;
    int64_t moved_ms;   /* when something last moved */
    uint64_t moved_sum; /* of all that can move */
    bool told_done;
};

/* Serves until the clients have come and gone. 0, or -1 when an error was met:
 * each was told in a line on stderr and is in error[]. */
int vhost_serve(struct vhost_server *v, struct card_device *d,
                const struct vhost_server_options *o);

#endif
