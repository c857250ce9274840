/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What each message of the front-end means.
 */
#include <string.h>

#include "bridge/channel.h"
#include "bridge/session.h"
#include "bridge/session_internal.h"

#define PROTOCOL_OFFERED                                            \
    (1ull << VU_PROTOCOL_MQ | 1ull << VU_PROTOCOL_REPLY_ACK |       \
     1ull << VU_PROTOCOL_BACKEND_REQ | 1ull << VU_PROTOCOL_CONFIG | \
     1ull << VU_PROTOCOL_RESET_DEVICE |                             \
     1ull << VU_PROTOCOL_CONFIGURE_MEM_SLOTS | 1ull << VU_PROTOCOL_STATUS)

/* Positions of a ring that starts: slot 0, wrap counter 1. */
enum { BASE_START = 0x8000 };

static int take_fd(struct vu_message *m)
{
    int fd = m->fds ? m->fd[0] : -1;

    if (m->fds)
        m->fd[0] = -1;
    return fd;
}

static int need_protocol(struct session *s, const struct vu_message *m,
                         unsigned bit)
{
    if (has(s->protocol, bit))
        return 0;
    return session_fail(s, "%s: its protocol feature (%u) was not negotiated",
                        vu_request_name(m->header.request), bit);
}

static struct session_queue *queue_of(struct session *s,
                                      const struct vu_message *m,
                                      uint32_t index)
{
    if (index < s->queues)
        return &s->queue[index];
    session_fail(s, "%s: there is no queue %u, the device has %u",
                 vu_request_name(m->header.request), index, s->queues);
    return NULL;
}

/* ---- Features and status ---- */

static int set_features(struct session *s, const struct vu_message *m)
{
    uint64_t v = m->payload.u64;

    if (v & ~s->offered)
        remark(&s->remarks, "Feature Bits",
               "the driver accepts features that were not offered");
    v &= s->offered;
    if (v != s->features && s->negotiated && session_stop(s))
        return SESSION_FAILED;
    s->features = v;
    s->features_set = true;
    return 0;
}

static int set_protocol_features(struct session *s, const struct vu_message *m)
{
    if (m->payload.u64 & ~PROTOCOL_OFFERED)
        remark(&s->remarks, "vhost-user SET_PROTOCOL_FEATURES",
               "protocol features are set that were not offered");
    s->protocol = m->payload.u64 & PROTOCOL_OFFERED;
    return 0;
}

static int set_status(struct session *s, const struct vu_message *m)
{
    uint8_t v = (uint8_t)m->payload.u64;

    if (need_protocol(s, m, VU_PROTOCOL_STATUS))
        return SESSION_FAILED;
    if (m->payload.u64 > 0xff)
        return session_fail(s, "SET_STATUS: 0x%llx is no device status",
                            (unsigned long long)m->payload.u64);
    if (v && (s->status & ~v))
        remark(&s->remarks, "Device Status Field",
               "the driver clears a device status bit");
    if ((v & STATUS_DRIVER_OK) && !(v & STATUS_FEATURES_OK))
        remark(&s->remarks, "Device Initialization",
               "DRIVER_OK is set without FEATURES_OK");
    if (v == 0 || (v & STATUS_FAILED)) {
        s->status = v;
        return session_stop(s);
    }
    /* Bits are only added, until a reset: also one that was not asked for by a
     * status of 0. */
    s->status = s->negotiated ? s->status | v : v;
    if (!(v & STATUS_FEATURES_OK) || !s->features_set)
        return 0;
    return session_negotiate(s);
}

static int get_status(struct session *s, const struct vu_message *m,
                      struct vu_message *reply)
{
    if (need_protocol(s, m, VU_PROTOCOL_STATUS))
        return SESSION_FAILED;
    reply->payload.u64 =
        s->negotiated ? s->device->ops->status(s->device->ctx) : s->status;
    reply->header.size = 8;
    return 0;
}

/* ---- Memory ---- */

static int set_mem_table(struct session *s, const struct vu_message *m)
{
    const struct vu_mem_table *t = &m->payload.mem;

    guest_memory_clear(&s->memory);
    for (uint32_t i = 0; i < t->count; i++)
        if (guest_memory_add(&s->memory, &t->region[i], m->fd[i], 0, s->why))
            return SESSION_FAILED;
    return 0;
}

static int change_mem_reg(struct session *s, const struct vu_message *m)
{
    const struct vu_region *at = &m->payload.reg.region;

    if (need_protocol(s, m, VU_PROTOCOL_CONFIGURE_MEM_SLOTS))
        return SESSION_FAILED;
    if (m->header.request == VU_ADD_MEM_REG)
        return guest_memory_add(&s->memory, at, m->fd[0], 0, s->why)
                   ? SESSION_FAILED
                   : 0;
    if (guest_memory_remove(&s->memory, at))
        return session_fail(s, "REM_MEM_REG: no region at 0x%llx, %llu bytes",
                            (unsigned long long)at->guest_addr,
                            (unsigned long long)at->bytes);
    return 0;
}

