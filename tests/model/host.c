/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "host.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "../../firmware/hal/host/hal_fake.h"
#include "../../firmware/main.h"
#include "../../firmware/virtio/transport.h"

#define HOST_BASE 0x12345600000ull
enum {
    RX = 0,
    TX = 1,
    BUFFERS = 256,
    AREA_BYTES = 0x180000, /* of one queue: ring, events, tables, buffers */
    AREA_DRIVER = 0x1010,
    AREA_DEVICE = 0x1034,
    AREA_TABLES = 0x2008, /* tables need no alignment */
    AREA_DATA = 0x20000,
    DATA_BYTES = 0x1000,
    HDR_BYTES = 12,
    FRAME_MIN = 14,
    FRAME_MAX = 1514,
};
#define NET_F_MRG_RXBUF (1ull << 15)

/* Common configuration, byte offsets in BAR0. */
enum {
    REG_FEATURE_SELECT = 0x00,
    REG_FEATURE = 0x04,
    REG_DRIVER_FEATURE_SELECT = 0x08,
    REG_DRIVER_FEATURE = 0x0c,
    REG_STATUS = 0x14,
    REG_QUEUE_SELECT = 0x16,
    REG_QUEUE_SIZE = 0x18,
    REG_QUEUE_VECTOR = 0x1a,
    REG_QUEUE_ENABLE = 0x1c,
    REG_QUEUE_ADDR = 0x20,
    REG_QUEUE_RESET = 0x3a,
};

struct queue {
    struct ring_rules rules;
    struct ring_model model;
    struct ring_driver driver;
    uint64_t base;
    uint32_t index;
    bool busy[BUFFERS];
    bool live, irq, bell;
    bool away;         /* being reset, or not enabled again yet */
    uint16_t position; /* of the doorbell on its way */
    uint16_t merge;    /* buffers of the packet at hand that must follow ... */
    uint32_t bytes;    /* ... and what is in them */
};

const char *host_fault;
bool host_tell;
static struct host_config config;
static struct queue queues[2];
static struct queue *now; /* whose driver is at work */
static jmp_buf out;

static void fail(const char *why)
{
    if (!host_fault)
        host_fault = why;
}

static void check(const char *why)
{
    if (why)
        fail(why);
}

static void on_misuse(const char *message)
{
    static char text[128];

    snprintf(text, sizeof text, "hal: %s", message);
    fail(text);
    longjmp(out, 1);
}

uint32_t host_draw(struct host_draw *d, uint32_t below)
{
    d->state = d->state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(d->state >> 33) % below;
}

/* fake_random_step() takes a plain function. */
static struct host_draw fake_state;

static uint32_t fake_draw(void)
{
    return host_draw(&fake_state, 1u << 30);
}

/* ---- Registers ----------------------------------------------------------------- */

static void mailbox(struct hal_mbox entry)
{
    fake_mbox_push(&entry);
    for (int i = 0; i < 100 && fake.mbox_head != fake.mbox_tail; i++)
        loop_turn();
}

static void reg_write(uint32_t addr, uint32_t bytes, uint32_t value)
{
    uint32_t lane = addr & 3u;

    mailbox((struct hal_mbox){.addr = addr & ~3u,
                              .data = value << (8 * lane),
                              .be = (uint8_t)(((1u << bytes) - 1) << lane),
                              .write = true});
}

static uint32_t reg_read(uint32_t addr, uint32_t bytes)
{
    static uint8_t tag;
    uint32_t lane = addr & 3u;

    tag++;
    mailbox((struct hal_mbox){.addr = addr & ~3u,
                              .be = (uint8_t)(((1u << bytes) - 1) << lane),
                              .tag = tag});
    for (int i = 0; i < 100 && !fake.tag_answered[tag]; i++)
        loop_turn();
    return fake.tag_data[tag] >> (8 * lane) & (0xffffffffu >> (32 - 8 * bytes));
}

