/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The whole way of a virtual machine: another process that speaks vfio-user as
 * QEMU does, with memory of its own and a driver of its own, the bridge, the
 * card. Its rings are those of sim/driver.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/replay.h"
#include "bridge/vfio_server.h"
#include "cosim.h"
#include "guest/vfio_guest.h"
#include "ringlet_regs.h"

enum { FRAMES = 200 };

/* ---- The machine's process ---- */

static void identity(struct vfio_guest *g)
{
    uint8_t config[256];

    guest_read(g, VFIO_REGION_CONFIG, 0, config, sizeof config);
    guest_must(config[0] == 0xf4 && config[1] == 0x1a, "vendor id");
    guest_must(config[4] == 0, "command register is not 0 at power-up");
    guest_must(guest_cfg(g, 0x10, 4) >> 4 == 0, "a BAR has an address");
    /* A BAR register sizes and keeps what is written, and nothing moves. */
    guest_cfg_write(g, 0x10, 4, 0xffffffff);
    guest_must(guest_cfg(g, 0x10, 4) ==
                   (uint32_t)(-g->bar_bytes[0] | (config[0x10] & 0xf)),
               "a BAR does not tell its size");
    guest_cfg_write(g, 0x10, 4, 0xfe000000);
    guest_must(guest_cfg(g, 0x10, 4) >> 4 == 0xfe00000, "a BAR forgets");
    guest_must(guest_bar(g, 0, g->common + 18, 2) == 0xffff,
               "a BAR answers with memory space off");
    guest_cfg_write(g, 4, 2, 6);
    guest_must(guest_cfg(g, 4, 2) == 6, "command register");
    guest_must(guest_bar(g, 0, g->common + 18, 2) >= 2, "number of queues");
    guest_must(guest_bar(g, 0, g->common + 20, 1) == 0, "device status");
}

static void find_and_reset(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    identity(g);
    guest_cfg_write(g, g->msix_cap + 2, 2, 0x8000);
    guest_must(guest_cfg(g, g->msix_cap + 2, 2) >> 14 == 2, "MSI-X control");
    guest_command(g, vc_plain(VFIO_RESET, 0));
    guest_must(guest_cfg(g, 4, 2) == 0, "a reset leaves the command register");
    guest_must(guest_cfg(g, 0x10, 4) >> 4 == 0, "a reset leaves a BAR");
    guest_must(guest_cfg(g, g->msix_cap + 2, 2) >> 14 == 0,
               "a reset leaves MSI-X on");
    identity(g);
    /* The guest's own reset, by Device Control. */
    guest_cfg_write(g, g->pcie_cap + 8, 2,
                    guest_cfg(g, g->pcie_cap + 8, 2) | 0x8000);
    guest_must(guest_cfg(g, 4, 2) == 0, "FLR leaves the command register");
    identity(g);
}

static void frames_with_msix(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, FRAMES);
    guest_must(g->interrupts > 0, "no MSI-X message came");
}

static void frames_with_intx(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_INTX, false);
    guest_exchange(g, FRAMES);
    guest_must(g->interrupts > 0, "INTx was never told");
}

static void frames_by_messages(struct vfio_guest *g)
{
    guest_open(g, GUEST_REMOTE);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, FRAMES / 4);
    guest_must(g->dma_reads && g->dma_writes, "no message reached the memory");
}

/* As a guest that reboots, over the same connection. */
static void reboots(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    for (unsigned i = 0; i < 3; i++) {
        guest_start(g, i & 1 ? GUEST_INTX : GUEST_MSIX, true);
        guest_exchange(g, FRAMES / 2);
        guest_stop(g);
        guest_command(g, vc_plain(VFIO_RESET, 0));
        guest_command(g, vc_plain(VFIO_RESET, 0));
        guest_remap(g);
    }
}

