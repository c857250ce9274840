/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Drivers and hosts that break rules: the device asks for a reset where it must,
 * goes on where it can, and always works again after a reset.
 */
#include <string.h>

#include "cosim.h"
#include "ringlet_regs.h"

/* Completion time-out: 1250000 cycles, an eighth late at most. */
enum { POLLS = 100, TIMEOUT_CYCLES = 1500000 };
static const uint64_t nowhere = 0x700000000000;

static int open_net(struct cosim *t, struct drv_net *n)
{
    struct drv_net_config c = {.in_order = true, .tx_size = 32, .rx_size = 32};
    int r;

    rl_rp_alloc_reset(t->rp);
    rl_rp_msix_clear(t->rp);
    r = drv_net_open(n, t->rp, &c);
    rl_rp_run(t->rp, 3000);
    return r;
}

/* NEEDS_RESET, one configuration interrupt, a cause; a reset cures it. */
static void check_broken(struct cosim *t, struct drv_net *n)
{
    struct drv_net_config c = {.in_order = true};
    uint8_t isr = 0;

    CHECK(t, cosim_wait_status(t, &n->pci, DRV_S_NEEDS_RESET, POLLS));
    rl_rp_run(t->rp, 1000);
    CHECK_EQ(t, rl_rp_msix_count(t->rp, DRV_NET_CONFIG_VECTOR), 1);
    CHECK_EQ(t, rl_rp_read(t->rp, n->pci.isr.addr, &isr, 1), 0);
    CHECK_EQ(t, isr & 2, 2);
    CHECK(t, rl_rp_read32(t->rp, n->pci.vendor_page + RL_VENDOR_CAUSE) != 0);
    CHECK_EQ(t, drv_net_close(n), 0);
    cosim_round_trip(t, &c, 100);
}

static void send_sg(struct cosim *t, struct drv_net *n, const struct drv_sg *sg,
                    unsigned count)
{
    CHECK_EQ(t, drv_ring_add(&n->tx, sg, count, n), 0);
    drv_net_kick(n);
}

static void buffer_outside(struct cosim *t)
{
    struct drv_sg sg = {nowhere, 100, false};
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    send_sg(t, &n, &sg, 1);
    check_broken(t, &n);
    CHECK(t, rl_rp_stats(t->rp, true)->reads_outside > 0);
}

static void buffer_half_outside(struct cosim *t)
{
    const struct rl_rp_config *o = rl_rp_options(t->rp);
    struct drv_sg sg = {o->high_base + o->high_bytes - 600, 1200, false};
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    send_sg(t, &n, &sg, 1);
    check_broken(t, &n);
}

static void address_wraps(struct cosim *t)
{
    struct drv_sg sg = {UINT64_MAX - 15, 100, false};
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    send_sg(t, &n, &sg, 1);
    check_broken(t, &n);
}

static void ring_outside(struct cosim *t)
{
    struct drv_net n;
    struct drv_queue_setup s = {.size = 16,
                                .vector = DRV_NET_TX_VECTOR,
                                .desc_addr = nowhere,
                                .driver_addr = nowhere + 0x1000,
                                .device_addr = nowhere + 0x2000};

    CHECK_EQ(t, open_net(t, &n), 0);
    CHECK_EQ(t, drv_pci_reset(&n.pci), 0);
    rl_rp_msix_clear(t->rp);
    CHECK_EQ(t, drv_pci_negotiate(&n.pci, &n.pci.accepted), 0);
    drv_pci_put(&n.pci, DRV_C_CONFIG_VECTOR, 2, DRV_NET_CONFIG_VECTOR);
    CHECK_EQ(t, drv_pci_queue_setup(&n.pci, DRV_NET_TXQ, &s), 0);
    drv_pci_put(&n.pci, DRV_C_STATUS, 1, 0x0f);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    check_broken(t, &n);
}

/* Descriptors written past the driver's own idea of the ring. */
static void put_desc(struct drv_net *n, uint16_t slot, uint64_t addr,
                     uint32_t len, uint16_t flags)
{
    struct drv_desc d = {addr, len, slot, flags};

    n->mem.write(n->mem.ctx, n->tx.cfg.desc_addr + 16u * slot, &d, 16);
}

