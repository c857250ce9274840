/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Life of a virtqueue: configuration, stopping, completions, runs.
 */
#include "vq_internal.h"

static uint32_t vq_abort_bits; /* queues whose commands are being dropped */
static host_addr_t vq_win_base;
uint32_t vq_win_bytes;

static void vq_abort(const struct vq *vq, bool abort)
{
    if (abort)
        vq_abort_bits |= 1u << vq->index;
    else
        vq_abort_bits &= ~(1u << vq->index);
    hal_dma_abort(vq_abort_bits);
}

void vq_window(host_addr_t base, uint32_t size_bytes)
{
    vq_win_base = base;
    vq_win_bytes = size_bytes;
    hal_dma_window(base);
}

uint32_t vq_space_of(host_addr_t addr, uint32_t bytes)
{
    uint64_t offset = addr.bus - vq_win_base.bus;

    if (addr.bus < vq_win_base.bus || offset >= vq_win_bytes ||
        bytes > vq_win_bytes - offset)
        return 0;
    return HAL_CMD_SPACE;
}

/* By words: the C library clears bytes one by one, and nine queues so were 9,000
 * of the 14,000 cycles that a function level reset took. */
static void vq_clear(struct vq *vq)
{
    uint32_t *word = (uint32_t *)(void *)vq;
    const uint32_t *end = word + sizeof(*vq) / sizeof(*word);

    for (; word != end; word += 4) {
        word[0] = word[1] = word[2] = word[3] = 0;
        __asm__ volatile("" ::: "memory"); /* not made a call of memset() */
    }
}
_Static_assert(sizeof(struct vq) % 16u == 0, "cleared by four words");

void vq_init(struct vq *vq, uint8_t index)
{
    vq_clear(vq);
    vq->index = index;
    vq->vector = 0xffff;
    /* On and off: writes go out again, should one have been lost in the old
     * life. */
    vq_abort(vq, true);
    vq_abort(vq, false);
}

void vq_enable(struct vq *vq, const struct vq_config *config)
{
    vq_init(vq, vq->index);
    vq->ring = hal_lmem(VQ_LMEM_RING(vq->index));
    vq->size = config->size;
    vq->ring_word = HAL_HALVES(VQ_LMEM_RING(vq->index), config->size);
    if (config->tables != 0) {
        vq->table = hal_lmem(config->tables & 0xffffu);
        vq->table_word = config->tables;
        vq->table_size = config->tables >> 16;
        vq->table_room = vq->table_size;
    }
    vq->desc_addr = config->desc;
    vq->driver_addr = config->driver;
    vq->device_addr = config->device;
    vq->driver_space = vq_space_of(config->driver, 4);
    vq->device_space = vq_space_of(config->device, 4);
    vq->cmd =
        HAL_CMD(0, vq->index, 0, vq_space_of(config->desc, 16u * config->size));
    vq->mixed = (vq->cmd & HAL_CMD_SPACE) != vq->driver_space ||
                (vq->cmd & HAL_CMD_SPACE) != vq->device_space;
    vq->vector = config->vector;
    vq->in_order = config->in_order;
    vq->event_idx = config->event_idx && !vq->mixed;
    vq->bell_at = VQ_POSITION_NONE;
    vq->notify_data = config->notify_data;
    vq->told = VQ_POSITION_NONE;
    vq->parse_wrap = true;
    vq->used_wrap = true;
    vq->state = VQ_ENABLED;
}

void vq_start(struct vq *vq)
{
    if (vq->state != VQ_ENABLED)
        return;
    vq->state = VQ_LIVE;
    vq_kick(vq);
}

VQ_COLD void vq_break(struct vq *vq, enum vq_fault fault)
{
    if (vq->state != VQ_LIVE)
        return;
    vq->state = VQ_BROKEN;
    vq->fault = (uint8_t)fault;
    vq_abort(vq, true);
    vq_env_broken(vq);
}

static void vq_marker(struct vq *vq)
{
    if (hal_wr_free() == 0) {
        vq->retry = true;
        return;
    }
    hal_wr_nop(HAL_CMD(RL_OP_NOP, vq->index, VQ_COOKIE_MARKER, HAL_CMD_NOTIFY));
    vq->due &= (uint8_t)~VQ_DUE_MARKER;
    vq->marker = true;
}