/* Memory goes while the card uses it; after a reset all is well. */
static void unmaps_under_traffic(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, 20);
    guest_flood(g);
    guest_unmap(g);
    guest_bar(g, 0, g->common + 20, 1); /* it answers still */
    guest_stop(g);
    guest_command(g, vc_plain(VFIO_RESET, 0));
    guest_map(g);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, FRAMES);
}

/* Receive buffers lie in memory that the card may only read. */
static void protects_its_memory(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_MSIX, true);
    guest_protect(g);
    guest_flood(g);
    guest_drain(g);
    guest_stop(g);
    guest_must(guest_untouched(g), "the card wrote what it may only read");
    guest_unmap(g);
    guest_map(g);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, FRAMES);
}

/* D3hot and back: No Soft Reset, the rings go on. */
static void sleeps_in_d3(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, 50);
    guest_cfg_write(g, g->pm_cap + 4, 2, 3);
    guest_must((guest_cfg(g, g->pm_cap + 4, 2) & 3) == 3, "D3hot");
    guest_must(guest_bar(g, 0, g->common + 20, 1) == 0xff,
               "a BAR answers in D3hot");
    guest_cfg_write(g, g->pm_cap + 4, 2, 0);
    guest_exchange(g, FRAMES);
}

/* What the guest makes of Device Control does not disturb the link. */
static void changes_device_control(struct vfio_guest *g)
{
    uint32_t v;

    guest_open(g, GUEST_SHARED);
    v = guest_cfg(g, g->pcie_cap + 8, 2);
    v = (v & ~0x71e0u) | 5u << 12; /* MPS 128, MRRS 4096, no extended tags */
    guest_cfg_write(g, g->pcie_cap + 8, 2, v);
    guest_must(guest_cfg(g, g->pcie_cap + 8, 2) == v, "Device Control");
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, FRAMES);
}

static void does_nothing_for_a_while(struct vfio_guest *g)
{
    guest_open(g, GUEST_SHARED);
    guest_start(g, GUEST_MSIX, true);
    guest_exchange(g, 20);
    sleep(2);
    guest_must(guest_bar(g, 0, g->common + 20, 1) == 0x0f, "device status");
}

static void never_answers(struct vfio_guest *g)
{
    guest_open(g, GUEST_REMOTE);
    guest_start(g, GUEST_MSIX, true);
    guest_flood(g);
    guest_wait_for_close(g);
}

/* One register of the common configuration by way of PCI_CFG. */
static void look_at(struct vfio_guest *g, uint32_t reg, uint32_t bytes)
{
    guest_cfg_write(g, RL_CFG_PCI_CFG + 4, 1, 0);
    guest_cfg_write(g, RL_CFG_PCI_CFG + 8, 4, g->common + reg);
    guest_cfg_write(g, RL_CFG_PCI_CFG + 12, 4, bytes);
}

static uint32_t window_get(struct vfio_guest *g, uint32_t reg, uint32_t bytes)
{
    look_at(g, reg, bytes);
    return guest_cfg(g, RL_CFG_PCI_CFG + 16, bytes);
}

static void window_put(struct vfio_guest *g, uint32_t reg, uint32_t bytes,
                       uint32_t value)
{
    look_at(g, reg, bytes);
    guest_cfg_write(g, RL_CFG_PCI_CFG + 16, bytes, value);
}

enum {
    HIDDEN = 1 << (DRV_F_IN_ORDER - 32),
    PACKED = 1 << (DRV_F_RING_PACKED - 32)
};

