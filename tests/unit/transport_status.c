/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Device status, feature negotiation, reset and function level reset.
 */
#include "support/card.h"

static void write_features(uint64_t features)
{
    for (uint32_t word = 0; word < 2; word++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        card_write(REG_DRIVER_FEATURE, 4, (uint32_t)(features >> (32 * word)));
    }
}

static bool features_ok(uint64_t features)
{
    card_reset();
    card_write(REG_STATUS, 1, ST_ACK);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    write_features(features);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    return (card_status() & ST_FEATURES_OK) != 0;
}

static void every_subset_with_version_1_and_packed_is_accepted(void **state)
{
    (void)state;
    /* Offered: bit 0 and 32 to 36. */
    for (uint32_t set = 0; set < 64; set++) {
        uint64_t features = (set & 1) | ((uint64_t)(set >> 1) << 32);

        assert_int_equal(features_ok(features), (features & F_BASE) == F_BASE);
    }
}

static void a_feature_not_offered_is_refused(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 64; bit++) {
        bool offered = ((F_COMMON | 1) >> bit & 1) != 0;

        assert_int_equal(features_ok(F_BASE | (1ull << bit)), offered);
    }
}

static void refused_features_can_be_negotiated_again(void **state)
{
    (void)state;
    assert_false(features_ok(F_VERSION_1));
    write_features(F_BASE);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    assert_int_equal(card_status(), ST_ACK | ST_DRIVER | ST_FEATURES_OK);
}

static void features_are_frozen_by_features_ok(void **state)
{
    (void)state;
    assert_true(features_ok(F_BASE | F_IN_ORDER));
    write_features(0);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    assert_int_equal(card_read(REG_DRIVER_FEATURE, 4),
                     (F_BASE | F_IN_ORDER) >> 32);
    card_driver_ok();
    write_features(0);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    assert_int_equal(card_read(REG_DRIVER_FEATURE, 4),
                     (F_BASE | F_IN_ORDER) >> 32);
    assert_true(probe.features == (F_BASE | F_IN_ORDER));
}

/* Without agreed features there is neither FEATURES_OK nor DRIVER_OK. */
static void every_first_status_write_without_features(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 256; value++) {
        card_reset();
        card_write(REG_STATUS, 1, value);
        assert_int_equal(card_status(),
                         value & (ST_ACK | ST_DRIVER | ST_FAILED));
        card_settle();
    }
    assert_int_equal(probe.start, 0);
}

static void every_first_status_write_with_features(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 256; value++) {
        uint32_t expected =
            value & (ST_ACK | ST_DRIVER | ST_FAILED | ST_FEATURES_OK);
        uint32_t starts;

        card_reset();
        starts = probe.start;
        write_features(F_BASE);
        card_write(REG_STATUS, 1, value);
        if (value & ST_FEATURES_OK)
            expected |= value & ST_DRIVER_OK;
        assert_int_equal(card_status(), expected);
        assert_int_equal(probe.start - starts, (expected & ST_DRIVER_OK) != 0 &&
                                                   !(expected & ST_FAILED));
        card_settle();
    }
}

