/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user connection: listening socket, whole messages in, replies out. A
 * peer that stops in the middle of a message, or does not take a reply, is
 * given up after a time limit.
 */
#ifndef RL_BRIDGE_CHANNEL_H
#define RL_BRIDGE_CHANNEL_H

#include "bridge/vhost_user.h"

enum channel_result {
    CHANNEL_OK = 0,
    CHANNEL_NONE = 1,    /* nothing has come */
    CHANNEL_CLOSED = -1, /* the peer closed it, between messages */
    CHANNEL_BAD = -2,    /* not a message; *why says more */
};

/* Listens on a Unix socket; a stale one is replaced, one that somebody serves
 * is not. The fd, or -1 and errno. */
int channel_listen(const char *path);
/* Non-blocking: the connection's fd, or -1: nobody waits. */
int channel_accept(int listener);

/* Takes the next message if one has begun to arrive, then waits for the rest,
 * at most timeout_ms. The caller owns m->fd[] then, also when the message is
 * bad. */
enum channel_result channel_receive(int fd, struct vu_message *m,
                                    int timeout_ms, const char **why);
/* Sends header and header.size bytes of payload, fds not. */
enum channel_result channel_send(int fd, const struct vu_message *m,
                                 int timeout_ms);

void channel_close_fds(struct vu_message *m);

#endif
