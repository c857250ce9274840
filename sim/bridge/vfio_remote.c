/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Memory of the client that only messages reach: DMA_READ and DMA_WRITE of the
 * server, and the client's answers.
 */
#include <string.h>

#include "bridge/stream.h"
#include "bridge/vfio_internal.h"

static void answer(struct vfio_session *s, unsigned handle, const uint8_t *data)
{
    s->device->ops->answer(s->device->ctx, handle, data);
}

static bool send_request(struct vfio_session *s, const struct vfio_request *r,
                         uint64_t addr, const uint8_t *data)
{
    struct vfio_message *m = &s->out;

    m->header =
        (struct vfio_header){.id = r->id,
                             .command = r->command,
                             .size = VFIO_HEADER_BYTES + VFIO_ACCESS_BYTES};
    m->payload.dma.addr = addr;
    m->payload.dma.count = r->bytes;
    m->fds = 0;
    if (data) {
        memcpy(m->payload.dma.data, data, r->bytes);
        m->header.size += r->bytes;
    }
    return s->send(s->send_ctx, m) == 0;
}

void vfio_session_dma(struct vfio_session *s, bool write, unsigned handle,
                      uint64_t addr, const uint8_t *data, uint32_t bytes)
{
    struct vfio_request r = {.id = s->next_id,
                             .command = write ? VFIO_DMA_WRITE : VFIO_DMA_READ,
                             .handle = handle,
                             .bytes = bytes,
                             .sent_ms = stream_now_ms()};

    if (s->lost || !s->greeted || s->requests == VFIO_SESSION_REQUESTS ||
        bytes > VFIO_MAX_DATA || !send_request(s, &r, addr, data)) {
        s->lost = true;
        if (!write)
            answer(s, handle, NULL);
        return;
    }
    s->next_id++;
    s->request[s->requests++] = r;
    s->writes += write;
}

int64_t vfio_session_owed_since(const struct vfio_session *s)
{
    return s->requests ? s->request[0].sent_ms : INT64_MAX;
}

static void drop(struct vfio_session *s, unsigned n)
{
    s->writes -= s->request[n].command == VFIO_DMA_WRITE;
    s->requests--;
    memmove(&s->request[n], &s->request[n + 1],
            (s->requests - n) * sizeof s->request[0]);
}

/* What was read; NULL: nothing. *good: the answer is one. */
static const uint8_t *data_of(const struct vfio_request *r,
                              const struct vfio_message *m, bool *good)
{
    uint32_t bytes = vfio_payload_bytes(m);

    *good = true;
    if (m->header.flags & VFIO_ERROR)
        return NULL;
    *good = bytes == VFIO_ACCESS_BYTES + r->bytes &&
            m->payload.dma.count == r->bytes;
    if (r->command == VFIO_DMA_WRITE)
        *good |= bytes == VFIO_ACCESS_BYTES || bytes == 0;
    return *good && r->command == VFIO_DMA_READ ? m->payload.dma.data : NULL;
}

int vfio_take_answer(struct vfio_session *s, const struct vfio_message *m)
{
    struct vfio_request r;
    const uint8_t *data;
    unsigned n = 0;
    bool good;

    while (n < s->requests && s->request[n].id != m->header.id)
        n++;
    if (n == s->requests || s->request[n].command != m->header.command) {
        vfio_refuse(s, 0, "an answer to what was not asked");
        return -1;
    }
    r = s->request[n];
    data = data_of(&r, m, &good);
    drop(s, n);
    if (r.command == VFIO_DMA_READ)
        answer(s, r.handle, data);
    if (!good) {
        vfio_refuse(s, 0, "an answer of the wrong size");
        return -1;
    }
    vfio_session_interrupts(s);
    return 0;
}

void vfio_forget_requests(struct vfio_session *s)
{
    s->lost = true;
    while (s->requests) {
        struct vfio_request r = s->request[0];

        drop(s, 0);
        if (r.command == VFIO_DMA_READ)
            answer(s, r.handle, NULL);
    }
}
