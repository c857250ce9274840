/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "ring_driver.h"

#include <stddef.h>
#include <string.h>

void ring_driver_init(struct ring_driver *d, const struct ring_rules *r)
{
    memset(d, 0, sizeof *d);
    d->free_slots = r->size;
    d->avail.wrap = 1;
    d->used.wrap = 1;
}

/* ---- Adding ----------------------------------------------------------------- */

static void stage(struct ring_driver *d, const struct ring_rules *r,
                  struct ring_desc desc)
{
    desc.flags |= d->avail.wrap ? RING_AVAIL : RING_USED;
    if (d->staged_slots++ == 0)
        d->staged = d->avail;
    d->image[d->avail.slot] = desc;
    ring_place_move(&d->avail, r->size, 1);
}

bool ring_driver_add(struct ring_driver *d, const struct ring_rules *r,
                     const struct ring_driver_buffer *buffer)
{
    uint16_t slots = buffer->table ? 1 : buffer->elements;
    struct ring_driver_record *record = &d->record[d->records];

    if (slots > d->free_slots)
        return false;
    memset(record, 0, sizeof *record);
    record->id = buffer->id;
    record->slots = slots;
    for (uint16_t i = 0; i < buffer->elements; i++) {
        struct ring_desc e = buffer->element[i];

        if (e.flags & RING_WRITE)
            record->writable += e.len;
        /* Only the last one's id counts. */
        e.id = i + 1 == buffer->elements ? buffer->id : (uint16_t)~buffer->id;
        if (i + 1 != buffer->elements)
            e.flags |= RING_NEXT;
        if (!buffer->table)
            stage(d, r, e);
    }
    if (buffer->table)
        stage(d, r,
              (struct ring_desc){buffer->table, 16u * buffer->elements,
                                 buffer->id, RING_INDIRECT});
    d->records++;
    d->free_slots = (uint16_t)(d->free_slots - slots);
    return true;
}

/* ---- Publishing -------------------------------------------------------------- */

void ring_driver_publish(struct ring_driver *d)
{
    d->stored = 0;
    d->pc = d->staged_slots > 1 ? RING_REST : RING_HEAD;
}

static struct ring_place staged_at(const struct ring_driver *d,
                                   const struct ring_rules *r, uint32_t n)
{
    struct ring_place p = d->staged;

    ring_place_move(&p, r->size, n);
    return p;
}

static void store_slot(const struct ring_driver *d,
                       const struct ring_driver_env *env, uint16_t slot,
                       uint32_t from, uint32_t bytes)
{
    env->store(env->rules->desc_addr + 16u * slot + from,
               (const uint8_t *)&d->image[slot] + from, bytes);
}

static void rest_stored(struct ring_driver *d)
{
    d->stored++;
    d->pc = d->stored + 1 < d->staged_slots ? RING_REST : RING_HEAD;
}

static void store_rest(struct ring_driver *d, const struct ring_driver_env *env)
{
    uint16_t before = staged_at(d, env->rules, d->stored).slot;
    uint16_t slot = staged_at(d, env->rules, d->stored + 1u).slot;

    if (!env->flags_first || !(d->image[before].flags & RING_NEXT)) {
        store_slot(d, env, slot, 0, 16);
        rest_stored(d);
    } else if (d->pc == RING_REST) {
        store_slot(d, env, slot, offsetof(struct ring_desc, flags), 2);
        d->pc = RING_REST_BODY;
    } else {
        store_slot(d, env, slot, 0, offsetof(struct ring_desc, flags));
        rest_stored(d);
    }
}

static void store_head_flags(struct ring_driver *d,
                             const struct ring_driver_env *env)
{
    store_slot(d, env, d->staged.slot, offsetof(struct ring_desc, flags), 2);
    d->pc = RING_READ_EVENT;
}

