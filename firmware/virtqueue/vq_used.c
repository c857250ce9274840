/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Used descriptors and notifications: the only place that writes to the ring.
 *
 * Batch policy. With IN_ORDER, buffers to which nothing was written are given
 * back with one used descriptor for all that are complete: in the slot of the
 * first, with the id of the last ("In-order use of descriptors"). Buffers that
 * were written get one used descriptor each, since a skipped buffer counts as
 * completely filled; neighbours go out in one ascending burst. Without IN_ORDER
 * every buffer gets its own, bursts where slots are neighbours.
 *
 * A packet over several buffers has a used descriptor for each, too. That of the
 * first buffer leaves behind all others: drivers look at it alone and then take
 * as many buffers as the packet's header says.
 *
 * Order. Write commands leave in the order in which they are pushed: payload,
 * used descriptors, MSI-X. The driver event area is read behind a fence, after
 * the used descriptors ("Driver and Device Event Suppression"), so that the
 * driver cannot enable interrupts, see no used descriptor and sleep.
 *
 * That order holds within one memory only. When ring and event areas are in
 * different ones (one behind BAR2, one in the host), suppression is not used:
 * every batch interrupts, and doorbells stay enabled.
 *
 * Bursts leave from the shadow ring itself. From then on fetches of this queue
 * are fenced too: they would overwrite what still waits to be sent.
 */
#include "vq_internal.h"

/* Bytes 8 to 15 of a descriptor are len, id and flags; addr is unused. */
#define VQ_USED_OFFSET 8u

static uint32_t vq_wrapped(const struct vq *vq, uint32_t slot)
{
    return slot >= vq->size ? slot - vq->size : slot;
}

static void vq_used_advance(struct vq *vq, uint32_t descs)
{
    uint32_t slot = vq->used + descs;

    if (slot >= vq->size) {
        slot -= vq->size;
        vq->used_wrap = !vq->used_wrap;
    }
    vq->used = slot;
    vq->taken -= descs;
    vq->passed += descs;
    vq->due |= VQ_DUE_EVENT;
}

/* A used descriptor into `slot`; flags: WRITE and the wrap value. */
static inline void vq_slot_push(const struct vq *vq, uint32_t slot, uint16_t id,
                                uint32_t len, uint32_t flags)
{
    hal_wr_imm8(host_addr_add(vq->desc_addr, 16u * slot + VQ_USED_OFFSET), len,
                HAL_HALVES(id, flags),
                vq->cmd | HAL_CMD(RL_OP_IMM8, 0, VQ_COOKIE_USED, 0));
}

/* `descs` slots as they stand in the shadow ring, up to its end. */
static inline void vq_slots_push(struct vq *vq, uint32_t slot, uint32_t descs)
{
    hal_wr_lmem(host_addr_add(vq->desc_addr, 16u * slot + VQ_USED_OFFSET),
                vq_slot_offset(vq, slot) + VQ_USED_OFFSET,
                16u * descs - VQ_USED_OFFSET,
                vq->cmd | HAL_CMD(RL_OP_WRITE, 0, VQ_COOKIE_USED, 0));
    vq->fetch_flags = HAL_CMD_FENCE;
}

/* One used descriptor for the next `descs` slots. */
static void vq_used_one(struct vq *vq, uint32_t descs, uint16_t id,
                        uint32_t len, uint32_t write_flag)
{
    vq_slot_push(vq, vq->used, id, len,
                 write_flag | vq_used_flags(vq->used_wrap));
    vq_used_advance(vq, descs);
}

/* The next `descs` slots as one burst. */
static void vq_used_burst(struct vq *vq, uint32_t descs)
{
    vq_slots_push(vq, vq->used, descs);
    vq_used_advance(vq, descs);
}

/* Turn done buffers of one descriptor each into used descriptors, in place. */
static uint32_t vq_mark_singles(struct vq *vq)
{
    const uint32_t flags = vq_used_flags(vq->used_wrap);
    uint32_t n = vq->size - vq->used;
    struct vq_desc *d = &vq->ring[vq->used];
    uint32_t i;

    if (n > vq->done)
        n = vq->done;
    for (i = 0; i < n && !(d[i].flags & VQ_DESC_NEXT); i++) {
        d[i].len = 0;
        d[i].flags = (uint16_t)flags;
    }
    return i;
}

/* Without IN_ORDER: a used descriptor for each buffer. */
static void vq_publish_each(struct vq *vq)
{
    while (vq->done != 0) {
        uint32_t descs;

        if (hal_wr_free() == 0) {
            vq->retry = true;
            return;
        }
        descs = vq_mark_singles(vq);
        if (descs != 0) {
            vq_used_burst(vq, descs);
        } else {
            uint32_t slot = vq->used;

            for (descs = 1; vq->ring[slot].flags & VQ_DESC_NEXT; descs++)
                slot = vq_wrapped(vq, slot + 1u);
            vq_used_one(vq, descs, vq->ring[slot].id, 0, 0);
        }
        vq->done -= descs;
    }
}

