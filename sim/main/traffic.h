/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Sends frames through driver and card, loops them back at the network port,
 * receives them, compares.
 */
#ifndef RL_MAIN_TRAFFIC_H
#define RL_MAIN_TRAFFIC_H

#include "driver/net.h"
#include "main/capture.h"
#include "main/card.h"

struct traffic_options {
    struct drv_net_config net;
    uint32_t batch;  /* frames per doorbell */
    bool full_speed; /* no random pauses at the network port */
    uint64_t seed;
    uint64_t max_cycles; /* give up: no result */
    void (*progress)(void *ctx, size_t done, size_t of); /* may be NULL */
    void *progress_ctx;
    /* Frames as received, with the times of those sent; may be NULL. */
    struct capture *out;
};

/* Everything between the first doorbell and the last buffer back. */
struct traffic_result {
    uint64_t frames, bytes;
    uint64_t cycles, instructions, sleep;
    uint64_t used_tx, used_rx; /* used descriptors */
    uint64_t doorbells;
    struct rl_rp_stats up, down;
};

/* Every frame of the capture once, in order. On failure prints one line on
 * stderr and returns -1. The card is reset afterwards and can be used again. */
int traffic_run(struct card *c, const struct capture *in,
                const struct traffic_options *o, struct traffic_result *r);

#endif
