/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "oracle.h"

#include <string.h>

#include "positions.h"

enum {
    QUEUES = 16,
    TABLES = 1024,
    TABLE_BYTES = 4096,
    NO_QUEUE = 31, /* commands of the device itself */
    EVENT_BYTES = 4,
};

/* An indirect table, as far as it was read. */
struct table {
    uint32_t queue, slot, len;
    bool valid;
    bool old; /* as of a grant */
    uint8_t bytes[TABLE_BYTES];
    bool read[TABLE_BYTES];
};

struct queue {
    bool live;
    uint64_t driver, device;
    struct ring ring;
};

static struct {
    struct queue queue[QUEUES];
    struct table table[TABLES];
    unsigned next_table;
    bool running;   /* DRIVER_OK */
    bool resetting; /* the device, or a queue */
} oracle;

#define refuse positions_refuse

/* Tables that there have been, as far as they are kept. */
static unsigned tables(void)
{
    return oracle.next_table < TABLES ? oracle.next_table : TABLES;
}

static bool within(const struct fake_log *e, uint64_t addr, uint64_t bytes)
{
    uint64_t offset = e->addr - addr;

    return e->addr >= addr && offset <= bytes && e->len <= bytes - offset;
}

/* ---- What is named ---- */

static struct grant parse(const uint8_t *p)
{
    return (struct grant){
        .addr = get(p, 8),
        .len = (uint32_t)get(p + 8, 4),
        .id = (uint16_t)get(p + 12, 2),
        .flags = (uint16_t)get(p + 14, 2),
    };
}

static void tables_forget(uint32_t queue, uint32_t slot, bool old)
{
    for (unsigned i = 0; i < tables(); i++) {
        struct table *t = &oracle.table[i];

        if (t->queue == queue && t->slot == slot && t->old == old)
            t->valid = false;
    }
}

static void slot_forget(uint32_t queue, uint32_t slot)
{
    struct grant *g = &oracle.queue[queue].ring.slot[slot];

    if (g->valid && (g->flags & DESC_INDIRECT))
        tables_forget(queue, slot, false);
    g->valid = false;
}

static void tables_drop(uint32_t queue)
{
    for (unsigned i = 0; i < tables(); i++)
        if (oracle.table[i].queue == queue)
            oracle.table[i].valid = false;
}

static void old_forget(uint32_t queue, uint32_t slot)
{
    struct grant *g = &oracle.queue[queue].ring.old[slot];

    if (g->valid)
        tables_forget(queue, slot, true);
    g->valid = false;
}

/* Its used descriptor is on its way, and so may be writes before that. */
static void slot_keep(struct ring *r, uint32_t queue, uint32_t slot)
{
    old_forget(queue, slot);
    for (unsigned i = 0; i < tables(); i++)
        if (oracle.table[i].queue == queue && oracle.table[i].slot == slot)
            oracle.table[i].old = true;
    r->old[slot] = r->slot[slot];
}

static void ring_fetched(struct ring *r, const struct fake_log *e,
                         const uint8_t *data)
{
    uint32_t first = (uint32_t)(e->addr - r->desc);

    for (uint32_t at = 0; at < e->len; at += 16) {
        uint32_t slot = (first + at) / 16;
        struct grant g = parse(data + at);

        if (r->given[slot] && r->slot[slot].valid)
            slot_keep(r, e->queue, slot);
        else
            slot_forget(e->queue, slot);
        g.valid = positions_avail(r, slot, g.flags);
        r->slot[slot] = g;
        r->given[slot] = false;
    }
}

static struct table *table_add(uint32_t queue, uint32_t slot)
{
    struct table *t = &oracle.table[oracle.next_table++ % TABLES];

    memset(t, 0, sizeof(*t));
    t->queue = queue;
    t->slot = slot;
    t->len = oracle.queue[queue].ring.slot[slot].len;
    t->valid = true;
    return t;
}

/* The newest one of that slot. */
static struct table *table_of(uint32_t queue, uint32_t slot)
{
    for (unsigned n = 1; n <= tables(); n++) {
        struct table *t = &oracle.table[(oracle.next_table - n) % TABLES];

        if (t->valid && !t->old && t->queue == queue && t->slot == slot)
            return t;
    }
    return table_add(queue, slot);
}

/* Where several slots name one table, each read may be for any of them, and the
 * driver may have changed it: what was read before stays. */
