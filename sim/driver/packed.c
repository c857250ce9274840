/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Packed virtqueue, driver side.
 */
#include "driver/packed.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 0xffff };

_Static_assert(sizeof(struct drv_desc) == 16, "descriptor layout");
_Static_assert(offsetof(struct drv_desc, id) == 12, "descriptor layout");

static void mem_write(struct drv_ring *r, uint64_t addr, const void *src,
                      size_t bytes)
{
    r->cfg.mem.write(r->cfg.mem.ctx, addr, src, bytes);
}

static int broken(struct drv_ring *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return DRV_RING_BROKEN;
}

/* ---- Life ---- */

int drv_ring_init(struct drv_ring *r, const struct drv_ring_config *config)
{
    const struct drv_ring_config copy = *config, *cfg = &copy;
    const uint32_t zero = 0;

    memset(r, 0, sizeof *r); /* config may lie in there */
    if (cfg->size == 0 || cfg->size > 32768 || cfg->desc_addr & 15 ||
        cfg->driver_addr & 3 || cfg->device_addr & 3)
        return DRV_RING_BAD;
    r->cfg = copy;
    r->shadow = calloc(cfg->size, sizeof *r->shadow);
    r->record = calloc(cfg->size, sizeof *r->record);
    r->by_id = calloc(65536, sizeof *r->by_id);
    if (!r->shadow || !r->record || !r->by_id) {
        drv_ring_fini(r);
        return DRV_RING_NOMEM;
    }
    for (uint16_t i = 0; i < cfg->size; i++)
        r->record[i].next = (uint16_t)(i + 1 < cfg->size ? i + 1 : NONE);
    r->oldest = r->newest = NONE;
    r->free_slots = cfg->size;
    r->avail_wrap = r->used_wrap = true;
    r->interrupts = true;
    r->armed = 0xffff;
    r->rng = cfg->id_seed;
    mem_write(r, cfg->desc_addr, r->shadow, 16u * cfg->size);
    mem_write(r, cfg->driver_addr, &zero, 4);
    mem_write(r, cfg->device_addr, &zero, 4);
    return DRV_RING_OK;
}

void drv_ring_fini(struct drv_ring *r)
{
    free(r->shadow);
    free(r->record);
    free(r->by_id);
    r->shadow = NULL;
    r->record = NULL;
    r->by_id = NULL;
}

/* ---- Available ---- */

static uint16_t choose_id(struct drv_ring *r, uint16_t record)
{
    uint16_t id = record;

    if (!r->cfg.id_seed)
        return id;
    do {
        r->rng = r->rng * 1664525u + 1013904223u;
        id = (uint16_t)(r->rng >> 16);
    } while (r->by_id[id]);
    return id;
}

static uint16_t take_record(struct drv_ring *r, unsigned slots, void *token)
{
    uint16_t n = r->free_record;
    struct drv_ring_record *rec = &r->record[n];

    r->free_record = rec->next;
    rec->id = choose_id(r, n);
    rec->slots = (uint16_t)slots;
    rec->token = token;
    rec->next = NONE;
    rec->busy = true;
    r->by_id[rec->id] = (uint16_t)(n + 1);
    if (r->newest == NONE)
        r->oldest = n;
    else
        r->record[r->newest].next = n;
    r->newest = n;
    return n;
}

/* The next slot, flags besides AVAIL and USED as given. */
static void add_slot(struct drv_ring *r, struct drv_desc d)
{
    d.flags |= r->avail_wrap ? DRV_DESC_AVAIL : DRV_DESC_USED;
    r->shadow[r->next_avail] = d;
    if (++r->next_avail == r->cfg.size) {
        r->next_avail = 0;
        r->avail_wrap = !r->avail_wrap;
    }
}

static struct drv_desc element(const struct drv_sg *sg, uint16_t id)
{
    return (struct drv_desc){
        .addr = sg->addr,
        .len = sg->bytes,
        .id = id,
        .flags = sg->device_writes ? DRV_DESC_WRITE : 0,
    };
}

static void add_chain(struct drv_ring *r, const struct drv_sg *sg,
                      unsigned count, uint16_t id)
{
    for (unsigned i = 0; i < count; i++) {
        struct drv_desc d = element(&sg[i], id);

        if (i + 1 < count)
            d.flags |= DRV_DESC_NEXT;
        add_slot(r, d);
    }
}

