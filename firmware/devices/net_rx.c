/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net, receive: frames wait in the port's FIFO with their lengths known, so
 * payload and used descriptors are pushed in one go. A frame that no buffers can
 * hold is dropped, the buffers stay; without buffers frames wait, without a queue
 * they are discarded.
 *
 * With MRG_RXBUF a frame may be spread over several buffers, and waits until there
 * are enough; without, it has one. Its header says how many and is otherwise
 * constant: one for each number lies ready in local memory.
 */
#include "net.h"

#include <string.h>

/* Frames received in one turn. */
#define NET_RX_BURST 32u

#define NET_RX_PARAM(buffers)                       \
    ((NET_HDR_BYTES << RL_WR_PARAM_HDR_BYTES_LSB) | \
     (NET_LMEM_HDR(buffers) << RL_WR_PARAM_HDR_PTR_LSB))

/* Length of the frame that is next, 0: none waits. */
static uint32_t net_rx_frame(void)
{
    if (net.rx_len == 0)
        net.rx_len = hal_net_rx_len();
    return net.rx_len;
}

/* No abort bit stops it, nor a host that forbids bus mastering (SPACE: the
 * frame goes nowhere near it): the frame must go when its length is gone. */
static void net_rx_drop(void)
{
    hal_wr_drop(
        1, HAL_CMD(RL_OP_DROP, NET_NO_QUEUE, VQ_COOKIE_USED, HAL_CMD_SPACE));
    net.rx_len = 0;
    net.stats.rx_dropped++;
}

/* Frames into buffers of one descriptor: mark the used descriptors, push the
 * payload run, then the burst. Returns the number of frames. */
static uint32_t net_rx_fast(struct vq *vq)
{
    struct vq_rule rule = {VQ_DESC_WRITE, 0, 1u << 31, NET_RX_BURST};
    uint32_t space;
    uint32_t ready = vq_scan(vq, &rule, &space);
    const struct vq_desc *d = vq->ring + vq->parse;
    uint32_t frames = 0;

    while (frames < ready && net_rx_frame() != 0 &&
           d[frames].len >= net.rx_len + NET_HDR_BYTES) {
        vq_fill(vq, frames, net.rx_len + NET_HDR_BYTES);
        net.rx_len = 0;
        frames++;
    }
    if (frames != 0) {
        (void)vq_run_write(vq, frames, NET_RX_PARAM(1), space, 0);
        vq_publish_filled(vq, frames);
    }
    return frames;
}

/* One frame into any buffer, or several: it waits for those that are missing.
 * False: nothing more in this turn. */
static VQ_NOINLINE bool net_rx_slow(struct vq *vq)
{
    struct vq_span *span = &net.rx_span;
    enum vq_parse_result result =
        vq_gather(vq, net.rx_len + NET_HDR_BYTES, net.rx_buffers_max, span);

    if (result == VQ_PARSE_SMALL) {
        /* The next frame would look at the same buffers: not in this turn. */
        net_rx_drop();
        vq->retry = true;
    }
    if (result != VQ_PARSE_OK) {
        span->descs = 0;
        return false;
    }
    vq_write_span(vq, span, NET_RX_PARAM(span->buffers));
    net.rx_len = 0;
    return vq_publish_span(vq, span);
}

VQ_NOINLINE void net_rx_work(struct vq *vq)
{
    if (VQ_UNLIKELY(net.rx_span.descs != 0) &&
        !vq_publish_span(vq, &net.rx_span))
        return;
    /* Bounded: each turn takes a frame; more come at wire speed only. */
    for (uint32_t turns = 0; turns < NET_RX_BURST; turns++) {
        if (net_rx_frame() == 0)
            return;
        if (hal_wr_free() < 2)
            break; /* the run and its used descriptors */
        if (net_rx_fast(vq) == 0 && !net_rx_slow(vq))
            return;
    }
    vq->retry = true;
}

/* Without a driver there is nobody to keep frames for. Commands may be left of
 * a broken queue; behind the marker of one being stopped nothing may be pushed,
 * it says when the port may be flushed. */
VQ_COLD void net_rx_discard(const struct vq *vq)
{
    if (vq->state == VQ_ENABLED || vq_quiesced(vq))
        hal_net_rx_flush();
    else if (vq->state == VQ_BROKEN)
        while (hal_wr_free() != 0 && net_rx_frame() != 0)
            net_rx_drop();
}

void net_rx_completion(struct vq *vq, uint32_t cpl)
{
    if (cpl & RL_CPL_STATUS_MASK)
        vq_break(vq, VQ_FAULT_DATA_DMA);
}

void net_rx_start(bool merge)
{
    net.rx_buffers_max = merge ? NET_MERGE_MAX : 1;
}

void net_rx_reset(void)
{
    for (uint32_t n = 1; n <= NET_MERGE_MAX; n++) {
        uint8_t *header = hal_lmem(NET_LMEM_HDR(n));

        memset(header, 0, NET_HDR_BYTES);
        header[10] = (uint8_t)n; /* num_buffers */
    }
    /* An aborted run leaves frames behind whose lengths were taken. */
    hal_net_rx_flush();
    net.rx_len = 0;
    net.rx_span.descs = 0;
    net.rx_buffers_max = 1;
}
