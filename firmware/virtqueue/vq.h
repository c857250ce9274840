/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Packed virtqueue, device side (virtio 1.4, "Packed Virtqueues").
 *
 * The ring of the driver is mirrored in local memory: slot i of the shadow ring
 * is a copy of slot i of the driver's ring, fetched once. All decisions are
 * made on the copy, and run commands name slots of it, so what was checked is
 * what the DMA engine executes.
 *
 * A slot moves through four regions, in ring order:
 *
 *      used           parse           fetch
 *       |  taken        |  landed  fetching |   driver's
 *       v               v                   v
 *   ----[###############|========|..........|-----------------
 *
 *   taken     accepted by the device, not yet given back
 *   landed    in the shadow ring, not yet looked at
 *   fetching  asked for
 *
 * A device calls, in this order:
 *   vq_scan() or vq_parse()  what is there?
 *   vq_take()                accept it
 *   ... DMA ...
 *   vq_done() / vq_fill() + vq_publish_filled() / vq_use()   give it back
 *   vq_flush()               at the end of a pass
 *
 * Used descriptors and notifications: see vq_used.c, the only place that writes
 * them. Fetching and doorbell suppression: see vq_fetch.c.
 *
 * Single threaded; nothing waits.
 */
#ifndef RINGLET_VQ_H
#define RINGLET_VQ_H

#include <stdbool.h>
#include <stdint.h>

#include "../hal/hal.h"

/* Commands that belong to no queue: no abort bit stops them. */
#define VQ_NO_QUEUE 31u

/* Largest queue we offer, in descriptors. Any size from 1 up to it works. */
#define VQ_MAX_SIZE 256u
/* Descriptors that a fresh look asks for: one 512-byte read. */
#define VQ_LOOK_MAX 32u
/* And a fetch that goes on where the last one was full. */
#define VQ_FETCH_MAX 64u
/* Queues of a device: a shadow ring each, and tables beside them. */
#define VQ_MAX_QUEUES 9u

/* Local memory: shadow rings first, then 16 bytes for each queue (its copy of
 * the driver event area), then what devices put there, the table rings among
 * it. */
#define VQ_LMEM_RING(q)  ((q)*VQ_MAX_SIZE * 16u)
#define VQ_LMEM_EVENT(q) (VQ_LMEM_RING(VQ_MAX_QUEUES) + (q)*16u)
#define VQ_LMEM_FREE     VQ_LMEM_EVENT(VQ_MAX_QUEUES)
_Static_assert(VQ_LMEM_FREE < RL_LMEM_BYTES, "shadow rings fit local memory");

/* A table ring of `entries` descriptors takes this, with the spare entry behind
 * its end; and how a device names it. */
#define VQ_TABLE_BYTES(entries)    (16u * ((entries) + 1u))
#define VQ_TABLES(offset, entries) HAL_HALVES(offset, entries)

/* Descriptor flags. */
#define VQ_DESC_NEXT     0x0001u
#define VQ_DESC_WRITE    0x0002u
#define VQ_DESC_INDIRECT 0x0004u
#define VQ_DESC_AVAIL    0x0080u
#define VQ_DESC_USED     0x8000u

/* Event suppression flags. */
#define VQ_EVENT_ENABLE  0u
#define VQ_EVENT_DISABLE 1u
#define VQ_EVENT_DESC    2u /* EVENT_IDX: when a descriptor is passed */

/* A place in a ring as event areas and doorbells name it: slot, wrap
 * counter. */
#define VQ_POSITION_SLOT        0x7fffu
#define VQ_POSITION_WRAP        0x8000u
#define VQ_POSITION(slot, wrap) ((uint32_t)(slot) | (uint32_t)(wrap) << 15)
#define VQ_POSITION_NONE        0xffffffffu

/* Packed descriptor, little-endian ("The Virtqueue Descriptor Format"). */
struct vq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags;
};
_Static_assert(sizeof(struct vq_desc) == 16, "packed descriptor layout");

/* What a DMA completion belongs to: bits 15:12 of a cookie. The rest is the
 * owner's. */
