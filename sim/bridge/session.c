/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A session's life; when the device is started and stopped; kicks and calls.
 */
#include "bridge/session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/channel.h"
#include "bridge/session_internal.h"

/* What a PCI device offers but vhost-user cannot carry: translated addresses
 * would need the IOTLB messages; an eventfd takes no notification data; nothing
 * resets one queue. */
#define NOT_CARRIED                                              \
    (1ull << F_ACCESS_PLATFORM | 1ull << F_SR_IOV |              \
     1ull << F_NOTIFICATION_DATA | 1ull << F_NOTIF_CONFIG_DATA | \
     1ull << F_RING_RESET)

int session_fail(struct session *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->why, sizeof s->why, fmt, ap);
    va_end(ap);
    return SESSION_FAILED;
}

void session_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- Life ---- */

void session_begin(struct session *s)
{
    s->features = s->protocol = 0;
    s->features_set = s->negotiated = s->running = false;
    s->status = 0;
    s->pairs = 0;
    s->backend_fd = -1;
    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++)
        s->queue[q] = (struct session_queue){.kick = -1, .call = -1, .err = -1};
}

void session_init(struct session *s, const struct device *device,
                  uint64_t masked)
{
    memset(s, 0, sizeof *s);
    s->device = device;
    s->memory.device = &device->ops->memory;
    s->memory.ctx = device->ctx;
    s->memory.most = VU_MAX_REGIONS;
    s->queues = device->ops->queues(device->ctx);
    if (s->queues > DEVICE_MAX_QUEUES)
        s->queues = DEVICE_MAX_QUEUES;
    s->offered = (device->ops->features(device->ctx) & ~NOT_CARRIED & ~masked) |
                 1ull << VU_F_PROTOCOL_FEATURES;
    session_begin(s);
}

void session_end(struct session *s)
{
    session_stop(s);
    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++) {
        session_close_fd(&s->queue[q].kick);
        session_close_fd(&s->queue[q].call);
        session_close_fd(&s->queue[q].err);
    }
    session_close_fd(&s->backend_fd);
    guest_memory_clear(&s->memory);
}

/* ---- Starting and stopping ---- */

int session_negotiate(struct session *s)
{
    uint64_t taken = s->features & ~(1ull << VU_F_PROTOCOL_FEATURES);

    if (s->negotiated)
        return 0;
    if (!has(taken, F_VERSION_1) || !has(taken, F_RING_PACKED))
        return session_fail(s,
                            "the driver took features 0x%llx, without %s: the "
                            "device has packed rings only",
                            (unsigned long long)taken,
                            has(taken, F_VERSION_1) ? "RING_PACKED (34)"
                                                    : "VERSION_1 (32)");
    if (s->device->ops->negotiate(s->device->ctx, taken, s->why))
        return SESSION_FAILED;
    s->negotiated = true;
    return 0;
}

int session_stop(struct session *s)
{
    uint32_t at[DEVICE_MAX_QUEUES] = {0};
    int r = 0;

    if (s->negotiated)
        r = s->device->ops->stop(s->device->ctx, at, s->why);
    for (unsigned q = 0; q < s->queues; q++) {
        struct session_queue *v = &s->queue[q];

        if (v->live)
            v->stopped_at = at[q];
        /* Where a ring starts is said anew each time. */
        v->base_set = v->base_set && !v->live;
        v->live = v->kicked = false;
    }
    s->negotiated = s->running = false;
    s->pairs = 0;
    return r ? SESSION_FAILED : 0;
}

static bool queue_enabled(const struct session *s, unsigned queue)
{
    return s->queue[queue].enabled || !has(s->features, VU_F_PROTOCOL_FEATURES);
}

bool session_queue_ready(const struct session *s, unsigned queue)
{
    const struct session_queue *v = &s->queue[queue];

    return v->size && v->base_set && v->addr_set && v->kick_given &&
           queue_enabled(s, queue);
}

static int translate(struct session *s, unsigned queue, const char *what,
                     uint64_t user, uint64_t bytes, unsigned align,
                     uint64_t *guest)
{
    if (!guest_memory_translate(&s->memory, user, bytes, guest))
        return session_fail(s,
                            "queue %u: %s at user address 0x%llx, %llu bytes: "
                            "not in the memory that was shared",
                            queue, what, (unsigned long long)user,
                            (unsigned long long)bytes);
    if (*guest & (align - 1))
        return session_fail(
            s, "queue %u: %s at guest address 0x%llx: not %u-byte aligned",
            queue, what, (unsigned long long)*guest, align);
    return 0;
}

static int enable_queue(struct session *s, unsigned queue)
{
    struct session_queue *v = &s->queue[queue];
    struct device_queue d = {.size = v->size};

    if (translate(s, queue, "ring", v->addr.desc, 16ull * v->size, 16,
                  &d.desc_addr) ||
        translate(s, queue, "driver event area", v->addr.avail, 4, 4,
                  &d.driver_addr) ||
        translate(s, queue, "device event area", v->addr.used, 4, 4,
                  &d.device_addr))
        return SESSION_FAILED;
    if (s->device->ops->enable(s->device->ctx, queue, &d, s->why))
        return SESSION_FAILED;
    v->live = true;
    return 0;
}

