/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Good drivers of all kinds: chains, ids, placements, batches, laps.
 */
#include <string.h>

#include "cosim.h"

static void run(struct cosim *t, struct drv_net_config c)
{
    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        c.placement = i & 2 ? DRV_DEVICE_MEMORY : DRV_HOST_MEMORY;
        c.in_order = !(i & 1);
        cosim_round_trip(t, &c, 300);
        if (t->failed)
            cosim_note("%s memory, %s", i & 2 ? "device" : "host",
                       i & 1 ? "any order" : "in-order");
    }
}

static void plain(struct cosim *t)
{
    run(t, (struct drv_net_config){0});
}

static void arbitrary_ids(struct cosim *t)
{
    run(t, (struct drv_net_config){.id_seed = (uint32_t)t->seed | 1});
}

static void header_apart(struct cosim *t)
{
    run(t, (struct drv_net_config){.split_header = true});
}

static void header_apart_odd_ring(struct cosim *t)
{
    run(t, (struct drv_net_config){
               .split_header = true, .tx_size = 7, .id_seed = 5});
}

/* Tables alone, then between chains; on receive, too. */
static void tables(struct cosim *t)
{
    struct drv_net_config c = {
        .split_header = true, .rx_chained = true, .indirect = true};

    run(t, c);
    c.indirect_mixed = true;
    c.tx_size = 29;
    c.rx_size = 31;
    c.id_seed = 11;
    if (!t->failed)
        run(t, c);
}

/* Driver and device tell each other at which descriptor they want to hear. */
static void event_positions(struct cosim *t)
{
    struct drv_net_config c = {.event_idx = true};

    run(t, c);
    c.split_header = true;
    c.tx_size = 15;
    c.rx_size = 16;
    if (!t->failed)
        run(t, c);
    c.indirect = true;
    if (!t->failed)
        run(t, c);
}

/* Doorbells of 32 bits that say how much there is. */
static void notification_data(struct cosim *t)
{
    struct drv_net_config c = {.notify_data = true};

    run(t, c);
    c.tx_size = 19;
    c.rx_size = 37;
    c.split_header = true;
    c.by_config = true;
    if (!t->failed)
        cosim_round_trip(t, &c, 20);
    c.by_config = false;
    c.event_idx = true;
    if (!t->failed)
        run(t, c);
}

/* One queue restarts with another size while the other one goes on. */
static void restarted_queues(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true,
                               .ring_reset = true,
                               .rx_buffers = 16,
                               .tx_buffers = 16};
    struct drv_net n;

    rl_rp_alloc_reset(t->rp);
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    for (uint16_t i = 0; i < 12 && !t->failed; i++) {
        if (cosim_exchange(t, &n, 60, 300))
            break;
        CHECK_EQ(t, drv_net_restart_queue(&n, i & 1, 16 + i), 0);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
}