static uint8_t status(void)
{
    return (uint8_t)reg_read(REG_STATUS, 1);
}

uint64_t host_offered(void)
{
    uint64_t features;

    fake_reset(HOST_BASE);
    loop_start(&virtio_net_ops, 1);
    reg_write(REG_FEATURE_SELECT, 4, 0);
    features = reg_read(REG_FEATURE, 4);
    reg_write(REG_FEATURE_SELECT, 4, 1);
    return features | (uint64_t)reg_read(REG_FEATURE, 4) << 32;
}

static void negotiate(uint64_t features)
{
    uint8_t s = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

    reg_write(REG_STATUS, 1, s);
    for (uint32_t word = 0; word < 2; word++) {
        reg_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        reg_write(REG_DRIVER_FEATURE, 4, (uint32_t)(features >> (32 * word)));
    }
    reg_write(REG_STATUS, 1, s | VIRTIO_STATUS_FEATURES_OK);
    if (!(status() & VIRTIO_STATUS_FEATURES_OK))
        fail("features were not accepted");
}

static void write64(uint32_t addr, uint64_t value)
{
    reg_write(addr, 4, (uint32_t)value);
    reg_write(addr + 4, 4, (uint32_t)(value >> 32));
}

/* ---- Queues --------------------------------------------------------------------- */

static const void *rule_at(uint64_t addr, uint32_t bytes)
{
    return fake_at(addr, bytes);
}

static void queue_set(struct queue *q, uint32_t index, uint16_t size)
{
    struct ring_rules *r = &q->rules;

    memset(q, 0, sizeof *q);
    q->index = index;
    q->base = HOST_BASE + index * (uint64_t)AREA_BYTES;
    r->size = size;
    r->in_order = (config.features & VIRTIO_F_IN_ORDER) != 0;
    r->indirect = (config.features & VIRTIO_F_INDIRECT_DESC) != 0;
    r->event_idx = (config.features & VIRTIO_F_EVENT_IDX) != 0;
    r->desc_addr = q->base + 16; /* not at the start of a line */
    r->driver_addr = q->base + AREA_DRIVER;
    r->device_addr = q->base + AREA_DEVICE;
    r->at = rule_at;
    memset(fake_at(q->base, AREA_TABLES), 0, AREA_TABLES);
    ring_model_init(&q->model);
    ring_driver_init(&q->driver, r);
}

static void queue_enable(struct queue *q)
{
    reg_write(REG_QUEUE_SELECT, 2, q->index);
    reg_write(REG_QUEUE_SIZE, 2, q->rules.size);
    reg_write(REG_QUEUE_VECTOR, 2, q->index + 1);
    write64(REG_QUEUE_ADDR, q->rules.desc_addr);
    write64(REG_QUEUE_ADDR + 8, q->rules.driver_addr);
    write64(REG_QUEUE_ADDR + 16, q->rules.device_addr);
    q->live = true;
    reg_write(REG_QUEUE_ENABLE, 2, 1);
}

static void driver_init(void)
{
    negotiate(config.features);
    for (uint32_t i = 0; i < 2; i++) {
        queue_set(&queues[i], i, config.size[i]);
        queue_enable(&queues[i]);
    }
    reg_write(REG_STATUS, 1,
              VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
                  VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK);
}

/* Once status reads 0 the device may not touch memory any more. */
static void driver_reset(uint32_t word)
{
    if (word & 0x100u)
        reg_write(REG_STATUS, 1, VIRTIO_STATUS_FAILED | 0xfu);
    reg_write(REG_STATUS, 1, 0);
    fake_state.state = word;
    for (int i = 0; i < 10000 && status() != 0; i++)
        (void)fake_random_step(fake_draw);
    if (status() != 0)
        fail("reset never ends");
    queues[RX].live = queues[TX].live = false;
    for (int i = 0; i < 100; i++)
        (void)fake_random_step(fake_draw);
    driver_init();
}

