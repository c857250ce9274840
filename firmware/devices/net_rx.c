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
 *
 * Queue 0 alone receives until the driver asks for more; then the frame's flow
 * picks the queue ("Automatic receive steering in multiqueue mode"). Frames leave
 * the port in their order: one that waits for a buffer holds back those behind it,
 * for other queues, too. A queue that is not live holds back nothing: another one
 * of those that receive takes its frames.
 */
#include "net.h"

#include <stddef.h>

/* Frames received in one turn. */
#define NET_RX_BURST 32u
/* Buffers looked at for a burst where flows are spread: few frames in a row go to
 * one queue, and a look at more would be for nothing. */
#define NET_RX_STEERED 4u

#define NET_RX_PARAM(buffers)                       \
    ((NET_HDR_BYTES << RL_WR_PARAM_HDR_BYTES_LSB) | \
     (NET_LMEM_HDR(buffers) << RL_WR_PARAM_HDR_PTR_LSB))

/* The upper bits of its product with a flow depend on all bits of that. */
#define NET_FLOW_SPREAD 0x9du

static VQ_NOINLINE struct vq *net_rx_target(uint32_t frame)
{
    uint32_t flow = frame >> RL_NETRX_LEN_FLOW_LSB; /* VALID above: no matter */
    uint32_t pair = ((flow * NET_FLOW_SPREAD & 0xffu) * net.pairs) >> 8;

    for (uint32_t n = 0; n < net.pairs; n++) {
        if (transport_queues[2 * pair].state == VQ_LIVE)
            return &transport_queues[2 * pair];
        pair = pair + 1 == net.pairs ? 0 : pair + 1;
    }
    return NULL;
}

/* The frame at hand, or the next one; 0: none waits. With one pair rx_vq stays. */
static inline uint32_t net_rx_frame(void)
{
    if (net.rx_frame == 0) {
        net.rx_frame = hal_net_rx_len();
        if (VQ_UNLIKELY(net.pairs != 1) && net.rx_frame != 0)
            net.rx_vq = net_rx_target(net.rx_frame);
    }
    return net.rx_frame;
}

/* Its bytes with the header. */
static inline uint32_t net_rx_bytes(uint32_t frame)
{
    return (frame & RL_NETRX_LEN_BYTES_MASK) + NET_HDR_BYTES;
}

/* No abort bit stops it, nor a host that forbids bus mastering (SPACE: the
 * frame goes nowhere near it): the frame must go when its length is gone. */
static void net_rx_drop(void)
{
    hal_wr_drop(
        1, HAL_CMD(RL_OP_DROP, VQ_NO_QUEUE, VQ_COOKIE_USED, HAL_CMD_SPACE));
    net.rx_frame = 0;
    net.stats.rx_dropped++;
}

/* Frames into buffers of one descriptor: mark the used descriptors, push the
 * payload run, then the burst. Returns the number of frames. */
static uint32_t net_rx_fast(struct vq *vq)
{
    const bool steered = net.pairs != 1;
    struct vq_rule rule = {VQ_DESC_WRITE, 0, 1u << 31,
                           steered ? NET_RX_STEERED : NET_RX_BURST};
    uint32_t space;
    uint32_t ready = vq_scan(vq, &rule, &space);
    const struct vq_desc *d = vq->ring + vq->parse;
    uint32_t frame = net.rx_frame;
    uint32_t frames = 0;
    while (frames < ready && d[frames].len >= net_rx_bytes(frame)) {
        vq_fill(vq, frames, net_rx_bytes(frame));
        frames++;
        frame = hal_net_rx_len();
        if (frame == 0)
            break;
        if (VQ_UNLIKELY(steered)) {
            net.rx_vq = net_rx_target(frame);
            if (net.rx_vq != vq)
                break;
        }
    }
    net.rx_frame = frame;
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
        vq_gather(vq, net_rx_bytes(net.rx_frame), net.rx_buffers_max, span);

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
    net.rx_span_vq = vq;
    net.rx_frame = 0;
    return vq_publish_span(vq, span);
}

/* Something goes first. False: what it is has still not ended. */
static VQ_COLD bool net_rx_unblock(const struct vq *vq)
{
    return net.rx_sync == NET_RX_SYNC && net.rx_span_vq == vq &&
           vq_publish_span(net.rx_span_vq, &net.rx_span);
}

VQ_NOINLINE uint32_t net_rx_work(struct vq *vq)
{
    bool slow = false;

    if (VQ_UNLIKELY((net.rx_span.descs | net.rx_sync) != 0) &&
        !net_rx_unblock(vq))
        return 0;
    /* Bounded: each turn takes a frame; more come at wire speed only. */
    for (uint32_t turns = 0; turns < NET_RX_BURST; turns++) {
        if (net_rx_frame() == 0)
            return 0;
        /* The frame may be older than the queue: its event is over. */
        if (VQ_UNLIKELY(!net.rx_vq))
            net.rx_vq = net_rx_target(net.rx_frame);
        if (VQ_UNLIKELY(net.rx_vq != vq))
            return net.rx_vq ? 1u << net.rx_vq->index : 0;
        if (hal_wr_free() < 2)
            break; /* the run and its used descriptors */
        if (!slow && net_rx_fast(vq) != 0)
            continue;
        if (!net_rx_slow(vq))
            return 0;
        slow = true; /* the next one will be like it: no scan for nothing */
    }
    vq->retry = true;
    return 0;
}

