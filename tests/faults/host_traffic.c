/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The scenarios' driver: traffic.
 */
#include <string.h>

#include "driver/net.h"
#include "frames.h"
#include "host.h"
#include "host_internal.h"
#include "run.h"

enum {
    /* Between frames that come in, and bursts that go out; a plan may say more. */
    PACE_CYCLES = 24,
    POLL_CYCLES = 300,
    IDLE_CYCLES = 2 * TIMEOUT_CYCLES + 4000,
    IDLE_BROKEN = 2500,
    QUIET_CYCLES = 400,
};

/* ---- Adding ---- */

static uint64_t buffer_of(const struct host *h, const struct host_queue *hq)
{
    return hq->buffers + hq->added % h->plan->size * (uint64_t)ROOM;
}

static void add(struct host *h, struct host_queue *hq, const struct drv_sg *sg,
                unsigned count)
{
    if (hq->added == LOG)
        run_failed("queue %u: more buffers than the log holds", hq->index);
    if (drv_ring_add(&hq->ring, sg, count, (void *)(uintptr_t)++hq->added))
        run_failed("queue %u takes no buffer", hq->index);
    h->log->posted[hq->index] = hq->added;
}

void host_supply(struct host *h, struct host_queue *hq)
{
    uint64_t at = buffer_of(h, hq);
    uint32_t bytes = h->plan->merge ? SMALL : ROOM;
    struct drv_sg sg[2] = {{at, bytes, true}};

    if (h->plan->chains) {
        sg[0].bytes = 40;
        sg[1] = (struct drv_sg){at + 40, bytes - 40, true};
    }
    add(h, hq, sg, h->plan->chains ? 2 : 1);
}

void host_kick(struct host *h, struct host_queue *hq)
{
    if (!hq->ring.unpublished)
        return;
    drv_ring_publish(&hq->ring);
    if (drv_ring_wants_doorbell(&hq->ring))
        drv_pci_notify(&h->pci, hq->index, drv_ring_notify_data(&hq->ring));
}

/* Header alone, then the frame, then a piece from its end. */
static unsigned pieces(const struct host *h, unsigned number, uint64_t at,
                       uint32_t bytes, struct drv_sg *sg)
{
    unsigned parts = number < h->plan->plain ? 1
                     : h->plan->chains       ? 1 + number % PARTS
                     : h->plan->indirect     ? 2
                                             : 1;

    sg[0] = (struct drv_sg){at, bytes, false};
    if (parts == 1)
        return 1;
    sg[0].bytes = DRV_NET_HDR;
    sg[1] = (struct drv_sg){at + DRV_NET_HDR, bytes - DRV_NET_HDR, false};
    if (parts == 2)
        return 2;
    sg[1].bytes -= 21;
    sg[2] = (struct drv_sg){at + bytes - 21, 21, false};
    return 3;
}

static void send(struct host *h, unsigned pair)
{
    struct host_queue *hq = &h->q[2 * pair + 1];
    struct frame_name name = {(uint8_t)h->life, (uint8_t)pair, false,
                              h->sent[pair]};
    uint8_t packet[DRV_NET_HDR + FRAME_MAX] = {0};
    uint64_t at = buffer_of(h, hq);
    struct drv_mem mem = host_memory(h);
    struct drv_sg sg[PARTS];
    uint32_t bytes;

    bytes = DRV_NET_HDR + frame_make(run.seed, name, packet + DRV_NET_HDR);
    mem.write(mem.ctx, at, packet, bytes);
    add(h, hq, sg, pieces(h, h->sent[pair], at, bytes, sg));
    h->sent[pair]++;
}

static void send_burst(struct host *h, unsigned pair, unsigned tx)
{
    struct host_queue *hq = &h->q[2 * pair + 1];

    for (unsigned i = 0; i < h->plan->burst && h->sent[pair] < tx; i++) {
        if (drv_ring_free(&hq->ring) < (h->plan->chains ? PARTS : 1u))
            break;
        send(h, pair);
    }
    host_kick(h, hq);
}