static void vq_publish_batch(struct vq *vq)
{
    uint32_t last = vq_wrapped(vq, vq->used + vq->done - 1u);

    if (VQ_UNLIKELY(hal_wr_free() == 0)) {
        vq->retry = true;
        return;
    }
    vq_used_one(vq, vq->done, vq->ring[last].id, 0, 0);
    vq->done = 0;
}

void vq_fill(struct vq *vq, uint32_t ahead, uint32_t len)
{
    struct vq_desc *d = &vq->ring[vq->parse + ahead];

    d->len = len;
    d->flags = (uint16_t)(VQ_DESC_WRITE | vq_used_flags(vq->parse_wrap));
}

void vq_publish_filled(struct vq *vq, uint32_t descs)
{
    vq_take(vq, descs);
    vq_used_burst(vq, descs);
}

void vq_use(struct vq *vq, const struct vq_buffer *buffer, uint32_t len)
{
    vq_used_one(vq, buffer->descs, buffer->id, len,
                len != 0 ? VQ_DESC_WRITE : 0);
}

/* ---- A packet over several buffers ---------------------------------------- */

static uint32_t vq_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Bytes that a descriptor of a span holds; `entry` walks through the table
 * ring. */
static VQ_NOINLINE uint32_t vq_span_room(const struct vq *vq,
                                         const struct vq_desc *d,
                                         uint32_t *entry)
{
    uint32_t last, bytes = 0;

    if (!(d->flags & VQ_DESC_INDIRECT)) {
        (*entry)++;
        return d->len;
    }
    for (last = *entry + vq_table_entries(vq, d); *entry != last; (*entry)++) {
        uint32_t len = vq_table_entry(vq, *entry)->len;

        bytes = bytes + len < len ? UINT32_MAX : bytes + len;
    }
    return bytes;
}

/* Its buffers of one descriptor become their used descriptors in place, the last
 * one cut to what the packet leaves for it. Chains must keep theirs: the run has
 * yet to read them. Bounded: a span is no longer than the queue. */
static void vq_span_mark(struct vq *vq, const struct vq_span *span)
{
    struct vq_desc *d = vq->ring + vq->parse;
    const struct vq_desc *end = vq->ring + vq->size;
    uint32_t used = VQ_DESC_WRITE | vq_used_flags(vq->parse_wrap);
    const bool tables = span->entries != 0;
    uint32_t left = span->bytes;
    uint32_t member = 0, entry = 0;

    for (uint32_t n = span->descs; n != 0; n--) {
        uint32_t room = tables ? vq_span_room(vq, d, &entry) : d->len;
        uint32_t len = vq_min(room, left);
        uint32_t next = d->flags & VQ_DESC_NEXT;

        if ((member | next) == 0) {
            d->len = len;
            d->flags = (uint16_t)used;
        }
        left -= len;
        member = next;
        if (++d == end) {
            d = vq->ring;
            used ^= VQ_DESC_AVAIL | VQ_DESC_USED;
        }
    }
}

/* The buffer `at` slots into the span; `left` bytes of the packet remain. Its
 * slots, its id, and in writable how many bytes it gets. */
static struct vq_buffer vq_span_buffer(const struct vq *vq, uint32_t at,
                                       uint32_t left)
{
    uint32_t slot = vq_wrapped(vq, vq->used + at);
    struct vq_buffer buffer = {0};
    const struct vq_desc *d;

    do {
        d = &vq->ring[slot];
        buffer.writable += vq_min(d->len, left - buffer.writable);
        buffer.descs++;
        slot = vq_wrapped(vq, slot + 1);
    } while (d->flags & VQ_DESC_NEXT);
    buffer.id = d->id;
    return buffer;
}

void vq_write_span(struct vq *vq, struct vq_span *span, uint32_t param)
{
    struct vq_buffer first;

    vq_span_mark(vq, span);
    if (span->entries == 0) {
        (void)vq_run_write(vq, span->descs, param, span->space | HAL_CMD_TABLE,
                           0);
    } else {
        vq_run_write_table(vq, span->entries, param, span->space);
        vq_table_take(vq, span->entries);
    }
    vq_take(vq, span->descs);
    first = vq_span_buffer(vq, 0, span->bytes);
    span->at = first.descs;
    span->left = span->bytes - first.writable;
}

