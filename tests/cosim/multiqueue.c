/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Four pairs of queues and the control queue, with a small driver of their own:
 * traffic looped back at the port, steering, changes of the number of pairs.
 */
#include <string.h>

#include "cosim.h"

enum {
    PAIRS = 4,
    CTRL = 2 * PAIRS,
    QUEUES = CTRL + 1,
    SIZE = 64,
    ROOM = 256, /* bytes of a buffer */
    FRAME = 80,
    FLOWS = 32,
    ACK_OK = 0,
    ACK_ERR = 1,
};

struct mq {
    struct cosim *t;
    struct drv_pci pci;
    struct drv_ring ring[QUEUES]; /* rx, tx, ..., control */
    uint64_t buffer[QUEUES];      /* SIZE of them each */
    uint16_t free_tx[PAIRS]; /* transmit buffers, all of one ring at once */
    uint64_t received[PAIRS];
    uint8_t sent[FLOWS], next[FLOWS]; /* sequence numbers */
    int home[FLOWS];                  /* queue of a flow, -1: not seen */
    bool wrong;
};

/* ---- Driver ---- */

static void mem_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    memcpy(dst, rl_rp_mem(ctx, addr, bytes), bytes);
}

static void mem_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    memcpy(rl_rp_mem(ctx, addr, bytes), src, bytes);
}

static int queue_open(struct mq *m, uint16_t q)
{
    struct rl_rp *rp = m->t->rp;
    struct drv_ring_config c = {
        .mem = {rp, mem_read, mem_write},
        .size = SIZE,
        .desc_addr = rl_rp_alloc(rp, true, 16 * SIZE, 16),
        .driver_addr = rl_rp_alloc(rp, true, 4, 4),
        .device_addr = rl_rp_alloc(rp, true, 4, 4),
        .in_order = drv_feature(&m->pci.accepted, DRV_F_IN_ORDER),
    };
    struct drv_queue_setup s = {.size = SIZE,
                                .vector = (uint16_t)(q + 1),
                                .desc_addr = c.desc_addr,
                                .driver_addr = c.driver_addr,
                                .device_addr = c.device_addr};
    int r = rl_rp_msix_program(rp, q + 1u, false);

    m->buffer[q] = rl_rp_alloc(rp, true, SIZE * ROOM, 64);
    if (!r)
        r = drv_ring_init(&m->ring[q], &c);
    return r ? r : drv_pci_queue_setup(&m->pci, q, &s);
}

static void kick(struct mq *m, uint16_t q)
{
    struct drv_ring *r = &m->ring[q];

    if (!r->unpublished)
        return;
    drv_ring_publish(r);
    if (drv_ring_wants_doorbell(r))
        drv_pci_notify(&m->pci, q, drv_ring_notify_data(r));
}

static void supply(struct mq *m, uint16_t q, uint64_t at)
{
    struct drv_sg sg = {at, ROOM, true};

    if (drv_ring_add(&m->ring[q], &sg, 1, rl_rp_mem(m->t->rp, at, ROOM)))
        m->wrong = true;
}

static int mq_open(struct mq *m, struct cosim *t, bool in_order)
{
    struct drv_features f;
    int r;

    memset(m, 0, sizeof *m);
    memset(m->home, -1, sizeof m->home);
    m->t = t;
    rl_rp_alloc_reset(t->rp);
    cosim_drain_port(t);
    if ((r = drv_pci_probe(&m->pci, t->rp)) || (r = drv_pci_reset(&m->pci)))
        return r;
    f = m->pci.offered;
    if (!in_order)
        drv_feature_clear(&f, DRV_F_IN_ORDER);
    if ((r = drv_pci_negotiate(&m->pci, &f)))
        return r;
    for (uint16_t q = 0; q < QUEUES && !r; q++)
        r = queue_open(m, q);
    if (!r)
        r = rl_rp_msix_enable(t->rp, true, false);
    if (!r)
        r = drv_pci_status_add(&m->pci, DRV_S_DRIVER_OK);
    for (uint16_t q = 0; q < CTRL && !r; q += 2) {
        for (unsigned i = 0; i < SIZE; i++)
            supply(m, q, m->buffer[q] + i * ROOM);
        kick(m, q);
    }
    return r;
}

static int mq_close(struct mq *m)
{
    int r = drv_pci_reset(&m->pci);

    for (unsigned q = 0; q < QUEUES; q++)
        drv_ring_fini(&m->ring[q]);
    return r;
}