static void push_frame(struct host *h, unsigned flow, unsigned rx)
{
    struct frame_name name = {(uint8_t)h->life, (uint8_t)flow, true,
                              h->pushed[flow]};
    uint8_t frame[FRAME_MAX];
    uint32_t bytes;

    if (h->pushed[flow] == rx)
        return;
    bytes = frame_make(run.seed, name, frame);
    if (!rl_model_net_push(run.model, frame, bytes, false))
        h->pushed[flow]++;
}

/* ---- Taking ---- */

static void got(struct host *h, unsigned queue, const uint8_t *frame,
                uint32_t bytes)
{
    struct outcome_life *log = h->log;
    struct frame_name n;

    if (!frame_read(run.seed, frame, bytes, &n) || !n.receive ||
        n.flow >= PAIRS)
        run_failed("queue %u: a frame of %u bytes that nobody sent", queue,
                   bytes);
    if (n.life != h->life)
        return; /* it stood in the port */
    if (n.number >= h->pushed[n.flow])
        run_failed("queue %u: frame %u came before it was sent", queue,
                   n.number);
    if (log->received[n.flow] == LOG)
        run_failed("more frames than the log holds");
    log->host[n.flow][log->received[n.flow]++] =
        (struct outcome_frame){n.number, (uint16_t)queue};
}

static void note_used(struct host *h, struct host_queue *hq,
                      const struct drv_used *u)
{
    unsigned *n = &h->log->used[hq->index];

    h->progress = rl_rp_now(run.rp);
    h->log->log[hq->index][(*n)++] = (struct outcome_used){
        (uint16_t)((uintptr_t)u->token - 1), (uint16_t)u->bytes};
}

static uint32_t collect(struct host *h, struct host_queue *hq,
                        const struct drv_used *u, uint8_t *packet, uint32_t at)
{
    uint64_t addr = hq->buffers +
                    ((uintptr_t)u->token - 1) % h->plan->size * (uint64_t)ROOM;
    struct drv_mem mem = host_memory(h);

    note_used(h, hq, u);
    if (at + u->bytes > DRV_NET_HDR + FRAME_MAX)
        run_failed("queue %u: %u bytes", hq->index, at + u->bytes);
    mem.read(mem.ctx, addr, packet + at, u->bytes);
    return at + u->bytes;
}

/* The frame whose first buffer has come back. */
static void take_frame(struct host *h, struct host_queue *hq,
                       struct drv_used *u)
{
    uint8_t packet[DRV_NET_HDR + FRAME_MAX];
    uint32_t bytes = collect(h, hq, u, packet, 0);
    unsigned buffers = packet[10] | packet[11] << 8;

    if (bytes < DRV_NET_HDR || buffers == 0 || (buffers > 1 && !h->plan->merge))
        run_failed("queue %u: a header of %u buffers", hq->index, buffers);
    while (--buffers) {
        if (drv_ring_used(&hq->ring, u) != 1)
            run_failed("queue %u: the rest of a frame is missing", hq->index);
        bytes = collect(h, hq, u, packet, bytes);
    }
    got(h, hq->index, packet + DRV_NET_HDR, bytes - DRV_NET_HDR);
}

static void service(struct host *h, struct host_queue *hq)
{
    struct drv_used u;
    unsigned taken = 0;
    int r;

    while ((r = drv_ring_used(&hq->ring, &u)) > 0) {
        if (hq->index & 1)
            note_used(h, hq, &u);
        else
            take_frame(h, hq, &u);
        taken++;
    }
    if (r < 0)
        run_failed("queue %u: %s", hq->index, hq->ring.why);
    if (hq->index & 1 || !taken)
        return;
    while (drv_ring_free(&hq->ring) >= (h->plan->chains ? 2u : 1u))
        host_supply(h, hq);
    host_kick(h, hq);
}

