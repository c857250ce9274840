/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user connection: whole messages in, replies out.
 */
#ifndef RL_BRIDGE_CHANNEL_H
#define RL_BRIDGE_CHANNEL_H

#include "bridge/stream.h"
#include "bridge/vhost_user.h"

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
