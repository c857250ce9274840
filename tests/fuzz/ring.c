/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fuzz target: any driver, host and wire, from rings to the network port. The
 * firmware runs above its fake hardware; the input is a row of steps, see enum
 * step. Whatever they are: oracle.h allows each access of the card, nothing
 * hangs, and in the end a driver that keeps the rules finds a new card.
 */
#include <string.h>

#include "../../firmware/main.h"
#include "../../firmware/virtqueue/vq.h"
#include "host.h"
#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MOST_STEPS = 256,
    MOST_FRAMES = 64, /* that wait */
    QUEUES = 9,
    MOST_SIZE = 256,
    COMMAND_BYTES = 64,
};

/* Where things lie in host memory unless a step says otherwise. */
enum {
    RING_BYTES = 0x1000, /* of each queue */
    EVENTS = QUEUES * RING_BYTES,
    EVENT_BYTES = 16, /* of each queue: driver's, then device's */
    BUFFERS = EVENTS + 0x1000,
    BUFFERS_BYTES = FAKE_HOST_BYTES - BUFFERS,
};

/* Device memory as the driver sees it. */
#define WINDOW 0x800000000ull

/* Each step is a byte of these and what stands beside it, little-endian. */
enum step {
    /* u16 features: bits of negotiable[]; u8 queues that are left out, then for
     * each queue u8 size, u8 place. A reset stands before it. */
    STEP_START,
    /* u8 queue; u8 count; u8 flags that are wrong; u16 place; u16 length: as a
     * good driver adds them, one after the other. */
    STEP_ADD,
    STEP_POKE, /* u8 queue; u8 area; u16 offset; u8 n; n bytes */
    /* u8 queue, bit 5: 32 bits wide, bit 6: with the good driver's position;
     * u16 data or the upper half of it */
    STEP_DOORBELL,
    STEP_FRAMES, /* u8 count; u16 bytes */
    STEP_TURNS,  /* u8 turns of the loop */
    STEP_DMA,    /* u8 engine; u8 how often, or lines */
    STEP_SETTLE,
    STEP_FAULT,    /* u8 RL_DMA_*: of a read to come */
    STEP_DEPTH,    /* u8 and u8: command queues */
    STEP_STATUS,   /* u8: device_status; nobody waits */
    STEP_REGISTER, /* u8 offset; u8 width; u32 value: common configuration */
    STEP_FLR,
    STEP_MASTER, /* u8: bus mastering */
    STEP_MSIX,   /* u8 enable; u8 vector; u8 masked */
    STEP_LINK,   /* u8: link of the port; a tick goes by */
    /* u8 class; u8 command; u16 value; u8 how it is cut and what is missing */
    STEP_COMMAND,
    STEP_QUEUE_RESET, /* u8 queue */
    STEP_QUEUE_START, /* u8 queue; u8 size; u8 place */
    /* u8 queue; u8 rounds; u8 descriptors or frames of each; u8 how long it waits
     * between; a driver that keeps the rules, for laps of the
     * ring */
    STEP_TRAFFIC,
    STEPS,
};

enum { NEGOTIABLE = 9, WINDOW_OPENED = 7 };
static const uint64_t negotiable[NEGOTIABLE] = {
    F_IN_ORDER,   F_NET_MRG_RXBUF, F_NET_CTRL_VQ, F_NET_MQ,
    F_INDIRECT,   F_EVENT_IDX,     F_RING_RESET,  0 /* WINDOW_OPENED */,
    F_NOTIF_DATA,
};

/* Where a good driver would go on. */
static struct position {
    uint64_t ring, driver, device;
    uint32_t size, slot;
    bool wrap;
} position[QUEUES];

static uint64_t features;

/* ---- Places ---- */

static uint64_t ring_of(uint32_t queue)
{
    return HOST_BASE + queue * RING_BYTES;
}

static uint64_t buffer_place(uint16_t place)
{
    switch (place >> 8) {
    case 0xff: /* across the end of the address space */
        return UINT64_MAX - (place & 0xff);
    case 0xfe: /* across the end of memory */
        return HOST_BASE + FAKE_HOST_BYTES - (place & 0xff);
    case 0xfd:
        return WINDOW + (place & 0xff) * 64u;
    case 0xfc: /* a ring or event area */
        return HOST_BASE + (place & 0xff) * 256u;
    case 0xfb:
        return place & 0xff;
    default:
        return HOST_BASE + BUFFERS + place % BUFFERS_BYTES;
    }
}

static uint32_t buffer_length(uint16_t length)
{
    if (length >= 0xff00)
        return UINT32_MAX - (length & 0xff);
    return length & 0xfff;
}