/* ---- Queues ---- */

/* Other values under a ring that runs mean that it starts anew. */
static int restart(struct session *s, const struct session_queue *v,
                   bool changes)
{
    if (!v->live || !changes)
        return 0;
    return session_stop(s);
}

static int set_vring_num(struct session *s, const struct vu_message *m)
{
    uint32_t size = m->payload.state.num, index = m->payload.state.index;
    struct session_queue *v = queue_of(s, m, index);
    uint16_t most;

    if (!v)
        return SESSION_FAILED;
    most = s->device->ops->queue_size(s->device->ctx, index);
    if (!size || size > most)
        return session_fail(s, "queue %u: %u descriptors; the device offers %u",
                            index, size, most);
    if (restart(s, v, size != v->size))
        return SESSION_FAILED;
    v->size = (uint16_t)size;
    return 0;
}

static int set_vring_addr(struct session *s, const struct vu_message *m)
{
    const struct vu_vring_addr *a = &m->payload.addr;
    struct session_queue *v = queue_of(s, m, a->index);

    if (!v)
        return SESSION_FAILED;
    if (a->flags & ~1u)
        remark(&s->remarks, "vhost-user SET_VRING_ADDR",
               "reserved flags of a ring's address are set");
    if (restart(s, v,
                a->desc != v->addr.desc || a->avail != v->addr.avail ||
                    a->used != v->addr.used))
        return SESSION_FAILED;
    v->addr = *a;
    v->addr_set = true;
    return 0;
}

/* Bits 14:0 next available slot, 15 its wrap counter; front-ends that know the
 * packed format put the used position into bits 31:16, and wrap counters start
 * at 1. Others say 0 for a ring that starts, whatever its format. */
static int set_vring_base(struct session *s, const struct vu_message *m)
{
    uint32_t base = m->payload.state.num;
    uint32_t avail = base & 0xffff, used = base >> 16;
    struct session_queue *v = queue_of(s, m, m->payload.state.index);

    if (!v)
        return SESSION_FAILED;
    if ((avail != 0 && avail != BASE_START) ||
        (used != 0 && used != BASE_START))
        return session_fail(s,
                            "queue %u: ring is to go on at slot %u (base "
                            "0x%x); a virtio PCI device starts at slot 0",
                            m->payload.state.index, avail & 0x7fff, base);
    if (avail == 0 && has(s->features, F_RING_PACKED))
        remark(&s->remarks, "vhost-user SET_VRING_BASE",
               "a packed ring's base of 0: wrap counter 0 where rings start "
               "with 1");
    if (restart(s, v, true))
        return SESSION_FAILED;
    v->base_set = true;
    v->stopped_at = (uint32_t)BASE_START << 16 | BASE_START;
    return 0;
}

static int get_vring_base(struct session *s, const struct vu_message *m,
                          struct vu_message *reply)
{
    struct session_queue *v = queue_of(s, m, m->payload.state.index);

    if (!v || (v->live && session_stop(s)))
        return SESSION_FAILED;
    v->enabled = false;
    v->base_set = v->kicked = false;
    v->kick_given = false;
    session_close_fd(&v->kick);
    session_close_fd(&v->call);
    reply->payload.state.index = m->payload.state.index;
    reply->payload.state.num = v->stopped_at;
    reply->header.size = 8;
    return 0;
}

static int set_vring_fd(struct session *s, struct vu_message *m)
{
    uint32_t index = m->payload.u64 & VU_VRING_INDEX_MASK;
    struct session_queue *v = queue_of(s, m, index);
    int *fd;

    if (!v)
        return SESSION_FAILED;
    fd = m->header.request == VU_SET_VRING_KICK   ? &v->kick
         : m->header.request == VU_SET_VRING_CALL ? &v->call
                                                  : &v->err;
    session_close_fd(fd);
    *fd = take_fd(m);
    if (fd == &v->kick) {
        v->kick_given = true;
        v->polled = v->kick < 0;
    }
    return 0;
}

static int set_vring_enable(struct session *s, const struct vu_message *m)
{
    struct session_queue *v = queue_of(s, m, m->payload.state.index);

    if (!v)
        return SESSION_FAILED;
    if (!has(s->features, VU_F_PROTOCOL_FEATURES))
        remark(&s->remarks, "vhost-user SET_VRING_ENABLE",
               "sent although VHOST_USER_F_PROTOCOL_FEATURES was not taken");
    v->enabled = m->payload.state.num;
    return 0;
}

/* ---- The rest ---- */

static int get_config(struct session *s, const struct vu_message *m,
                      struct vu_message *reply)
{
    const struct vu_config *c = &m->payload.config;