/* RING_RESET: from now on the driver does nothing with the queue. */
static void queue_reset(struct queue *q)
{
    if (host_tell)
        printf("#   queue %u is reset\n", q->index);
    q->away = true;
    q->bell = false;
    reg_write(REG_QUEUE_SELECT, 2, q->index);
    reg_write(REG_QUEUE_RESET, 2, 1);
}

/* Once queue_reset reads 0 the device may not touch its memory any more, and the
 * driver sets it up anew. True: it has. */
static bool queue_return(struct queue *q, uint16_t size)
{
    reg_write(REG_QUEUE_SELECT, 2, q->index);
    if (q->live && reg_read(REG_QUEUE_RESET, 2) != 0)
        return false;
    if (reg_read(REG_QUEUE_ENABLE, 2) != 0)
        fail("queue_enable reads 1 behind a reset");
    if (q->live) {
        q->live = false; /* and enabled in another step */
        return false;
    }
    if (host_tell)
        printf("#   queue %u is enabled again, size %u\n", q->index, size);
    queue_set(q, q->index, size);
    queue_enable(q);
    return true;
}

/* What the device does, in the order in which it happens. */
static void on_log(const struct fake_log *entry, const void *data)
{
    uint32_t index =
        entry->kind == FAKE_MSIX ? (uint32_t)entry->addr - 1 : entry->queue;
    struct queue *q = &queues[index & 1u];

    if (index > 1 || entry->kind >= FAKE_DROPPED)
        return;
    if (!q->live)
        fail("device touched memory of a queue that is not live");
    else if (entry->kind == FAKE_MSIX) {
        q->irq = true;
        ring_model_notified(&q->model);
    } else if (entry->kind == FAKE_FETCH || entry->kind == FAKE_GATHER)
        check(ring_model_device_read(&q->model, &q->rules, entry->addr,
                                     entry->len, data));
    else
        check(ring_model_device_wrote(&q->model, &q->rules, entry->addr,
                                      entry->len, data));
}

/* ---- Driver's world --------------------------------------------------------------- */

static void on_store(uint64_t addr, const void *from, uint32_t bytes)
{
    memcpy(fake_at(addr, bytes), from, bytes);
    check(ring_model_driver_wrote(&now->model, &now->rules, addr, bytes));
}

static void on_load(uint64_t addr, void *to, uint32_t bytes)
{
    memcpy(to, fake_at(addr, bytes), bytes);
}

static void on_doorbell(uint16_t position)
{
    now->bell = true;
    now->position = position;
}

static uint16_t id_of(uint32_t buffer)
{
    return (uint16_t)(buffer * 257u + 0x7fu);
}

static uint32_t buffer_of(uint16_t id)
{
    return (uint16_t)(id - 0x7fu) / 257u;
}

static uint64_t data_of(const struct queue *q, uint32_t buffer)
{
    return q->base + AREA_DATA + (uint64_t)DATA_BYTES * buffer;
}

/* A frame says how long it is (frame()), so one under the length of another, or
 * behind another one's beginning, is seen. */
static void packet_begins(uint32_t buffer, uint32_t len)
{
    uint16_t more, bytes;

    memcpy(&more, fake_at(data_of(now, buffer) + 10, 2), 2);
    memcpy(&bytes, fake_at(data_of(now, buffer) + HDR_BYTES, 2), 2);
    if (len < HDR_BYTES || more == 0 || more > now->rules.size)
        fail("a received packet has no good header");
    else
        now->merge = more;
    now->bytes = HDR_BYTES + (uint32_t)bytes;
}

/* "num_buffers": the packet's other buffers must be used by now. */
static void on_back(uint16_t id, bool skipped, uint32_t len)
{
    uint32_t buffer = buffer_of(id);

    check(ring_model_driver_saw(&now->model, id, skipped, len));
    now->busy[buffer] = false;
    if (now->index != RX || host_fault)
        return;
    if (now->merge == 0)
        packet_begins(buffer, len);
    now->bytes -= len;
    if (--now->merge == 0 && now->bytes != 0)
        fail("a received packet is not as long as its frame");
}

