/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Firmware that traps, hangs or destroys its own data, on a card whose queues are
 * at work: the driver is told, nothing is harmed meanwhile, and a reset brings back
 * a card that works.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cosim.h"
#include "faulty/faulty.h"
#include "ringlet_regs.h"

/* The mailbox's watchdog, the core's, and what the rescue takes. */
enum { TOLD_CYCLES = 2 * RL_WATCHDOG_CYCLES, RESCUED_CYCLES = 20000 };

static char console[8192];
static unsigned console_used;

static void hear(void *ctx, char c)
{
    (void)ctx;
    if (console_used + 1 < sizeof console)
        console[console_used++] = c;
}

/* The image with bugs in place of the good one. */
static int open_faulty(struct cosim *t, struct drv_net *n,
                       const struct drv_net_config *c)
{
    int r;

    card_close(&t->card);
    setenv("RINGLET_FIRMWARE",
           getenv("RINGLET_FAULTY") ? getenv("RINGLET_FAULTY")
                                    : "build/cosim/faulty.elf",
           1);
    if ((r = cosim_power_up(t)))
        return r;
    memset(console, 0, sizeof console);
    console_used = 0;
    rl_model_uart(t->model, hear, NULL);
    return drv_net_open(n, t->rp, c);
}

static uint32_t vendor(struct cosim *t, struct drv_net *n, unsigned offset)
{
    return rl_rp_read32(t->rp, n->pci.vendor_page + offset);
}

/* Sets the bug off and waits until the driver was told. */
static void strike(struct cosim *t, struct drv_net *n, enum faulty bug)
{
    uint64_t messages = rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR);
    uint64_t until;

    /* The answer is that of the endpoint's watchdog, or of the rescue. */
    (void)vendor(t, n, RL_VENDOR_COUNTERS + 4 * (unsigned)bug);
    rl_rp_run(t->rp, 1000); /* at that moment others are answered with it */
    until = rl_rp_now(t->rp) + TOLD_CYCLES;
    while (rl_rp_now(t->rp) < until &&
           rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR) == messages) {
        /* Doorbells and writes do no harm. */
        drv_pci_notify(&n->pci, DRV_NET_TXQ, 0);
        drv_pci_put(&n->pci, DRV_C_QUEUE_SELECT, 2, 0);
        rl_rp_run(t->rp, 200);
    }
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), messages + 1);
    CHECK_EQ(t, drv_pci_status(&n->pci), 0x0f | DRV_S_NEEDS_RESET);
    CHECK_EQ(t, drv_pci_isr(&n->pci), 2);
    CHECK_EQ(t, drv_pci_isr(&n->pci), 0);
    CHECK_EQ(t, vendor(t, n, RL_VENDOR_MAGIC), RL_RINGLET_MAGIC);
    CHECK_EQ(t, drv_pci_get(&n->pci, DRV_C_CONFIG_VECTOR, 2),
             DRV_NET_CONFIG_VECTOR);
    /* It stays so, whatever else is written. */
    drv_pci_put(&n->pci, DRV_C_STATUS, 1, 0x0f);
    rl_rp_run(t->rp, 3 * RL_WATCHDOG_CYCLES / 2);
    CHECK_EQ(t, drv_pci_status(&n->pci), 0x0f | DRV_S_NEEDS_RESET);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), messages + 1);
}

static void expect_cause(struct cosim *t, struct drv_net *n, uint32_t mask,
                         uint32_t cause)
{
    uint32_t word = vendor(t, n, RL_VENDOR_CAUSE);
    char text[64];

    CHECK_EQ(t, word & mask, cause);
    snprintf(text, sizeof text, "firmware was restarted, cause %08x", word);
    CHECK(t, strstr(console, text) != NULL);
}

/* What is on its way when it happens: frames in both directions. */
static void load(struct cosim *t, struct drv_net *n)
{
    uint8_t frame[300] = {0};

    for (unsigned i = 0; i < 20; i++) {
        (void)drv_net_send(n, frame, 60 + 10 * i);
        rl_model_net_push(t->model, frame, 60 + 12 * i, false);
    }
    drv_net_kick(n);
    rl_rp_run(t->rp, cosim_random(t) % 2000);
}