static void status_bits_are_only_added(void **state)
{
    (void)state;
    card_negotiate(F_BASE);
    card_write(REG_STATUS, 1, ST_ACK);
    assert_int_equal(card_status(), ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    card_driver_ok();
    card_driver_ok();
    assert_int_equal(probe.start, 1);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    assert_int_equal(card_status(),
                     ST_ACK | ST_DRIVER | ST_FEATURES_OK | ST_DRIVER_OK);
    card_reset();
}

static void the_driver_cannot_set_needs_reset(void **state)
{
    (void)state;
    card_write(REG_STATUS, 1, 0x70 | ST_ACK);
    assert_int_equal(card_status(), ST_ACK);
}

static void failed_stops_the_queues(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_write(REG_STATUS, 1, ST_FAILED);
    card_settle();
    fake.log_count = 0;
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.log_count, 0);
    assert_true(card_status() & ST_FAILED);
    card_reset();
    card_net(&c, 8, 8, true);
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void nothing_is_consumed_before_driver_ok(void **state)
{
    struct net_card c;

    (void)state;
    card_negotiate(F_BASE);
    card_queue(&c.rx, 0, 8, false);
    card_queue(&c.tx, 1, 8, false);
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    for (int i = 0; i < 10; i++) {
        fake_doorbell(1, 1);
        fake_doorbell(0, 0);
        card_settle();
    }
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_count(FAKE_FETCH), 0);
    assert_int_equal(log_count(FAKE_MSIX), 0);
    card_driver_ok();
    card_settle();
    assert_int_equal(fake.sent_count, 1);
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void a_doorbell_together_with_driver_ok_is_processed_once(void **state)
{
    struct net_card c;

    (void)state;
    card_negotiate(F_BASE);
    card_queue(&c.tx, 1, 8, false);
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    fake_doorbell(1, 1);
    card_driver_ok();
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void a_queue_enabled_after_driver_ok_runs(void **state)
{
    struct drv tx;

    (void)state;
    card_negotiate(F_BASE);
    card_driver_ok();
    fake_doorbell(1, 1); /* nobody there yet */
    card_settle();
    card_queue(&tx, 1, 8, false);
    card_settle();
    drv_add_one(&tx, card_packet(60, 1), 72, false, 1);
    drv_kick(&tx);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

static void a_queue_not_enabled_ignores_doorbells(void **state)
{
    struct drv rx;

    (void)state;
    card_negotiate(F_BASE);
    card_queue(&rx, 0, 8, false);
    card_driver_ok();
    card_settle();
    fake.log_count = 0;
    for (uint32_t q = 1; q < RL_NUM_QUEUES; q++)
        fake_doorbell(q, q);
    card_settle();
    assert_int_equal(fake.log_count, 0);
}

/* ---- Reset -------------------------------------------------------------------------- */

static void fill(struct net_card *c, uint32_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        drv_add_one(&c->tx, HOST_BASE, 72, false, i);
        drv_add_one(&c->rx, HOST_BASE + 4096, 2048, true, i);
    }
    drv_kick(&c->tx);
    drv_kick(&c->rx);
}

static bool touches_host(void)
{
    for (uint32_t i = 0; i < fake.log_count; i++)
        if (fake.log[i].kind <= FAKE_MSIX)
            return true;
    return false;
}

/* Reset with DMA outstanding, after any number of steps. */
static void status_reads_zero_only_when_all_dma_has_ended(void **state)
{
    (void)state;
    for (uint32_t steps = 0; steps < 60; steps++) {
        struct net_card c;
        bool waited = false;

        card_up(&virtio_net_ops);
        card_net(&c, 32, 32, true);
        fill(&c, 30);
        for (uint32_t i = 0; i < steps; i++) {
            card_turns(1);
            fake_random_step(draw);
        }
        card_write(REG_STATUS, 1, 0);
        fake.log_count = 0;
        for (int i = 0; i < 1000 && card_status() != 0; i++) {
            waited = true;
            fake_random_step(draw);
        }
        assert_int_equal(card_status(), 0);
        assert_true(waited);
        assert_int_equal(fake_dma_waiting(), 0);
        /* What was queued for the old life was dropped. */
        assert_false(touches_host());
        fake_doorbell(0, 0);
        fake_doorbell(1, 1);
        card_settle();
        assert_false(touches_host());
        assert_int_equal(fake.abort, 0);
        card_down(NULL);
    }
}

static void writes_during_a_reset_are_ignored(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_write(REG_STATUS, 1, 0);
    assert_int_not_equal(card_status(), 0);
    card_write(REG_STATUS, 1, ST_ACK);
    card_write(REG_CONFIG_VECTOR, 2, 5);
    card_settle();
    assert_int_equal(card_status(), 0);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
}

/* A status of zero means that the next write counts. */
static void a_write_behind_a_status_of_zero_counts(void **state)
{
    struct hal_mbox reset = {.addr = REG_STATUS, .be = 1, .write = true};
    struct hal_mbox read = {.addr = REG_STATUS, .be = 1, .tag = 240};
    struct hal_mbox ack = {
        .addr = REG_STATUS, .data = ST_ACK, .be = 1, .write = true};

    (void)state;
    fake_mbox_push(&reset);
    fake_mbox_push(&read);
    fake_mbox_push(&ack);
    card_settle();
    assert_true(fake.tag_answered[240]);
    if ((fake.tag_data[240] & 0xff) == 0)
        assert_int_equal(card_status(), ST_ACK);
}

static void everything_is_default_after_a_reset(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 16, 16, true);
    card_write(REG_DEVICE_FEATURE_SELECT, 4, 1);
    transport_config_changed();
    card_select(1);
    card_reset();
    assert_int_equal(card_read(REG_DEVICE_FEATURE_SELECT, 4), 0);
    assert_int_equal(card_read(REG_DRIVER_FEATURE_SELECT, 4), 0);
    assert_int_equal(card_read(REG_QUEUE_SELECT, 2), 0);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
    assert_int_equal(card_read(REG_ISR, 1), 0);
    for (uint16_t q = 0; q < 2; q++) {
        card_select(q);
        assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
        assert_int_equal(card_read(REG_QUEUE_SIZE, 2), VQ_MAX_SIZE);
        assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 0xffff);
        assert_true(card_read64(REG_QUEUE_DESC) == 0);
    }
    for (uint32_t word = 0; word < 2; word++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0);
    }
}

