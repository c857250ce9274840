/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The scenarios' driver: memory, life, control.
 */
#include "host.h"

#include <string.h>

#include "driver/net.h"
#include "host_internal.h"
#include "ringlet_regs.h"
#include "run.h"

enum {
    HALF_HOST = 0x1e000,
    HALF_DEVICE = 0xc000,
    DEVICE_AT = 0x1000, /* address 0 of the window stays unused */
    SILENCE_CYCLES = 1000,
    COMMAND_CYCLES = 6000,
    RESET_POLLS = 300,
    RESET_PAUSE = 100,
};

/* ---- Memory ---- */

static void host_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    memcpy(dst, rl_rp_mem(ctx, addr, bytes), bytes);
}

static void host_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    memcpy(rl_rp_mem(ctx, addr, bytes), src, bytes);
}

static void bar_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    if (rl_rp_read(ctx, addr, dst, bytes))
        memset(dst, 0xff, bytes);
}

static void bar_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    rl_rp_write(ctx, addr, src, bytes);
}

struct drv_mem host_memory(const struct host *h)
{
    return h->plan->device ? (struct drv_mem){run.rp, bar_read, bar_write}
                           : (struct drv_mem){run.rp, host_read, host_write};
}

static uint64_t base_of(const struct host *h)
{
    if (h->plan->device)
        return rl_rp_device(run.rp)->bar[2].addr + DEVICE_AT +
               h->half * HALF_DEVICE;
    return oracle.arena + ORACLE_GUARD + h->half * HALF_HOST;
}

int host_owner(const struct host *h, uint64_t addr, unsigned *fault)
{
    uint64_t at = addr - base_of(h), buffers = host_buffers_at(h->plan);

    if (at < buffers) {
        *fault = 1;
        return (int)(at / AREA_BYTES % QUEUES);
    }
    *fault = 7;
    at = (at - buffers) / (h->plan->size * (unsigned)ROOM);
    return at < QUEUES ? (int)at : -1;
}

/* ---- Life ---- */

static void features(const struct plan *p, struct drv_features *f)
{
    static const uint8_t always[] = {DRV_F_VERSION_1,       DRV_F_RING_PACKED,
                                     DRV_F_ORDER_PLATFORM,  DRV_F_RING_RESET,
                                     DRV_F_ACCESS_PLATFORM, DRV_NET_F_MAC,
                                     DRV_NET_F_STATUS};
    const struct {
        bool on;
        uint8_t bit;
    } some[] = {
        {p->in_order, DRV_F_IN_ORDER},
        {p->event_idx, DRV_F_EVENT_IDX},
        {p->indirect, DRV_F_INDIRECT_DESC},
        {p->merge, DRV_NET_F_MRG_RXBUF},
        {p->notify_data, DRV_F_NOTIFICATION_DATA},
        {p->control, DRV_NET_F_CTRL_VQ},
        {p->control, DRV_NET_F_MQ},
    };

    memset(f, 0, sizeof *f);
    for (unsigned i = 0; i < sizeof always; i++)
        drv_feature_set(f, always[i]);
    for (unsigned i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i].on)
            drv_feature_set(f, some[i].bit);
}

static void queue_open(struct host *h, unsigned q)
{
    struct host_queue *hq = &h->q[q];
    uint64_t at = base_of(h) + hq->area * AREA_BYTES;
    struct drv_ring_config c = {
        .mem = host_memory(h),
        .size = h->plan->size,
        .desc_addr = at,
        .driver_addr = at + AREA_DRIVER,
        .device_addr = at + AREA_DEVICE,
        .in_order = h->plan->in_order,
        .event_idx = h->plan->event_idx,
        .table_addr = h->plan->indirect ? at + AREA_TABLES : 0,
        .table_entries = h->plan->indirect ? PARTS : 0,
        .table_mixed = h->plan->chains,
    };
    struct drv_queue_setup s = {
        .size = c.size,
        .vector = (uint16_t)(h->plan->polls ? DRV_NO_VECTOR : q + h->vectors),
        .desc_addr = c.desc_addr,
        .driver_addr = c.driver_addr,
        .device_addr = c.device_addr};
    int r;

    hq->index = (uint16_t)q;
    hq->buffers =
        base_of(h) + host_buffers_at(h->plan) + q * h->plan->size * ROOM;
    hq->interrupts = rl_rp_msix_count(run.rp, q + h->vectors);
    if ((r = drv_ring_init(&hq->ring, &c)))
        run_failed("ring of queue %u: %d", q, r);
    if (h->plan->polls)
        drv_ring_interrupts(&hq->ring, false);
    if (!h->plan->device)
        dma_oracle_queue(&oracle, c.size, c.desc_addr, c.driver_addr,
                         c.device_addr);
    if ((r = drv_pci_queue_setup(&h->pci, (uint16_t)q, &s)))
        run_failed("queue %u: %s", q, drv_strerror(r));
    hq->open = true;
}

static void messages_open(struct host *h)
{
    unsigned queues = h->plan->control ? QUEUES : 2;

    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        if (v == 0 || (v >= h->vectors && v < h->vectors + queues))
            (void)rl_rp_msix_program(run.rp, v, false);
    drv_pci_put(&h->pci, DRV_C_CONFIG_VECTOR, 2, 0);
    h->config_seen = rl_rp_msix_count(run.rp, 0);
    if (rl_rp_msix_enable(run.rp, true, false))
        run_failed("MSI-X cannot be switched on");
}

