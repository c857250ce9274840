/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The driver in the virtual machine: one pair of queues of the network device.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "driver/virtio_pci.h"
#include "vfio_guest_memory.h"

enum {
    WAIT_MS = 20000,
    STATUS_POLLS = 100,
    HEADER = 12,
    IRQ_ON = VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER,
    IRQ_OFF = VFIO_DATA_NONE | VFIO_ACTION_TRIGGER,
    IRQ_UNMASK = VFIO_DATA_NONE | VFIO_ACTION_UNMASK,
    COMMAND_INTX_OFF = 0x400,
};

/* ---- Memory of the rings ---- */

static void mem_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    const struct vfio_guest *g = ctx;

    memcpy(dst, g->p + (addr - GUEST_BASE), bytes);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static void mem_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    struct vfio_guest *g = ctx;
    uint8_t *at = g->p + (addr - GUEST_BASE);
    uint64_t half[2];

    if (bytes != sizeof half) {
        memcpy(at, src, bytes);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return;
    }
    /* A descriptor's flags are its last two bytes, and written last. */
    memcpy(half, src, sizeof half);
    __atomic_store_n((uint64_t *)(void *)at, half[0], __ATOMIC_RELEASE);
    __atomic_store_n((uint64_t *)(void *)(at + 8), half[1], __ATOMIC_RELEASE);
}

/* ---- Registers ---- */

static uint32_t get(struct vfio_guest *g, unsigned reg, uint32_t bytes)
{
    return guest_bar(g, 0, g->common + reg, bytes);
}

static void put(struct vfio_guest *g, unsigned reg, uint32_t bytes,
                uint32_t value)
{
    guest_bar_write(g, 0, g->common + reg, bytes, value);
}

static void put64(struct vfio_guest *g, unsigned reg, uint64_t value)
{
    put(g, reg, 4, (uint32_t)value);
    put(g, reg + 4, 4, (uint32_t)(value >> 32));
}

static void reset_device(struct vfio_guest *g)
{
    unsigned polls = 0;

    put(g, DRV_C_STATUS, 1, 0);
    while (get(g, DRV_C_STATUS, 1))
        guest_must(polls++ < STATUS_POLLS, "status does not become 0");
}

