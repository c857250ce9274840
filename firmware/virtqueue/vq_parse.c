/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the fetched descriptors say. vq_scan() is the fast path: buffers of one
 * descriptor, many at a time. vq_parse() reads any buffer with all the checks.
 *
 * A read of several descriptors gives no order between cache lines, and a driver
 * orders nothing but the flags of a head behind all else that it stores. So next
 * to a fresh head a member may be stale, or half written: its flags say that it
 * is available, its address is an old one. A member counts when it is sure: it
 * was read after what stands before it was seen, or came with the first
 * descriptor of a look in one line. Others are fetched again, with all that stands
 * behind them and is available, so once for many chains. Buffers of one
 * descriptor need none of this.
 */
#include "vq_internal.h"

/* Keep loads ahead of their uses: memory answers two instructions later, and
 * the compiler would rather save registers. */
#define SETTLE_LOADS(a, b, c, d) \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d))

/* While the device-memory window is open each address is looked at, too: the
 * buffers of a run lie in one memory. */
static VQ_NOINLINE uint32_t vq_scan_space(const struct vq_desc *first,
                                          uint32_t n, uint32_t expect,
                                          const struct vq_rule *rule,
                                          uint32_t *space)
{
    const struct vq_desc *d = first, *end = first + n;

    *space = vq_space_of((host_addr_t){d->addr}, d->len);
    for (; d != end && d->flags == expect; d++)
        if (d->len - rule->min_len >= rule->len_span ||
            vq_space_of((host_addr_t){d->addr}, d->len) != *space)
            break;
    return (uint32_t)(d - first);
}

/* Four descriptors a turn. */
uint32_t vq_scan(const struct vq *vq, const struct vq_rule *rule,
                 uint32_t *space)
{
    const struct vq_desc *first = vq->ring + vq->parse;
    const struct vq_desc *d = first;
    const uint32_t expect = rule->flags | vq_avail_flags(vq->parse_wrap);
    const uint32_t min_len = rule->min_len;
    uint32_t n = vq->size - vq->parse;
    uint32_t lengths = 0;
    const struct vq_desc *end;

    if (n > vq->landed)
        n = vq->landed;
    if (n > rule->max)
        n = rule->max;
    *space = 0;
    if (VQ_UNLIKELY(vq_win_bytes != 0) && n != 0)
        return vq_scan_space(first, n, expect, rule, space);
    end = first + (n & ~3u);
    while (d != end) {
        uint32_t f0 = d[0].flags, f1 = d[1].flags;
        uint32_t f2 = d[2].flags, f3 = d[3].flags;
        uint32_t l0 = d[0].len, l1 = d[1].len;
        uint32_t l2 = d[2].len, l3 = d[3].len;

        SETTLE_LOADS(f0, f1, f2, f3);
        SETTLE_LOADS(l0, l1, l2, l3);
        if (f0 != expect || f1 != expect || f2 != expect || f3 != expect)
            break;
        /* In range exactly when no difference has a bit at or above the
         * span: a shorter length wraps to a huge one. */
        lengths |=
            (l0 - min_len) | (l1 - min_len) | (l2 - min_len) | (l3 - min_len);
        d += 4;
    }
    end = first + n;
    for (; d != end && d->flags == expect; d++)
        lengths |= d->len - min_len;
    return lengths < rule->len_span ? (uint32_t)(d - first) : 0;
}

static uint32_t saturating_add(uint32_t a, uint32_t b)
{
    return a + b < a ? UINT32_MAX : a + b;
}

/* `next`: nothing goes before the buffer in question, what it lacks is to be
 * fetched now, and what is wrong with it breaks the queue. */
static enum vq_parse_result vq_malformed(struct vq *vq, bool next,
                                         enum vq_fault fault)
{
    if (!next)
        return VQ_PARSE_EMPTY; /* what stands before it goes first */
    vq_break(vq, fault);
    return VQ_PARSE_BROKEN;
}

/* The buffer needs more than has landed. */
static enum vq_parse_result vq_parse_more(struct vq *vq, bool next)
{
    if (vq->landed == vq->size)
        return vq_malformed(vq, next, VQ_FAULT_CHAIN_LENGTH);
    /* An idle queue waits for a doorbell. */
    if (vq->fetching == 0 && vq->look == VQ_LOOK_ACTIVE)
        vq_fetch_issue(vq, VQ_FETCH_MAX, 0);
    return VQ_PARSE_WAIT;
}

static bool vq_member_sure(const struct vq *vq, uint32_t at)
{
    return at < vq->sure || (vq->more != 0 && at >= vq->more);
}

/* The buffer that ends `at` places after the parse position is whole. */
static void vq_parse_whole(struct vq *vq, uint32_t at)
{
    if (at >= vq->sure)
        vq->sure = at + 1;
    if (at >= vq->more)
        vq->more = 0;
}

