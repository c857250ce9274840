/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The event loop: one turn takes what the hardware reports, gives each queue
 * that was touched a step of work, publishes and notifies. Nothing waits but
 * hal_wait(), with nothing to do.
 */
#include "main.h"

#include <stdio.h>

#include "boot/boot.h"
#include "virtio/transport.h"

/* Link state is looked at this often, and the watchdog hears of us. */
#define TICK_CYCLES 125000u
_Static_assert(2 * TICK_CYCLES < RL_WATCHDOG_CYCLES, "ticks come in time");

#define EVENTS_WANTED                                                      \
    (RL_EVENTS_CPL_MASK | RL_EVENTS_DOORBELL_MASK | RL_EVENTS_NETRX_MASK | \
     RL_EVENTS_MBOX_MASK | RL_EVENTS_PCIE_MASK | RL_EVENTS_TIMER_MASK)
#define EVENTS_RARE \
    (RL_EVENTS_MBOX_MASK | RL_EVENTS_PCIE_MASK | RL_EVENTS_TIMER_MASK)

/* Completions taken in one turn: as many as one command queue holds. */
#define COMPLETIONS_MAX RL_CMD_DEPTH

static struct {
    const struct virtio_device_ops *ops;
    uint32_t touched; /* queues that want a step of work, one bit each */
} loop;

/* Both return the queues that were touched. */
static uint32_t loop_completions(void)
{
    const uint32_t num_queues = loop.ops->num_queues;
    uint32_t cpl = hal_cpl_pop();
    uint32_t touched = 0;

    /* What was taken is worked on: the limit counts before the next one. */
    for (uint32_t n = 1; cpl & RL_CPL_VALID_MASK; n++) {
        uint32_t queue = (cpl & RL_CPL_QUEUE_MASK) >> RL_CPL_QUEUE_LSB;
        struct vq *vq;

        if (VQ_UNLIKELY(queue >= num_queues)) {
            if (!transport_completion(cpl))
                loop.ops->port_completion(cpl);
        } else {
            vq = &transport_queues[queue];
            touched |= 1u << queue;
            if (vq_table_came(cpl)) {
                cpl = vq_table_completions(vq, cpl);
                continue;
            }
            if (vq_on_completion(vq, cpl))
                loop.ops->completion(vq, cpl);
        }
        cpl = n < COMPLETIONS_MAX ? hal_cpl_pop() : 0;
    }
    return touched;
}

static uint32_t loop_doorbells(void)
{
    uint32_t pending = hal_db_pending();

    /* Clear first: a doorbell that comes now is a new one. */
    hal_db_clear(pending);
    pending &= (1u << loop.ops->num_queues) - 1u;
    for (uint32_t queue = 0; pending >> queue != 0; queue++) {
        struct vq *vq = &transport_queues[queue];

        if (!(pending & (1u << queue)))
            continue;
        if (VQ_UNLIKELY(vq->notify_data))
            transport_doorbell(queue, hal_db_data(queue),
                               (hal_db_wide() & (1u << queue)) != 0);
        else
            vq_kick(vq);
    }
    return pending;
}

static VQ_COLD void loop_rare(uint32_t events)
{
    if (events & RL_EVENTS_TIMER_MASK) {
        hal_alarm_at(hal_time_cycles() + TICK_CYCLES);
        hal_watchdog();
        loop.ops->poll();
    }
    if (events & RL_EVENTS_PCIE_MASK)
        transport_pcie_events();
    if (events & RL_EVENTS_MBOX_MASK)
        transport_mailbox();
}

/* A step of work for each touched queue, in ascending order, and for those that
 * the device asks for meanwhile; returns those that want another. */
static uint32_t loop_queues(uint32_t touched)
{
    uint32_t again = 0;

    for (uint32_t queue = 0; touched >> queue != 0; queue++) {
        struct vq *vq = &transport_queues[queue];

        if (!(touched & (1u << queue)))
            continue;
        if (vq->state == VQ_LIVE) {
            uint32_t more = loop.ops->work(vq);

            if (VQ_UNLIKELY(more != 0)) {
                touched |= more;
                again |= more & ((2u << queue) - 1u); /* had their turn */
            }
        }
        if (vq_flush(vq))
            again |= 1u << queue;
    }
    return again;
}

VQ_COLD void loop_start(const struct virtio_device_ops *ops, uint32_t build_id)
{
    loop.ops = ops;
    loop.touched = 0;
    transport_init(ops, build_id);
    ops->poll();
    hal_watchdog();
    hal_alarm_at(hal_time_cycles() + TICK_CYCLES);
}

void loop_turn(void)
{
    uint32_t events = hal_events();
    uint32_t touched = loop.touched;

    if (events & RL_EVENTS_CPL_MASK)
        touched |= loop_completions();
    if (events & RL_EVENTS_DOORBELL_MASK)
        touched |= loop_doorbells();
    if (events & RL_EVENTS_NETRX_MASK)
        touched |= loop.ops->poll();
    if (VQ_UNLIKELY(events & EVENTS_RARE)) {
        loop_rare(events);
        /* Registers may have started or stopped any queue. */
        touched = (1u << loop.ops->num_queues) - 1u;
    }
    loop.touched = loop_queues(touched);
    if (VQ_UNLIKELY(transport_pending) && transport_poll())
        return;
    if (loop.touched != 0)
        return;
    if (events == 0)
        hal_wait(EVENTS_WANTED);
    else if (events == RL_EVENTS_NETRX_MASK && loop.ops->port_waits())
        hal_wait(EVENTS_WANTED & ~RL_EVENTS_NETRX_MASK);
}

#ifdef RINGLET_SOC
extern const struct virtio_device_ops RINGLET_DEVICE;
const uint32_t ringlet_build_id = RINGLET_BUILD_ID;

int main(void)
{
    printf("ringlet: %s, build %08x\n", RINGLET_DEVICE.name,
           (unsigned)ringlet_build_id);
    loop_start(&RINGLET_DEVICE, ringlet_build_id);
    for (;;)
        loop_turn();
}
#endif
