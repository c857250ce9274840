/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "kinds.h"

#include <string.h>

#include "driver/virtio_pci.h"
#include "host.h"
#include "ringlet_regs.h"
#include "run.h"
#include "scenarios.h"

enum {
    WINDOW_CYCLES = 1200,
    ALWAYS = 65536,
    CREDIT_CPL = 4,
    CREDIT_NP = 2,
    CREDIT_P = 1,
    CREDIT_ALL = 7,
    /* Behind the time-out and its eighth, before the tag is used again. */
    LATE_CYCLES = TIMEOUT_CYCLES / 2,
    TOO_LATE_CYCLES = TIMEOUT_CYCLES * 3 / 2,
    AFTER_CYCLES = 600, /* what is on its way has come */
    COMMAND = 4,        /* register */
    COMMAND_MEMORY = 2,
    COMMAND_MASTER = 4,
    PM_CSR = 4,
    D3HOT = 3,
    BLINK_CYCLES = 31,
    PILE_CYCLES = 200,
    GRACE_CYCLES = 64,
};

/* ---- Windows ---- */

static void lasts(uint64_t cycles)
{
    run.until_cycle = rl_rp_now(run.rp) + cycles;
}

void kind_over(void)
{
    rl_model_tx_credit(run.model, CREDIT_ALL);
    rl_model_tx_ready(run.model, ALWAYS);
    rl_model_rx_valid(run.model, ALWAYS);
    rl_model_net_tx_ready(run.model, ALWAYS);
    rl_model_net_rx_valid(run.model, ALWAYS);
}

static void no_posted(void)
{
    rl_model_tx_credit(run.model, CREDIT_CPL | CREDIT_NP);
    lasts(WINDOW_CYCLES);
}

static void no_non_posted(void)
{
    rl_model_tx_credit(run.model, CREDIT_CPL | CREDIT_P);
    lasts(WINDOW_CYCLES);
}

static void no_completions(void)
{
    rl_model_tx_credit(run.model, CREDIT_NP | CREDIT_P);
    lasts(WINDOW_CYCLES);
}

static void no_transmit(void)
{
    rl_model_tx_ready(run.model, 0);
    lasts(WINDOW_CYCLES);
}

static void no_receive(void)
{
    rl_model_rx_valid(run.model, 0);
    lasts(WINDOW_CYCLES);
}

static void gaps(void)
{
    rl_model_rx_valid(run.model, ALWAYS / 5);
    rl_model_tx_ready(run.model, ALWAYS / 5);
    lasts(2 * WINDOW_CYCLES);
}

static void port_out(void)
{
    rl_model_net_tx_ready(run.model, 0);
    lasts(WINDOW_CYCLES);
}

static void port_in(void)
{
    rl_model_net_rx_valid(run.model, 0);
    lasts(WINDOW_CYCLES);
}

/* A write that would reset the device, were it not poisoned. */
static void poisoned_write(void)
{
    const uint32_t zero = 0;
    struct rl_tlp t;

    rl_rp_make_mem(&t, true,
                   rl_rp_device(run.rp)->bar[0].addr + RL_BAR0_COMMON +
                       DRV_C_STATUS,
                   &zero, 1);
    t.hdr[0] |= 1u << 14;
    t.poison = true;
    rl_rp_send(run.rp, &t);
}

/* ---- Completions that nobody waits for ---- */

/* Its first 64 bytes, or all of it. */
static void completion(struct rl_tlp *t, unsigned tag, unsigned requester,
                       uint32_t count)
{
    uint32_t bytes = 64 - (run.read_addr & 63);

    if (bytes > run.read_bytes)
        bytes = run.read_bytes;
    memset(t, 0, offsetof(struct rl_tlp, payload));
    t->payload_bytes = (uint16_t)(((run.read_addr & 3) + bytes + 3) / 4 * 4);
    t->hdr[0] = 0x4a000000u | t->payload_bytes / 4u;
    t->hdr[1] = count & 0xfff;
    t->hdr[2] = requester << 16 | tag << 8 | (uint32_t)(run.read_addr & 0x7f);
    t->bar = RL_BAR_NONE;
    memset(t->payload, 0xa5, t->payload_bytes);
}

