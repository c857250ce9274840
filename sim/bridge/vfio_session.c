/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user session's life, and what each message of the client means.
 */
#include "bridge/vfio_session.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bridge/stream.h"
#include "bridge/vfio_internal.h"

enum { DEFAULT_MAX_DATA = 1 << 20, LEAST_MAX_DATA = 4096 };

int vfio_refuse(struct vfio_session *s, int error, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->why, sizeof s->why, fmt, ap);
    va_end(ap);
    return error;
}

/* ---- Life ---- */

void vfio_session_begin(struct vfio_session *s)
{
    s->greeted = s->lost = false;
    s->client_max_data = DEFAULT_MAX_DATA;
    s->requests = s->writes = 0;
    vfio_interrupts_begin(s);
}

void vfio_session_init(struct vfio_session *s, const struct pci_device *device,
                       vfio_send_fn *send, void *send_ctx)
{
    memset(s, 0, sizeof *s);
    s->device = device;
    s->memory.device = &device->ops->memory;
    s->memory.ctx = device->ctx;
    s->memory.most = GUEST_REGIONS;
    s->send = send;
    s->send_ctx = send_ctx;
    device->ops->info(device->ctx, &s->info);
    if (s->info.vectors > VFIO_MAX_VECTORS)
        s->info.vectors = VFIO_MAX_VECTORS;
    vfio_session_begin(s);
}

void vfio_session_end(struct vfio_session *s)
{
    char why[DEVICE_WHY]; /* s->why says why it ended */

    vfio_forget_requests(s);
    if (s->greeted)
        s->device->ops->reset(s->device->ctx, why);
    vfio_interrupts_end(s);
    guest_memory_clear(&s->memory);
    s->greeted = false;
}

/* ---- VERSION ---- */

/* capabilities.name of the JSON; `otherwise` when it is not there. */
static int64_t capability(struct json_object *root, const char *name,
                          int64_t otherwise)
{
    struct json_object *c, *v;

    if (!json_object_object_get_ex(root, "capabilities", &c) ||
        !json_object_object_get_ex(c, name, &v))
        return otherwise;
    return json_object_is_type(v, json_type_int) ? json_object_get_int64(v)
                                                 : -1;
}

static int read_capabilities(struct vfio_session *s, const char *text)
{
    struct json_object *root = json_tokener_parse(text);
    int64_t most = capability(root, "max_data_xfer_size", DEFAULT_MAX_DATA);
    bool object = json_object_is_type(root, json_type_object);

    json_object_put(root);
    if (!object)
        return vfio_refuse(s, EINVAL, "capabilities are no JSON object");
    if (most < LEAST_MAX_DATA)
        return vfio_refuse(s, EINVAL, "max_data_xfer_size is below %d",
                           LEAST_MAX_DATA);
    s->client_max_data = (uint32_t)(most < INT32_MAX ? most : INT32_MAX);
    return 0;
}

static int version(struct vfio_session *s, const struct vfio_message *m,
                   struct vfio_message *reply)
{
    struct vfio_version *v = &reply->payload.version;
    uint32_t json = vfio_payload_bytes(m) - 4;
    int r = 0;

    if (s->greeted)
        return vfio_refuse(s, EINVAL, "VERSION comes a second time");
    if (m->payload.version.major != 0)
        return vfio_refuse(s, EINVAL, "version %u.%u: it must be 0.0",
                           m->payload.version.major, m->payload.version.minor);
    if (json > 1)
        r = read_capabilities(s, m->payload.version.json);
    if (r)
        return r;
    v->major = v->minor = 0;
    snprintf(v->json, sizeof v->json,
             "{\"capabilities\": {\"max_msg_fds\": %d, "
             "\"max_data_xfer_size\": %d, \"pgsizes\": 4096}}",
             16, VFIO_MAX_DATA);
    reply->header.size += 4 + (uint32_t)strlen(v->json) + 1;
    s->greeted = true;
    return 0;
}

/* ---- Memory ---- */

