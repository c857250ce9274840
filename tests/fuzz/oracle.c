/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum {
    QUEUES = 16,
    SLOTS = 256,
    TABLES = 64,
    TABLE_BYTES = 4096,
    NO_QUEUE = 31, /* commands of the device itself */
    EVENT_BYTES = 4,
};

/* What a descriptor names. */
struct grant {
    uint64_t addr;
    uint32_t len;
    uint16_t id, flags;
    bool valid;
};

/* An indirect table, as far as it was read. */
struct table {
    uint32_t queue, slot;
    bool valid;
    uint8_t bytes[TABLE_BYTES];
};

struct queue {
    bool live;
    uint32_t size;
    uint64_t desc, driver, device;
    struct grant slot[SLOTS];
};

static struct {
    struct queue queue[QUEUES];
    struct table table[TABLES];
    unsigned next_table;
    bool running;   /* DRIVER_OK */
    bool resetting; /* the device, or a queue */
} oracle;

static const char *const kinds[] = {
    [FAKE_FETCH] = "fetch",     [FAKE_GATHER] = "gather",
    [FAKE_PAYLOAD] = "payload", [FAKE_BURST] = "burst",
    [FAKE_IMM] = "immediate",   [FAKE_MSIX] = "message",
};

static _Noreturn void refuse(const struct fake_log *e, const char *why)
{
    fprintf(stderr, "%s of queue %u, 0x%llx + %u: %s\n", kinds[e->kind],
            e->queue, (unsigned long long)e->addr, e->len, why);
    abort();
}

static bool within(const struct fake_log *e, uint64_t addr, uint64_t bytes)
{
    uint64_t offset = e->addr - addr;

    return e->addr >= addr && offset <= bytes && e->len <= bytes - offset;
}

/* ---- What is named ---- */

static struct grant parse(const uint8_t *p)
{
    struct grant g = {
        .addr = get(p, 8),
        .len = (uint32_t)get(p + 8, 4),
        .id = (uint16_t)get(p + 12, 2),
        .flags = (uint16_t)get(p + 14, 2),
    };

    g.valid = !(g.flags & DESC_AVAIL) != !(g.flags & DESC_USED);
    return g;
}

static void slot_forget(uint32_t queue, uint32_t slot)
{
    struct grant *g = &oracle.queue[queue].slot[slot];

    if (g->valid && (g->flags & DESC_INDIRECT))
        for (unsigned i = 0; i < TABLES; i++)
            if (oracle.table[i].queue == queue && oracle.table[i].slot == slot)
                oracle.table[i].valid = false;
    g->valid = false;
}

/* Whole descriptors: other things may lie in the ring, too. */
static bool is_ring_fetch(const struct queue *q, const struct fake_log *e)
{
    return within(e, q->desc, 16ull * q->size) && e->len % 16 == 0 &&
           (e->addr - q->desc) % 16 == 0;
}

static void ring_fetched(struct queue *q, const struct fake_log *e,
                         const uint8_t *data)
{
    uint32_t first = (uint32_t)(e->addr - q->desc);

    for (uint32_t at = 0; at < e->len; at += 16) {
        uint32_t slot = (first + at) / 16;

        slot_forget(e->queue, slot);
        q->slot[slot] = parse(data + at);
    }
}

static struct table *table_of(uint32_t queue, uint32_t slot)
{
    struct table *t;

    for (unsigned i = 0; i < TABLES; i++) {
        t = &oracle.table[i];
        if (t->valid && t->queue == queue && t->slot == slot)
            return t;
    }
    t = &oracle.table[oracle.next_table++ % TABLES];
    memset(t, 0, sizeof(*t));
    t->queue = queue;
    t->slot = slot;
    t->valid = true;
    return t;
}

/* Read from buffers that descriptors name to read; a table is kept. */
static bool named_fetched(struct queue *q, const struct fake_log *e,
                          const uint8_t *data)
{
    bool found = false;

    for (uint32_t slot = 0; slot < q->size; slot++) {
        const struct grant *g = &q->slot[slot];
        uint64_t offset = e->addr - g->addr;

        if (!g->valid || !within(e, g->addr, g->len) ||
            (g->flags & DESC_WRITE && !(g->flags & DESC_INDIRECT)))
            continue;
        found = true;
        if ((g->flags & DESC_INDIRECT) && offset + e->len <= TABLE_BYTES)
            memcpy(table_of(e->queue, slot)->bytes + offset, data, e->len);
    }
    return found;
}

static bool direct(const struct queue *q, const struct fake_log *e, bool write)
{
    for (uint32_t slot = 0; slot < q->size; slot++) {
        const struct grant *g = &q->slot[slot];

        if (g->valid && !(g->flags & DESC_INDIRECT) &&
            !(g->flags & DESC_WRITE) == !write && within(e, g->addr, g->len))
            return true;
    }
    return false;
}

static bool indirect(const struct fake_log *e, bool write)
{
    for (unsigned i = 0; i < TABLES; i++) {
        const struct table *t = &oracle.table[i];

        if (!t->valid || t->queue != e->queue)
            continue;
        for (unsigned at = 0; at < TABLE_BYTES; at += 16) {
            struct grant g = parse(t->bytes + at);

            if (!(g.flags & DESC_WRITE) == !write && within(e, g.addr, g.len))
                return true;
        }
    }
    return false;
}

static bool named(const struct queue *q, const struct fake_log *e, bool write)
{
    return direct(q, e, write) || indirect(e, write);
}

/* ---- Used descriptors ---- */

