/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A network in user space, by libslirp: 10.0.2.0/24, gateway 10.0.2.2 (which
 * answers pings, and whose TCP and UDP ports are those of the host's loopback),
 * DHCP from 10.0.2.15, name server 10.0.2.3. Needs no privilege.
 */
#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/internal.h"

enum { TIMERS = 16, FDS = 256 };

struct timer {
    SlirpTimerCb cb;
    void *ctx;
    int64_t due_ms; /* negative: not armed */
    bool used;
};

struct port_slirp {
    Slirp *slirp;
    struct timer timer[TIMERS];
    /* While libslirp asks for and is told of its fds. */
    struct pollfd *fds;
    unsigned count, most;
};

static int64_t now_ns(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static ssize_t send_packet(const void *buf, size_t bytes, void *ctx)
{
    struct port *p = ctx;
    uint8_t padded[60] = {0};

    if (bytes < sizeof padded) { /* an Ethernet frame is no shorter */
        memcpy(padded, buf, bytes);
        buf = padded;
    }
    if (!port_queue(p, buf, bytes < sizeof padded ? sizeof padded : bytes))
        p->n.dropped++;
    return (ssize_t)bytes;
}

static void guest_error(const char *text, void *ctx)
{
    (void)ctx;
    fprintf(stderr, "ringlet: user network: %s\n", text);
}

static void *timer_new(SlirpTimerCb cb, void *cb_ctx, void *ctx)
{
    struct port *p = ctx;

    for (unsigned i = 0; i < TIMERS; i++) {
        struct timer *t = &p->slirp->timer[i];

        if (t->used)
            continue;
        *t =
            (struct timer){.cb = cb, .ctx = cb_ctx, .due_ms = -1, .used = true};
        return t;
    }
    return NULL;
}

static void timer_free(void *timer, void *ctx)
{
    (void)ctx;
    if (timer)
        ((struct timer *)timer)->used = false;
}

static void timer_mod(void *timer, int64_t due_ms, void *ctx)
{
    (void)ctx;
    if (timer)
        ((struct timer *)timer)->due_ms = due_ms;
}

static void ignore_fd(int fd, void *ctx)
{
    (void)fd;
    (void)ctx;
}

static void ignore(void *ctx)
{
    (void)ctx;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = now_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = ignore_fd,
    .unregister_poll_fd = ignore_fd,
    .notify = ignore,
};

int slirp_port_open(struct port *p)
{
    SlirpConfig c = {.version = 1,
                     .in_enabled = true,
                     .vhostname = "ringlet",
                     .if_mtu = 1500,
                     .if_mru = 1500};

    p->slirp = calloc(1, sizeof *p->slirp);
    if (!p->slirp)
        return -1;
    inet_pton(AF_INET, "10.0.2.0", &c.vnetwork);
    inet_pton(AF_INET, "255.255.255.0", &c.vnetmask);
    inet_pton(AF_INET, "10.0.2.2", &c.vhost);
    inet_pton(AF_INET, "10.0.2.15", &c.vdhcp_start);
    inet_pton(AF_INET, "10.0.2.3", &c.vnameserver);
    p->slirp->slirp = slirp_new(&c, &callbacks, p);
    if (p->slirp->slirp)
        return 0;
    fprintf(stderr, "ringlet: the user network cannot be made\n");
    return -1;
}

void slirp_port_close(struct port *p)
{
    if (!p->slirp)
        return;
    if (p->slirp->slirp)
        slirp_cleanup(p->slirp->slirp);
    free(p->slirp);
    p->slirp = NULL;
}

void slirp_port_take(struct port *p, const uint8_t *frame, size_t bytes)
{
    slirp_input(p->slirp->slirp, frame, (int)bytes);
}

/* ---- Waiting ---- */

static short to_poll(int events)
{
    return (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
                   (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                   (events & SLIRP_POLL_PRI ? POLLPRI : 0));
}

static int from_poll(short events)
{
    return (events & POLLIN ? SLIRP_POLL_IN : 0) |
           (events & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (events & POLLPRI ? SLIRP_POLL_PRI : 0) |
           (events & POLLERR ? SLIRP_POLL_ERR : 0) |
           (events & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static int add_fd(int fd, int events, void *ctx)
{
    struct port_slirp *s = ctx;

    if (s->count == s->most)
        return -1;
    s->fds[s->count] = (struct pollfd){.fd = fd, .events = to_poll(events)};
    return (int)s->count++;
}

static int told_of(int index, void *ctx)
{
    const struct port_slirp *s = ctx;

    return index >= 0 && (unsigned)index < s->count
               ? from_poll(s->fds[index].revents)
               : 0;
}

unsigned slirp_port_poll(struct port *p, struct pollfd *fds, unsigned most,
                         int *timeout_ms)
{
    struct port_slirp *s = p->slirp;
    int64_t now = now_ns(NULL) / 1000000;
    uint32_t timeout = *timeout_ms < 0 ? UINT32_MAX : (uint32_t)*timeout_ms;

    s->fds = fds;
    s->count = 0;
    s->most = most;
    slirp_pollfds_fill(s->slirp, &timeout, add_fd, s);
    for (unsigned i = 0; i < TIMERS; i++) {
        const struct timer *t = &s->timer[i];
        int64_t left = t->due_ms > now ? t->due_ms - now : 0;

        if (t->used && t->due_ms >= 0 && left < timeout)
            timeout = (uint32_t)left;
    }
    if (timeout != UINT32_MAX)
        *timeout_ms = timeout > INT32_MAX ? INT32_MAX : (int)timeout;
    return s->count;
}

void slirp_port_dispatch(struct port *p, const struct pollfd *fds,
                         unsigned count)
{
    struct port_slirp *s = p->slirp;
    int64_t now = now_ns(NULL) / 1000000;
    struct pollfd copy[FDS];

    if (count > FDS)
        count = FDS;
    if (count)
        memcpy(copy, fds, count * sizeof copy[0]);
    s->fds = copy;
    s->count = count;
    slirp_pollfds_poll(s->slirp, 0, told_of, s);
    s->fds = NULL;
    s->count = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        struct timer *t = &s->timer[i];

        if (!t->used || t->due_ms < 0 || t->due_ms > now)
            continue;
        t->due_ms = -1;
        t->cb(t->ctx);
    }
}
