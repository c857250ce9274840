/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "ring_model.h"

#include <string.h>

static bool within(uint64_t addr, uint32_t bytes, uint64_t base, uint64_t size)
{
    return addr >= base && addr - base < size && bytes <= size - (addr - base);
}

static uint64_t ring_bytes(const struct ring_rules *r)
{
    return 16u * (uint64_t)r->size;
}

static struct ring_desc desc_at(const struct ring_rules *r, uint64_t addr)
{
    struct ring_desc d;

    memcpy(&d, r->at(addr, sizeof d), sizeof d);
    return d;
}

static struct ring_desc slot_at(const struct ring_rules *r, uint16_t slot)
{
    return desc_at(r, r->desc_addr + 16u * slot);
}

/* "Driver and Device Ring Wrap Counters": AVAIL says the driver's counter, USED
 * its inverse; a used descriptor has the device's counter in both. */
static bool is_avail(struct ring_desc d, uint16_t wrap)
{
    return (d.flags & (RING_AVAIL | RING_USED)) ==
           (wrap ? RING_AVAIL : RING_USED);
}

void ring_model_init(struct ring_model *m)
{
    memset(m, 0, sizeof *m);
    m->avail.wrap = 1;
    m->used.wrap = 1;
}

/* ---- Elements of a buffer -------------------------------------------------- */

/* Calls visit for each element, in order, until it returns false. */
static void each_element(const struct ring_rules *r,
                         const struct ring_buffer *b,
                         bool (*visit)(void *ctx, const struct ring_desc *d),
                         void *ctx)
{
    struct ring_desc head = slot_at(r, b->first);
    struct ring_place p = {b->first, 0};

    if (head.flags & RING_INDIRECT) {
        for (uint32_t i = 0; i < head.len / 16u; i++) {
            struct ring_desc d = desc_at(r, head.addr + 16u * i);

            if (!visit(ctx, &d))
                return;
        }
        return;
    }
    for (uint16_t i = 0; i < b->slots; i++) {
        struct ring_desc d = slot_at(r, p.slot);

        if (!visit(ctx, &d))
            return;
        ring_place_move(&p, r->size, 1);
    }
}

static bool add_writable(void *ctx, const struct ring_desc *d)
{
    if (d->flags & RING_WRITE)
        *(uint64_t *)ctx += d->len;
    return true;
}

/* Where [addr, addr + bytes) lies in a buffer's elements of one direction. */
struct search {
    uint64_t addr;
    uint64_t before; /* bytes of that direction in front of it */
    uint32_t bytes;
    uint16_t direction;
    bool found;
};

static bool search_element(void *ctx, const struct ring_desc *d)
{
    struct search *s = ctx;

    if ((d->flags & RING_WRITE) != s->direction)
        return true;
    if (d->len != 0 && within(s->addr, s->bytes, d->addr, d->len)) {
        s->before += s->addr - d->addr;
        s->found = true;
        return false;
    }
    s->before += d->len;
    return true;
}

static struct ring_buffer *find_element(struct ring_model *m,
                                        const struct ring_rules *r,
                                        struct search *s)
{
    for (uint16_t i = 0; i < m->count; i++) {
        struct search one = *s;

        if (m->early[m->buffer[i].first].state != 0)
            continue; /* given back: nothing there may be touched any more */
        each_element(r, &m->buffer[i], search_element, &one);
        if (one.found) {
            *s = one;
            return &m->buffer[i];
        }
    }
    return NULL;
}

/* ---- What the driver does -------------------------------------------------- */

