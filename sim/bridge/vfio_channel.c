/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vfio-user messages over a Unix stream socket.
 */
#include "bridge/vfio_channel.h"

#include <string.h>

enum channel_result vfio_channel_receive(int fd, struct vfio_message *m,
                                         int timeout_ms, const char **why)
{
    int64_t until = stream_now_ms() + timeout_ms;
    struct stream_fds fds = {m->fd, VFIO_MAX_FDS, &m->fds};
    enum channel_result r;

    memset(&m->header, 0, sizeof m->header);
    m->fds = 0;
    r = stream_receive(fd, &m->header, sizeof m->header, &fds, false, until,
                       why);
    if (r != CHANNEL_OK)
        return r;
    *why = vfio_check_header(&m->header);
    if (*why)
        return CHANNEL_BAD;
    return stream_receive(fd, &m->payload, vfio_payload_bytes(m), &fds, true,
                          until, why);
}

enum channel_result vfio_channel_send(int fd, const struct vfio_message *m,
                                      int timeout_ms)
{
    _Static_assert(offsetof(struct vfio_message, payload) == VFIO_HEADER_BYTES,
                   "a message lies in memory as on the wire");

    return stream_send(fd, m, m->header.size, stream_now_ms() + timeout_ms);
}
