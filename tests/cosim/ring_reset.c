/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * RING_RESET under traffic: one queue is reset and set up anew, with bus mastering
 * off and on meanwhile or not, while frames arrive and leave. Frames say what they
 * are, so one that is changed, doubled or cut is seen. Those of other queues are
 * all delivered in order; those of the queue in question may be lost until it is
 * enabled again, and none is from then on.
 */
#include <string.h>

#include "cosim.h"

enum {
    PAIRS = 4,
    CTRL = 2 * PAIRS,
    QUEUES = CTRL + 1,
    SIZE = 64,
    ROOM = 2048, /* bytes of a buffer */
    FRAME_MIN = 62,
    FRAME_MAX = 1514,
    RX_FLOWS = 24,
    FLOWS = RX_FLOWS + PAIRS, /* the last ones are sent, each by its pair */
    SEQS = 2048,
    PACE =
        1200, /* cycles for a frame that comes alone, its buffer and doorbell */
    BUS_MASTER = 4,
};

struct flow {
    uint16_t made, next; /* sequence numbers */
    int home;            /* queue, -1: not known */
    bool loose;          /* frames may be lost or go elsewhere */
    bool seen[SEQS];
};

struct rr {
    struct cosim *t;
    struct drv_pci pci;
    struct drv_ring ring[QUEUES];
    uint64_t desc[QUEUES], areas[QUEUES], buffer[QUEUES];
    bool up[QUEUES];
    uint16_t free_tx[PAIRS];
    struct flow flow[FLOWS];
    uint64_t received;
    bool wrong;
};

static struct rr rr;

static uint32_t below(struct rr *m, uint32_t n)
{
    return cosim_random(m->t) % n;
}

/* ---- Frames ---- */

/* Returns its length. */
static uint32_t make_frame(uint8_t *f, unsigned flow, unsigned seq)
{
    uint32_t bytes =
        FRAME_MIN + (flow * 977 + seq * 331) % (FRAME_MAX - FRAME_MIN + 1);

    memset(f, 0, 64);
    memcpy(f, (uint8_t[]){2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, 14);
    f[14] = 0x45;
    f[29] = (uint8_t)flow;
    for (uint32_t i = 58; i < bytes; i++)
        f[i] = (uint8_t)(flow * 3u + seq * 7u + i + (i >> 8));
    f[58] = (uint8_t)flow;
    f[59] = (uint8_t)seq;
    f[60] = (uint8_t)(seq >> 8);
    return bytes;
}

static void wrong(struct rr *m, unsigned queue, const uint8_t *f,
                  uint32_t bytes, const char *why)
{
    if (!m->wrong)
        cosim_note("queue %u: flow %u, frame %u, %u bytes: %s", queue, f[58],
                   f[59] | f[60] << 8, bytes, why);
    m->wrong = true;
}

static void check(struct rr *m, unsigned queue, const uint8_t *f,
                  uint32_t bytes)
{
    unsigned number = f[58], seq = f[59] | f[60] << 8;
    uint8_t expected[FRAME_MAX];
    struct flow *flow;

    if (number >= FLOWS || seq >= m->flow[number].made ||
        make_frame(expected, number, seq) != bytes ||
        memcmp(f, expected, bytes)) {
        wrong(m, queue, f, bytes, "changed");
        return;
    }
    flow = &m->flow[number];
    if (flow->seen[seq])
        wrong(m, queue, f, bytes, "twice");
    flow->seen[seq] = true;
    m->received++;
    if (flow->loose)
        return;
    if (seq != flow->next)
        wrong(m, queue, f, bytes, "out of order");
    if (flow->home >= 0 && flow->home != (int)queue)
        wrong(m, queue, f, bytes, "on another queue");
    flow->home = (int)queue;
    flow->next = (uint16_t)(seq + 1);
}

/* ---- Driver ---- */

static void mem_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    memcpy(dst, rl_rp_mem(ctx, addr, bytes), bytes);
}

static void mem_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    memcpy(rl_rp_mem(ctx, addr, bytes), src, bytes);
}

static void kick(struct rr *m, uint16_t q)
{
    struct drv_ring *r = &m->ring[q];

    if (!r->unpublished)
        return;
    drv_ring_publish(r);
    if (drv_ring_wants_doorbell(r))
        drv_pci_notify(&m->pci, q, drv_ring_notify_data(r));
}

static void supply(struct rr *m, uint16_t q, uint64_t at)
{
    struct drv_sg sg = {at, ROOM, true};

    if (drv_ring_add(&m->ring[q], &sg, 1, rl_rp_mem(m->t->rp, at, ROOM)))
        m->wrong = true;
}

