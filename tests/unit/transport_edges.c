/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Transport: what comes at an unusual moment (vectors taken away, full command
 * queues, writes after FAILED), and what must stay as it is.
 */
#include "support/card.h"

#define PCI_DW ((RL_CFG_PCI_CFG - RL_CFG_VIRTIO_FIRST) / 4)

static struct net_card card;

static void start(uint64_t features)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | features);
    card_queue(&card.rx, 0, 16, true);
    card_queue(&card.tx, 1, 16, true);
    card_driver_ok();
    card_settle();
}

static void send_one(void)
{
    drv_add_one(&card.tx, card_packet(60, 1), 72, false, 1);
    drv_kick(&card.tx);
}

static uint32_t messages(void)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < RL_NUM_VECTORS; i++)
        sum += fake.msix_sent[i];
    return sum;
}

static uint32_t cfg_read(uint32_t offset, uint32_t length)
{
    struct hal_mbox entry = {.be = 15, .tag = 99, .cfg = true};

    fake.caps[PCI_DW + 1] = 0;
    fake.caps[PCI_DW + 2] = offset;
    fake.caps[PCI_DW + 3] = length;
    fake_mbox_push(&entry);
    card_turns(1);
    assert_true(fake.tag_answered[99]);
    return fake.tag_data[99];
}

static void an_unaligned_access_through_pci_cfg_reads_zero(void **state)
{
    (void)state;
    assert_int_not_equal(cfg_read(REG_CONFIG, 2), 0);
    assert_int_equal(cfg_read(REG_CONFIG + 1, 2), 0);
    assert_int_equal(cfg_read(REG_CONFIG + 2, 4), 0);
}

/* ---- Interrupts ---------------------------------------------------------- */

static void without_msix_a_queue_needs_no_vector(void **state)
{
    (void)state;
    fake_msix_enable(false);
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&card.tx, 1, 16, true);
    card_write(REG_QUEUE_VECTOR, 2, 0xffff);
    card_driver_ok();
    card_settle();
    send_one();
    card_settle();
    assert_int_equal(fake.isr, 1);
    fake_msix_enable(true);
}

/* The driver has been asked and wants an interrupt; then it unmaps the queue. */
static void a_vector_may_go_while_the_driver_is_asked(void **state)
{
    (void)state;
    start(0);
    send_one();
    for (int i = 0; i < 20 && !card_vq(1)->event_read; i++) {
        fake_fetch_step();
        fake_read_step();
        card_turns(1);
    }
    assert_true(card_vq(1)->event_read);
    card_select(1);
    card_write(REG_QUEUE_VECTOR, 2, 0xffff);
    card_settle();
    assert_true(drv_reap(&card.tx, NULL, NULL, NULL));
    assert_int_equal(messages(), 0);
}

static void a_change_is_told_when_there_is_room_again(void **state)
{
    (void)state;
    start(0);
    fake.wr_depth = 0;
    transport_config_changed();
    card_turns(3);
    assert_int_equal(messages(), 0);
    fake.wr_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(fake.msix_sent[0], 1);
}

static void a_masked_message_does_not_outlive_a_reset(void **state)
{
    (void)state;
    start(0);
    fake.msix_masked[2] = true;
    send_one();
    card_settle();
    assert_true(fake.msix_pending[2]);
    card_reset();
    assert_false(fake.msix_pending[2]);
    fake.msix_masked[2] = false;
}

/* ---- Stopping ------------------------------------------------------------ */

static void each_broken_queue_has_its_commands_dropped(void **state)
{
    (void)state;
    start(0);
    vq_break(card_vq(1), VQ_FAULT_DATA_DMA);
    assert_int_equal(fake.abort, 2);
    vq_break(card_vq(0), VQ_FAULT_DATA_DMA);
    assert_int_equal(fake.abort, 3);
    card_reset();
    assert_int_equal(fake.abort, 0);
}

/* It has no frames in the port. */
static void a_broken_transmit_queue_leaves_received_frames_alone(void **state)
{
    (void)state;
    start(0);
    card_frame(60, 7);
    card_turns(2);
    vq_break(card_vq(1), VQ_FAULT_DATA_DMA);
    card_settle();
    drv_add_one(&card.rx, card_alloc(200), 200, true, 3);
    drv_kick(&card.rx);
    card_settle();
    assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
}

/* A queue that starts in the middle of a reset would never let it end. */
static void nothing_starts_during_a_reset(void **state)
{
    (void)state;
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&card.tx, 1, 16, true);
    card_driver_ok();
    card_turns(2);
    assert_true(fake.fetches.count != 0);
    card_write(REG_STATUS, 1, 0);
    assert_int_not_equal(card_status(), 0);
    card_write(REG_QUEUE_SELECT, 2, 0);
    card_write64(REG_QUEUE_DESC, card_alloc(256));
    card_write64(REG_QUEUE_DRIVER, card_alloc(4));
    card_write64(REG_QUEUE_DEVICE, card_alloc(4));
    card_write(REG_QUEUE_ENABLE, 2, 1);
    card_settle();
    assert_int_equal(card_status(), 0);
}

/* A frame over two buffers of which one is given back: the next driver hears
 * nothing of it. */
