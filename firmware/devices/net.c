/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net ("Network Device"): even queues receive, odd ones transmit, the one
 * behind them is the control queue. This file is what the transport sees of it; the
 * work is done in net_rx.c, net_tx.c and net_ctrl.c.
 */
#include "net.h"

#define NET_F_MAC       (1ull << 5)
#define NET_F_MRG_RXBUF (1ull << 15)
#define NET_F_STATUS    (1ull << 16)
#define NET_F_CTRL_VQ   (1ull << 17)
#define NET_F_MQ        (1ull << 22)
#define NET_S_LINK_UP   1u

#define NET_CONFIG_BYTES   10u
#define PCI_CLASS_ETHERNET 0x020000u

/* Transmit runs in flight of a queue: with several the read latency is hidden. Of
 * all queues together there may be so many that a fetch finds room behind them
 * while the port stalls, and those of a control command, too. */
#define NET_TX_RUNS    8u
#define NET_TX_RUNS_MQ 6u
_Static_assert(RL_CMD_DEPTH >= NET_CTRL_BYTES + NET_PAIRS * NET_TX_RUNS_MQ,
               "stalled runs leave room for fetches");

struct net net;

static const uint8_t net_mac[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0x01};

static uint32_t net_config_read(uint32_t offset)
{
    if (offset == 0)
        return net_mac[0] | ((uint32_t)net_mac[1] << 8) |
               ((uint32_t)net_mac[2] << 16) | ((uint32_t)net_mac[3] << 24);
    if (offset == 8)
        return NET_PAIRS; /* max_virtqueue_pairs */
    return net_mac[4] | ((uint32_t)net_mac[5] << 8) |
           (net.link_up ? NET_S_LINK_UP << 16 : 0);
}

static uint32_t net_data_queues(uint64_t features)
{
    return features & NET_F_MQ ? 2 * NET_PAIRS : 2;
}

static uint32_t net_tables(uint32_t queue, uint64_t features)
{
    if (queue >= net_data_queues(features))
        return VQ_TABLES(NET_LMEM_TABLE(NET_PAIRS), NET_TABLE_ENTRIES);
    if (queue & 1)
        return VQ_TABLES(NET_LMEM_TABLE(queue / 2), NET_TABLE_ENTRIES);
    return VQ_TABLES(NET_LMEM_RX_TABLE(queue / 2), NET_RX_ENTRIES);
}

static uint32_t net_work(struct vq *vq)
{
    if (VQ_UNLIKELY(vq->index >= net.data_queues))
        return vq->index == net.ctrl_queue ? net_ctrl_work(vq) : 0;
    return vq->index & 1 ? net_tx_work(vq) : net_rx_work(vq);
}

/* Only queues that were given work have completions. */
static void net_completion(struct vq *vq, uint32_t cpl)
{
    if (vq->index == net.ctrl_queue)
        net_ctrl_completion(vq, cpl);
    else if (vq->index & 1)
        net_tx_completion(vq, cpl);
    else
        net_rx_completion(vq, cpl);
}

static void net_broken(const struct vq *vq)
{
    if (vq->index < net.data_queues && !(vq->index & 1))
        net_rx_broken(vq);
}

/* Receive runs end by themselves: their frames are there. Dropped, they would
 * leave frames behind whose lengths were taken, to the harm of other queues. */
static bool net_stop(const struct vq *vq)
{
    if (vq->index >= net.data_queues) {
        net_ctrl_reset();
        return false;
    }
    if (vq->index & 1)
        return false;
    net_rx_stop(vq);
    return vq->state != VQ_BROKEN;
}

static uint32_t net_poll(void)
{
    bool up = hal_net_link();

    if (up != net.link_up) {
        net.link_up = up;
        transport_config_changed();
    }
    return net_rx_poll();
}

static uint32_t net_counter(uint32_t n)
{
    return n == 0 ? net.stats.tx_dropped : n == 1 ? net.stats.rx_dropped : 0;
}

/* Annex "Feature bit requirements": MQ rests on the control queue. */
static bool net_features_ok(uint64_t features)
{
    return !(features & NET_F_MQ) || (features & NET_F_CTRL_VQ);
}

/* The control queue stands behind all queues that the features let exist, not
 * behind those in use ("Virtqueues"). */
static void net_start(uint64_t features)
{
    net.data_queues = net_data_queues(features);
    net.ctrl_queue = features & NET_F_CTRL_VQ ? net.data_queues : NET_QUEUES;
    net.tx_runs_max = features & NET_F_MQ ? NET_TX_RUNS_MQ : NET_TX_RUNS;
    net_rx_start((features & NET_F_MRG_RXBUF) != 0);
}

static void net_init(void)
{
    net_rx_init();
    net_ctrl_init();
}

static void net_reset(void)
{
    net.data_queues = 2;
    net.ctrl_queue = NET_QUEUES;
    net_rx_reset();
    net_ctrl_reset();
}

const struct virtio_device_ops virtio_net_ops = {
    .name = "net",
    .device_id = 1,
    .class_code = PCI_CLASS_ETHERNET,
    .features =
        NET_F_MAC | NET_F_MRG_RXBUF | NET_F_STATUS | NET_F_CTRL_VQ | NET_F_MQ,
    .num_queues = NET_QUEUES,
    .config_bytes = NET_CONFIG_BYTES,
    .config_read = net_config_read,
    .features_ok = net_features_ok,
    .tables = net_tables,
    .init = net_init,
    .start = net_start,
    .reset = net_reset,
    .work = net_work,
    .broken = net_broken,
    .stop = net_stop,
    .completion = net_completion,
    .port_completion = net_rx_port_completion,
    .poll = net_poll,
    .counter = net_counter,
    .port_waits = net_rx_waits,
};