static struct ring_driver_env env = {
    .store = on_store,
    .load = on_load,
    .doorbell = on_doorbell,
    .back = on_back,
    .broken = fail,
};

/* Splits `bytes` at random; the first piece has a header's length at least, and
 * some are empty. */
static void split(struct ring_driver_buffer *b, struct host_draw *d,
                  uint64_t addr, uint32_t bytes, uint16_t flags)
{
    uint32_t first = HDR_BYTES;

    for (uint16_t i = 0; i < b->elements; i++) {
        uint32_t left = bytes - first;
        uint32_t n = host_draw(d, 4) ? host_draw(d, left + 1) : 0;

        if (i + 1 == b->elements)
            n = left;
        b->element[i] = (struct ring_desc){addr, first + n, 0, flags};
        addr += first + n;
        bytes -= first + n;
        first = 0;
    }
}

static uint32_t buffer_bytes(const struct queue *q, struct host_draw *d)
{
    if (q->index == TX)
        return HDR_BYTES + FRAME_MIN + host_draw(d, 300);
    if (config.features & NET_F_MRG_RXBUF)
        return HDR_BYTES + FRAME_MIN + host_draw(d, 900);
    return HDR_BYTES + FRAME_MAX + host_draw(d, 100);
}

static void driver_add(struct queue *q, struct host_draw *d)
{
    struct ring_driver_buffer b = {0};
    uint32_t buffer = 0, most = RING_ELEMENTS;
    uint64_t addr;

    while (buffer < BUFFERS && q->busy[buffer])
        buffer++;
    if (buffer == BUFFERS)
        return;
    if (most > q->rules.size)
        most = q->rules.size;
    b.id = id_of(buffer);
    b.elements = (uint16_t)(host_draw(d, 2) ? 1 : 1 + host_draw(d, most));
    if (q->rules.indirect && host_draw(d, 3) == 0)
        b.table = q->base + AREA_TABLES + 16u * RING_ELEMENTS * buffer;
    addr = data_of(q, buffer);
    split(&b, d, addr, buffer_bytes(q, d), q->index == RX ? RING_WRITE : 0);
    if (!ring_driver_add(&q->driver, &q->rules, &b))
        return;
    q->busy[buffer] = true;
    if (b.table)
        memcpy(fake_at(b.table, 16u * b.elements), b.element, 16u * b.elements);
}

static void driver_event(struct queue *q, struct host_draw *d, bool sleep)
{
    struct ring_event e = {0, RING_EVENT_ENABLE};
    uint32_t out_slots = (uint32_t)q->rules.size - q->driver.free_slots;
    struct ring_place p = q->driver.used;

    if (!sleep && host_draw(d, 2))
        e.flags = RING_EVENT_DISABLE;
    else if (q->rules.event_idx && out_slots != 0 && host_draw(d, 3)) {
        ring_place_move(&p, q->rules.size,
                        q->driver.staged_slots == 0 ? host_draw(d, out_slots)
                                                    : 0);
        e.position = (uint16_t)(p.slot | p.wrap << 15);
        e.flags = RING_EVENT_DESC;
    }
    if (sleep)
        q->irq = false;
    ring_driver_event(&q->driver, &env, e, sleep);
}

static void driver_choose(struct queue *q, struct host_draw *d)
{
    uint32_t what = host_draw(d, 16);

    if (what < 6)
        driver_add(q, d);
    else if (what < 9 && q->driver.staged_slots != 0)
        ring_driver_publish(&q->driver);
    else if (what < 13 && q->driver.records != 0)
        ring_driver_look(&q->driver);
    else if (what == 13)
        driver_event(q, d, false);
    else if (what == 14 && q->driver.staged_slots == 0 &&
             q->driver.records != 0)
        driver_event(q, d, true);
}

