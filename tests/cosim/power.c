/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Power states and error counters as a host sees them: rings that are in use when
 * the function goes to D3hot are served on in D0 (PMCSR says No Soft Reset, and
 * Linux then suspends without resetting the device).
 */
#include "cosim.h"
#include "ringlet_regs.h"

enum { ROUNDS = 12, ASLEEP_CYCLES = 5000, MS_CYCLES = 125000 };

static int set_power(struct cosim *t, unsigned state)
{
    unsigned pm = rl_rp_device(t->rp)->cap_pm;

    return rl_rp_cfg_write(t->rp, pm + 4, 2, state);
}

static uint64_t requests(struct cosim *t)
{
    const struct rl_rp_stats *s = rl_rp_stats(t->rp, true);

    return s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
}

/* Frames that the card took from the driver and frames that the driver received. */
struct seen {
    unsigned received;
    bool wrong;
};

static void received(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    struct seen *s = ctx;

    s->wrong |= bytes < 60 || frame[1] != (uint8_t)s->received ||
                frame[bytes - 1] != (uint8_t)(7 * s->received);
    s->received++;
}

/* One cycle; what the card sends comes back. */
static void wire(struct cosim *t)
{
    size_t bytes;
    bool bad;
    const uint8_t *f = rl_model_net_peek(t->model, &bytes, &bad);

    if (f && !bad && rl_model_net_push(t->model, f, bytes, false) == 0)
        rl_model_net_pop(t->model);
    rl_rp_step(t->rp);
}

/* The same with a driver that looks; true when all frames are back. */
static bool pump(struct cosim *t, struct drv_net *n, struct seen *s,
                 unsigned frames)
{
    wire(t);
    if (drv_net_reclaim(n) < 0 || drv_net_receive(n, received, s) < 0)
        s->wrong = true;
    return s->received == frames;
}

static void sleeps(struct cosim *t, const struct drv_net_config *c)
{
    struct drv_net n;
    struct seen s = {0};
    unsigned sent = 0;
    uint8_t frame[1514] = {0};

    CHECK_EQ(t, drv_net_open(&n, t->rp, c), 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned bytes = 60 + cosim_random(t) % 1400,
                 until = cosim_random(t) % 1500;
        uint64_t before;

        for (unsigned i = 0; i < 20 && drv_net_can_send(&n); i++, sent++) {
            frame[1] = (uint8_t)sent;
            frame[bytes - 1] = (uint8_t)(7 * sent);
            CHECK_EQ(t, drv_net_send(&n, frame, bytes), 0);
        }
        drv_net_kick(&n);
        for (unsigned i = 0; i < until; i++)
            pump(t, &n, &s, sent);
        CHECK_EQ(t, set_power(t, 3), 0);
        rl_rp_run(t->rp, 100);
        before = requests(t);
        /* The driver keeps away: even device memory does not answer. */
        for (unsigned i = 0; i < ASLEEP_CYCLES; i++)
            wire(t);
        CHECK_EQ(t, requests(t), before);
        CHECK_EQ(t, set_power(t, 0), 0);
        for (unsigned i = 0; i < 200000 && !pump(t, &n, &s, sent); i++)
            continue;
        CHECK_EQ(t, s.received, sent);
        CHECK(t, !s.wrong);
    }
    CHECK_EQ(t, drv_pci_status(&n.pci) & DRV_S_NEEDS_RESET, 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void in_order(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};

    sleeps(t, &c);
}

static void any_order(struct cosim *t)
{
    struct drv_net_config c = {.in_order = false};

    sleeps(t, &c);
}

static void device_memory(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true,
                               .placement = DRV_DEVICE_MEMORY};

    sleeps(t, &c);
}

/* ---- FLR in time, whatever the host's memory does ---- */

static uint32_t delay;

