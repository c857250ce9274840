/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The driver's side of a packed ring, one access to memory at a time: whoever
 * calls it decides what happens between two of them. Its choices (what to add,
 * when to look, when to sleep) are the caller's, too.
 *
 * Pointer-free and without padding, like struct ring_model.
 */
#ifndef RINGLET_RING_DRIVER_H
#define RINGLET_RING_DRIVER_H

#include "ring_model.h"

/* Elements of one buffer that is added; a table may hold as many. */
#define RING_ELEMENTS 8

/* Between steps the driver stands at one of these. */
enum ring_driver_pc {
    RING_FREE,       /* no step under way */
    RING_REST,       /* descriptors behind the first one of a batch */
    RING_REST_BODY,  /* careless stores: flags of one are out, body is not */
    RING_HEAD,       /* address, length, id of the first one */
    RING_PUBLISH,    /* its flags: all of the batch is available */
    RING_READ_EVENT, /* does the device want a doorbell? */
    RING_LOOK,       /* flags at the used position */
    RING_TAKE,       /* id and length there */
    RING_RECHECK,    /* look after interrupts were enabled: used, or sleep */
    RING_ASLEEP,     /* until an interrupt */
};

struct ring_driver_record {
    uint32_t writable;
    uint16_t id;
    uint16_t slots;
};

struct ring_driver {
    uint16_t pc; /* enum ring_driver_pc */
    uint16_t free_slots;
    struct ring_place avail;  /* next to be added */
    struct ring_place staged; /* first that was added and not published */
    struct ring_place used;
    uint16_t staged_slots;
    uint16_t stored;  /* of them, without the first */
    uint16_t records; /* buffers outstanding, staged ones with them */
    uint16_t reserved;
    struct ring_driver_record record[RING_MODEL_SIZE]; /* oldest first */
    struct ring_desc image[RING_MODEL_SIZE];           /* of what is staged */
};

/* What the driver needs of the world around it. */
struct ring_driver_env {
    const struct ring_rules *rules;
    void (*store)(uint64_t addr, const void *from, uint32_t bytes);
    void (*load)(uint64_t addr, void *to, uint32_t bytes);
    /* Data as with NOTIFICATION_DATA: where the driver stands. */
    void (*doorbell)(uint16_t position);
    /* A buffer came back. */
    void (*back)(uint16_t id, bool skipped, uint32_t len);
    /* The driver cannot go on: the device broke a rule. */
    void (*broken)(const char *why);
    /* Members of chains are stored flags first: nothing forbids that, and
     * Linux does it. Heads never are. */
    bool flags_first;
};

struct ring_driver_buffer {
    uint16_t id; /* not outstanding */
    uint16_t elements;
    uint64_t table; /* where the caller has put a table of them; 0: a chain */
    struct ring_desc element[RING_ELEMENTS]; /* addr, len, flags: WRITE */
};

void ring_driver_init(struct ring_driver *d, const struct ring_rules *r);

/* At RING_FREE: add to what is staged. False: no room. No memory is touched. */
bool ring_driver_add(struct ring_driver *d, const struct ring_rules *r,
                     const struct ring_driver_buffer *buffer);

/* At RING_FREE: begin to publish what is staged, or to look. */
void ring_driver_publish(struct ring_driver *d);
void ring_driver_look(struct ring_driver *d);

/* At RING_FREE, a step: write the event area. With `sleep` a look follows, and
 * sleep if there is nothing. */
void ring_driver_event(struct ring_driver *d, const struct ring_driver_env *env,
                       struct ring_event event, bool sleep);

/* At RING_ASLEEP: an interrupt. */
void ring_driver_wake(struct ring_driver *d);

/* Otherwise: the next access, and where it will store to; 0: it loads. */
void ring_driver_step(struct ring_driver *d, const struct ring_driver_env *env);
uint64_t ring_driver_store_addr(const struct ring_driver *d,
                                const struct ring_rules *r);

#endif