static bool may_start(const struct session *s)
{
    for (unsigned q = 0; q < s->queues; q++) {
        if (!session_queue_ready(s, q))
            continue;
        if (has(s->protocol, VU_PROTOCOL_STATUS))
            return s->status & STATUS_DRIVER_OK;
        if (s->queue[q].kicked || s->queues == 1 ||
            (!(q & 1) && q + 1 < s->queues && session_queue_ready(s, q + 1)))
            return true;
    }
    return false;
}

/* Front-ends that keep the control queue to themselves enable and disable
 * queues instead of using it; the device must be told. */
static int follow_pairs(struct session *s)
{
    unsigned pairs = 0;

    if (has(s->features, F_CTRL_VQ) || !has(s->features, F_MQ))
        return 0;
    while (2 * pairs + 1 < s->queues && session_queue_ready(s, 2 * pairs) &&
           session_queue_ready(s, 2 * pairs + 1))
        pairs++;
    if (!pairs || pairs == s->pairs)
        return 0;
    s->pairs = pairs;
    return s->device->ops->pairs(s->device->ctx, pairs, s->why) ? SESSION_FAILED
                                                                : 0;
}

/* Kicks are kept until the device can hear of them: a front-end may kick before
 * it says DRIVER_OK, and does not do it again. */
static void ring_doorbells(struct session *s)
{
    for (unsigned q = 0; q < s->queues; q++) {
        struct session_queue *v = &s->queue[q];

        if (!v->live || !v->kicked)
            continue;
        v->kicked = false;
        s->device->ops->doorbell(s->device->ctx, q);
    }
}

int session_update(struct session *s)
{
    bool start = !s->running;

    if (!s->features_set || (start && !may_start(s)))
        return 0;
    if (session_negotiate(s))
        return SESSION_FAILED;
    for (unsigned q = 0; q < s->queues; q++)
        if (!s->queue[q].live && session_queue_ready(s, q) &&
            enable_queue(s, q))
            return SESSION_FAILED;
    if (start) {
        if (s->device->ops->run(s->device->ctx, s->why))
            return SESSION_FAILED;
        s->running = true;
        s->starts++;
    }
    if (follow_pairs(s))
        return SESSION_FAILED;
    ring_doorbells(s);
    return 0;
}

bool session_paused(const struct session *s)
{
    bool live = false;

    for (unsigned q = 0; q < s->queues; q++) {
        if (s->queue[q].live && queue_enabled(s, q))
            return false;
        live |= s->queue[q].live;
    }
    return live;
}

/* ---- Kicks and calls ---- */

static bool fd_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, 0) == 1 && (p.revents & events);
}

unsigned session_kick_fds(const struct session *s, int fds[DEVICE_MAX_QUEUES])
{
    unsigned n = 0;

    for (unsigned q = 0; q < s->queues; q++)
        if (s->queue[q].kick >= 0 && session_queue_ready(s, q))
            fds[n++] = s->queue[q].kick;
    return n;
}

/* An fd that is no eventfd, or whose other end has gone, is not asked again: it
 * would be readable for ever. */
static bool take_kick(struct session *s, struct session_queue *v)
{
    struct pollfd p = {.fd = v->kick, .events = POLLIN};
    uint64_t count;
    ssize_t n = 0;

    if (v->kick < 0)
        return v->polled;
    if (poll(&p, 1, 0) != 1)
        return false;
    if (p.revents & POLLIN)
        n = read(v->kick, &count, sizeof count);
    if (n == sizeof count)
        return true;
    if (n < 0 && errno == EAGAIN)
        return false;
    session_close_fd(&v->kick);
    remark(&s->remarks, "vhost-user SET_VRING_KICK",
           "a kick fd is no eventfd, or its other end was closed");
    return false;
}

int session_kicks(struct session *s, bool *any)
{
    for (unsigned q = 0; q < s->queues; q++) {
        struct session_queue *v = &s->queue[q];

        if (!session_queue_ready(s, q) || !take_kick(s, v))
            continue;
        v->kicked = true;
        if (session_update(s))
            return SESSION_FAILED;
        if (any && !v->kicked)
            *any = true;
    }
    return 0;
}

static void signal_fd(int *fd)
{
    uint64_t one = 1;

    if (*fd < 0)
        return;
    /* An eventfd always takes it; nothing else may make us wait. */
    if (!fd_ready(*fd, POLLOUT) || write(*fd, &one, sizeof one) == sizeof one)
        return;
    session_close_fd(fd);
}

void session_call(struct session *s, unsigned queue)
{
    if (queue < s->queues)
        signal_fd(&s->queue[queue].call);
}

void session_error(struct session *s)
{
    for (unsigned q = 0; q < s->queues; q++)
        signal_fd(&s->queue[q].err);
}

void session_config_changed(struct session *s)
{
    struct vu_message m = {.header = {.request = VU_BACKEND_CONFIG_CHANGE,
                                      .flags = VU_FLAG_VERSION}};

    if (s->backend_fd >= 0 && has(s->protocol, VU_PROTOCOL_CONFIG) &&
        channel_send(s->backend_fd, &m, 100) != CHANNEL_OK)
        session_close_fd(&s->backend_fd);
}
