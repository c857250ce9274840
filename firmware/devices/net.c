/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net: queue 0 receives, queue 1 transmits ("Network Device"). No
 * offloads are offered, so the 12-byte header of a packet to be sent says
 * nothing and is not even read; a received packet gets a constant one.
 *
 * Transmit: whole buffers are handed to the read engine in runs; runs complete
 * in order and their buffers are given back. Receive: frames wait in the port's
 * FIFO with their lengths known, so payload and used descriptors are pushed in
 * one go. A frame that fits no buffer is dropped, the buffer stays; without
 * buffers frames wait, without a queue they are discarded.
 */
#include "../virtio/transport.h"

#include <string.h>

#define NET_F_MAC     (1ull << 5)
#define NET_F_STATUS  (1ull << 16)
#define NET_S_LINK_UP 1u

#define NET_HDR_BYTES      12u
#define NET_FRAME_MIN      14u /* an Ethernet header */
#define NET_CONFIG_BYTES   8u
#define PCI_CLASS_ETHERNET 0x020000u

enum { NET_RXQ = 0, NET_TXQ = 1, NET_QUEUES = 2 };

/* Descriptors of one run: more would only make the next batch wait. */
#define NET_RUN_MAX 64u
/* Runs in flight: with several the read latency is hidden. */
#define NET_TX_RUNS 8u
/* Frames received in one turn. */
#define NET_RX_BURST 32u

#define NET_LMEM_HDR VQ_LMEM_FREE
#define NET_TX_PARAM (NET_HDR_BYTES << RL_RD_PARAM_SKIP_LSB)
#define NET_RX_PARAM                                \
    ((NET_HDR_BYTES << RL_WR_PARAM_HDR_BYTES_LSB) | \
     (NET_LMEM_HDR << RL_WR_PARAM_HDR_PTR_LSB))

/* Commands that belong to no queue: no abort bit stops them. */
#define NET_NO_QUEUE 31u

static struct {
    uint32_t tx_runs; /* in flight; each cookie says how long it is */
    uint32_t rx_len;  /* frame whose length was taken, 0: none */
    bool link_up;
    struct {
        uint32_t tx_dropped; /* malformed or out of range */
        uint32_t rx_dropped; /* no buffer was large enough */
    } stats;
} net;

static const uint8_t net_mac[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0x01};

static const struct vq_rule net_tx_rule = {
    .flags = 0,
    .min_len = NET_HDR_BYTES + NET_FRAME_MIN,
    .len_span = RL_MAX_FRAME,
    .max = NET_RUN_MAX,
};

static uint32_t net_config_read(uint32_t offset)
{
    if (offset == 0)
        return net_mac[0] | ((uint32_t)net_mac[1] << 8) |
               ((uint32_t)net_mac[2] << 16) | ((uint32_t)net_mac[3] << 24);
    return net_mac[4] | ((uint32_t)net_mac[5] << 8) |
           (net.link_up ? NET_S_LINK_UP << 16 : 0);
}

/* ---- Transmit -------------------------------------------------------------- */

static bool net_tx_run(struct vq *vq, uint32_t descs, uint32_t space)
{
    if (VQ_UNLIKELY(!vq_run_read(vq, descs, NET_TX_PARAM, space, descs))) {
        vq->retry = true;
        return false;
    }
    net.tx_runs++;
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
    if (result != VQ_PARSE_OK || net.tx_runs != 0)
        return false; /* a packet to be dropped waits for those before it */
    net.stats.tx_dropped++;
    vq_take(vq, buffer.descs);
    vq_done(vq, buffer.descs);
    return true;
}

static VQ_NOINLINE void net_tx_work(struct vq *vq)
{
    while (vq->landed != 0 && net.tx_runs < NET_TX_RUNS) {
        uint32_t space;
        uint32_t descs = vq_scan(vq, &net_tx_rule, &space);

        if (descs != 0) {
            if (!net_tx_run(vq, descs, space))
                return;
        } else if (!net_tx_slow(vq)) {
            return;
        }
    }
}

