/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frames out, looped back at the network port, frames in.
 */
#include "main/traffic.h"

#include <stdio.h>
#include <string.h>

enum {
    PACE_CYCLES = 256, /* how long one random speed lasts */
    DEFAULT_BATCH = 32,
    SETTLE_CYCLES = 20000, /* for the last buffers to come back */
};

struct run {
    struct card *card;
    const struct capture *in;
    const struct traffic_options *opt;
    struct drv_net net;
    size_t sent, received;
    uint64_t rng, deadline;
    bool failed;
};

static int fail(struct run *r, const char *what)
{
    if (!r->failed)
        fprintf(stderr, "ringlet: %s, %zu of %zu frames sent, %zu received\n",
                what, r->sent, r->in->count, r->received);
    r->failed = true;
    return -1;
}

static uint32_t draw(struct run *r)
{
    r->rng = r->rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->rng >> 33);
}

/* The port's speed changes: stopped, slow or full, each direction for itself. */
static void pace(struct run *r)
{
    static const uint32_t speed[4] = {0, 8000, 40000, 65536};

    rl_model_net_tx_ready(r->card->model, speed[draw(r) & 3]);
    rl_model_net_rx_valid(r->card->model, speed[draw(r) & 3]);
}

static void send_frames(struct run *r)
{
    uint32_t batch = r->opt->batch ? r->opt->batch : DEFAULT_BATCH;
    size_t left = r->in->count - r->sent;
    uint32_t n = 0;

    if (batch > r->net.tx_pool.count)
        batch = r->net.tx_pool.count;
    if (batch > left)
        batch = (uint32_t)left;
    /* A batch at a time, so that a doorbell covers a batch. */
    if (!batch || r->net.tx_pool.free_count < batch)
        return;
    while (n < batch && drv_net_can_send(&r->net)) {
        const struct capture_frame *f = &r->in->frame[r->sent];

        if (drv_net_send(&r->net, f->data, f->bytes)) {
            fail(r, "the driver cannot send a frame");
            return;
        }
        r->sent++;
        n++;
    }
    drv_net_kick(&r->net);
}

static void loop_back(struct run *r)
{
    struct rl_model *m = r->card->model;
    const uint8_t *frame;
    size_t bytes;
    bool bad;

    while (rl_model_net_push_space(m) &&
           (frame = rl_model_net_peek(m, &bytes, &bad))) {
        if (bad)
            fail(r, "the card sent a frame marked bad");
        rl_model_net_push(m, frame, bytes, false);
        rl_model_net_pop(m);
    }
}

static void keep(struct run *r, const struct capture_frame *sent,
                 const uint8_t *frame, uint32_t bytes)
{
    struct capture_frame f = *sent;

    f.data = frame;
    f.bytes = bytes;
    if (capture_add(r->opt->out, &f))
        fail(r, "a received frame cannot be kept");
}

static void compare(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    struct run *r = ctx;
    const struct capture_frame *f = &r->in->frame[r->received];

    if (r->received >= r->in->count) {
        fail(r, "more frames came back than were sent");
        return;
    }
    if (bytes != f->bytes || memcmp(frame, f->data, bytes) != 0)
        fail(r, "a frame came back changed");
    if (r->opt->out)
        keep(r, f, frame, bytes);
    r->received++;
}

static void step(struct run *r)
{
    int n;

    rl_rp_step(r->card->rp);
    loop_back(r);
    if (drv_net_tx_interrupt(&r->net) && (n = drv_net_reclaim(&r->net)) < 0)
        fail(r, drv_net_why(&r->net));
    if (drv_net_rx_interrupt(&r->net)) {
        n = drv_net_receive(&r->net, compare, r);
        if (n < 0)
            fail(r, drv_net_why(&r->net));
        if (r->opt->progress && n > 0)
            r->opt->progress(r->opt->progress_ctx, r->received, r->in->count);
    }
    if (rl_rp_now(r->card->rp) > r->deadline)
        fail(r, "gave up waiting");
}

static bool all_back(const struct run *r)
{
    return r->received == r->in->count &&
           r->net.tx_pool.free_count == r->net.tx_pool.count;
}

static int transfer(struct run *r)
{
    struct rl_rp *rp = r->card->rp;
    uint64_t next_pace = 0, settle = 0;

    while (!r->failed && !all_back(r)) {
        if (!r->opt->full_speed && rl_rp_now(rp) >= next_pace) {
            pace(r);
            next_pace = rl_rp_now(rp) + PACE_CYCLES;
        }
        if (r->sent < r->in->count)
            send_frames(r);
        else if (r->received == r->in->count && ++settle > SETTLE_CYCLES)
            fail(r, "transmit buffers do not come back");
        step(r);
    }
    return r->failed ? -1 : 0;
}

static void measure(const struct run *r, struct traffic_result *x, int sign)
{
    uint64_t s = (uint64_t)(int64_t)sign;

    x->cycles += s * rl_rp_now(r->card->rp);
    x->instructions += s * rl_model_counter(r->card->model, RL_COUNT_RETIRED);
    x->sleep += s * rl_model_counter(r->card->model, RL_COUNT_SLEEP);
}

static int finish(struct run *r, struct traffic_result *x)
{
    measure(r, x, 1);
    x->frames = r->in->count;
    x->bytes = r->in->bytes;
    x->used_tx = r->net.tx.used_descs;
    x->used_rx = r->net.rx.used_descs;
    x->doorbells = r->net.doorbells;
    x->up = *rl_rp_stats(r->card->rp, true);
    x->down = *rl_rp_stats(r->card->rp, false);
    if (r->net.header_errors)
        return fail(r, "received virtio headers are wrong");
    if (drv_pci_status(&r->net.pci) & DRV_S_NEEDS_RESET)
        return fail(r, "the device asks for a reset");
    return 0;
}

int traffic_run(struct card *c, const struct capture *in,
                const struct traffic_options *o, struct traffic_result *x)
{
    struct run r = {.card = c, .in = in, .opt = o, .rng = o->seed * 2 + 1};
    uint64_t violations = rl_rp_violations(c->rp);
    int err;

    memset(x, 0, sizeof *x);
    rl_rp_alloc_reset(c->rp);
    r.deadline = rl_rp_now(c->rp) + o->max_cycles;
    err = drv_net_open(&r.net, c->rp, &o->net);
    if (err) {
        fprintf(stderr, "ringlet: the driver cannot start the device: %s\n",
                drv_strerror(err));
        return -1;
    }
    rl_model_net_tx_ready(c->model, 65536);
    rl_model_net_rx_valid(c->model, 65536);
    rl_rp_flush(c->rp);
    rl_rp_stats_clear(c->rp);
    measure(&r, x, -1);
    if (transfer(&r) == 0)
        finish(&r, x);
    if (drv_net_close(&r.net))
        fail(&r, "the device does not reset");
    if (rl_rp_violations(c->rp) != violations)
        fail(&r, "the card broke rules of PCI Express");
    return r.failed ? -1 : 0;
}