enum vq_cookie {
    VQ_COOKIE_FETCH = 0x0000,   /* count of descriptors below */
    VQ_COOKIE_EVENT = 0x1000,   /* driver event area */
    VQ_COOKIE_USED = 0x2000,    /* used write: seen only when it fails */
    VQ_COOKIE_MARKER = 0x3000,  /* end of a quiesce */
    VQ_COOKIE_TABLE = 0x4000,   /* count of table entries below */
    VQ_COOKIE_MESSAGE = 0x5000, /* configuration interrupt: no queue */
    VQ_COOKIE_DEVICE = 0x8000,  /* the device's own, with all above it */
    VQ_COOKIE_KIND = 0xf000,
    VQ_COOKIE_LOW = 0x0fff, /* descriptors, or what the device put there */
};

/* The hot path is laid out straight; what is rare stands apart. */
#define VQ_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define VQ_COLD        __attribute__((cold, noinline))
#define VQ_NOINLINE    __attribute__((noinline))

/* Why a queue is broken: low half of the cause word the host can read. */
enum vq_fault {
    VQ_FAULT_NONE = 0,
    VQ_FAULT_RING_DMA = 1,      /* ring, table or event area unreachable */
    VQ_FAULT_CHAIN_LENGTH = 2,  /* chain longer than the queue */
    VQ_FAULT_CHAIN_PARTIAL = 3, /* head available, member not */
    VQ_FAULT_CHAIN_ORDER = 4,   /* readable element after a writable one */
    VQ_FAULT_INDIRECT = 5,      /* INDIRECT not negotiated, or in a chain */
    VQ_FAULT_DIRECTION = 6,     /* elements the device type has no use for */
    VQ_FAULT_DATA_DMA = 7,      /* a buffer is unreachable */
    VQ_FAULT_SPACES = 8,        /* host and device memory in one buffer */
    VQ_FAULT_TABLE = 9,         /* not 1 to queue size whole descriptors */
};

enum vq_state {
    VQ_OFF,       /* not enabled */
    VQ_ENABLED,   /* configured, waits for DRIVER_OK */
    VQ_LIVE,      /* runs */
    VQ_BROKEN,    /* the driver broke it: silent until reset */
    VQ_QUIESCING, /* being stopped: see vq_quiesce() */
};

/* Ring configuration as the driver gave it. */
struct vq_config {
    host_addr_t desc;   /* 16-byte aligned */
    host_addr_t driver; /* driver event area, 4-byte aligned */
    host_addr_t device; /* device event area, 4-byte aligned */
    uint32_t tables;    /* VQ_TABLES(); 0: INDIRECT_DESC not negotiated */
    uint16_t size;      /* 1 to VQ_MAX_SIZE */
    uint16_t vector;    /* MSI-X, 0xffff: none */
    bool in_order;      /* VIRTIO_F_IN_ORDER was negotiated */
    bool event_idx;     /* VIRTIO_F_EVENT_IDX was negotiated */
    bool notify_data;   /* VIRTIO_F_NOTIFICATION_DATA was negotiated */
};

