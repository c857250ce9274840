/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fuzz target: any access of the host to BAR0 and to PCI_CFG, of any width, and
 * what else the endpoint tells: function level resets, bus mastering, power
 * states, MSI-X. After each step the registers must show a state that the
 * specification knows and that follows from the one before; each access is
 * answered in few turns; DMA is watched by oracle.h; in the end a driver that
 * keeps the rules finds a new card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../firmware/main.h"
#include "host.h"
#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_STEPS = 200, QUEUES_SEEN = 12, PLACES = 8 };
enum { CAP_DW = (RL_CFG_PCI_CFG - RL_CFG_VIRTIO_FIRST) / 4 };

/* Each step is a byte of these and what stands beside it, little-endian. */
enum step {
    STEP_COMMON,  /* u8 offset; u8 byte enables; u32 data: a write */
    STEP_BAR0,    /* u16 offset; u8 byte enables, bit 4: read; u32 data */
    STEP_READS,   /* u8 count; u16 offset of the first */
    STEP_WINDOW,  /* u8 bar; u32 offset; u8 length: fields of PCI_CFG */
    STEP_PCI_CFG, /* u8 bit 0: read; u32 data: its data dword */
    STEP_QUEUE,   /* u8 queue; u8 size; u8 place: set up and enabled */
    /* u8 how, u32, u32: accepted, then FEATURES_OK; how & 1: of those only that
     * are offered, and those that a ring needs; & 2: behind a reset; & 4: then
     * DRIVER_OK */
    STEP_FEATURES,
    STEP_DOORBELL, /* u8 queue */
    STEP_DMA,      /* u8: turns and steps of all engines */
    STEP_EVENT,    /* u8: see event() */
    STEP_FRAME,
    STEP_STATUS, /* u8: device_status, added to what it is; 0: a reset */
    STEPS,
};

/* How far inputs came: printed in the end. */
static struct {
    unsigned long inputs, features_ok, driver_ok, steps, steps_running;
} reached;
static bool saw_features_ok, saw_driver_ok;

/* What the registers showed. */
static struct view {
    uint8_t status;
    uint64_t accepted;
    struct {
        bool enabled;
        uint16_t size;
        uint64_t addr[3];
    } queue[QUEUES_SEEN];
} before;

static uint64_t offered;
static uint32_t queues;

/* ---- What must be so ---- */

static uint64_t accepted(void)
{
    uint64_t low;

    host_write(REG_DRIVER_FEATURE_SELECT, 4, 0);
    low = host_read(REG_DRIVER_FEATURE, 4);
    host_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    return low | (uint64_t)host_read(REG_DRIVER_FEATURE, 4) << 32;
}

static void check_status(const struct view *now)
{
    uint8_t s = now->status, was = before.status;

    must((s & 0x30) == 0, "a reserved status bit");
    must(s == 0 || (was & ~s) == 0, "a status bit was taken away");
    must(!(s & ST_DRIVER_OK) || (s & ST_FEATURES_OK),
         "DRIVER_OK without FEATURES_OK");
    if (!(s & ST_FEATURES_OK))
        return;
    must((now->accepted & ~offered) == 0, "a feature that was not offered");
    must((now->accepted & F_VERSION_1) && (now->accepted & F_PACKED),
         "features that a ring needs are missing");
    must(!(now->accepted & F_NET_MQ) || (now->accepted & F_NET_CTRL_VQ),
         "MQ without CTRL_VQ");
    must(!(was & ST_FEATURES_OK) || now->accepted == before.accepted,
         "features changed after FEATURES_OK");
}

static void check_vector(uint32_t vector)
{
    must(vector < RL_NUM_VECTORS || vector == 0xffff, "no such vector");
}

/* The queue of queue_select. */
static void look_at_queue(struct view *now, uint16_t i)
{
    uint32_t enable = host_read(REG_QUEUE_ENABLE, 2);

    if (i >= queues) {
        must(host_read(REG_QUEUE_SIZE, 2) == 0 && enable == 0,
             "a queue that does not exist");
        return;
    }
    must(enable <= 1, "queue_enable is neither 0 nor 1");
    must(host_read(REG_QUEUE_NOTIFY_OFF, 2) == i, "queue_notify_off changed");
    check_vector(host_read(REG_QUEUE_VECTOR, 2));
    now->queue[i].enabled = enable == 1;
    now->queue[i].size = (uint16_t)host_read(REG_QUEUE_SIZE, 2);
    for (unsigned n = 0; n < 3; n++)
        now->queue[i].addr[n] = host_read64(REG_QUEUE_DESC + 8 * n);
}

