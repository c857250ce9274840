/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * hal.h for the exhaustive check: one queue, a ring of up to four descriptors,
 * and a state so small that it can be copied and hashed at every step. Nothing
 * happens by itself.
 *
 * What a fetch sees is decided as late as that makes a difference: it holds, for
 * each descriptor, a value from any moment between its start and its end. So the
 * only times to choose at are stores to what is being fetched (sample before or
 * not) and the end, when the rest is sampled.
 */
#ifndef RINGLET_STEP_CARD_H
#define RINGLET_STEP_CARD_H

#include "../../firmware/virtqueue/vq.h"
#include "ring_driver.h"

enum {
    STEP_RING = 0x1000, /* bus addresses */
    STEP_DRIVER_EVENT = 0x2000,
    STEP_DEVICE_EVENT = 0x2010,
    STEP_TABLES = 0x3000,
    STEP_DATA = 0x10000,
    STEP_TABLE_LMEM = 0x1000, /* of the table ring, in local memory */
    STEP_TABLE_ENTRIES = 4,
    STEP_BUFFERS = 16, /* that have a table */
    STEP_FETCHES = 4,
    STEP_RUNS = 4,
    STEP_WRITES = 8,
    STEP_CPLS = 8,
};

struct step_cmd {
    uint32_t cmd;
    uint32_t addr;
    uint32_t lmem;
    uint32_t bytes; /* runs: descriptors */
    uint32_t data[2];
    uint16_t behind;  /* writes that must leave before it starts */
    uint16_t sampled; /* one bit for each descriptor, or for the event area */
    uint32_t at;      /* writes: bytes that left */
};

struct step_card {
    struct ring_desc ring[RING_MODEL_SIZE];
    struct ring_event driver_event, device_event;
    struct ring_desc lmem_ring[RING_MODEL_SIZE];
    struct ring_desc lmem_table[STEP_TABLE_ENTRIES + 1];
    uint32_t lmem_event[4];
    struct step_cmd fetch[STEP_FETCHES], run[STEP_RUNS], write[STEP_WRITES];
    uint32_t fetches, runs, writes, cpls;
    uint32_t cpl[STEP_CPLS];
    uint32_t bell; /* 1 with bits 16 to 31 the position */
    uint32_t irq;
};

/* All that is under test, the model with it. */
struct step_world {
    struct vq vq;
    struct step_card card;
    struct ring_model model;
    struct ring_driver driver;
    uint32_t added;   /* buffers of the plan */
    uint32_t back;    /* that came back */
    uint32_t running; /* read runs that the device has pushed */
    uint32_t again;   /* the device wants another turn */
};

/* What the check is about; constant for a whole search. */
struct step_config {
    struct ring_rules rules;
    uint32_t rd_depth, wr_depth; /* command queues */
    uint32_t buffers;            /* that the driver adds */
    uint32_t frame_bytes;        /* written to each buffer, 0: none */
    uint8_t shape[STEP_BUFFERS]; /* descriptors of each; 16: a table more */
    bool batches;                /* several buffers published at once */
    bool flags_first;
    bool polite; /* interrupts are switched off when one came */
};

extern struct step_world step;
extern struct step_config step_config;
extern const char *step_fault; /* the first rule that was broken */

void step_fail(const char *why);
void step_power_up(void);

/* Does something in flight look at this address? Then a store to it has two
 * outcomes. */
bool step_in_flight(uint64_t addr);
void step_sample(uint64_t addr);

/* One step of the hardware; each needs its can_. */
void step_fetch_end(void);
void step_write(void);
void step_run_end(void);
bool step_can_write(void);
bool step_can_fetch_end(void);

/* One turn of the firmware's loop, and whether there is reason for it. */
void step_turn(void);
bool step_can_turn(void);

/* Host memory. */
void *step_pointer(uint64_t addr, uint32_t bytes);

#endif
