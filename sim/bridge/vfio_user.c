/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Which bytes are vfio-user messages that we can take.
 */
#include "bridge/vfio_user.h"

#include <errno.h>
#include <string.h>

/* Payload sizes of requests; fds that may come along. */
static const struct command {
    const char *name;
    uint16_t bytes_min, bytes_max;
    uint8_t fds_max;
    bool known; /* the server takes it */
} commands[VFIO_COMMANDS] = {
    [VFIO_VERSION] = {"VERSION", 4, 4 + VFIO_MAX_VERSION, 0, true},
    [VFIO_DMA_MAP] = {"DMA_MAP", 32, 32, 1, true},
    [VFIO_DMA_UNMAP] = {"DMA_UNMAP", 24, 24, 0, true},
    [VFIO_GET_INFO] = {"DEVICE_GET_INFO", 16, 16, 0, true},
    [VFIO_GET_REGION_INFO] = {"DEVICE_GET_REGION_INFO", 32, 32, 0, true},
    [VFIO_GET_REGION_IO_FDS] = {.name = "DEVICE_GET_REGION_IO_FDS"},
    [VFIO_GET_IRQ_INFO] = {"DEVICE_GET_IRQ_INFO", 16, 16, 0, true},
    [VFIO_SET_IRQS] = {"DEVICE_SET_IRQS", VFIO_SET_IRQS_BYTES,
                       sizeof(struct vfio_set_irqs), VFIO_MAX_FDS, true},
    [VFIO_REGION_READ] = {"REGION_READ", 16, 16, 0, true},
    [VFIO_REGION_WRITE] = {"REGION_WRITE", 16, 16 + VFIO_MAX_DATA, 0, true},
    [VFIO_DMA_READ] = {.name = "DMA_READ"},
    [VFIO_DMA_WRITE] = {.name = "DMA_WRITE"},
    [VFIO_RESET] = {"DEVICE_RESET", 0, 0, 0, true},
    [VFIO_DIRTY_PAGES] = {.name = "DIRTY_PAGES"},
    [VFIO_WRITE_MULTI] = {.name = "REGION_WRITE_MULTI"},
};

const char *vfio_command_name(unsigned command)
{
    return command < VFIO_COMMANDS ? commands[command].name : NULL;
}

const char *vfio_check_header(const struct vfio_header *h)
{
    if (h->size < VFIO_HEADER_BYTES)
        return "message is shorter than its header";
    if (h->size > VFIO_HEADER_BYTES + VFIO_MAX_PAYLOAD)
        return "message is too long";
    if ((h->flags & VFIO_TYPE_MASK) > VFIO_REPLY)
        return "message is neither a command nor a reply";
    return NULL;
}

static const char *bad(int *error, int value, const char *why)
{
    *error = value;
    return why;
}

static const char *check_argsz(uint32_t argsz, uint32_t least, int *error)
{
    return argsz < least ? bad(error, EINVAL, "argsz is too small") : NULL;
}

static const char *check_version(const struct vfio_message *m, int *error)
{
    uint32_t json = vfio_payload_bytes(m) - 4;

    if (json && m->payload.version.json[json - 1])
        return bad(error, EINVAL, "capabilities do not end with a NUL");
    return NULL;
}

static const char *check_map(const struct vfio_message *m, int *error)
{
    const struct vfio_dma_map *a = &m->payload.map;

    if (a->flags != VFIO_MAP_READ &&
        a->flags != (VFIO_MAP_READ | VFIO_MAP_WRITE))
        return bad(error, EINVAL, "DMA region of unknown flags");
    if (!a->bytes)
        return bad(error, EINVAL, "DMA region of no size");
    if (a->addr + a->bytes < a->addr)
        return bad(error, EINVAL, "DMA region wraps the address space");
    if (a->offset + a->bytes < a->offset || a->offset + a->bytes > INT64_MAX)
        return bad(error, EINVAL, "DMA region lies beyond any file");
    return check_argsz(a->argsz, sizeof *a, error);
}

