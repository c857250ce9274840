/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A random driver without manners on the whole card: any register at any time, any
 * bytes in rings and event areas, doorbells, every kind of reset, frames all the
 * while. Every access of the card is judged by support/dma_oracle.h; afterwards a
 * driver that keeps the rules finds a card that works.
 */
#include <stdlib.h>
#include <string.h>

#include "cosim.h"
#include "ringlet_regs.h"
#include "support/bad_ring.h"
#include "support/dma_oracle.h"

enum {
    ROUNDS = 4,
    ACTIONS = 250,
    QUEUES = 9,
    MOST_SIZE = 256,
    RING_ROOM = 0x1000,
    EVENT_ROOM = 64,
    RESET_POLLS = 400,
    SILENCE_CYCLES = 400,
    CLOSING_FRAMES = 30,
};

/* The arena: guard, rings, event areas, buffers, guard. */
enum {
    RINGS_AT = ORACLE_GUARD,
    EVENTS_AT = RINGS_AT + QUEUES * RING_ROOM,
    BUFFERS_AT = EVENTS_AT + 0x1000,
    BUFFERS_END = ORACLE_ARENA - ORACLE_GUARD - 0x1000,
};

struct hostile {
    struct cosim *t;
    struct drv_pci pci;
    struct bad_ring queue[QUEUES];
    struct bad_reads reads;
    unsigned resets; /* that were seen to end */
};

static struct dma_oracle oracle;

static uint32_t below(struct hostile *h, uint32_t n)
{
    return cosim_random(h->t) % n;
}

static void random_bytes(struct hostile *h, void *to, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = (uint8_t)cosim_random(h->t);
}

static void add(struct hostile *h, unsigned index)
{
    bad_ring_add(&h->queue[index]);
    drv_pci_notify(&h->pci, (uint16_t)index, 0);
}

/* ---- Registers ---- */

/* The registers show what queue_select names; others did not change. */
static void observe(struct hostile *h)
{
    uint64_t addr[3];

    if (drv_pci_get(&h->pci, DRV_C_QUEUE_ENABLE, 2) == 1) {
        for (unsigned i = 0; i < 3; i++)
            addr[i] =
                drv_pci_get(&h->pci, DRV_C_QUEUE_DESC + 8 * i, 4) |
                (uint64_t)drv_pci_get(&h->pci, DRV_C_QUEUE_DESC + 8 * i + 4, 4)
                    << 32;
        dma_oracle_queue(&oracle,
                         (uint16_t)drv_pci_get(&h->pci, DRV_C_QUEUE_SIZE, 2),
                         addr[0], addr[1], addr[2]);
    }
    dma_oracle_judge(&oracle);
}

/* Any width that one write can have. */
static void write_bytes(struct hostile *h, uint64_t addr)
{
    static const unsigned widths[] = {1, 2, 4, 4, 8, 16, 3};
    unsigned n = widths[below(h, 7)];
    uint8_t bytes[16];

    random_bytes(h, bytes, n);
    if (below(h, 3) == 0) /* small numbers mean more */
        memset(bytes + 1, 0, n - 1);
    rl_rp_write(h->t->rp, addr, bytes, n);
}

static void write_common(struct hostile *h)
{
    dma_oracle_hold(&oracle);
    if (below(h, 2)) {
        drv_pci_put(&h->pci, DRV_C_QUEUE_SELECT, 2, below(h, 10));
        drv_pci_put(&h->pci,
                    below(h, 2) ? DRV_C_QUEUE_ENABLE : DRV_C_QUEUE_SIZE, 2,
                    1 + below(h, 2));
    } else {
        write_bytes(h, h->pci.common.addr + below(h, 64));
    }
    observe(h);
}

/* Everything else in BAR0, the addresses and data of messages excepted: those
 * would be writes that the driver asked for, to anywhere. */