/* In the middle of traffic: what was under way is lost, all else works. */
static void restarted_under_load(struct cosim *t)
{
    struct drv_net_config c = {.ring_reset = true};
    uint8_t frame[600] = {0};
    struct drv_net n;

    rl_rp_alloc_reset(t->rp);
    CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    for (unsigned i = 0; i < 12 && !t->failed; i++) {
        for (unsigned f = 0; f < 20; f++) {
            drv_net_send(&n, frame, sizeof frame);
            rl_model_net_push(t->model, frame, sizeof frame, false);
        }
        drv_net_kick(&n);
        rl_rp_run(t->rp, cosim_random(t) % 2000);
        CHECK_EQ(t, drv_net_restart_queue(&n, DRV_NET_TXQ, 0), 0);
        rl_rp_run(t->rp, cosim_random(t) % 2000);
        CHECK_EQ(t, drv_net_restart_queue(&n, DRV_NET_RXQ, 0), 0);
        rl_rp_run(t->rp, 20000);
        drv_net_restart_queue(&n, DRV_NET_RXQ, 0);
        cosim_drain_port(t);
        if (cosim_exchange(t, &n, 40, 300))
            break;
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void receive_chains(struct cosim *t)
{
    run(t, (struct drv_net_config){
               .rx_chained = true, .rx_size = 31, .id_seed = 9});
}

static void polling(struct cosim *t)
{
    run(t, (struct drv_net_config){.no_msix = true});
}

/* One packet in as many pieces as the ring has slots. */
static void send_pieces(struct cosim *t, struct drv_net *n, unsigned pieces)
{
    struct drv_sg sg[256];
    uint64_t base = rl_rp_alloc(t->rp, true, 8192, 4096) + cosim_random(t) % 64;
    uint8_t *p = rl_rp_mem(t->rp, base, 4096);
    const uint8_t *frame;
    size_t bytes;
    uint32_t len = 80 + cosim_random(t) % 1000, off = 0;
    struct drv_used u;
    bool bad;

    memset(p, 0, DRV_NET_HDR);
    for (uint32_t i = 0; i < len; i++)
        p[DRV_NET_HDR + i] = (uint8_t)cosim_random(t);
    for (unsigned i = 0; i < pieces; i++) {
        uint32_t total = DRV_NET_HDR + len, rest = total - off;
        uint32_t part = i + 1 == pieces ? rest : total / pieces;

        sg[i] = (struct drv_sg){base + off, part, false};
        off += part;
    }
    CHECK_EQ(t, drv_ring_add(&n->tx, sg, pieces, p), 0);
    drv_net_kick(n);
    for (unsigned i = 0;
         i < 80000 && !rl_model_net_peek(t->model, &bytes, &bad); i++)
        rl_rp_step(t->rp);
    frame = rl_model_net_peek(t->model, &bytes, &bad);
    CHECK(t, frame && !bad);
    CHECK_EQ(t, bytes, len);
    CHECK_EQ(t, memcmp(frame, p + DRV_NET_HDR, len), 0);
    rl_model_net_pop(t->model);
    rl_rp_run(t->rp, 2000);
    CHECK_EQ(t, drv_ring_used(&n->tx, &u), 1);
    CHECK(t, u.token == p);
    CHECK_EQ(t, u.bytes, 0);
}

static void many_pieces(struct cosim *t)
{
    static const uint16_t sizes[] = {3, 8, 33, 64};

    for (unsigned s = 0; s < 4 && !t->failed; s++) {
        struct drv_net_config c = {
            .in_order = !(s & 1), .tx_size = sizes[s], .id_seed = 3};
        struct drv_net n;

        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        for (unsigned i = 1; i <= sizes[s] && !t->failed; i++)
            send_pieces(t, &n, i);
        /* Full rings several times: each flips the wrap counter. */
        for (unsigned i = 0; i < 5 && !t->failed; i++)
            send_pieces(t, &n, sizes[s]);
        CHECK_EQ(t, drv_net_close(&n), 0);
    }
}

static void many_laps(struct cosim *t)
{
    struct drv_net_config c = {
        .in_order = true, .tx_size = 16, .rx_size = 16, .id_seed = 77};

    cosim_round_trip(t, &c, 2000);
}

static const struct cosim_case cases[] = {
    {"host and device memory, in-order and not", plain},
    {"buffer ids are the driver's", arbitrary_ids},
    {"header in a descriptor of its own", header_apart},
    {"two descriptors per packet on a ring of seven", header_apart_odd_ring},
    {"receive buffers of two descriptors", receive_chains},
    {"EVENT_IDX both ways", event_positions},
    {"NOTIFICATION_DATA", notification_data},
    {"queues restarted with other sizes", restarted_queues},
    {"queues restarted under load", restarted_under_load},
    {"indirect descriptors, alone and among chains", tables},
    {"a driver that polls", polling},
    {"one packet in up to as many pieces as slots", many_pieces},
    {"more than a hundred laps", many_laps},
};
COSIM_MAIN(cases)
