/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a driver that is not ours does with the virtio structures.
 */
#include "bridge/vfio_watch.h"

#include <string.h>

static uint64_t number(const struct vfio_watch *w, unsigned reg, unsigned bytes)
{
    uint64_t v = 0;

    memcpy(&v, w->common + reg, bytes);
    return v;
}

static void store(struct vfio_watch *w, unsigned reg, uint16_t value)
{
    memcpy(w->common + reg, &value, sizeof value);
}

void vfio_watch_reset(struct vfio_watch *w, struct card_device *d)
{
    memset(w, 0, sizeof *w);
    memset(d->enabled, 0, sizeof d->enabled);
    ring_watch_stop(&d->watch);
    d->running = false;
}

/* Queues are set up one after the other, then enabled: what was written for a
 * queue is kept for when it is selected again. It begins with the offer. */
static void select_queue(struct vfio_watch *w, const struct card_device *d)
{
    uint64_t q = number(w, DRV_C_QUEUE_SELECT, 2);

    if (q >= d->queues)
        return;
    memcpy(w->common + DRV_C_QUEUE_SIZE, w->queue[q] + DRV_C_QUEUE_SIZE,
           VFIO_WATCH_COMMON - DRV_C_QUEUE_SIZE);
    if (w->known[q])
        return;
    w->known[q] = true;
    store(w, DRV_C_QUEUE_SIZE, d->size[q]);
    store(w, DRV_C_QUEUE_VECTOR, DRV_NO_VECTOR);
}

static void keep_queue(struct vfio_watch *w, const struct card_device *d)
{
    uint64_t q = number(w, DRV_C_QUEUE_SELECT, 2);

    if (q < d->queues)
        memcpy(w->queue[q], w->common, VFIO_WATCH_COMMON);
}

static void enable_queue(const struct vfio_watch *w, struct card_device *d)
{
    struct device_queue at = {.size = (uint16_t)number(w, DRV_C_QUEUE_SIZE, 2),
                              .desc_addr = number(w, DRV_C_QUEUE_DESC, 8),
                              .driver_addr = number(w, DRV_C_QUEUE_DRIVER, 8),
                              .device_addr = number(w, DRV_C_QUEUE_DEVICE, 8)};
    unsigned q = (unsigned)number(w, DRV_C_QUEUE_SELECT, 2);

    if (q >= d->queues || number(w, DRV_C_QUEUE_ENABLE, 2) != 1)
        return;
    d->enabled[q] = true;
    d->vector[q] = (uint16_t)number(w, DRV_C_QUEUE_VECTOR, 2);
    ring_watch_start(&d->watch, q, &at);
}

static void take_features(const struct vfio_watch *w, struct card_device *d)
{
    uint64_t word = number(w, DRV_C_DRIVER_FEATURE, 4);
    uint64_t which = number(w, DRV_C_DRIVER_FEATURE_SELECT, 4);

    if (which > 1)
        return;
    d->watch.features &= ~(0xffffffffull << 32 * which);
    d->watch.features |= word << 32 * which;
}

static void take_status(struct vfio_watch *w, struct card_device *d)
{
    uint8_t status = w->common[DRV_C_STATUS];

    if (!status)
        vfio_watch_reset(w, d);
    else
        d->running = status & DRV_S_DRIVER_OK;
}

static bool covers(uint64_t offset, uint32_t bytes, unsigned reg)
{
    return reg - offset < bytes;
}

static void write_common(struct vfio_watch *w, struct card_device *d,
                         uint64_t offset, const uint8_t *from, uint32_t bytes)
{
    memcpy(w->common + offset, from, bytes);
    if (covers(offset, bytes, DRV_C_DRIVER_FEATURE))
        take_features(w, d);
    if (covers(offset, bytes, DRV_C_STATUS))
        take_status(w, d);
    if (covers(offset, bytes, DRV_C_QUEUE_SELECT))
        select_queue(w, d);
    keep_queue(w, d);
    if (covers(offset, bytes, DRV_C_QUEUE_ENABLE))
        enable_queue(w, d);
}

/* Each doorbell carries its queue's number first. */
static void ring(struct card_device *d, const uint8_t *from, uint32_t bytes)
{
    uint16_t q;

    if (bytes < sizeof q)
        return;
    memcpy(&q, from, sizeof q);
    if (q < d->queues)
        d->doorbells[q]++;
}

void vfio_watch_write(struct vfio_watch *w, struct card_device *d,
                      uint64_t addr, const uint8_t *from, uint32_t bytes)
{
    uint64_t offset = addr - d->pci.common.addr;

    if (offset < VFIO_WATCH_COMMON && bytes <= VFIO_WATCH_COMMON - offset)
        write_common(w, d, offset, from, bytes);
    else if (addr - d->pci.notify.addr < d->pci.notify.bytes)
        ring(d, from, bytes);
}

void vfio_watch_msix(struct card_device *d, unsigned vector)
{
    for (unsigned q = 0; q < d->queues; q++)
        if (d->enabled[q] && d->vector[q] == vector)
            d->interrupts[q]++;
}