static int queue_up(struct rr *m, uint16_t q, uint16_t size)
{
    struct rl_rp *rp = m->t->rp;
    struct drv_ring_config c = {
        .mem = {rp, mem_read, mem_write},
        .size = size,
        .desc_addr = m->desc[q],
        .driver_addr = m->areas[q],
        .device_addr = m->areas[q] + 4,
        .in_order = drv_feature(&m->pci.accepted, DRV_F_IN_ORDER),
    };
    struct drv_queue_setup s = {.size = size,
                                .vector = (uint16_t)(q + 1),
                                .desc_addr = c.desc_addr,
                                .driver_addr = c.driver_addr,
                                .device_addr = c.device_addr};
    int r = drv_ring_init(&m->ring[q], &c);

    if (!r)
        r = drv_pci_queue_setup(&m->pci, q, &s);
    if (r)
        return r;
    m->up[q] = true;
    if (q & 1)
        m->free_tx[q / 2] = 0;
    for (unsigned i = 0; q < CTRL && !(q & 1) && i < size; i++)
        supply(m, q, m->buffer[q] + i * ROOM);
    kick(m, q);
    return 0;
}

static void queue_down(struct rr *m, uint16_t q)
{
    m->up[q] = false;
    drv_ring_fini(&m->ring[q]);
}

static int set_pairs(struct rr *m, uint8_t pairs)
{
    uint64_t at = m->buffer[CTRL];
    struct drv_sg sg[2] = {{at, 4, false}, {at + 64, 1, true}};
    uint8_t *p = rl_rp_mem(m->t->rp, at, ROOM);
    struct drv_used u;

    memcpy(p, (uint8_t[]){4, 0, pairs, 0}, 4);
    p[64] = 0xee;
    if (drv_ring_add(&m->ring[CTRL], sg, 2, p))
        return -1;
    kick(m, CTRL);
    for (unsigned i = 0; i < 200; i++) {
        rl_rp_run(m->t->rp, 50);
        if (drv_ring_used(&m->ring[CTRL], &u) == 1)
            return p[64];
    }
    return -1;
}

static int open_card(struct rr *m, struct cosim *t, uint8_t pairs)
{
    struct drv_features f;
    int r;

    memset(m, 0, sizeof *m);
    m->t = t;
    for (unsigned i = 0; i < FLOWS; i++)
        m->flow[i].home = i < RX_FLOWS ? -1 : (int)(2 * (i - RX_FLOWS) + 1);
    rl_rp_alloc_reset(t->rp);
    cosim_drain_port(t);
    if ((r = drv_pci_probe(&m->pci, t->rp)) || (r = drv_pci_reset(&m->pci)))
        return r;
    f = m->pci.offered;
    drv_feature_clear(&f, DRV_F_EVENT_IDX);
    if (below(m, 2))
        drv_feature_clear(&f, DRV_F_IN_ORDER);
    if (below(m, 2))
        drv_feature_clear(&f, DRV_F_NOTIFICATION_DATA);
    if ((r = drv_pci_negotiate(&m->pci, &f)))
        return r;
    for (uint16_t q = 0; q < QUEUES && !r; q++) {
        m->desc[q] = rl_rp_alloc(t->rp, true, 16 * 256, 16);
        m->areas[q] = rl_rp_alloc(t->rp, true, 8, 4);
        m->buffer[q] = rl_rp_alloc(t->rp, true, SIZE * ROOM, 64);
        r = rl_rp_msix_program(t->rp, q + 1u, false);
        if (!r)
            r = queue_up(m, q, SIZE);
    }
    if (!r)
        r = rl_rp_msix_enable(t->rp, true, false);
    if (!r)
        r = drv_pci_status_add(&m->pci, DRV_S_DRIVER_OK);
    for (uint16_t q = 0; q < CTRL && !r; q += 2)
        drv_pci_notify(&m->pci, q, drv_ring_notify_data(&m->ring[q]));
    return r || pairs == 1 ? r : set_pairs(m, pairs);
}

static int close_card(struct rr *m)
{
    int r = drv_pci_reset(&m->pci);

    for (uint16_t q = 0; q < QUEUES; q++)
        if (m->up[q])
            queue_down(m, q);
    return r;
}

/* ---- Traffic ---- */

static void arrive(struct rr *m, unsigned flow)
{
    uint8_t f[FRAME_MAX];

    if (m->flow[flow].made == SEQS || !rl_model_net_push_space(m->t->model))
        return;
    rl_model_net_push(m->t->model, f, make_frame(f, flow, m->flow[flow].made),
                      false);
    m->flow[flow].made++;
}

