/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Random drivers, random schedules: everything that is sent, received, written
 * and told is compared with what should be. SEED repeats a run.
 */
#include "support/card.h"

#define RX_BYTES 2200u
#define ROUNDS   150

struct buffer {
    uint64_t at;
    uint32_t len; /* rx: writable bytes; tx: frame bytes, 0 when it is bad */
    uint32_t mark;
    bool live;
};

static struct world {
    struct drv rx, tx;
    struct buffer rx_buf[512], tx_buf[512]; /* by tag */
    uint32_t rx_added, tx_added;            /* buffers */
    uint32_t tx_good;                       /* packets to be sent */
    uint32_t tx_mark[4096], tx_len[4096];   /* of the good ones */
    uint32_t frames;                        /* given to the port */
    uint32_t frame_len[4096];
    uint32_t rx_back, tx_back;
    uint32_t rx_slots, tx_slots; /* slots written, as a check on order */
    uint32_t rx_small;           /* no buffer may be smaller than this */
    uint64_t pool;
    bool rx_sleeps, tx_sleeps; /* the driver waits for an interrupt */
    uint32_t rx_irqs, tx_irqs;
    uint32_t rx_limit; /* frames */
} w;

static uint64_t buffer_at(bool rx, uint32_t tag)
{
    return w.pool + ((rx ? 512u : 0) + tag % 512) * 2304u;
}

/* Every write to host memory must be one that the device may make now. */
static void check_write(const struct fake_log *e, const void *data)
{
    (void)data;
    if (e->kind != FAKE_PAYLOAD && e->kind != FAKE_BURST && e->kind != FAKE_IMM)
        return;
    assert_false(e->lost);
    for (int q = 0; q < 2; q++) {
        const struct drv *d = q == 0 ? &w.rx : &w.tx;

        if (e->addr == d->device_area && e->len == 4)
            return;
        /* Used descriptors: bytes 8 to 15 of the first, then whole slots. */
        if (e->addr >= d->ring && e->addr + e->len <= d->ring + 16u * d->size) {
            assert_int_equal((e->addr - d->ring) % 16, 8);
            assert_int_equal(e->len % 16, 8);
            assert_int_not_equal(e->kind, FAKE_PAYLOAD);
            return;
        }
    }
    assert_int_equal(e->kind, FAKE_PAYLOAD);
    for (uint32_t at = w.rx.head; at != w.rx.tail; at++) {
        const struct buffer *b = &w.rx_buf[w.rx.out[at % 512].tag % 512];

        if (b->live && e->addr >= b->at && e->addr + e->len <= b->at + b->len)
            return;
    }
    fail_msg("write to %llx, %u bytes, where nothing may be written",
             (unsigned long long)e->addr, e->len);
}

static void fill_pattern(uint64_t at, uint32_t len, uint32_t mark)
{
    uint8_t *p = fake_at(at, len);

    for (uint32_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i < 4 ? mark >> (8 * i) : mark * 7 + i * 13);
}

/* Cut `len` bytes at `at` into 1..max elements. */
static uint32_t cut(struct drv_elem *e, uint64_t at, uint32_t len, uint32_t max,
                    bool write)
{
    uint32_t n = 1 + draw_below(max);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t part = i + 1 == n ? len : draw_below(len + 1);

        e[i] = (struct drv_elem){at, part, write};
        at += part;
        len -= part;
    }
    return n;
}

static void add_tx(uint32_t max_descs)
{
    struct drv_elem e[16];
    uint32_t tag = w.tx_added, len = 14 + draw_below(300), n;
    struct buffer *b = &w.tx_buf[tag % 512];
    uint64_t at = buffer_at(false, tag);
    bool bad = draw_below(12) == 0;

    if (max_descs > w.tx.free)
        max_descs = w.tx.free;
    if (max_descs > 12)
        max_descs = 12;
    if (max_descs == 0 || w.tx_good == 4096)
        return;
    fill_pattern(at + 12, len, tag);
    n = cut(e, at, bad ? draw_below(26) : 12 + len, max_descs, false);
    *b = (struct buffer){at, bad ? 0 : len, tag, true};
    if (!bad) {
        w.tx_mark[w.tx_good] = tag;
        w.tx_len[w.tx_good++] = len;
    }
    drv_add(&w.tx, e, n, (uint16_t)tag, tag);
    w.tx_added++;
}

