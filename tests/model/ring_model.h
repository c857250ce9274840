/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Reference model of the packed virtqueue, written from the specification
 * (virtio 1.4, "Packed Virtqueues", "In-order use of descriptors"). It knows
 * nothing of firmware: it is told what both sides did to memory, in the order
 * in which it became visible, and says which rule was broken first.
 *
 * Call order: memory changes, then the model is told. Every function returns
 * NULL, or the rule in words; after that the model is of no more use.
 *
 * struct ring_model has no pointers and no padding that is not zero: it may be
 * copied, compared and hashed as bytes.
 */
#ifndef RINGLET_RING_MODEL_H
#define RINGLET_RING_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* Largest queue. The exhaustive check makes it small. */
#ifndef RING_MODEL_SIZE
#define RING_MODEL_SIZE 256
#endif

enum {
    RING_NEXT = 0x0001,
    RING_WRITE = 0x0002,
    RING_INDIRECT = 0x0004,
    RING_AVAIL = 0x0080,
    RING_USED = 0x8000,
    RING_EVENT_ENABLE = 0,
    RING_EVENT_DISABLE = 1,
    RING_EVENT_DESC = 2,
};

/* As it lies in memory, little-endian. */
struct ring_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags;
};

struct ring_event {
    uint16_t position; /* slot, wrap counter in bit 15 */
    uint16_t flags;
};

/* What was agreed on; it does not change while the queue lives. */
struct ring_rules {
    uint16_t size;
    bool in_order;
    bool indirect;
    bool event_idx;
    uint64_t desc_addr;
    uint64_t driver_addr; /* event area that the driver writes */
    uint64_t device_addr; /* event area that the device writes */
    /* Memory as it is now. */
    const void *(*at)(uint64_t addr, uint32_t bytes);
};

/* A place in the ring and the wrap counter that is valid there. */
struct ring_place {
    uint16_t slot;
    uint16_t wrap;
};

/* A buffer that was made available and not yet used. */
struct ring_buffer {
    uint64_t writable; /* bytes of all its elements */
    uint64_t written;  /* so far, from the start */
    uint16_t id;
    uint16_t first; /* slot */
    uint16_t slots;
    uint16_t reserved;
};

/* A used descriptor, or what it means for one buffer. */
struct ring_used {
    uint32_t len;
    uint16_t id;
    uint16_t state; /* 0: nothing there; RING_USED_* */
};
enum { RING_USED_OWN = 1, RING_USED_SKIPPED = 2, RING_USED_WRITE = 4 };

struct ring_model {
    struct ring_place avail; /* next to be made available */
    struct ring_place used;  /* next to be used */
    uint16_t count;          /* of buffers */
    uint16_t outstanding;    /* slots from used to avail */
    uint16_t passed;         /* slots used, the driver not asked about them */
    uint16_t must_notify;    /* it wants to know ... */
    uint16_t must_at;        /* ... of this position + 1, used earlier */
    uint16_t reserved;
    uint16_t seen_first; /* of seen */
    uint16_t seen_count;
    struct ring_buffer buffer[RING_MODEL_SIZE]; /* oldest first */
    struct ring_used early[RING_MODEL_SIZE];    /* written ahead, by slot */
    struct ring_used seen[RING_MODEL_SIZE];     /* the driver must find these */
};

void ring_model_init(struct ring_model *m);

/* The driver stored to memory. Takes up what became available by that. */
const char *ring_model_driver_wrote(struct ring_model *m,
                                    const struct ring_rules *r, uint64_t addr,
                                    uint32_t bytes);

/* The device wrote `data` to ring, event area or a buffer. */
const char *ring_model_device_wrote(struct ring_model *m,
                                    const struct ring_rules *r, uint64_t addr,
                                    uint32_t bytes, const void *data);

/* The device read memory: only what it may look at. When all of the driver's
 * event area was read, that is what it bases its decision on. */
const char *ring_model_device_read(struct ring_model *m,
                                   const struct ring_rules *r, uint64_t addr,
                                   uint32_t bytes, const void *data);

/* A used buffer notification went out. */
void ring_model_notified(struct ring_model *m);

/* The driver took a buffer back and thinks this of it. */
const char *ring_model_driver_saw(struct ring_model *m, uint16_t id,
                                  bool skipped, uint32_t len);

/* Nothing more will come from the device by itself: was the driver asked about
 * all that was used, and told where it wanted to be? */
const char *ring_model_quiet(const struct ring_model *m);

/* ... and does it owe no buffer? */
const char *ring_model_drained(const struct ring_model *m);

/* Event suppression: is `event` among the `passed` descriptors before `now`? */
bool ring_event_passed(uint16_t size, uint16_t event, struct ring_place now,
                       uint32_t passed);

static inline void ring_place_move(struct ring_place *p, uint16_t size,
                                   uint32_t slots)
{
    uint32_t slot = p->slot + slots;

    if (slot >= size) {
        slot -= size;
        p->wrap ^= 1;
    }
    p->slot = (uint16_t)slot;
}

#endif