static const char *check_unmap(const struct vfio_message *m, int *error)
{
    const struct vfio_dma_unmap *a = &m->payload.unmap;

    if (a->flags & VFIO_UNMAP_DIRTY)
        return bad(error, ENOTSUP, "dirty pages are not kept");
    if (a->flags & ~(uint32_t)VFIO_UNMAP_ALL)
        return bad(error, EINVAL, "DMA region is removed with unknown flags");
    if ((a->flags & VFIO_UNMAP_ALL) && (a->addr || a->bytes))
        return bad(error, EINVAL, "all regions, but an address or a size");
    return check_argsz(a->argsz, sizeof *a, error);
}

static const char *check_irqs(const struct vfio_message *m, int *error)
{
    const struct vfio_set_irqs *a = &m->payload.irqs;
    uint32_t data = a->flags & 7, action = a->flags & 0x38;
    uint32_t bytes = data == VFIO_DATA_BOOL ? a->count : 0;

    if (a->flags & ~0x3fu || (data & (data - 1)) || (action & (action - 1)) ||
        !data || !action)
        return bad(error, EINVAL, "not one kind of data and one action");
    if (a->count > VFIO_MAX_VECTORS)
        return bad(error, EINVAL, "more interrupts than a message may name");
    if (vfio_payload_bytes(m) != VFIO_SET_IRQS_BYTES + bytes)
        return bad(error, EINVAL, "size does not fit the number of interrupts");
    if (m->fds && (data != VFIO_DATA_EVENTFD || m->fds != a->count))
        return bad(error, EINVAL, "not one fd for each interrupt");
    if (data == VFIO_DATA_EVENTFD && action != VFIO_ACTION_TRIGGER)
        return bad(error, ENOTSUP, "eventfds for anything but to be triggered");
    return check_argsz(a->argsz, VFIO_SET_IRQS_BYTES + bytes, error);
}

static const char *check_access(const struct vfio_message *m, int *error)
{
    const struct vfio_access *a = &m->payload.access;
    bool write = m->header.command == VFIO_REGION_WRITE;

    if (a->count > VFIO_MAX_DATA)
        return bad(error, EINVAL, "access of more bytes than was agreed");
    if (vfio_payload_bytes(m) != VFIO_ACCESS_BYTES + (write ? a->count : 0))
        return bad(error, EINVAL, "size does not fit the number of bytes");
    if (a->offset + a->count < a->offset)
        return bad(error, EINVAL, "access wraps its region");
    return NULL;
}

static const char *check_payload(const struct vfio_message *m, int *error)
{
    switch (m->header.command) {
    case VFIO_VERSION:
        return check_version(m, error);
    case VFIO_DMA_MAP:
        return check_map(m, error);
    case VFIO_DMA_UNMAP:
        return check_unmap(m, error);
    case VFIO_GET_INFO:
        return check_argsz(m->payload.info.argsz, 16, error);
    case VFIO_GET_REGION_INFO:
        return check_argsz(m->payload.region.argsz, 32, error);
    case VFIO_GET_IRQ_INFO:
        return check_argsz(m->payload.irq.argsz, 16, error);
    case VFIO_SET_IRQS:
        return check_irqs(m, error);
    case VFIO_REGION_READ:
    case VFIO_REGION_WRITE:
        return check_access(m, error);
    default:
        return NULL;
    }
}

const char *vfio_check_message(const struct vfio_message *m, int *error)
{
    const struct command *c;

    if (!vfio_command_name(m->header.command))
        return bad(error, EINVAL, "unknown command");
    c = &commands[m->header.command];
    if (!c->known)
        return bad(error, ENOTSUP, "command that is not offered");
    if (m->header.flags & ~(uint32_t)VFIO_NO_REPLY)
        return bad(error, EINVAL, "reserved flags are set");
    if (vfio_payload_bytes(m) < c->bytes_min)
        return bad(error, EINVAL, "message is too short");
    if (vfio_payload_bytes(m) > c->bytes_max)
        return bad(error, EINVAL, "message is too long");
    if (m->fds > c->fds_max)
        return bad(error, EINVAL, "more fds than belong to the command");
    return check_payload(m, error);
}