/* A driver as a BIOS has: memory space is off. */
static void negotiates_by_configuration(struct vfio_guest *g)
{
    uint8_t config[256];
    uint32_t word;

    guest_open(g, GUEST_SHARED);
    window_put(g, DRV_C_STATUS, 1, DRV_S_ACKNOWLEDGE | DRV_S_DRIVER);
    window_put(g, DRV_C_DEVICE_FEATURE_SELECT, 4, 1);
    word = window_get(g, DRV_C_DEVICE_FEATURE, 4);
    guest_must((word & (PACKED | HIDDEN)) == PACKED, "features by PCI_CFG");
    guest_read(g, VFIO_REGION_CONFIG, 0, config, sizeof config);
    guest_must(config[RL_CFG_PCI_CFG + 16] == (word & 0xff),
               "all of configuration space at once");
    for (unsigned i = 0; i < 4; i++)
        guest_must(guest_cfg(g, RL_CFG_PCI_CFG + 16 + i, 1) ==
                       (word >> 8 * i & 0xff),
                   "features by PCI_CFG, byte by byte");
    window_put(g, DRV_C_DEVICE_FEATURE_SELECT, 4, 0);
    guest_must(window_get(g, DRV_C_DEVICE_FEATURE, 4) != 0, "low features");
    for (uint32_t i = 0; i < 2; i++) {
        window_put(g, DRV_C_DRIVER_FEATURE_SELECT, 4, i);
        window_put(g, DRV_C_DRIVER_FEATURE, 4, i ? PACKED | 1 : 0);
    }
}

/* ---- The bridge's side ---- */

struct bench {
    struct guest_process process;
    struct vfio_card card;
    struct port *port;
    struct vfio_server server;
};

static void open_bench(struct bench *b, struct cosim *t)
{
    struct port_options o = {.kind = PORT_LOOP};

    memset(b, 0, sizeof *b);
    scratch_make(&b->process.files);
    b->port = port_new(&o);
    CHECK_EQ(t, vfio_card_open(&b->card, t->rp), 0);
    b->card.d.port = b->port;
}

static void close_bench(struct bench *b)
{
    vfio_card_close(&b->card);
    port_free(b->port);
    scratch_forget(&b->process.files);
}

static int serve(struct bench *b, guest_fn *fn)
{
    struct server_options o = {.socket = b->process.files.socket,
                               .clients = 1,
                               .idle_seconds = 30,
                               .quiet = true};

    guest_process_start(&b->process, fn);
    return vfio_serve(&b->server, &b->card, &o);
}

static void run(struct cosim *t, guest_fn *fn, unsigned frames)
{
    static struct bench b;

    open_bench(&b, t);
    CHECK_EQ(t, serve(&b, fn), 0);
    CHECK_EQ(t, guest_process_status(&b.process), 0);
    CHECK(t, b.card.d.frames_out >= frames);
    CHECK_EQ(t, b.server.session.refused, 0);
    CHECK(t, !frames || b.card.d.watch.used[0] >= frames);
    CHECK(t, !frames || b.card.d.doorbells[1] > 0);
    CHECK_EQ(t, b.server.remarks.count, 0);
    CHECK(t, b.server.slowest_ms < 5000);
    close_bench(&b);
}

static void found(struct cosim *t)
{
    run(t, find_and_reset, 0);
}

static void msix(struct cosim *t)
{
    run(t, frames_with_msix, FRAMES);
}

static void intx(struct cosim *t)
{
    run(t, frames_with_intx, FRAMES);
}

static void remote(struct cosim *t)
{
    run(t, frames_by_messages, FRAMES / 4);
}

static void reboot(struct cosim *t)
{
    run(t, reboots, 3 * FRAMES / 2);
}

static void unmap(struct cosim *t)
{
    run(t, unmaps_under_traffic, FRAMES);
}

static void protect(struct cosim *t)
{
    run(t, protects_its_memory, FRAMES);
}

static void d3(struct cosim *t)
{
    run(t, sleeps_in_d3, FRAMES + 50);
}

static void window(struct cosim *t)
{
    static struct bench b;

    open_bench(&b, t);
    b.card.masked_features = 1ull << DRV_F_IN_ORDER;
    CHECK_EQ(t, serve(&b, negotiates_by_configuration), 0);
    CHECK_EQ(t, guest_process_status(&b.process), 0);
    CHECK_EQ(t, b.card.d.watch.features, (PACKED | 1ull) << 32);
    close_bench(&b);
}