    if (need_protocol(s, m, VU_PROTOCOL_CONFIG))
        return SESSION_FAILED;
    reply->payload.config = *c;
    reply->header.size = m->header.size;
    /* What cannot be read is answered with no payload at all. */
    if (s->device->ops->config_read(s->device->ctx, c->offset,
                                    reply->payload.config.data, c->size))
        reply->header.size = 0;
    return 0;
}

static int set_config(struct session *s, const struct vu_message *m)
{
    const struct vu_config *c = &m->payload.config;

    if (need_protocol(s, m, VU_PROTOCOL_CONFIG))
        return SESSION_FAILED;
    if (s->device->ops->config_write(s->device->ctx, c->offset, c->data,
                                     c->size))
        return session_fail(s, "SET_CONFIG: offset %u, %u bytes: not there",
                            c->offset, c->size);
    return 0;
}

static int set_backend_fd(struct session *s, struct vu_message *m)
{
    if (need_protocol(s, m, VU_PROTOCOL_BACKEND_REQ))
        return SESSION_FAILED;
    session_close_fd(&s->backend_fd);
    s->backend_fd = take_fd(m);
    return 0;
}

static int reset_device(struct session *s, const struct vu_message *m)
{
    if (m->header.request == VU_RESET_DEVICE &&
        need_protocol(s, m, VU_PROTOCOL_RESET_DEVICE))
        return SESSION_FAILED;
    for (unsigned q = 0; q < s->queues; q++)
        s->queue[q].enabled = s->queue[q].kick_given = false;
    s->status = 0;
    return session_stop(s);
}

static int reply_u64(struct vu_message *reply, uint64_t value)
{
    reply->payload.u64 = value;
    reply->header.size = 8;
    return 0;
}

static int dispatch(struct session *s, struct vu_message *m,
                    struct vu_message *reply)
{
    switch (m->header.request) {
    case VU_GET_FEATURES:
        return reply_u64(reply, s->offered);
    case VU_SET_FEATURES:
        return set_features(s, m);
    case VU_GET_PROTOCOL_FEATURES:
        return reply_u64(reply, PROTOCOL_OFFERED);
    case VU_SET_PROTOCOL_FEATURES:
        return set_protocol_features(s, m);
    case VU_GET_QUEUE_NUM:
        /* Some front-ends take it for the number of queue pairs and may then
         * ask for too many, which is told; some for that of queues and would
         * use none if it were less. */
        return reply_u64(reply, s->queues);
    case VU_GET_MAX_MEM_SLOTS:
        return reply_u64(reply, VU_MAX_REGIONS);
    case VU_SET_OWNER:
        return 0;
    case VU_RESET_OWNER:
    case VU_RESET_DEVICE:
        return reset_device(s, m);
    case VU_SET_STATUS:
        return set_status(s, m);
    case VU_GET_STATUS:
        return get_status(s, m, reply);
    case VU_SET_MEM_TABLE:
        return set_mem_table(s, m);
    case VU_ADD_MEM_REG:
    case VU_REM_MEM_REG:
        return change_mem_reg(s, m);
    case VU_SET_VRING_NUM:
        return set_vring_num(s, m);
    case VU_SET_VRING_ADDR:
        return set_vring_addr(s, m);
    case VU_SET_VRING_BASE:
        return set_vring_base(s, m);
    case VU_GET_VRING_BASE:
        return get_vring_base(s, m, reply);
    case VU_SET_VRING_KICK:
    case VU_SET_VRING_CALL:
    case VU_SET_VRING_ERR:
        return set_vring_fd(s, m);
    case VU_SET_VRING_ENABLE:
        return set_vring_enable(s, m);
    case VU_GET_CONFIG:
        return get_config(s, m, reply);
    case VU_SET_CONFIG:
        return set_config(s, m);
    case VU_SET_BACKEND_REQ_FD:
        return set_backend_fd(s, m);
    default:
        return session_fail(s, "request %u is not known", m->header.request);
    }
}

enum session_result session_message(struct session *s, struct vu_message *m,
                                    struct vu_message *reply)
{
    bool ack;
    int r;

    s->messages++;
    memset(reply, 0, sizeof *reply);
    reply->header.request = m->header.request;
    reply->header.flags = VU_FLAG_VERSION | VU_FLAG_REPLY;
    r = dispatch(s, m, reply);
    if (!r)
        r = session_update(s);
    channel_close_fds(m);
    /* Asked afterwards: SET_PROTOCOL_FEATURES itself may want one. */
    ack = has(s->protocol, VU_PROTOCOL_REPLY_ACK) &&
          (m->header.flags & VU_FLAG_NEED_REPLY) &&
          !vu_has_reply(m->header.request);
    if (ack)
        reply_u64(reply, r ? 1 : 0);
    if (r) /* the caller may still send the acknowledgement */
        return SESSION_FAILED;
    return ack || vu_has_reply(m->header.request) ? SESSION_REPLY : SESSION_OK;
}