static void driver_step(struct queue *q, struct host_draw *d)
{
    static const char *const doing[] = {"chooses",
                                        "stores a member",
                                        "stores a member's body",
                                        "stores a head's body",
                                        "stores a head's flags",
                                        "reads the event area",
                                        "looks",
                                        "takes a used descriptor",
                                        "looks before sleep",
                                        "sleeps"};

    if (q->away)
        return;
    now = q;
    env.rules = &q->rules;
    if (host_tell)
        printf("#   %s driver %s\n", q->index ? "tx" : "rx",
               doing[q->driver.pc]);
    if (q->driver.pc == RING_FREE)
        driver_choose(q, d);
    else if (q->driver.pc != RING_ASLEEP)
        ring_driver_step(&q->driver, &env);
    else if (q->irq) {
        q->irq = false;
        ring_driver_wake(&q->driver);
    }
    while (q->merge != 0 && !host_fault) {
        ring_driver_look(&q->driver);
        ring_driver_step(&q->driver, &env);
        if (q->driver.pc != RING_TAKE)
            fail("first buffer of a packet was used before another of it");
        else
            ring_driver_step(&q->driver, &env);
    }
}

/* ---- Steps --------------------------------------------------------------------------- */

static void doorbell(struct queue *q)
{
    if (!q->bell)
        return;
    if (host_tell)
        printf("#   doorbell of queue %u\n", q->index);
    q->bell = false;
    if (config.features & VIRTIO_F_NOTIFICATION_DATA)
        fake_doorbell_wide(q->index, q->index | (uint32_t)q->position << 16);
    else
        fake_doorbell(q->index, q->index);
}

static void frame(uint32_t bytes)
{
    static uint8_t data[FRAME_MAX];

    data[0] = (uint8_t)bytes;
    data[1] = (uint8_t)(bytes >> 8);
    if (fake.frame_tail - fake.frame_head < 64)
        fake_frame(data, bytes);
}

static void dma(uint32_t word)
{
    uint32_t before = fake.log_count;

    fake_state.state = word;
    (void)fake_random_step(fake_draw);
    for (uint32_t i = before; host_tell && i < fake.log_count; i++)
        printf("#   dma of queue %u: kind %u, 0x%llx, %u bytes\n",
               fake.log[i].queue, fake.log[i].kind,
               (unsigned long long)(fake.log[i].addr - HOST_BASE),
               fake.log[i].len);
}

static uint16_t other_size(const struct queue *q, struct host_draw *d)
{
    uint16_t size = config.size[q->index];

    return host_draw(d, 2) ? size : (uint16_t)(1 + host_draw(d, size));
}

/* A reset, or what is left of one; a doorbell of a queue that is away, too. */
static void step_queue_reset(struct queue *q, struct host_draw *d)
{
    if (!(config.features & VIRTIO_F_RING_RESET))
        return;
    if (!q->away && host_draw(d, 5) == 0)
        queue_reset(q);
    else if (q->away && host_draw(d, 4) == 0)
        fake_doorbell(q->index, q->index);
    else if (q->away)
        (void)queue_return(q, other_size(q, d));
}

static void step_any(uint32_t word)
{
    struct host_draw d = {word};
    uint32_t what = host_draw(&d, 102);

    if (what < 30)
        loop_turn();
    else if (what < 58)
        dma(word);
    else if (what < 94)
        driver_step(&queues[host_draw(&d, 2)], &d);
    else if (what < 96)
        doorbell(&queues[host_draw(&d, 2)]);
    else if (what < 98)
        frame(FRAME_MIN + host_draw(&d, FRAME_MAX - FRAME_MIN + 1));
    else if (what == 98)
        fake_advance(host_draw(&d, 200000));
    else if (what > 99)
        step_queue_reset(&queues[host_draw(&d, 2)], &d);
    else if (host_draw(&d, 30) == 0)
        driver_reset(word);
}