static void check_queue(const struct view *now, uint32_t i)
{
    bool was = before.queue[i].enabled;
    const uint64_t *addr = now->queue[i].addr;

    must(now->queue[i].size >= 1 && now->queue[i].size <= 256, "queue_size");
    if (!now->queue[i].enabled) {
        must(!was || now->status == 0 || (now->accepted & F_RING_RESET),
             "a queue was switched off");
        return;
    }
    must(now->status & ST_FEATURES_OK, "a queue before FEATURES_OK");
    must((addr[0] & 15) == 0 && (addr[1] & 3) == 0 && (addr[2] & 3) == 0,
         "a queue that is not aligned");
    must(!was ||
             (now->queue[i].size == before.queue[i].size &&
              !memcmp(addr, before.queue[i].addr, sizeof(now->queue->addr))),
         "an enabled queue changed");
}

/* Select registers are put back: they belong to the input. False: a reset is
 * under way, nothing can be selected. */
static bool look(struct view *now)
{
    uint32_t select = host_read(REG_QUEUE_SELECT, 2);
    uint32_t feature = host_read(REG_DRIVER_FEATURE_SELECT, 4);

    now->status = (uint8_t)host_read(REG_STATUS, 1);
    for (uint16_t i = 0; i < QUEUES_SEEN; i++) {
        host_write(REG_QUEUE_SELECT, 2, i);
        if (host_read(REG_QUEUE_SELECT, 2) != i)
            return false;
        look_at_queue(now, i);
    }
    now->accepted = accepted();
    host_write(REG_DRIVER_FEATURE_SELECT, 4, feature);
    host_write(REG_QUEUE_SELECT, 2, select);
    return true;
}

static void check(void)
{
    struct view now = {0};

    must(host_read(REG_NUM_QUEUES, 2) == queues, "num_queues changed");
    check_vector(host_read(REG_CONFIG_VECTOR, 2));
    if (!look(&now)) {
        before.status = 0; /* may be 0 at any time from now on */
        memset(before.queue, 0, sizeof(before.queue));
        return;
    }
    check_status(&now);
    for (uint32_t i = 0; i < queues && i < QUEUES_SEEN; i++)
        check_queue(&now, i);
    before = now;
    saw_features_ok |= (now.status & ST_FEATURES_OK) != 0;
    saw_driver_ok |= (now.status & ST_DRIVER_OK) != 0;
    reached.steps++;
    reached.steps_running += (now.status & ST_DRIVER_OK) != 0;
    oracle_observe();
}

/* ---- Accesses ---- */

static uint8_t next_tag;

static void access(bool cfg, bool write, uint32_t addr, uint8_t be,
                   uint32_t data)
{
    struct hal_mbox entry = {.addr = addr & 0x3ffcu,
                             .data = data,
                             .be = be & 0xf,
                             .tag = next_tag++,
                             .write = write,
                             .cfg = cfg};

    if (cfg)
        entry.addr = 0;
    fake_mbox_push(&entry);
    if (fake.mbox_tail - fake.mbox_head == FAKE_MBOX_MAX)
        host_mailbox();
}

static void write_common(struct input *in)
{
    uint8_t offset = take_u8(in) % REG_COMMON_END, be = take_u8(in);

    access(false, true, offset, be, take_u32(in));
}

static void access_bar0(struct input *in)
{
    uint16_t offset = take_u16(in);
    uint8_t be = take_u8(in);

    access(false, !(be & 0x10), offset, be, take_u32(in));
}

static void read_many(struct input *in)
{
    uint8_t count = take_u8(in);
    uint32_t offset = take_u16(in);

    for (unsigned i = 0; i <= count; i++)
        access(false, false, offset + 4 * i, 0xf, 0);
}

static void set_window(struct input *in)
{
    fake.caps[CAP_DW + 1] = take_u8(in);
    fake.caps[CAP_DW + 2] = take_u32(in);
    fake.caps[CAP_DW + 3] = take_u8(in);
}

/* ---- The rest ---- */

static uint64_t place(uint8_t code)
{
    switch (code % PLACES) {
    case 0:
        return UINT64_MAX & ~15ull;
    case 1:
        return 0;
    case 2:
        return HOST_BASE + FAKE_HOST_BYTES - 64;
    default:
        return HOST_BASE + code * 256u;
    }
}

static void set_up_queue(struct input *in)
{
    uint8_t queue = take_u8(in) % QUEUES_SEEN, size = take_u8(in);
    uint8_t code = take_u8(in);
    uint64_t at = place(code), odd = code >> 6 == 3 ? code >> 3 & 7u : 0;

    host_queue(queue, size, at + odd, at, at + 4);
}

