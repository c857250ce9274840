/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The event loop: one turn takes what the hardware reports, gives each queue
 * that was touched a step of work, publishes and notifies. Nothing waits but
 * hal_wait(), with nothing to do.
 */
#include "main.h"

#include <stdio.h>

#include "virtio/transport.h"

/* Link state is looked at this often. */
#define TICK_CYCLES 125000u

#define EVENTS_WANTED                                              \
    (RL_EVENTS_CPL_MASK | RL_EVENTS_DOORBELL_MASK |                \
     RL_EVENTS_NETRX_MASK | RL_EVENTS_MBOX_MASK |                  \
     RL_EVENTS_PCIE_MASK | RL_EVENTS_TIMER_MASK)
#define EVENTS_RARE                                                \
    (RL_EVENTS_MBOX_MASK | RL_EVENTS_PCIE_MASK | RL_EVENTS_TIMER_MASK)

/* Completions taken in one turn: as many as one command queue holds. */
#define COMPLETIONS_MAX RL_CMD_DEPTH

static struct {
    const struct virtio_device_ops *ops;
    uint32_t touched; /* queues that want a step of work, one bit each */
    uint32_t tick;
} loop;

static void loop_completions(void)
{
    for (uint32_t i = 0; i < COMPLETIONS_MAX; i++) {
        uint32_t cpl = hal_cpl_pop();
        uint32_t queue = (cpl & RL_CPL_QUEUE_MASK) >> RL_CPL_QUEUE_LSB;
        struct vq *vq;

        if (!(cpl & RL_CPL_VALID_MASK))
            return;
        vq = transport_queue(queue);
        if (!vq)
            continue; /* of no queue: its failure is nobody's */
        if (vq_on_completion(vq, cpl))
            loop.ops->completion(vq, cpl);
        loop.touched |= 1u << queue;
    }
}

static void loop_doorbells(void)
{
    uint32_t pending = hal_db_pending();

    /* Clear first: a doorbell that comes now is a new one. */
    hal_db_clear(pending);
    for (uint32_t queue = 0; pending != 0; queue++, pending >>= 1) {
        struct vq *vq;

        if (!(pending & 1))
            continue;
        vq = transport_queue(queue);
        if (!vq)
            continue;
        vq_kick(vq);
        loop.touched |= 1u << queue;
    }
}

static void loop_rare(uint32_t events)
{
    if (events & RL_EVENTS_TIMER_MASK) {
        loop.tick = hal_time_cycles() + TICK_CYCLES;
        hal_alarm_at(loop.tick);
        loop.ops->poll();
    }
    if (events & RL_EVENTS_PCIE_MASK)
        transport_pcie_events();
    if (events & RL_EVENTS_MBOX_MASK)
        transport_mailbox();
    /* Registers may have started or stopped any queue. */
    loop.touched = (1u << loop.ops->num_queues) - 1u;
}

static void loop_queues(void)
{
    uint32_t touched = loop.touched;

    loop.touched = 0;
    for (uint32_t queue = 0; touched != 0; queue++, touched >>= 1) {
        struct vq *vq;

        if (!(touched & 1))
            continue;
        vq = transport_queue(queue);
        if (vq->state == VQ_LIVE)
            loop.ops->work(vq);
        if (vq_flush(vq))
            loop.touched |= 1u << queue;
    }
}

void loop_start(const struct virtio_device_ops *ops, uint32_t build_id)
{
    loop.ops = ops;
    loop.touched = 0;
    transport_init(ops, build_id);
    ops->poll();
    hal_alarm_at(hal_time_cycles() + TICK_CYCLES);
}

void loop_turn(void)
{
    uint32_t events = hal_events();

    if (events & RL_EVENTS_CPL_MASK)
        loop_completions();
    if (events & RL_EVENTS_DOORBELL_MASK)
        loop_doorbells();
    if (events & RL_EVENTS_NETRX_MASK) {
        loop.ops->poll();
        loop.touched |= 1u;
    }
    if (events & EVENTS_RARE)
        loop_rare(events);
    loop_queues();
    if (transport_poll())
        return;
    if (events == 0 && loop.touched == 0)
        hal_wait(EVENTS_WANTED);
}

#ifdef RINGLET_SOC
int main(void)
{
    printf("ringlet: %s, build %08x\n", RINGLET_DEVICE.name, RINGLET_BUILD_ID);
    loop_start(&RINGLET_DEVICE, RINGLET_BUILD_ID);
    for (;;)
        loop_turn();
}
#endif
