/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fetching descriptors, and doorbell suppression, which follows from it.
 *
 * A fresh look starts with nothing in flight at the first slot that was not
 * available. While whole fetches come back available, the next one is asked for
 * before the last is worked on, and the driver is told to keep its doorbells
 * (DISABLE). When a descriptor turns out not to be available, it and everything
 * fetched behind it are worthless: they are forgotten, what stands before them
 * is kept, and a new look is taken
 *   - at once, when a doorbell came since the last fresh look began;
 *   - after doorbells have been enabled again, if they were off: the fence
 *     makes the read follow the write, so no buffer slips in between
 *     ("Driver and Device Event Suppression").
 * Otherwise the queue is idle until a doorbell. With EVENT_IDX doorbells count
 * as off, too, once the descriptor that they were asked for was passed.
 *
 * A doorbell that tells where the driver stands (NOTIFICATION_DATA) sizes the
 * fetches until the device polls.
 *
 * Slots are never asked for twice at a time: an older answer could overwrite a
 * newer one that has been checked already. Hence VQ_LOOK_STALE.
 */
#include "vq_internal.h"

/* What the host's memory answers as of one moment: a cache line. The exhaustive
 * check makes it one descriptor. */
#ifndef VQ_LINE_BYTES
#define VQ_LINE_BYTES 64u
#endif

/* Ask for up to `most` descriptors from the fetch position. */
void vq_fetch_issue(struct vq *vq, uint32_t most, uint32_t flags)
{
    uint32_t room = vq->size - vq->taken - vq->landed - vq->fetching;
    uint32_t to_end = vq->size - vq->fetch;
    uint32_t descs = most;

    if (descs > room)
        descs = room;
    if (descs > to_end)
        descs = to_end;
    if (VQ_UNLIKELY(descs == 0))
        return;
    if (VQ_UNLIKELY(hal_rd_free() == 0)) {
        vq->retry = true; /* vq_flush() comes back through vq_refill() */
        return;
    }
    hal_rd_fetch(host_addr_add(vq->desc_addr, 16u * vq->fetch),
                 vq_slot_offset(vq, vq->fetch), 16u * descs,
                 vq->cmd | vq->fetch_flags | flags |
                     HAL_CMD(RL_OP_FETCH, 0, VQ_COOKIE_FETCH | descs, 0));
    vq->fetching += descs;
    vq->fetch = descs == to_end ? 0 : vq->fetch + descs;
    vq->reads++;
}

/* How many descriptors the driver says it has made available from the fetch
 * position on; 0: it said nothing, or nothing that can be. */
static uint32_t vq_told(struct vq *vq)
{
    bool wrap = vq->parse_wrap != (vq->fetch < vq->parse);
    uint32_t told = vq->told;
    uint32_t descs = (told & VQ_POSITION_SLOT) - vq->fetch;

    vq->told = VQ_POSITION_NONE;
    if ((told & VQ_POSITION_SLOT) >= vq->size)
        return 0;
    if (wrap != ((told & VQ_POSITION_WRAP) != 0))
        descs += vq->size;
    return descs <= vq->size - vq->taken - vq->landed - vq->fetching ? descs
                                                                     : 0;
}

/* The next piece of what was told. */
static void vq_fetch_told(struct vq *vq, uint32_t flags)
{
    uint32_t before = vq->fetching;

    vq_fetch_issue(
        vq, vq->promised < VQ_FETCH_MAX ? vq->promised : VQ_FETCH_MAX, flags);
    vq->promised -= vq->fetching - before;
}

/* Where the first descriptor of a look is available, those in its line are as
 * the driver published them, chains or not. */
static void vq_look_sure(struct vq *vq)
{
    uint32_t line = (uint32_t)vq->desc_addr.bus + 16u * vq->fetch;
    uint32_t descs = (VQ_LINE_BYTES - line % VQ_LINE_BYTES) / 16u;

    if (descs > vq->size - vq->fetch)
        descs = vq->size - vq->fetch; /* the rest is another fetch */
    if (vq->sure >= vq->landed && vq->sure < vq->landed + descs)
        vq->sure = vq->landed + descs;
}

static void vq_look(struct vq *vq, uint32_t flags)
{
    vq_look_sure(vq);
    vq->kicked = false;
    vq->look = VQ_LOOK_ACTIVE;
    vq->promised = vq_told(vq);
    vq->exact = vq->promised != 0;
    if (vq->exact)
        vq_fetch_told(vq, flags);
    else
        vq_fetch_issue(vq, VQ_LOOK_MAX, flags);
}

/* Device event area: whether the driver shall ring, and with EVENT_IDX for
 * which descriptor. */
static void vq_doorbells(struct vq *vq, uint32_t event_flags, uint32_t position)
{
    hal_wr_imm4(vq->device_addr, HAL_HALVES(position, event_flags),
                vq->device_space |
                    HAL_CMD(RL_OP_IMM4, vq->index, VQ_COOKIE_USED, 0));
    vq->suppressed = event_flags == VQ_EVENT_DISABLE;
}