static void write_bar0(struct hostile *h)
{
    uint64_t bar0 = rl_rp_device(h->t->rp)->bar[0].addr;
    uint32_t word = below(h, 2);

    if (below(h, 4) == 0)
        rl_rp_write(h->t->rp, bar0 + RL_BAR0_MSIX + 16 * below(h, 17) + 12,
                    &word, 4);
    else if (below(h, 2))
        write_bytes(h, bar0 + RL_BAR0_NOTIFY + below(h, 64));
    else
        write_bytes(h, bar0 + 0x1000 + below(h, 0x3000 - 16));
}

static void read_bar0(struct hostile *h)
{
    uint64_t bar0 = rl_rp_device(h->t->rp)->bar[0].addr;
    uint8_t bytes[64];

    rl_rp_read(h->t->rp, bar0 + below(h, RL_BAR0_BYTES - 64), bytes,
               1 + below(h, sizeof bytes));
}

static void use_window(struct hostile *h)
{
    uint32_t value, at = below(h, below(h, 2) ? 0x40 : 0x4080);
    uint32_t size = 1u << below(h, 3);

    dma_oracle_hold(&oracle);
    if (below(h, 2))
        drv_pci_window_read(&h->pci, below(h, 8) ? 0 : below(h, 8), at,
                            below(h, 8), size, &value);
    else
        drv_pci_window_write(&h->pci, 0, at, below(h, 6), size,
                             below(h, 2) ? below(h, 3) : cosim_random(h->t));
    observe(h);
}

/* ---- Drivers ---- */

static void place_queue(struct hostile *h, unsigned index)
{
    struct bad_ring *q = &h->queue[index];

    *q = (struct bad_ring){
        .t = h->t,
        .desc = oracle.arena + RINGS_AT + index * RING_ROOM,
        .driver = oracle.arena + EVENTS_AT + index * EVENT_ROOM,
        .size = (uint16_t)(1 + below(h, MOST_SIZE)),
        .wrap = true,
        .write = !(index & 1) && index != 8,
        .both = index == 8,
        .buffers = oracle.arena + BUFFERS_AT,
        .buffers_bytes = BUFFERS_END - BUFFERS_AT,
        .other = oracle.arena + RINGS_AT,
        .other_bytes = BUFFERS_AT - RINGS_AT,
    };
    q->device = q->driver + 4;
    if (below(h, 16) == 0) /* over others */
        q->desc = oracle.arena + RINGS_AT + 16 * below(h, 0x800);
    memset(rl_rp_mem(h->t->rp, q->desc, 16u * q->size), 0, 16u * q->size);
}

static void enable_queue(struct hostile *h, unsigned index)
{
    struct bad_ring *q = &h->queue[index];
    struct drv_queue_setup s = {.size = q->size,
                                .vector = (uint16_t)(index + 1),
                                .desc_addr = q->desc,
                                .driver_addr = q->driver,
                                .device_addr = q->device};

    dma_oracle_queue(&oracle, q->size, q->desc, q->driver, q->device);
    (void)drv_pci_queue_setup(&h->pci, (uint16_t)index, &s);
}

/* From nothing to a running device, as a driver should; from 0 status. */
static int hostile_open(struct hostile *h)
{
    struct drv_features f = h->pci.offered;
    int r;

    if (below(h, 2))
        drv_feature_clear(&f, DRV_F_IN_ORDER);
    if (below(h, 2))
        drv_feature_clear(&f, DRV_NET_F_MRG_RXBUF);
    if (below(h, 3) == 0)
        drv_feature_clear(&f, DRV_NET_F_MQ);
    dma_oracle_begin(&oracle);
    if ((r = drv_pci_negotiate(&h->pci, &f)))
        return r;
    drv_pci_put(&h->pci, DRV_C_CONFIG_VECTOR, 2, 0);
    for (unsigned i = 0; i < QUEUES; i++) {
        rl_rp_msix_program(h->t->rp, i + 1, false);
        place_queue(h, i);
        if (below(h, i < 2 ? 16 : 3) >= (i < 2 ? 1 : 2))
            enable_queue(h, i);
    }
    rl_rp_msix_enable(h->t->rp, below(h, 8), false);
    return drv_pci_status_add(&h->pci, DRV_S_DRIVER_OK);
}

