/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user server around a card.
 */
#include "bridge/vfio_server.h"

#include <stdio.h>
#include <string.h>

#include "bridge/vfio_channel.h"

enum { SEND_MS = 1000 /* of our own requests, while the clock stands still */ };

static const char *name_of(const struct vfio_message *m)
{
    const char *name = vfio_command_name(m->header.command);

    return name ? name : "message";
}

static void end(void *ctx)
{
    struct vfio_server *v = ctx;

    vfio_session_end(&v->session);
    vfio_session_begin(&v->session);
}

static int send_out(void *ctx, const struct vfio_message *m)
{
    const struct vfio_server *v = ctx;

    return v->s.fd >= 0 && vfio_channel_send(v->s.fd, m, SEND_MS) == CHANNEL_OK
               ? 0
               : -1;
}

/* ---- Messages ---- */

static void print_message(const struct vfio_server *v,
                          const struct vfio_message *m)
{
    printf("%10llu %s%s", (unsigned long long)rl_rp_now(v->s.d->rp), name_of(m),
           vfio_is_reply(m)                  ? " (answer)"
           : m->header.flags & VFIO_NO_REPLY ? " (posted)"
                                             : "");
    for (uint32_t i = 0; i + 4 <= vfio_payload_bytes(m) && i < 40; i += 4) {
        uint32_t word;

        memcpy(&word, m->payload.bytes + i, 4);
        printf(" %x", word);
    }
    printf(m->fds ? ", %u fds\n" : "\n", m->fds);
}

/* False: nothing has come, or the client is gone. */
static bool receive(struct vfio_server *v)
{
    struct vfio_message *m = &v->in;
    const char *why = NULL;

    switch (vfio_channel_receive(v->s.fd, m, SERVER_PEER_MS, &why)) {
    case CHANNEL_OK:
        return true;
    case CHANNEL_NONE:
        return false;
    case CHANNEL_CLOSED:
        server_say(&v->s, "driver %u has left", v->s.connections);
        break;
    case CHANNEL_BAD:
        server_error(&v->s, "driver %u: %s (%u, %u bytes, flags 0x%x): %s",
                     v->s.connections, name_of(m), m->header.command,
                     m->header.size, m->header.flags, why);
        stream_close_fds(m->fd, &m->fds);
        break;
    }
    server_hang_up(&v->s);
    return false;
}

static void serve_message(void *ctx)
{
    struct vfio_server *v = ctx;
    int64_t began = stream_now_ms();
    enum vfio_result r;

    if (!receive(v))
        return;
    if (v->s.o.messages)
        print_message(v, &v->in);
    r = vfio_session_message(&v->session, &v->in, &v->reply);
    if (v->session.why[0] && r != VFIO_SESSION_FAILED && !vfio_is_reply(&v->in))
        server_say(&v->s, "driver %u: %s is refused: %s", v->s.connections,
                   name_of(&v->in), v->session.why);
    if (r == VFIO_SESSION_ANSWER &&
        vfio_channel_send(v->s.fd, &v->reply, SERVER_PEER_MS) != CHANNEL_OK) {
        snprintf(v->session.why, sizeof v->session.why,
                 "the answer is not taken");
        r = VFIO_SESSION_FAILED;
    }
    if (stream_now_ms() - began > v->slowest_ms)
        v->slowest_ms = stream_now_ms() - began;
    if (r != VFIO_SESSION_FAILED)
        return;
    server_error(&v->s, "driver %u: %s: %s", v->s.connections, name_of(&v->in),
                 v->session.why);
    server_hang_up(&v->s);
}

/* ---- The card ---- */

static void on_msix(void *ctx, unsigned vector)
{
    struct vfio_server *v = ctx;

    vfio_session_msix(&v->session, vector);
}

static void on_dma(void *ctx, bool write, unsigned handle, uint64_t addr,
                   const uint8_t *data, uint32_t bytes)
{
    struct vfio_server *v = ctx;

    vfio_session_dma(&v->session, write, handle, addr, data, bytes);
}

static const char *trouble(const struct vfio_server *v)
{
    int64_t since = vfio_session_owed_since(&v->session);

    if (guest_memory_lost(&v->session.memory))
        return "has cut short the memory that it shares";
    if (v->session.lost)
        return "does not take what the card asks of its memory";
    if (since < INT64_MAX && stream_now_ms() - since > SERVER_PEER_MS)
        return "does not answer what the card asks of its memory";
    return NULL;
}

/* A client may leave while the card asks something of its memory. */
static bool has_left(const struct vfio_server *v)
{
    struct pollfd p = {.fd = v->s.fd};

    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

static void between(void *ctx)
{
    struct vfio_server *v = ctx;
    const char *why = trouble(v);

    if (!why) {
        vfio_session_interrupts(&v->session);
        return;
    }
    if (v->session.lost && has_left(v))
        server_say(&v->s, "driver %u has left", v->s.connections);
    else
        server_error(&v->s, "driver %u %s", v->s.connections, why);
    server_hang_up(&v->s);
}

/* Without a client there is nobody to work for. */
static bool works(void *ctx)
{
    const struct vfio_server *v = ctx;

    return v->s.fd >= 0 && v->session.greeted;
}

/* While the card waits for the client's memory that wait is to end. */
static unsigned fds(void *ctx, struct pollfd *p, unsigned most, int *timeout_ms)
{
    const struct vfio_server *v = ctx;

    (void)p;
    (void)most;
    if (vfio_session_owed_since(&v->session) < INT64_MAX)
        *timeout_ms = SERVER_PEER_MS;
    return 0;
}

static uint64_t moves(void *ctx)
{
    const struct vfio_server *v = ctx;

    const struct card_device *d = &v->card->d;

    return v->session.messages + d->frames_in + d->frames_out;
}

int vfio_serve(struct vfio_server *v, struct vfio_card *c,
               const struct server_options *o)
{
    static const struct server_protocol protocol = {
        .end = end,
        .message = serve_message,
        .works = works,
        .between = between,
        .moves = moves,
        .fds = fds,
    };
    int r;

    memset(v, 0, sizeof *v);
    v->card = c;
    v->s.fd = -1;
    vfio_session_init(&v->session, &c->pci, send_out, v);
    c->d.watch.remarks = &v->remarks;
    c->msix = on_msix;
    c->dma = on_dma;
    c->ctx = v;
    guest_memory_guard(&v->session.memory);
    r = server_run(&v->s, &c->d, o, &protocol, v);
    c->d.watch.remarks = NULL;
    c->msix = NULL;
    c->dma = NULL;
    return r;
}