static void table_read(uint32_t queue, uint32_t slot, uint64_t offset,
                       const uint8_t *data, uint32_t bytes)
{
    struct table *t = table_of(queue, slot);

    if (memchr(t->read + offset, true, bytes) &&
        memcmp(t->bytes + offset, data, bytes) != 0) {
        struct table *next = table_add(queue, slot);

        memcpy(next->bytes, t->bytes, sizeof(next->bytes));
        t = next;
    }
    memcpy(t->bytes + offset, data, bytes);
    memset(t->read + offset, true, bytes);
}

/* Read from buffers that descriptors name to read; a table is kept. */
static bool named_fetched(const struct ring *r, const struct fake_log *e,
                          const uint8_t *data)
{
    bool found = false;

    for (uint32_t slot = 0; slot < r->size; slot++) {
        const struct grant *g = &r->slot[slot];
        uint64_t offset = e->addr - g->addr;

        if (!g->valid || !within(e, g->addr, g->len) ||
            (g->flags & DESC_WRITE && !(g->flags & DESC_INDIRECT)))
            continue;
        found = true;
        if ((g->flags & DESC_INDIRECT) && offset + e->len <= TABLE_BYTES)
            table_read(e->queue, slot, offset, data, e->len);
    }
    return found;
}

static bool grants(const struct grant *g, const struct fake_log *e, bool write)
{
    return g->valid && !(g->flags & DESC_INDIRECT) &&
           !(g->flags & DESC_WRITE) == !write && within(e, g->addr, g->len);
}

static bool direct_slot(const struct ring *r, const struct fake_log *e,
                        uint32_t slot, bool write)
{
    return grants(&r->slot[slot], e, write) || grants(&r->old[slot], e, write);
}

static bool direct(const struct ring *r, const struct fake_log *e, bool write)
{
    for (uint32_t slot = 0; slot < r->size; slot++)
        if (direct_slot(r, e, slot, write))
            return true;
    return false;
}

/* Entries up to the end that their descriptor names. What is transmitted is read
 * whatever WRITE says in a table: firmware/devices/net_tx.c. */
static bool indirect(const struct fake_log *e, bool write)
{
    for (unsigned i = 0; i < tables(); i++) {
        const struct table *t = &oracle.table[i];

        if (!t->valid || t->queue != e->queue)
            continue;
        for (unsigned at = 0; at < TABLE_BYTES && at < t->len; at += 16) {
            struct grant g = parse(t->bytes + at);

            bool fits = write == ((g.flags & DESC_WRITE) != 0) ||
                        (!write && (e->queue & 1));

            if (fits && within(e, g.addr, g.len))
                return true;
        }
    }
    return false;
}

static bool named(const struct ring *r, const struct fake_log *e, bool write)
{
    return direct(r, e, write) || indirect(e, write);
}

/* An element of a run: what is executed is the copy of this very slot, or stands
 * in a table. */
static bool executed(const struct ring *r, const struct fake_log *e, bool write)
{
    int slot = positions_slot(r, e->local);

    return slot >= 0 ? direct_slot(r, e, (uint32_t)slot, write)
                     : named(r, e, write);
}

/* ---- Used descriptors ---- */

static void chain_forget(const struct ring *r, uint32_t queue, uint32_t slot)
{
    for (uint32_t n = 0; n < r->size; n++) {
        bool next = r->slot[slot].valid && (r->slot[slot].flags & DESC_NEXT);

        slot_forget(queue, slot);
        if (!next)
            return;
        slot = positions_next(r, slot);
    }
}

/* Given back, and not fetched again meanwhile. */
static void batch_forget(struct ring *r, uint32_t queue, uint32_t slot)
{
    for (uint32_t n = r->batch[slot], at = slot; n != 0; n--) {
        old_forget(queue, at);
        if (r->given[at])
            slot_forget(queue, at);
        at = positions_next(r, at);
    }
    r->batch[slot] = 0;
}

static void slot_written(struct ring *r, const struct fake_log *e,
                         uint32_t slot, const uint8_t *data)
{
    uint16_t flags = (uint16_t)get(data + 6, 2);

    if (!(flags & DESC_AVAIL) != !(flags & DESC_USED))
        refuse(e, "a descriptor made available by the device");
    if (r->batch[slot] != 0) {
        if (memcmp(data, r->pushed[slot], 8) != 0)
            refuse(e, "a used descriptor was changed on its way");
        batch_forget(r, e->queue, slot);
        return;
    }
    if (!r->slot[slot].valid)
        refuse(e, "a slot that holds no buffer is used");
    if (get(data, 4) > positions_room(r, slot))
        refuse(e, "more is used than the buffer holds");
    chain_forget(r, e->queue, slot);
}