/* Status reads 0: from now on the card is silent, until a driver begins, also
 * when messages that were held back may leave. */
static void reset_ended(struct hostile *h)
{
    dma_oracle_mute(&oracle, false);
    dma_oracle_silence(&oracle);
    h->resets++;
    for (unsigned i = 0; i < 4; i++)
        drv_pci_notify(&h->pci, (uint16_t)below(h, QUEUES), 0);
    for (unsigned i = 0; i <= QUEUES; i++)
        rl_rp_msix_program(h->t->rp, i, false);
    rl_rp_msix_enable(h->t->rp, true, false);
    rl_rp_run(h->t->rp, SILENCE_CYCLES);
    CHECK_EQ(h->t, rl_rp_reads_pending(h->t->rp), 0);
    CHECK_EQ(h->t, hostile_open(h), 0);
}

static void reset_wait(struct hostile *h)
{
    for (unsigned i = 0; i < RESET_POLLS; i++) {
        if (drv_pci_status(&h->pci) == 0) {
            reset_ended(h);
            return;
        }
        rl_rp_run(h->t->rp, 50);
    }
    CHECK(h->t, !"a reset ends");
}

/* ---- What stops the card ---- */

static void frames(struct hostile *h)
{
    uint8_t frame[1514] = {0}; /* all of it is the seed's doing */

    random_bytes(h, frame, 64);
    for (unsigned n = 1 + below(h, 6); n; n--) {
        frame[5] = (uint8_t)n;
        rl_model_net_push(h->t->model, frame, 60 + below(h, 1400), false);
    }
}

/* The card does not wait for what it has asked for, so the host does: its answers
 * come to a card that has forgotten the questions. */
static void flr(struct hostile *h)
{
    CHECK_EQ(h->t, rl_rp_flr(h->t->rp), 0);
    for (unsigned i = 0; rl_rp_reads_pending(h->t->rp) && i < RESET_POLLS; i++)
        rl_rp_run(h->t->rp, 50);
    reset_wait(h);
}

/* Anything that the card would do something about: also for what lies in its
 * rings already. */
static void tempt(struct hostile *h)
{
    frames(h);
    for (unsigned i = 0; i < 3; i++)
        add(h, below(h, QUEUES));
}

/* Queues that a driver has broken do nothing that could be stopped. */
static void renew(struct hostile *h)
{
    if (!(drv_pci_status(&h->pci) & DRV_S_NEEDS_RESET))
        return;
    drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
    reset_wait(h);
}

/* Requests of the card: an access is heard of when a read is answered. */
static uint64_t requests(struct hostile *h)
{
    const struct rl_rp_stats *s = rl_rp_stats(h->t->rp, true);

    return s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
}

static void no_bus_master(struct hostile *h)
{
    uint64_t before;

    renew(h);
    tempt(h);
    rl_rp_run(h->t->rp, below(h, 100));
    CHECK_EQ(h->t, rl_rp_command(h->t->rp, 0, 4), 0);
    rl_rp_run(h->t->rp, 100); /* what is leaving */
    before = requests(h);
    tempt(h);
    rl_rp_run(h->t->rp, 300);
    CHECK_EQ(h->t, requests(h), before);
    CHECK_EQ(h->t, rl_rp_command(h->t->rp, 4, 0), 0);
}

static void sleep_state(struct hostile *h)
{
    unsigned csr = rl_rp_device(h->t->rp)->cap_pm + 4;
    uint64_t before;

    renew(h);
    tempt(h);
    rl_rp_run(h->t->rp, below(h, 100));
    CHECK_EQ(h->t, rl_rp_cfg_write(h->t->rp, csr, 2, 3), 0);
    rl_rp_run(h->t->rp, 100);
    before = requests(h);
    tempt(h); /* with doorbells that nobody takes */
    rl_rp_run(h->t->rp, 300);
    CHECK_EQ(h->t, requests(h), before);
    CHECK_EQ(h->t, rl_rp_cfg_write(h->t->rp, csr, 2, 0), 0);
    rl_rp_run(h->t->rp, 100);
}

