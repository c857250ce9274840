/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "driver.h"

#include <string.h>

#include "card.h"

#define OUT_MAX (sizeof(((struct drv *)0)->out) / sizeof(struct drv_buffer))

static uint8_t *slot_at(const struct drv *d, uint16_t slot)
{
    return fake_at(d->ring + 16u * slot, 16);
}

static void put(uint8_t *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get(const uint8_t *p, int bytes)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)p[i] << (8 * i);
    return value;
}

uint16_t drv_flags(const struct drv *d, uint16_t slot)
{
    return (uint16_t)get(slot_at(d, slot) + 14, 2);
}

uint16_t drv_id(const struct drv *d, uint16_t slot)
{
    return (uint16_t)get(slot_at(d, slot) + 12, 2);
}

uint32_t drv_len(const struct drv *d, uint16_t slot)
{
    return get(slot_at(d, slot) + 8, 4);
}

void drv_poke(struct drv *d, uint16_t slot, uint64_t addr, uint32_t len,
              uint16_t id, uint16_t flags)
{
    uint8_t *p = slot_at(d, slot);

    put(p, addr, 8);
    put(p + 8, len, 4);
    put(p + 12, id, 2);
    put(p + 14, flags, 2);
}

void drv_init(struct drv *d, uint16_t index, uint16_t size, bool in_order,
              uint64_t ring, uint64_t driver_area, uint64_t device_area)
{
    memset(d, 0, sizeof(*d));
    d->index = index;
    d->size = size;
    d->in_order = in_order;
    d->ring = ring;
    d->driver_area = driver_area;
    d->device_area = device_area;
    d->avail_wrap = true;
    d->used_wrap = true;
    d->free = size;
    memset(fake_at(ring, 16u * size), 0, 16u * size);
    memset(fake_at(driver_area, 4), 0, 4);
    memset(fake_at(device_area, 4), 0, 4);
}

void drv_at(struct drv *d, uint16_t slot, bool wrap)
{
    d->avail = slot;
    d->used = slot;
    d->avail_wrap = wrap;
    d->used_wrap = wrap;
}

void drv_prepare(struct drv *d, const struct drv_elem *elems, uint32_t n,
                 uint16_t id, uint32_t tag)
{
    struct drv_buffer *b = &d->out[d->tail++ % OUT_MAX];

    assert_true(d->free >= n);
    *b = (struct drv_buffer){id, d->avail, (uint16_t)n, 0, tag};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t flags = d->avail_wrap ? DRV_AVAIL : DRV_USED;
        uint8_t *p = slot_at(d, d->avail);

        if (i + 1 < n)
            flags |= DRV_NEXT;
        if (elems[i].write) {
            flags |= DRV_WRITE;
            b->writable += elems[i].len;
        }
        put(p, elems[i].addr, 8);
        put(p + 8, elems[i].len, 4);
        /* Only the last one's id counts. */
        put(p + 12, i + 1 < n ? id ^ 0x5a5au : id, 2);
        if (i == 0) {
            d->head_at = d->ring + 16u * d->avail + 14;
            d->head_flags = (uint16_t)flags;
        } else {
            put(p + 14, flags, 2);
        }
        if (++d->avail == d->size) {
            d->avail = 0;
            d->avail_wrap = !d->avail_wrap;
        }
    }
    d->free = (uint16_t)(d->free - n);
    d->since += n;
}

void drv_publish(struct drv *d)
{
    put(fake_at(d->head_at, 2), d->head_flags, 2);
}

void drv_add(struct drv *d, const struct drv_elem *elems, uint32_t n,
             uint16_t id, uint32_t tag)
{
    drv_prepare(d, elems, n, id, tag);
    drv_publish(d);
}

void drv_add_indirect(struct drv *d, uint64_t table,
                      const struct drv_elem *elems, uint32_t n, uint16_t id,
                      uint32_t tag)
{
    struct drv_elem whole = {table, 16 * n, (draw() & 1) != 0};
    struct drv_buffer *b = &d->out[d->tail % OUT_MAX];
    uint32_t writable = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint8_t *p = fake_at(table + 16 * i, 16);

        put(p, elems[i].addr, 8);
        put(p + 8, elems[i].len, 4);
        put(p + 12, draw(), 2);
        put(p + 14,
            (draw() & ~(uint32_t)DRV_WRITE) | (elems[i].write ? DRV_WRITE : 0),
            2);
        writable += elems[i].write ? elems[i].len : 0;
    }
    drv_prepare(d, &whole, 1, id, tag);
    b->writable = writable;
    d->head_flags |= DRV_INDIRECT;
    drv_publish(d);
}