static void stray(unsigned tag, unsigned requester, uint32_t count)
{
    struct rl_tlp t;

    completion(&t, tag, requester, count);
    if (rl_rp_complete(run.rp, &t))
        run_failed("no room for a completion");
    run.strays++;
}

enum { CARD = 0x0100 };

static void stray_tag(void)
{
    unsigned tag = 31;

    while (tag && rl_rp_read_pending(run.rp, tag))
        tag--;
    stray(tag, CARD, run.read_bytes);
    stray(0xf0, CARD, run.read_bytes);
}

static void stray_requester(void)
{
    stray(run.read_tag, CARD + 8, run.read_bytes);
}

static void stray_count(void)
{
    stray(run.read_tag, CARD, run.read_bytes + 256);
}

/* ---- What a host does ---- */

static void command(uint16_t set, uint16_t clear)
{
    if (rl_rp_command(run.rp, set, clear))
        run_failed("the command register cannot be written");
}

static void enumerate_again(void)
{
    int r = rl_rp_enumerate(run.rp);

    if (r)
        run_failed("enumeration afterwards: %s", drv_strerror(r));
}

/* The host does not know how far its driver has come. */
static void ends(void)
{
    if (!run.lives)
        enumerate_again();
}

/* What the device wanted to tell its driver waits; it is for nobody. */
static void masked(void)
{
    ends();
    if (rl_rp_msix_enable(run.rp, true, true))
        run_failed("MSI-X cannot be masked");
    run_cycles(AFTER_CYCLES);
}

static void flr(void)
{
    uint32_t v;

    if (rl_rp_cfg_read(run.rp, run.pcie + 8, 2, &v) ||
        rl_rp_cfg_write(run.rp, run.pcie + 8, 2, v | 0x8000))
        run_failed("the function level reset cannot be asked for");
    run_cycles(AFTER_CYCLES);
    enumerate_again();
    dma_oracle_silence(&oracle);
}

static void master_off(void)
{
    command(0, COMMAND_MASTER);
    run_cycles(AFTER_CYCLES); /* the monitor listens */
    command(COMMAND_MASTER, 0);
    ends();
}

static int command_submit(uint32_t value)
{
    struct rl_tlp t;

    rl_rp_make_cfg(&t, true, COMMAND, 2, value);
    return rl_rp_np_submit(run.rp, &t);
}

/* Off for less time than a command takes, each time another, while what the card
 * has written waits for credit; and the driver takes what comes back for a while
 * before its life ends. */
static void master_blinks(void)
{
    struct host *h = run.lives ? &scenario_host[run.lives - 1] : NULL;
    uint64_t until;
    uint32_t was;
    int off, on;

    if (rl_rp_cfg_read(run.rp, COMMAND, 2, &was))
        run_failed("the command register cannot be read");
    no_posted();
    run_cycles(run.struck_step % PILE_CYCLES);
    off = command_submit(was & ~(uint32_t)COMMAND_MASTER);
    run_cycles(1 + run.struck_step % BLINK_CYCLES);
    on = command_submit(was);
    run_cycles(AFTER_CYCLES);
    kind_over();
    if (rl_rp_np_wait(run.rp, off, NULL, 0) ||
        rl_rp_np_wait(run.rp, on, NULL, 0))
        run_failed("the command register cannot be written");
    until = rl_rp_now(run.rp) + 4 * AFTER_CYCLES;
    while (h && rl_rp_now(run.rp) < until)
        host_turn(h, 0, 0);
    if (h)
        host_take(h);
    ends();
}

static void memory_off(void)
{
    command(0, COMMAND_MEMORY);
    rl_rp_write32(run.rp, rl_rp_device(run.rp)->bar[0].addr + RL_BAR0_NOTIFY,
                  0);
    run_cycles(AFTER_CYCLES);
    command(COMMAND_MEMORY, 0);
    ends();
}

static uint64_t requests(void)
{
    const struct rl_rp_stats *s = rl_rp_stats(run.rp, true);

    return s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
}

/* The driver stands still meanwhile. A host that has asked for something waits
 * for the answer before it sends the card to sleep. */