/* All vectors masked: what is due waits. */
static void no_messages(struct hostile *h)
{
    uint8_t status;

    if (below(h, 2)) {
        rl_rp_msix_enable(h->t->rp, true, true);
    } else {
        for (unsigned i = 0; i < 17; i++)
            rl_rp_msix_program(h->t->rp, i, true);
    }
    status = drv_pci_status(&h->pci); /* behind the writes */
    rl_rp_run(h->t->rp, 100);         /* what is leaving */
    dma_oracle_mute(&oracle, true);
    if (status == 0)
        return;
    for (unsigned i = 0; i < 3; i++) {
        tempt(h);
        rl_rp_run(h->t->rp, 500);
    }
    if (below(h, 2)) /* a reset with messages held back */
        return;
    dma_oracle_mute(&oracle, false);
    for (unsigned i = 0; i <= QUEUES; i++)
        rl_rp_msix_program(h->t->rp, i, false);
    rl_rp_msix_enable(h->t->rp, true, false);
}

/* The port takes nothing: no reset may wait for that. */
static void stalled_port(struct hostile *h)
{
    rl_model_net_tx_ready(h->t->model, 0);
    add(h, 1);
    add(h, 1);
    rl_rp_run(h->t->rp, 1000);
    drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
    reset_wait(h);
    rl_model_net_tx_ready(h->t->model, 0x10000);
}

/* A reset while much is under way: reads take long, or the way up is narrow and
 * frames wait in the card. */
static void reset_busy(struct hostile *h)
{
    struct rl_rp_config *c = rl_rp_options(h->t->rp);
    uint32_t latency = c->latency_cycles, rate_up = c->rate_up;

    renew(h);
    if (below(h, 3)) {
        c->latency_cycles = 2000 + below(h, 15000);
        tempt(h);
    } else {
        add(h, 0);
        rl_rp_run(h->t->rp, 600);
        c->rate_up = 100 + below(h, 400);
        for (unsigned i = 0; i < 3; i++)
            frames(h);
    }
    rl_rp_run(h->t->rp, below(h, 600));
    drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
    if (below(h, 2)) { /* and registers that are written meanwhile */
        drv_pci_put(&h->pci, DRV_C_STATUS, 1, 1 + below(h, 255));
        drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
    }
    reset_wait(h);
    c->latency_cycles = latency;
    c->rate_up = rate_up;
}

static void stop(struct hostile *h)
{
    switch (below(h, 12)) {
    case 8:
    case 9:
        no_messages(h);
        if (oracle.muted) {
            drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
            reset_wait(h);
        }
        break;
    case 10:
        stalled_port(h);
        break;
    case 0:
        flr(h);
        break;
    case 1:
        no_bus_master(h);
        break;
    case 2:
        sleep_state(h);
        break;
    case 3:
        drv_pci_put(&h->pci, DRV_C_STATUS, 1, DRV_S_FAILED);
        break;
    case 4:
    case 5:
    case 6:
    case 11:
        reset_busy(h);
        break;
    default:
        drv_pci_put(&h->pci, DRV_C_STATUS, 1, 0);
        reset_wait(h);
    }
}

/* ---- Rounds ---- */

/* A device that asks for a reset gets one, mostly. */
static void look(struct hostile *h)
{
    uint8_t status = drv_pci_status(&h->pci);

    if (status == 0)
        reset_ended(h);
    else if (status & DRV_S_NEEDS_RESET && below(h, 2))
        stop(h);
}

