/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user connection: whole messages in and out.
 */
#ifndef RL_BRIDGE_VFIO_CHANNEL_H
#define RL_BRIDGE_VFIO_CHANNEL_H

#include "bridge/stream.h"
#include "bridge/vfio_user.h"

/* Takes the next message if one has begun to arrive, then waits for the rest,
 * at most timeout_ms. Only its header has been checked. The caller owns m->fd[]
 * then, also when the message is bad. */
enum channel_result vfio_channel_receive(int fd, struct vfio_message *m,
                                         int timeout_ms, const char **why);
/* Sends header.size bytes, fds not. */
enum channel_result vfio_channel_send(int fd, const struct vfio_message *m,
                                      int timeout_ms);

#endif