void drv_add_one(struct drv *d, uint64_t addr, uint32_t len, bool write,
                 uint16_t id)
{
    struct drv_elem e = {addr, len, write};

    drv_add(d, &e, 1, id, id);
}

uint32_t drv_outstanding(const struct drv *d)
{
    return d->tail - d->head;
}

static void advance(struct drv *d, uint32_t descs)
{
    uint32_t slot = d->used + descs;

    if (slot >= d->size) {
        slot -= d->size;
        d->used_wrap = !d->used_wrap;
    }
    d->used = (uint16_t)slot;
    d->free = (uint16_t)(d->free + descs);
}

/* Take out the buffer at `at`; those before it move up. */
static struct drv_buffer take_out(struct drv *d, uint32_t at)
{
    struct drv_buffer b = d->out[at % OUT_MAX];

    for (; at != d->head; at--)
        d->out[at % OUT_MAX] = d->out[(at - 1) % OUT_MAX];
    d->head++;
    return b;
}

bool drv_reap(struct drv *d, struct drv_used *used,
              void (*each)(void *arg, const struct drv_buffer *b,
                           uint32_t written),
              void *arg)
{
    uint16_t flags = drv_flags(d, d->used);
    uint16_t both = d->used_wrap ? DRV_AVAIL | DRV_USED : 0;
    struct drv_used local;
    uint32_t at, first;

    if (!used)
        used = &local;
    if ((flags & (DRV_AVAIL | DRV_USED)) != both)
        return false;
    if (d->head == d->tail)
        return false; /* a zeroed or old ring looks used: nothing is due */
    *used = (struct drv_used){d->used, drv_id(d, d->used), flags,
                              drv_len(d, d->used), 0};
    for (at = d->head; at != d->tail; at++)
        if (d->out[at % OUT_MAX].id == used->id)
            break;
    if (at == d->tail)
        return true; /* buffers 0: names none */
    first = d->in_order ? d->head : at;
    used->buffers = at - first + 1;
    for (uint32_t i = 0; i < used->buffers; i++) {
        struct drv_buffer b = take_out(d, d->in_order ? d->head : at);
        bool last = i + 1 == used->buffers;

        advance(d, b.descs);
        /* A skipped buffer counts as completely used. */
        if (each)
            each(arg, &b, last ? used->len : b.writable);
    }
    return true;
}

void drv_interrupts(struct drv *d, uint16_t mode)
{
    put((uint8_t *)fake_at(d->driver_area, 4) + 2, mode, 2);
}

void drv_event(struct drv *d, uint16_t slot, bool wrap)
{
    put(fake_at(d->driver_area, 4), slot | (wrap ? 0x8000u : 0) | 0x20000u, 4);
}

/* Each descriptor that was added since the last look, one by one. */
static bool event_among_new(const struct drv *d, uint32_t event)
{
    uint32_t slot = d->avail;
    bool wrap = d->avail_wrap;

    for (uint32_t i = 0; i < d->since; i++) {
        if (slot == 0) {
            slot = d->size;
            wrap = !wrap;
        }
        slot--;
        if (event == (slot | (wrap ? 0x8000u : 0)))
            return true;
    }
    return false;
}

bool drv_wants_doorbell(const struct drv *d)
{
    uint32_t event = get(fake_at(d->device_area, 4), 4);

    assert_int_equal(event >> 18, 0);
    if (event >> 16 == 2)
        return event_among_new(d, event & 0xffffu);
    assert_int_equal(event & 0xffffu, 0);
    return event >> 16 != 1;
}

bool drv_kick(struct drv *d)
{
    bool wanted = drv_wants_doorbell(d);

    d->since = 0;
    if (!wanted)
        return false;
    fake_doorbell(d->index, d->index);
    return true;
}
