/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "positions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESC_BYTES = 16, USED_OFFSET = 8 };

static const char *const kinds[] = {
    [FAKE_FETCH] = "fetch",     [FAKE_GATHER] = "gather",
    [FAKE_PAYLOAD] = "payload", [FAKE_BURST] = "burst",
    [FAKE_IMM] = "immediate",   [FAKE_MSIX] = "message",
};

_Noreturn void positions_refuse(const struct fake_log *e, const char *why)
{
    fprintf(stderr, "%s of queue %u, 0x%llx + %u: %s\n", kinds[e->kind],
            e->queue, (unsigned long long)e->addr, e->len, why);
    abort();
}

static _Noreturn void refuse(const struct ring *r, enum fake_kind kind,
                             const struct fake_cmd *c, const char *why)
{
    struct fake_log e = {
        .kind = kind, .queue = r->queue, .addr = c->addr.bus, .len = c->count};

    fprintf(stderr, "ring of %u, used %u, %u taken; ", r->size, r->used,
            r->taken);
    positions_refuse(&e, why);
}

static uint32_t operation(const struct fake_cmd *c)
{
    return (c->cmd & RL_CMD_OP_MASK) >> RL_CMD_OP_LSB;
}

static uint32_t queue_of(const struct fake_cmd *c)
{
    return (c->cmd & RL_CMD_QUEUE_MASK) >> RL_CMD_QUEUE_LSB;
}

/* ---- Places ---- */

uint32_t positions_next(const struct ring *r, uint32_t slot)
{
    return slot + 1 == r->size ? 0 : slot + 1;
}

/* Descriptors from the used position on. */
static uint32_t distance(const struct ring *r, uint32_t slot)
{
    return (slot < r->used ? slot + r->size : slot) - r->used;
}

/* The device's wrap counter when it comes to the slot. */
static bool wrap_at(const struct ring *r, uint32_t slot)
{
    return r->used_wrap != (slot < r->used);
}

bool positions_avail(const struct ring *r, uint32_t slot, uint16_t flags)
{
    bool avail = flags & DESC_AVAIL, used = flags & DESC_USED;

    return avail != used && (r->vague || avail == wrap_at(r, slot));
}

int positions_slot(const struct ring *r, uint32_t local)
{
    uint32_t offset = local - r->local;

    if (!r->based || local < r->local || offset >= DESC_BYTES * r->size)
        return -1;
    return (int)(offset / DESC_BYTES);
}

/* Whole descriptors that go where copies of them go: other things may lie in the
 * ring, too. */
static bool is_ring(const struct ring *r, uint64_t addr, uint32_t len,
                    uint32_t local)
{
    uint64_t offset = addr - r->desc;

    return addr >= r->desc && offset < (uint64_t)DESC_BYTES * r->size &&
           len <= DESC_BYTES * r->size - offset && len % DESC_BYTES == 0 &&
           offset % DESC_BYTES == 0 &&
           (!r->based || local == r->local + offset);
}

bool positions_is_ring_fetch(const struct ring *r, const struct fake_log *e)
{
    return is_ring(r, e->addr, e->len, e->local);
}

/* ---- Runs and fetches that wait ---- */

static bool run_names(const struct ring *r, const struct fake_cmd *c,
                      uint32_t slot)
{
    int at = positions_slot(r, c->ptr);
    uint32_t ahead;

    if (operation(c) != RL_OP_RUN || queue_of(c) != r->queue || at < 0)
        return false;
    ahead = (slot < (uint32_t)at ? slot + r->size : slot) - (uint32_t)at;
    return ahead < c->count - c->at;
}

static bool run_waits(const struct ring *r, const struct fake_fifo *fifo,
                      uint32_t slot)
{
    for (uint32_t i = 0; i < fifo->count; i++)
        if (run_names(r, &fifo->cmd[i], slot))
            return true;
    return false;
}