static void devctl(struct cosim *t)
{
    run(t, changes_device_control, FRAMES);
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void idle(struct cosim *t)
{
    static struct bench b;
    double before;
    uint64_t cycles;

    open_bench(&b, t);
    before = cpu_seconds();
    CHECK_EQ(t, serve(&b, does_nothing_for_a_while), 0);
    CHECK_EQ(t, guest_process_status(&b.process), 0);
    cycles = rl_rp_now(t->rp);
    cosim_note("%.2f s of processor time, %llu cycles", cpu_seconds() - before,
               (unsigned long long)cycles);
    CHECK(t, cycles < 1000000); /* two seconds awake are more */
    close_bench(&b);
}

static void silent(struct cosim *t)
{
    static struct bench b;

    open_bench(&b, t);
    CHECK_EQ(t, serve(&b, never_answers), -1);
    CHECK_EQ(t, guest_process_status(&b.process), 0);
    CHECK_EQ(t, b.server.s.errors, 1);
    CHECK(t, strstr(b.server.s.error[0], "does not answer"));
    close_bench(&b);
}

static void play(struct cosim *t, struct bench *b, int expected, uint64_t end)
{
    const char *about;
    const void *image;
    size_t bytes;
    struct recording *r;
    int result;

    CHECK_EQ(t, vfio_card_open(&b->card, t->rp), 0);
    r = recording_open(b->process.files.recording, &about, &image, &bytes);
    CHECK(t, r);
    result = replay_run(&b->card.d, r, 0);
    if (result != expected)
        cosim_note("%s", b->card.d.diverged);
    CHECK_EQ(t, result, expected);
    CHECK_EQ(t, rl_rp_now(t->rp) == end, !expected);
    recording_close(r, 0);
    vfio_card_close(&b->card);
}

static void record_and_replay(struct cosim *t, guest_fn *fn)
{
    static struct bench b;
    uint64_t end;

    open_bench(&b, t);
    b.card.d.record = recording_create(b.process.files.recording, "{}", "", 0);
    CHECK(t, b.card.d.record);
    CHECK_EQ(t, serve(&b, fn), 0);
    CHECK_EQ(t, guest_process_status(&b.process), 0);
    end = rl_rp_now(t->rp);
    CHECK_EQ(t, recording_close(b.card.d.record, end), 0);
    vfio_card_close(&b.card);
    card_close(&t->card);
    CHECK_EQ(t, cosim_power_up(t), 0);
    play(t, &b, 0, end);
    CHECK(t, !t->failed);
    card_close(&t->card);
    CHECK_EQ(t, cosim_power_up(t), 0);
    rl_rp_options(t->rp)->latency_cycles++; /* another link */
    play(t, &b, -1, end);
    port_free(b.port);
    scratch_forget(&b.process.files);
}

static void replayed(struct cosim *t)
{
    record_and_replay(t, frames_with_msix);
}

static void replayed_messages(struct cosim *t)
{
    record_and_replay(t, frames_by_messages);
}

static const struct cosim_case cases[] = {
    {"vfio-user: configuration, BARs, reset by message and by FLR", found},
    {"vfio-user: rings in shared memory, MSI-X by eventfd", msix},
    {"vfio-user: INTx told and unmasked", intx},
    {"vfio-user: memory without an fd, by messages", remote},
    {"vfio-user: reboots over one connection", reboot},
    {"vfio-user: memory unmapped under traffic", unmap},
    {"vfio-user: memory that is only to be read", protect},
    {"vfio-user: D3hot and back", d3},
    {"vfio-user: Device Control is the guest's, the link is ours", devctl},
    {"vfio-user: a driver that has only the PCI_CFG window", window},
    {"vfio-user: the process sleeps while the card does", idle},
    {"vfio-user: a client that does not answer is given up", silent},
    {"replay: a virtual machine's run", replayed},
    {"replay: a run whose memory only messages reached", replayed_messages},
};

COSIM_MAIN(cases)
