/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Hosts and links of all kinds: completions split, mixed, late; back-pressure.
 */
#include "cosim.h"

static void run(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};

    for (unsigned i = 0; i < 2 && !t->failed; i++) {
        c.in_order = !i;
        cosim_round_trip(t, &c, 300);
    }
}

static void split64(struct cosim *t)
{
    rl_rp_options(t->rp)->split64 = true;
    run(t);
}

static void reordered(struct cosim *t)
{
    struct rl_rp_config *o = rl_rp_options(t->rp);

    o->reorder = true;
    o->split_random = true;
    o->jitter_cycles = 300;
    run(t);
}

static void far_away(struct cosim *t)
{
    rl_rp_options(t->rp)->latency_cycles = 3000;
    run(t);
}

static void near_and_fast(struct cosim *t)
{
    struct rl_rp_config *o = rl_rp_options(t->rp);

    o->latency_cycles = 1;
    o->rate_down = 0;
    rl_model_tx_rate(t->model, 0);
    run(t);
}

static void slow_link(struct cosim *t)
{
    rl_rp_options(t->rp)->rate_down = 2000;
    rl_model_tx_rate(t->model, 2000);
    run(t);
}

static void transmit_stalls(struct cosim *t)
{
    rl_model_tx_ready(t->model, 20000);
    rl_model_tx_credit_gaps(t->model, 30000);
    run(t);
}

static void port_stalls(struct cosim *t)
{
    rl_model_net_tx_ready(t->model, 6000);
    rl_model_net_rx_valid(t->model, 6000);
    run(t);
}

static void sizes(struct cosim *t)
{
    static const uint32_t mps[] = {128, 256, 512},
                          mrrs[] = {128, 256, 512, 4096};

    for (unsigned i = 0; i < 3 && !t->failed; i++)
        for (unsigned k = 0; k < 4 && !t->failed; k++) {
            struct drv_net_config c = {.in_order = true};

            rl_rp_options(t->rp)->mps_bytes = mps[i];
            rl_rp_options(t->rp)->mrrs_bytes = mrrs[k];
            CHECK_EQ(t, rl_rp_enumerate(t->rp), 0);
            cosim_round_trip(t, &c, 100);
        }
}

static void everything(struct cosim *t)
{
    struct rl_rp_config *o = rl_rp_options(t->rp);

    o->reorder = o->split_random = true;
    o->jitter_cycles = 1000;
    rl_model_tx_ready(t->model, 30000);
    rl_model_tx_credit_gaps(t->model, 20000);
    rl_model_net_tx_ready(t->model, 20000);
    rl_model_net_rx_valid(t->model, 30000);
    run(t);
}

static const struct cosim_case cases[] = {
    {"completions split at every 64 bytes", split64},
    {"completions mixed, split at random, jittering", reordered},
    {"read latency of 3000 cycles", far_away},
    {"no latency, no rate limit", near_and_fast},
    {"a link of 2 bytes per cycle", slow_link},
    {"back-pressure and missing credits on the link", transmit_stalls},
    {"back-pressure at the network port", port_stalls},
    {"every MPS with every MRRS", sizes},
    {"all of it together", everything},
};
COSIM_MAIN(cases)