static bool fetch_waits(const struct ring *r, uint32_t slot)
{
    uint64_t addr = r->desc + DESC_BYTES * slot;

    for (uint32_t i = 0; i < fake.fetches.count; i++) {
        const struct fake_cmd *c = &fake.fetches.cmd[i];

        if (queue_of(c) == r->queue &&
            is_ring(r, c->addr.bus, c->count, c->lmem) && addr >= c->addr.bus &&
            addr - c->addr.bus < c->count)
            return true;
    }
    return false;
}

static void fetch_pushed(struct ring *r, const struct fake_cmd *c)
{
    uint32_t first;

    if (!is_ring(r, c->addr.bus, c->count, c->lmem))
        return;
    first = (uint32_t)(c->addr.bus - r->desc) / DESC_BYTES;
    r->local = c->lmem - DESC_BYTES * first;
    r->based = true;
    for (uint32_t n = 0; n < c->count / DESC_BYTES; n++) {
        if (!r->vague && distance(r, first + n) < r->taken)
            refuse(r, FAKE_FETCH, c, "a taken slot is fetched again");
        if (run_waits(r, &fake.reads, first + n) ||
            (run_waits(r, &fake.writes, first + n) &&
             !(c->cmd & RL_CMD_FENCE_MASK)))
            refuse(r, FAKE_FETCH, c, "it may overtake a run of these slots");
    }
}

static void run_pushed(struct ring *r, const struct fake_cmd *c, bool write)
{
    enum fake_kind kind = write ? FAKE_PAYLOAD : FAKE_GATHER;
    int at = positions_slot(r, c->ptr);
    uint32_t slot, ahead;

    if (at < 0 || r->vague)
        return;
    slot = (uint32_t)at;
    ahead = distance(r, slot);
    if (ahead < r->taken)
        refuse(r, kind, c, "a slot is executed twice");
    for (uint32_t n = 0; n < c->count; n++) {
        if (ahead + n >= r->size)
            refuse(r, kind, c, "a run goes round the ring");
        if (!r->slot[slot].valid || r->given[slot])
            refuse(r, kind, c, "a run of a slot that is not available");
        if (fetch_waits(r, slot))
            refuse(r, kind, c, "a run of a slot that is being fetched");
        slot = positions_next(r, slot);
    }
    r->taken = ahead + c->count;
}

/* ---- Used descriptors ---- */

uint64_t positions_room(const struct ring *r, uint32_t slot)
{
    uint64_t room = 0;

    for (uint32_t n = 0; n < r->size; n++) {
        const struct grant *g = &r->slot[slot];

        if (g->flags & DESC_INDIRECT)
            return UINT64_MAX; /* the table's */
        if (g->flags & DESC_WRITE)
            room += g->len;
        if (!(g->flags & DESC_NEXT))
            break;
        slot = positions_next(r, slot);
    }
    return room;
}

/* Descriptors of the buffer at `slot`, 0: its copy is not all there. */
static uint32_t chain(const struct ring *r, uint32_t slot, uint16_t *id)
{
    for (uint32_t n = 1; n <= r->size; n++) {
        const struct grant *g = &r->slot[slot];

        if (!g->valid || r->given[slot])
            return 0;
        *id = g->id;
        if (!(g->flags & DESC_NEXT))
            return n;
        slot = positions_next(r, slot);
    }
    return 0;
}

/* Descriptors up to the buffer with this id; 0: there is none. */
static uint32_t batch(struct ring *r, uint32_t slot, uint16_t id)
{
    uint32_t descs = 0, found = 0, n;
    uint16_t this_id;

    while (descs < r->size && (n = chain(r, slot, &this_id)) != 0) {
        descs += n;
        slot = (slot + n) % r->size;
        if (this_id != id)
            continue;
        if (found != 0) {
            r->vague = true;
            return found;
        }
        found = descs;
    }
    return found;
}