static struct rl_rp_fault far_away(void *ctx, uint64_t addr, uint32_t bytes,
                                   unsigned tag)
{
    (void)ctx;
    (void)addr;
    (void)bytes;
    (void)tag;
    return (struct rl_rp_fault){
        .kind = delay ? RL_RP_FAULT_NONE : RL_RP_FAULT_DROP,
        .delay_cycles = delay};
}

static void start_traffic(struct cosim *t, struct drv_net *n)
{
    uint8_t frame[1514] = {0};

    for (unsigned i = 0; i < 100 && drv_net_can_send(n); i++)
        if (drv_net_send(n, frame, 60 + cosim_random(t) % 1400))
            cosim_failed(t, __FILE__, __LINE__, "send");
    drv_net_kick(n);
    for (unsigned i = 0; i < 20; i++)
        rl_model_net_push(t->model, frame, 60 + cosim_random(t) % 1400, false);
    rl_rp_run(t->rp, 50 + cosim_random(t) % 2000);
}

static void flr_in_time(struct cosim *t)
{
    static const uint32_t delays[] = {0, 3000, 200000};
    struct drv_net_config c = {.in_order = true};

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct drv_net n;
        uint64_t begin, took;

        delay = delays[i % 3];
        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        rl_rp_options(t->rp)->fault = far_away;
        start_traffic(t, &n);
        begin = rl_rp_now(t->rp);
        CHECK_EQ(t, rl_rp_flr(t->rp), 0);
        took = rl_rp_now(t->rp) - begin;
        cosim_note("%llu cycles", (unsigned long long)took);
        CHECK(t, took <= MS_CYCLES);
        rl_rp_options(t->rp)->fault = NULL;
        drv_net_discard(&n);
        /* The next life begins while the old one's completions still come. */
        rl_rp_alloc_reset(t->rp);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
        rl_rp_run(t->rp, delay);
        cosim_drain_port(t);
        CHECK_EQ(t, drv_pci_status(&n.pci) & DRV_S_NEEDS_RESET, 0);
        CHECK_EQ(t, drv_net_close(&n), 0);
        cosim_drain_port(t);
    }
}

/* ---- Errors that the host can read ---- */

static uint32_t counter(struct cosim *t, unsigned n)
{
    return rl_rp_read32(t->rp, rl_rp_device(t->rp)->bar[0].addr +
                                   RL_BAR0_VENDOR + RL_VENDOR_ERRORS + 4 * n);
}

static void error_words(struct cosim *t)
{
    struct rl_tlp tlp;
    uint64_t bar2 = rl_rp_device(t->rp)->bar[2].addr;

    for (unsigned n = 0; n < RL_ERR_COUNTERS; n++)
        CHECK_EQ(t, counter(t, n), 0);
    for (unsigned i = 0; i < 5; i++)
        rl_rp_write32(t->rp, bar2 + RL_DEVMEM_BYTES, 0);
    rl_rp_make_mem(&tlp, true, bar2, "poisoned", 8);
    tlp.poison = true;
    tlp.hdr[0] |= 1u << 14;
    rl_rp_send(t->rp, &tlp);
    CHECK_EQ(t, counter(t, 0), 5);
    CHECK_EQ(t, counter(t, 2), 1);
    for (unsigned n = 0; n < RL_ERR_COUNTERS; n++)
        CHECK_EQ(t, counter(t, n),
                 rl_model_counter(t->model, RL_COUNT_ERR0 + n));
    CHECK(t, rl_model_error_name(RL_ERR_COUNTERS - 1) != NULL);
    CHECK(t, rl_model_error_name(RL_ERR_COUNTERS) == NULL);
}

static const struct cosim_case cases[] = {
    {"D3hot and back under traffic, in order", in_order},
    {"D3hot and back under traffic, any order", any_order},
    {"D3hot and back under traffic, rings in device memory", device_memory},
    {"function level reset within a millisecond", flr_in_time},
    {"error counters in the vendor page", error_words},
};
COSIM_MAIN(cases)
