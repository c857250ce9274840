/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The driver of the scenarios: up to four pairs of queues and a control queue,
 * everything in one half of the oracle's arena (or of device memory), so that
 * what belongs to one life of the driver can be told from what belongs to the
 * next. All that comes back is noted in an outcome.
 */
#ifndef FAULTS_HOST_H
#define FAULTS_HOST_H

#include "driver/packed.h"
#include "driver/virtio_pci.h"
#include "outcome.h"

/* How a driver behaves. */
struct plan {
    bool in_order, event_idx, indirect, merge, notify_data;
    bool chains;    /* transmit in one to three pieces, receive in two */
    bool device;    /* rings and buffers in device memory */
    bool control;   /* CTRL_VQ and MQ; queues of all pairs are set up */
    bool polls;     /* no interrupts */
    uint8_t plain;  /* so many frames are of one piece whatever is said above */
    uint8_t pairs;  /* in use */
    uint8_t size;   /* of the rings */
    uint8_t burst;  /* frames added for one doorbell */
    uint16_t pace;  /* cycles between bursts, 0: as few as usual */
    uint8_t tx, rx; /* frames of each pair, each flow */
};

struct host_queue {
    struct drv_ring ring;
    uint16_t index;
    bool open;
    uint8_t area;        /* where its ring is */
    uint64_t buffers;    /* SIZE of them */
    uint16_t added;      /* in all */
    uint64_t interrupts; /* messages seen */
};

struct host {
    const struct plan *plan;
    unsigned life;    /* number in frames */
    unsigned half;    /* of the memory */
    unsigned vectors; /* queue q has vector q + vectors, the rest of the table
                       * is not programmed */
    struct outcome_life *log;
    struct drv_pci pci;
    struct host_queue q[QUEUES];
    uint16_t sent[PAIRS];   /* frames added for transmission */
    uint16_t pushed[PAIRS]; /* frames given to the port */
    uint64_t config_seen, progress, paced, polled;
};

/* Brings the device up to DRIVER_OK and supplies receive buffers. */
void host_open(struct host *h, const struct plan *plan, unsigned life,
               unsigned half, struct outcome_life *log);
/* Device reset; then nothing comes any more. Needs no more of h than that its
 * driver has found the structures; host_find() makes up for it. */
void host_reset(struct host *h);
void host_find(struct host *h);

/* A cycle of traffic: a step, and what a driver does meanwhile. `tx` and `rx`:
 * up to how many frames of each flow. */
void host_turn(struct host *h, unsigned tx, unsigned rx);
/* Traffic until everything up to those numbers has arrived and come back; or
 * nothing moves any more. */
void host_traffic(struct host *h, unsigned tx, unsigned rx);
/* Takes what has come back, though no interrupt may have told of it. */
void host_take(struct host *h);
/* Sends the control command for so many pairs and waits for its answer. */
void host_pairs(struct host *h, unsigned pairs);
/* Queue reset, and the queue anew in fresh memory. */
void host_restart_queue(struct host *h, unsigned queue);
/* Reads the status, and the cause where it says so. */
void host_look(struct host *h);

/* Which queue of this life has memory at addr, and as which fault a failed read
 * of it is reported (enum vq_fault of the firmware). -1: none. */
int host_owner(const struct host *h, uint64_t addr, unsigned *fault);

/* Frames in flight at the port, thrown away. */
void host_drain(struct host *h, unsigned cycles);

#endif
