/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The simulated card as a bridge's device: everything is done by TLPs, as a
 * driver on PCI Express does it. The files: card_device.c is what is done to the
 * card between cycles, card_cycle.c what is met within one, replay.c lets a
 * recording take the place of the world outside.
 */
#ifndef RL_BRIDGE_CARD_DEVICE_H
#define RL_BRIDGE_CARD_DEVICE_H

#include "bridge/control_queue.h"
#include "bridge/device.h"
#include "bridge/recording.h"
#include "bridge/ring_watch.h"
#include "driver/virtio_pci.h"
#include "port/port.h"

struct pci_device;

struct card_device {
    struct device device; /* how bridges see it */
    /* How those see it whose driver knows PCI; NULL: they do not. */
    const struct pci_device *host;
    struct rl_rp *rp;
    struct rl_model *model;
    struct drv_pci pci;
    unsigned queues;
    uint16_t size[DEVICE_MAX_QUEUES]; /* offered */
    bool enabled[DEVICE_MAX_QUEUES];
    uint16_t vector[DEVICE_MAX_QUEUES];
    bool running;
    struct ring_watch watch;
    struct control_queue control;

    struct port *port; /* NULL: frames of the card are thrown away */
    struct recording *record;
    struct recording *replay;
    /* First thing that a replay met and the recording did not. */
    char diverged[DEVICE_WHY];

    /* Interrupts, told within a cycle: nothing may be done to the card. */
    void (*interrupt)(void *ctx, unsigned queue);
    void *interrupt_ctx;
    bool config_event; /* a configuration change interrupt came */
    uint64_t interrupts[DEVICE_MAX_QUEUES], doorbells[DEVICE_MAX_QUEUES];
    uint64_t frames_in, frames_out; /* at its network port */
    uint64_t quiet_since;           /* cycle of the last TLP or frame */
    bool trace;                     /* print every TLP */
};

/* rp: a root port that has enumerated the card. Its hooks are taken; the struct
 * must stay where it is. 0, or one line on stderr. */
int card_device_open(struct card_device *d, struct rl_rp *rp);
void card_device_close(struct card_device *d);

/* Feature bits that the card offers, of the first 64. */
uint64_t card_device_offered(const struct card_device *d);

/* After config_event: what has happened. Device status in *status; the cause
 * that the firmware gives for NEEDS_RESET in *cause, 0: none. */
void card_device_event(struct card_device *d, uint8_t *status, uint32_t *cause);

/* The core sleeps and nothing has moved for a while: stopping the clock now
 * changes nothing but what time it is. */
bool card_device_sleeps(const struct card_device *d);

#endif