/* "Next Flag: Descriptor Chaining", "Indirect Flag". */
static const char *take_available(struct ring_model *m,
                                  const struct ring_rules *r)
{
    struct ring_buffer *b = &m->buffer[m->count];
    struct ring_place p = m->avail;
    struct ring_desc d;

    memset(b, 0, sizeof *b);
    b->first = p.slot;
    do {
        d = slot_at(r, p.slot);
        if (m->outstanding + b->slots == r->size)
            return "driver: more descriptors than the ring has";
        if (!is_avail(d, p.wrap))
            return "driver: head published before a member";
        if ((d.flags & RING_INDIRECT) &&
            (!r->indirect || b->slots || (d.flags & RING_NEXT)))
            return "driver: indirect descriptor where none may be";
        b->slots++;
        ring_place_move(&p, r->size, 1);
    } while (d.flags & RING_NEXT);
    b->id = d.id;
    for (uint16_t i = 0; i < m->count; i++)
        if (m->buffer[i].id == b->id)
            return "driver: buffer id is in use";
    each_element(r, b, add_writable, &b->writable);
    m->avail = p;
    m->outstanding = (uint16_t)(m->outstanding + b->slots);
    m->count++;
    return NULL;
}

const char *ring_model_driver_wrote(struct ring_model *m,
                                    const struct ring_rules *r, uint64_t addr,
                                    uint32_t bytes)
{
    const char *why = NULL;

    if (!within(addr, bytes, r->desc_addr, ring_bytes(r)))
        return NULL;
    while (!why && m->outstanding < r->size &&
           is_avail(slot_at(r, m->avail.slot), m->avail.wrap))
        why = take_available(m, r);
    return why;
}

const char *ring_model_driver_saw(struct ring_model *m, uint16_t id,
                                  bool skipped, uint32_t len)
{
    struct ring_used *u = &m->seen[m->seen_first];
    uint16_t state = u->state;

    if (m->seen_count == 0)
        return "driver: saw a used buffer that there is not";
    if (u->id != id)
        return "driver: took the wrong buffer back";
    if (skipped != ((state & RING_USED_SKIPPED) != 0) || u->len != len)
        return "driver: misunderstood a used descriptor";
    memset(u, 0, sizeof *u);
    m->seen_first = (uint16_t)((m->seen_first + 1) % RING_MODEL_SIZE);
    m->seen_count--;
    return NULL;
}

/* ---- Used descriptors ------------------------------------------------------- */

static int find_id(const struct ring_model *m, uint16_t id)
{
    for (int i = 0; i < m->count; i++)
        if (m->buffer[i].id == id)
            return i;
    return -1;
}

static void see(struct ring_model *m, uint16_t id, uint16_t state, uint32_t len)
{
    uint32_t at = (uint32_t)(m->seen_first + m->seen_count) % RING_MODEL_SIZE;

    m->seen[at].id = id;
    m->seen[at].state = state;
    m->seen[at].len = len;
    m->seen_count++;
}

/* One buffer leaves. `u` is its own used descriptor, or NULL: it was skipped,
 * and so "all of it was used". */
static const char *use_buffer(struct ring_model *m, int i,
                              const struct ring_used *u)
{
    const struct ring_buffer *b = &m->buffer[i];

    if (!u && b->written != b->writable)
        return "skipped buffer was not completely written";
    if (u && u->len != b->written)
        return "used length is not what was written to that buffer";
    if (u && ((u->state & RING_USED_WRITE) != 0) != (b->written != 0))
        return "WRITE of a used descriptor does not say if it was written";
    see(m, b->id, u ? RING_USED_OWN : RING_USED_SKIPPED,
        u ? u->len : (uint32_t)b->writable);
    m->count--;
    memmove(&m->buffer[i], &m->buffer[i + 1],
            (size_t)(m->count - i) * sizeof m->buffer[0]);
    memset(&m->buffer[m->count], 0, sizeof m->buffer[0]);
    return NULL;
}

/* The used position moves over `slots`; nothing may stand in their middle. */
static const char *move_used(struct ring_model *m, const struct ring_rules *r,
                             uint32_t slots)
{
    for (uint32_t i = 0; i < slots; i++) {
        if (m->early[m->used.slot].state != 0)
            return "used descriptor in a slot that is skipped";
        ring_place_move(&m->used, r->size, 1);
    }
    m->outstanding = (uint16_t)(m->outstanding - slots);
    m->passed = (uint16_t)(m->passed + slots);
    return NULL;
}