/* Bytes that the chain from `slot` on lets the device write. */
static uint64_t chain_room(const struct queue *q, uint32_t slot)
{
    uint64_t room = 0;

    for (uint32_t n = 0; n < q->size; n++) {
        const struct grant *g = &q->slot[slot];

        if (g->flags & DESC_INDIRECT)
            return UINT64_MAX; /* the table's, whose end is not known */
        if (g->flags & DESC_WRITE)
            room += g->len;
        if (!(g->flags & DESC_NEXT))
            break;
        slot = slot + 1 == q->size ? 0 : slot + 1;
    }
    return room;
}

static void chain_forget(const struct queue *q, uint32_t queue, uint32_t slot)
{
    for (uint32_t n = 0; n < q->size; n++) {
        bool next = q->slot[slot].valid && (q->slot[slot].flags & DESC_NEXT);

        slot_forget(queue, slot);
        if (!next)
            return;
        slot = slot + 1 == q->size ? 0 : slot + 1;
    }
}

/* Bytes 8 to 15 of a slot, and of those behind it. */
static void ring_written(struct queue *q, const struct fake_log *e,
                         const uint8_t *data)
{
    uint32_t first = (uint32_t)(e->addr - q->desc);

    if (first % 16 != 8 || e->len % 16 != 8)
        refuse(e, "not a used descriptor");
    for (uint32_t at = 0; at < e->len; at += 16) {
        uint32_t slot = (first + at) / 16;
        uint16_t flags = (uint16_t)get(data + at + 6, 2);

        if (!(flags & DESC_AVAIL) != !(flags & DESC_USED))
            refuse(e, "a descriptor made available by the device");
        if (!q->slot[slot].valid)
            refuse(e, "a slot that holds no buffer is used");
        if (get(data + at, 4) > chain_room(q, slot))
            refuse(e, "more is used than the buffer holds");
        chain_forget(q, e->queue, slot);
    }
}

/* ---- Accesses ---- */

static void read_seen(struct queue *q, const struct fake_log *e,
                      const uint8_t *data)
{
    if (e->kind == FAKE_GATHER) {
        if (!named(q, e, false))
            refuse(e, "no descriptor names it to read");
        return;
    }
    if (is_ring_fetch(q, e))
        ring_fetched(q, e, data);
    else if (!within(e, q->driver, EVENT_BYTES) && !named_fetched(q, e, data) &&
             !named(q, e, false))
        refuse(e, "outside ring, event area and buffers");
}

static void write_seen(struct queue *q, const struct fake_log *e,
                       const uint8_t *data)
{
    if (e->kind == FAKE_PAYLOAD) {
        if (!named(q, e, true))
            refuse(e, "no descriptor names it to write");
        return;
    }
    if (e->kind == FAKE_IMM && e->len == EVENT_BYTES &&
        within(e, q->device, EVENT_BYTES))
        return;
    if (e->len == 1 && named(q, e, true)) /* an acknowledgement */
        return;
    if (within(e, q->desc, 16ull * q->size))
        ring_written(q, e, data);
    else
        refuse(e, "outside ring, event area and buffers");
}

static void seen(const struct fake_log *e, const void *data)
{
    struct queue *q = e->queue < QUEUES ? &oracle.queue[e->queue] : NULL;

    if (e->kind > FAKE_MSIX)
        return;
    if (!oracle.running)
        refuse(e, "the device does not run");
    if (e->kind == FAKE_MSIX && e->queue == NO_QUEUE)
        return;
    if (!q || !q->live)
        refuse(e, "the queue is not live");
    if (e->kind == FAKE_FETCH || e->kind == FAKE_GATHER)
        read_seen(q, e, data);
    else if (e->kind != FAKE_MSIX)
        write_seen(q, e, data);
}

/* ---- What the registers say ---- */

void oracle_power_up(void)
{
    oracle_device_reset();
    fake.on_log = seen;
}

void oracle_device_reset(void)
{
    oracle.running = false;
    for (unsigned i = 0; i < QUEUES; i++)
        oracle.queue[i].live = false;
    for (unsigned i = 0; i < TABLES; i++)
        oracle.table[i].valid = false;
}

static void queue_started(struct queue *q, uint32_t index)
{
    q->live = true;
    q->size = host_read(REG_QUEUE_SIZE, 2);
    q->desc = host_read64(REG_QUEUE_DESC);
    q->driver = host_read64(REG_QUEUE_DRIVER);
    q->device = host_read64(REG_QUEUE_DEVICE);
    must(q->size >= 1 && q->size <= SLOTS, "a queue of impossible size");
    for (uint32_t slot = 0; slot < q->size; slot++)
        slot_forget(index, slot);
}

/* The queue of queue_select. */
static void queue_observe(struct queue *q, uint32_t index)
{
    if (host_read(REG_QUEUE_ENABLE, 2) != 0) {
        if (!q->live)
            queue_started(q, index);
    } else if (host_read(REG_QUEUE_RESET, 2) == 1) {
        oracle.resetting = true; /* what it has may still be used */
    } else {
        q->live = false;
    }
}

void oracle_observe(void)
{
    uint32_t status = host_read(REG_STATUS, 1);
    uint32_t select = host_read(REG_QUEUE_SELECT, 2);
    uint32_t queues = host_read(REG_NUM_QUEUES, 2);

    oracle.resetting = false;
    if (status == 0)
        oracle_device_reset();
    oracle.running |= (status & ST_DRIVER_OK) != 0;
    for (uint16_t i = 0; i < queues && i < QUEUES; i++) {
        host_write(REG_QUEUE_SELECT, 2, i);
        if (host_read(REG_QUEUE_SELECT, 2) != i) {
            oracle.resetting = true; /* registers do not take anything */
            return;
        }
        queue_observe(&oracle.queue[i], i);
    }
    host_write(REG_QUEUE_SELECT, 2, select);
}

void oracle_turned(void)
{
    if (oracle.resetting)
        oracle_observe();
}