/* One write command: neighbours that were marked, or a chain. */
static void vq_span_push(struct vq *vq, struct vq_span *span)
{
    uint32_t slot = vq_wrapped(vq, vq->used + span->at);
    uint32_t most = vq_min(span->descs - span->at, vq->size - slot);
    const struct vq_desc *d = &vq->ring[slot];
    bool wrap = vq->used_wrap != (slot < vq->used);
    uint32_t descs = 0, bytes = 0;

    while (descs < most && !(d[descs].flags & VQ_DESC_NEXT))
        bytes += d[descs++].len;
    if (descs != 0) {
        span->left -= bytes;
        vq_slots_push(vq, slot, descs);
    } else {
        struct vq_buffer chain = vq_span_buffer(vq, span->at, span->left);

        vq_slot_push(vq, slot, chain.id, chain.writable,
                     VQ_DESC_WRITE | vq_used_flags(wrap));
        span->left -= chain.writable;
        descs = chain.descs;
    }
    span->at += descs;
}

bool vq_publish_span(struct vq *vq, struct vq_span *span)
{
    struct vq_buffer first;

    while (hal_wr_free() != 0) {
        if (span->at < span->descs) {
            vq_span_push(vq, span);
            continue;
        }
        first = vq_span_buffer(vq, 0, span->bytes);
        vq_used_one(vq, span->descs, first.id, first.writable, VQ_DESC_WRITE);
        span->descs = 0;
        return true;
    }
    vq->retry = true;
    return false;
}

/* ---- Notifications --------------------------------------------------------- */

static uint32_t vq_event_offset(const struct vq *vq)
{
    return VQ_LMEM_EVENT(vq->index) + (uint32_t)(vq->driver_addr.bus & 0xcu);
}

static void vq_interrupt(struct vq *vq)
{
    if (vq_env_interrupt(vq)) {
        vq->due &= (uint8_t)~VQ_DUE_INTERRUPT;
    } else {
        vq->due |= VQ_DUE_INTERRUPT;
        vq->retry = true;
    }
}

static void vq_event_issue(struct vq *vq)
{
    if (VQ_UNLIKELY(hal_rd_free() == 0)) {
        vq->retry = true;
        return;
    }
    hal_rd_fetch(vq->driver_addr, vq_event_offset(vq), 4,
                 vq->driver_space | HAL_CMD_FENCE |
                     HAL_CMD(RL_OP_FETCH, vq->index, VQ_COOKIE_EVENT, 0));
    vq->reads++;
    vq->event_read = true;
    vq->asked_passed = vq->passed;
    vq->asked_at = VQ_POSITION(vq->used, vq->used_wrap);
    vq->passed = 0;
    vq->due &= (uint8_t)~VQ_DUE_EVENT;
}

/* Was the descriptor at `event` among the P that were used between the last two
 * times the driver was asked? A batch or a chain passes many, so it is a range
 * and never one slot.
 *
 * Number the descriptors in the order of use, over all laps: the next one to be
 * used is n, those passed are n - P to n - 1. Slot s with the wrap value of n's
 * own lap is n - (slot(n) - s), for s >= slot(n) not used yet. With the other
 * wrap value it is of the lap before, size further back. So with
 *
 *     back = slot(n) - s, + size when the wrap values differ
 *
 * it was passed when 1 <= back <= P. The driver has no more than size
 * descriptors outstanding, and asks for none further away; where more have
 * passed (it polls) any that there can be is among them. */
static bool vq_event_was_passed(const struct vq *vq, uint32_t event)
{
    uint32_t slot = event & VQ_POSITION_SLOT;
    uint32_t back = (vq->asked_at & VQ_POSITION_SLOT) - slot;

    if (slot >= vq->size)
        return false;
    if ((event ^ vq->asked_at) & VQ_POSITION_WRAP)
        back += vq->size;
    return vq->asked_passed > vq->size || back - 1u < vq->asked_passed;
}

void vq_event_landed(struct vq *vq)
{
    const uint32_t *event = hal_lmem(vq_event_offset(vq));
    uint32_t mode = (*event >> 16) & 3u;

    vq->event_read = false;
    /* Mode 2 without EVENT_IDX and the reserved 3 mean enabled. */
    if (mode == VQ_EVENT_DESC && vq->event_idx ? vq_event_was_passed(vq, *event)
                                               : mode != VQ_EVENT_DISABLE)
        vq_interrupt(vq);
}

void vq_used_flush(struct vq *vq)
{
    if (vq->done != 0) {
        if (vq->in_order)
            vq_publish_batch(vq);
        else
            vq_publish_each(vq);
    }
    if (vq->due == 0)
        return;
    if (VQ_UNLIKELY(vq->due & VQ_DUE_INTERRUPT))
        vq_interrupt(vq);
    if ((vq->due & VQ_DUE_EVENT) && !vq->event_read) {
        if (!vq_env_wants_interrupt(vq)) {
            vq->due &= (uint8_t)~VQ_DUE_EVENT;
        } else if (VQ_UNLIKELY(vq->mixed)) {
            vq->due &= (uint8_t)~VQ_DUE_EVENT;
            vq_interrupt(vq);
        } else {
            vq_event_issue(vq);
        }
    }
}