/* Will the driver ring when it makes the next descriptor available? With
 * EVENT_IDX only if it was asked to for this very one: the position is that of
 * the next look, behind descriptors that landed already and wait for more. */
static bool vq_doorbell_comes(const struct vq *vq, uint32_t position)
{
    return !vq->suppressed && (!vq->event_idx || vq->bell_at == position);
}

/* With all that landed available and nothing in flight: look again or fall
 * idle. */
VQ_COLD void vq_settle(struct vq *vq)
{
    uint32_t position =
        VQ_POSITION(vq->fetch, vq->parse_wrap != (vq->fetch < vq->parse));

    if (vq->kicked) {
        vq_look(vq, 0);
    } else if (vq_doorbell_comes(vq, position)) {
        vq->look = VQ_LOOK_IDLE;
    } else if (hal_wr_free() == 0 || hal_rd_free() == 0) {
        vq->look = VQ_LOOK_SETTLE;
        vq->retry = true;
    } else {
        if (vq->event_idx)
            vq_doorbells(vq, VQ_EVENT_DESC, position);
        else
            vq_doorbells(vq, VQ_EVENT_ENABLE, 0);
        vq->bell_at = position;
        vq_look(vq, HAL_CMD_FENCE);
    }
}

VQ_COLD void vq_stop(struct vq *vq, uint32_t ahead)
{
    vq->landed = ahead;
    vq->fetch = vq_slot(vq, ahead);
    if (vq->fetching != 0)
        vq->look = VQ_LOOK_STALE;
    else
        vq_settle(vq);
}

/* The first of what came behind `before` landed descriptors is not available. A
 * driver may have stored what stands behind it: none of that would be taken, and
 * taking it for a sign of more would lead from look to look, for ever. What is
 * kept is available, as every look wants it: a doorbell is answered by looking
 * behind that. A member that lacks is the parser's. */
static VQ_COLD void vq_landed_hole(struct vq *vq, uint32_t before)
{
    uint32_t descs = 0;

    if (before != 0 &&
        (vq->ring[vq_slot(vq, before - 1u)].flags & VQ_DESC_NEXT))
        return;
    while (descs != before && vq_slot_avail(vq, vq_slot(vq, descs)))
        descs++;
    vq_stop(vq, descs);
}

void vq_fetch_landed(struct vq *vq, uint32_t descs)
{
    vq->fetching -= descs;
    if (!VQ_UNLIKELY(vq->look == VQ_LOOK_STALE)) {
        uint32_t before = vq->landed;

        vq->landed += descs;
        if (VQ_UNLIKELY(!vq_slot_avail(vq, vq_slot(vq, before))))
            vq_landed_hole(vq, before);
        else
            vq_refill(vq);
    } else if (vq->fetching == 0) {
        vq_settle(vq);
    }
}

/* Where the driver rings for all it adds and tells how much that is, nothing
 * else is looked for: what is told meanwhile goes on from here, and then it is
 * idle. */
static VQ_NOINLINE void vq_refill_told(struct vq *vq)
{
    if (vq->promised == 0 && vq->kicked) {
        vq->promised = vq_told(vq);
        vq->kicked = vq->promised == 0;
    }
    if (vq->promised != 0)
        vq_fetch_told(vq, 0);
    else if (vq->landed == 0)
        vq_settle(vq);
}

void vq_refill(struct vq *vq)
{
    uint32_t most = VQ_LOOK_MAX;

    if (vq->look != VQ_LOOK_ACTIVE || vq->fetching != 0 ||
        vq->landed > VQ_FETCH_MAX)
        return;
    /* More would outrun the driver, which has yet to see what it got back; when
     * that is published, vq_flush() comes here again. */
    if (vq->taken != 0 && vq->taken + vq->landed > vq->size / 2)
        return;
    if (vq->landed != 0) {
        if (!vq_slot_avail(vq, (vq->fetch == 0 ? vq->size : vq->fetch) - 1))
            return;
        if (VQ_UNLIKELY(!vq->suppressed) && !vq->mixed &&
            vq->landed >= VQ_LOOK_MAX && hal_wr_free() != 0)
            vq_doorbells(vq, VQ_EVENT_DISABLE, 0);
    }
    if (vq->suppressed)
        most = VQ_FETCH_MAX;
    if (VQ_UNLIKELY(vq->exact) && !vq->suppressed)
        vq_refill_told(vq);
    else
        vq_fetch_issue(vq, most, 0);
}

void vq_kick_at(struct vq *vq, uint32_t position)
{
    vq->told = position;
    vq_kick(vq);
}

void vq_kick(struct vq *vq)
{
    if (vq->state != VQ_LIVE)
        return;
    vq->kicked = true;
    if (vq->look == VQ_LOOK_IDLE)
        vq_look(vq, 0);
}
