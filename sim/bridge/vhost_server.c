/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user back-end around a card.
 */
#include "bridge/vhost_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "bridge/channel.h"

enum {
    SLICE_CYCLES = 128, /* between looks at the outside */
    POLLED_SLICES = 16, /* between doorbells of queues without a kick fd */
    PEER_MS = 5000,     /* for the rest of a message, and for taking a reply */
    MOST_FDS = 256,
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void error(struct vhost_server *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void error(struct vhost_server *v, const char *fmt, ...)
{
    char text[DEVICE_WHY];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "ringlet: %s\n", text);
    if (v->errors < SERVER_ERRORS)
        memcpy(v->error[v->errors], text, sizeof text);
    v->errors++;
}

static void say(const struct vhost_server *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct vhost_server *v, const char *fmt, ...)
{
    va_list ap;

    if (v->o.quiet)
        return;
    va_start(ap, fmt);
    printf("ringlet: ");
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
    fflush(stdout);
}

/* ---- Connections ---- */

static void hang_up(struct vhost_server *v)
{
    session_end(&v->session);
    session_begin(&v->session);
    close(v->fd);
    v->fd = -1;
}

static void on_interrupt(void *ctx, unsigned queue)
{
    struct vhost_server *v = ctx;

    session_call(&v->session, queue);
}

static void welcome(struct vhost_server *v)
{
    v->fd = channel_accept(v->listener);
    if (v->fd < 0)
        return;
    v->connections++;
    say(v, "driver %u has connected", v->connections);
}

static void note_start(struct vhost_server *v)
{
    const struct session *s = &v->session;

    v->starts = s->starts;
    v->taken = s->features & ~(1ull << VU_F_PROTOCOL_FEATURES);
    for (unsigned q = 0; q < s->queues; q++)
        v->size[q] = s->queue[q].live ? s->queue[q].size : 0;
    say(v, "the card runs with features 0x%llx", (unsigned long long)v->taken);
}

static void print_message(const struct vhost_server *v,
                          const struct vu_message *m)
{
    printf("%10llu %s%s", (unsigned long long)rl_rp_now(v->d->rp),
           vu_request_name(m->header.request),
           m->header.flags & VU_FLAG_NEED_REPLY ? " (wants an answer)" : "");
    for (uint32_t i = 0; i + 8 <= m->header.size && i < 64; i += 8) {
        uint64_t word;

        memcpy(&word, m->payload.bytes + i, 8);
        printf(" %llx", (unsigned long long)word);
    }
    printf(m->fds ? ", %u fds\n" : "\n", m->fds);
}

/* One message, if there is one. */
static void serve_message(struct vhost_server *v)
{
    struct vu_message m, reply;
    enum session_result r;
    const char *why = NULL;
    const char *name;

    switch (channel_receive(v->fd, &m, PEER_MS, &why)) {
    case CHANNEL_NONE:
        return;
    case CHANNEL_CLOSED:
        say(v, "driver %u has left", v->connections);
        hang_up(v);
        return;
    case CHANNEL_BAD:
        name = vu_request_name(m.header.request);
        error(v, "driver %u: %s (%u, %u bytes, flags 0x%x, %u fds): %s",
              v->connections, name ? name : "message", m.header.request,
              m.header.size, m.header.flags, m.fds, why);
        channel_close_fds(&m);
        hang_up(v);
        return;
    case CHANNEL_OK:
        break;
    }
    if (v->o.messages)
        print_message(v, &m);
    r = session_message(&v->session, &m, &reply);
    if (r == SESSION_FAILED)
        error(v, "driver %u: %s: %s", v->connections,
              vu_request_name(m.header.request), v->session.why);
    else if (v->session.starts != v->starts)
        note_start(v);
    if ((r == SESSION_REPLY || (r == SESSION_FAILED && reply.header.size)) &&
        channel_send(v->fd, &reply, PEER_MS) != CHANNEL_OK &&
        r != SESSION_FAILED) {
        error(v, "driver %u does not take the answer to %s", v->connections,
              vu_request_name(m.header.request));
        r = SESSION_FAILED;
    }
    if (r == SESSION_FAILED)
        hang_up(v);
}

static void serve_kicks(struct vhost_server *v)
{
    if (v->fd >= 0 && session_kicks(&v->session, NULL)) {
        error(v, "driver %u: %s", v->connections, v->session.why);
        hang_up(v);
    }
    if (v->session.starts != v->starts)
        note_start(v);
}

/* ---- The card ---- */

static void serve_card(struct vhost_server *v)
{
    uint32_t cause;
    uint8_t status;

    if (guest_memory_lost(&v->session.memory)) {
        error(v, "driver %u has cut short the memory that it shares",
              v->connections);
        hang_up(v);
        return;
    }
    if (!v->d->config_event)
        return;
    card_device_event(v->d, &status, &cause);
    if (status & DRV_S_NEEDS_RESET) {
        error(v,
              "the card asks for a reset: queue %u, fault %u (enum vq_fault in "
              "firmware/virtqueue/vq.h)",
              cause >> 16, cause & 0xffff);
        session_error(&v->session);
    }
    session_config_changed(&v->session);
}

static bool works(const struct vhost_server *v)
{
    return session_running(&v->session) && !session_paused(&v->session);
}

static bool sleeps(const struct vhost_server *v)
{
    size_t bytes;

    if (!works(v))
        return true;
    return card_device_sleeps(v->d) &&
           !(v->d->port && rl_model_net_push_space(v->d->model) &&
             port_next(v->d->port, &bytes));
}

static bool has_polled_queue(const struct session *s)
{
    for (unsigned q = 0; q < s->queues; q++)
        if (s->queue[q].live && s->queue[q].polled)
            return true;
    return false;
}

/* ---- The loop ---- */

static void on_alarm(int number)
{
    (void)number;
}

/* Kick and call fds block when they are read empty or written full, and their
 * owner can see to that between our look and our access. Each second a signal
 * ends a call that waits so; whoever made it closes the fd. */
static void never_block(void)
{
    struct sigaction a = {.sa_handler = on_alarm}; /* without SA_RESTART */
    struct itimerval t = {.it_interval = {.tv_sec = 1},
                          .it_value = {.tv_sec = 1}};

    sigemptyset(&a.sa_mask);
    sigaction(SIGALRM, &a, NULL);
    setitimer(ITIMER_REAL, &t, NULL);
}

/* Waits when nobody has work. */
static void look_outside(struct vhost_server *v, uint64_t slice)
{
    struct pollfd p[MOST_FDS];
    int kicks[DEVICE_MAX_QUEUES], timeout = -1;
    unsigned n = 0, first_port;
    bool polled = has_polled_queue(&v->session), asleep = sleeps(v);
    bool kicked = false;

    p[n++] = (struct pollfd){.fd = v->fd >= 0 ? v->fd : v->listener,
                             .events = POLLIN};
    for (unsigned i = 0, k = session_kick_fds(&v->session, kicks); i < k; i++)
        p[n++] = (struct pollfd){.fd = kicks[i], .events = POLLIN};
    first_port = n;
    n += port_poll(v->d->port, p + n, MOST_FDS - n, &timeout);
    if (!asleep)
        timeout = 0;
    else if (polled)
        timeout = 1;
    else if (v->o.idle_seconds && (timeout < 0 || timeout > 200))
        timeout = 200;
    if (poll(p, n, timeout) < 0)
        return; /* a signal */
    port_dispatch(v->d->port, p + first_port, n - first_port);
    if (p[0].revents) {
        if (v->fd >= 0)
            serve_message(v);
        else
            welcome(v);
    }
    for (unsigned i = 1; i < first_port; i++)
        kicked |= p[i].revents != 0;
    if (kicked || (polled && (asleep || slice % POLLED_SLICES == 0)))
        serve_kicks(v);
}

static uint64_t sum_of_moves(const struct vhost_server *v)
{
    uint64_t sum = v->session.messages + v->connections + v->d->frames_in +
                   v->d->frames_out;

    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++)
        sum += v->d->watch.used[q];
    return sum;
}