static void take_port(struct host *h)
{
    const uint8_t *frame;
    struct frame_name n;
    size_t bytes;
    bool bad;

    while ((frame = rl_model_net_peek(run.model, &bytes, &bad))) {
        if (bad) {
            h->log->cut++;
        } else if (!frame_read(run.seed, frame, (uint32_t)bytes, &n) ||
                   n.receive || n.life > h->life || n.flow >= PAIRS) {
            run_failed("port: a frame of %zu bytes that nobody sent", bytes);
        } else if (n.life == h->life) {
            if (n.number >= h->sent[n.flow] || h->log->sent[n.flow] == LOG)
                run_failed("port: frame %u was not to be sent", n.number);
            h->log->port[n.flow][h->log->sent[n.flow]++] =
                (struct outcome_frame){n.number, 0};
        }
        h->progress = rl_rp_now(run.rp);
        rl_model_net_pop(run.model);
    }
}

/* ---- Turns ---- */

static bool called(struct host *h, struct host_queue *hq, bool poll)
{
    uint64_t count;

    if (h->plan->polls)
        return poll;
    count = rl_rp_msix_count(run.rp, hq->index + h->vectors);
    if (count == hq->interrupts)
        return false;
    hq->interrupts = count;
    return true;
}

void host_turn(struct host *h, unsigned tx, unsigned rx)
{
    bool poll = rl_rp_now(run.rp) >= h->polled + POLL_CYCLES;

    if (poll)
        h->polled = rl_rp_now(run.rp);
    rl_rp_step(run.rp);
    take_port(h);
    if (rl_rp_msix_count(run.rp, 0) != h->config_seen) {
        h->config_seen = rl_rp_msix_count(run.rp, 0);
        h->log->told = true;
        host_look(h);
    }
    for (unsigned q = 0; q < CTRL; q++)
        if (h->q[q].open && called(h, &h->q[q], poll))
            service(h, &h->q[q]);
    if (rl_rp_now(run.rp) <
        h->paced + (h->plan->pace ? h->plan->pace : PACE_CYCLES))
        return;
    h->paced = rl_rp_now(run.rp);
    for (unsigned pair = 0; pair < h->plan->pairs; pair++) {
        send_burst(h, pair, tx);
        push_frame(h, pair, rx);
    }
}

void host_take(struct host *h)
{
    for (unsigned q = 0; q < CTRL; q++)
        if (h->q[q].open)
            service(h, &h->q[q]);
}

/* Waits for nothing that was lost to a queue reset. */
static bool all_there(const struct host *h, unsigned tx, unsigned rx)
{
    const struct outcome_life *log = h->log;

    for (unsigned pair = 0; pair < h->plan->pairs; pair++) {
        const struct host_queue *q = &h->q[2 * pair + 1];

        if (h->sent[pair] != tx || h->pushed[pair] != rx ||
            drv_ring_free(&q->ring) != h->plan->size)
            return false;
        if (tx && (!log->sent[pair] ||
                   log->port[pair][log->sent[pair] - 1].number != tx - 1))
            return false;
        if (rx && (!log->received[pair] ||
                   log->host[pair][log->received[pair] - 1].number != rx - 1))
            return false;
    }
    return true;
}

void host_traffic(struct host *h, unsigned tx, unsigned rx)
{
    uint64_t idle = 0;

    while (!all_there(h, tx, rx) &&
           idle < (h->log->broken ? IDLE_BROKEN : IDLE_CYCLES)) {
        host_turn(h, tx, rx);
        idle =
            rl_rp_now(run.rp) -
            (run.last_request > h->progress ? run.last_request : h->progress);
    }
    for (unsigned i = 0; i < QUIET_CYCLES; i++)
        host_turn(h, tx, rx);
}

void host_drain(struct host *h, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) {
        rl_rp_step(run.rp);
        take_port(h);
    }
}