/* The descriptor at the used position has become a used one. In order it speaks
 * for all buffers up to the one it names; otherwise for that one alone. */
static const char *use_next(struct ring_model *m, const struct ring_rules *r)
{
    struct ring_used u = m->early[m->used.slot];
    int last = find_id(m, u.id);
    const char *why = NULL;
    uint32_t slots = 0;

    if (last < 0)
        return "used descriptor with an id that is not outstanding";
    memset(&m->early[m->used.slot], 0, sizeof u);
    if (r->in_order) {
        for (int i = 0; !why && i < last; i++) {
            slots += m->buffer[0].slots;
            why = use_buffer(m, 0, NULL);
        }
        last = 0;
    }
    if (why)
        return why;
    slots += m->buffer[last].slots;
    why = use_buffer(m, last, &u);
    return why ? why : move_used(m, r, slots);
}

static const char *used_wrote(struct ring_model *m, const struct ring_rules *r,
                              uint16_t slot, const struct ring_desc *d)
{
    uint32_t ahead = (uint32_t)(slot + r->size - m->used.slot) % r->size;
    struct ring_used *u = &m->early[slot];
    uint16_t wrap = m->used.wrap ^ (slot < m->used.slot);

    if (ahead >= m->outstanding)
        return "used descriptor in a slot that is the driver's";
    if (u->state != 0)
        return "used descriptor was written twice";
    if ((d->flags & (RING_AVAIL | RING_USED)) !=
        (wrap ? RING_AVAIL | RING_USED : 0))
        return "used descriptor with the wrong wrap value";
    if (d->flags & ~(RING_AVAIL | RING_USED | RING_WRITE))
        return "used descriptor with reserved flags";
    if (find_id(m, d->id) < 0)
        return "used descriptor with an id that is not outstanding";
    if (!(d->flags & RING_WRITE) && d->len != 0)
        return "used length without WRITE";
    u->id = d->id;
    u->len = d->len;
    u->state = RING_USED_OWN | (d->flags & RING_WRITE ? RING_USED_WRITE : 0);
    return NULL;
}

/* Bytes 8 to 15 of a slot decide; the address in front of them means nothing
 * and may be written or not. */
static const char *ring_wrote(struct ring_model *m, const struct ring_rules *r,
                              uint64_t addr, uint32_t bytes, const void *data)
{
    uint32_t offset = (uint32_t)(addr - r->desc_addr);
    uint32_t end = offset + bytes;
    const char *why = NULL;

    if ((offset & 7u) != 0 || (end & 15u) != 0)
        return "write to a part of a used descriptor";
    for (uint32_t slot = offset / 16u; !why && slot < end / 16u; slot++) {
        struct ring_desc d = {0};

        memcpy(&d.len, (const uint8_t *)data + (16u * slot + 8u - offset), 8);
        why = used_wrote(m, r, (uint16_t)slot, &d);
    }
    while (!why && m->early[m->used.slot].state != 0)
        why = use_next(m, r);
    return why;
}

/* ---- Event suppression ------------------------------------------------------ */

/* Counted over laps, `now` is size * lap + slot. The wrap value tells this lap
 * from the one before. */
bool ring_event_passed(uint16_t size, uint16_t event, struct ring_place now,
                       uint32_t passed)
{
    struct ring_place p = now;

    if (passed > size)
        passed = size;
    for (uint32_t i = 0; i < passed; i++) {
        if (p.slot == 0) {
            p.slot = size;
            p.wrap ^= 1;
        }
        p.slot--;
        if (event == (p.slot | p.wrap << 15))
            return true;
    }
    return false;
}