/* Bytes 8 to 15 of a slot, and of those behind it. */
static void ring_written(struct ring *r, const struct fake_log *e,
                         const uint8_t *data)
{
    uint32_t first = (uint32_t)(e->addr - r->desc);

    if (first % 16 != 8 || e->len % 16 != 8)
        refuse(e, "not a used descriptor");
    for (uint32_t at = 0; at < e->len; at += 16)
        slot_written(r, e, (first + at) / 16, data + at);
}

/* ---- Accesses ---- */

static void read_seen(struct queue *q, const struct fake_log *e,
                      const uint8_t *data)
{
    if (e->kind == FAKE_GATHER) {
        if (!executed(&q->ring, e, false))
            refuse(e, "no descriptor names it to read");
        return;
    }
    if (positions_is_ring_fetch(&q->ring, e))
        ring_fetched(&q->ring, e, data);
    else if (!within(e, q->driver, EVENT_BYTES) &&
             !named_fetched(&q->ring, e, data) && !named(&q->ring, e, false))
        refuse(e, "outside ring, event area and buffers");
}

static void write_seen(struct queue *q, const struct fake_log *e,
                       const uint8_t *data)
{
    if (e->kind == FAKE_PAYLOAD) {
        if (!executed(&q->ring, e, true))
            refuse(e, "no descriptor names it to write");
        return;
    }
    if (e->kind == FAKE_IMM && e->len == EVENT_BYTES &&
        within(e, q->device, EVENT_BYTES))
        return;
    if (e->len == 1 && named(&q->ring, e, true)) /* an acknowledgement */
        return;
    if (within(e, q->ring.desc, 16ull * q->ring.size))
        ring_written(&q->ring, e, data);
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

/* Before DMA: a queue that is not live yet has pushed its first look at most. */
static void pushed(const struct fake_cmd *c, bool write)
{
    uint32_t index = (c->cmd & RL_CMD_QUEUE_MASK) >> RL_CMD_QUEUE_LSB;
    struct queue *q = index < QUEUES ? &oracle.queue[index] : NULL;

    if (q && q->live)
        q->live = positions_push(&q->ring, c, write);
}

/* ---- What the registers say ---- */

void oracle_power_up(void)
{
    oracle_device_reset();
    fake.on_log = seen;
    fake.on_push = pushed;
}

void oracle_device_reset(void)
{
    oracle.running = false;
    for (unsigned i = 0; i < QUEUES; i++)
        oracle.queue[i].live = false;
    oracle.next_table = 0;
}

static uint64_t accepted(void)
{
    uint32_t select = host_read(REG_DRIVER_FEATURE_SELECT, 4);
    uint64_t low;

    host_write(REG_DRIVER_FEATURE_SELECT, 4, 0);
    low = host_read(REG_DRIVER_FEATURE, 4);
    host_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    low |= (uint64_t)host_read(REG_DRIVER_FEATURE, 4) << 32;
    host_write(REG_DRIVER_FEATURE_SELECT, 4, select);
    return low;
}

/* Only transmitted buffers are skipped, only received ones belong together. */
static enum ring_kind kind_of(uint32_t index)
{
    uint64_t features = accepted();

    if (index >= (features & F_NET_MQ ? 8u : 2u))
        return RING_EACH;
    if (index & 1)
        return features & F_IN_ORDER ? RING_BATCH : RING_EACH;
    return features & F_NET_MRG_RXBUF ? RING_SPAN : RING_EACH;
}

static void queue_started(struct queue *q, uint32_t index)
{
    uint32_t size = host_read(REG_QUEUE_SIZE, 2);

    must(size >= 1 && size <= POSITIONS_SLOTS, "a queue of impossible size");
    tables_drop(index);
    q->live = true;
    q->driver = host_read64(REG_QUEUE_DRIVER);
    q->device = host_read64(REG_QUEUE_DEVICE);
    positions_start(&q->ring, index, host_read64(REG_QUEUE_DESC), size,
                    kind_of(index));
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