/* Fetch the member `at` places after the parse position again, and what stands
 * behind it. Bounded: each time at least one more becomes sure. */
static enum vq_parse_result vq_parse_again(struct vq *vq, uint32_t at,
                                           bool next)
{
    if (!next)
        return VQ_PARSE_EMPTY; /* what stands before it goes first */
    vq->sure = at + 1;
    while (vq->sure < vq->landed && vq_slot_avail(vq, vq_slot(vq, vq->sure)))
        vq->sure++;
    vq->kicked = true;
    vq_stop(vq, at);
    return VQ_PARSE_WAIT;
}

/* Add one element to the buffer. */
static enum vq_fault vq_parse_element(const struct vq_desc *d,
                                      struct vq_buffer *buffer)
{
    uint32_t space = vq_space_of((host_addr_t){d->addr}, d->len);

    if (d->len != 0) {
        if (buffer->readable == 0 && buffer->writable == 0)
            buffer->space = space;
        else if (buffer->space != space)
            return VQ_FAULT_SPACES;
    }
    if (d->flags & VQ_DESC_WRITE) {
        buffer->writable = saturating_add(buffer->writable, d->len);
        buffer->has_writable = true;
    } else if (buffer->has_writable) {
        return VQ_FAULT_CHAIN_ORDER;
    } else {
        buffer->readable = saturating_add(buffer->readable, d->len);
        buffer->has_readable = true;
    }
    return VQ_FAULT_NONE;
}

/* The next buffer is an indirect one; its elements stand `entry` places after
 * the parse position of the table ring. */
static enum vq_parse_result vq_parse_table(struct vq *vq, uint32_t ahead,
                                           uint32_t entry,
                                           struct vq_buffer *buffer)
{
    const struct vq_desc *d = &vq->ring[vq_slot(vq, ahead)];
    uint32_t entries = vq_table_entries(vq, d);

    if (vq->table_size == 0 || (d->flags & VQ_DESC_NEXT))
        return vq_malformed(vq, true, VQ_FAULT_INDIRECT);
    if (entries == 0)
        return vq_malformed(vq, true, VQ_FAULT_TABLE);
    if (ahead >= vq->asked)
        vq_table_ask(vq, ahead + 1, false);
    if (ahead >= vq->asked || entry + entries > vq->table_landed)
        return VQ_PARSE_WAIT;
    for (uint32_t i = 0; i < entries; i++) {
        enum vq_fault fault =
            vq_parse_element(vq_table_entry(vq, entry + i), buffer);

        if (fault != VQ_FAULT_NONE)
            return vq_malformed(vq, true, fault);
    }
    buffer->descs = 1;
    buffer->entries = entries;
    buffer->id = d->id;
    return VQ_PARSE_OK;
}

static enum vq_parse_result vq_parse_at(struct vq *vq, uint32_t ahead,
                                        uint32_t entry, bool next,
                                        struct vq_buffer *buffer)
{
    uint32_t slot = vq_slot(vq, ahead);
    const struct vq_desc *d;
    enum vq_fault fault;

    *buffer = (struct vq_buffer){0};
    if (ahead >= vq->landed)
        return next && ahead != 0 ? vq_parse_more(vq, next) : VQ_PARSE_EMPTY;
    if (!vq_slot_avail(vq, slot)) {
        if (next)
            vq_stop(vq, ahead);
        return VQ_PARSE_EMPTY;
    }
    if (vq->ring[slot].flags & VQ_DESC_INDIRECT)
        return next ? vq_parse_table(vq, ahead, entry, buffer) : VQ_PARSE_EMPTY;
    /* Bounded by landed, which never exceeds the queue size. */
    for (uint32_t at = ahead;; at++) {
        if (at >= vq->landed) {
            if (next)
                vq->more = at; /* what comes was asked for behind the head */
            return vq_parse_more(vq, next);
        }
        d = &vq->ring[vq_slot(vq, at)];
        if (at != ahead && !vq_member_sure(vq, at))
            return vq_parse_again(vq, at, next);
        if (!vq_slot_avail(vq, vq_slot(vq, at)))
            return vq_malformed(vq, next, VQ_FAULT_CHAIN_PARTIAL);
        fault = d->flags & VQ_DESC_INDIRECT ? VQ_FAULT_INDIRECT
                                            : vq_parse_element(d, buffer);
        if (fault != VQ_FAULT_NONE)
            return vq_malformed(vq, next, fault);
        buffer->descs++;
        if (!(d->flags & VQ_DESC_NEXT))
            break;
    }
    if (next)
        vq_parse_whole(vq, ahead + buffer->descs - 1u);
    buffer->id = d->id;
    return VQ_PARSE_OK;
}

VQ_NOINLINE enum vq_parse_result vq_parse(struct vq *vq, uint32_t ahead,
                                          struct vq_buffer *buffer)
{
    return vq_parse_at(vq, ahead, 0, ahead == 0, buffer);
}