struct vq {
    /* An array of these is indexed for each event: a power of two in size. */
    _Alignas(128) struct vq_desc *ring; /* shadow, in local memory */
    /* Hot: what a pass over a batch touches. Whole words: the core has no
     * cheap 16-bit arithmetic. */
    uint32_t size;
    uint32_t parse;       /* slot */
    uint32_t landed;      /* descriptors */
    uint32_t fetching;    /* descriptors */
    uint32_t taken;       /* descriptors */
    uint32_t done;        /* of taken: complete, used write pending */
    uint32_t used;        /* slot */
    uint32_t fetch;       /* slot */
    uint32_t reads;       /* read commands in flight for this queue */
    uint32_t runs;        /* read runs among them, if the device counts them */
    uint32_t cmd;         /* queue and space fields of ring commands */
    uint32_t fetch_flags; /* HAL_CMD_FENCE once bursts leave the shadow ring */
    uint32_t ring_word;   /* shadow ring, as run commands want it */
    uint32_t asked;       /* descriptors at parse whose tables were asked for */
    uint32_t sure; /* descriptors at parse that may be members of chains, */
    uint32_t more; /* those from there on, too, of the one that waits for
                           * more; 0: none does. See vq_parse.c */
    struct vq_desc *table; /* table ring: see vq_table.c; all in entries */
    uint32_t table_word;   /* as run commands want it */
    uint32_t table_size;   /* 0: INDIRECT_DESC was not negotiated */
    uint32_t table_parse;
    uint32_t table_fetch;
    uint32_t table_landed;
    uint32_t table_fetching;
    uint32_t table_room;
    uint32_t passed; /* descriptors used since the driver was last asked */
    uint32_t asked_passed; /* that when it was, ... */
    uint32_t asked_at;     /* ... and the used position */
    uint32_t bell_at;      /* position at which a doorbell was asked for */
    uint32_t told;         /* position that the last doorbell told, or none */
    uint32_t promised;     /* descriptors up to it that are not asked for yet */
    host_addr_t desc_addr;
    host_addr_t driver_addr;
    host_addr_t device_addr;
    uint32_t driver_space; /* HAL_CMD_SPACE or 0 */
    uint32_t device_space;
    uint8_t index;
    uint8_t state;   /* enum vq_state */
    uint8_t fault;   /* enum vq_fault */
    uint16_t vector;
    bool in_order;
    bool event_idx;  /* ... and not mixed */
    bool notify_data; /* doorbells may tell a position */
    bool exact;       /* fetches go up to what was told */
    bool mixed;      /* ring and an event area are in different memories */
    bool parse_wrap; /* device's wrap counter at parse */
    bool used_wrap;  /* device's wrap counter at used */
    uint8_t look;    /* enum vq_look */
    bool kicked;     /* doorbell since the last fresh look */
    bool suppressed; /* device event area says DISABLE */
    bool retry;      /* work was put off: command queue full */
    bool event_read; /* a read of the driver event area is in flight */
    uint8_t due;     /* VQ_DUE_* */
    bool marker;     /* the quiesce marker is in flight */
    uint8_t table_shift; /* a table that is not aligned is in flight */
};

/* What the fetch side is at. */
enum vq_look {
    VQ_LOOK_IDLE,   /* waits for a doorbell */
    VQ_LOOK_ACTIVE, /* fetches, or will as soon as there is room */
    VQ_LOOK_STALE,  /* waits for fetches in flight that are of no use */
    VQ_LOOK_SETTLE, /* vq_settle() was put off: command queue full */
};

/* What a pass has still to do for the driver. */
#define VQ_DUE_EVENT     0x01u /* used descriptors were written: ask it */
#define VQ_DUE_INTERRUPT 0x02u /* it wants one: command queue was full */
#define VQ_DUE_MARKER    0x04u /* quiesce marker: command queue was full */

/* What vq_scan() accepts: buffers of one descriptor. */
struct vq_rule {
    uint32_t flags;    /* VQ_DESC_WRITE or 0: the direction */
    uint32_t min_len;  /* bytes */
    uint32_t len_span; /* min_len + len_span - 1 is the longest; power of 2 */
    uint32_t max;      /* descriptors */
};

/* One buffer, as vq_parse() found it. */
struct vq_buffer {
    uint32_t descs;    /* slots it occupies */
    uint32_t entries;  /* of its table; 0: it has none */
    uint16_t id;       /* of its last descriptor */
    uint32_t readable; /* bytes, saturated at UINT32_MAX */
    uint32_t writable; /* bytes, saturated */
    uint32_t space;    /* HAL_CMD_SPACE when it lies in device memory */
    bool has_readable;
    bool has_writable;
};

enum vq_parse_result {
    VQ_PARSE_OK,
    VQ_PARSE_EMPTY,  /* nothing available; the queue looks again by itself */
    VQ_PARSE_WAIT,   /* rest of the buffer, or its table, is being fetched */
    VQ_PARSE_BROKEN, /* the queue was marked broken */
    VQ_PARSE_SMALL,  /* vq_gather(): no number of buffers will do */
};

/* Buffers at the parse position that one packet is written to. */
struct vq_span {
    uint32_t buffers;
    uint32_t descs; /* slots of all of them; 0: nothing is left to publish */
    uint32_t entries; /* in the table ring; 0: they are executed in place */
    uint32_t bytes; /* of the packet */
    uint32_t space; /* HAL_CMD_SPACE when they lie in device memory */
    uint32_t at;    /* slots that are published or stand first */
    uint32_t left;  /* bytes of the packet behind them */
};

