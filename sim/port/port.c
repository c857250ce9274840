/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The ports' common part: frames that wait for the card, counts.
 */
#include "port/port.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/internal.h"

void port_say(struct port *p, const char *fmt, ...)
{
    va_list ap;

    if (p->trouble[0])
        return; /* the first one tells most */
    va_start(ap, fmt);
    vsnprintf(p->trouble, sizeof p->trouble, fmt, ap);
    va_end(ap);
}

struct port *port_new(const struct port_options *o)
{
    struct port *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->o = *o;
    p->o.tap_name = NULL;
    p->tap = -1;
    if (o->kind == PORT_SOURCE)
        numbered_begin(p);
    p->wait = calloc(PORT_WAIT_MAX, sizeof *p->wait);
    if (!p->wait || (o->kind == PORT_SLIRP && slirp_port_open(p)) ||
        (o->kind == PORT_TAP && tap_port_open(p, o->tap_name))) {
        port_free(p);
        return NULL;
    }
    return p;
}

void port_free(struct port *p)
{
    if (!p)
        return;
    slirp_port_close(p);
    tap_port_close(p);
    free(p->wait);
    free(p);
}

bool port_queue(struct port *p, const uint8_t *frame, size_t bytes)
{
    struct port_frame *f;

    if (p->count == PORT_WAIT_MAX || !bytes || bytes > PORT_FRAME_MAX)
        return false;
    f = &p->wait[(p->head + p->count) % PORT_WAIT_MAX];
    f->bytes = (uint16_t)bytes;
    memcpy(f->data, frame, bytes);
    p->count++;
    return true;
}

void port_take(struct port *p, const uint8_t *frame, size_t bytes, bool bad)
{
    p->n.frames_out++;
    p->n.bytes_out += bytes;
    if (bad) {
        p->n.corrupt++;
        port_say(p, "frame %llu of the card is marked bad",
                 (unsigned long long)p->n.frames_out);
        return;
    }
    switch (p->o.kind) {
    case PORT_LOOP:
        if (!port_queue(p, frame, bytes))
            p->n.dropped++;
        break;
    case PORT_SINK:
        if (p->o.flows)
            flows_check(p, frame, bytes);
        break;
    case PORT_SOURCE:
        numbered_check(p, frame, bytes);
        break;
    case PORT_SLIRP:
        slirp_port_take(p, frame, bytes);
        break;
    case PORT_TAP:
        tap_port_take(p, frame, bytes);
        break;
    }
}

static bool source_may_send(const struct port *p)
{
    return p->sent < p->o.frames &&
           (p->o.one_way || p->sent - p->back < p->o.window);
}

const uint8_t *port_next(struct port *p, size_t *bytes)
{
    if (p->o.kind == PORT_SOURCE) {
        if (!source_may_send(p))
            return NULL;
        numbered_make(p, p->sent, &p->scratch);
        *bytes = p->scratch.bytes;
        return p->scratch.data;
    }
    if (!p->count)
        return NULL;
    *bytes = p->wait[p->head].bytes;
    return p->wait[p->head].data;
}

void port_next_done(struct port *p)
{
    p->n.frames_in++;
    if (p->o.kind == PORT_SOURCE) {
        p->n.bytes_in += p->scratch.bytes;
        p->sent++;
        return;
    }
    p->n.bytes_in += p->wait[p->head].bytes;
    p->head = (p->head + 1) % PORT_WAIT_MAX;
    p->count--;
}

unsigned port_poll(struct port *p, struct pollfd *fds, unsigned most,
                   int *timeout_ms)
{
    if (p->o.kind == PORT_TAP)
        return tap_port_poll(p, fds, most);
    return p->slirp ? slirp_port_poll(p, fds, most, timeout_ms) : 0;
}

void port_dispatch(struct port *p, const struct pollfd *fds, unsigned count)
{
    if (p->o.kind == PORT_TAP)
        tap_port_dispatch(p, fds, count);
    else if (p->slirp)
        slirp_port_dispatch(p, fds, count);
}

bool port_done(const struct port *p)
{
    return p->o.kind == PORT_SOURCE && p->sent == p->o.frames &&
           (p->o.one_way || p->back == p->sent);
}

const struct port_counts *port_counts(const struct port *p)
{
    return &p->n;
}

const char *port_trouble(const struct port *p)
{
    return p->trouble[0] ? p->trouble : NULL;
}
