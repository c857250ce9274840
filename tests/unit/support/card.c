/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "card.h"

#include <time.h>

static uint64_t next_alloc;

static void misuse_fails(const char *message)
{
    fail_msg("%s", message);
}

/* ---- Probe device ------------------------------------------------------------ */

void (*probe_work)(struct vq *vq);
struct probe_calls probe;

static uint32_t probe_config_read(uint32_t offset)
{
    return 0x03020100u + 0x04040404u * (offset / 4);
}

static void probe_start(uint64_t features)
{
    probe.start++;
    probe.features = features;
}

static uint32_t probe_tables(uint32_t queue, uint64_t features)
{
    (void)features;
    return VQ_TABLES(VQ_LMEM_FREE + queue * VQ_TABLE_BYTES(VQ_MAX_SIZE),
                     VQ_MAX_SIZE);
}

static void probe_init(void)
{
}

static void probe_reset(void)
{
    probe.reset++;
}

static uint32_t probe_on_work(struct vq *vq)
{
    if (probe_work)
        probe_work(vq);
    return 0;
}

static bool probe_features_ok(uint64_t features)
{
    (void)features;
    return true;
}

static void probe_broken(const struct vq *vq)
{
    (void)vq;
}

static bool probe_stop(const struct vq *vq)
{
    (void)vq;
    return false;
}

static void probe_port_completion(uint32_t cpl)
{
    (void)cpl;
}

static void probe_completion(struct vq *vq, uint32_t cpl)
{
    (void)vq;
    probe.completion++;
    probe.last_completion = cpl;
}

static uint32_t probe_poll(void)
{
    probe.poll++;
    return 0;
}

static uint32_t probe_counter(uint32_t n)
{
    return 100 + n;
}

static bool probe_port_waits(void)
{
    return false;
}

const struct virtio_device_ops probe_ops = {
    .name = "probe",
    .device_id = 42,
    .class_code = 0x123456,
    .features = 1,
    .num_queues = 3,
    .config_bytes = 8,
    .config_read = probe_config_read,
    .features_ok = probe_features_ok,
    .tables = probe_tables,
    .init = probe_init,
    .start = probe_start,
    .reset = probe_reset,
    .work = probe_on_work,
    .broken = probe_broken,
    .stop = probe_stop,
    .completion = probe_completion,
    .port_completion = probe_port_completion,
    .poll = probe_poll,
    .counter = probe_counter,
    .port_waits = probe_port_waits,
};

/* ---- Life ---------------------------------------------------------------------- */

static void fresh_fake(void)
{
    fake_misuse = misuse_fails;
    fake_reset(HOST_BASE);
    next_alloc = HOST_BASE;
    probe_work = NULL;
    memset(&probe, 0, sizeof(probe));
}

void card_up(const struct virtio_device_ops *ops)
{
    fresh_fake();
    loop_start(ops, 0xb01dfaceu);
}

int card_down(void **state)
{
    (void)state;
    fake.on_log = NULL;
    fake.rd_depth = RL_CMD_DEPTH;
    fake.wr_depth = RL_CMD_DEPTH;
    fake_bus_master(true);
    fake.frame_tail = fake.len_head; /* frames nobody asked for yet */
    probe_work = NULL;
    card_reset();
    fake_advance(1000000); /* a tick: the net device forgets a frame's length */
    card_settle();
    assert_int_equal(fake_dma_waiting(), 0);
    assert_int_equal(fake.abort, 0);
    return 0;
}

int net_setup(void **state)
{
    (void)state;
    card_up(&virtio_net_ops);
    return 0;
}

int probe_setup(void **state)
{
    (void)state;
    card_up(&probe_ops);
    return 0;
}

void card_turns(uint32_t n)
{
    while (n-- != 0)
        loop_turn();
}

