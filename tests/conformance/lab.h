/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the conformance tests share on the whole card: a driver whose every slot
 * and register the test decides, in host memory, and a log of what the card
 * reads, writes and signals.
 */
#ifndef CONF_LAB_H
#define CONF_LAB_H

#include "conf.h"
#include "driver/packed.h"

#define LAB_BIT(n)   (1ull << (n))
#define LAB_BASE     (LAB_BIT(DRV_F_VERSION_1) | LAB_BIT(DRV_F_RING_PACKED))
#define LAB_IN_ORDER LAB_BIT(DRV_F_IN_ORDER)
#define LAB_MERGE    LAB_BIT(DRV_NET_F_MRG_RXBUF)

enum {
    LAB_RX = 0, /* queues, and their vectors less 1 */
    LAB_TX = 1,
    LAB_CONFIG_VECTOR = 0,
    LAB_LIVE = 0x0f,   /* device status */
    LAB_SETTLE = 4000, /* cycles in which anything small is over */
    LAB_TICK = 150000, /* and a look at the port's link */
    LAB_HDR = DRV_NET_HDR,
};

/* One packed queue. Slots and wrap counters as the driver sees them. */
struct lab_ring {
    struct lab *lab;
    uint16_t queue, size;
    uint64_t desc, driver, device; /* bus addresses */
    uint16_t avail, used;
    bool avail_wrap, used_wrap;
};

enum lab_kind { LAB_READ, LAB_WRITE, LAB_MSIX };
struct lab_event {
    enum lab_kind kind;
    uint64_t addr; /* vector of LAB_MSIX */
    uint32_t bytes;
};

enum { LAB_EVENTS = 8192 };

struct lab {
    struct cosim *t;
    struct drv_pci pci;
    struct lab_ring rx, tx;
    struct lab_event event[LAB_EVENTS];
    unsigned events; /* more are not kept */
    /* The card accesses host memory, before it happens. May be NULL. */
    void (*on_access)(struct lab *l, bool write, uint64_t addr, uint8_t *data,
                      uint32_t bytes);
    void *ctx; /* of on_access */
};

/* ---- Initialisation, step by step or as a whole. 0 or an error. ---- */

/* Finds the structures, resets the device, begins a log. */
int lab_probe(struct lab *l, struct cosim *t);
/* Up to FEATURES_OK, with exactly these features; 0 when they are refused. */
bool lab_negotiate(struct lab *l, uint64_t features);
/* MSI-X on, vectors 0 to 2, configuration changes on vector 0. */
int lab_msix(struct lab *l);
/* A queue with its ring at an address of no more alignment than is asked for,
 * all zero, and enabled. */
int lab_queue(struct lab *l, struct lab_ring *r, uint16_t queue, uint16_t size);
int lab_driver_ok(struct lab *l);
/* All of that; then quiet. */
int lab_open(struct lab *l, struct cosim *t, uint64_t features,
             uint16_t rx_size, uint16_t tx_size);
/* Device reset, and a round trip of a good driver. For the end of a case. */
void lab_recovers(struct lab *l);

/* ---- Rings ---- */

/* The descriptor as it lies in host memory. */
struct drv_desc *lab_slot(const struct lab_ring *r, unsigned slot);
uint32_t *lab_event_word(const struct lab_ring *r, bool device);
/* AVAIL and USED of an available, of a used descriptor. */
uint16_t lab_avail_bits(bool wrap);
uint16_t lab_used_bits(bool wrap);
/* Writes `count` elements where the next buffer goes; all but the last carry an
 * id that means nothing. Available at once, the device is not told. */
void lab_add(struct lab_ring *r, const struct drv_sg *sg, unsigned count,
             uint16_t id);
/* One element. */
void lab_add_one(struct lab_ring *r, uint64_t addr, uint32_t bytes,
                 bool device_writes, uint16_t id);
/* A slot as the test wants it; the driver's position stays. */
void lab_poke(struct lab_ring *r, unsigned slot, uint64_t addr, uint32_t bytes,
              uint16_t id, uint16_t flags);
/* 16-bit doorbell, then time for the device to act. */
void lab_kick(struct lab_ring *r);
void lab_settle(struct lab *l);
/* Is the next slot used? */
bool lab_is_used(const struct lab_ring *r);
/* Waits until it is, or for long; then what lab_is_used() says. */
bool lab_wait(struct lab_ring *r);
/* If it is, the driver's position moves by `slots`. */
bool lab_take(struct lab_ring *r, unsigned slots);

/* ---- Frames ---- */

/* Header and frame of that length, its contents drawn from `mark`. */
uint64_t lab_packet(struct lab *l, uint32_t bytes, unsigned mark);
/* The next frame at the port is that one. Takes it away. */
bool lab_sent(struct lab *l, uint32_t bytes, unsigned mark);
/* Frames that are marked as cut short do not count, and go. */
bool lab_sent_nothing(struct lab *l);
/* A frame for the card to receive. */
void lab_arrives(struct lab *l, uint32_t bytes, unsigned mark);
/* Header for that many buffers at addr, then the frame. */
bool lab_received(struct lab *l, uint64_t addr, uint32_t bytes, unsigned mark);
void lab_fill(uint8_t *p, uint32_t bytes, unsigned mark);
uint64_t lab_alloc(struct lab *l, uint32_t bytes);

/* ---- Log ---- */

void lab_log_clear(struct lab *l);
/* First event of that kind at or after `from` that touches
 * [addr, addr + bytes); -1: none. LAB_MSIX: addr is the vector. */
int lab_find(const struct lab *l, enum lab_kind kind, uint64_t addr,
             uint64_t bytes, int from);
unsigned lab_count(const struct lab *l, enum lab_kind kind, uint64_t addr,
                   uint64_t bytes);
/* All of that kind, wherever. */
unsigned lab_count_all(const struct lab *l, enum lab_kind kind);
uint64_t lab_messages(const struct lab *l, unsigned vector);
bool lab_needs_reset(struct lab *l);

#endif
