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
#define NET_TX_PARAM (NET_HDR_BYTES << RL_RD_PARAM_SKIP_LSB)

static const struct vq_rule net_tx_rule = {
    .flags = 0,
    .min_len = NET_HDR_BYTES + NET_FRAME_MIN,
    .len_span = RL_MAX_FRAME,
    .max = NET_RUN_MAX,
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
        space = buffer.space;
        descs += buffer.descs;
    }
    if (descs != 0)
        return net_tx_run(vq, descs, space);
    if (result != VQ_PARSE_OK || vq->runs != 0)
        return false; /* a packet to be dropped waits for those before it */
    net.stats.tx_dropped++;
    vq_take(vq, buffer.descs);
    vq_done(vq, buffer.descs);
    return true;
}

VQ_NOINLINE uint32_t net_tx_work(struct vq *vq)
{
    while (vq->landed != 0 && vq->runs < net.tx_runs_max) {
        uint32_t space;
        uint32_t descs = vq_scan(vq, &net_tx_rule, &space);

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
    vq_done(vq, cpl & VQ_COOKIE_LOW);
}
