/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Network driver: one receive and one transmit queue, 12-byte header, no
 * offloads. Everything the device sees lies either in host memory (transmit
 * buffers and receive ring below 4 GiB, the rest above) or behind BAR2.
 */
#ifndef RL_DRIVER_NET_H
#define RL_DRIVER_NET_H

#include "driver/packed.h"
#include "driver/virtio_pci.h"

enum {
    DRV_NET_HDR = 12,
    DRV_NET_RXQ = 0,
    DRV_NET_TXQ = 1,
    DRV_NET_CONFIG_VECTOR = 0,
    DRV_NET_RX_VECTOR = 1,
    DRV_NET_TX_VECTOR = 2,
    DRV_NET_FULL = -200, /* no free buffer or slot */
};

enum drv_placement { DRV_HOST_MEMORY, DRV_DEVICE_MEMORY };

struct drv_net_config {
    enum drv_placement placement;
    bool in_order;    /* ask for it */
    uint16_t rx_size; /* 0: what is offered */
    uint16_t tx_size;
    uint16_t rx_buffers; /* 0: as many as ring and memory take */
    uint16_t tx_buffers;
    uint32_t buffer_bytes;       /* of each buffer, header included; 0: 1536 */
    uint32_t tx_bytes;           /* of transmit buffers; 0: buffer_bytes */
    bool split_header;           /* header in a descriptor of its own */
    bool rx_chained;             /* receive buffers of two descriptors */
    bool merge;                  /* frames may lie over several buffers */
    bool event_idx;              /* event suppression names descriptors */
    bool notify_data;            /* doorbells say how far the driver is */
    bool ring_reset;             /* drv_net_restart_queue() will be used */
    bool indirect;               /* buffers of two parts go by tables ... */
    bool indirect_mixed;         /* ... every other one */
    uint32_t id_seed;            /* see drv_ring_config */
    bool no_msix;                /* poll only */
    bool tx_quiet;               /* transmit queue: no interrupts */
    bool by_config;              /* registers by configuration space alone */
    struct drv_features without; /* bits not to accept */
};

struct drv_net_pool {
    uint64_t addr;
    uint32_t bytes; /* of each buffer */
    uint16_t count, free_count;
    uint16_t *free_list;
};

struct drv_net {
    struct drv_pci pci;
    struct drv_net_config cfg;
    struct drv_mem mem;
    struct drv_ring rx, tx;
    struct drv_net_pool rx_pool, tx_pool;
    uint64_t bar2_next;
    uint64_t rx_seen, tx_seen; /* MSI-X counts looked at */
    uint8_t mac[6];
    uint8_t *bounce;
    /* Totals. */
    uint64_t doorbells, tx_frames, rx_frames, header_errors;
    uint64_t rx_merged; /* received frames in several buffers */
};

/* Brings an enumerated card up to DRIVER_OK, receive buffers supplied. On
 * failure nothing needs to be closed. The struct must stay where it is. */
int drv_net_open(struct drv_net *n, struct rl_rp *rp,
                 const struct drv_net_config *cfg);
/* Device reset, then memory is free again. Returns the reset's result. */
int drv_net_close(struct drv_net *n);
/* Resets one queue and sets it up again with another size (0: what is offered)
 * in fresh memory; what was in it is forgotten. */
int drv_net_restart_queue(struct drv_net *n, uint16_t queue, uint16_t size);
/* Frees without touching the card (it was reset some other way). */
void drv_net_discard(struct drv_net *n);

/* Adds a frame; the device sees it with the next drv_net_kick(). */
int drv_net_send(struct drv_net *n, const void *frame, uint32_t bytes);
/* Publishes, and rings when the device wants it (or always). */
void drv_net_kick(struct drv_net *n);
/* Takes transmitted buffers back. Their number, or DRV_RING_BROKEN. */
int drv_net_reclaim(struct drv_net *n);

typedef void drv_net_frame_fn(void *ctx, const uint8_t *frame, uint32_t bytes);
/* Hands out received frames (valid during the call) and supplies their buffers
 * again, ringing once at the end. Number of frames or DRV_RING_BROKEN. */
int drv_net_receive(struct drv_net *n, drv_net_frame_fn *fn, void *ctx);

/* True once after each new message of the queue's vector. */
bool drv_net_tx_interrupt(struct drv_net *n);
bool drv_net_rx_interrupt(struct drv_net *n);

/* Room for one more frame. */
bool drv_net_can_send(const struct drv_net *n);
const char *drv_net_why(const struct drv_net *n); /* after DRV_RING_BROKEN */

#endif
