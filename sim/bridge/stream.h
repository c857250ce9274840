/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A Unix socket on which messages with fds travel: listening, bytes in, bytes
 * out. What a message is, is the business of channel.h and vfio_channel.h. A
 * peer that stops in the middle of a message, or does not take a reply, is
 * given up after a time limit.
 */
#ifndef RL_BRIDGE_STREAM_H
#define RL_BRIDGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum channel_result {
    CHANNEL_OK = 0,
    CHANNEL_NONE = 1,    /* nothing has come */
    CHANNEL_CLOSED = -1, /* the peer closed it, between messages */
    CHANNEL_BAD = -2,    /* not a message; *why says more */
};

/* Listens on a Unix socket; a stale one is replaced, one that somebody serves
 * is not. For a moment the socket is called PATH~, so there must be room for that
 * in an address. The fd, or -1 and errno. */
int channel_listen(const char *path);
/* Non-blocking: the connection's fd, or -1: nobody waits. */
int channel_accept(int listener);

int64_t stream_now_ms(void);
/* Waits for an event of poll(); false: until_ms has passed. */
bool stream_wait(int fd, short events, int64_t until_ms);

/* Fds that come along with bytes; at most STREAM_MOST_FDS in a message. */
enum { STREAM_MOST_FDS = 64 };
struct stream_fds {
    int *fd;
    unsigned most;
    unsigned *count;
};
void stream_close_fds(int *fd, unsigned *count);

/* Takes bytes, and fds with them. Before a message has begun nothing is waited
 * for; then the rest may take until until_ms. */
enum channel_result stream_receive(int fd, void *p, size_t bytes,
                                   const struct stream_fds *fds, bool begun,
                                   int64_t until_ms, const char **why);
/* CHANNEL_OK, or CHANNEL_CLOSED: the peer has gone or takes nothing. */
enum channel_result stream_send(int fd, const void *p, size_t bytes,
                                int64_t until_ms);

#endif
