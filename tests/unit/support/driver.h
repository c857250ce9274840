/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Driver side of a packed virtqueue, written from the specification alone. It
 * shares no code with the firmware, and may misbehave where a test asks it to.
 */
#ifndef RINGLET_TEST_DRIVER_H
#define RINGLET_TEST_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DRV_NEXT = 0x0001,
    DRV_WRITE = 0x0002,
    DRV_INDIRECT = 0x0004,
    DRV_AVAIL = 0x0080,
    DRV_USED = 0x8000,
};

struct drv_elem {
    uint64_t addr;
    uint32_t len;
    bool write;
};

/* A buffer that the driver made available and has not got back. */
struct drv_buffer {
    uint16_t id;
    uint16_t slot;
    uint16_t descs;
    uint32_t writable;
    uint32_t tag; /* the test's */
};

/* What a used descriptor said. */
struct drv_used {
    uint16_t slot, id, flags;
    uint32_t len;
    uint32_t buffers; /* given back by it */
};

struct drv {
    uint16_t index; /* of the queue */
    uint16_t size;
    bool in_order;
    uint64_t ring, driver_area, device_area;
    uint16_t avail;
    bool avail_wrap;
    uint16_t used;
    bool used_wrap;
    uint16_t free; /* descriptors */
    struct drv_buffer out[512];
    uint32_t head, tail; /* of out, free running */
    uint64_t head_at;    /* where drv_publish() writes ... */
    uint16_t head_flags; /* ... what */
    uint32_t since;      /* descriptors added since drv_kick() */
};

void drv_init(struct drv *d, uint16_t index, uint16_t size, bool in_order,
              uint64_t ring, uint64_t driver_area, uint64_t device_area);

/* Both sides start here instead of at slot 0 with wrap counter 1: for tests that
 * steer the device to the same place. */
void drv_at(struct drv *d, uint16_t slot, bool wrap);

/* Write the chain but for its first flags word, then that. */
void drv_prepare(struct drv *d, const struct drv_elem *elems, uint32_t n,
                 uint16_t id, uint32_t tag);
void drv_publish(struct drv *d);
void drv_add(struct drv *d, const struct drv_elem *elems, uint32_t n,
             uint16_t id, uint32_t tag);
/* The same in one slot: the elements stand in a table at `table`, whose flags
 * but for WRITE and whose ids are noise. */
void drv_add_indirect(struct drv *d, uint64_t table,
                      const struct drv_elem *elems, uint32_t n, uint16_t id,
                      uint32_t tag);
/* A buffer of one element whose tag is its id. */
void drv_add_one(struct drv *d, uint64_t addr, uint32_t len, bool write,
                 uint16_t id);

/* Look at the next slot. True: it was used; `each`, when given, is called for
 * every buffer that came back, in order. `broken` in used->buffers == 0: the id
 * names no buffer. */
bool drv_reap(struct drv *d, struct drv_used *used,
              void (*each)(void *arg, const struct drv_buffer *b,
                           uint32_t written),
              void *arg);
uint32_t drv_outstanding(const struct drv *d);

/* Event areas. */
void drv_interrupts(struct drv *d, uint16_t mode);
/* EVENT_IDX: an interrupt when this descriptor is used. */
void drv_event(struct drv *d, uint16_t slot, bool wrap);
bool drv_wants_doorbell(const struct drv *d);
/* Rings when the device wants it; true when it did. */
bool drv_kick(struct drv *d);

/* Raw access. */
uint16_t drv_flags(const struct drv *d, uint16_t slot);
uint16_t drv_id(const struct drv *d, uint16_t slot);
uint32_t drv_len(const struct drv *d, uint16_t slot);
void drv_poke(struct drv *d, uint16_t slot, uint64_t addr, uint32_t len,
              uint16_t id, uint16_t flags);

#endif