static void survive(struct cosim *t, enum faulty bug, uint32_t mask,
                    uint32_t cause)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    CHECK_EQ(t, open_faulty(t, &n, &c), 0);
    for (unsigned turn = 0; turn < 2 && !t->failed; turn++) {
        load(t, &n);
        strike(t, &n, bug);
        if (t->failed)
            return;
        expect_cause(t, &n, mask, cause);
        console_used = 0;
        CHECK_EQ(t, drv_net_close(&n), 0); /* a reset */
        CHECK_EQ(t, vendor(t, &n, RL_VENDOR_CAUSE) & mask, cause);
        cosim_round_trip(t, &c, 100);
        CHECK_EQ(t, drv_net_open(&n, t->rp, &c), 0);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
}

#define ALL          0xffffffffu
#define TRAP(mcause) (RL_RESTART_TRAP | (uint32_t)(mcause) << 24)

static void illegal_instruction(struct cosim *t)
{
    survive(t, FAULTY_ILLEGAL, 0xff000000u, TRAP(2));
}

static void endless_loop(struct cosim *t)
{
    survive(t, FAULTY_LOOP, ALL, RL_RESTART_HUNG);
}

static void stack_overflow(struct cosim *t)
{
    survive(t, FAULTY_STACK, 0xff000000u, TRAP(7));
}

static void store_to_code(struct cosim *t)
{
    survive(t, FAULTY_CODE, 0xff000000u, TRAP(7));
}

/* How it ends is anybody's guess. */
static void data_destroyed(struct cosim *t)
{
    survive(t, FAULTY_DATA, 0, 0);
}

static void call_of_nothing(struct cosim *t)
{
    survive(t, FAULTY_NULL, ALL, RL_RESTART_STRAY);
}

/* The other way out. */
static void function_level_reset(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    for (unsigned bug = FAULTY_ILLEGAL; bug <= FAULTY_LOOP; bug++) {
        CHECK_EQ(t, open_faulty(t, &n, &c), 0);
        load(t, &n);
        strike(t, &n, (enum faulty)bug);
        if (t->failed)
            return;
        CHECK_EQ(t, rl_rp_flr(t->rp), 0);
        CHECK_EQ(t, rl_rp_enumerate(t->rp), 0);
        cosim_round_trip(t, &c, 100);
    }
}

/* The host resets the function before anybody noticed: the rescue finds that. */
static void reset_of_a_hanging_card(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;

    CHECK_EQ(t, open_faulty(t, &n, &c), 0);
    load(t, &n);
    (void)vendor(t, &n, RL_VENDOR_COUNTERS + 4 * FAULTY_LOOP);
    CHECK_EQ(t, rl_rp_flr(t->rp), 0);
    CHECK_EQ(t, rl_rp_enumerate(t->rp), 0);
    cosim_round_trip(t, &c, 100);
}

/* A driver that has not started is not interrupted, and sees it all the same. */
static void before_driver_ok(struct cosim *t)
{
    struct drv_net_config c = {.in_order = true};
    struct drv_net n;
    uint64_t messages;

    CHECK_EQ(t, open_faulty(t, &n, &c), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
    messages = rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR);
    CHECK_EQ(t, drv_pci_status_add(&n.pci, DRV_S_ACKNOWLEDGE), 0);
    (void)vendor(t, &n, RL_VENDOR_COUNTERS + 4 * FAULTY_ILLEGAL);
    rl_rp_run(t->rp, RESCUED_CYCLES);
    CHECK_EQ(t, drv_pci_status(&n.pci), DRV_S_ACKNOWLEDGE | DRV_S_NEEDS_RESET);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), messages);
    CHECK_EQ(t, drv_pci_reset(&n.pci), 0);
    cosim_round_trip(t, &c, 100);
}

static const struct cosim_case cases[] = {
    {"an illegal instruction", illegal_instruction},
    {"an endless loop", endless_loop},
    {"a stack that overflows", stack_overflow},
    {"a store to code", store_to_code},
    {"data destroyed", data_destroyed},
    {"a call of nothing", call_of_nothing},
    {"function level reset of a rescued card", function_level_reset},
    {"function level reset of a card that hangs", reset_of_a_hanging_card},
    {"before the driver has started", before_driver_ok},
};
COSIM_MAIN(cases)