static void place_queue(uint32_t queue, uint8_t size, uint8_t place)
{
    struct position *p = &position[queue];

    *p = (struct position){
        .ring = ring_of(queue),
        .driver = HOST_BASE + EVENTS + queue * EVENT_BYTES,
        .size = size == 0 ? MOST_SIZE : size,
        .wrap = true,
    };
    p->device = p->driver + 4;
    if (place & 0x80) /* over another ring, or over buffers */
        p->ring = HOST_BASE + (place & 0x7fu) * 1024u;
    else if (place & 0x40)
        p->ring = WINDOW + queue * RING_BYTES;
    if ((place & 0x81) == 0x01)
        p->driver = p->ring + (place & 0x3cu);
    if ((place & 0x82) == 0x02)
        p->device = UINT64_MAX - 3;
    if ((place & 0x84) == 0x04)
        p->ring = HOST_BASE + FAKE_HOST_BYTES - (place & 0x38u) * 16u;
}

/* ---- Drivers ---- */

static void start_queue(struct input *in, uint16_t queue)
{
    struct position *p = &position[queue];
    uint8_t size = take_u8(in);

    place_queue(queue, size, take_u8(in));
    host_queue(queue, (uint16_t)p->size, p->ring, p->driver, p->device);
}

static void start(struct input *in)
{
    uint16_t bits = take_u16(in);
    uint8_t without = take_u8(in);

    host_write(REG_STATUS, 1, 0);
    oracle_observe();
    host_settle();
    features = F_VERSION_1 | F_PACKED;
    for (unsigned i = 0; i < NEGOTIABLE; i++)
        if (bits & (1u << i))
            features |= negotiable[i];
    host_write64(RL_BAR0_VENDOR + RL_VENDOR_WIN_LO, WINDOW);
    host_write(RL_BAR0_VENDOR + RL_VENDOR_WIN_CTRL, 4,
               bits >> WINDOW_OPENED & 1u);
    host_negotiate(features);
    for (uint16_t queue = 0; queue < QUEUES; queue++)
        if (queue == 8 || !(without & (1u << queue)))
            start_queue(in, queue);
    host_write(REG_STATUS, 1, ST_RUNNING);
    oracle_observe();
}

static void add_one(struct position *p, uint64_t addr, uint32_t len,
                    uint16_t flags)
{
    if (p->size == 0)
        return;
    flags ^= p->wrap ? DESC_AVAIL : DESC_USED;
    host_desc(p->ring + 16u * p->slot, addr, len, (uint16_t)p->slot, flags);
    if (++p->slot == p->size) {
        p->slot = 0;
        p->wrap = !p->wrap;
    }
}

/* As a good driver rings. */
static void ring_doorbell(uint32_t queue)
{
    const struct position *p = &position[queue];

    if (features & F_NOTIF_DATA)
        fake_doorbell_wide(queue,
                           queue | p->slot << 16 | (uint32_t)p->wrap << 31);
    else
        fake_doorbell(queue, queue);
}

static void doorbell(struct input *in)
{
    uint8_t how = take_u8(in);
    uint32_t queue = how % RL_NUM_QUEUES, data = take_u16(in);

    if ((how & 0x40) && queue < QUEUES)
        ring_doorbell(queue);
    else if (how & 0x20)
        fake_doorbell_wide(queue, queue | data << 16);
    else
        fake_doorbell(queue, data);
}

/* Descriptors in device memory are written where that is. */
static void add(struct input *in)
{
    uint32_t queue = take_u8(in) % QUEUES;
    uint8_t count = take_u8(in), odd = take_u8(in);
    uint64_t addr = buffer_place(take_u16(in));
    uint32_t len = buffer_length(take_u16(in));
    uint16_t flags = queue & 1 || queue == 8 ? 0 : DESC_WRITE;

    flags ^=
        (odd & 7u) | (odd & 8u ? DESC_AVAIL : 0) | (odd & 16u ? DESC_USED : 0);
    for (unsigned i = 0; i <= count % 64u; i++)
        add_one(&position[queue], addr + (odd & 32u ? i * len : 0), len,
                (uint16_t)(i == count % 64u
                               ? flags & ~(odd & 64u ? DESC_NEXT : 0)
                               : flags));
    if (odd & 128u)
        ring_doorbell(queue);
}

static void poke(struct input *in)
{
    const struct position *p = &position[take_u8(in) % QUEUES];
    uint8_t area = take_u8(in);
    uint16_t offset = take_u16(in);
    uint8_t n = take_u8(in) % 65, bytes[64];
    uint64_t at;

    switch (area % 4) {
    case 0:
        at = p->ring + (p->size ? offset % (16u * p->size) : 0);
        break;
    case 1:
        at = p->driver + offset % 4u;
        break;
    case 2:
        at = p->device + offset % 4u;
        break;
    default:
        at = HOST_BASE + offset % FAKE_HOST_BYTES;
    }
    take(in, bytes, n);
    if (n == 0)
        return;
    if (host_memory(at, n))
        memcpy(fake_at(at, n), bytes, n);
    else if (at - WINDOW < RL_DEVMEM_BYTES - sizeof bytes)
        memcpy(fake.devmem + (at - WINDOW), bytes, n);
}