static void a_frame_half_given_back_ends_with_a_reset(void **state)
{
    (void)state;
    start(1ull << 15);
    drv_add_one(&card.rx, card_alloc(64), 64, true, 1);
    drv_add_one(&card.rx, card_alloc(64), 64, true, 2);
    drv_kick(&card.rx);
    card_settle();
    fake.wr_depth = 2;
    card_frame(100, 1);
    card_turns(3);
    fake.wr_depth = RL_CMD_DEPTH;
    card_write(REG_STATUS, 1, 0);
    card_settle();
    assert_int_equal(card_status(), 0);
    card_negotiate(F_BASE | F_IN_ORDER | 1ull << 15);
    card_queue(&card.rx, 0, 16, true);
    card_driver_ok();
    drv_add_one(&card.rx, card_alloc(64), 64, true, 3);
    drv_kick(&card.rx);
    card_settle();
    assert_int_equal(card_vq(0)->used, 0);
    assert_false(drv_reap(&card.rx, NULL, NULL, NULL));
    card_frame(40, 2);
    card_settle();
    assert_true(drv_reap(&card.rx, NULL, NULL, NULL));
}

/* Lengths were taken from the port: the frames must follow. */
static void receive_runs_in_flight_end_by_themselves(void **state)
{
    uint32_t before;

    (void)state;
    start(F_RING_RESET);
    for (uint16_t i = 0; i < 8; i++)
        drv_add_one(&card.rx, card_alloc(128), 128, true, i);
    drv_kick(&card.rx);
    card_settle();
    for (uint32_t i = 0; i < 4; i++)
        card_frame(64, i);
    before = log_count(FAKE_PAYLOAD);
    for (int i = 0; i < 10 && card_vq(0)->used == 0; i++) {
        fake_fetch_step();
        card_turns(1);
    }
    assert_int_equal(card_vq(0)->used, 4);
    card_select(0);
    card_write(REG_QUEUE_RESET, 2, 1);
    assert_int_equal(fake.abort, 0);
    card_settle();
    assert_int_equal(card_read(REG_QUEUE_RESET, 2), 0);
    assert_true(log_count(FAKE_PAYLOAD) - before >= 4);
}

static void a_queue_reset_keeps_the_vector(void **state)
{
    (void)state;
    start(F_RING_RESET);
    card_select(1);
    card_write(REG_QUEUE_RESET, 2, 1);
    card_settle();
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
    assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 2);
}

static void a_queue_being_configured_is_not_reset(void **state)
{
    (void)state;
    start(F_RING_RESET);
    card_select(2);
    card_write(REG_QUEUE_SIZE, 2, 8);
    card_write(REG_QUEUE_RESET, 2, 1);
    card_settle();
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 8);
}

/* ---- Registers ----------------------------------------------------------- */

static void feature_words_beyond_the_second_are_not_kept(void **state)
{
    (void)state;
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    for (uint32_t select = 2; select < 70; select++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, select);
        card_write(REG_DRIVER_FEATURE, 4, UINT32_MAX);
        assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0);
    }
    for (uint32_t select = 0; select < 2; select++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, select);
        assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0);
    }
}

/* A driver reads the generation, the configuration and the generation again,
 * until both are the same. */
static void the_generation_rests_after_a_change(void **state)
{
    uint32_t generation;

    (void)state;
    card_read(REG_CONFIG, 4);
    transport_config_changed();
    generation = card_read(REG_GENERATION, 1);
    for (int i = 0; i < 4; i++) {
        card_read(REG_CONFIG, 4);
        assert_int_equal(card_read(REG_GENERATION, 1), generation);
    }
}

static void no_queue_is_enabled_after_failed(void **state)
{
    (void)state;
    card_negotiate(F_BASE);
    card_write(REG_STATUS, 1, ST_FAILED);
    card_select(0);
    card_write64(REG_QUEUE_DESC, card_alloc(4096));
    card_write64(REG_QUEUE_DRIVER, card_alloc(64));
    card_write64(REG_QUEUE_DEVICE, card_alloc(64));
    card_write(REG_QUEUE_ENABLE, 2, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
}

static void notification_data_is_told_with_its_feature_only(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        start(with ? F_NOTIF_CONFIG_DATA : 0);
        card_select(1);
        assert_int_equal(card_read(REG_QUEUE_NOTIF_DATA, 2), with);
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(an_unaligned_access_through_pci_cfg_reads_zero),
        test_net(without_msix_a_queue_needs_no_vector),
        test_own(a_vector_may_go_while_the_driver_is_asked),
        test_own(a_change_is_told_when_there_is_room_again),
        test_own(a_masked_message_does_not_outlive_a_reset),
        test_own(each_broken_queue_has_its_commands_dropped),
        test_own(a_broken_transmit_queue_leaves_received_frames_alone),
        test_own(nothing_starts_during_a_reset),
        test_own(a_frame_half_given_back_ends_with_a_reset),
        test_own(receive_runs_in_flight_end_by_themselves),
        test_own(a_queue_reset_keeps_the_vector),
        test_own(a_queue_being_configured_is_not_reset),
        test_net(feature_words_beyond_the_second_are_not_kept),
        test_net(the_generation_rests_after_a_change),
        test_net(no_queue_is_enabled_after_failed),
        test_own(notification_data_is_told_with_its_feature_only),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
