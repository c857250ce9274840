/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vhost-user back-end around a card.
 */
#include "bridge/vhost_server.h"

#include <stdio.h>
#include <string.h>

#include "bridge/channel.h"

enum { POLLED_SLICES = 16 /* between doorbells of queues without a kick fd */ };

/* ---- Connections ---- */

static void end(void *ctx)
{
    struct vhost_server *v = ctx;

    session_end(&v->session);
    session_begin(&v->session);
}

static void on_interrupt(void *ctx, unsigned queue)
{
    struct vhost_server *v = ctx;

    session_call(&v->session, queue);
}

static void note_start(struct vhost_server *v)
{
    const struct session *s = &v->session;

    v->starts = s->starts;
    v->taken = s->features & ~(1ull << VU_F_PROTOCOL_FEATURES);
    for (unsigned q = 0; q < s->queues; q++)
        v->size[q] = s->queue[q].live ? s->queue[q].size : 0;
    server_say(&v->s, "the card runs with features 0x%llx",
               (unsigned long long)v->taken);
}

static void print_message(const struct vhost_server *v,
                          const struct vu_message *m)
{
    printf("%10llu %s%s", (unsigned long long)rl_rp_now(v->s.d->rp),
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
static void serve_message(void *ctx)
{
    struct vhost_server *v = ctx;
    struct vu_message m, reply;
    enum session_result r;
    const char *why = NULL;
    const char *name;

    switch (channel_receive(v->s.fd, &m, SERVER_PEER_MS, &why)) {
    case CHANNEL_NONE:
        return;
    case CHANNEL_CLOSED:
        server_say(&v->s, "driver %u has left", v->s.connections);
        server_hang_up(&v->s);
        return;
    case CHANNEL_BAD:
        name = vu_request_name(m.header.request);
        server_error(
            &v->s, "driver %u: %s (%u, %u bytes, flags 0x%x, %u fds): %s",
            v->s.connections, name ? name : "message", m.header.request,
            m.header.size, m.header.flags, m.fds, why);
        channel_close_fds(&m);
        server_hang_up(&v->s);
        return;
    case CHANNEL_OK:
        break;
    }
    if (v->s.o.messages)
        print_message(v, &m);
    r = session_message(&v->session, &m, &reply);
    if (r == SESSION_FAILED)
        server_error(&v->s, "driver %u: %s: %s", v->s.connections,
                     vu_request_name(m.header.request), v->session.why);
    else if (v->session.starts != v->starts)
        note_start(v);
    if ((r == SESSION_REPLY || (r == SESSION_FAILED && reply.header.size)) &&
        channel_send(v->s.fd, &reply, SERVER_PEER_MS) != CHANNEL_OK &&
        r != SESSION_FAILED) {
        server_error(&v->s, "driver %u does not take the answer to %s",
                     v->s.connections, vu_request_name(m.header.request));
        r = SESSION_FAILED;
    }
    if (r == SESSION_FAILED)
        server_hang_up(&v->s);
}

static void serve_kicks(struct vhost_server *v)
{
    if (v->s.fd >= 0 && session_kicks(&v->session, NULL)) {
        server_error(&v->s, "driver %u: %s", v->s.connections, v->session.why);
        server_hang_up(&v->s);
    }
    if (v->session.starts != v->starts)
        note_start(v);
}

/* ---- The card ---- */

static void serve_card(void *ctx)
{
    struct vhost_server *v = ctx;
    uint32_t cause;
    uint8_t status;

    if (guest_memory_lost(&v->session.memory)) {
        server_error(&v->s, "driver %u has cut short the memory that it shares",
                     v->s.connections);
        server_hang_up(&v->s);
        return;
    }
    if (!v->s.d->config_event)
        return;
    card_device_event(v->s.d, &status, &cause);
    if (status & DRV_S_NEEDS_RESET) {
        server_error(
            &v->s,
            "the card asks for a reset: queue %u, fault %u (enum vq_fault in "
            "firmware/virtqueue/vq.h)",
            cause >> 16, cause & 0xffff);
        session_error(&v->session);
    }
    session_config_changed(&v->session);
}

static bool works(void *ctx)
{
    const struct vhost_server *v = ctx;

    return session_running(&v->session) && !session_paused(&v->session);
}

static bool has_polled_queue(const struct session *s)
{
    for (unsigned q = 0; q < s->queues; q++)
        if (s->queue[q].live && s->queue[q].polled)
            return true;
    return false;
}

static unsigned fds(void *ctx, struct pollfd *p, unsigned most, int *timeout_ms)
{
    const struct vhost_server *v = ctx;
    int kicks[DEVICE_MAX_QUEUES];
    unsigned n = session_kick_fds(&v->session, kicks);

    for (unsigned i = 0; i < n && i < most; i++)
        p[i] = (struct pollfd){.fd = kicks[i], .events = POLLIN};
    if (has_polled_queue(&v->session))
        *timeout_ms = 1;
    return n < most ? n : most;
}

static void look(void *ctx, bool ready, bool asleep, uint64_t slice)
{
    struct vhost_server *v = ctx;

    if (ready || (has_polled_queue(&v->session) &&
                  (asleep || slice % POLLED_SLICES == 0)))
        serve_kicks(v);
}

static uint64_t moves(void *ctx)
{
    const struct vhost_server *v = ctx;
    const struct card_device *d = v->s.d;
    uint64_t sum = v->session.messages + d->frames_in + d->frames_out;

    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++)
        sum += d->watch.used[q];
    return sum;
}

int vhost_serve(struct vhost_server *v, struct card_device *d,
                const struct server_options *o)
{
    static const struct server_protocol protocol = {
        .end = end,
        .message = serve_message,
        .works = works,
        .between = serve_card,
        .moves = moves,
        .fds = fds,
        .look = look,
    };

    memset(v, 0, sizeof *v);
    session_init(&v->session, &d->device, o->masked_features);
    d->watch.remarks = &v->session.remarks;
    d->interrupt = on_interrupt;
    d->interrupt_ctx = v;
    guest_memory_guard(&v->session.memory);
    return server_run(&v->s, d, o, &protocol, v);
}