/* Prepare queue `index` (below VQ_MAX_QUEUES): state VQ_OFF. */
void vq_init(struct vq *vq, uint8_t index);

/* Latch a configuration; state VQ_ENABLED. Addresses may lie in device memory
 * when the window is open (vq_window). */
void vq_enable(struct vq *vq, const struct vq_config *config);

/* DRIVER_OK: state VQ_LIVE, first look at the ring. */
void vq_start(struct vq *vq);

/* A doorbell. Harmless in any state. */
void vq_kick(struct vq *vq);
/* One that tells where the driver stands (VQ_POSITION). Only a hint about how
 * much to fetch: one that cannot be is ignored, descriptors are what counts. */
void vq_kick_at(struct vq *vq, uint32_t position);

/* Stop: nothing new is issued, what is queued is dropped or, with `drain`, ends
 * by itself. vq_quiesced() turns true when no DMA of the queue is left; until
 * then keep feeding completions to vq_on_completion(). Returns to VQ_OFF by
 * vq_init(). */
void vq_quiesce(struct vq *vq, bool drain);
bool vq_quiesced(const struct vq *vq);

/* The driver broke its queue: no more access, other queues go on. */
void vq_break(struct vq *vq, enum vq_fault fault);

/* What the virtqueue asks of the transport; transport.c provides them. */

/* The queue was broken: raise DEVICE_NEEDS_RESET. */
void vq_env_broken(struct vq *vq);
/* A command of the device failed while the queue is being stopped. */
void vq_env_lost(const struct vq *vq);
/* Would an interrupt of this queue reach anybody? */
bool vq_env_wants_interrupt(const struct vq *vq);
/* Send it. False: command queue full, ask again. */
bool vq_env_interrupt(struct vq *vq);

/* Device-memory window as the driver sees it; size 0 closes it. */
void vq_window(host_addr_t base, uint32_t size_bytes);
/* HAL_CMD_SPACE when [addr, addr+bytes) lies in the window, else 0. */
uint32_t vq_space_of(host_addr_t addr, uint32_t bytes);

/* A completion of this queue, as popped. True: it is the device's (cookie from
 * VQ_COOKIE_DEVICE up) and the queue is live. */
bool vq_on_completion(struct vq *vq, uint32_t cpl);

/* Push a run of the `descs` descriptors at the parse position: bytes to the
 * stream (read) or from it (write). False: command queue full, nothing was
 * done. `low` goes into the cookie's device part, below 0x8000. */
bool vq_run_read(struct vq *vq, uint32_t descs, uint32_t param, uint32_t flags,
                 uint32_t low);
bool vq_run_write(struct vq *vq, uint32_t descs, uint32_t param, uint32_t flags,
                  uint32_t low);

/* Fetch up to 4096 bytes of a buffer into local memory, for the device's eyes;
 * lmem_offset[3:0] equals src[3:0]. Completes as the device's. False: command
 * queue full. */
bool vq_read(struct vq *vq, host_addr_t src, uint32_t lmem_offset,
             uint32_t bytes, uint32_t space);

/* A completion that says that a table is there; and what becomes of it and
 * those behind it that say the same of this queue: the first other one is
 * returned. */
static inline bool vq_table_came(uint32_t cpl)
{
    return (cpl & (RL_CPL_STATUS_MASK | RL_CPL_WRITE_MASK | VQ_COOKIE_KIND)) ==
           VQ_COOKIE_TABLE;
}
uint32_t vq_table_completions(struct vq *vq, uint32_t cpl);

/* How many one-descriptor buffers that fit `rule` and lie in one memory stand at
 * the parse position, up to the ring's end. *space: HAL_CMD_SPACE when that is
 * device memory. 0: something else stands there, ask vq_parse(). */
uint32_t vq_scan(const struct vq *vq, const struct vq_rule *rule,
                 uint32_t *space);

/* The buffer `ahead` descriptors after the parse position (0 is the next one).
 * An indirect one is looked at only when it is the next; who takes it takes its
 * table entries, too. */
enum vq_parse_result vq_parse(struct vq *vq, uint32_t ahead,
                              struct vq_buffer *buffer);