void card_settle(void)
{
    uint32_t quiet = 0; /* turns without any DMA: frames wait for buffers */

    for (uint32_t i = 0; i < 100000 && quiet < 8; i++) {
        uint32_t sleeps = fake.sleeps;

        loop_turn();
        quiet = fake_drain() == 0 ? quiet + 1 : 0;
        if (quiet != 0 && fake.sleeps != sleeps)
            return;
    }
    if (quiet != 0)
        return;
    fail_msg("the card never comes to rest");
}

void card_sleep(void)
{
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t sleeps = fake.sleeps;

        loop_turn();
        if (fake.sleeps != sleeps)
            return;
    }
    fail_msg("the core never sleeps");
}

/* ---- Registers ------------------------------------------------------------------- */

static uint8_t next_tag;

static uint32_t wait_tag(uint8_t tag)
{
    for (int i = 0; i < 100 && !fake.tag_answered[tag]; i++)
        loop_turn();
    assert_true(fake.tag_answered[tag]);
    return fake.tag_data[tag];
}

uint32_t card_read(uint32_t addr, uint32_t bytes)
{
    uint32_t lane = addr & 3;
    struct hal_mbox entry = {
        .addr = addr & ~3u,
        .be = (uint8_t)(((1u << bytes) - 1) << lane),
        .tag = next_tag++,
    };
    uint32_t value;

    fake_mbox_push(&entry);
    value = wait_tag(entry.tag) >> (8 * lane);
    return bytes == 4 ? value : value & ((1u << (8 * bytes)) - 1);
}

void card_write(uint32_t addr, uint32_t bytes, uint32_t value)
{
    uint32_t lane = addr & 3;
    struct hal_mbox entry = {
        .addr = addr & ~3u,
        .be = (uint8_t)(((1u << bytes) - 1) << lane),
        .write = true,
    };
    uint32_t mask = bytes == 4 ? UINT32_MAX : (1u << (8 * bytes)) - 1;

    /* Lanes that are not enabled carry anything. */
    entry.data = 0xdeadbeefu;
    entry.data &= ~(mask << (8 * lane));
    entry.data |= (value & mask) << (8 * lane);
    fake_mbox_push(&entry);
    loop_turn();
    assert_int_equal(fake.mbox_head, fake.mbox_tail);
}

void card_write64(uint32_t addr, uint64_t value)
{
    card_write(addr, 4, (uint32_t)value);
    card_write(addr + 4, 4, (uint32_t)(value >> 32));
}

uint64_t card_read64(uint32_t addr)
{
    return card_read(addr, 4) | ((uint64_t)card_read(addr + 4, 4) << 32);
}

uint8_t card_status(void)
{
    return (uint8_t)card_read(REG_STATUS, 1);
}

struct vq *card_vq(uint32_t queue)
{
    return &transport_queues[queue];
}

void card_select(uint16_t queue)
{
    card_write(REG_QUEUE_SELECT, 2, queue);
}

void card_reset(void)
{
    card_write(REG_STATUS, 1, 0);
    card_settle();
    assert_int_equal(card_status(), 0);
}

