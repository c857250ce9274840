/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net: what its own files share.
 */
#ifndef RINGLET_NET_H
#define RINGLET_NET_H

#include "../virtio/transport.h"

#define NET_HDR_BYTES 12u
#define NET_FRAME_MIN 14u /* an Ethernet header */

/* Most buffers of a received frame. A driver's buffers hold a header at least
 * ("Setting Up Receive Buffers"), so the longest frame needs no more. */
#define NET_MERGE_MAX ((RL_MAX_FRAME + 2u * NET_HDR_BYTES - 1u) / NET_HDR_BYTES)
_Static_assert(NET_MERGE_MAX < 256, "num_buffers: one byte is written");

/* Local memory: the header of a frame in n buffers, 1 to NET_MERGE_MAX. */
#define NET_LMEM_HDR(n) (VQ_LMEM_FREE + 16u * ((n)-1u))
#define NET_LMEM_END    NET_LMEM_HDR(NET_MERGE_MAX + 1u)
_Static_assert(NET_LMEM_END <= RL_LMEM_BYTES, "headers fit local memory");

/* Commands that belong to no queue: no abort bit stops them. */
#define NET_NO_QUEUE 31u

struct net {
    uint32_t tx_runs;        /* in flight; each cookie says how long it is */
    uint32_t rx_len;         /* frame whose length was taken, 0: none */
    uint32_t rx_buffers_max; /* of a frame: 1 without MRG_RXBUF */
    struct vq_span rx_span;  /* written, not all used descriptors pushed yet */
    bool link_up;
    struct {
        uint32_t tx_dropped; /* malformed or out of range */
        uint32_t rx_dropped; /* no buffers could hold it */
    } stats;
};
extern struct net net;

void net_tx_work(struct vq *vq);
void net_tx_completion(struct vq *vq, uint32_t cpl);

void net_rx_work(struct vq *vq);
void net_rx_completion(struct vq *vq, uint32_t cpl);
/* A turn without a live receive queue. */
void net_rx_discard(const struct vq *vq);
void net_rx_start(bool merge);
void net_rx_reset(void);

#endif
