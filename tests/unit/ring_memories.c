/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Ring, event areas and buffers on both sides of the device-memory window.
 */
#include "support/card.h"

#define WINDOW 0xfe00020000ull

static struct drv tx;

static void start(uint64_t features, uint64_t driver_area, uint64_t device_area)
{
    card_up(&virtio_net_ops);
    card_write(REG_VENDOR + RL_VENDOR_WIN_LO, 4, (uint32_t)WINDOW);
    card_write(REG_VENDOR + RL_VENDOR_WIN_HI, 4, (uint32_t)(WINDOW >> 32));
    card_negotiate(F_BASE | F_IN_ORDER | features);
    card_queue_at(&tx, 1, 64, true, card_alloc(64 * 16),
                  driver_area ? driver_area : card_alloc(8),
                  device_area ? device_area : card_alloc(8));
    card_driver_ok();
    card_settle();
}

static uint32_t event_writes(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < fake.log_count; i++)
        n += fake.log[i].kind == FAKE_IMM && fake.log[i].len == 4;
    return n;
}

/* Nothing orders accesses to two memories: doorbells stay as they are, and each
 * batch interrupts, whatever the driver's event area says. */
static void with_areas_in_two_memories_nothing_is_suppressed(void **state)
{
    (void)state;
    for (uint32_t which = 0; which < 6; which++) {
        uint64_t driver_area = which % 3 != 1 ? WINDOW + 64 : 0;
        uint64_t device_area = which % 3 != 0 ? WINDOW + 128 : 0;
        uint32_t interrupts;

        start(which < 3 ? 0 : F_EVENT_IDX, driver_area, device_area);
        drv_interrupts(&tx, 1); /* DISABLE */
        for (uint32_t lap = 0; lap < 4; lap++) {
            for (uint16_t i = 0; i < 60; i++)
                drv_add_one(&tx, card_packet(60, i), 72, false, i);
            interrupts = fake.msix_sent[2];
            fake_doorbell(1, 1);
            card_settle();
            assert_int_equal(fake.sent_count, (lap + 1) * 60);
            assert_int_not_equal(fake.msix_sent[2], interrupts);
            while (drv_outstanding(&tx) != 0)
                assert_true(drv_reap(&tx, NULL, NULL, NULL));
        }
        assert_int_equal(event_writes(), 0);
        card_down(NULL);
    }
}

static void the_window_holds_whole_ranges_only(void **state)
{
    const host_addr_t last = {WINDOW + RL_DEVMEM_BYTES - 8};

    (void)state;
    start(0, 0, 0);
    assert_int_equal(vq_space_of(last, 8), HAL_CMD_SPACE);
    assert_int_equal(vq_space_of(last, 9), 0);
    assert_int_equal(vq_space_of(last, UINT32_MAX), 0);
    assert_int_equal(vq_space_of((host_addr_t){WINDOW}, RL_DEVMEM_BYTES),
                     HAL_CMD_SPACE);
    assert_int_equal(vq_space_of((host_addr_t){WINDOW - 1}, 2), 0);
}

static void a_short_packet_is_dropped_with_an_open_window(void **state)
{
    uint32_t before;

    (void)state;
    start(0, 0, 0);
    before = card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4);
    drv_add_one(&tx, card_packet(60, 1), 72, false, 1);
    drv_add_one(&tx, card_packet(60, 2), 12 + 13, false, 2);
    drv_add_one(&tx, card_packet(60, 3), 72, false, 3);
    drv_kick(&tx);
    card_settle();
    assert_int_equal(fake.sent_count, 2);
    card_expect_sent(0, 60, 1);
    card_expect_sent(1, 60, 3);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_COUNTERS, 4) - before, 1);
}

static void chains_in_both_memories_go_out_one_by_one(void **state)
{
    (void)state;
    start(0, 0, 0);
    for (uint32_t i = 0; i < 12; i++) {
        uint64_t at = card_packet(60, i);
        struct drv_elem e[2];

        if (i % 3 == 1) {
            memcpy(fake_at(WINDOW + 128 * i, 72), fake_at(at, 72), 72);
            at = WINDOW + 128 * i;
        }
        e[0] = (struct drv_elem){at, 12, false};
        e[1] = (struct drv_elem){at + 12, 60, false};
        drv_add(&tx, e, 2, (uint16_t)i, i);
    }
    drv_kick(&tx);
    card_settle();
    assert_int_equal(fake.sent_count, 12);
    for (uint32_t i = 0; i < 12; i++)
        card_expect_sent(i, 60, i);
    assert_false(card_status() & ST_NEEDS_RESET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(with_areas_in_two_memories_nothing_is_suppressed),
        test_own(the_window_holds_whole_ranges_only),
        test_own(a_short_packet_is_dropped_with_an_open_window),
        test_own(chains_in_both_memories_go_out_one_by_one),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