static void net_tx_completion(struct vq *vq, uint32_t cpl)
{
    if (VQ_UNLIKELY(cpl & RL_CPL_STATUS_MASK)) {
        vq_break(vq, VQ_FAULT_DATA_DMA);
        return;
    }
    net.tx_runs--;
    vq_done(vq, cpl & VQ_COOKIE_LOW);
}

/* ---- Receive --------------------------------------------------------------- */

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
        (void)vq_run_write(vq, frames, NET_RX_PARAM, space, 0);
        vq_publish_filled(vq, frames);
    }
    return frames;
}

/* One frame into any buffer. False: nothing more in this turn. */
static VQ_NOINLINE bool net_rx_slow(struct vq *vq)
{
    uint32_t len = net.rx_len + NET_HDR_BYTES;
    struct vq_buffer buffer;

    if (vq_parse(vq, 0, &buffer) != VQ_PARSE_OK)
        return false;
    if (buffer.has_readable) {
        vq_break(vq, VQ_FAULT_DIRECTION);
        return false;
    }
    if (buffer.writable < len) {
        /* The next frame would look at the same chain: not in this turn. */
        net_rx_drop();
        vq->retry = true;
        return false;
    }
    (void)vq_run_write(vq, buffer.descs, NET_RX_PARAM, buffer.space, 0);
    vq_take(vq, buffer.descs);
    vq_use(vq, &buffer, len);
    net.rx_len = 0;
    return true;
}

static VQ_NOINLINE void net_rx_work(struct vq *vq)
{
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
static VQ_COLD void net_rx_discard(const struct vq *vq)
{
    if (vq->state == VQ_ENABLED || vq_quiesced(vq))
        hal_net_rx_flush();
    else if (vq->state == VQ_BROKEN)
        while (hal_wr_free() != 0 && net_rx_frame() != 0)
            net_rx_drop();
}

/* ---- Device ------------------------------------------------------------------ */

static void net_work(struct vq *vq)
{
    if (vq->index == NET_RXQ)
        net_rx_work(vq);
    else
        net_tx_work(vq);
}

static void net_completion(struct vq *vq, uint32_t cpl)
{
    if (vq->index == NET_TXQ)
        net_tx_completion(vq, cpl);
    else if (cpl & RL_CPL_STATUS_MASK)
        vq_break(vq, VQ_FAULT_DATA_DMA);
}

static uint32_t net_poll(void)
{
    bool up = hal_net_link();

    if (up != net.link_up) {
        net.link_up = up;
        transport_config_changed();
    }
    if (transport_queues[NET_RXQ].state == VQ_LIVE)
        return 1u << NET_RXQ;
    net_rx_discard(&transport_queues[NET_RXQ]);
    return 0;
}

static uint32_t net_counter(uint32_t n)
{
    return n == 0 ? net.stats.tx_dropped : n == 1 ? net.stats.rx_dropped : 0;
}

/* The frame at hand waits for a buffer; those behind it change nothing. */
static bool net_port_waits(void)
{
    return net.rx_len != 0;
}

static void net_start(uint64_t features)
{
    (void)features;
}

static void net_reset(void)
{
    static const uint8_t header[NET_HDR_BYTES] = {[10] = 1}; /* num_buffers */

    memcpy(hal_lmem(NET_LMEM_HDR), header, sizeof(header));
    net.tx_runs = 0;
    /* An aborted run leaves frames behind whose lengths were taken. */
    hal_net_rx_flush();
    net.rx_len = 0;
}

const struct virtio_device_ops virtio_net_ops = {
    .name = "net",
    .device_id = 1,
    .class_code = PCI_CLASS_ETHERNET,
    .features = NET_F_MAC | NET_F_STATUS,
    .num_queues = NET_QUEUES,
    .config_bytes = NET_CONFIG_BYTES,
    .config_read = net_config_read,
    .start = net_start,
    .reset = net_reset,
    .work = net_work,
    .completion = net_completion,
    .poll = net_poll,
    .counter = net_counter,
    .port_waits = net_port_waits,
};
