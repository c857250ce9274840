/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net, transmit: whole buffers are handed to the read engine in runs; runs
 * complete in order and their buffers are given back. No offloads are offered, so
 * the header says nothing and is not even read.
 */
#include "net.h"

/* Descriptors of one run: more would only make the next batch wait. */
#define NET_RUN_MAX  64u
/* Buffers of one run out of the table ring; what its cookie says. */
#define NET_TABLE_MAX   32u
#define NET_TABLE_RUN   0x4000u
#define NET_TABLE_DESCS 9u /* first bit of their number less one */
_Static_assert(VQ_MAX_SIZE < 1u << NET_TABLE_DESCS &&
                   NET_TABLE_MAX << NET_TABLE_DESCS <= NET_TABLE_RUN,
               "entries and buffers of a run fit its cookie");
#define NET_TX_PARAM (NET_HDR_BYTES << RL_RD_PARAM_SKIP_LSB)

static const struct vq_rule net_tx_rule = {
    .flags = 0,
    .min_len = NET_HDR_BYTES + NET_FRAME_MIN,
    .len_span = RL_MAX_FRAME,
    .max = NET_RUN_MAX,
};

static const struct vq_rule net_table_rule = {
    .flags = 0,
    .min_len = NET_HDR_BYTES + NET_FRAME_MIN,
    .len_span = RL_MAX_FRAME,
    .max = NET_TABLE_MAX,
};

static bool net_tx_run(struct vq *vq, uint32_t descs, uint32_t space)
{
    if (VQ_UNLIKELY(!vq_run_read(vq, descs, NET_TX_PARAM, space, descs))) {
        vq->retry = true;
        return false;
    }
    vq->runs++;
    vq_take(vq, descs);
    return true;
}

/* `flags`: HAL_CMD_TABLE for one packet, none for packets that were marked. */
static bool net_tx_run_table(struct vq *vq, uint32_t descs, uint32_t entries,
                             uint32_t flags)
{
    uint32_t low = NET_TABLE_RUN | (descs - 1u) << NET_TABLE_DESCS | entries;

    if (VQ_UNLIKELY(
            !vq_run_read_table(vq, entries, NET_TX_PARAM, flags, low))) {
        vq->retry = true;
        return false;
    }
    vq->runs++;
    vq_table_take(vq, entries);
    vq_take(vq, descs);
    return true;
}

static bool net_tx_sendable(const struct vq_buffer *buffer)
{
    return !buffer->has_writable &&
           buffer->readable - net_tx_rule.min_len < net_tx_rule.len_span;
}

/* Buffers that are not one plain descriptor. False: nothing more to do now. */
static VQ_NOINLINE bool net_tx_slow(struct vq *vq)
{
    enum vq_parse_result result;
    struct vq_buffer buffer;
    uint32_t descs = 0, space = 0;

    while ((result = vq_parse(vq, descs, &buffer)) == VQ_PARSE_OK) {
        if (!net_tx_sendable(&buffer) ||
            (descs != 0 && (buffer.space != space || descs >= NET_RUN_MAX)))
            break;
        if (buffer.entries != 0)
            return net_tx_run_table(vq, 1, buffer.entries,
                                    buffer.space | HAL_CMD_TABLE);
        space = buffer.space;
        descs += buffer.descs;
    }
    if (descs != 0)
        return net_tx_run(vq, descs, space);
    if (result != VQ_PARSE_OK || vq->runs != 0)
        return false; /* a packet to be dropped waits for those before it */
    net.stats.tx_dropped++;
    vq_table_take(vq, buffer.entries);
    vq_table_release(vq, buffer.entries);
    vq_take(vq, buffer.descs);
    vq_done(vq, buffer.descs);
    return true;
}

/* A transmit buffer is read, whatever WRITE says in its table: DPDK (22.11, 24.11)
 * leaves it set in the header's entry and, by chance of the slot, in others. */
static void net_tx_all_readable(struct vq *vq)
{
    uint32_t entries = vq->asked != 0 ? vq->ring[vq->parse].len / 16u : 0;

    if (entries > vq->table_landed)
        entries = vq->table_landed;
    while (entries-- != 0)
        vq_table_entry(vq, entries)->flags &= (uint16_t)~VQ_DESC_WRITE;
}

/* Indirect buffers whose tables are there; others are asked for meanwhile. */
static VQ_NOINLINE bool net_tx_tables(struct vq *vq)
{
    uint32_t entries, descs;

    vq_table_ask(vq, vq->landed, false);
    if (vq->runs >= net.tx_runs_max ||
        (vq->table_landed == 0 && vq->table_fetching != 0))
        return false;
    descs = vq_table_scan(vq, &net_table_rule, &entries);
    if (descs != 0)
        return net_tx_run_table(vq, descs, entries, 0);
    net_tx_all_readable(vq);
    return net_tx_slow(vq);
}

VQ_NOINLINE uint32_t net_tx_work(struct vq *vq)
{
    while (vq->landed != 0 &&
           (vq->runs < net.tx_runs_max || vq->table_size != 0)) {
        uint32_t space, descs;

        if (vq_next_indirect(vq)) {
            if (!net_tx_tables(vq))
                return 0;
            continue;
        }
        if (vq->runs >= net.tx_runs_max)
            return 0;
        descs = vq_scan(vq, &net_tx_rule, &space);
        if (descs != 0) {
            if (!net_tx_run(vq, descs, space))
                return 0;
        } else if (!net_tx_slow(vq)) {
            return 0;
        }
    }
    return 0;
}

void net_tx_completion(struct vq *vq, uint32_t cpl)
{
    if (VQ_UNLIKELY(cpl & RL_CPL_STATUS_MASK)) {
        vq_break(vq, VQ_FAULT_DATA_DMA);
        return;
    }
    vq->runs--;
    if (cpl & NET_TABLE_RUN) {
        vq_table_release(vq, cpl & ((1u << NET_TABLE_DESCS) - 1u));
        vq_done(vq, ((cpl & (NET_TABLE_RUN - 1u)) >> NET_TABLE_DESCS) + 1u);
    } else {
        vq_done(vq, cpl & VQ_COOKIE_LOW);
    }
}