/* As few buffers at the parse position as hold `bytes` bytes, at most
 * `max_buffers`. Buffers that are missing are asked for; the caller tries again
 * when the queue has moved. Buffers with readable elements, or in two memories,
 * break the queue. */
enum vq_parse_result vq_gather(struct vq *vq, uint32_t bytes,
                               uint32_t max_buffers, struct vq_span *span);

/* Take what vq_gather() found and push the run that fills it; one write command
 * must be free. The run of a span with table entries completes as the device's,
 * also when all is well: vq_table_release() of as many as the cookie's low part
 * says. Then vq_publish_span() until it returns true, before anything else is
 * taken or given back. */
void vq_write_span(struct vq *vq, struct vq_span *span, uint32_t param);

/* A used descriptor for each buffer of the span, that of the first one last: who
 * sees it sees the whole packet. False: command queue full, call again. */
bool vq_publish_span(struct vq *vq, struct vq_span *span);

/* Accept `descs` descriptors at the parse position. */
void vq_take(struct vq *vq, uint32_t descs);

/* ---- Indirect buffers ---- */

/* Ask for tables of the first `upto` landed descriptors, as many as can be had.
 * With copy, plain buffers take a place between them: vq_gather() alone wants
 * that. */
void vq_table_ask(struct vq *vq, uint32_t upto, bool copy);

/* As vq_scan(), for indirect buffers that are read, whatever WRITE says in their
 * entries, whose tables are there, while the device-memory window is closed. *entries: of all their
 * tables, marked for a run in ring mode. */
uint32_t vq_table_scan(struct vq *vq, const struct vq_rule *rule,
                       uint32_t *entries);

/* Is the next buffer, if it is available, an indirect one that may be? */
static inline bool vq_next_indirect(const struct vq *vq)
{
    return vq->table_size != 0 &&
           (vq->ring[vq->parse].flags & VQ_DESC_INDIRECT) != 0;
}

/* Entry `ahead` places after the parse position of the table ring: WRITE alone
 * counts of its flags. */
struct vq_desc *vq_table_entry(const struct vq *vq, uint32_t ahead);

/* As vq_run_read(), of table entries. */
bool vq_run_read_table(struct vq *vq, uint32_t entries, uint32_t param,
                       uint32_t flags, uint32_t low);

/* Accept table entries with the buffers they belong to. They may be overwritten
 * after vq_table_release(): when nothing reads them any more. */
void vq_table_take(struct vq *vq, uint32_t entries);
static inline void vq_table_release(struct vq *vq, uint32_t entries)
{
    vq->table_room += entries;
}

/* Slot `ahead` places after the parse position. */
static inline uint32_t vq_slot(const struct vq *vq, uint32_t ahead)
{
    uint32_t slot = vq->parse + ahead;

    return slot >= vq->size ? slot - vq->size : slot;
}

/* Local-memory offset of a slot, for run commands. */
static inline uint32_t vq_slot_offset(const struct vq *vq, uint32_t slot)
{
    return (vq->ring_word & 0xffffu) + 16u * slot;
}

/* Ask for more descriptors when it makes sense. */
void vq_refill(struct vq *vq);

/* The next `descs` taken descriptors are complete, nothing was written to them.
 * Used descriptors follow at vq_flush(). */
static inline void vq_done(struct vq *vq, uint32_t descs)
{
    vq->done += descs;
}

/* Turn the one-descriptor buffer at the parse position plus `ahead` into its
 * used descriptor, `len` bytes written, in the shadow ring. The slots must not
 * cross the ring's end. The run that fills the buffers may come after: it then
 * sees `len` as the buffer's length. */
void vq_fill(struct vq *vq, uint32_t ahead, uint32_t len);

/* Take and publish the `descs` slots made by vq_fill() as one ascending burst.
 * The write run has been pushed before. */
void vq_publish_filled(struct vq *vq, uint32_t descs);

/* Publish one used descriptor for the next taken buffer. */
void vq_use(struct vq *vq, const struct vq_buffer *buffer, uint32_t len);

/* End of a pass: publish what is done, look after notifications and work put
 * off. True: call again later although no event may come (retry is set). */
bool vq_flush(struct vq *vq);

#endif
