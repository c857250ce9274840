/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Packed virtqueue, driver side. Knows memory only through struct drv_mem, so
 * the same code drives a ring in host memory, a ring in a card's memory behind
 * a BAR, and a ring shared with device code in one process.
 *
 * Positions and wrap counters follow the specification. With EVENT_IDX an
 * interrupt is asked for the next buffer whenever none is left to be taken. Not
 * thread safe.
 */
#ifndef RL_DRIVER_PACKED_H
#define RL_DRIVER_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that the device reaches under the same addresses. Writes become
 * visible in the order of calls; a write of up to 16 bytes that does not cross
 * a multiple of 16 becomes visible at once. */
struct drv_mem {
    void *ctx;
    void (*read)(void *ctx, uint64_t addr, void *dst, size_t bytes);
    void (*write)(void *ctx, uint64_t addr, const void *src, size_t bytes);
};

enum drv_ring_error {
    DRV_RING_OK = 0,
    DRV_RING_FULL = -1, /* not enough free slots */
    DRV_RING_BAD = -2,  /* argument out of range */
    DRV_RING_NOMEM = -3,
    DRV_RING_BROKEN = -4, /* the device broke a rule, see why */
};

enum {
    DRV_DESC_NEXT = 0x0001,
    DRV_DESC_WRITE = 0x0002,
    DRV_DESC_INDIRECT = 0x0004,
    DRV_DESC_AVAIL = 0x0080,
    DRV_DESC_USED = 0x8000,
    DRV_EVENT_ENABLE = 0,
    DRV_EVENT_DISABLE = 1,
    DRV_EVENT_DESC = 2,
};

/* As it lies in memory, little-endian. */
struct drv_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags;
};

struct drv_sg {
    uint64_t addr;
    uint32_t bytes;
    bool device_writes;
};

struct drv_ring_config {
    struct drv_mem mem;
    uint16_t size;        /* 1 to 32768, any number */
    uint64_t desc_addr;   /* 16 * size bytes, 16-byte aligned */
    uint64_t driver_addr; /* driver event suppression, 4 bytes */
    uint64_t device_addr; /* device event suppression, 4 bytes */
    bool in_order;        /* VIRTIO_F_IN_ORDER was negotiated */
    bool event_idx;       /* VIRTIO_F_EVENT_IDX was negotiated */
    /* INDIRECT_DESC: buffers of 2 to table_entries elements take one slot and a
     * table; there are size tables, one behind the other. 0: none. */
    uint64_t table_addr;
    uint16_t table_entries;
    bool table_mixed;     /* every other buffer is a chain all the same */
    uint32_t id_seed;     /* 0: ids below size; else arbitrary 16-bit ids */
};

/* One buffer that came back. */
struct drv_used {
    void *token;
    uint16_t id;
    uint32_t bytes; /* written by the device; full length when skipped */
    bool skipped;   /* had no used descriptor of its own */
};

struct drv_ring_record {
    void *token;
    uint32_t writable_bytes;
    uint16_t id;
    uint16_t slots;
    uint16_t next; /* order made available, or free list */
    bool busy;
};

struct drv_ring {
    struct drv_ring_config cfg;
    struct drv_desc *shadow;
    struct drv_ring_record *record;
    uint16_t *by_id; /* 65536 entries, record + 1 */
    uint16_t free_record, oldest, newest;
    uint16_t free_slots;
    uint16_t next_avail, published; /* slots */
    uint16_t unpublished;           /* slots added since */
    uint16_t unrung;                /* slots since the last look at the event */
    bool interrupts;                /* are wanted */
    uint16_t armed;                 /* event offset and wrap as written */
    uint16_t next_used;
    bool avail_wrap, used_wrap;
    uint16_t batch_last; /* record that ends the batch being handed out */
    bool in_batch;
    uint32_t batch_bytes;
    uint32_t rng;
    const char *why; /* reason for DRV_RING_BROKEN */
    /* Totals. */
    uint64_t added, returned, used_descs, tables;
};

/* Clears ring and event areas in memory. The caller owns that memory and keeps
 * it until after drv_ring_fini(), the struct as well. */
int drv_ring_init(struct drv_ring *r, const struct drv_ring_config *config);
void drv_ring_fini(struct drv_ring *r);

/* Adds one buffer of 1 to size elements, readable ones first. The device does
 * not see it before drv_ring_publish(). The memory belongs to the device until
 * the token comes back. */
int drv_ring_add(struct drv_ring *r, const struct drv_sg *sg, unsigned count,
                 void *token);

/* Makes everything added visible, the first descriptor last. */
void drv_ring_publish(struct drv_ring *r);

/* Reads device event suppression: true when a doorbell is wanted for what was
 * published since the last call. */
bool drv_ring_wants_doorbell(struct drv_ring *r);

/* Data of a doorbell with NOTIFICATION_DATA, upper 16 bits. */
uint16_t drv_ring_notify_data(const struct drv_ring *r);

/* Next buffer back: 1, nothing yet: 0, or DRV_RING_BROKEN. With in_order the
 * buffers of a batch are handed out one per call, without touching memory. */
int drv_ring_used(struct drv_ring *r, struct drv_used *used);

/* Driver event suppression. After switching on, look for used buffers again. */
void drv_ring_interrupts(struct drv_ring *r, bool on);

/* Slots that a buffer of so many elements may need. */
static inline unsigned drv_ring_slots(const struct drv_ring *r, unsigned count)
{
    return r->cfg.table_addr && !r->cfg.table_mixed &&
                   count <= r->cfg.table_entries
               ? 1
               : count;
}

static inline unsigned drv_ring_free(const struct drv_ring *r)
{
    return r->free_slots;
}

#endif