static void add_rx(uint32_t max_descs)
{
    struct drv_elem e[16];
    uint32_t tag = w.rx_added, n;
    struct buffer *b = &w.rx_buf[tag % 512];

    if (max_descs > w.rx.free)
        max_descs = w.rx.free;
    if (max_descs > 12)
        max_descs = 12;
    if (max_descs == 0)
        return;
    *b = (struct buffer){buffer_at(true, tag),
                         w.rx_small + draw_below(RX_BYTES - w.rx_small), 0,
                         true};
    n = cut(e, b->at, b->len, max_descs, true);
    memset(fake_at(b->at, 2304), 0x77, 2304);
    drv_add(&w.rx, e, n, (uint16_t)tag, tag);
    w.rx_added++;
}

static void tx_done(void *arg, const struct drv_buffer *buffer,
                    uint32_t written)
{
    struct buffer *b = &w.tx_buf[buffer->tag % 512];

    (void)arg;
    assert_int_equal(buffer->tag, w.tx_back++);
    assert_int_equal(written, 0);
    b->live = false;
    /* It was read: the driver may write over it. */
    fill_pattern(b->at, 400, 0xdeadbeef);
}

static void rx_done(void *arg, const struct drv_buffer *buffer,
                    uint32_t written)
{
    struct buffer *b = &w.rx_buf[buffer->tag % 512];
    uint32_t frame = w.rx_back, len = w.frame_len[frame];
    const uint8_t *p = fake_at(b->at, 2304);

    (void)arg;
    assert_int_equal(buffer->tag, w.rx_back++);
    assert_int_equal(written, 12 + len);
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(p[i], i == 10);
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(p[12 + i], (uint8_t)(i < 4 ? frame >> (8 * i)
                                                    : frame * 7 + i * 13));
    assert_int_equal(p[12 + len], 0x77);
    b->live = false;
}

static void reap(void)
{
    struct drv_used used;

    while (drv_reap(&w.tx, &used, tx_done, NULL)) {
        assert_true(used.buffers != 0);
        assert_true(w.tx.in_order || used.buffers == 1);
        assert_int_equal(used.flags & 0x7f7f, 0);
        assert_int_equal(used.len, 0);
    }
    while (drv_reap(&w.rx, &used, rx_done, NULL)) {
        assert_int_equal(used.buffers, 1);
        assert_int_equal(used.flags & 0x7f7f, DRV_WRITE);
    }
}

static void driver_acts(uint32_t max_descs)
{
    switch (draw_below(8)) {
    case 0:
        for (uint32_t n = draw_below(40); n != 0; n--)
            add_tx(max_descs);
        drv_kick(&w.tx);
        break;
    case 1:
        for (uint32_t n = draw_below(40); n != 0; n--)
            add_rx(max_descs);
        drv_kick(&w.rx);
        break;
    case 2:
        add_tx(max_descs);
        drv_kick(&w.tx);
        break;
    case 3:
        add_rx(max_descs);
        drv_kick(&w.rx);
        break;
    case 4:
        reap();
        break;
    case 5:
        drv_interrupts(&w.rx, (uint16_t)draw_below(4));
        drv_interrupts(&w.tx, (uint16_t)draw_below(4));
        break;
    case 6:
        for (uint32_t n = draw_below(20); n != 0 && w.frames < w.rx_limit;
             n--) {
            uint32_t len = 1 + draw_below(w.rx_small - 12);

            w.frame_len[w.frames] = len;
            card_frame(len, w.frames++);
        }
        break;
    default:
        if (draw_below(10) == 0)
            fake_doorbell(draw_below(16), draw());
    }
}

