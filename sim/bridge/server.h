/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What servers around a card share: one client at a time on a Unix socket, the
 * loop that runs the card's clock while there is work and sleeps when the card
 * does, errors, the end. Which messages there are is the protocol's business.
 */
#ifndef RL_BRIDGE_SERVER_H
#define RL_BRIDGE_SERVER_H

#include <poll.h>

#include "bridge/card_device.h"

enum {
    SERVER_ERRORS = 16,
    SERVER_PEER_MS = 5000, /* for the rest of a message, for taking a reply */
};

struct server_options {
    const char *socket;
    unsigned clients;         /* end after so many connections, 0: never */
    unsigned idle_seconds;    /* give up when nothing moves, 0: never */
    uint64_t masked_features; /* not to be offered; vhost-user only */
    bool quiet;               /* say nothing on standard output */
    bool messages;            /* print each message */
    volatile const int *stop; /* not 0: end; may be NULL */
};

struct server_protocol {
    /* Ends the session; the next can begin. */
    void (*end)(void *ctx);
    /* Bytes of the client have come. */
    void (*message)(void *ctx);
    /* May the clock run? */
    bool (*works)(void *ctx);
    /* Between slices of the clock, while there is a client. */
    void (*between)(void *ctx);
    /* A sum that changes when something moves. */
    uint64_t (*moves)(void *ctx);

    /* Fds to wait for besides, at most `most`; *timeout_ms: at the longest while
     * asleep, -1: for ever. Then what is to be done about them. Both or none. */
    unsigned (*fds)(void *ctx, struct pollfd *p, unsigned most,
                    int *timeout_ms);
    void (*look)(void *ctx, bool ready, bool asleep, uint64_t slice);
};

struct server {
    struct server_options o;
    const struct server_protocol *protocol;
    void *ctx;
    struct card_device *d;
    int listener, fd; /* -1: none */
    unsigned connections;
    char error[SERVER_ERRORS][DEVICE_WHY];
    unsigned errors;
    int64_t moved_ms;   /* when something last moved */
    uint64_t moved_sum; /* of all that can move */
    bool told_done;
};

/* Serves until the clients have come and gone. 0, or -1 when an error was met:
 * each was told in a line on stderr and is in error[]. */
int server_run(struct server *v, struct card_device *d,
               const struct server_options *o, const struct server_protocol *p,
               void *ctx);

void server_error(struct server *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void server_say(const struct server *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void server_hang_up(struct server *v);

#endif
