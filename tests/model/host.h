/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A host for random schedules: registers of the card (the event loop above the
 * fake hardware), and two rings of its net device, each with driver and model.
 */
#ifndef RINGLET_MODEL_HOST_H
#define RINGLET_MODEL_HOST_H

#include "ring_driver.h"

/* What stays the same within one case. */
struct host_config {
    uint16_t size[2]; /* receive, transmit */
    uint64_t features;
    bool flags_first;
    uint32_t rd_depth, wr_depth;
};

/* Random numbers out of one word: the same word does the same again. */
struct host_draw {
    uint64_t state;
};
uint32_t host_draw(struct host_draw *d, uint32_t below);

/* The first rule that was broken, or NULL. */
extern const char *host_fault;

/* Power up, and the driver's initialisation. Where that hits an assertion of
 * the fake hardware, host_fault says so. */
void host_start(const struct host_config *config);

/* Features of those wanted that the card has. */
uint64_t host_offered(void);

/* One step of anybody, as the word says. */
void host_step(uint32_t word);

/* No choices any more: everything comes to rest, nothing may be missing. */
void host_finish(void);

/* Say in words what steps do. */
extern bool host_tell;

#endif
