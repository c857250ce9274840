/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frame of the co-simulation tests.
 */
#include "cosim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ringlet_regs.h"

enum {
    CASE_CYCLES = 30000000,
    EXCHANGE_CYCLES = 8000000,
    POLL_CYCLES = 100,
    IN_FLIGHT = 1024,
    FRAME_ROOM = 2048,
};

/* ---- Results ---- */

void cosim_note(const char *fmt, ...)
{
    va_list ap;

    printf("#   ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
}

void cosim_failed(struct cosim *t, const char *file, int line, const char *what)
{
    t->failed = true;
    cosim_note("%s:%d: %s", file, line, what);
}

static void violation(void *ctx, const char *text)
{
    struct cosim *t = ctx;

    if (rl_rp_violations(t->rp) <= 10)
        cosim_note("PCI Express: %s", text);
}

static void deadline(void *ctx)
{
    (void)ctx;
    printf("Bail out! more than %d cycles in one case\n", CASE_CYCLES);
    exit(1);
}

uint32_t cosim_random(struct cosim *t)
{
    t->rng = t->rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(t->rng >> 33);
}

int cosim_power_up(struct cosim *t)
{
    const char *firmware = getenv("RINGLET_FIRMWARE");
    struct card_options o;

    card_options_default(&o);
    o.firmware = firmware ? firmware : "build/firmware/net.elf";
    o.link.seed = t->seed;
    o.link.violation = violation;
    o.link.violation_ctx = t;
    o.link.deadline = deadline;
    o.link.deadline_cycle = CASE_CYCLES;
    if (card_open_cold(&t->card, &o))
        return -1;
    t->rp = t->card.rp;
    t->model = t->card.model;
    return rl_rp_enumerate(t->rp);
}

static bool run_case(const struct cosim_case *c, uint64_t seed)
{
    struct cosim t = {.seed = seed, .rng = seed};
    char errors[512];

    if (cosim_power_up(&t)) {
        cosim_note("the card does not come up");
        card_close(&t.card);
        return false;
    }
    c->run(&t);
    if (rl_rp_violations(t.rp)) {
        cosim_note("%llu violations of PCI Express",
                   (unsigned long long)rl_rp_violations(t.rp));
        t.failed = true;
    }
    if (card_errors(t.model, errors, sizeof errors))
        cosim_note("errors of the card: %s", errors);
    card_close(&t.card);
    return !t.failed;
}

int cosim_main(const struct cosim_case *cases, unsigned count)
{
    const char *env = getenv("SEED");
    uint64_t seed = env ? strtoull(env, NULL, 0) : 0;
    unsigned failed = 0;
    FILE *f = env ? NULL : fopen("/dev/urandom", "rb");
    uint32_t drawn;

    if (f) {
        if (fread(&drawn, sizeof drawn, 1, f) == 1)
            seed = drawn;
        fclose(f);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%u\n# seed %llu: repeat with SEED=%llu\n", count,
           (unsigned long long)seed, (unsigned long long)seed);
    for (unsigned i = 0; i < count; i++) {
        bool ok = run_case(&cases[i], seed + i);

        printf("%sok %u - %s\n", ok ? "" : "not ", i + 1, cases[i].name);
        failed += !ok;
    }
    return failed ? 1 : 0;
}

/* ---- Traffic ---- */

struct exchange {
    struct cosim *t;
    struct drv_net *net;
    unsigned frames, sent, received;
    uint32_t max_bytes;
    uint64_t tx_seed, rx_seed;
    bool wrong;
};

static uint32_t make_frame(struct exchange *x, uint64_t *seed, uint8_t *frame)
{
    uint64_t s = *seed * 6364136223846793005u + 1442695040888963407u;
    uint32_t span = x->max_bytes - 60, bytes;

    bytes = 60 + (span ? (uint32_t)(s >> 33) % (span + 1) : 0);
    for (uint32_t i = 0; i < bytes; i++) {
        s = s * 6364136223846793005u + 1442695040888963407u;
        frame[i] = (uint8_t)(s >> 56);
    }
    *seed = s;
    return bytes;
}

static void compare(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    struct exchange *x = ctx;
    uint8_t expected[FRAME_ROOM];
    uint32_t n = make_frame(x, &x->rx_seed, expected);

    if (x->wrong)
        return;
    if (n != bytes || memcmp(frame, expected, n) != 0) {
        cosim_note("frame %u: %u bytes came back, %u were sent%s", x->received,
                   bytes, n, n == bytes ? ", contents differ" : "");
        x->wrong = true;
    }
    x->received++;
}

static void loop_back(struct rl_model *m)
{
    const uint8_t *frame;
    size_t bytes;
    bool bad;

    while (rl_model_net_push_space(m) &&
           (frame = rl_model_net_peek(m, &bytes, &bad))) {
        rl_model_net_push(m, frame, bytes, bad);
        rl_model_net_pop(m);
    }
}

static int send_some(struct exchange *x)
{
    uint8_t frame[FRAME_ROOM];
    unsigned burst = 1 + cosim_random(x->t) % 40;

    while (x->sent < x->frames && burst-- && drv_net_can_send(x->net)) {
        uint32_t bytes = make_frame(x, &x->tx_seed, frame);

        if (drv_net_send(x->net, frame, bytes))
            return -1;
        x->sent++;
    }
    drv_net_kick(x->net);
    return 0;
}

static int serve(struct exchange *x)
{
    bool poll = x->net->cfg.no_msix;
    int r = 0;

    rl_rp_step(x->t->rp);
    loop_back(x->t->model);
    if (poll && rl_rp_now(x->t->rp) % POLL_CYCLES)
        return 0;
    if (drv_net_tx_interrupt(x->net) || poll || x->net->cfg.tx_quiet)
        r = drv_net_reclaim(x->net);
    if (r >= 0 && (drv_net_rx_interrupt(x->net) || poll))
        r = drv_net_receive(x->net, compare, x);
    return r;
}

int cosim_exchange(struct cosim *t, struct drv_net *n, unsigned frames,
                   uint32_t max_bytes)
{
    uint64_t limit = rl_rp_now(t->rp) + EXCHANGE_CYCLES;
    struct exchange x = {.t = t,
                         .net = n,
                         .frames = frames,
                         .max_bytes = max_bytes,
                         .tx_seed = cosim_random(t)};
    int r = 0;

    x.rx_seed = x.tx_seed;
    while (r >= 0 && !x.wrong && rl_rp_now(t->rp) < limit &&
           (x.received < frames || n->tx_pool.free_count != n->tx_pool.count)) {
        if (x.sent < frames && cosim_random(t) % 64 == 0 && send_some(&x))
            break;
        r = serve(&x);
    }
    if (r >= 0 && !x.wrong && x.received == frames && !n->header_errors &&
        n->tx_pool.free_count == n->tx_pool.count)
        return 0;
    cosim_failed(t, __FILE__, __LINE__, "traffic");
    cosim_note("%u of %u sent, %u received, %u of %u buffers back, %llu wrong "
               "headers, driver: %s",
               x.sent, frames, x.received, n->tx_pool.free_count,
               n->tx_pool.count, (unsigned long long)n->header_errors,
               r < 0 ? drv_net_why(n) : "ok");
    cosim_note("port: %llu frames out, %u waiting to go in; device status "
               "0x%02x, cause 0x%08x, debug word 0x%08x",
               (unsigned long long)rl_model_net_tx_frames(t->model),
               64 - rl_model_net_push_space(t->model), drv_pci_status(&n->pci),
               rl_rp_read32(t->rp, n->pci.vendor_page + RL_VENDOR_CAUSE),
               (unsigned)rl_model_counter(t->model, RL_COUNT_SCRATCH));
    return -1;
}

void cosim_drain_port(struct cosim *t)
{
    size_t bytes;

    while (rl_model_net_peek(t->model, &bytes, NULL))
        rl_model_net_pop(t->model);
}

void cosim_round_trip(struct cosim *t, const struct drv_net_config *cfg,
                      unsigned frames)
{
    struct drv_net n;
    uint32_t room = cfg->buffer_bytes ? cfg->buffer_bytes : 1536;

    rl_rp_alloc_reset(t->rp);
    cosim_drain_port(t);
    CHECK_EQ(t, drv_net_open(&n, t->rp, cfg), 0);
    cosim_exchange(t, &n, frames,
                   room - DRV_NET_HDR < 1514 ? room - DRV_NET_HDR : 1514);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

bool cosim_wait_status(struct cosim *t, struct drv_pci *p, uint8_t bits,
                       unsigned max_polls)
{
    for (unsigned i = 0; i < max_polls; i++) {
        if ((drv_pci_status(p) & bits) == bits)
            return true;
        rl_rp_run(t->rp, POLL_CYCLES);
    }
    return false;
}
