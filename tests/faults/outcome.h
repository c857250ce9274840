/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a run shows to its driver and at the network port. Times do not count:
 * a run with a fault that does no harm has the outcome of the run without.
 */
#ifndef FAULTS_OUTCOME_H
#define FAULTS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "ringlet_regs.h"

enum {
    QUEUES = 9, /* receive, transmit, ..., control */
    CTRL = 8,
    PAIRS = 4,
    LIVES = 2, /* of a driver, in one scenario */
    LOG = 96,  /* buffers of a queue, frames of a flow */
};

/* A buffer that came back: which one of the queue, in the order in which they
 * were made available, and with how many bytes. */
struct outcome_used {
    uint16_t buffer;
    uint16_t bytes;
};

/* A frame as it was found at its goal. */
struct outcome_frame {
    uint16_t number;
    uint16_t queue; /* received: which one it came by */
};

struct outcome_life {
    unsigned used[QUEUES];
    struct outcome_used log[QUEUES][LOG];
    unsigned sent[PAIRS], received[PAIRS];
    struct outcome_frame port[PAIRS][LOG]; /* what the card sent */
    struct outcome_frame host[PAIRS][LOG]; /* and what the driver got */
    unsigned cut;                          /* marked bad at the port */
    uint16_t posted[QUEUES];               /* buffers made available */
    uint16_t restarted[QUEUES]; /* first buffer after a queue reset */
    bool broken;                /* DEVICE_NEEDS_RESET was read ... */
    bool told;                  /* ... after a configuration interrupt */
    uint32_t cause;
    int command; /* the control queue's answer, -1: none */
    bool over;   /* reset on purpose in the middle */
};

struct outcome {
    struct outcome_life life[LIVES];
    uint32_t errors[RL_ERR_COUNTERS]; /* of the card */
};

#endif
