/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a device type gives to the transport, and the constants both use.
 * Specification: virtio 1.4 (virtio-v1.4-cs01).
 */
#ifndef RINGLET_VIRTIO_H
#define RINGLET_VIRTIO_H

#include "../virtqueue/vq.h"

/* Device status bits. */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01u
#define VIRTIO_STATUS_DRIVER      0x02u
#define VIRTIO_STATUS_DRIVER_OK   0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED      0x80u

/* Feature bits of every device. */
#define VIRTIO_F_INDIRECT_DESC   (1ull << 28)
#define VIRTIO_F_EVENT_IDX       (1ull << 29)
#define VIRTIO_F_VERSION_1       (1ull << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ull << 33)
#define VIRTIO_F_RING_PACKED     (1ull << 34)
#define VIRTIO_F_IN_ORDER        (1ull << 35)
#define VIRTIO_F_ORDER_PLATFORM  (1ull << 36)
#define VIRTIO_F_NOTIFICATION_DATA (1ull << 38)
#define VIRTIO_F_NOTIF_CONFIG_DATA (1ull << 39)
#define VIRTIO_F_RING_RESET        (1ull << 40)

#define VIRTIO_MSI_NO_VECTOR 0xffffu

/* ISR status bits. */
#define VIRTIO_ISR_QUEUE  0x01u
#define VIRTIO_ISR_CONFIG 0x02u

/* A device type. One file, one constant of this type. No function may wait;
 * none is called while a reset is in progress but completion(). */
struct virtio_device_ops {
    const char *name;
    uint16_t device_id;   /* virtio device id: 1 net, 2 blk ... */
    uint32_t class_code;  /* PCI class code, 24 bits */
    uint64_t features;    /* offered besides the common ones */
    uint8_t num_queues;   /* at most VQ_MAX_QUEUES */
    uint8_t config_bytes; /* size of the device configuration */

    /* Aligned dword of the device configuration, offset below config_bytes. */
    uint32_t (*config_read)(uint32_t offset);
    /* Do these features, all of them offered, go together? */
    bool (*features_ok)(uint64_t features);
    /* Where the table ring of a queue is when these features are in force
     * (VQ_TABLES); of queues that may be live together each has its own. */
    uint32_t (*tables)(uint32_t queue, uint64_t features);
    /* Start-up: what stays in local memory for good. */
    void (*init)(void);
    /* DRIVER_OK with these features; queues are live already. */
    void (*start)(uint64_t features);
    /* Device reset is complete: forget everything. */
    void (*reset)(void);
    /* Something happened to this live queue: do a step of work. Returns other
     * queues that want one, too. */
    uint32_t (*work)(struct vq *vq);
    /* This queue was broken: its commands in flight are dropped. Or one failed
     * while the queue is being stopped. */
    void (*broken)(const struct vq *vq);
    /* This queue, live or not, is being reset: forget what there is of it.
     * True: let its commands end by themselves, which they will. */
    bool (*stop)(const struct vq *vq);
    /* A completion of a command of the device (cookie from VQ_COOKIE_DEVICE). */
    void (*completion)(struct vq *vq, uint32_t cpl);
    /* A completion of a command of VQ_NO_QUEUE: a marker, or a failure. */
    void (*port_completion)(uint32_t cpl);
    /* A port event (received frame) or the millisecond tick. Returns the queues
     * that want work(), one bit each. */
    uint32_t (*poll)(void);
    /* Counter n, 0 to 7, that the vendor page shows; 0 where there is none. */
    uint32_t (*counter)(uint32_t n);
    /* The port's event is of no interest until a queue has moved. */
    bool (*port_waits)(void);
};

extern const struct virtio_device_ops virtio_net_ops;

#endif