static void net_rx_flush(void)
{
    hal_net_rx_flush();
    net.rx_frame = 0;
}

/* Without a queue that receives there is nobody to keep frames for. Where one was
 * started, commands may be left; behind the marker of one being stopped nothing
 * may be pushed, it says when the port may be flushed. */
static VQ_COLD void net_rx_discard(void)
{
    bool started = false;

    for (uint32_t q = 0; q < net.data_queues; q += 2) {
        const struct vq *vq = &transport_queues[q];

        if (vq->state == VQ_QUIESCING && !vq_quiesced(vq))
            return;
        started |= vq->state == VQ_LIVE || vq->state == VQ_BROKEN;
    }
    if (!started) {
        net_rx_flush();
        if (net.rx_sync == NET_RX_SYNC_DUE)
            net.rx_sync = NET_RX_SYNC;
    } else {
        while (hal_wr_free() != 0 && net_rx_frame() != 0)
            net_rx_drop();
    }
}

/* ---- A broken queue ----------------------------------------------------------- */

/* What was not published yet of a frame stays unpublished. */
void net_rx_stop(const struct vq *vq)
{
    if (net.rx_span_vq == vq)
        net.rx_span.descs = 0;
}

/* While all queues are being stopped, for a reset or after FAILED, they have
 * markers of their own, and none of ours may outlive them. */
static VQ_COLD void net_rx_sync_step(void)
{
    bool started = false;

    for (uint32_t q = 0; q < net.data_queues; q += 2)
        started |= transport_queues[q].state == VQ_BROKEN ||
                   transport_queues[q].state == VQ_LIVE;
    if (!started)
        net_rx_discard();
    if (net.rx_sync != NET_RX_SYNC_DUE || !started || hal_wr_free() == 0)
        return;
    hal_wr_nop(HAL_CMD(RL_OP_NOP, VQ_NO_QUEUE, VQ_COOKIE_MARKER,
                       HAL_CMD_SPACE | HAL_CMD_NOTIFY));
    net.rx_sync = NET_RX_SYNC_WAITS;
}

/* Its runs in flight end early and leave frames behind whose lengths were taken:
 * the next run would write them to a queue they were not meant for. So nothing
 * more is pushed until a marker says that no run is left; then the port is
 * flushed, and the other queues go on. Runs that were pushed behind those of the
 * broken queue already may still get such a frame.
 *
 * The marker goes at once where it can: frames that arrive later than that are
 * not to blame. */
void net_rx_broken(const struct vq *vq)
{
    net_rx_stop(vq);
    if (net.rx_sync != NET_RX_SYNC)
        return; /* nothing was pushed since */
    net.rx_sync = NET_RX_SYNC_DUE;
    net_rx_sync_step();
}

void net_rx_port_completion(uint32_t cpl)
{
    if ((cpl & VQ_COOKIE_KIND) != VQ_COOKIE_MARKER ||
        net.rx_sync != NET_RX_SYNC_WAITS)
        return;
    net.rx_sync = NET_RX_SYNC;
    net_rx_flush();
}

void net_rx_completion(struct vq *vq, uint32_t cpl)
{
    if (cpl & RL_CPL_STATUS_MASK)
        vq_break(vq, VQ_FAULT_DATA_DMA);
    else
        vq_table_release(vq, cpl & VQ_COOKIE_LOW);
}

/* ---- Port and life ------------------------------------------------------------ */

uint32_t net_rx_poll(void)
{
    if (VQ_UNLIKELY(net.rx_sync != NET_RX_SYNC)) {
        net_rx_sync_step();
        return 0;
    }
    if (VQ_UNLIKELY(!net.rx_vq || net.rx_vq->state != VQ_LIVE))
        net.rx_vq = net_rx_target(net.rx_frame);
    if (net.rx_vq && net_rx_frame() == 0)
        return 0;
    if (net.rx_vq)
        return 1u << net.rx_vq->index;
    net_rx_discard();
    return 0;
}

bool net_rx_waits(void)
{
    return net.rx_frame != 0 || net.rx_sync == NET_RX_SYNC_WAITS;
}

void net_rx_set_pairs(uint32_t pairs)
{
    net.pairs = pairs;
    net.rx_vq = net_rx_target(net.rx_frame);
}

void net_rx_start(bool merge)
{
    net.rx_buffers_max = merge ? NET_MERGE_MAX : 1;
}

void net_rx_init(void)
{
    for (uint32_t n = 1; n <= NET_MERGE_MAX; n++) {
        uint32_t *header = hal_lmem(NET_LMEM_HDR(n));

        /* By words: this is most of what a reset takes. */
        header[0] = 0;
        header[1] = 0;
        header[2] = n << 16; /* num_buffers */
    }
}

void net_rx_reset(void)
{
    net_rx_flush();
    net.rx_span.descs = 0;
    net.rx_sync = NET_RX_SYNC;
    net.rx_vq = NULL;
    net.rx_buffers_max = 1;
    net.pairs = 1;
}
