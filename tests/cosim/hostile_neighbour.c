/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * One pair of queues passes numbered frames while another one is attacked: what
 * its driver does must not harm the first. Only queue 0 receives: a receive queue
 * among several holds back frames of all (firmware/README.md), and one that breaks
 * has the port discard what waits. So frames may be lost under way, but none
 * comes twice, late or changed, and after the attack all of them come.
 */
#include <string.h>

#include "cosim.h"
#include "ringlet_regs.h"
#include "support/bad_ring.h"
#include "support/dma_oracle.h"

enum {
    ROUNDS = 12,
    ACTIONS = 60,
    LAST_FRAMES = 40,
    SIZE = 32,
    ROOM = 256,
    FRAME = 100,
    MARK = 0x52, /* first byte of the good pair's frames */
    RX = 0,      /* good pair, attacked pair, control queue */
    TX = 1,
    BAD_RX = 2,
    BAD_TX = 3,
    CTRL = 8,
};

/* The arena: guard, the good pair's, then all that is attacked, guard. */
enum {
    GOOD_AT = ORACLE_GUARD,
    BUFFERS_AT = GOOD_AT + 0x2000,
    BAD_AT = BUFFERS_AT + 2 * SIZE * ROOM,
    BAD_RINGS = 0x4000,
    BAD_BUFFERS_AT = BAD_AT + BAD_RINGS,
    BAD_END = ORACLE_ARENA - ORACLE_GUARD - 0x1000,
};

struct neighbour {
    struct cosim *t;
    struct drv_pci pci;
    struct drv_ring rx, tx;
    struct bad_ring bad[3]; /* receive, transmit, control */
    struct bad_reads reads;
    uint32_t sent, next, received;
    uint16_t free_tx;
};

static struct dma_oracle oracle;

/* ---- The good pair ---- */

static void mem_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    memcpy(dst, rl_rp_mem(ctx, addr, bytes), bytes);
}

static void mem_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    memcpy(rl_rp_mem(ctx, addr, bytes), src, bytes);
}

static uint64_t buffer(unsigned queue, unsigned n)
{
    return oracle.arena + BUFFERS_AT + (queue * SIZE + n) * ROOM;
}

static void supply(struct neighbour *n, uint64_t at)
{
    struct drv_sg sg = {at, ROOM, true};

    CHECK_EQ(n->t, drv_ring_add(&n->rx, &sg, 1, rl_rp_mem(n->t->rp, at, ROOM)),
             0);
}

static void kick(struct neighbour *n, struct drv_ring *r, uint16_t queue)
{
    if (!r->unpublished)
        return;
    drv_ring_publish(r);
    if (drv_ring_wants_doorbell(r))
        drv_pci_notify(&n->pci, queue, drv_ring_notify_data(r));
}

static int good_open(struct neighbour *n, struct drv_ring *r, uint16_t queue)
{
    uint64_t at = oracle.arena + GOOD_AT + queue * 0x1000u;
    struct drv_ring_config c = {
        .mem = {n->t->rp, mem_read, mem_write},
        .size = SIZE,
        .desc_addr = at,
        .driver_addr = at + 0x800,
        .device_addr = at + 0x900,
        .in_order = drv_feature(&n->pci.accepted, DRV_F_IN_ORDER),
    };
    struct drv_queue_setup s = {.size = SIZE,
                                .vector = (uint16_t)(queue + 1),
                                .desc_addr = c.desc_addr,
                                .driver_addr = c.driver_addr,
                                .device_addr = c.device_addr};
    int r0 = drv_ring_init(r, &c);

    dma_oracle_queue(&oracle, SIZE, c.desc_addr, c.driver_addr, c.device_addr);
    return r0 ? r0 : drv_pci_queue_setup(&n->pci, queue, &s);
}

static void make_frame(uint8_t *f, uint32_t number)
{
    for (uint32_t i = 0; i < FRAME; i++)
        f[i] = (uint8_t)(number * 7 + i * 3);
    f[0] = MARK;
    memcpy(f + 1, &number, 4);
}

static void send(struct neighbour *n)
{
    uint64_t at = buffer(TX, n->free_tx);
    uint8_t *p = rl_rp_mem(n->t->rp, at, ROOM);
    struct drv_sg sg = {at, DRV_NET_HDR + FRAME, false};

    if (!drv_ring_free(&n->tx))
        return;
    make_frame(p + DRV_NET_HDR, n->sent++);
    CHECK_EQ(n->t, drv_ring_add(&n->tx, &sg, 1, p), 0);
    n->free_tx = (uint16_t)((n->free_tx + 1) % SIZE);
}