static void endless_chain(struct cosim *t)
{
    struct drv_net n;
    uint64_t buffer;

    CHECK_EQ(t, open_net(t, &n), 0);
    buffer = rl_rp_alloc(t->rp, false, 4096, 4096);
    for (uint16_t i = 32; i-- > 0;)
        put_desc(&n, i, buffer, 16, DRV_DESC_AVAIL | DRV_DESC_NEXT);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    check_broken(t, &n);
}

static void chain_without_end(struct cosim *t)
{
    struct drv_net n;
    uint64_t buffer;

    CHECK_EQ(t, open_net(t, &n), 0);
    buffer = rl_rp_alloc(t->rp, false, 4096, 4096);
    put_desc(&n, 0, buffer, 100, DRV_DESC_AVAIL | DRV_DESC_NEXT);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    rl_rp_run(t->rp, 100000);
    /* Broken or waiting for the rest: the other queue goes on, nothing left. */
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
    cosim_round_trip(t, &(struct drv_net_config){.in_order = true}, 50);
}

static void indirect(struct cosim *t)
{
    struct drv_net n;
    uint64_t buffer;

    CHECK_EQ(t, open_net(t, &n), 0);
    buffer = rl_rp_alloc(t->rp, false, 4096, 4096);
    put_desc(&n, 0, buffer, 16, DRV_DESC_AVAIL | DRV_DESC_INDIRECT);
    drv_pci_notify(&n.pci, DRV_NET_TXQ, 0);
    check_broken(t, &n);
}

