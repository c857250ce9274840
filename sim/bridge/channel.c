/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vhost-user messages over a Unix stream socket.
 */
#include "bridge/channel.h"

#include <string.h>

void channel_close_fds(struct vu_message *m)
{
    stream_close_fds(m->fd, &m->fds);
}

enum channel_result channel_receive(int fd, struct vu_message *m,
                                    int timeout_ms, const char **why)
{
    int64_t until = stream_now_ms() + timeout_ms;
    struct stream_fds fds = {m->fd, VU_MAX_FDS, &m->fds};
    enum channel_result r;

    memset(m, 0, sizeof *m);
    r = stream_receive(fd, &m->header, sizeof m->header, &fds, false, until,
                       why);
    if (r != CHANNEL_OK)
        return r;
    *why = vu_check_header(&m->header);
    if (*why)
        return CHANNEL_BAD;
    r = stream_receive(fd, &m->payload, m->header.size, &fds, true, until, why);
    if (r != CHANNEL_OK)
        return r;
    *why = vu_check_message(m);
    return *why ? CHANNEL_BAD : CHANNEL_OK;
}

enum channel_result channel_send(int fd, const struct vu_message *m,
                                 int timeout_ms)
{
    uint8_t bytes[VU_HEADER_BYTES + VU_MAX_PAYLOAD];

    memcpy(bytes, &m->header, VU_HEADER_BYTES);
    memcpy(bytes + VU_HEADER_BYTES, &m->payload, m->header.size);
    return stream_send(fd, bytes, VU_HEADER_BYTES + m->header.size,
                       stream_now_ms() + timeout_ms);
}