/* Frames of others look like anything but this one's. */
static void check_frame(struct neighbour *n, const uint8_t *f, uint32_t bytes)
{
    uint8_t expected[FRAME];
    uint32_t number;

    if (bytes < DRV_NET_HDR + 60 || f[0] != MARK)
        return;
    memcpy(&number, f + 1, 4);
    CHECK_EQ(n->t, bytes, DRV_NET_HDR + FRAME);
    CHECK(n->t, number >= n->next && number < n->sent);
    make_frame(expected, number);
    CHECK(n->t, !memcmp(f, expected, FRAME));
    n->next = number + 1;
    n->received++;
}

static void reap(struct neighbour *n)
{
    struct drv_used u;
    int r;

    while ((r = drv_ring_used(&n->tx, &u)) > 0)
        ;
    CHECK_EQ(n->t, r, 0);
    while ((r = drv_ring_used(&n->rx, &u)) > 0) {
        const uint8_t *p = u.token;

        check_frame(n, p + DRV_NET_HDR, u.bytes);
        supply(n, buffer(RX, 0) +
                      (uint64_t)(p - (uint8_t *)rl_rp_mem(
                                         n->t->rp, buffer(RX, 0), ROOM)));
    }
    CHECK_EQ(n->t, r, 0);
    kick(n, &n->rx, RX);
}

/* The port gives frames of the good pair back, others go nowhere. */
static void loop_back(struct rl_model *m)
{
    const uint8_t *frame;
    size_t bytes;
    bool bad;

    while (rl_model_net_push_space(m) &&
           (frame = rl_model_net_peek(m, &bytes, &bad))) {
        if (!bad && bytes == FRAME && frame[0] == MARK)
            rl_model_net_push(m, frame, bytes, false);
        rl_model_net_pop(m);
    }
}

static void traffic(struct neighbour *n, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) {
        rl_rp_step(n->t->rp);
        loop_back(n->t->model);
    }
    reap(n);
}

/* ---- The attack ---- */

static void bad_open(struct neighbour *n, struct bad_ring *r, uint16_t queue,
                     unsigned nth)
{
    uint64_t at = oracle.arena + BAD_AT + nth * 0x1000u;
    struct drv_queue_setup s = {.size = 1 + cosim_random(n->t) % 128u,
                                .vector = (uint16_t)(queue + 1),
                                .desc_addr = at,
                                .driver_addr = at + 0x800,
                                .device_addr = at + 0x804};

    *r = (struct bad_ring){
        .t = n->t,
        .desc = at,
        .driver = s.driver_addr,
        .device = s.device_addr,
        .size = s.size,
        .wrap = true,
        .write = queue == BAD_RX,
        .both = queue == CTRL,
        .buffers = oracle.arena + BAD_BUFFERS_AT,
        .buffers_bytes = BAD_END - BAD_BUFFERS_AT,
        .other = oracle.arena + BAD_AT,
        .other_bytes = BAD_RINGS,
    };
    memset(rl_rp_mem(n->t->rp, at, 0x1000), 0, 0x1000);
    dma_oracle_queue(&oracle, s.size, at, s.driver_addr, s.device_addr);
    CHECK_EQ(n->t, drv_pci_queue_setup(&n->pci, queue, &s), 0);
}

/* Fields of an attacked queue, and some that belong to none. */
static void write_field(struct neighbour *n)
{
    static const uint16_t queues[] = {BAD_RX, BAD_TX, CTRL, 9, 0xffff};
    static const uint8_t fields[] = {DRV_C_QUEUE_SIZE,
                                     DRV_C_QUEUE_VECTOR,
                                     DRV_C_QUEUE_ENABLE,
                                     DRV_C_QUEUE_DESC,
                                     DRV_C_QUEUE_DEVICE,
                                     DRV_C_CONFIG_VECTOR,
                                     DRV_C_DRIVER_FEATURE_SELECT,
                                     DRV_C_DRIVER_FEATURE};

    drv_pci_put(&n->pci, DRV_C_QUEUE_SELECT, 2, queues[cosim_random(n->t) % 5]);
    drv_pci_put(&n->pci, fields[cosim_random(n->t) % sizeof fields], 2,
                cosim_random(n->t) & 0xffff);
}

static void strange_frames(struct neighbour *n)
{
    uint8_t frame[1000] = {(uint8_t)~MARK};

    rl_model_net_push(n->t->model, frame, 14 + cosim_random(n->t) % 900,
                      cosim_random(n->t) % 4 == 0);
}

