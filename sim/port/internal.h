/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the ports only.
 */
#ifndef RL_PORT_INTERNAL_H
#define RL_PORT_INTERNAL_H

#include "port/port.h"

enum {
    PORT_FRAME_MAX = 2048, /* bytes */
    PORT_WAIT_MAX = 4096,  /* frames that wait for the card */
    PORT_FLOWS_MAX = 64,   /* of PORT_SOURCE */
};

struct port_frame {
    uint16_t bytes;
    uint8_t data[PORT_FRAME_MAX];
};

struct port {
    struct port_options o;
    struct port_counts n;
    char trouble[160];
    /* Frames for the card, a ring of PORT_WAIT_MAX. */
    struct port_frame *wait;
    unsigned head, count;
    /* PORT_SOURCE: next number to send, frames back or given up. PORT_SINK: next
     * flow. */
    uint64_t sent, back;
    uint64_t
        due[PORT_FLOWS_MAX]; /* PORT_SOURCE: number expected next, by flow */
    bool flow_known;
    uint32_t flow_base, flow_next;
    struct port_frame scratch;
    struct port_slirp *slirp;
    int tap; /* PORT_TAP: its fd */
};

void port_say(struct port *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* False: too many wait, or the frame is too long. */
bool port_queue(struct port *p, const uint8_t *frame, size_t bytes);

/* numbered.c */
void numbered_begin(struct port *p);
void numbered_make(const struct port *p, uint64_t number, struct port_frame *f);
void numbered_check(struct port *p, const uint8_t *frame, size_t bytes);
void flows_check(struct port *p, const uint8_t *frame, size_t bytes);

/* slirp.c */
int slirp_port_open(struct port *p);
void slirp_port_close(struct port *p);
void slirp_port_take(struct port *p, const uint8_t *frame, size_t bytes);
unsigned slirp_port_poll(struct port *p, struct pollfd *fds, unsigned most,
                         int *timeout_ms);
void slirp_port_dispatch(struct port *p, const struct pollfd *fds,
                         unsigned count);

/* tap.c */
int tap_port_open(struct port *p, const char *name);
void tap_port_close(struct port *p);
void tap_port_take(struct port *p, const uint8_t *frame, size_t bytes);
unsigned tap_port_poll(const struct port *p, struct pollfd *fds, unsigned most);
void tap_port_dispatch(struct port *p, const struct pollfd *fds,
                       unsigned count);

#endif
