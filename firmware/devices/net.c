/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net ("Network Device"): queue 0 receives, queue 1 transmits. This file is
 * what the transport sees of it; the work is done in net_rx.c and net_tx.c.
 */
#include "net.h"

#define NET_F_MAC       (1ull << 5)
#define NET_F_MRG_RXBUF (1ull << 15)
#define NET_F_STATUS    (1ull << 16)
#define NET_S_LINK_UP   1u

#define NET_CONFIG_BYTES   8u
#define PCI_CLASS_ETHERNET 0x020000u

enum { NET_RXQ = 0, NET_TXQ = 1, NET_QUEUES = 2 };

struct net net;

static const uint8_t net_mac[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0x01};

static uint32_t net_config_read(uint32_t offset)
{
    if (offset == 0)
        return net_mac[0] | ((uint32_t)net_mac[1] << 8) |
               ((uint32_t)net_mac[2] << 16) | ((uint32_t)net_mac[3] << 24);
    return net_mac[4] | ((uint32_t)net_mac[5] << 8) |
           (net.link_up ? NET_S_LINK_UP << 16 : 0);
}

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
    else
        net_rx_completion(vq, cpl);
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
    net_rx_start((features & NET_F_MRG_RXBUF) != 0);
}

static void net_reset(void)
{
    net.tx_runs = 0;
    net_rx_reset();
}

const struct virtio_device_ops virtio_net_ops = {
    .name = "net",
    .device_id = 1,
    .class_code = PCI_CLASS_ETHERNET,
    .features = NET_F_MAC | NET_F_MRG_RXBUF | NET_F_STATUS,
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
