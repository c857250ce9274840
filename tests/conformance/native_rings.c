/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What no host can see on the whole card, or only at great length: a device
 * that fills several buffers and gives them back at once, vectors one by one.
 */
#include "native.h"

/* ---- In-order batches of buffers that are written ---- */

static struct vq_buffer accept_next(struct vq *vq)
{
    struct vq_buffer b;

    for (int i = 0; vq_parse(vq, 0, &b) != VQ_PARSE_OK; i++) {
        assert_true(i < 3);
        card_settle();
    }
    vq_take(vq, b.descs);
    return b;
}

/* For every length of a batch: length and WRITE are those of the last buffer,
 * not a sum; the skipped ones are left as they were. */
static void a_batch_tells_of_its_last_buffer(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 6; n++) {
        struct vq_buffer all = {0};
        struct drv_used used;
        struct drv d;

        card_up(&probe_ops);
        card_probe(&d, 7, true);
        for (uint16_t i = 0; i < n; i++)
            drv_add_one(&d, card_alloc(256), 256, true, (uint16_t)(40 + i));
        drv_kick(&d);
        card_settle();
        for (uint32_t i = 0; i < n; i++) {
            struct vq_buffer b = accept_next(card_vq(0));

            all.descs += b.descs;
            all.id = b.id;
        }
        vq_use(card_vq(0), &all, 77);
        (void)vq_flush(card_vq(0));
        card_settle();
        assert_int_equal(log_writes_in(d.ring, 7 * 16), 1);
        for (uint16_t i = 1; i < n; i++)
            assert_int_equal(drv_flags(&d, i), 0x0082);
        assert_true(drv_reap(&d, &used, NULL, NULL));
        assert_int_equal(used.slot, 0);
        assert_int_equal(used.id, 39 + n);
        assert_int_equal(used.len, 77);
        assert_int_equal(used.flags, 0x8082);
        assert_int_equal(used.buffers, n);
        card_down(NULL);
    }
}

/* ---- Registers ---- */

static void every_vector_beyond_the_table_is_none(void **state)
{
    (void)state;
    for (uint32_t vector = RL_NUM_VECTORS; vector <= 0xffff; vector++) {
        card_write(REG_CONFIG_VECTOR, 2, 0);
        card_write(REG_CONFIG_VECTOR, 2, vector);
        assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
        card_write(REG_QUEUE_VECTOR, 2, 0);
        card_write(REG_QUEUE_VECTOR, 2, vector);
        assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 0xffff);
    }
}

/* As often as an 8-bit generation needs to come round, and more. */
static void a_generation_that_comes_round_still_differs(void **state)
{
    (void)state;
    for (uint32_t changes = 1; changes <= 600; changes++) {
        uint32_t before;

        card_read(REG_CONFIG, 4);
        before = card_read(REG_GENERATION, 1);
        card_read(REG_CONFIG, 4);
        for (uint32_t i = 0; i < changes; i++)
            transport_config_changed();
        assert_int_not_equal(card_read(REG_GENERATION, 1), before);
    }
}

static const struct conf_test tests[] = {
    {test_own(a_batch_tells_of_its_last_buffer),
     "INO-1 INO-2 INO-3 INO-6 INO-7"},
    {test_probe(every_vector_beyond_the_table_is_none), "PCI-73 HOS-28"},
    {test_probe(a_generation_that_comes_round_still_differs), "PCI-22"},
};
CONF_NATIVE_MAIN(tests)