static void check_card(void)
{
    for (uint32_t i = 0; i < 2; i++)
        if (transport_queues[i].state == VQ_BROKEN)
            fail("queue marked broken under an honest driver");
}

void host_step(uint32_t word)
{
    if (setjmp(out) != 0)
        return;
    step_any(word);
    check_card();
}

void host_start(const struct host_config *c)
{
    host_fault = NULL;
    config = *c;
    env.flags_first = c->flags_first;
    queues[RX].live = queues[TX].live = false;
    fake_misuse = on_misuse;
    fake_reset(HOST_BASE);
    fake.on_log = on_log;
    fake.rd_depth = c->rd_depth;
    fake.wr_depth = c->wr_depth;
    if (setjmp(out) != 0)
        return;
    loop_start(&virtio_net_ops, 1);
    driver_init();
}

/* ---- The end -------------------------------------------------------------------------- */

static void card_settle(void)
{
    uint32_t quiet = 0;

    for (uint32_t i = 0; i < 100000 && !host_fault; i++) {
        uint32_t sleeps = fake.sleeps;

        loop_turn();
        quiet = fake_drain() == 0 ? quiet + 1 : 0;
        if (quiet > 8 || (quiet != 0 && fake.sleeps != sleeps))
            return;
    }
    fail("the card never comes to rest");
}

/* Publishes what is staged, takes what there is, sleeps; true: it moved. */
static bool driver_finish(struct queue *q)
{
    struct host_draw d = {q->index};
    bool moved = false;

    now = q;
    env.rules = &q->rules;
    for (int i = 0; i < 10000 && !host_fault; i++) {
        if (q->driver.pc == RING_ASLEEP && !q->irq)
            break;
        if (q->driver.pc == RING_FREE && q->driver.staged_slots != 0)
            ring_driver_publish(&q->driver);
        else if (q->driver.pc == RING_FREE && q->driver.records == 0)
            break;
        else if (q->driver.pc == RING_FREE)
            driver_event(q, &d, true);
        else
            driver_step(q, &d);
        moved = true;
    }
    moved |= q->bell;
    doorbell(q);
    return moved;
}

/* A frame over several buffers may wait for more than there are. */
static bool frame_lacks(const struct queue *q)
{
    uint64_t room = 0;

    for (uint32_t i = 0; i < q->model.count; i++)
        room += q->model.buffer[i].writable;
    return (config.features & NET_F_MRG_RXBUF) && room < HDR_BYTES + FRAME_MAX;
}

static void check_rest(struct queue *q)
{
    check(ring_model_quiet(&q->model));
    if (q->driver.records != 0 && q->model.count == 0)
        fail("the driver sleeps and was not told of used buffers");
    if (q->index == TX)
        check(ring_model_drained(&q->model));
}

static void finish(void)
{
    bool moved = true;

    for (uint32_t i = 0; i < 2; i++) {
        struct queue *q = &queues[i];

        for (int n = 0; q->away && n < 100 && !host_fault; n++) {
            card_settle();
            (void)queue_return(q, q->rules.size);
        }
        if (q->away)
            fail("the reset of a queue never ends");
    }
    for (int i = 0; i < 5000 && !host_fault; i++) {
        card_settle();
        check_card();
        moved = driver_finish(&queues[RX]);
        moved |= driver_finish(&queues[TX]);
        if (moved)
            continue;
        check_rest(&queues[RX]);
        check_rest(&queues[TX]);
        if (queues[RX].driver.records == 0 || host_fault)
            return;
        if (fake.frame_tail != fake.frame_head && frame_lacks(&queues[RX]))
            return;
        if (fake.frame_tail - fake.frame_head > 60)
            fail("frames wait although there are buffers");
        frame(FRAME_MIN); /* something for the buffers that are left */
    }
    fail("the end never comes");
}

void host_finish(void)
{
    if (setjmp(out) == 0)
        finish();
}
