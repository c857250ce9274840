/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The other end of a vfio-user connection.
 */
#include "support/vfio_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/front_end.h"

struct vfio_message vc_plain(unsigned command, uint32_t payload_bytes)
{
    static uint16_t id;

    return (struct vfio_message){
        .header = {.id = ++id,
                   .command = (uint16_t)command,
                   .size = VFIO_HEADER_BYTES + payload_bytes}};
}

struct vfio_message vc_version(const char *json)
{
    uint32_t bytes = json ? (uint32_t)strlen(json) + 1 : 0;
    struct vfio_message m = vc_plain(VFIO_VERSION, 4 + bytes);

    if (json)
        memcpy(m.payload.version.json, json, bytes);
    return m;
}

struct vfio_message vc_map(uint64_t addr, uint64_t bytes, uint64_t offset,
                           uint32_t flags)
{
    struct vfio_message m = vc_plain(VFIO_DMA_MAP, sizeof m.payload.map);

    m.payload.map = (struct vfio_dma_map){.argsz = sizeof m.payload.map,
                                          .flags = flags,
                                          .offset = offset,
                                          .addr = addr,
                                          .bytes = bytes};
    return m;
}

struct vfio_message vc_unmap(uint64_t addr, uint64_t bytes)
{
    struct vfio_message m = vc_plain(VFIO_DMA_UNMAP, sizeof m.payload.unmap);

    m.payload.unmap = (struct vfio_dma_unmap){
        .argsz = sizeof m.payload.unmap, .addr = addr, .bytes = bytes};
    return m;
}

struct vfio_message vc_info(void)
{
    struct vfio_message m = vc_plain(VFIO_GET_INFO, sizeof m.payload.info);

    m.payload.info.argsz = sizeof m.payload.info;
    return m;
}

struct vfio_message vc_region_info(uint32_t index)
{
    struct vfio_message m =
        vc_plain(VFIO_GET_REGION_INFO, sizeof m.payload.region);

    m.payload.region.argsz = sizeof m.payload.region;
    m.payload.region.index = index;
    return m;
}

struct vfio_message vc_irq_info(uint32_t index)
{
    struct vfio_message m = vc_plain(VFIO_GET_IRQ_INFO, sizeof m.payload.irq);

    m.payload.irq.argsz = sizeof m.payload.irq;
    m.payload.irq.index = index;
    return m;
}

struct vfio_message vc_irqs(uint32_t index, uint32_t flags, uint32_t start,
                            uint32_t count)
{
    uint32_t bytes = VFIO_SET_IRQS_BYTES + (flags & VFIO_DATA_BOOL ? count : 0);
    struct vfio_message m = vc_plain(VFIO_SET_IRQS, bytes);

    m.payload.irqs = (struct vfio_set_irqs){.argsz = bytes,
                                            .flags = flags,
                                            .index = index,
                                            .start = start,
                                            .count = count};
    return m;
}

struct vfio_message vc_read(uint32_t region, uint64_t offset, uint32_t bytes)
{
    struct vfio_message m = vc_plain(VFIO_REGION_READ, VFIO_ACCESS_BYTES);

    m.payload.access.region = region;
    m.payload.access.offset = offset;
    m.payload.access.count = bytes;
    return m;
}

struct vfio_message vc_write(uint32_t region, uint64_t offset, uint32_t bytes,
                             uint64_t value)
{
    struct vfio_message m = vc_read(region, offset, bytes);

    m.header.command = VFIO_REGION_WRITE;
    m.header.size += bytes;
    memcpy(m.payload.access.data, &value, sizeof value);
    return m;
}

struct vfio_message vc_answer(const struct vfio_message *request)
{
    struct vfio_message m = *request;

    m.header.flags = VFIO_REPLY;
    m.header.size = VFIO_HEADER_BYTES + VFIO_ACCESS_BYTES;
    if (m.header.command == VFIO_DMA_READ)
        m.header.size += (uint32_t)m.payload.dma.count;
    return m;
}

void vc_attach(struct vfio_message *m, int fd)
{
    m->fd[m->fds++] = fd;
}

void vc_send(int socket, const struct vfio_message *m)
{
    const struct front_end f = {.socket = socket};
    size_t most = VFIO_HEADER_BYTES + VFIO_MAX_PAYLOAD;

    fe_send_bytes(&f, m, m->header.size < most ? m->header.size : most, m->fd,
                  m->fds);
}

bool vc_receive(int socket, struct vfio_message *m)
{
    ssize_t n = recv(socket, &m->header, sizeof m->header, MSG_DONTWAIT);

    m->fds = 0;
    if (n <= 0)
        return false;
    if (n != sizeof m->header || m->header.size < sizeof m->header ||
        vfio_payload_bytes(m) > sizeof m->payload ||
        (vfio_payload_bytes(m) &&
         recv(socket, &m->payload, vfio_payload_bytes(m), MSG_DONTWAIT) !=
             (ssize_t)vfio_payload_bytes(m))) {
        fprintf(stderr, "the server sent half a message\n");
        abort();
    }
    return true;
}