static void send(struct rr *m, unsigned pair)
{
    uint16_t q = (uint16_t)(2 * pair + 1);
    struct flow *flow = &m->flow[RX_FLOWS + pair];
    uint64_t at = m->buffer[q] + m->free_tx[pair] * (uint64_t)ROOM;
    uint8_t *p = rl_rp_mem(m->t->rp, at, ROOM);
    struct drv_sg sg = {at, DRV_NET_HDR, false};

    if (!m->up[q] || !drv_ring_free(&m->ring[q]) || flow->made == SEQS)
        return;
    sg.bytes += make_frame(p + DRV_NET_HDR, RX_FLOWS + pair, flow->made++);
    if (drv_ring_add(&m->ring[q], &sg, 1, p))
        m->wrong = true;
    m->free_tx[pair] =
        (uint16_t)((m->free_tx[pair] + 1u) % m->ring[q].cfg.size);
    kick(m, q);
}

/* Takes what came back, on both sides. */
static void take(struct rr *m)
{
    struct drv_used u;
    const uint8_t *f;
    size_t bytes;
    bool bad;

    for (uint16_t q = 0; q < CTRL; q++) {
        int r = 0;

        while (m->up[q] && (r = drv_ring_used(&m->ring[q], &u)) > 0) {
            uint8_t *p = u.token;

            if (q & 1)
                continue;
            check(m, q, p + DRV_NET_HDR, u.bytes - DRV_NET_HDR);
            supply(m, q,
                   m->buffer[q] +
                       (uint64_t)(p - (uint8_t *)rl_rp_mem(
                                          m->t->rp, m->buffer[q], ROOM)));
        }
        if (r < 0)
            cosim_note("queue %u: %s", q, m->ring[q].why);
        m->wrong |= r < 0;
        if (m->up[q])
            kick(m, q);
    }
    while ((f = rl_model_net_peek(m->t->model, &bytes, &bad))) {
        if (!bad)
            check(m, bytes > 58 ? 2u * f[58] - 2 * RX_FLOWS + 1 : 0, f,
                  (uint32_t)bytes);
        rl_model_net_pop(m->t->model);
    }
}

static void pass(struct rr *m, uint32_t cycles)
{
    for (uint32_t n = 0; n < cycles; n += PACE / 2) {
        rl_rp_run(m->t->rp, PACE / 2);
        take(m);
    }
}

/* Frames of any flow, one after the other. */
static void traffic(struct rr *m, unsigned frames)
{
    for (unsigned i = 0; i < frames && !m->wrong; i++) {
        arrive(m, below(m, RX_FLOWS));
        if (below(m, 2))
            send(m, below(m, PAIRS));
        pass(m, PACE);
    }
}

static bool all_came(const struct rr *m)
{
    for (unsigned i = 0; i < FLOWS; i++)
        if (!m->flow[i].loose && m->flow[i].next != m->flow[i].made)
            return false;
    return true;
}

/* Everything that was made has been delivered, and nothing more comes; but for
 * loose flows, which are as good as others from now on. */
static void settle(struct rr *m)
{
    uint64_t before = 0;

    for (unsigned i = 0; i < 12 && (m->received != before || !all_came(m));
         i++) {
        before = m->received;
        pass(m, 6000);
    }
    for (unsigned i = 0; i < FLOWS; i++) {
        struct flow *f = &m->flow[i];

        if (f->loose)
            f->next = f->made;
        if (f->next != f->made && !m->wrong) {
            cosim_note("flow %u of queue %d: %u of %u frames, status 0x%02x", i,
                       f->home, f->next, f->made, drv_pci_status(&m->pci));
            m->wrong = true;
        }
        f->loose = false;
    }
}

static void each_flow(struct rr *m, unsigned rounds)
{
    for (unsigned i = 0; i < rounds * FLOWS && !m->wrong; i++) {
        if (i % FLOWS < RX_FLOWS)
            arrive(m, i % FLOWS);
        else
            send(m, i % FLOWS - RX_FLOWS);
        pass(m, PACE);
    }
    settle(m);
}

/* ---- Resets ---- */

static void loosen(struct rr *m, uint16_t q)
{
    for (unsigned i = 0; i < FLOWS; i++)
        m->flow[i].loose |= m->flow[i].home == (int)q;
}

/* Posted: the card knows of it soon. */
static void reset_begin(struct rr *m, uint16_t q)
{
    drv_pci_put(&m->pci, DRV_C_QUEUE_SELECT, 2, q);
    drv_pci_put(&m->pci, DRV_C_QUEUE_RESET, 2, 1);
}

static bool reset_wait(struct rr *m, uint16_t q)
{
    for (unsigned i = 0; i < 2000; i++) {
        drv_pci_put(&m->pci, DRV_C_QUEUE_SELECT, 2, q);
        if (drv_pci_get(&m->pci, DRV_C_QUEUE_RESET, 2) == 0) {
            if (drv_pci_get(&m->pci, DRV_C_QUEUE_ENABLE, 2) != 0)
                return false;
            if (m->up[q])
                take(m);
            queue_down(m, q);
            return true;
        }
        take(m);
    }
    return false;
}