static void a_thousand_resets(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t sent = fake.sent_count;
        struct net_card c;
        bool in_order = i & 1;

        card_negotiate(F_BASE | (in_order ? F_IN_ORDER : 0));
        drv_init(&c.rx, 0, 8, in_order, HOST_BASE, HOST_BASE + 128,
                 HOST_BASE + 132);
        card_queue_at(&c.rx, 0, 8, in_order, HOST_BASE, HOST_BASE + 128,
                      HOST_BASE + 132);
        card_queue_at(&c.tx, 1, 8, in_order, HOST_BASE + 256, HOST_BASE + 384,
                      HOST_BASE + 388);
        card_driver_ok();
        drv_add_one(&c.tx, HOST_BASE + 4096, 72, false, (uint16_t)i);
        drv_kick(&c.tx);
        for (uint32_t step = 0; step < i % 13; step++) {
            card_turns(1);
            fake_random_step(draw);
        }
        if (i % 3 == 0) {
            card_settle();
            assert_int_equal(fake.sent_count, sent + 1);
            assert_int_equal(drv_flags(&c.tx, 0), 0x8080);
        }
        card_reset();
        fake.log_count = 0;
    }
}

static void a_change_during_a_reset_sends_no_interrupt(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_write(REG_STATUS, 1, 0);
    assert_int_not_equal(card_status(), 0);
    fake.link = false;
    fake_advance(1000000);
    card_turns(2);
    card_settle();
    assert_int_equal(card_status(), 0);
    assert_int_equal(log_count(FAKE_MSIX), 0);
}

static void an_interrupt_put_off_does_not_outlive_a_reset(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    fake.wr_depth = 0;
    transport_config_changed();
    card_turns(2);
    card_write(REG_STATUS, 1, 0);
    card_turns(2);
    fake.wr_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(card_status(), 0);
    assert_int_equal(log_count(FAKE_MSIX), 0);
}

/* No queue was enabled: no marker of a queue stands behind the message. */
static void status_reads_zero_only_when_no_message_is_left(void **state)
{
    (void)state;
    card_negotiate(F_BASE);
    card_driver_ok();
    transport_config_changed();
    card_write(REG_STATUS, 1, 0);
    assert_int_not_equal(card_status(), 0);
    assert_true(fake_write_step());
    assert_int_equal(fake.msix_sent[0], 1);
    card_turns(2);
    assert_int_equal(card_status(), 0);
}

static void rings_of_another_life_are_forgotten(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 11; i++) {
        drv_add_one(&c.tx, card_packet(60, i), 72, false, i);
        drv_kick(&c.tx);
        card_settle();
        drv_reap(&c.tx, NULL, NULL, NULL);
    }
    assert_false(card_vq(1)->used_wrap);
    card_reset();
    card_net(&c, 5, 5, true);
    drv_add_one(&c.tx, card_packet(60, 99), 72, false, 99);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(drv_flags(&c.tx, 0), 0x8080);
    card_expect_sent(11, 60, 99);
}

/* Frames whose lengths the firmware knew when their run was aborted must not
 * shift those that come after: lengths and frames belong together. */