/* Each record has its table: it is free when the record is. */
static void add_table(struct drv_ring *r, const struct drv_sg *sg,
                      unsigned count, uint16_t record)
{
    uint64_t table =
        r->cfg.table_addr + 16u * (uint64_t)r->cfg.table_entries * record;

    for (unsigned i = 0; i < count; i++) {
        struct drv_desc d = element(&sg[i], 0);

        mem_write(r, table + 16u * i, &d, sizeof d);
    }
    add_slot(r, (struct drv_desc){.addr = table,
                                  .len = 16u * count,
                                  .id = r->record[record].id,
                                  .flags = DRV_DESC_INDIRECT});
    r->tables++;
}

static bool by_table(const struct drv_ring *r, unsigned count)
{
    return r->cfg.table_addr && count > 1 && count <= r->cfg.table_entries &&
           !(r->cfg.table_mixed && r->added & 1);
}

int drv_ring_add(struct drv_ring *r, const struct drv_sg *sg, unsigned count,
                 void *token)
{
    unsigned slots = by_table(r, count) ? 1 : count;
    uint64_t writable = 0;
    uint16_t n;

    if (count == 0 || count > r->cfg.size)
        return DRV_RING_BAD;
    if (slots > r->free_slots)
        return DRV_RING_FULL;
    n = take_record(r, slots, token);
    for (unsigned i = 0; i < count; i++)
        writable += sg[i].device_writes ? sg[i].bytes : 0;
    if (by_table(r, count))
        add_table(r, sg, count, n);
    else
        add_chain(r, sg, count, r->record[n].id);
    r->record[n].writable_bytes =
        writable > UINT32_MAX ? UINT32_MAX : (uint32_t)writable;
    r->free_slots = (uint16_t)(r->free_slots - slots);
    r->unpublished = (uint16_t)(r->unpublished + slots);
    r->added++;
    return DRV_RING_OK;
}

void drv_ring_publish(struct drv_ring *r)
{
    uint16_t first = r->published, size = r->cfg.size;
    unsigned rest, upto;

    if (!r->unpublished)
        return;
    rest = r->unpublished - 1u;
    upto = first + 1u + rest;
    if (rest) {
        unsigned tail = upto > size ? size - (first + 1u) : rest;

        if (tail)
            mem_write(r, r->cfg.desc_addr + 16u * (first + 1u),
                      &r->shadow[first + 1], 16u * tail);
        if (rest > tail)
            mem_write(r, r->cfg.desc_addr, r->shadow, 16u * (rest - tail));
    }
    mem_write(r, r->cfg.desc_addr + 16u * first, &r->shadow[first], 16);
    r->published = r->next_avail;
    r->unrung = (uint16_t)(r->unrung + r->unpublished);
    r->unpublished = 0;
}

/* Is the event's descriptor among the last `count` that were published? */
static bool event_passed(const struct drv_ring *r, uint16_t event,
                         unsigned count)
{
    int back = (int)r->published - (event & 0x7fff);

    if ((event & 0x7fff) >= r->cfg.size)
        return false;
    if (event >> 15 != r->avail_wrap)
        back += r->cfg.size;
    return back >= 1 && back <= (int)count;
}

bool drv_ring_wants_doorbell(struct drv_ring *r)
{
    uint16_t event[2];
    bool wanted;

    r->cfg.mem.read(r->cfg.mem.ctx, r->cfg.device_addr, event, sizeof event);
    if ((event[1] & 3) == DRV_EVENT_DESC && r->cfg.event_idx)
        wanted = event_passed(r, event[0], r->unrung);
    else
        wanted = (event[1] & 3) != DRV_EVENT_DISABLE;
    r->unrung = 0;
    return wanted;
}

uint16_t drv_ring_notify_data(const struct drv_ring *r)
{
    return (uint16_t)(r->next_avail | (r->avail_wrap ? 0x8000u : 0));
}

/* ---- Used ---- */

static void pop_oldest(struct drv_ring *r)
{
    uint16_t n = r->oldest;

    r->oldest = r->record[n].next;
    if (r->oldest == NONE)
        r->newest = NONE;
}