static int dma_map(struct vfio_session *s, const struct vfio_message *m)
{
    const struct vfio_dma_map *a = &m->payload.map;
    struct vu_region r = {.guest_addr = a->addr,
                          .bytes = a->bytes,
                          .user_addr = a->addr,
                          .mmap_offset = a->offset};
    unsigned flags = 0;

    if (!(a->flags & VFIO_MAP_WRITE))
        flags |= DEVICE_MEMORY_READ_ONLY;
    if (!m->fds)
        flags |= DEVICE_MEMORY_REMOTE;
    return guest_memory_add(&s->memory, &r, m->fds ? m->fd[0] : -1, flags,
                            s->why)
               ? EINVAL
               : 0;
}

static int dma_unmap(struct vfio_session *s, const struct vfio_message *m,
                     struct vfio_message *reply)
{
    const struct vfio_dma_unmap *a = &m->payload.unmap;
    struct vu_region r = {
        .guest_addr = a->addr, .bytes = a->bytes, .user_addr = a->addr};

    if (a->flags & VFIO_UNMAP_ALL)
        guest_memory_clear(&s->memory);
    else if (guest_memory_remove(&s->memory, &r))
        return vfio_refuse(s, ENOENT, "no region at 0x%llx of %llu bytes",
                           (unsigned long long)a->addr,
                           (unsigned long long)a->bytes);
    reply->payload.unmap = *a;
    reply->header.size += sizeof *a;
    return 0;
}

/* ---- What the device is ---- */

static int get_info(struct vfio_message *reply)
{
    reply->payload.info =
        (struct vfio_info){.argsz = sizeof reply->payload.info,
                           .flags = VFIO_DEVICE_RESETS | VFIO_DEVICE_IS_PCI,
                           .regions = VFIO_REGIONS,
                           .irqs = VFIO_IRQS};
    reply->header.size += sizeof reply->payload.info;
    return 0;
}

static uint64_t region_bytes(const struct vfio_session *s, uint32_t index)
{
    if (index < PCI_BARS)
        return s->info.bar_bytes[index];
    return index == VFIO_REGION_CONFIG ? s->info.config_bytes : 0;
}

static int get_region_info(struct vfio_session *s, const struct vfio_message *m,
                           struct vfio_message *reply)
{
    uint32_t index = m->payload.region.index;
    uint64_t bytes;

    if (index >= VFIO_REGIONS)
        return vfio_refuse(s, EINVAL, "there is no region %u", index);
    bytes = region_bytes(s, index);
    reply->payload.region = (struct vfio_region_info){
        .argsz = sizeof reply->payload.region,
        .flags = bytes ? VFIO_REGION_CAN_READ | VFIO_REGION_CAN_WRITE : 0,
        .index = index,
        .bytes = bytes};
    reply->header.size += sizeof reply->payload.region;
    return 0;
}

static int get_irq_info(struct vfio_session *s, const struct vfio_message *m,
                        struct vfio_message *reply)
{
    uint32_t index = m->payload.irq.index;
    uint32_t count;

    if (index >= VFIO_IRQS)
        return vfio_refuse(s, EINVAL, "there is no interrupt index %u", index);
    count = vfio_irq_count(s, index);
    reply->payload.irq =
        (struct vfio_irq_info){.argsz = sizeof reply->payload.irq,
                               .flags = count ? VFIO_IRQ_EVENTFD : 0,
                               .index = index,
                               .count = count};
    if (count && index == VFIO_IRQ_INTX)
        reply->payload.irq.flags |= VFIO_IRQ_MASKABLE | VFIO_IRQ_AUTOMASKED;
    reply->header.size += sizeof reply->payload.irq;
    return 0;
}

/* ---- Accesses ---- */

static int check_region(struct vfio_session *s, const struct vfio_access *a)
{
    if (a->offset + a->count <= region_bytes(s, a->region))
        return 0;
    return vfio_refuse(s, EINVAL, "region %u has no %u bytes at 0x%llx",
                       a->region, a->count, (unsigned long long)a->offset);
}

static int region_read(struct vfio_session *s, const struct vfio_message *m,
                       struct vfio_message *reply)
{
    const struct vfio_access *a = &m->payload.access;
    const struct pci_device_ops *ops = s->device->ops;
    uint8_t *to = reply->payload.access.data;
    int r = check_region(s, a);

