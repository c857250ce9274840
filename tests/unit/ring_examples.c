/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Two walks through a ring of eight descriptors, slot by slot, worked out from
 * the text of the specification.
 */
#include "support/card.h"

static void expect_slot(const struct drv *d, uint16_t slot, uint16_t flags,
                        int id)
{
    assert_int_equal(drv_flags(d, slot), flags);
    if (id >= 0)
        assert_int_equal(drv_id(d, slot), id);
}

static void expect_flags(const struct drv *d, const uint16_t flags[8])
{
    for (uint16_t i = 0; i < 8; i++)
        expect_slot(d, i, flags[i], -1);
}

static void add(struct drv *d, uint32_t n, bool write, uint16_t id)
{
    struct drv_elem e[8];

    for (uint32_t i = 0; i < n; i++)
        e[i] = (struct drv_elem){card_alloc(1024), 1000, write};
    drv_add(d, e, n, id, id);
}

/* The device accepts the next buffer; its description. */
static struct vq_buffer take(struct vq *vq)
{
    struct vq_buffer b;

    /* It may have to look again. */
    for (int i = 0; vq_parse(vq, 0, &b) != VQ_PARSE_OK; i++) {
        assert_true(i < 3);
        card_settle();
    }
    vq_take(vq, b.descs);
    return b;
}

static void done(struct vq *vq, uint32_t buffers)
{
    for (; buffers != 0; buffers--)
        vq_done(vq, take(vq).descs);
    (void)vq_flush(vq);
    fake_drain();
    card_settle();
}

/* Five readable buffers fill the ring; batches {A,B,C} and {D,E}. */
static void example_1_batches_without_wrap(void **state)
{
    static const uint16_t added[8] = {0x0080, 0x0081, 0x0080, 0x0080,
                                      0x0081, 0x0081, 0x0080, 0x0080};
    struct vq *vq = card_vq(0);
    struct drv_used used;
    struct drv d;

    (void)state;
    card_probe(&d, 8, true);
    add(&d, 1, false, 0);
    add(&d, 2, false, 1);
    add(&d, 1, false, 3);
    add(&d, 3, false, 4);
    add(&d, 1, false, 7);
    assert_int_equal(d.avail, 0);
    assert_false(d.avail_wrap);
    expect_flags(&d, added);
    drv_kick(&d);
    card_settle();

    fake.log_count = 0;
    done(vq, 3);
    expect_slot(&d, 0, 0x8080, 3);
    assert_int_equal(drv_len(&d, 0), 0);
    for (uint16_t i = 1; i < 8; i++)
        expect_slot(&d, i, added[i], -1);
    assert_int_equal(log_writes_in(d.ring, 128), 1);
    assert_true(drv_reap(&d, &used, NULL, NULL));
    assert_int_equal(used.buffers, 3);
    assert_int_equal(d.used, 4);
    assert_true(d.used_wrap);

    fake.log_count = 0;
    done(vq, 2);
    expect_slot(&d, 0, 0x8080, 3);
    expect_slot(&d, 4, 0x8080, 7);
    assert_int_equal(drv_len(&d, 4), 0);
    for (uint16_t i = 1; i < 8; i++)
        if (i != 4)
            expect_slot(&d, i, added[i], -1);
    assert_int_equal(log_writes_in(d.ring, 128), 1);
    assert_int_equal(log_writes_in(d.ring + 64 + 8, 8), 1);
    assert_true(drv_reap(&d, &used, NULL, NULL));
    assert_int_equal(used.buffers, 2);
    assert_int_equal(d.used, 0);
    assert_false(d.used_wrap);
    assert_int_equal(vq->used, 0);
    assert_false(vq->used_wrap);
}

/* Bring both sides to slot 6 with wrap counter 1. */
static void to_slot_6(struct drv *d)
{
    for (uint16_t i = 0; i < 6; i++)
        add(d, 1, false, i);
    drv_kick(d);
    card_settle();
    done(card_vq(0), 6);
    while (drv_reap(d, NULL, NULL, NULL))
        ;
    assert_int_equal(d->used, 6);
}

/* Give back as one batch: all filled but the last, `len` bytes in that. */
static void use_batch(struct vq *vq, uint32_t buffers, uint32_t len)
{
    struct vq_buffer all = {0};

    for (; buffers != 0; buffers--) {
        struct vq_buffer b = take(vq);

        all.descs = (uint16_t)(all.descs + b.descs);
        all.id = b.id;
    }
    vq_use(vq, &all, len);
    (void)vq_flush(vq);
    card_settle();
}

/* Writable buffers; a chain and a batch cross the end of the ring. */
static void example_2_wrap_inside_chain_and_batch(void **state)
{
    static const uint16_t added[8] = {0x8003, 0x8002, 0x8002, 0x8003,
                                      0x8002, 0x8002, 0x0082, 0x0083};
    struct vq *vq = card_vq(0);
    struct drv_used used;
    struct drv d;

    (void)state;
    card_probe(&d, 8, true);
    to_slot_6(&d);
    add(&d, 1, true, 6);
    add(&d, 3, true, 7);
    add(&d, 1, true, 2);
    add(&d, 2, true, 3);
    add(&d, 1, true, 5);
    expect_flags(&d, added);
    drv_kick(&d);
    card_settle();

    fake.log_count = 0;
    use_batch(vq, 2, 700);
    expect_slot(&d, 6, 0x8082, 7);
    assert_int_equal(drv_len(&d, 6), 700);
    for (uint16_t i = 0; i < 8; i++)
        if (i != 6)
            expect_slot(&d, i, added[i], -1);
    assert_int_equal(vq->used, 2);
    assert_false(vq->used_wrap);
    assert_true(drv_reap(&d, &used, NULL, NULL));
    assert_int_equal(used.buffers, 2);
    assert_int_equal(d.used, 2);
    assert_false(d.used_wrap);

    use_batch(vq, 3, 60);
    expect_slot(&d, 2, 0x0002, 5);
    assert_int_equal(drv_len(&d, 2), 60);
    assert_int_equal(log_writes_in(d.ring, 128), 2);
    assert_true(drv_reap(&d, &used, NULL, NULL));
    assert_int_equal(used.buffers, 3);
    assert_int_equal(d.used, 6);
    assert_false(d.used_wrap);

    add(&d, 2, true, 6);
    add(&d, 1, true, 0);
    expect_slot(&d, 6, 0x8003, -1);
    expect_slot(&d, 7, 0x8002, 6);
    expect_slot(&d, 0, 0x0082, 0);
    drv_kick(&d);
    card_settle();
    use_batch(vq, 2, 1);
    expect_slot(&d, 6, 0x0002, 0);
    assert_int_equal(vq->used, 1);
    assert_true(vq->used_wrap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_probe(example_1_batches_without_wrap),
        test_probe(example_2_wrap_inside_chain_and_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