/* True: nothing has moved for too long. */
static bool stuck(struct vhost_server *v)
{
    uint64_t sum = sum_of_moves(v);

    if (sum != v->moved_sum) {
        v->moved_sum = sum;
        v->moved_ms = now_ms();
        return false;
    }
    if (!v->o.idle_seconds ||
        now_ms() - v->moved_ms < (int64_t)v->o.idle_seconds * 1000)
        return false;
    if (v->fd >= 0)
        error(v,
              "nothing has moved for %u seconds: driver %u is stuck, or has "
              "nothing to do",
              v->o.idle_seconds, v->connections);
    else
        error(v, "no driver has come for %u seconds", v->o.idle_seconds);
    return true;
}

static bool finished(const struct vhost_server *v)
{
    return (v->o.stop && *v->o.stop) ||
           (v->o.clients && v->fd < 0 && v->connections >= v->o.clients);
}

static void tell_done(struct vhost_server *v)
{
    if (v->told_done || !port_done(v->d->port))
        return;
    v->told_done = true;
    say(v, "all frames are through");
}

static void loop(struct vhost_server *v)
{
    for (uint64_t slice = 0; !finished(v) && !stuck(v); slice++) {
        look_outside(v, slice);
        if (works(v))
            rl_rp_run(v->d->rp, SLICE_CYCLES);
        if (v->fd >= 0)
            serve_card(v);
        tell_done(v);
    }
}

int vhost_serve(struct vhost_server *v, struct card_device *d,
                const struct vhost_server_options *o)
{
    memset(v, 0, sizeof *v);
    v->o = *o;
    v->d = d;
    v->fd = -1;
    signal(SIGPIPE, SIG_IGN);
    never_block();
    session_init(&v->session, &d->device, o->masked_features);
    d->watch.remarks = &v->session.remarks;
    d->interrupt = on_interrupt;
    d->interrupt_ctx = v;
    guest_memory_guard(&v->session.memory);
    v->listener = channel_listen(o->socket);
    if (v->listener < 0) {
        error(v, "socket %s: %s", o->socket, strerror(errno));
        return -1;
    }
    v->moved_ms = now_ms();
    say(v, "waiting for a driver on %s", o->socket);
    loop(v);
    if (v->fd >= 0)
        hang_up(v);
    close(v->listener);
    unlink(o->socket);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_interval = {0}}, NULL);
    return v->errors ? -1 : 0;
}