    if (r)
        return r;
    if (a->count && a->region == VFIO_REGION_CONFIG)
        ops->config_read(s->device->ctx, (uint32_t)a->offset, to, a->count);
    else if (a->count)
        ops->bar_read(s->device->ctx, a->region, a->offset, to, a->count);
    memcpy(&reply->payload, a, VFIO_ACCESS_BYTES);
    reply->header.size += VFIO_ACCESS_BYTES + a->count;
    return 0;
}

static int region_write(struct vfio_session *s, const struct vfio_message *m,
                        struct vfio_message *reply)
{
    const struct vfio_access *a = &m->payload.access;
    const struct pci_device_ops *ops = s->device->ops;
    int r = check_region(s, a);

    if (r)
        return r;
    if (a->count && a->region == VFIO_REGION_CONFIG)
        ops->config_write(s->device->ctx, (uint32_t)a->offset, a->data,
                          a->count);
    else if (a->count)
        ops->bar_write(s->device->ctx, a->region, a->offset, a->data, a->count);
    memcpy(&reply->payload, a, VFIO_ACCESS_BYTES);
    reply->header.size += VFIO_ACCESS_BYTES;
    return 0;
}

static int reset(struct vfio_session *s)
{
    s->resets++;
    return s->device->ops->reset(s->device->ctx, s->why) ? EIO : 0;
}

/* ---- Messages ---- */

static int dispatch(struct vfio_session *s, struct vfio_message *m,
                    struct vfio_message *reply)
{
    switch (m->header.command) {
    case VFIO_VERSION:
        return version(s, m, reply);
    case VFIO_DMA_MAP:
        return dma_map(s, m);
    case VFIO_DMA_UNMAP:
        return dma_unmap(s, m, reply);
    case VFIO_GET_INFO:
        return get_info(reply);
    case VFIO_GET_REGION_INFO:
        return get_region_info(s, m, reply);
    case VFIO_GET_IRQ_INFO:
        return get_irq_info(s, m, reply);
    case VFIO_SET_IRQS:
        return vfio_set_irqs(s, m);
    case VFIO_REGION_READ:
        return region_read(s, m, reply);
    case VFIO_REGION_WRITE:
        return region_write(s, m, reply);
    case VFIO_RESET:
        return reset(s);
    default:
        return vfio_refuse(s, ENOTSUP, "command that is not offered");
    }
}

static int carry_out(struct vfio_session *s, struct vfio_message *m,
                     struct vfio_message *reply)
{
    int error = EINVAL;
    const char *why = vfio_check_message(m, &error);

    if (why)
        return vfio_refuse(s, error, "%s", why);
    return dispatch(s, m, reply);
}

enum vfio_result vfio_session_message(struct vfio_session *s,
                                      struct vfio_message *m,
                                      struct vfio_message *reply)
{
    int error;

    s->messages++;
    if (!s->greeted && m->header.command != VFIO_VERSION) {
        stream_close_fds(m->fd, &m->fds);
        vfio_refuse(s, 0, "the first message is not VERSION");
        return VFIO_SESSION_FAILED;
    }
    if (vfio_is_reply(m)) {
        stream_close_fds(m->fd, &m->fds);
        return vfio_take_answer(s, m) ? VFIO_SESSION_FAILED : VFIO_SESSION_OK;
    }
    reply->header = (struct vfio_header){.id = m->header.id,
                                         .command = m->header.command,
                                         .size = VFIO_HEADER_BYTES,
                                         .flags = VFIO_REPLY};
    s->why[0] = '\0';
    error = carry_out(s, m, reply);
    stream_close_fds(m->fd, &m->fds);
    if (error) {
        s->refused++;
        reply->header.size = VFIO_HEADER_BYTES;
        reply->header.flags |= VFIO_ERROR;
        reply->header.error = (uint32_t)error;
    }
    return m->header.flags & VFIO_NO_REPLY ? VFIO_SESSION_OK
                                           : VFIO_SESSION_ANSWER;
}
