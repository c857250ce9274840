/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What is plugged into the card's network port. A port takes the frames that
 * the card sends and supplies those that it receives; it never waits. Frames for
 * the card are kept in order until the card has room: nothing is dropped but
 * what a slirp port receives while very many wait, as a switch would. A tap port
 * leaves what the card has no room for to the kernel's queue.
 */
#ifndef RL_PORT_PORT_H
#define RL_PORT_PORT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port;

enum port_kind {
    PORT_LOOP,   /* frames of the card come back to it */
    PORT_SINK,   /* frames of the card are counted, perhaps checked */
    PORT_SOURCE, /* numbered frames for the card, checked when they come back */
    PORT_SLIRP,  /* a network in user space: gateway, DHCP, TCP to the host */
    PORT_TAP,    /* a TAP interface of this network namespace */
};

struct port_options {
    enum port_kind kind;
    /* PORT_TAP: of the interface, made when there is none. The string stays the
     * caller's and is used by port_new() only. */
    const char *tap_name;
    /* PORT_SOURCE */
    uint64_t frames;               /* to send */
    uint32_t min_bytes, max_bytes; /* of a frame, 60 to 1514, cycled through */
    uint32_t window;               /* sent and not back, at most */
    bool one_way;                  /* nothing is expected back */
    /* PORT_SINK: 0, or the IPv4 destination address of each frame is one above
     * the one before, modulo so many ("flows"). */
    uint32_t flows;
};

struct port_counts {
    uint64_t frames_in, bytes_in;   /* card received */
    uint64_t frames_out, bytes_out; /* card sent */
    uint64_t lost, doubled, reordered, corrupt;
    uint64_t dropped; /* too many waited */
};

/* NULL: out of memory, or one line on stderr. */
struct port *port_new(const struct port_options *o);
void port_free(struct port *p);

/* A frame that the card has sent. */
void port_take(struct port *p, const uint8_t *frame, size_t bytes, bool bad);
/* The next frame for the card, NULL: none now. Valid until port_next_done(),
 * which says that the card has got it. */
const uint8_t *port_next(struct port *p, size_t *bytes);
void port_next_done(struct port *p);

/* fds to wait on, at most `most`; *timeout_ms is lowered when something is due
 * before it (negative: never). port_dispatch() is called after each wait. */
unsigned port_poll(struct port *p, struct pollfd *fds, unsigned most,
                   int *timeout_ms);
void port_dispatch(struct port *p, const struct pollfd *fds, unsigned count);

/* PORT_SOURCE: all frames were sent and have come back, or need not. Other
 * kinds are never done. */
bool port_done(const struct port *p);
const struct port_counts *port_counts(const struct port *p);
/* NULL, or the first thing that was wrong, with figures. */
const char *port_trouble(const struct port *p);

#endif