static void attack(struct neighbour *n)
{
    static const uint16_t queues[] = {BAD_RX, BAD_TX, CTRL};
    unsigned which = cosim_random(n->t) % 3;

    switch (cosim_random(n->t) % 8) {
    case 0:
        write_field(n);
        break;
    case 1:
        bad_ring_scribble(&n->bad[which]);
        break;
    case 2:
        strange_frames(n);
        break;
    case 3:
        n->reads.failing = cosim_random(n->t) % 2 ? 0 : 30;
        break;
    default:
        bad_ring_add(&n->bad[which]);
        drv_pci_notify(&n->pci, queues[which], 0);
    }
}

/* ---- Rounds ---- */

static int neighbours_open(struct neighbour *n)
{
    int r;

    if ((r = drv_pci_probe(&n->pci, n->t->rp)) || (r = drv_pci_reset(&n->pci)))
        return r;
    dma_oracle_begin(&oracle);
    if ((r = drv_pci_negotiate(&n->pci, &n->pci.offered)) ||
        (r = good_open(n, &n->rx, RX)) || (r = good_open(n, &n->tx, TX)))
        return r;
    bad_open(n, &n->bad[0], BAD_RX, 0);
    bad_open(n, &n->bad[1], BAD_TX, 1);
    bad_open(n, &n->bad[2], CTRL, 2);
    if ((r = drv_pci_status_add(&n->pci, DRV_S_DRIVER_OK)))
        return r;
    for (unsigned i = 0; i < SIZE; i++)
        supply(n, buffer(RX, i));
    kick(n, &n->rx, RX);
    return 0;
}

/* The attack is over: what is under way ends, and from then on nothing is lost. */
static void all_come(struct neighbour *n)
{
    uint32_t first, before;

    n->reads.failing = 0;
    for (unsigned i = 0; i < 200 && n->next != n->sent; i++)
        traffic(n, 300);
    first = n->sent;
    before = n->received;
    for (unsigned i = 0; i < 400 && n->next != first + LAST_FRAMES; i++) {
        if (n->sent != first + LAST_FRAMES)
            send(n);
        kick(n, &n->tx, TX);
        traffic(n, 200);
    }
    CHECK_EQ(n->t, n->received, before + LAST_FRAMES);
    traffic(n, 1000);
    CHECK_EQ(n->t, drv_ring_free(&n->tx), SIZE);
}

static void neighbours_close(struct neighbour *n)
{
    rl_rp_options(n->t->rp)->fault = NULL;
    CHECK_EQ(n->t, drv_pci_reset(&n->pci), 0);
    dma_oracle_silence(&oracle);
    rl_rp_run(n->t->rp, 500);
    dma_oracle_close(&oracle);
    drv_ring_fini(&n->rx);
    drv_ring_fini(&n->tx);
    cosim_drain_port(n->t);
}

static void round_of(struct neighbour *n)
{
    rl_rp_alloc_reset(n->t->rp);
    CHECK_EQ(n->t, dma_oracle_open(&oracle, n->t->rp), 0);
    n->reads = (struct bad_reads){n->t, 0, oracle.arena + BAD_AT,
                                  oracle.arena + BAD_END};
    rl_rp_options(n->t->rp)->fault = bad_read;
    rl_rp_options(n->t->rp)->fault_ctx = &n->reads;
    CHECK_EQ(n->t, neighbours_open(n), 0);
    for (unsigned i = 0; i < ACTIONS && !n->t->failed; i++) {
        attack(n);
        for (unsigned f = cosim_random(n->t) % 4; f; f--)
            send(n);
        kick(n, &n->tx, TX);
        traffic(n, 100 + cosim_random(n->t) % 400);
    }
    if (!n->t->failed)
        all_come(n);
    if (!n->t->failed)
        neighbours_close(n);
}

static void unharmed(struct cosim *t)
{
    uint32_t sent = 0, received = 0;

    for (unsigned i = 0; i < ROUNDS && !t->failed; i++) {
        struct neighbour n = {.t = t};

        round_of(&n);
        if (oracle.wrong[0])
            cosim_failed(t, __FILE__, __LINE__, oracle.wrong);
        if (t->failed)
            cosim_note("round %u, frame %u of %u", i, n.next, n.sent);
        sent += n.sent;
        received += n.received;
    }
    cosim_note("%u frames sent, %u back, %llu cycles", sent, received,
               (unsigned long long)rl_rp_now(t->rp));
}

static const struct cosim_case cases[] = {
    {"a pair goes on while another is attacked", unharmed},
};
COSIM_MAIN(cases)