/* Interrupts on, a last look; what comes now must be told. */
static void all_comes_to_an_end(void)
{
    uint32_t rx_irqs, tx_irqs, rx_back, tx_back;

    drv_interrupts(&w.rx, 0);
    drv_interrupts(&w.tx, 0);
    reap();
    rx_irqs = fake.msix_sent[1];
    tx_irqs = fake.msix_sent[2];
    rx_back = w.rx_back;
    tx_back = w.tx_back;
    card_settle();
    reap();
    assert_true(rx_back == w.rx_back || fake.msix_sent[1] > rx_irqs);
    assert_true(tx_back == w.tx_back || fake.msix_sent[2] > tx_irqs);
    assert_int_equal(w.tx_back, w.tx_added);
    assert_int_equal(fake.sent_count, w.tx_good);
    assert_int_equal(w.rx_back, w.frames < w.rx_added ? w.frames : w.rx_added);
    for (uint32_t i = 0; i < w.tx_good; i++)
        card_expect_sent(i, w.tx_len[i], w.tx_mark[i]);
    assert_int_equal(w.rx.used, card_vq(0)->used);
    assert_int_equal(w.tx.used, card_vq(1)->used);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    assert_true(drv_wants_doorbell(&w.tx));
}

static uint16_t random_size(void)
{
    static const uint16_t sizes[] = {1, 2, 3, 7, 8, 31, 32, 33, 64, 100, 256};

    return draw_below(2) ? sizes[draw_below(11)]
                         : (uint16_t)(1 + draw_below(256));
}

static void one_round(void)
{
    uint32_t max_descs = 1 + draw_below(3) * draw_below(4);
    bool in_order = draw_below(2);

    card_up(&virtio_net_ops);
    memset(&w, 0, sizeof(w));
    w.rx_small = 12 + 60 + draw_below(500);
    w.rx_limit = 1000;
    card_negotiate(F_BASE | (in_order ? F_IN_ORDER : 0));
    card_queue(&w.rx, 0, random_size(), in_order);
    card_queue(&w.tx, 1, random_size(), in_order);
    w.pool = card_alloc(1024 * 2304);
    fake.on_log = check_write;
    if (draw_below(4) == 0) {
        fake.rd_depth = 1 + draw_below(4);
        fake.wr_depth = 2 + draw_below(4);
    }
    card_driver_ok();
    for (uint32_t steps = 200 + draw_below(2000); steps != 0; steps--) {
        if (draw_below(6) == 0)
            driver_acts(max_descs);
        if (draw_below(3) == 0)
            loop_turn();
        if (draw_below(2) == 0)
            fake_random_step(draw);
        if (draw_below(50) == 0)
            fake_drain();
    }
    all_comes_to_an_end();
    card_down(NULL);
}

static void random_traffic_over_random_schedules(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++)
        one_round();
}

/* The same, and in the middle of it all the driver resets the card. */
static void random_resets_leave_nothing_behind(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        memset(&w, 0, sizeof(w));
        w.rx_small = 100;
        card_negotiate(F_BASE | F_IN_ORDER);
        card_queue(&w.rx, 0, random_size(), true);
        card_queue(&w.tx, 1, random_size(), true);
        w.pool = card_alloc(1024 * 2304);
        fake.on_log = check_write;
        card_driver_ok();
        for (uint32_t steps = draw_below(400); steps != 0; steps--) {
            if (draw_below(6) == 0)
                driver_acts(3);
            loop_turn();
            fake_random_step(draw);
        }
        card_write(REG_STATUS, 1, 0);
        for (int n = 0; n < 10000 && card_status() != 0; n++)
            fake_random_step(draw);
        assert_int_equal(card_status(), 0);
        assert_int_equal(fake_dma_waiting(), 0);
        fake.on_log = NULL;
        card_net(&c, 8, 8, true);
        fake.sent_count = 0;
        drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
        drv_kick(&c.tx);
        card_settle();
        assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
        card_expect_sent(0, 60, 1);
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(random_traffic_over_random_schedules),
        test_own(random_resets_leave_nothing_behind),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