static void d3hot(void)
{
    uint64_t before;

    for (unsigned i = 0; rl_rp_np_outstanding(run.rp) && i < AFTER_CYCLES; i++)
        run_cycles(1);
    if (rl_rp_cfg_write(run.rp, run.pm + PM_CSR, 2, D3HOT))
        run_failed("D3hot cannot be entered");
    run_cycles(GRACE_CYCLES);
    before = requests();
    run_cycles(AFTER_CYCLES);
    if (requests() != before)
        run_failed("memory requests in D3hot");
    if (rl_rp_cfg_write(run.rp, run.pm + PM_CSR, 2, 0))
        run_failed("D0 cannot be entered");
}

static void power_up(void)
{
    rl_rp_reset(run.rp);
    kind_over();
    run_timeout();
    dma_oracle_silence(&oracle);
    enumerate_again();
}

static void removal(void)
{
    rl_rp_link_down(run.rp);
    run_cycles(2 * TIMEOUT_CYCLES + AFTER_CYCLES);
    power_up();
}

/* ---- All of them ---- */

#define READ(name, what, harmless, ...)                             \
    {                                                               \
        name, what, KIND_READ, harmless, {__VA_ARGS__}, NULL, false \
    }
#define STRAY(name, what, act)                                        \
    {                                                                 \
        name, what, KIND_READ, true, {.delay_cycles = 50}, act, false \
    }
#define GOES(name, what, act)                        \
    {                                                \
        name, what, KIND_GOES, true, {0}, act, false \
    }
#define ENDS(name, what, act, resets)                  \
    {                                                  \
        name, what, KIND_ENDS, false, {0}, act, resets \
    }

const struct kind kinds[] = {
    READ("late", "completion below the time-out", true,
         .delay_cycles = LATE_CYCLES),
    READ("reordered", "completion behind those of later reads", true,
         .delay_cycles = 400),
    READ("split", "completion at every 64 bytes", true, .split64 = true),
    READ("mixed", "the same, others between", true, .split64 = true,
         .gap_cycles = 150),
    STRAY("stray-tag", "completions of tags that wait for none", stray_tag),
    STRAY("stray-id", "completion for another requester", stray_requester),
    STRAY("stray-count", "completion with a wrong byte count", stray_count),
    READ("too-late", "completion after the time-out", false,
         .delay_cycles = TOO_LATE_CYCLES),
    READ("missing", "no completion", false, .kind = RL_RP_FAULT_DROP),
    READ("short", "first 64 bytes, then nothing", false,
         .kind = RL_RP_FAULT_SHORT, .split64 = true),
    READ("poisoned", "poisoned completion", false, .kind = RL_RP_FAULT_POISON),
    READ("ur", "unsupported request", false, .kind = RL_RP_FAULT_UR),
    READ("ca", "completer abort", false, .kind = RL_RP_FAULT_CA),
    GOES("no-posted", "no credit for posted requests", no_posted),
    GOES("no-nonposted", "no credit for reads", no_non_posted),
    GOES("no-completion", "no credit for completions", no_completions),
    GOES("tx-held", "nothing of the card is taken", no_transmit),
    GOES("rx-held", "nothing reaches the card", no_receive),
    GOES("gaps", "gaps in both streams", gaps),
    GOES("port-tx-held", "the network port takes nothing", port_out),
    GOES("port-rx-held", "the network port brings nothing", port_in),
    GOES("d3hot", "D3hot and D0", d3hot),
    GOES("poisoned-write", "poisoned write to device_status", poisoned_write),
    ENDS("device-reset", "the driver resets the device", ends, false),
    ENDS("masked-reset", "the driver masks MSI-X, then resets the device",
         masked, false),
    ENDS("flr", "function level reset", flr, true),
    ENDS("master-off", "bus mastering off and on", master_off, false),
    ENDS("master-blinks", "bus mastering off for a moment, no credit",
         master_blinks, false),
    ENDS("memory-off", "memory space off and on", memory_off, false),
    ENDS("link-reset", "fundamental reset", power_up, true),
    ENDS("removal", "link down, everything unanswered, power-up", removal,
         true),
};
const unsigned kind_count = sizeof kinds / sizeof *kinds;