/* One command, class and command first; what was acknowledged, or -1. */
static int command(struct mq *m, const uint8_t *bytes, uint32_t n)
{
    uint64_t at = m->buffer[CTRL];
    struct drv_sg sg[2] = {{at + 3, n, false}, {at + 201, 1, true}};
    uint8_t *p = rl_rp_mem(m->t->rp, at, ROOM);
    uint64_t messages = rl_rp_msix_count(m->t->rp, CTRL + 1);
    struct drv_used u;

    memcpy(p + 3, bytes, n);
    p[201] = 0xee;
    if (drv_ring_add(&m->ring[CTRL], sg, 2, p))
        return -1;
    kick(m, CTRL);
    for (unsigned i = 0; i < 200; i++) {
        rl_rp_run(m->t->rp, 50);
        if (rl_rp_msix_count(m->t->rp, CTRL + 1) == messages)
            continue;
        if (drv_ring_used(&m->ring[CTRL], &u) == 1 && u.bytes == 1)
            return p[201];
    }
    return -1;
}

static int set_pairs(struct mq *m, unsigned pairs)
{
    uint8_t bytes[4] = {4, 0, (uint8_t)pairs, (uint8_t)(pairs >> 8)};

    return command(m, bytes, sizeof bytes);
}

/* ---- Traffic ---- */

/* Frame `seq` of a flow: its addresses, and what changes from frame to frame. */
static void make_frame(uint8_t *f, uint8_t flow, uint8_t seq)
{
    memset(f, 0, FRAME);
    memcpy(f, (uint8_t[]){2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, 12);
    f[12] = flow & 1 ? 0x86 : 0x08;
    f[13] = flow & 1 ? 0xdd : 0x00;
    f[18] = flow & 1 ? 0 : seq;
    f[flow & 1 ? 37 : 29] = flow;
    f[60] = flow;
    f[61] = seq;
    for (unsigned i = 62; i < FRAME; i++)
        f[i] = (uint8_t)(flow * 3u + seq * 7u + i);
}

static void send(struct mq *m, unsigned pair, uint8_t flow)
{
    uint16_t q = (uint16_t)(2 * pair + 1);
    uint64_t at = m->buffer[q] + m->free_tx[pair] * ROOM;
    uint8_t *p = rl_rp_mem(m->t->rp, at, ROOM);
    struct drv_sg sg = {at, DRV_NET_HDR + FRAME, false};

    make_frame(p + DRV_NET_HDR, flow, m->sent[flow]++);
    if (drv_ring_add(&m->ring[q], &sg, 1, p))
        m->wrong = true;
    m->free_tx[pair] = (uint16_t)((m->free_tx[pair] + 1) % SIZE);
}

static void check(struct mq *m, unsigned pair, const uint8_t *p, uint32_t bytes)
{
    const uint8_t *f = p + DRV_NET_HDR;
    uint8_t expected[FRAME], flow = f[60] % FLOWS;

    make_frame(expected, flow, m->next[flow]++);
    if (bytes != DRV_NET_HDR + FRAME || memcmp(f, expected, FRAME) ||
        (m->home[flow] >= 0 && m->home[flow] != (int)pair)) {
        cosim_note("queue %u: flow %u, frame %u, %u bytes", 2 * pair, flow,
                   f[61], bytes);
        m->wrong = true;
    }
    m->home[flow] = (int)pair;
    m->received[pair]++;
}

static void receive(struct mq *m)
{
    struct drv_used u;

    for (uint16_t pair = 0; pair < PAIRS; pair++) {
        uint16_t q = 2 * pair;
        int r;

        while ((r = drv_ring_used(&m->ring[q], &u)) > 0) {
            uint8_t *p = u.token;

            check(m, pair, p, u.bytes);
            supply(m, q,
                   m->buffer[q] +
                       (uint64_t)(p - (uint8_t *)rl_rp_mem(
                                          m->t->rp, m->buffer[q], ROOM)));
        }
        m->wrong |= r < 0;
        kick(m, q);
        while ((r = drv_ring_used(&m->ring[q + 1], &u)) > 0)
            ;
        m->wrong |= r < 0;
    }
}

static void loop_back(struct rl_model *model)
{
    const uint8_t *frame;
    size_t bytes;
    bool bad;

    while (rl_model_net_push_space(model) &&
           (frame = rl_model_net_peek(model, &bytes, &bad))) {
        rl_model_net_push(model, frame, bytes, bad);
        rl_model_net_pop(model);
    }
}

static uint64_t total(const struct mq *m)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < PAIRS; i++)
        sum += m->received[i];
    return sum;
}

