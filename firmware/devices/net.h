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

/* Pairs of receive and transmit queues; the control queue stands behind them. */
#define NET_PAIRS  4u
#define NET_QUEUES (2u * NET_PAIRS + 1u)
_Static_assert(NET_QUEUES <= VQ_MAX_QUEUES, "queues fit local memory");

/* Local memory: the header of a frame in n buffers, 1 to NET_MERGE_MAX. */
#define NET_LMEM_HDR(n) (VQ_LMEM_FREE + 16u * ((n)-1u))
/* Then 16 bytes of each acknowledgement, and the pieces of a control command. */
#define NET_LMEM_ACK(value) (NET_LMEM_HDR(NET_MERGE_MAX + 1u) + 16u * (value))
#define NET_LMEM_CTRL(n)    (NET_LMEM_ACK(2u) + 32u * (n))
#define NET_CTRL_BYTES      8u /* of a command that are looked at */
/* Then the table rings of the transmit queues and the control queue, for the
 * longest table that there can be, and those of receive queues: a frame that
 * takes more elements than their entries is dropped. */
#define NET_TABLE_ENTRIES VQ_MAX_SIZE
#define NET_RX_ENTRIES    72u
#define NET_LMEM_TABLE(n) \
    (NET_LMEM_CTRL(NET_CTRL_BYTES) + (n)*VQ_TABLE_BYTES(NET_TABLE_ENTRIES))
#define NET_LMEM_RX_TABLE(n) \
    (NET_LMEM_TABLE(NET_PAIRS + 1u) + (n)*VQ_TABLE_BYTES(NET_RX_ENTRIES))
_Static_assert(NET_LMEM_RX_TABLE(NET_PAIRS) <= RL_LMEM_BYTES,
               "what the device needs fits local memory");

/* Frames and their lengths may not belong together any more: see net_rx.c. */
enum net_rx_sync { NET_RX_SYNC, NET_RX_SYNC_DUE, NET_RX_SYNC_WAITS };

struct net {
    uint32_t data_queues; /* receive and transmit, as negotiated */
    uint32_t ctrl_queue;  /* its index, NET_QUEUES: none */
    uint32_t pairs;       /* that receive; set by the driver */
    uint32_t tx_runs_max; /* in flight, of each queue */
    uint32_t rx_frame;    /* length and flow (RL_NETRX_LEN_*) of the frame whose
                          length was taken, 0: none */
    struct vq *rx_vq;     /* where it goes, NULL: no queue is live */
    uint32_t rx_buffers_max; /* of a frame: 1 without MRG_RXBUF */
    struct vq_span rx_span;  /* written, not all used descriptors pushed yet */
    struct vq *rx_span_vq;
    enum net_rx_sync rx_sync;
    bool link_up;
    struct {
        uint32_t tx_dropped; /* malformed or out of range */
        uint32_t rx_dropped; /* no buffers could hold it */
    } stats;
};
extern struct net net;

/* Each step of work returns the queue that the next frame waits for, as a bit. */
uint32_t net_tx_work(struct vq *vq);
void net_tx_completion(struct vq *vq, uint32_t cpl);

uint32_t net_rx_work(struct vq *vq);
uint32_t net_rx_poll(void);
/* The frame at hand waits for a queue; those behind it change nothing. */
bool net_rx_waits(void);
void net_rx_completion(struct vq *vq, uint32_t cpl);
void net_rx_port_completion(uint32_t cpl);
void net_rx_broken(const struct vq *vq);
void net_rx_stop(const struct vq *vq);
/* From the next frame on, this many pairs receive. No span may be open. */
void net_rx_set_pairs(uint32_t pairs);
/* Once, before the first reset: the headers of received frames. */
void net_rx_init(void);
void net_rx_start(bool merge);
void net_rx_reset(void);

uint32_t net_ctrl_work(struct vq *vq);
void net_ctrl_completion(struct vq *vq, uint32_t cpl);
void net_ctrl_init(void);
void net_ctrl_reset(void);

#endif