static const char *device_event(const struct ring_rules *r, uint32_t bytes,
                                const void *data)
{
    struct ring_event e;

    if (bytes != sizeof e)
        return "write to a part of the device's event area";
    memcpy(&e, data, sizeof e);
    if (e.flags > RING_EVENT_DESC)
        return "reserved event flags";
    if (e.flags == RING_EVENT_DESC && !r->event_idx)
        return "event at a descriptor without EVENT_IDX";
    if (e.flags == RING_EVENT_DESC && (e.position & 0x7fffu) >= r->size)
        return "event at a descriptor that there is not";
    return NULL;
}

/* Each used descriptor asks for one answer that was read behind it. An answer
 * may come too early for those that are still on their way, and be followed by
 * another: the last one counts. A driver that moves its event looks at the ring
 * again, so a descriptor that was not the one asked for needs no second answer. */
static void driver_asked(struct ring_model *m, const struct ring_rules *r,
                         const void *data)
{
    struct ring_event e;
    bool hit;

    memcpy(&e, data, sizeof e);
    e.flags &= 3u;
    if (e.flags == RING_EVENT_DESC && r->event_idx) {
        hit = m->must_at == e.position + 1u ||
              ring_event_passed(r->size, e.position, m->used, m->passed);
        m->must_at = hit ? (uint16_t)(e.position + 1u) : 0;
        m->must_notify = hit;
        m->passed = 0;
    } else if (e.flags == RING_EVENT_DISABLE) {
        ring_model_notified(m);
    } else {
        m->must_notify = m->passed != 0 || m->must_at != 0;
    }
}

void ring_model_notified(struct ring_model *m)
{
    m->must_notify = 0;
    m->must_at = 0;
    m->passed = 0;
}

const char *ring_model_quiet(const struct ring_model *m)
{
    if (m->must_notify)
        return "a notification that the driver asked for never came";
    if (m->passed != 0)
        return "the driver's event area was not read behind a used descriptor";
    return NULL;
}

const char *ring_model_drained(const struct ring_model *m)
{
    return m->count ? "an available buffer was never used" : NULL;
}

/* ---- Accesses of the device ------------------------------------------------- */

const char *ring_model_device_wrote(struct ring_model *m,
                                    const struct ring_rules *r, uint64_t addr,
                                    uint32_t bytes, const void *data)
{
    struct search s = {.addr = addr, .bytes = bytes, .direction = RING_WRITE};
    struct ring_buffer *b;

    if (within(addr, bytes, r->desc_addr, ring_bytes(r)))
        return ring_wrote(m, r, addr, bytes, data);
    if (within(addr, bytes, r->device_addr, 4))
        return device_event(r, bytes, data);
    b = find_element(m, r, &s);
    if (!b)
        return "device wrote to what is not its own";
    if (s.before > b->written)
        return "a buffer was not written from its start";
    if (s.before + bytes > b->written)
        b->written = s.before + bytes;
    return NULL;
}

static bool in_table(const struct ring_model *m, const struct ring_rules *r,
                     uint64_t addr, uint32_t bytes)
{
    for (uint16_t i = 0; i < m->count; i++) {
        struct ring_desc d = slot_at(r, m->buffer[i].first);

        if ((d.flags & RING_INDIRECT) && within(addr, bytes, d.addr, d.len))
            return true;
    }
    return false;
}

const char *ring_model_device_read(struct ring_model *m,
                                   const struct ring_rules *r, uint64_t addr,
                                   uint32_t bytes, const void *data)
{
    struct search s = {.addr = addr, .bytes = bytes};

    if (within(addr, bytes, r->driver_addr, 4)) {
        if (bytes == 4)
            driver_asked(m, r, data);
        return NULL;
    }
    if (within(addr, bytes, r->desc_addr, ring_bytes(r)) ||
        in_table(m, r, addr, bytes) || find_element(m, r, &s))
        return NULL;
    return "device read what it has no business with";
}