/* `frames` of each flow, each flow by one transmit queue, until all are back. */
static void traffic(struct mq *m, unsigned frames)
{
    uint64_t until = total(m) + frames * FLOWS;
    unsigned left[FLOWS];

    for (unsigned i = 0; i < FLOWS; i++)
        left[i] = frames;
    for (unsigned turn = 0; turn < 12000 && total(m) < until && !m->wrong;
         turn++) {
        for (unsigned i = 0; i < 8; i++) {
            uint8_t flow = (uint8_t)(cosim_random(m->t) % FLOWS);
            unsigned pair = flow / 2 % PAIRS;

            if (left[flow] == 0 || !drv_ring_free(&m->ring[2 * pair + 1]))
                continue;
            left[flow]--;
            send(m, pair, flow);
        }
        for (uint16_t pair = 0; pair < PAIRS; pair++)
            kick(m, (uint16_t)(2 * pair + 1));
        for (unsigned i = 0; i < 200; i++) {
            rl_rp_step(m->t->rp);
            loop_back(m->t->model);
        }
        receive(m);
    }
    if (total(m) == until)
        return;
    cosim_note("%llu frames missing, device status 0x%02x",
               (unsigned long long)(until - total(m)), drv_pci_status(&m->pci));
    for (unsigned q = 0; q < QUEUES; q++)
        if (m->ring[q].why)
            cosim_note("queue %u: %s", q, m->ring[q].why);
    m->wrong = true;
}

/* ---- Cases ---- */

static void four_pairs(struct cosim *t)
{
    static struct mq m;

    for (int in_order = 0; in_order < 2; in_order++) {
        CHECK_EQ(t, mq_open(&m, t, in_order), 0);
        CHECK_EQ(t, set_pairs(&m, PAIRS), ACK_OK);
        traffic(&m, 40);
        CHECK(t, !m.wrong);
        for (unsigned i = 0; i < PAIRS; i++)
            CHECK(t, m.received[i] != 0);
        for (uint16_t q = 0; q < QUEUES; q++)
            CHECK(t, rl_rp_msix_count(t->rp, q + 1u) != 0);
        CHECK_EQ(t, mq_close(&m), 0);
    }
}

static void one_pair_at_first(struct cosim *t)
{
    static struct mq m;

    CHECK_EQ(t, mq_open(&m, t, true), 0);
    traffic(&m, 20);
    CHECK(t, !m.wrong);
    CHECK_EQ(t, m.received[0], 20 * FLOWS);
    CHECK_EQ(t, mq_close(&m), 0);
}

/* Frames are on their way all the time; after each answer nothing may come to a
 * queue that does not receive any more. */
static void more_and_fewer(struct cosim *t)
{
    static const uint8_t pairs[] = {4, 2, 3, 1, 4, 1, 2};
    static struct mq m;

    CHECK_EQ(t, mq_open(&m, t, true), 0);
    for (unsigned i = 0; i < sizeof pairs; i++) {
        uint64_t before[PAIRS];

        CHECK_EQ(t, set_pairs(&m, pairs[i]), ACK_OK);
        receive(&m);
        memcpy(before, m.received, sizeof before);
        memset(m.home, -1, sizeof m.home);
        traffic(&m, 10);
        CHECK(t, !m.wrong);
        for (unsigned p = 0; p < PAIRS; p++)
            CHECK_EQ(t, m.received[p] != before[p], p < pairs[i]);
    }
    CHECK_EQ(t, mq_close(&m), 0);
}

static void commands(struct cosim *t)
{
    static const unsigned bad[] = {0, 5, 256, 0x8000, 0xffff};
    static struct mq m;

    CHECK_EQ(t, mq_open(&m, t, true), 0);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(t, set_pairs(&m, bad[i]), ACK_ERR);
    for (uint8_t class = 0; class < 10; class ++)
        CHECK_EQ(t, command(&m, (uint8_t[]){class, 7, 1, 0}, 4), ACK_ERR);
    CHECK_EQ(t, command(&m, (uint8_t[]){4, 0, 1}, 3), ACK_ERR);
    CHECK_EQ(t, drv_pci_status(&m.pci), 0x0f);
    CHECK_EQ(t, mq_close(&m), 0);
}

static void mq_alone(struct cosim *t)
{
    struct drv_features f;
    struct drv_pci p;
    uint8_t pairs[2];

    CHECK_EQ(t, drv_pci_probe(&p, t->rp), 0);
    CHECK_EQ(t, drv_pci_reset(&p), 0);
    CHECK_EQ(t, drv_pci_device_config(&p, 8, pairs, 2), 0);
    CHECK_EQ(t, pairs[0] | pairs[1] << 8, PAIRS);
    f = p.offered;
    drv_feature_clear(&f, DRV_NET_F_CTRL_VQ);
    CHECK_EQ(t, drv_pci_negotiate_exactly(&p, &f), DRV_PCI_REFUSED);
}

static const struct cosim_case cases[] = {
    {"four pairs share the traffic, flows keep queue and order", four_pairs},
    {"one pair receives until the driver asks for more", one_pair_at_first},
    {"the number of pairs changes up and down", more_and_fewer},
    {"commands that cannot be are answered with an error", commands},
    {"MQ without CTRL_VQ is refused", mq_alone},
};
COSIM_MAIN(cases)