void vq_quiesce(struct vq *vq, bool drain)
{
    if (vq->state == VQ_OFF || vq->state == VQ_QUIESCING)
        return;
    vq->state = VQ_QUIESCING;
    if (!drain)
        vq_abort(vq, true);
    vq->due |= VQ_DUE_MARKER;
    vq_marker(vq);
}

bool vq_quiesced(const struct vq *vq)
{
    return vq->state == VQ_OFF ||
           (vq->state == VQ_QUIESCING && vq->reads == 0 && !vq->marker &&
            !(vq->due & VQ_DUE_MARKER));
}

bool vq_on_completion(struct vq *vq, uint32_t cpl)
{
    uint32_t kind = cpl & VQ_COOKIE_KIND;

    if (!(cpl & RL_CPL_WRITE_MASK))
        vq->reads--;
    if (VQ_UNLIKELY(vq->state != VQ_LIVE)) {
        if (kind == VQ_COOKIE_MARKER)
            vq->marker = false;
        else if (kind >= VQ_COOKIE_DEVICE && (cpl & RL_CPL_STATUS_MASK) &&
                 vq->state == VQ_QUIESCING)
            vq_env_lost(vq);
        return false;
    }
    if (kind >= VQ_COOKIE_DEVICE)
        return true;
    if (VQ_UNLIKELY(cpl & RL_CPL_STATUS_MASK))
        vq_break(vq, VQ_FAULT_RING_DMA);
    else if (kind == VQ_COOKIE_FETCH)
        vq_fetch_landed(vq, cpl & VQ_COOKIE_LOW);
    else if (kind == VQ_COOKIE_EVENT)
        vq_event_landed(vq);
    return false;
}

void vq_take(struct vq *vq, uint32_t descs)
{
    uint32_t slot = vq->parse + descs;

    if (slot >= vq->size) {
        slot -= vq->size;
        vq->parse_wrap = !vq->parse_wrap;
    }
    vq->parse = slot;
    vq->landed -= descs;
    vq->taken += descs;
    vq->asked -= descs < vq->asked ? descs : vq->asked;
    vq->sure -= descs < vq->sure ? descs : vq->sure;
    vq->more = 0;
}

bool vq_run_read(struct vq *vq, uint32_t descs, uint32_t param, uint32_t flags,
                 uint32_t low)
{
    if (VQ_UNLIKELY(hal_rd_free() == 0))
        return false;
    hal_rd_run(vq_slot_offset(vq, vq->parse), descs, vq->ring_word, param,
               HAL_CMD(RL_OP_RUN, vq->index, VQ_COOKIE_DEVICE | low, flags));
    vq->reads++;
    return true;
}

bool vq_read(struct vq *vq, host_addr_t src, uint32_t lmem_offset,
             uint32_t bytes, uint32_t space)
{
    if (hal_rd_free() == 0)
        return false;
    hal_rd_fetch(src, lmem_offset, bytes,
                 HAL_CMD(RL_OP_FETCH, vq->index, VQ_COOKIE_DEVICE, space));
    vq->reads++;
    return true;
}

bool vq_run_write(struct vq *vq, uint32_t descs, uint32_t param, uint32_t flags,
                  uint32_t low)
{
    if (VQ_UNLIKELY(hal_wr_free() == 0))
        return false;
    /* The slots are given back before the run has read them. */
    vq->fetch_flags = HAL_CMD_FENCE;
    hal_wr_run(vq_slot_offset(vq, vq->parse), descs, vq->ring_word, param,
               HAL_CMD(RL_OP_RUN, vq->index, VQ_COOKIE_DEVICE | low, flags));
    return true;
}

static VQ_COLD bool vq_flush_stopped(struct vq *vq)
{
    if (vq->due & VQ_DUE_MARKER)
        vq_marker(vq);
    return (vq->due & VQ_DUE_MARKER) != 0;
}

bool vq_flush(struct vq *vq)
{
    bool retry;

    if (VQ_UNLIKELY(vq->state != VQ_LIVE))
        return vq_flush_stopped(vq);
    vq_used_flush(vq);
    if (VQ_UNLIKELY(vq->look == VQ_LOOK_SETTLE))
        vq_settle(vq);
    else
        vq_refill(vq);
    retry = vq->retry; /* since the last flush: the device's work() counts */
    vq->retry = false;
    return retry;
}
