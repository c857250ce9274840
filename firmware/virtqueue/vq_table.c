/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Indirect descriptors ("Indirect Flag: Scatter-Gather Support"): the elements
 * of such a buffer stand in a table of the driver's, its ring descriptor says
 * where.
 *
 * A table is fetched once into the queue's table ring, behind the one before,
 * and checked and executed there. The table ring moves as the shadow ring does:
 *
 *          parse            fetch
 *     taken  |  landed  fetching |  room
 *            v                   v
 *   ----[####|==========|........|-----------
 *
 *   taken     a run that was pushed reads them; its completion makes room
 *   landed    of buffers at the parse position, in ring order
 *   fetching  asked for; fetches complete in order
 *
 * Tables are asked for ahead of the parse position, as many as there is room
 * for: asked counts the descriptors that were seen to. Neighbours in the ring
 * are neighbours in the table ring, across its end, too, so one run takes the
 * elements of many buffers. For a packet over several buffers (copy) plain
 * buffers are copied between the tables, so that a run has all of it in one
 * place.
 *
 * The engine wants source and destination aligned alike, and no rule says that
 * a table is aligned to 16 bytes. One that is not lands shifted, while no other
 * one is on its way, and is moved when it is there; a ring has a spare entry
 * behind its end for that.
 */
#include "vq_internal.h"

/* Commands that tables leave to others, unless the queue has none on its
 * way. */
#define VQ_TABLE_RESERVE 10u
/* A table over the ring's end takes two. */
#define VQ_TABLE_COMMANDS 2u

/* What tells an indirect buffer from others: WRITE says nothing here. */
#define VQ_TABLE_FLAGS \
    (VQ_DESC_AVAIL | VQ_DESC_USED | VQ_DESC_INDIRECT | VQ_DESC_NEXT)

static uint32_t vq_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t vq_table_wrapped(const struct vq *vq, uint32_t entry)
{
    return entry >= vq->table_size ? entry - vq->table_size : entry;
}

static uint32_t vq_table_offset(const struct vq *vq, uint32_t entry)
{
    return (vq->table_word & 0xffffu) + 16u * entry;
}

struct vq_desc *vq_table_entry(const struct vq *vq, uint32_t ahead)
{
    return vq->table + vq_table_wrapped(vq, vq->table_parse + ahead);
}

/* Entries that a buffer's table takes; 0: malformed. A receive queue may have
 * less room than a table is long: what cannot be executed is not fetched. */
uint32_t vq_table_entries(const struct vq *vq, const struct vq_desc *d)
{
    uint32_t entries = d->len / 16u;

    if ((d->len & 15u) != 0 || entries - 1u >= vq->size)
        return 0;
    return vq_min(entries, vq->table_size);
}

/* Is there room for it? Shifted, it reaches into the entry behind it. */
bool vq_table_fits(const struct vq *vq, const struct vq_desc *d)
{
    uint32_t entries = vq_table_entries(vq, d);

    if ((d->addr & 15u) != 0 && vq->table_room != vq->table_size)
        entries++;
    return entries <= vq->table_room;
}

/* ---- Asking -------------------------------------------------------------- */

static uint32_t vq_table_commands(struct vq *vq)
{
    uint32_t commands = hal_rd_free();

    if (commands >= VQ_TABLE_RESERVE + VQ_TABLE_COMMANDS)
        return commands - VQ_TABLE_RESERVE;
    if (vq->table_fetching != 0)
        return 0; /* a completion comes */
    if (commands >= VQ_TABLE_COMMANDS)
        return VQ_TABLE_COMMANDS;
    vq->retry = true;
    return 0;
}

static void vq_table_fetch(struct vq *vq, host_addr_t src, uint32_t entries,
                           uint32_t space)
{
    uint32_t lmem = vq_table_offset(vq, vq->table_fetch);

    hal_rd_fetch(
        src, lmem + (uint32_t)(src.bus & 15u), 16u * entries,
        HAL_CMD(RL_OP_FETCH, vq->index, VQ_COOKIE_TABLE | entries, space));
    vq->table_fetch = vq_table_wrapped(vq, vq->table_fetch + entries);
    vq->table_fetching += entries;
    vq->table_room -= entries;
    vq->reads++;
}

/* Any table. False: not now, or never. */
static VQ_NOINLINE bool vq_table_ask_one(struct vq *vq, const struct vq_desc *d)
{
    uint32_t entries = vq_table_entries(vq, d);
    host_addr_t src = {d->addr};
    uint32_t space = vq_space_of(src, 16u * entries);
    uint32_t to_end;

    if (entries == 0 || (d->flags & VQ_DESC_NEXT) || !vq_table_fits(vq, d) ||
        ((src.bus & 15u) != 0 && vq->table_fetching != 0) ||
        vq_table_commands(vq) == 0)
        return false;
    if (vq->table_room == vq->table_size) {
        vq->table_parse =
            0; /* empty: the longest one ends at the spare entry */
        vq->table_fetch = 0;
    }
    vq->table_shift = (uint8_t)(src.bus & 15u);
    to_end = vq->table_size - vq->table_fetch;
    if (entries > to_end) {
        vq_table_fetch(vq, src, to_end, space);
        src = host_addr_add(src, 16u * to_end);
        entries -= to_end;
    }
    vq_table_fetch(vq, src, entries, space);
    return true;
}

/* The common case, many at a time: aligned tables in host memory, up to the
 * ends of both rings. */
static VQ_NOINLINE void vq_table_ask_plain(struct vq *vq, uint32_t slot,
                                           uint32_t upto)
{
    const bool wrap = vq->parse_wrap != (slot < vq->parse);
    const uint32_t expect = VQ_DESC_INDIRECT | vq_avail_flags(wrap);
    const uint32_t cmd = HAL_CMD(RL_OP_FETCH, vq->index, VQ_COOKIE_TABLE, 0);
    const uint32_t commands = vq_table_commands(vq);
    const struct vq_desc *d = vq->ring + slot;
    const struct vq_desc *first = d;
    const uint32_t longest = 16u * vq->size;
    uint32_t most =
        16u * vq_min(vq->table_room, vq->table_size - vq->table_fetch);
    uint32_t lmem = vq_table_offset(vq, vq->table_fetch);
    uint32_t left = most;
    uint32_t n = vq_min(vq_min(upto - vq->asked, vq->size - slot), commands);
    const struct vq_desc *end = d + n;

    for (; d != end; d++) {
        uint32_t bytes = d->len;
        host_addr_t src = {d->addr};

        if ((d->flags & VQ_TABLE_FLAGS) != expect ||
            (((uint32_t)src.bus | bytes) & 15u) != 0 || bytes - 1u >= left ||
            bytes > longest)
            break;
        hal_rd_fetch(src, lmem, bytes, cmd | bytes / 16u);
        lmem += bytes;
        left -= bytes;
    }
    n = (uint32_t)(d - first);
    most = (most - left) / 16u;
    vq->asked += n;
    vq->reads += n;
    vq->table_fetching += most;
    vq->table_room -= most;
    vq->table_fetch = vq_table_wrapped(vq, vq->table_fetch + most);
}

/* A plain buffer's descriptors into the table ring. False: they are not all
 * there, or not now: what is written must not overtake a table that is on its
 * way. */
static bool vq_table_copy(struct vq *vq)
{
    uint32_t descs = 0, slot;

    if (vq->table_fetching != 0)
        return false;
    do {
        slot = vq_slot(vq, vq->asked + descs);
        if (vq->asked + descs == vq->landed || descs == vq->table_room ||
            !vq_slot_avail(vq, slot) ||
            (descs != 0 && vq->asked + descs >= vq->sure))
            return false;
        *vq_table_entry(vq, vq->table_landed + descs) = vq->ring[slot];
        descs++;
    } while (vq->ring[slot].flags & VQ_DESC_NEXT);
    /* For vq_scan(): it has its place, and is executed there. */
    vq->ring[vq_slot(vq, vq->asked)].flags |= VQ_DESC_PLACED;
    vq->table_landed += descs;
    vq->table_room -= descs;
    vq->table_fetch = vq_table_wrapped(vq, vq->table_fetch + descs);
    vq->asked += descs;
    return true;
}

void vq_table_ask(struct vq *vq, uint32_t upto, bool copy)
{
    while (vq->asked < upto && vq->table_shift == 0) {
        uint32_t slot = vq_slot(vq, vq->asked);
        const struct vq_desc *d = &vq->ring[slot];
        uint32_t before = vq->asked;

        if (!vq_slot_avail(vq, slot))
            return;
        if (!(d->flags & VQ_DESC_INDIRECT)) {
            /* A chain may have to be fetched again, and what was seen to
             * stays. */
            if (copy ? !vq_table_copy(vq) : (d->flags & VQ_DESC_NEXT) != 0)
                return;
            vq->asked += copy ? 0 : 1;
            continue;
        }
        if (vq_win_bytes == 0)
            vq_table_ask_plain(vq, slot, upto);
        if (vq->asked == before) {
            if (!vq_table_ask_one(vq, d))
                return;
            vq->asked++;
        }
    }
}

/* ---- What has come ------------------------------------------------------- */

/* An entry that landed shifted goes where it belongs. The core knows no
 * unaligned words; in ascending order nothing is overwritten that is still to
 * be moved. */
static VQ_COLD void vq_table_move(struct vq *vq, uint32_t entries)
{
    for (uint32_t n = 0; n < entries; n++) {
        uint8_t *to = (uint8_t *)vq_table_entry(vq, vq->table_landed + n);

        for (uint32_t i = 0; i < sizeof(struct vq_desc); i++)
            to[i] = to[i + vq->table_shift];
    }
}

static void vq_table_landed(struct vq *vq, uint32_t entries)
{
    if (VQ_UNLIKELY(vq->table_shift != 0)) {
        vq_table_move(vq, entries);
        if (vq->table_fetching == entries)
            vq->table_shift = 0;
    }
    vq->table_fetching -= entries;
    vq->table_landed += entries;
}

uint32_t vq_table_completions(struct vq *vq, uint32_t cpl)
{
    const uint32_t same = cpl & ~(uint32_t)VQ_COOKIE_LOW;
    uint32_t entries = 0, n = 0;

    /* Bounded by the commands that can have been pushed. */
    do {
        entries += cpl & VQ_COOKIE_LOW;
        n++;
        cpl = hal_cpl_pop();
    } while ((cpl & ~(uint32_t)VQ_COOKIE_LOW) == same);
    vq->reads -= n;
    if (!VQ_UNLIKELY(vq->state != VQ_LIVE))
        vq_table_landed(vq, entries);
    return cpl;
}

/* Check the elements of one packet and mark its end for a run in ring mode: the
 * flags of the driver's copy count for nothing from here on. Returns its bytes;
 * 0: the engine cannot have it like that. */
static VQ_NOINLINE uint32_t vq_table_mark(const struct vq *vq,
                                          struct vq_desc *d, uint32_t entries)
{
    const struct vq_desc *end = vq->table + vq->table_size;
    uint32_t lens = 0, bytes = 0;

    while (entries-- != 0) {
        lens |= d->len;
        bytes += d->len;
        d->flags = entries != 0 ? VQ_DESC_NEXT : 0;
        if (++d == end)
            d = vq->table;
    }
    return lens >> 16 != 0 ? 0 : bytes;
}

static inline bool vq_table_fit(const struct vq *vq, struct vq_desc *e,
                                uint32_t n, const struct vq_rule *rule)
{
    uint32_t len, bytes;

    /* Header and data: what most drivers send. */
    if (VQ_UNLIKELY(n != 2 || e + 1 == vq->table + vq->table_size))
        return vq_table_mark(vq, e, n) - rule->min_len < rule->len_span;
    len = e[0].len;
    bytes = len + e[1].len;
    if (VQ_UNLIKELY(bytes < len || bytes - rule->min_len >= rule->len_span))
        return false;
    e[0].flags = VQ_DESC_NEXT;
    e[1].flags = 0;
    return true;
}

uint32_t vq_table_scan(struct vq *vq, const struct vq_rule *rule,
                       uint32_t *entries)
{
    const struct vq_desc *first = vq->ring + vq->parse;
    const struct vq_desc *d = first;
    const struct vq_desc *end =
        first + vq_min(vq_min(vq->asked, vq->size - vq->parse), rule->max);
    struct vq_desc *e = vq->table + vq->table_parse;
    const struct vq_desc *last = vq->table + vq->table_size;
    uint32_t left = vq_win_bytes == 0 ? vq->table_landed : 0;

    for (; d != end && (d->flags & VQ_DESC_INDIRECT); d++) {
        uint32_t n = d->len / 16u;

        if (n > left || !vq_table_fit(vq, e, n, rule))
            break;
        left -= n;
        e += n;
        if (e >= last)
            e -= vq->table_size;
    }
    *entries = vq->table_landed - left;
    return (uint32_t)(d - first);
}

/* ---- Executing ----------------------------------------------------------- */

bool vq_run_read_table(struct vq *vq, uint32_t entries, uint32_t param,
                       uint32_t flags, uint32_t low)
{
    if (VQ_UNLIKELY(hal_rd_free() == 0))
        return false;
    hal_rd_run(vq_table_offset(vq, vq->table_parse), entries, vq->table_word,
               param,
               HAL_CMD(RL_OP_RUN, vq->index, VQ_COOKIE_DEVICE | low, flags));
    vq->reads++;
    return true;
}

void vq_run_write_table(struct vq *vq, uint32_t entries, uint32_t param,
                        uint32_t flags)
{
    hal_wr_run(vq_table_offset(vq, vq->table_parse), entries, vq->table_word,
               param,
               HAL_CMD(RL_OP_RUN, vq->index, VQ_COOKIE_DEVICE | entries,
                       flags | HAL_CMD_TABLE | HAL_CMD_NOTIFY));
}

void vq_table_take(struct vq *vq, uint32_t entries)
{
    vq->table_parse = vq_table_wrapped(vq, vq->table_parse + entries);
    vq->table_landed -= entries;
}