static void huge_length(struct cosim *t)
{
    struct drv_sg sg = {0, 0xffffffff, false};
    struct drv_used u;
    struct drv_net n;

    CHECK_EQ(t, open_net(t, &n), 0);
    sg.addr = rl_rp_alloc(t->rp, false, 4096, 4096);
    send_sg(t, &n, &sg, 1);
    rl_rp_run(t->rp, 5000);
    /* Dropped: nothing sent, buffer back, or the queue is broken. */
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    if (!(drv_pci_status(&n.pci) & DRV_S_NEEDS_RESET)) {
        CHECK_EQ(t, drv_ring_used(&n.tx, &u), 1);
        CHECK_EQ(t, cosim_exchange(t, &n, 50, 1514), 0);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
    cosim_round_trip(t, &(struct drv_net_config){.in_order = true}, 50);
}

static void short_packets(struct cosim *t)
{
    struct drv_net n;
    struct drv_used u;
    uint64_t buffer;

    CHECK_EQ(t, open_net(t, &n), 0);
    buffer = rl_rp_alloc(t->rp, false, 4096, 4096);
    for (uint32_t len = 0; len < 26; len++) {
        struct drv_sg sg = {buffer, len, false};

        send_sg(t, &n, &sg, 1);
        rl_rp_run(t->rp, 3000);
        CHECK_EQ(t, drv_ring_used(&n.tx, &u), 1);
    }
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    CHECK_EQ(t, drv_pci_status(&n.pci), 0x0f);
    CHECK_EQ(t, cosim_exchange(t, &n, 50, 1514), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static void writable_transmit(struct cosim *t)
{
    struct drv_net n;
    struct drv_used u;
    struct drv_sg sg = {0, 100, true};

    CHECK_EQ(t, open_net(t, &n), 0);
    sg.addr = rl_rp_alloc(t->rp, false, 4096, 4096);
    send_sg(t, &n, &sg, 1);
    rl_rp_run(t->rp, 5000);
    CHECK_EQ(t, rl_model_net_tx_frames(t->model), 0);
    if (!(drv_pci_status(&n.pci) & DRV_S_NEEDS_RESET)) {
        CHECK_EQ(t, drv_ring_used(&n.tx, &u), 1);
        CHECK_EQ(t, u.bytes, 0);
    }
    CHECK_EQ(t, drv_net_close(&n), 0);
    cosim_round_trip(t, &(struct drv_net_config){.in_order = true}, 50);
}

struct fault_plan {
    enum rl_rp_fault_kind kind;
    unsigned countdown;
};

static struct rl_rp_fault one_fault(void *ctx, uint64_t addr, uint32_t bytes,
                                    unsigned tag)
{
    struct fault_plan *p = ctx;
    struct rl_rp_fault f = {.kind = RL_RP_FAULT_NONE};

    (void)addr;
    (void)bytes;
    (void)tag;
    if (p->countdown && --p->countdown == 0)
        f.kind = p->kind;
    return f;
}

/* The n-th read fails: reset needed, and everything works after it. */
static void failing_reads(struct cosim *t, enum rl_rp_fault_kind kind)
{
    struct fault_plan plan = {.kind = kind};
    uint8_t frame[300] = {0};
    struct drv_net n;

    bool lost = kind == RL_RP_FAULT_DROP || kind == RL_RP_FAULT_SHORT;

    rl_rp_options(t->rp)->fault = one_fault;
    rl_rp_options(t->rp)->fault_ctx = &plan;
    for (unsigned nth = 1; nth <= 8 && !t->failed; nth += lost ? 4 : 1) {
        CHECK_EQ(t, open_net(t, &n), 0);
        plan.countdown = nth;
        for (unsigned i = 0; i < 16; i++)
            CHECK_EQ(t, drv_net_send(&n, frame, sizeof frame), 0);
        drv_net_kick(&n);
        if (lost)
            rl_rp_run(t->rp, TIMEOUT_CYCLES);
        check_broken(t, &n);
        if (t->failed)
            cosim_note("read %u", nth);
    }
}

static void reads_unsupported(struct cosim *t)
{
    failing_reads(t, RL_RP_FAULT_UR);
}

static void reads_aborted(struct cosim *t)
{
    failing_reads(t, RL_RP_FAULT_CA);
}

static void reads_poisoned(struct cosim *t)
{
    failing_reads(t, RL_RP_FAULT_POISON);
}

static void reads_lost(struct cosim *t)
{
    failing_reads(t, RL_RP_FAULT_DROP);
}

static void reads_cut_short(struct cosim *t)
{
    rl_rp_options(t->rp)->split64 = true;
    failing_reads(t, RL_RP_FAULT_SHORT);
}

static void odd_accesses(struct cosim *t)
{
    struct drv_net n;
    uint8_t data[64];

    CHECK_EQ(t, open_net(t, &n), 0);
    for (unsigned i = 0; i < 400; i++) {
        unsigned width = 1 + cosim_random(t) % 16;
        uint64_t off = cosim_random(t) % 0x4000;

        if (off + width > 0x1000 && off < 0x1000)
            continue;
        /* Reads anywhere, writes away from the common structure. */
        CHECK_EQ(t,
                 rl_rp_read(t->rp, rl_rp_device(t->rp)->bar[0].addr + off, data,
                            width),
                 0);
        if (off >= 64 && off < 0x3000)
            rl_rp_write(t->rp, rl_rp_device(t->rp)->bar[0].addr + off, data,
                        width);
    }
    CHECK_EQ(t, drv_pci_status(&n.pci), 0x0f);
    CHECK_EQ(t, cosim_exchange(t, &n, 50, 1514), 0);
    CHECK_EQ(t, drv_net_close(&n), 0);
}

static const struct cosim_case cases[] = {
    {"transmit buffer outside host memory", buffer_outside},
    {"transmit buffer half outside", buffer_half_outside},
    {"address and length wrap around", address_wraps},
    {"ring outside host memory", ring_outside},
    {"chain through the whole ring and on", endless_chain},
    {"chain whose rest never comes", chain_without_end},
    {"INDIRECT that was not negotiated", indirect},
    {"a length of 4 GiB - 1", huge_length},
    {"packets too short for a header are dropped", short_packets},
    {"device-writable transmit buffer", writable_transmit},
    {"the n-th read is unsupported", reads_unsupported},
    {"the n-th read is aborted", reads_aborted},
    {"the n-th read is poisoned", reads_poisoned},
    {"the n-th read is never answered", reads_lost},
    {"the n-th read is answered in part", reads_cut_short},
    {"any width at any offset of BAR0", odd_accesses},
};
COSIM_MAIN(cases)
