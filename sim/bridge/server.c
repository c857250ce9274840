/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What servers around a card share.
 */
#include "bridge/server.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "bridge/stream.h"

enum {
    SLICE_CYCLES = 128, /* between looks at the outside */
    MOST_FDS = 256,
};

void server_error(struct server *v, const char *fmt, ...)
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

void server_say(const struct server *v, const char *fmt, ...)
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

void server_hang_up(struct server *v)
{
    v->protocol->end(v->ctx);
    close(v->fd);
    v->fd = -1;
}

static void welcome(struct server *v)
{
    v->fd = channel_accept(v->listener);
    if (v->fd < 0)
        return;
    v->connections++;
    server_say(v, "driver %u has connected", v->connections);
}

static bool sleeps(const struct server *v)
{
    size_t bytes;

    if (!v->protocol->works(v->ctx))
        return true;
    return card_device_sleeps(v->d) && !(v->d->port && v->d->running &&
                                         rl_model_net_push_space(v->d->model) &&
                                         port_next(v->d->port, &bytes));
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
static void look_outside(struct server *v, uint64_t slice)
{
    struct pollfd p[MOST_FDS];
    int own = -1, timeout = -1;
    unsigned n = 1, first_port;
    bool asleep = sleeps(v), ready = false;

    p[0] = (struct pollfd){.fd = v->fd >= 0 ? v->fd : v->listener,
                           .events = POLLIN};
    if (v->protocol->fds)
        n += v->protocol->fds(v->ctx, p + n, MOST_FDS - n, &own);
    first_port = n;
    n += port_poll(v->d->port, p + n, MOST_FDS - n, &timeout);
    if (own >= 0 && (timeout < 0 || timeout > own))
        timeout = own;
    if (v->o.idle_seconds && (timeout < 0 || timeout > 200))
        timeout = 200;
    if (poll(p, n, asleep ? timeout : 0) < 0)
        return; /* a signal */
    port_dispatch(v->d->port, p + first_port, n - first_port);
    for (unsigned i = 1; i < first_port; i++)
        ready |= p[i].revents != 0;
    if (p[0].revents && v->fd >= 0)
        v->protocol->message(v->ctx);
    else if (p[0].revents)
        welcome(v);
    if (v->protocol->look)
        v->protocol->look(v->ctx, ready, asleep, slice);
}

/* True: nothing has moved for too long. */
static bool stuck(struct server *v)
{
    uint64_t sum = v->protocol->moves(v->ctx) + v->connections;

    if (sum != v->moved_sum) {
        v->moved_sum = sum;
        v->moved_ms = stream_now_ms();
        return false;
    }
    if (!v->o.idle_seconds ||
        stream_now_ms() - v->moved_ms < (int64_t)v->o.idle_seconds * 1000)
        return false;
    if (v->fd >= 0)
        server_error(
            v,
            "nothing has moved for %u seconds: driver %u is stuck, or has "
            "nothing to do",
            v->o.idle_seconds, v->connections);
    else
        server_error(v, "no driver has come for %u seconds", v->o.idle_seconds);
    return true;
}

static bool finished(const struct server *v)
{
    return (v->o.stop && *v->o.stop) ||
           (v->o.clients && v->fd < 0 && v->connections >= v->o.clients);
}

static void tell_done(struct server *v)
{
    if (v->told_done || !port_done(v->d->port))
        return;
    v->told_done = true;
    server_say(v, "all frames are through");
}

static void loop(struct server *v)
{
    for (uint64_t slice = 0; !finished(v) && !stuck(v); slice++) {
        look_outside(v, slice);
        if (v->protocol->works(v->ctx))
            rl_rp_run(v->d->rp, SLICE_CYCLES);
        if (v->fd >= 0)
            v->protocol->between(v->ctx);
        tell_done(v);
    }
}

int server_run(struct server *v, struct card_device *d,
               const struct server_options *o, const struct server_protocol *p,
               void *ctx)
{
    v->o = *o;
    v->d = d;
    v->protocol = p;
    v->ctx = ctx;
    v->fd = -1;
    signal(SIGPIPE, SIG_IGN);
    never_block();
    v->listener = channel_listen(o->socket);
    if (v->listener < 0) {
        server_error(v, "socket %s: %s", o->socket, strerror(errno));
        return -1;
    }
    v->moved_ms = stream_now_ms();
    server_say(v, "waiting for a driver on %s", o->socket);
    loop(v);
    if (v->fd >= 0)
        server_hang_up(v);
    close(v->listener);
    unlink(o->socket);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_interval = {0}}, NULL);
    return v->errors ? -1 : 0;
}