void card_negotiate(uint64_t features)
{
    card_write(REG_STATUS, 1, ST_ACK);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    for (uint32_t word = 0; word < 2; word++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        card_write(REG_DRIVER_FEATURE, 4, (uint32_t)(features >> (32 * word)));
    }
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    assert_int_equal(card_status(), ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    card_write(REG_CONFIG_VECTOR, 2, 0);
}

void card_queue_at(struct drv *d, uint16_t index, uint16_t size, bool in_order,
                   uint64_t ring, uint64_t driver_area, uint64_t device_area)
{
    drv_init(d, index, size, in_order, ring, driver_area, device_area);
    card_select(index);
    card_write(REG_QUEUE_SIZE, 2, size);
    card_write(REG_QUEUE_VECTOR, 2, index + 1u);
    card_write64(REG_QUEUE_DESC, ring);
    card_write64(REG_QUEUE_DRIVER, driver_area);
    card_write64(REG_QUEUE_DEVICE, device_area);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
}

void card_queue(struct drv *d, uint16_t index, uint16_t size, bool in_order)
{
    uint64_t ring = card_alloc(16u * size + 16u) + 16; /* not line-aligned */
    uint64_t driver_area = card_alloc(8) + 4;

    card_queue_at(d, index, size, in_order, ring, driver_area,
                  card_alloc(8) + 4);
}

void card_driver_ok(void)
{
    card_write(REG_STATUS, 1,
               ST_ACK | ST_DRIVER | ST_FEATURES_OK | ST_DRIVER_OK);
}

void card_net(struct net_card *c, uint16_t rx_size, uint16_t tx_size,
              bool in_order)
{
    card_negotiate(F_BASE | (in_order ? F_IN_ORDER : 0));
    card_queue(&c->rx, 0, rx_size, in_order);
    card_queue(&c->tx, 1, tx_size, in_order);
    card_driver_ok();
    card_settle();
}

void card_probe(struct drv *d, uint16_t size, bool in_order)
{
    card_negotiate(F_BASE | (in_order ? F_IN_ORDER : 0));
    card_queue(d, 0, size, in_order);
    card_driver_ok();
    card_settle();
}

/* ---- Data -------------------------------------------------------------------------- */

uint64_t card_alloc(uint32_t bytes)
{
    uint64_t at = next_alloc;

    next_alloc += (bytes + 63u) & ~63u;
    assert_true(next_alloc <= HOST_BASE + FAKE_HOST_BYTES);
    return at;
}

static void pattern(uint8_t *p, uint32_t len, uint32_t mark)
{
    for (uint32_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i < 4 ? mark >> (8 * i) : mark * 7 + i * 13);
}

uint64_t card_packet(uint32_t len, uint32_t mark)
{
    uint64_t at = card_alloc(12 + len);

    memset(fake_at(at, 12), 0xee, 12);
    pattern((uint8_t *)fake_at(at, 12 + len) + 12, len, mark);
    return at;
}

void card_frame(uint32_t len, uint32_t mark)
{
    uint8_t data[RL_MAX_FRAME];

    pattern(data, len, mark);
    fake_frame(data, len);
}

void card_expect_sent(uint32_t nth, uint32_t len, uint32_t mark)
{
    uint8_t data[4096];

    pattern(data, len, mark);
    assert_true(nth < fake.sent_count);
    assert_int_equal(fake.sent[nth].len, len);
    assert_memory_equal(fake.sent[nth].data, data, len);
}

/* ---- Log ----------------------------------------------------------------------------- */

uint32_t log_count(enum fake_kind kind)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < fake.log_count; i++)
        n += fake.log[i].kind == kind;
    return n;
}

uint32_t log_writes_in(uint64_t addr, uint64_t bytes)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < fake.log_count; i++) {
        const struct fake_log *e = &fake.log[i];

        if ((e->kind == FAKE_PAYLOAD || e->kind == FAKE_BURST ||
             e->kind == FAKE_IMM) &&
            e->addr < addr + bytes && addr < e->addr + e->len)
            n++;
    }
    return n;
}

int log_find(enum fake_kind kind, int from)
{
    for (uint32_t i = (uint32_t)from; i < fake.log_count; i++)
        if (fake.log[i].kind == kind)
            return (int)i;
    return -1;
}

/* ---- Random numbers ---------------------------------------------------------------- */

static uint64_t seed_state = 1;

void seed_init(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text && *text ? strtoull(text, NULL, 0)
                                  : (uint64_t)time(NULL) & 0xffffffu;

    printf("# seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    seed_state = seed * 0x9e3779b97f4a7c15ull + 1;
}

/* xorshift with a multiplication behind it. */
uint32_t draw(void)
{
    seed_state ^= seed_state >> 12;
    seed_state ^= seed_state << 25;
    seed_state ^= seed_state >> 27;
    return (uint32_t)((seed_state * 0x2545f4914f6cdd1dull) >> 32);
}

uint32_t draw_below(uint32_t n)
{
    return draw() % n;
}