static void supply_all(struct host *h)
{
    for (unsigned q = 0; q < QUEUES - 1; q += 2)
        if (h->q[q].open) {
            while (h->q[q].added < h->plan->size / (h->plan->chains ? 2 : 1))
                host_supply(h, &h->q[q]);
            host_kick(h, &h->q[q]);
        }
}

static void host_start(struct host *h)
{
    struct drv_features f;
    int r;

    if ((r = drv_pci_probe(&h->pci, run.rp)))
        run_failed("probe: %s", drv_strerror(r));
    /* A driver that comes upon a device that was reset just now leaves it so. */
    if (drv_pci_status(&h->pci) && (r = drv_pci_reset(&h->pci)))
        run_failed("reset before the driver's start: %s", drv_strerror(r));
    dma_oracle_begin(&oracle);
    features(h->plan, &f);
    if ((r = drv_pci_negotiate(&h->pci, &f)))
        run_failed("features: %s", drv_strerror(r));
    if (h->plan->device && (r = drv_pci_window_open(&h->pci)))
        run_failed("window: %s", drv_strerror(r));
    if (!h->plan->polls)
        messages_open(h);
    for (unsigned q = 0; q < (h->plan->control ? 2u * PAIRS : 2u); q++)
        if (q / 2 < h->plan->pairs)
            queue_open(h, q);
    if (h->plan->control)
        queue_open(h, CTRL);
    if ((r = drv_pci_status_add(&h->pci, DRV_S_DRIVER_OK)))
        run_failed("DRIVER_OK: %s", drv_strerror(r));
    supply_all(h);
}

void host_open(struct host *h, const struct plan *plan, unsigned life,
               unsigned half, struct outcome_life *log)
{
    memset(h, 0, sizeof *h);
    memset(log, 0, sizeof *log);
    h->plan = plan;
    h->life = life;
    h->half = half;
    h->vectors = half ? 8 : 1; /* 17 in all; half 1: one pair, no control */
    h->log = log;
    log->command = -1;
    for (unsigned q = 0; q < QUEUES; q++)
        h->q[q].area = (uint8_t)q;
    host_start(h);
    h->progress = rl_rp_now(run.rp);
}

/* Not drv_pci_reset(): a read that waits for a time-out takes longer. */
static void wait_reset(struct host *h)
{
    drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
    for (unsigned i = 0; i < RESET_POLLS; i++) {
        if (drv_pci_status(&h->pci) == 0)
            return;
        run_cycles(RESET_PAUSE);
    }
    run_failed("the device reset does not end: status %02x",
               drv_pci_status(&h->pci));
}

void host_find(struct host *h)
{
    int r = drv_pci_probe(&h->pci, run.rp);

    if (r)
        run_failed("probe: %s", drv_strerror(r));
}

void host_reset(struct host *h)
{
    h->log->over = true;
    wait_reset(h);
    dma_oracle_silence(&oracle);
    run_cycles(SILENCE_CYCLES);
}

void host_restart_queue(struct host *h, unsigned q)
{
    struct host_queue *hq = &h->q[q];
    int r = drv_pci_queue_reset(&h->pci, (uint16_t)q);

    if (r)
        run_failed("reset of queue %u: %s", q, drv_strerror(r));
    drv_ring_fini(&hq->ring);
    hq->area = (uint8_t)(hq->area + QUEUES);
    h->log->restarted[q] = hq->added;
    queue_open(h, q);
    if (q & 1 || q == CTRL)
        return;
    for (unsigned i = 0; i < h->plan->size; i++)
        host_supply(h, hq);
    host_kick(h, hq);
}

/* ---- Control ---- */

void host_look(struct host *h)
{
    uint8_t status = drv_pci_status(&h->pci);

    if (!(status & DRV_S_NEEDS_RESET) || h->log->broken)
        return;
    h->log->broken = true;
    h->log->cause = rl_rp_read32(run.rp, h->pci.vendor_page + RL_VENDOR_CAUSE);
    if (!(drv_pci_isr(&h->pci) & 2))
        run_failed("NEEDS_RESET, but ISR does not tell of it");
    h->progress = rl_rp_now(run.rp);
}

void host_pairs(struct host *h, unsigned pairs)
{
    struct host_queue *hq = &h->q[CTRL];
    struct drv_mem mem = host_memory(h);
    uint8_t command[4] = {4, 0, (uint8_t)pairs, 0}, ack = 0xee;
    struct drv_sg sg[2] = {{hq->buffers, 4, false},
                           {hq->buffers + 64, 1, true}};
    uint64_t until;
    struct drv_used u;
    int r;

    mem.write(mem.ctx, hq->buffers, command, sizeof command);
    mem.write(mem.ctx, hq->buffers + 64, &ack, 1);
    if (drv_ring_add(&hq->ring, sg, 2, hq))
        run_failed("no room for a command");
    host_kick(h, hq);
    until = rl_rp_now(run.rp) + COMMAND_CYCLES + 2 * TIMEOUT_CYCLES;
    while (rl_rp_now(run.rp) < until && !h->log->broken) {
        host_turn(h, 0, 0);
        if (rl_rp_msix_count(run.rp, CTRL + h->vectors) == hq->interrupts)
            continue;
        hq->interrupts = rl_rp_msix_count(run.rp, CTRL + h->vectors);
        if ((r = drv_ring_used(&hq->ring, &u)) < 0)
            run_failed("control queue: %s", hq->ring.why);
        if (r == 0)
            continue;
        mem.read(mem.ctx, hq->buffers + 64, &ack, 1);
        h->log->command = u.bytes == 1 ? ack : -2;
        return;
    }
}