/* A command in up to three pieces, then the byte for its answer. */
static void command(struct input *in)
{
    uint32_t queue = features & F_NET_MQ ? 8 : 2;
    struct position *p = &position[queue];
    uint64_t at = HOST_BASE + BUFFERS + p->slot % 16u * COMMAND_BYTES;
    uint8_t bytes[4], how;

    take(in, bytes, sizeof bytes);
    how = take_u8(in);
    memcpy(fake_at(at, 4), bytes, 4);
    add_one(p, at, how & 3u, DESC_NEXT);
    if (how & 4)
        add_one(p, at, 0, DESC_NEXT);
    add_one(p, at + (how & 3u), (how & 8 ? 1 : 4u - (how & 3u)), DESC_NEXT);
    if (how & 16)
        add_one(p, at + 40, 0, DESC_WRITE | DESC_NEXT);
    add_one(p, at + 32 + (how >> 6), how & 32 ? 0 : 1, DESC_WRITE);
    ring_doorbell(queue);
}

/* ---- Host and wire ---- */

static void frames(struct input *in)
{
    uint8_t count = take_u8(in) % 8;
    uint16_t bytes = (uint16_t)(take_u16(in) % RL_MAX_FRAME + 1);
    uint8_t data[RL_MAX_FRAME];

    for (unsigned i = 0; i <= count; i++) {
        if (fake.frame_tail - fake.frame_head >= MOST_FRAMES)
            return;
        memset(data, (int)i, sizeof data);
        data[5] = (uint8_t)(i * 16); /* another flow */
        fake_frame(data, bytes);
    }
}

static void turns(unsigned count)
{
    while (count-- != 0) {
        loop_turn();
        oracle_turned();
    }
}

static void dma(struct input *in)
{
    uint8_t engine = take_u8(in), count = take_u8(in);

    if (engine % 4 == 0) {
        if (fake.fetches.count != 0)
            fake_fetch_sample(engine / 4u % fake.fetches.count, count);
        return;
    }
    for (unsigned i = 0; i <= count % 16u; i++) {
        if (engine % 4 == 1)
            fake_fetch_step();
        else if (engine % 4 == 2)
            fake_read_step();
        else
            fake_write_step();
    }
}

/* Slots that the device says it has given back. */
static uint32_t free_slots(uint32_t queue)
{
    const struct position *p = &position[queue];
    uint32_t select = host_read(REG_QUEUE_SELECT, 2);
    uint32_t used, taken;

    host_write(REG_QUEUE_SELECT, 2, queue);
    used = host_read(RL_BAR0_VENDOR + RL_VENDOR_QUEUE_POSITION, 4) >> 16;
    host_write(REG_QUEUE_SELECT, 2, select);
    taken = p->slot - (used & 0x7fffu);
    if (p->wrap != (used >> 15 != 0))
        taken += p->size;
    return taken <= p->size ? p->size - taken : 0;
}

/* A good buffer, or with tables one of up to 8 elements. */
static void add_good(uint32_t queue, uint32_t n, uint16_t flags, bool tables)
{
    uint64_t table = buffer_place((uint16_t)(0x8000 + n * 128));
    uint64_t addr = buffer_place((uint16_t)(n * 128));
    uint32_t entries = n % 8 + 1, len = 112 / entries;

    if (!tables) {
        add_one(&position[queue], addr, 112, flags);
        return;
    }
    for (uint32_t i = 0; i < entries; i++)
        host_desc(table + 16 * i, addr + i * len, len, 0, flags);
    add_one(&position[queue], table, 16 * entries, DESC_INDIRECT);
}

static void traffic(struct input *in)
{
    static const uint8_t frame[60];
    uint32_t queue = take_u8(in) % QUEUES;
    uint32_t rounds = take_u8(in) % 8u, most = take_u8(in) % 64u;
    uint8_t wait = take_u8(in);
    bool receive = !(queue & 1) && queue != 8;

    for (uint32_t i = 0; i <= rounds; i++) {
        uint32_t n = free_slots(queue);

        for (n = n < most ? n : most; n != 0; n--)
            add_good(queue, n, receive ? DESC_WRITE : 0,
                     (wait & 0x40) && (features & F_INDIRECT));
        ring_doorbell(queue);
        if (wait & 0x80) /* before frames come all is fetched */
            host_settle();
        for (n = 0; receive && n < most && i * 16 < wait; n++)
            if (fake.frame_tail - fake.frame_head < MOST_FRAMES)
                fake_frame(frame, sizeof frame);
        turns(1u + wait % 4u);
        if (wait & 4)
            host_settle();
        else if (wait & 8)
            fake_drain();
    }
}