static void frames_and_lengths_stay_together_over_a_reset(void **state)
{
    uint8_t header_and_frame[12 + 100];
    struct drv_used used;
    struct net_card c;
    uint64_t at;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 4; i++)
        drv_add_one(&c.rx, card_alloc(2048), 2048, true, i);
    drv_kick(&c.rx);
    card_settle();
    for (uint32_t i = 0; i < 3; i++)
        card_frame(60 + i, i);
    card_turns(3);
    fake_fetch_step();
    card_turns(2); /* the run is pushed, nothing is written */
    assert_true(fake.writes.count != 0);
    card_reset();
    fake_advance(1000000);
    card_settle();

    card_net(&c, 8, 8, true);
    at = card_alloc(2048);
    drv_add_one(&c.rx, at, 2048, true, 9);
    drv_kick(&c.rx);
    card_frame(100, 77);
    card_settle();
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    memcpy(header_and_frame, fake_at(at, 112), 112);
    assert_int_equal(header_and_frame[12], 77);
    assert_int_equal(used.len, 112);
}

/* ---- Function level reset, bus mastering ------------------------------------------------ */

static void a_function_level_reset_forgets_everything(void **state)
{
    (void)state;
    for (uint32_t steps = 0; steps < 40; steps++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 32, 32, true);
        fill(&c, 30);
        for (uint32_t i = 0; i < steps; i++) {
            card_turns(1);
            fake_random_step(draw);
        }
        fake_flr();
        fake.log_count = 0;
        for (int i = 0; i < 1000 && fake.flrs_done == 0; i++) {
            card_turns(1);
            fake_random_step(draw);
        }
        assert_int_equal(fake.flrs_done, 1);
        assert_int_equal(fake_dma_waiting(), 0);
        assert_false(touches_host());
        fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK |
                           RL_PCIE_STATUS_MSIX_EN_MASK;
        assert_int_equal(card_status(), 0);
        card_net(&c, 8, 8, false);
        drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
        drv_kick(&c.tx);
        card_settle();
        assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
        card_down(NULL);
    }
}

static void a_function_level_reset_of_an_idle_card_ends(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        fake_flr();
        card_settle();
        assert_int_equal(fake.flrs_done, i);
    }
}

static void a_function_level_reset_during_a_reset_ends(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    fill(&c, 4);
    card_turns(2);
    card_write(REG_STATUS, 1, 0);
    fake_flr();
    card_settle();
    assert_int_equal(fake.flrs_done, 1);
    fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK;
    assert_int_equal(card_status(), 0);
}

static void bus_mastering_off_under_load_is_survived(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 32, 32, true);
    fill(&c, 30);
    card_turns(2);
    fake_fetch_step();
    card_turns(2);
    fake_bus_master(false);
    fake.log_count = 0;
    card_settle();
    assert_false(touches_host());
    fake_bus_master(true);
    card_reset();
    card_net(&c, 8, 8, true);
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_probe(every_subset_with_version_1_and_packed_is_accepted),
        test_probe(a_feature_not_offered_is_refused),
        test_probe(refused_features_can_be_negotiated_again),
        test_probe(features_are_frozen_by_features_ok),
        test_probe(every_first_status_write_without_features),
        test_probe(every_first_status_write_with_features),
        test_probe(status_bits_are_only_added),
        test_probe(the_driver_cannot_set_needs_reset),
        test_net(failed_stops_the_queues),
        test_net(nothing_is_consumed_before_driver_ok),
        test_net(a_doorbell_together_with_driver_ok_is_processed_once),
        test_net(a_queue_enabled_after_driver_ok_runs),
        test_net(a_queue_not_enabled_ignores_doorbells),
        test_own(status_reads_zero_only_when_all_dma_has_ended),
        test_net(writes_during_a_reset_are_ignored),
        test_net(a_write_behind_a_status_of_zero_counts),
        test_net(everything_is_default_after_a_reset),
        test_net(a_thousand_resets),
        test_net(a_change_during_a_reset_sends_no_interrupt),
        test_net(an_interrupt_put_off_does_not_outlive_a_reset),
        test_probe(status_reads_zero_only_when_no_message_is_left),
        test_net(rings_of_another_life_are_forgotten),
        test_net(frames_and_lengths_stay_together_over_a_reset),
        test_own(a_function_level_reset_forgets_everything),
        test_net(a_function_level_reset_of_an_idle_card_ends),
        test_net(a_function_level_reset_during_a_reset_ends),
        test_net(bus_mastering_off_under_load_is_survived),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