static void negotiate(struct vfio_guest *g, bool in_order)
{
    uint32_t high = 1u << (DRV_F_VERSION_1 - 32) |
                    1u << (DRV_F_ACCESS_PLATFORM - 32) |
                    1u << (DRV_F_RING_PACKED - 32);

    if (in_order)
        high |= 1u << (DRV_F_IN_ORDER - 32);
    put(g, DRV_C_STATUS, 1, DRV_S_ACKNOWLEDGE);
    put(g, DRV_C_STATUS, 1, DRV_S_ACKNOWLEDGE | DRV_S_DRIVER);
    put(g, DRV_C_DEVICE_FEATURE_SELECT, 4, 1);
    guest_must((get(g, DRV_C_DEVICE_FEATURE, 4) & high) == high, "features");
    for (uint32_t i = 0; i < 2; i++) {
        put(g, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        put(g, DRV_C_DRIVER_FEATURE, 4, i ? high : 0);
    }
    put(g, DRV_C_STATUS, 1, 0x0b);
    guest_must(get(g, DRV_C_STATUS, 1) == 0x0b, "FEATURES_OK");
}

static void set_queue(struct vfio_guest *g, unsigned q, bool in_order)
{
    uint64_t at = GUEST_BASE + q * RING_STEP;
    struct drv_ring_config c = {
        .mem = {.ctx = g, .read = mem_read, .write = mem_write},
        .size = QUEUE_SIZE,
        .desc_addr = at,
        .driver_addr = at + DRIVER_AT,
        .device_addr = at + DEVICE_AT,
        .in_order = in_order,
        .id_seed = 1};
    uint32_t vector = g->how == GUEST_MSIX ? q + 1 : DRV_NO_VECTOR;

    guest_must(!drv_ring_init(&g->ring[q], &c), "no memory for a ring");
    drv_ring_interrupts(&g->ring[q], true);
    put(g, DRV_C_QUEUE_SELECT, 2, q);
    put(g, DRV_C_QUEUE_SIZE, 2, QUEUE_SIZE);
    put(g, DRV_C_QUEUE_VECTOR, 2, vector);
    guest_must(get(g, DRV_C_QUEUE_VECTOR, 2) == vector, "queue vector");
    put64(g, DRV_C_QUEUE_DESC, c.desc_addr);
    put64(g, DRV_C_QUEUE_DRIVER, c.driver_addr);
    put64(g, DRV_C_QUEUE_DEVICE, c.device_addr);
    g->doorbell[q] =
        g->notify + get(g, DRV_C_QUEUE_NOTIFY_OFF, 2) * g->multiplier;
}

/* After all are set up, as Linux does. */
static void enable_queues(struct vfio_guest *g)
{
    for (unsigned q = 0; q < 2; q++) {
        put(g, DRV_C_QUEUE_SELECT, 2, q);
        put(g, DRV_C_QUEUE_ENABLE, 2, 1);
    }
}

/* ---- Interrupts ---- */

static void give(struct vfio_guest *g, uint32_t index, uint32_t count)
{
    struct vfio_message m = vc_irqs(index, IRQ_ON, 0, count);

    for (unsigned i = 0; i < count; i++)
        vc_attach(&m, g->event[i]);
    guest_command(g, m);
}

static void forget_interrupts(struct vfio_guest *g)
{
    uint64_t count;

    for (unsigned i = 0; i < 3; i++)
        if (read(g->event[i], &count, sizeof count) < 0)
            continue;
}

/* In steps, as QEMU does when the guest takes vector after vector. */
static void use_msix(struct vfio_guest *g)
{
    guest_cfg_write(g, g->msix_cap + 2, 2, 0x8000);
    for (uint32_t n = 1; n <= 3; n++) {
        guest_command(g, vc_irqs(VFIO_IRQ_MSIX, IRQ_OFF, 0, 0));
        give(g, VFIO_IRQ_MSIX, n);
    }
    guest_cfg_write(g, 4, 2, 6 | COMMAND_INTX_OFF);
}

static void use_intx(struct vfio_guest *g)
{
    guest_cfg_write(g, 4, 2, 6);
    give(g, VFIO_IRQ_INTX, 1);
}

static void took(struct vfio_guest *g, unsigned i)
{
    uint64_t count;

    if (read(g->event[i], &count, sizeof count) != sizeof count)
        return;
    g->interrupts++;
    if (g->how == GUEST_MSIX)
        return;
    guest_must(guest_bar(g, 0, g->isr, 1) & 3, "INTx but no ISR bit");
    guest_command(g, vc_irqs(VFIO_IRQ_INTX, IRQ_UNMASK, 0, 1));
}

static void wait_for_interrupt(struct vfio_guest *g)
{
    struct pollfd p[4] = {{.fd = g->socket, .events = POLLIN}};

    for (unsigned i = 0; i < 3; i++)
        p[i + 1] = (struct pollfd){.fd = g->event[i], .events = POLLIN};
    guest_must(poll(p, 4, WAIT_MS) > 0, "no interrupt comes");
    if (p[0].revents)
        guest_serve(g);
    for (unsigned i = 0; i < 3; i++)
        if (p[i + 1].revents)
            took(g, i);
}

/* ---- Frames ---- */

static uint64_t buffer_addr(unsigned q, unsigned n)
{
    return GUEST_BASE + BUFFERS_AT +
           (uint64_t)(q * QUEUE_SIZE + n) * BUFFER_BYTES;
}

static void supply(struct vfio_guest *g, unsigned n)
{
    struct drv_sg sg = {buffer_addr(0, n), BUFFER_BYTES, true};

    guest_must(!drv_ring_add(&g->ring[0], &sg, 1, (void *)(uintptr_t)(n + 1)),
               "receive ring is full");
}

static uint32_t frame_bytes(unsigned number)
{
    return 60 + number * 131 % 1455;
}

static void fill(uint8_t *p, unsigned number)
{
    for (uint32_t i = 0; i < frame_bytes(number); i++)
        p[i] = (uint8_t)(number * 7 + i * (1 + number % 5));
}

static bool transmit(struct vfio_guest *g, unsigned number)
{
    uint64_t addr = buffer_addr(1, number % QUEUE_SIZE);
    uint8_t *p = g->p + (addr - GUEST_BASE);
    struct drv_sg sg[2] = {{addr, HEADER, false},
                           {addr + HEADER, frame_bytes(number), false}};

    if (drv_ring_free(&g->ring[1]) < 2)
        return false;
    memset(p, 0, HEADER);
    fill(p + HEADER, number);
    return !drv_ring_add(&g->ring[1], sg, 2, g);
}

static void publish(struct vfio_guest *g, unsigned q)
{
    drv_ring_publish(&g->ring[q]);
    if (drv_ring_wants_doorbell(&g->ring[q]))
        guest_bar_write(g, 0, g->doorbell[q], 2, q);
}

static void received(struct vfio_guest *g, const struct drv_used *u,
                     unsigned number)
{
    unsigned n = (unsigned)(uintptr_t)u->token - 1;
    const uint8_t *p = g->p + (buffer_addr(0, n) - GUEST_BASE);
    uint8_t expected[BUFFER_BYTES];

    fill(expected, number);
    guest_must(u->bytes == HEADER + frame_bytes(number) &&
                   !memcmp(p + HEADER, expected, frame_bytes(number)),
               "a frame came back changed");
    supply(g, n);
}

/* How many buffers came back. */
static unsigned reclaim(struct vfio_guest *g, unsigned *back)
{
    struct drv_used u;
    unsigned n = 0;
    int r;

    for (; (r = drv_ring_used(&g->ring[1], &u)) > 0; n++)
        continue;
    guest_must(r == 0, "transmit ring");
    for (; (r = drv_ring_used(&g->ring[0], &u)) > 0; n++)
        received(g, &u, (*back)++);
    guest_must(r == 0, "receive ring");
    return n;
}

void guest_exchange(struct vfio_guest *g, unsigned frames)
{
    unsigned sent = 0, back = 0;

    while (back < frames || g->ring[1].added != g->ring[1].returned) {
        unsigned burst = 0;

        while (sent < frames && sent - back < QUEUE_SIZE / 4 && burst < 8 &&
               transmit(g, sent)) {
            sent++;
            burst++;
        }
        if (burst)
            publish(g, 1);
        if (reclaim(g, &back))
            publish(g, 0);
        else if (!burst)
            wait_for_interrupt(g);
        guest_serve(g);
    }
}

void guest_flood(struct vfio_guest *g)
{
    for (unsigned i = 0; transmit(g, i); i++)
        continue;
    publish(g, 1);
}

void guest_drain(struct vfio_guest *g)
{
    struct drv_used u;

    while (g->ring[1].added != g->ring[1].returned) {
        int r = drv_ring_used(&g->ring[1], &u);

        guest_must(r >= 0, "transmit ring");
        if (r == 0)
            wait_for_interrupt(g);
    }
}

/* ---- Life ---- */

void guest_start(struct vfio_guest *g, enum guest_interrupts how, bool in_order)
{
    g->how = how;
    forget_interrupts(g);
    memset(g->p, 0, GUEST_BYTES);
    guest_cfg_write(g, 4, 2, 6);
    reset_device(g);
    if (how == GUEST_MSIX)
        use_msix(g);
    else
        use_intx(g);
    negotiate(g, in_order);
    for (unsigned q = 0; q < 2; q++)
        set_queue(g, q, in_order);
    enable_queues(g);
    for (unsigned n = 0; n < QUEUE_SIZE / 2; n++)
        supply(g, n);
    put(g, DRV_C_STATUS, 1, 0x0f);
    guest_must(get(g, DRV_C_STATUS, 1) == 0x0f, "DRIVER_OK");
    publish(g, 0);
}

void guest_stop(struct vfio_guest *g)
{
    reset_device(g);
    for (unsigned q = 0; q < 2; q++)
        drv_ring_fini(&g->ring[q]);
    guest_command(g,
                  vc_irqs(g->how == GUEST_MSIX ? VFIO_IRQ_MSIX : VFIO_IRQ_INTX,
                          IRQ_OFF, 0, 0));
    guest_cfg_write(g, g->msix_cap + 2, 2, 0);
    guest_cfg_write(g, 4, 2, 0);
}