/* Any queue of four pairs while all of them are at work. */
static void the_others_go_on(struct cosim *t)
{
    struct rr *m = &rr;

    for (unsigned life = 0; life < 2; life++) {
        CHECK_EQ(t, open_card(m, t, PAIRS), 0);
        each_flow(m, 2);
        for (unsigned i = 0; i < 12 && !m->wrong; i++) {
            uint16_t q = (uint16_t)below(m, CTRL);

            traffic(m, 10);
            loosen(m, q);
            reset_begin(m, q);
            if (below(m, 2))
                traffic(m, below(m, 10));
            CHECK(t, reset_wait(m, q));
            traffic(m, below(m, 30));
            CHECK_EQ(t, queue_up(m, q, (uint16_t)(1 + below(m, SIZE))), 0);
            if (q & 1)
                loosen(m, q);
            traffic(m, 10);
            settle(m);
            each_flow(m, 1);
        }
        CHECK(t, !m->wrong);
        CHECK_EQ(t, drv_pci_status(&m->pci), 0x0f);
        CHECK_EQ(t, close_card(m), 0);
    }
}

/* Frames of one receive queue are on their way when it is reset and bus mastering
 * is switched off, in either order, at any time, and on again before or after the
 * reset's end. */
static void without_bus_mastering(struct cosim *t, uint8_t pairs, bool at_once)
{
    struct rr *m = &rr;
    unsigned healthy = 0;

    m->t = t; /* below() draws before the card is opened */
    for (unsigned i = 0; i < 12; i++) {
        uint16_t q = (uint16_t)(2 * (i % pairs));
        bool on_early = below(m, 2), off_first = i % 6 == 5;

        CHECK_EQ(t, open_card(m, t, pairs), 0);
        each_flow(m, 1);
        /* Other queues may fail, too, and frames then go where they can. */
        for (unsigned other = 0; other < pairs; other++)
            loosen(m, (uint16_t)(2 * other));
        for (unsigned flow = 0, n = 0; n < 9; flow = (flow + 1) % RX_FLOWS)
            if (m->flow[flow].home == (int)q) {
                arrive(m, flow);
                n++;
            }
        rl_rp_run(t->rp, 200 + below(m, 1500));
        if (!off_first)
            reset_begin(m, q);
        rl_rp_run(t->rp, 300 + below(m, 200));
        CHECK_EQ(t, rl_rp_command(t->rp, 0, BUS_MASTER), 0);
        if (off_first)
            reset_begin(m, q);
        rl_rp_run(t->rp, below(m, 3000));
        if (on_early)
            CHECK_EQ(t, rl_rp_command(t->rp, BUS_MASTER, 0), 0);
        CHECK(t, reset_wait(m, q));
        if (!on_early)
            CHECK_EQ(t, rl_rp_command(t->rp, BUS_MASTER, 0), 0);
        healthy += drv_pci_status(&m->pci) == 0x0f;
        if (!at_once)
            traffic(m, 20);
        CHECK_EQ(t, queue_up(m, q, SIZE), 0);
        settle(m);
        /* Those of a queue that failed go to another one from now on. */
        if (drv_pci_status(&m->pci) != 0x0f)
            for (unsigned flow = 0; flow < RX_FLOWS; flow++)
                m->flow[flow].home = -1;
        each_flow(m, 1);
        if (m->wrong)
            cosim_note("turn %u, queue %u, status 0x%02x", i, q,
                       drv_pci_status(&m->pci));
        CHECK(t, !m->wrong);
        CHECK_EQ(t, close_card(m), 0);
    }
    cosim_note("%u of 12 turns without a failing queue", healthy);
}

static void one_of_four_without_bus_mastering(struct cosim *t)
{
    without_bus_mastering(t, PAIRS, true);
}

static void one_of_four_away_for_longer(struct cosim *t)
{
    without_bus_mastering(t, PAIRS, false);
}

static void the_only_one_without_bus_mastering(struct cosim *t)
{
    without_bus_mastering(t, 1, true);
}

static const struct cosim_case cases[] = {
    {"one of nine queues is reset, the others lose nothing", the_others_go_on},
    {"the only receive queue is reset, bus mastering goes off",
     the_only_one_without_bus_mastering},
    {"one of four is reset, bus mastering goes off",
     one_of_four_without_bus_mastering},
    {"the same, and frames arrive before it is enabled",
     one_of_four_away_for_longer},
};
COSIM_MAIN(cases)