static void unlink_record(struct drv_ring *r, uint16_t n)
{
    uint16_t prev = r->oldest;

    if (n == r->oldest) {
        pop_oldest(r);
        return;
    }
    while (r->record[prev].next != n)
        prev = r->record[prev].next;
    r->record[prev].next = r->record[n].next;
    if (r->newest == n)
        r->newest = prev;
}

static void give_back(struct drv_ring *r, uint16_t n, struct drv_used *used)
{
    struct drv_ring_record *rec = &r->record[n];
    unsigned pos = r->next_used + (unsigned)rec->slots;

    used->token = rec->token;
    used->id = rec->id;
    r->by_id[rec->id] = 0;
    rec->busy = false;
    rec->next = r->free_record;
    r->free_record = n;
    r->free_slots = (uint16_t)(r->free_slots + rec->slots);
    if (pos >= r->cfg.size) {
        pos -= r->cfg.size;
        r->used_wrap = !r->used_wrap;
    }
    r->next_used = (uint16_t)pos;
    r->returned++;
}

static int next_of_batch(struct drv_ring *r, struct drv_used *used)
{
    uint16_t n = r->oldest;

    used->skipped = n != r->batch_last;
    used->bytes = used->skipped ? r->record[n].writable_bytes : r->batch_bytes;
    if (!used->skipped)
        r->in_batch = false;
    pop_oldest(r);
    give_back(r, n, used);
    return 1;
}

static int check_used(struct drv_ring *r, const struct drv_desc *d)
{
    const struct drv_ring_record *rec;

    if (!r->by_id[d->id])
        return broken(r, "used descriptor with an id that is not outstanding");
    rec = &r->record[r->by_id[d->id] - 1];
    if (d->flags & 0x7f7d)
        return broken(r, "used descriptor with reserved flags");
    if (!(d->flags & DRV_DESC_WRITE) && d->len)
        return broken(r, "used length without WRITE");
    if (d->len > rec->writable_bytes)
        return broken(r, "used length above what may be written");
    return DRV_RING_OK;
}

/* Asks for an interrupt at the next slot; true: was not asked before, look
 * again. */
static bool arm(struct drv_ring *r)
{
    uint16_t at = (uint16_t)(r->next_used | (r->used_wrap ? 0x8000u : 0));
    uint16_t event[2] = {at, DRV_EVENT_DESC};

    if (!r->cfg.event_idx || !r->interrupts || at == r->armed)
        return false;
    r->armed = at;
    mem_write(r, r->cfg.driver_addr, event, sizeof event);
    return true;
}

int drv_ring_used(struct drv_ring *r, struct drv_used *used)
{
    struct drv_desc d;
    uint16_t wrap = DRV_DESC_AVAIL | DRV_DESC_USED, n;

    if (r->why)
        return DRV_RING_BROKEN;
    if (r->in_batch)
        return next_of_batch(r, used);
    if (r->oldest == NONE) {
        (void)arm(r); /* for what will be added */
        return 0;
    }
    r->cfg.mem.read(r->cfg.mem.ctx, r->cfg.desc_addr + 16u * r->next_used, &d,
                    16);
    if ((d.flags & wrap) != (r->used_wrap ? wrap : 0))
        return arm(r) ? drv_ring_used(r, used) : 0;
    if (check_used(r, &d))
        return DRV_RING_BROKEN;
    r->used_descs++;
    n = (uint16_t)(r->by_id[d.id] - 1);
    if (r->cfg.in_order) {
        r->in_batch = true;
        r->batch_last = n;
        r->batch_bytes = d.len;
        return next_of_batch(r, used);
    }
    used->skipped = false;
    used->bytes = d.len;
    unlink_record(r, n);
    give_back(r, n, used);
    return 1;
}

void drv_ring_interrupts(struct drv_ring *r, bool on)
{
    uint16_t event[2] = {0, on ? DRV_EVENT_ENABLE : DRV_EVENT_DISABLE};

    r->interrupts = on;
    r->armed = 0xffff;
    if (arm(r))
        return;
    mem_write(r, r->cfg.driver_addr, event, sizeof event);
}
