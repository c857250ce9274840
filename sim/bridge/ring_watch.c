/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What card and driver write into packed rings.
 */
#include "bridge/ring_watch.h"

#include <string.h>

enum {
    DESC_BYTES = 16,
    FLAGS_AT = 14,
    FLAG_INDIRECT = 0x0004,
    EVENT_FLAGS_AT = 2,
    EVENT_DESC = 2,
    EVENT_RESERVED = 3,
    F_INDIRECT_DESC = 28,
    F_EVENT_IDX = 29,
};

static const char event_clause[] =
    "Packed Virtqueues / Event Suppression Structure Format";

void ring_watch_start(struct ring_watch *w, unsigned queue,
                      const struct device_queue *q)
{
    w->queue[queue] = *q;
    w->active[queue] = true;
}

void ring_watch_stop(struct ring_watch *w)
{
    memset(w->active, 0, sizeof w->active);
}

/* First descriptor of the ring whose flags lie in the bytes, and how many
 * follow; false: none. */
static bool flags_in(const struct device_queue *q, uint64_t addr,
                     uint32_t bytes, uint64_t *first, uint64_t *count)
{
    uint64_t begin = q->desc_addr + FLAGS_AT, end = addr + bytes;

    *first = addr > begin ? (addr - begin + DESC_BYTES - 1) / DESC_BYTES : 0;
    begin += *first * DESC_BYTES;
    if (*first >= q->size || end < begin + 2)
        return false;
    *count = (end - begin - 2) / DESC_BYTES + 1;
    if (*count > q->size - *first)
        *count = q->size - *first;
    return true;
}

void ring_watch_write(struct ring_watch *w, uint64_t addr, uint32_t bytes)
{
    uint64_t first, count;

    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++)
        if (w->active[q] && flags_in(&w->queue[q], addr, bytes, &first, &count))
            w->used[q] += count;
}

static void look_at_descs(struct ring_watch *w, const struct device_queue *q,
                          uint64_t addr, const uint8_t *data, uint32_t bytes)
{
    uint64_t first, count;
    uint16_t flags;

    if (w->features >> F_INDIRECT_DESC & 1 ||
        !flags_in(q, addr, bytes, &first, &count))
        return;
    for (; count--; first++) {
        uint64_t at = q->desc_addr + first * DESC_BYTES + FLAGS_AT;

        memcpy(&flags, data + (at - addr), 2);
        if (flags & FLAG_INDIRECT)
            remark(w->remarks,
                   "Packed Virtqueues / Indirect Flag: Scatter-Gather Support",
                   "a descriptor is INDIRECT, which was not negotiated");
    }
}

static void look_at_event(struct ring_watch *w, uint16_t flags)
{
    if ((flags & 3) == EVENT_RESERVED)
        remark(w->remarks, event_clause,
               "driver event flags have the reserved value 3");
    else if ((flags & 3) == EVENT_DESC && !(w->features >> F_EVENT_IDX & 1))
        remark(
            w->remarks, event_clause,
            "driver event flags name a descriptor although EVENT_IDX was not "
            "negotiated");
    if (flags & ~3)
        remark(w->remarks, event_clause,
               "reserved bits beside the driver event flags are set");
}

void ring_watch_read(struct ring_watch *w, uint64_t addr, const uint8_t *data,
                     uint32_t bytes)
{
    if (!w->remarks)
        return;
    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++) {
        uint64_t event = w->queue[q].driver_addr + EVENT_FLAGS_AT;
        uint16_t flags;

        if (!w->active[q])
            continue;
        look_at_descs(w, &w->queue[q], addr, data, bytes);
        if (event < addr || event + 2 > addr + bytes)
            continue;
        memcpy(&flags, data + (event - addr), 2);
        look_at_event(w, flags);
    }
}