/* What is in the image is in the ring: forget it, so that states meet. */
static void read_event(struct ring_driver *d, const struct ring_driver_env *env)
{
    const struct ring_rules *r = env->rules;
    uint16_t count = d->staged_slots;
    struct ring_event e;
    bool wants;

    env->load(r->device_addr, &e, sizeof e);
    wants = e.flags != RING_EVENT_DISABLE;
    if (e.flags == RING_EVENT_DESC && r->event_idx)
        wants = ring_event_passed(r->size, e.position, d->avail, count);
    for (uint32_t i = 0; i < count; i++)
        memset(&d->image[staged_at(d, r, i).slot], 0, sizeof d->image[0]);
    d->staged_slots = 0;
    d->stored = 0;
    memset(&d->staged, 0, sizeof d->staged);
    d->pc = RING_FREE;
    if (wants)
        env->doorbell((uint16_t)(d->avail.slot | d->avail.wrap << 15));
}

/* ---- Taking back --------------------------------------------------------------- */

void ring_driver_look(struct ring_driver *d)
{
    d->pc = RING_LOOK;
}

static void look(struct ring_driver *d, const struct ring_driver_env *env)
{
    bool sleepy = d->pc == RING_RECHECK;
    uint16_t flags, mask = RING_AVAIL | RING_USED;

    env->load(env->rules->desc_addr + 16u * d->used.slot +
                  offsetof(struct ring_desc, flags),
              &flags, sizeof flags);
    if (d->free_slots != env->rules->size &&
        (flags & mask) == (d->used.wrap ? mask : 0))
        d->pc = RING_TAKE;
    else
        d->pc = sleepy ? RING_ASLEEP : RING_FREE;
}

static void give_back(struct ring_driver *d, const struct ring_driver_env *env,
                      uint16_t n, bool skipped, uint32_t len)
{
    struct ring_driver_record record = d->record[n];

    d->records--;
    memmove(&d->record[n], &d->record[n + 1],
            (size_t)(d->records - n) * sizeof record);
    memset(&d->record[d->records], 0, sizeof record);
    d->free_slots = (uint16_t)(d->free_slots + record.slots);
    ring_place_move(&d->used, env->rules->size, record.slots);
    env->back(record.id, skipped, skipped ? record.writable : len);
}

static void take(struct ring_driver *d, const struct ring_driver_env *env)
{
    struct ring_desc desc = {0};
    uint16_t n = 0;

    env->load(env->rules->desc_addr + 16u * d->used.slot +
                  offsetof(struct ring_desc, len),
              &desc.len, 8);
    d->pc = RING_FREE;
    while (n < d->records && d->record[n].id != desc.id)
        n++;
    if (n == d->records) {
        env->broken("driver: a used descriptor names no buffer of mine");
        return;
    }
    if (!(desc.flags & RING_WRITE))
        desc.len = 0;
    if (env->rules->in_order) {
        for (uint16_t i = 0; i < n; i++)
            give_back(d, env, 0, true, 0);
        n = 0;
    }
    give_back(d, env, n, false, desc.len);
}

/* ---- Interrupts, steps ---------------------------------------------------------- */

void ring_driver_event(struct ring_driver *d, const struct ring_driver_env *env,
                       struct ring_event event, bool sleep)
{
    env->store(env->rules->driver_addr, &event, sizeof event);
    if (sleep)
        d->pc = RING_RECHECK;
}

void ring_driver_wake(struct ring_driver *d)
{
    d->pc = RING_LOOK;
}

void ring_driver_step(struct ring_driver *d, const struct ring_driver_env *env)
{
    switch (d->pc) {
    case RING_REST:
    case RING_REST_BODY:
        store_rest(d, env);
        break;
    case RING_HEAD:
        store_slot(d, env, d->staged.slot, 0,
                   offsetof(struct ring_desc, flags));
        d->pc = RING_PUBLISH;
        break;
    case RING_PUBLISH:
        store_head_flags(d, env);
        break;
    case RING_READ_EVENT:
        read_event(d, env);
        break;
    case RING_LOOK:
    case RING_RECHECK:
        look(d, env);
        break;
    case RING_TAKE:
        take(d, env);
        break;
    default:
        break;
    }
}

uint64_t ring_driver_store_addr(const struct ring_driver *d,
                                const struct ring_rules *r)
{
    switch (d->pc) {
    case RING_REST:
    case RING_REST_BODY:
        return r->desc_addr + 16u * staged_at(d, r, d->stored + 1u).slot;
    case RING_HEAD:
    case RING_PUBLISH:
        return r->desc_addr + 16u * d->staged.slot;
    default:
        return 0;
    }
}
