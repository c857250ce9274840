/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Scenarios count steps from where they say (run.counting). Rings are small, so
 * that each goes around its ring at least once.
 */
#include "scenarios.h"

#include "driver/virtio_pci.h"
#include "run.h"

struct host scenario_host[LIVES];

static struct host *begin(const struct plan *p)
{
    struct host *h = &scenario_host[run.lives];
    struct outcome_life *log = &run.outcome.life[run.lives];
    unsigned n = run.lives++;

    host_open(h, p, n, n, log);
    return h;
}

static void enumeration(const struct plan *p)
{
    int r;

    run.counting = true;
    if ((r = rl_rp_enumerate(run.rp)))
        run_failed("enumeration: %s", drv_strerror(r));
    host_traffic(begin(p), p->tx, p->rx);
}

static void traffic(const struct plan *p)
{
    struct host *h = begin(p);

    run.counting = true;
    host_traffic(h, p->tx, p->rx);
}

/* One pair, then the command, then all of them. */
static void control(const struct plan *p)
{
    struct host *h = begin(p);

    run.counting = true;
    host_pairs(h, p->pairs);
    host_traffic(h, p->tx, p->rx);
}

static void queue_reset(const struct plan *p)
{
    struct host *h = begin(p);

    run.counting = true;
    for (unsigned i = 0; i < 250; i++)
        host_turn(h, p->tx / 2u, p->rx / 2u);
    host_restart_queue(h, 1);
    for (unsigned i = 0; i < 250; i++)
        host_turn(h, p->tx, p->rx / 2u);
    host_restart_queue(h, 0);
    host_traffic(h, p->tx, p->rx);
}

static void device_reset(const struct plan *p)
{
    struct host *h = begin(p);

    run.counting = true;
    for (unsigned i = 0; i < 300; i++)
        host_turn(h, p->tx, p->rx);
    host_reset(h);
    host_drain(h, 500);
    h = begin(p);
    host_traffic(h, p->tx / 2u, p->rx / 2u);
}

const struct scenario scenarios[] = {
    {"init",
     "enumeration, the driver's start, a frame each way",
     {.in_order = true, .pairs = 1, .size = 4, .burst = 1, .tx = 1, .rx = 1},
     enumeration},
    {"tx",
     "transmit, in-order batches",
     {.in_order = true, .pairs = 1, .size = 8, .burst = 4, .tx = 12},
     traffic},
    {"tx-each",
     "transmit without IN_ORDER",
     {.pairs = 1, .size = 8, .burst = 4, .tx = 12},
     traffic},
    {"rx",
     "receive",
     {.in_order = true, .pairs = 1, .size = 6, .burst = 1, .rx = 10},
     traffic},
    {"both",
     "both ways, EVENT_IDX, doorbells that tell positions",
     {.in_order = true,
      .event_idx = true,
      .notify_data = true,
      .pairs = 1,
      .size = 6,
      .burst = 2,
      .tx = 8,
      .rx = 8},
     traffic},
    {"slow",
     "two pairs, slowly: one goes on when the other's time is over",
     {.in_order = true,
      .control = true,
      .pairs = 2,
      .size = 4,
      .burst = 1,
      .tx = 6,
      .pace = 300},
     control},
    {"tables",
     "both ways, indirect tables",
     {.in_order = true,
      .indirect = true,
      .pairs = 1,
      .size = 6,
      .burst = 3,
      .tx = 9,
      .rx = 4},
     traffic},
    {"chains",
     "both ways, chains among tables, without IN_ORDER",
     {.indirect = true,
      .chains = true,
      .event_idx = true,
      .pairs = 1,
      .size = 8,
      .burst = 2,
      .tx = 8,
      .rx = 6},
     traffic},
    {"merge",
     "received frames over several buffers",
     {.in_order = true,
      .merge = true,
      .pairs = 1,
      .size = 8,
      .burst = 1,
      .tx = 2,
      .rx = 6},
     traffic},
    {"control",
     "control queue, then two pairs",
     {.in_order = true,
      .control = true,
      .pairs = 2,
      .size = 6,
      .burst = 2,
      .tx = 4,
      .rx = 4},
     control},
    {"device-memory",
     "rings and buffers behind BAR2",
     {.in_order = true,
      .device = true,
      .polls = true,
      .pairs = 1,
      .size = 4,
      .burst = 2,
      .tx = 4,
      .rx = 3},
     traffic},
    {"queue-reset",
     "both queues of a pair are reset under traffic",
     {.in_order = true, .pairs = 1, .size = 8, .burst = 3, .tx = 12, .rx = 8},
     queue_reset},
    {"device-reset",
     "device reset under traffic, and the driver's next life",
     {.in_order = true, .pairs = 1, .size = 8, .burst = 4, .tx = 8, .rx = 6},
     device_reset},
};
const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;