static void fault(uint8_t status)
{
    static const uint32_t faults[] = {RL_DMA_UR, RL_DMA_CA, RL_DMA_POISON,
                                      RL_DMA_TIMEOUT};

    fake.read_fault = faults[status % 4];
}

static void write_register(struct input *in)
{
    uint8_t offset = take_u8(in) % REG_COMMON_END;
    unsigned bytes = 1u << take_u8(in) % 3;

    host_write(offset & ~(bytes - 1), bytes, take_u32(in));
    oracle_observe();
}

static void msix(struct input *in)
{
    fake_msix_enable(take_u8(in) & 1);
    fake.msix_masked[take_u8(in) % RL_NUM_VECTORS] = take_u8(in) & 1;
}

static void link(uint8_t up)
{
    fake.link = up & 1;
    fake_advance(200000);
}

static void function_level_reset(void)
{
    host_flr();
    fake_bus_master(true);
    fake_msix_enable(true);
}

static void queue_write(uint16_t queue, uint32_t reg, uint16_t value)
{
    host_write(REG_QUEUE_SELECT, 2, queue);
    host_write(reg, 2, value);
    oracle_observe();
}

/* ---- Steps ---- */

static void step_registers(struct input *in, enum step step)
{
    uint16_t queue;

    switch (step) {
    case STEP_START:
        start(in);
        break;
    case STEP_STATUS:
        host_write(REG_STATUS, 1, take_u8(in));
        oracle_observe();
        break;
    case STEP_REGISTER:
        write_register(in);
        break;
    case STEP_FLR:
        function_level_reset();
        break;
    case STEP_QUEUE_RESET:
        queue_write(take_u8(in) % QUEUES, REG_QUEUE_RESET, 1);
        break;
    case STEP_QUEUE_START:
        queue = take_u8(in) % QUEUES;
        start_queue(in, queue);
        oracle_observe();
        break;
    default:
        break;
    }
}

static void step_host(struct input *in, enum step step)
{
    switch (step) {
    case STEP_FAULT:
        fault(take_u8(in));
        break;
    case STEP_DEPTH:
        fake.rd_depth = 1 + take_u8(in) % (uint32_t)RL_CMD_DEPTH;
        fake.wr_depth = 2 + take_u8(in) % (uint32_t)(RL_CMD_DEPTH - 1);
        break;
    case STEP_MASTER:
        fake_bus_master(take_u8(in) & 1);
        break;
    case STEP_MSIX:
        msix(in);
        break;
    case STEP_LINK:
        link(take_u8(in));
        break;
    default:
        step_registers(in, step);
    }
}

static void step(struct input *in)
{
    enum step step = take_u8(in) % STEPS;

    switch (step) {
    case STEP_ADD:
        add(in);
        break;
    case STEP_POKE:
        poke(in);
        break;
    case STEP_DOORBELL:
        doorbell(in);
        break;
    case STEP_FRAMES:
        frames(in);
        break;
    case STEP_TURNS:
        turns(take_u8(in) % 8u + 1);
        break;
    case STEP_DMA:
        dma(in);
        break;
    case STEP_SETTLE:
        host_settle();
        break;
    case STEP_COMMAND:
        command(in);
        break;
    case STEP_TRAFFIC:
        traffic(in);
        break;
    default:
        step_host(in, step);
    }
}

/* Where copies of descriptors will lie, local memory holds some already, which
 * would be good ones at this wrap counter: nobody may take them for what was
 * fetched. */
static void leave_behind(bool wrap)
{
    for (uint32_t queue = 0; queue < VQ_MAX_QUEUES; queue++)
        for (uint32_t slot = 0; slot < VQ_MAX_SIZE; slot++) {
            uint8_t *p = fake.lmem + VQ_LMEM_RING(queue) + 16 * slot;

            put(p, HOST_BASE, 8);
            put(p + 8, 1000, 4);
            put(p + 12, slot, 2);
            put(p + 14,
                (wrap ? DESC_AVAIL : DESC_USED) | (queue & 1 ? 0 : DESC_WRITE),
                2);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    host_power_up();
    leave_behind(!(take_u8(&in) & 1));
    memset(position, 0, sizeof(position));
    start(&in);
    for (unsigned i = 0; in.left != 0 && i < MOST_STEPS; i++)
        step(&in);
    host_reset();
    host_expect_silence();
    host_expect_new();
    host_reset();
    return 0;
}