/* Join a buffer to the span. */
static enum vq_fault vq_span_add(struct vq_span *span, uint32_t *room,
                                 const struct vq_buffer *buffer)
{
    if (buffer->has_readable)
        return VQ_FAULT_DIRECTION;
    if (buffer->writable != 0) {
        if (*room != 0 && buffer->space != span->space)
            return VQ_FAULT_SPACES; /* a run knows one memory */
        span->space = buffer->space;
    }
    *room = saturating_add(*room, buffer->writable);
    span->buffers++;
    span->descs += buffer->descs;
    return VQ_FAULT_NONE;
}

/* The fast path of vq_gather(): buffers of one descriptor, until there are
 * enough or something else stands there. Returns how many bytes they hold, up
 * to those wanted. */
static uint32_t vq_gather_singles(struct vq *vq, uint32_t max_buffers,
                                  struct vq_span *span)
{
    const struct vq_desc *d = vq->ring + vq->parse;
    const struct vq_desc *end = vq->ring + vq->size;
    uint32_t expect = VQ_DESC_WRITE | vq_avail_flags(vq->parse_wrap);
    uint32_t most = vq->landed < max_buffers ? vq->landed : max_buffers;
    uint32_t left = span->bytes;
    uint32_t n = 0;

    while (left != 0 && n < most && d->flags == expect) {
        left -= d->len < left ? d->len : left;
        n++;
        if (++d == end) {
            d = vq->ring;
            expect ^= VQ_DESC_AVAIL | VQ_DESC_USED;
        }
    }
    span->buffers = n;
    span->descs = n;
    return span->bytes - left;
}

/* The buffer behind the span has no place in the table ring yet: will it get
 * one? */
static enum vq_parse_result vq_gather_full(const struct vq *vq,
                                           const struct vq_span *span,
                                           const struct vq_buffer *buffer)
{
    const struct vq_desc *d = &vq->ring[vq_slot(vq, span->descs)];
    bool fits = d->flags & VQ_DESC_INDIRECT ? vq_table_fits(vq, d)
                                            : buffer->descs <= vq->table_room;

    /* Nothing but the span is in there: nothing will leave. */
    if (!fits && vq->table_size - vq->table_room == span->entries)
        return VQ_PARSE_SMALL;
    return VQ_PARSE_WAIT;
}

/* The buffer behind the span, for a run out of the table ring. */
static enum vq_parse_result vq_gather_table(struct vq *vq,
                                            const struct vq_span *span,
                                            struct vq_buffer *buffer)
{
    enum vq_parse_result result;

    if (span->descs >= vq->asked)
        vq_table_ask(vq, vq->landed, true);
    result = vq_parse_at(vq, span->descs, span->entries, true, buffer);
    if ((result != VQ_PARSE_OK && result != VQ_PARSE_WAIT) ||
        span->descs < vq->asked || span->descs >= vq->landed)
        return result;
    return vq_gather_full(vq, span, buffer);
}

/* Does an indirect buffer stand behind the span? */
static bool vq_gather_indirect(const struct vq *vq, const struct vq_span *span)
{
    uint32_t slot = vq_slot(vq, span->descs);

    return vq->table_size != 0 && span->descs < vq->landed &&
           vq_slot_avail(vq, slot) && (vq->ring[slot].flags & VQ_DESC_INDIRECT);
}

VQ_NOINLINE enum vq_parse_result vq_gather(struct vq *vq, uint32_t bytes,
                                           uint32_t max_buffers,
                                           struct vq_span *span)
{
    bool tables = vq->asked != 0;
    uint32_t room = 0;

    *span = (struct vq_span){.bytes = bytes};
    if (!VQ_UNLIKELY(vq_win_bytes != 0 || tables))
        room = vq_gather_singles(vq, max_buffers, span);
    while (room < bytes) {
        enum vq_parse_result result;
        struct vq_buffer buffer;
        enum vq_fault fault;

        if (span->buffers == max_buffers || span->descs == vq->size)
            return VQ_PARSE_SMALL;
        if (!tables && vq_gather_indirect(vq, span)) {
            /* All of the packet has to stand in one place: once more. */
            *span = (struct vq_span){.bytes = bytes};
            room = 0;
            tables = true;
        }
        result = tables ? vq_gather_table(vq, span, &buffer)
                        : vq_parse_at(vq, span->descs, 0, true, &buffer);
        if (result != VQ_PARSE_OK)
            return result;
        if (tables)
            span->entries += buffer.entries ? buffer.entries : buffer.descs;
        fault = vq_span_add(span, &room, &buffer);
        if (fault != VQ_FAULT_NONE)
            return vq_malformed(vq, true, fault);
    }
    return VQ_PARSE_OK;
}