static void accept_features(struct input *in)
{
    uint8_t how = take_u8(in);
    uint64_t features = take_u32(in);

    features |= (uint64_t)take_u32(in) << 32;
    if (how & 1)
        features = (features & offered) | F_VERSION_1 | F_PACKED;
    if (how & 2) {
        host_write(REG_STATUS, 1, 0);
        host_settle();
        memset(&before, 0, sizeof(before));
        oracle_observe();
    }
    for (unsigned word = 0; word < 2; word++) {
        host_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        host_write(REG_DRIVER_FEATURE, 4, (uint32_t)(features >> 32 * word));
    }
    host_write(REG_STATUS, 1, ST_FEATURES);
    if (how & 4)
        host_write(REG_STATUS, 1, ST_RUNNING);
}

static void add_status(uint8_t bits)
{
    host_write(REG_STATUS, 1, bits == 0 ? 0 : before.status | bits);
}

static void power(uint32_t state)
{
    fake.pcie_status &= ~RL_PCIE_STATUS_DSTATE_MASK;
    fake.pcie_status |= state << RL_PCIE_STATUS_DSTATE_LSB;
    fake.pcie_events |= RL_PCIE_EVENTS_DSTATE_MASK;
}

static void event(uint8_t which)
{
    switch (which % 8) {
    case 0:
        host_flr();
        memset(&before, 0, sizeof(before));
        break;
    case 1:
    case 2:
        fake_bus_master(which % 8 == 1);
        break;
    case 3:
    case 4:
        fake_msix_enable(which % 8 == 3);
        break;
    case 5:
        power(which >> 3 & 3);
        break;
    case 6:
        fake.msix_masked[(which >> 4) % RL_NUM_VECTORS] = which & 8;
        break;
    default:
        fake.link = which & 8;
        fake_advance(200000);
    }
}

static void dma(uint8_t count)
{
    for (unsigned i = 0; i <= count % 16u; i++) {
        loop_turn();
        oracle_turned();
        if (count & 16)
            fake_fetch_step();
        if (count & 32)
            fake_write_step();
        if (count & 64)
            fake_read_step();
    }
}

static void step_accesses(struct input *in, enum step step)
{
    uint8_t how;

    switch (step) {
    case STEP_COMMON:
        write_common(in);
        break;
    case STEP_BAR0:
        access_bar0(in);
        break;
    case STEP_READS:
        read_many(in);
        break;
    case STEP_WINDOW:
        set_window(in);
        break;
    case STEP_PCI_CFG:
        how = take_u8(in);
        access(true, !(how & 1), 0, 0xf, take_u32(in));
        break;
    default:
        break;
    }
}

static void step(struct input *in)
{
    enum step step = take_u8(in) % STEPS;
    static const uint8_t frame[64];
    uint8_t n;

    switch (step) {
    case STEP_QUEUE:
        set_up_queue(in);
        break;
    case STEP_FEATURES:
        accept_features(in);
        break;
    case STEP_DOORBELL:
        n = take_u8(in) % RL_NUM_QUEUES;
        fake_doorbell(n, n);
        break;
    case STEP_DMA:
        dma(take_u8(in));
        break;
    case STEP_EVENT:
        event(take_u8(in));
        break;
    case STEP_STATUS:
        add_status(take_u8(in));
        break;
    case STEP_FRAME:
        if (fake.frame_tail - fake.frame_head < 64)
            fake_frame(frame, sizeof frame);
        break;
    default:
        step_accesses(in, step);
    }
    host_mailbox();
    check();
}

static void tell(void)
{
    fprintf(stderr,
            "stat: of %lu inputs %lu reached FEATURES_OK, %lu DRIVER_OK; of "
            "%lu steps %lu ended in it\n",
            reached.inputs, reached.features_ok, reached.driver_ok,
            reached.steps, reached.steps_running);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    if (reached.inputs++ == 0)
        (void)atexit(tell);
    saw_features_ok = false;
    saw_driver_ok = false;
    host_power_up();
    memset(&before, 0, sizeof(before));
    offered = host_offered();
    queues = host_read(REG_NUM_QUEUES, 2);
    for (unsigned i = 0; in.left != 0 && i < MOST_STEPS; i++)
        step(&in);
    reached.features_ok += saw_features_ok;
    reached.driver_ok += saw_driver_ok;
    must(host_offered() == offered || host_read(REG_STATUS, 1) != 0,
         "the offer changed");
    host_reset();
    host_expect_silence();
    host_expect_new();
    host_reset();
    return 0;
}