static void give_back(struct ring *r, uint32_t slot, uint32_t descs)
{
    r->batch[slot] = descs;
    for (; descs != 0; descs--) {
        r->given[slot] = true;
        r->ahead[slot] = true;
        slot = positions_next(r, slot);
    }
    while (r->ahead[r->used]) {
        r->ahead[r->used] = false;
        r->used = positions_next(r, r->used);
        r->used_wrap ^= r->used == 0;
        r->taken -= r->taken != 0;
    }
}

static void used_pushed(struct ring *r, const struct fake_cmd *c, uint32_t slot,
                        const uint8_t *p)
{
    enum fake_kind kind = operation(c) == RL_OP_IMM8 ? FAKE_IMM : FAKE_BURST;
    uint16_t id = (uint16_t)get(p + 4, 2), flags = (uint16_t)get(p + 6, 2);
    uint16_t last = 0;
    uint32_t descs = chain(r, slot, &last);

    if (r->vague)
        return;
    if (descs == 0)
        refuse(r, kind, c, "a slot that holds no buffer is used");
    if (!(flags & DESC_AVAIL) == wrap_at(r, slot) ||
        !(flags & DESC_USED) == wrap_at(r, slot))
        refuse(r, kind, c, "the wrap value of another lap");
    if (r->kind != RING_SPAN && slot != r->used)
        refuse(r, kind, c, "this is not the next buffer to be used");
    if (run_waits(r, &fake.reads, slot))
        refuse(r, kind, c, "it is used while a run reads it");
    if (get(p, 4) > positions_room(r, slot))
        refuse(r, kind, c, "more is used than the buffer holds");
    if (r->kind == RING_BATCH)
        descs = batch(r, slot, id);
    else if (id != last)
        descs = 0;
    if (descs == 0)
        refuse(r, kind, c, "the id of another buffer");
    memcpy(r->pushed[slot], p, 8);
    give_back(r, slot, descs);
}

static void write_pushed(struct ring *r, const struct fake_cmd *c)
{
    uint64_t offset = c->addr.bus - r->desc;
    uint8_t words[8];

    if (c->addr.bus < r->desc || offset >= (uint64_t)DESC_BYTES * r->size ||
        offset % DESC_BYTES != USED_OFFSET ||
        c->count % DESC_BYTES != USED_OFFSET)
        return; /* what is left of it is judged when it is carried out */
    put(words, c->data0, 4);
    put(words + 4, c->data1, 4);
    for (uint32_t at = 0; at < c->count; at += DESC_BYTES)
        used_pushed(r, c, (uint32_t)(offset + at) / DESC_BYTES % r->size,
                    operation(c) == RL_OP_IMM8 ? words
                                               : fake.lmem + c->lmem + at);
}

/* ---- All together ---- */

void positions_start(struct ring *r, uint32_t queue, uint64_t desc,
                     uint32_t size, enum ring_kind kind)
{
    memset(r, 0, sizeof(*r));
    r->queue = queue;
    r->desc = desc;
    r->size = size;
    r->kind = kind;
    r->used_wrap = true;
    /* The first look may have been pushed before it was seen that the queue is
     * live. */
    for (uint32_t i = 0; i < fake.fetches.count; i++)
        if (queue_of(&fake.fetches.cmd[i]) == queue)
            fetch_pushed(r, &fake.fetches.cmd[i]);
}

bool positions_push(struct ring *r, const struct fake_cmd *c, bool write)
{
    uint32_t op = operation(c);

    if (op == RL_OP_NOP) {
        r->stopped = true;
        return true;
    }
    if (r->stopped)
        return op != RL_OP_FETCH || write;
    if (op == RL_OP_RUN)
        run_pushed(r, c, write);
    else if (!write)
        fetch_pushed(r, c);
    else if (op == RL_OP_IMM8 || op == RL_OP_WRITE)
        write_pushed(r, c);
    return true;
}