static void act(struct hostile *h)
{
    if (below(h, 4) == 0)
        look(h);
    switch (below(h, 24)) {
    case 0:
        stop(h);
        break;
    case 1:
        write_common(h);
        break;
    case 2:
    case 3:
        write_bar0(h);
        break;
    case 4:
        read_bar0(h);
        break;
    case 5:
        use_window(h);
        break;
    case 6:
        rl_rp_msix_enable(h->t->rp, below(h, 4), below(h, 4) == 0);
        break;
    case 7:
        h->reads.failing = below(h, 4) ? 0 : below(h, 100);
        break;
    case 8:
    case 9:
        bad_ring_scribble(&h->queue[below(h, QUEUES)]);
        break;
    case 10:
    case 11:
    case 12:
        frames(h);
        break;
    default:
        add(h, below(h, 3) ? below(h, 2) : below(h, QUEUES));
    }
    rl_rp_run(h->t->rp, below(h, 400));
}

/* In the end everything is on again. */
static void make_peace(struct hostile *h)
{
    struct rl_rp_config *c = rl_rp_options(h->t->rp);

    c->fault = NULL;
    CHECK_EQ(h->t, rl_rp_command(h->t->rp, 6, 0), 0);
    CHECK_EQ(h->t, drv_pci_reset(&h->pci), 0);
    dma_oracle_silence(&oracle);
    frames(h);
    for (uint16_t q = 0; q < QUEUES; q++)
        drv_pci_notify(&h->pci, q, 0);
    rl_rp_run(h->t->rp, SILENCE_CYCLES);
    CHECK_EQ(h->t, rl_rp_reads_pending(h->t->rp), 0);
    dma_oracle_close(&oracle);
}

static void take_leftovers(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    (void)ctx;
    (void)frame;
    (void)bytes;
}

static void works(struct cosim *t)
{
    struct drv_net_config c = {.in_order = cosim_random(t) & 1};
    struct drv_net n;

    rl_rp_alloc_reset(t->rp);
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    for (unsigned i = 0; i < 20; i++) {
        rl_rp_run(t->rp, 500);
        drv_net_receive(&n, take_leftovers, NULL);
    }
    cosim_drain_port(t);
    cosim_exchange(t, &n, CLOSING_FRAMES, 1514);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void random_round(struct cosim *t, unsigned *resets)
{
    struct hostile h = {.t = t, .reads = {t, 0, 0, UINT64_MAX}};
    struct rl_rp_config *c = rl_rp_options(t->rp);

    rl_rp_alloc_reset(t->rp);
    CHECK_EQ(t, dma_oracle_open(&oracle, t->rp), 0);
    CHECK_EQ(t, drv_pci_probe(&h.pci, t->rp), 0);
    CHECK_EQ(t, drv_pci_reset(&h.pci), 0);
    c->fault = bad_read;
    c->fault_ctx = &h.reads;
    rl_model_net_sink(t->model, true);
    CHECK_EQ(t, hostile_open(&h), 0);
    for (unsigned i = 0; i < ACTIONS && !t->failed && !oracle.wrong[0]; i++)
        act(&h);
    if (!t->failed)
        make_peace(&h);
    rl_model_net_sink(t->model, false);
    *resets += h.resets;
}

static void any_driver(struct cosim *t)
{
    uint64_t accesses = 0, in_tables = 0;
    unsigned resets = 0;

    for (unsigned i = 0; i < ROUNDS && !t->failed; i++) {
        random_round(t, &resets);
        if (oracle.wrong[0]) {
            cosim_failed(t, __FILE__, __LINE__, oracle.wrong);
            cosim_note("round %u", i);
        }
        accesses += oracle.accesses;
        in_tables += oracle.in_tables;
        if (!t->failed)
            works(t);
    }
    cosim_note("%u rounds, %llu accesses judged, %llu by tables, %u resets, "
               "%llu cycles",
               ROUNDS, (unsigned long long)accesses,
               (unsigned long long)in_tables, resets,
               (unsigned long long)rl_rp_now(t->rp));
}

static const struct cosim_case cases[] = {
    {"whatever a driver does, the card keeps to what it named", any_driver},
};
COSIM_MAIN(cases)
