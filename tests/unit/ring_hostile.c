/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Drivers that break the rules: the queue is stopped and the driver told, the
 * other queue and the card go on; or the oddity is no error at all.
 */
#include "support/card.h"

static void expect_broken(uint32_t queue, enum vq_fault fault)
{
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     (queue << 16) | fault);
    assert_int_equal(fake.msix_sent[0], 1);
    assert_int_equal(fake.isr & 2, 2);
}

static void rx_still_works(struct drv *rx)
{
    struct drv_used used;

    drv_add_one(rx, card_alloc(128), 128, true, 42);
    drv_kick(rx);
    card_frame(64, 9);
    card_settle();
    assert_true(drv_reap(rx, &used, NULL, NULL));
    assert_int_equal(used.id, 42);
    assert_int_equal(used.len, 76);
}

static void tx_still_works(struct drv *tx)
{
    uint32_t before = fake.sent_count;

    drv_add_one(tx, card_packet(60, 5), 72, false, 42);
    drv_kick(tx);
    card_settle();
    assert_int_equal(fake.sent_count, before + 1);
    card_expect_sent(before, 60, 5);
    assert_true(drv_reap(tx, NULL, NULL, NULL));
}

static void reset_and_try_again(void)
{
    struct net_card c;

    card_reset();
    fake_advance(1000000); /* a tick: frames of the last life are dropped */
    card_settle();
    card_net(&c, 8, 8, true);
    tx_still_works(&c.tx);
    rx_still_works(&c.rx);
}

/* Write flags into the transmit ring, ring the bell. */
static void poke_tx(struct drv *tx, uint32_t n, const uint16_t *flags)
{
    for (uint16_t i = 0; i < n; i++)
        drv_poke(tx, i, card_packet(60, i), 72, i,
                 (uint16_t)(flags[i] | DRV_AVAIL));
    fake_doorbell(1, 1);
    card_settle();
}

static void a_chain_longer_than_the_queue_breaks_it(void **state)
{
    static const uint16_t flags[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    poke_tx(&c.tx, 8, flags);
    expect_broken(1, VQ_FAULT_CHAIN_LENGTH);
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_writes_in(c.tx.ring, 128), 0);
    rx_still_works(&c.rx);
    reset_and_try_again();
}

static void an_endless_chain_in_a_large_ring_breaks_it(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 256, true);
    for (uint16_t i = 0; i < 256; i++)
        drv_poke(&c.tx, i, HOST_BASE, 0, 0, DRV_AVAIL | DRV_NEXT);
    fake_doorbell(1, 1);
    card_settle();
    expect_broken(1, VQ_FAULT_CHAIN_LENGTH);
}

/* The last descriptor of the look is available, the first one is not. */
static void a_hole_before_available_descriptors_lets_the_card_rest(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 64, true);
    for (uint16_t i = 1; i < 64; i++)
        drv_poke(&c.tx, i, card_packet(60, i), 72, i, DRV_AVAIL);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 0);
    drv_poke(&c.tx, 0, card_packet(60, 0), 72, 0, DRV_AVAIL);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 64);
}

static void a_chain_into_slots_still_in_use_is_no_endless_loop(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 4; i++)
        drv_poke(&c.tx, i, card_packet(60, i), 72, i, DRV_AVAIL);
    for (uint16_t i = 4; i < 8; i++)
        drv_poke(&c.tx, i, card_packet(60, i), 72, i, DRV_AVAIL | DRV_NEXT);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 4);
    assert_true(card_status() & ST_NEEDS_RESET);
}

static void indirect_was_not_negotiated(void **state)
{
    static const uint16_t alone[] = {4}, chained[] = {1, 4}, both[] = {5, 0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, true);
        poke_tx(&c.tx, i == 0 ? 1 : 2,
                i == 0   ? alone
                : i == 1 ? chained
                         : both);
        expect_broken(1, VQ_FAULT_INDIRECT);
        rx_still_works(&c.rx);
        card_down(NULL);
    }
}

static void what_stands_before_a_broken_chain_is_sent(void **state)
{
    static const uint16_t flags[] = {0, 0, 4};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    poke_tx(&c.tx, 3, flags);
    expect_broken(1, VQ_FAULT_INDIRECT);
    assert_int_equal(fake.sent_count <= 2, 1);
    for (uint16_t i = 0; i < 3; i++)
        assert_int_equal(drv_flags(&c.tx, i) & 0x7fff & ~0x84, 0);
}

static void readable_after_writable_breaks_the_queue(void **state)
{
    struct drv_elem e[2] = {{0, 64, true}, {0, 64, false}};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    e[0].addr = card_alloc(64);
    e[1].addr = card_alloc(64);
    drv_add(&c.tx, e, 2, 1, 1);
    drv_kick(&c.tx);
    card_settle();
    expect_broken(1, VQ_FAULT_CHAIN_ORDER);
    rx_still_works(&c.rx);
}

static void bits_the_specification_does_not_know_are_ignored(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 6; i++)
        drv_poke(&c.tx, i, card_packet(60, i), 72, i,
                 (uint16_t)(DRV_AVAIL | (i == 0 ? 0x0008 : 0x0100 << i)));
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 6);
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    assert_int_equal(drv_flags(&c.tx, 0), 0x8080);
}

/* ---- Lengths and addresses --------------------------------------------------------- */

static void elements_of_no_length_count_as_slots_only(void **state)
{
    (void)state;
    for (uint32_t full = 0; full < 3; full++)
        for (int in_order = 0; in_order < 2; in_order++) {
            /* An empty element's address is not looked at. */
            struct drv_elem e[3] = {{UINT64_MAX - 7, 0, false},
                                    {UINT64_MAX, 0, false},
                                    {0, 0, false}};
            struct drv_used used;
            struct net_card c;

            card_up(&virtio_net_ops);
            card_net(&c, 8, 8, in_order != 0);
            e[full] = (struct drv_elem){card_packet(60, full), 72, false};
            drv_add(&c.tx, e, 3, 7, 7);
            drv_kick(&c.tx);
            card_settle();
            assert_true(drv_reap(&c.tx, &used, NULL, NULL));
            assert_int_equal(used.id, 7);
            assert_int_equal(c.tx.used, 3);
            card_expect_sent(0, 60, full);
            card_down(NULL);
        }
}

static void a_buffer_of_empty_elements_is_given_back(void **state)
{
    struct drv_elem e[3] = {{0, 0, false}, {1, 0, false}, {2, 0, false}};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add(&c.tx, e, 3, 7, 7);
    drv_kick(&c.tx);
    card_settle();
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    assert_int_equal(fake.sent_count, 0);
    tx_still_works(&c.tx);
}

static void a_huge_length_is_dropped_on_transmit(void **state)
{
    static const uint32_t lengths[] = {0xffffffffu, 0x80000000u, 0x7fffffffu,
                                       0x10000u};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (size_t i = 0; i < 4; i++) {
        drv_add_one(&c.tx, HOST_BASE, lengths[i], false, (uint16_t)i);
        drv_kick(&c.tx);
        card_settle();
        assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    }
    assert_int_equal(fake.sent_count, 0);
    assert_int_equal(log_count(FAKE_GATHER), 0);
    tx_still_works(&c.tx);
}

static void lengths_that_add_up_beyond_32_bits_do_not_wrap(void **state)
{
    struct drv_elem e[3] = {{HOST_BASE, 0xffffffffu, false},
                            {HOST_BASE, 1, false},
                            {HOST_BASE, 72, false}};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add(&c.tx, e, 3, 1, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    assert_int_equal(fake.sent_count, 0);
    tx_still_works(&c.tx);
}

static void a_huge_receive_buffer_gets_a_frame(void **state)
{
    static const uint32_t lengths[] = {0xffffffffu, 0x80000000u, 0x7fffffffu};
    struct drv_used used;
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t i = 0; i < 3; i++) {
        drv_add_one(&c.rx, card_alloc(128), lengths[i], true, i);
        drv_kick(&c.rx);
        card_frame(60, i);
        card_settle();
        assert_true(drv_reap(&c.rx, &used, NULL, NULL));
        assert_int_equal(used.len, 72);
    }
}

static void a_buffer_nobody_answers_for_breaks_its_queue_only(void **state)
{
    static const uint64_t bad[] = {0,
                                   HOST_BASE - 30,
                                   HOST_BASE + FAKE_HOST_BYTES - 71,
                                   0xffffffffffffffffull,
                                   0xfffffffffffffff0ull,
                                   0x8000000000000000ull};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 8, 8, true);
        drv_add_one(&c.tx, bad[i], 72, false, 1);
        drv_kick(&c.tx);
        card_settle();
        expect_broken(1, VQ_FAULT_DATA_DMA);
        assert_int_equal(log_writes_in(c.tx.ring, 128), 0);
        rx_still_works(&c.rx);
        reset_and_try_again();
        card_down(NULL);
    }
}

static void receive_into_nowhere_does_not_disturb_transmit(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, 16, 2048, true, 1);
    drv_kick(&c.rx);
    card_frame(60, 1);
    card_settle();
    tx_still_works(&c.tx);
    card_reset();
}

static void a_receive_address_that_wraps_breaks_the_queue(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, 0xfffffffffffffff0ull, 2048, true, 1);
    drv_kick(&c.rx);
    card_frame(60, 1);
    card_settle();
    expect_broken(0, VQ_FAULT_DATA_DMA);
    tx_still_works(&c.tx);
}

/* ---- Rings and event areas ------------------------------------------------------------ */

static void configure_tx(uint64_t ring, uint64_t driver, uint64_t device)
{
    card_select(1);
    card_write(REG_QUEUE_SIZE, 2, 8);
    card_write(REG_QUEUE_VECTOR, 2, 2);
    card_write64(REG_QUEUE_DESC, ring);
    card_write64(REG_QUEUE_DRIVER, driver);
    card_write64(REG_QUEUE_DEVICE, device);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
}

static void an_unreachable_ring_breaks_its_queue_only(void **state)
{
    static const uint64_t bad[] = {0, HOST_BASE - 16, 0xfffffffffffffff0ull,
                                   HOST_BASE + FAKE_HOST_BYTES - 64};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct drv rx;

        card_up(&virtio_net_ops);
        card_negotiate(F_BASE | F_IN_ORDER);
        card_queue(&rx, 0, 8, true);
        configure_tx(bad[i], card_alloc(4), card_alloc(4));
        card_driver_ok();
        card_settle();
        expect_broken(1, VQ_FAULT_RING_DMA);
        rx_still_works(&rx);
        reset_and_try_again();
        card_down(NULL);
    }
}

static void an_unreachable_event_area_breaks_its_queue_only(void **state)
{
    struct drv rx, tx;

    (void)state;
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&rx, 0, 8, true);
    drv_init(&tx, 1, 8, true, card_alloc(128), card_alloc(4), card_alloc(4));
    configure_tx(tx.ring, 4, tx.device_area);
    card_driver_ok();
    card_settle();
    drv_add_one(&tx, card_packet(60, 1), 72, false, 1);
    drv_kick(&tx);
    card_settle();
    expect_broken(1, VQ_FAULT_RING_DMA);
    rx_still_works(&rx);
}

static void a_broken_queue_is_silent(void **state)
{
    static const uint16_t flags[] = {4};
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    poke_tx(&c.tx, 1, flags);
    expect_broken(1, VQ_FAULT_INDIRECT);
    fake.log_count = 0;
    drv_poke(&c.tx, 0, card_packet(60, 1), 72, 0, DRV_AVAIL);
    for (int i = 0; i < 10; i++) {
        fake_doorbell(1, 1);
        card_settle();
    }
    assert_int_equal(fake.log_count, 0);
}

static void a_queue_broken_before_driver_ok_sends_no_interrupt(void **state)
{
    struct net_card c;

    (void)state;
    /* Nothing is read before DRIVER_OK, so nothing can break. */
    card_negotiate(F_BASE | F_IN_ORDER);
    card_queue(&c.rx, 0, 8, true);
    configure_tx(16, 4, 8);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(card_status() & ST_NEEDS_RESET, 0);
    assert_int_equal(log_count(FAKE_MSIX), 0);
    assert_int_equal(fake.commands, 0);
}

static void both_queues_may_break(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_poke(&c.tx, 0, 0, 72, 0, DRV_AVAIL | DRV_INDIRECT);
    drv_poke(&c.rx, 0, 0, 72, 0, DRV_AVAIL | DRV_INDIRECT);
    fake_doorbell(0, 0);
    fake_doorbell(1, 1);
    card_frame(60, 1);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_vq(0)->state, VQ_BROKEN);
    assert_int_equal(card_vq(1)->state, VQ_BROKEN);
    reset_and_try_again();
}

static void random_rings_do_not_hang_the_card(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct net_card c;

        card_up(&virtio_net_ops);
        card_net(&c, 16, 16, round & 1);
        for (uint16_t i = 0; i < 16; i++) {
            drv_poke(&c.tx, i, HOST_BASE + draw_below(1000), draw_below(100),
                     (uint16_t)draw(), (uint16_t)draw());
            drv_poke(&c.rx, i, HOST_BASE + 65536 + draw_below(1000),
                     draw_below(200), (uint16_t)draw(), (uint16_t)draw());
        }
        for (int i = 0; i < 5; i++) {
            fake_doorbell(0, 0);
            fake_doorbell(1, 1);
            card_frame(60 + draw_below(100), 1);
            card_settle();
        }
        reset_and_try_again();
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(a_chain_longer_than_the_queue_breaks_it),
        test_net(an_endless_chain_in_a_large_ring_breaks_it),
        test_net(a_hole_before_available_descriptors_lets_the_card_rest),
        test_net(a_chain_into_slots_still_in_use_is_no_endless_loop),
        test_own(indirect_was_not_negotiated),
        test_net(what_stands_before_a_broken_chain_is_sent),
        test_net(readable_after_writable_breaks_the_queue),
        test_net(bits_the_specification_does_not_know_are_ignored),
        test_own(elements_of_no_length_count_as_slots_only),
        test_net(a_buffer_of_empty_elements_is_given_back),
        test_net(a_huge_length_is_dropped_on_transmit),
        test_net(lengths_that_add_up_beyond_32_bits_do_not_wrap),
        test_net(a_huge_receive_buffer_gets_a_frame),
        test_own(a_buffer_nobody_answers_for_breaks_its_queue_only),
        test_net(receive_into_nowhere_does_not_disturb_transmit),
        test_net(a_receive_address_that_wraps_breaks_the_queue),
        test_own(an_unreachable_ring_breaks_its_queue_only),
        test_net(an_unreachable_event_area_breaks_its_queue_only),
        test_net(a_broken_queue_is_silent),
        test_net(a_queue_broken_before_driver_ok_sends_no_interrupt),
        test_net(both_queues_may_break),
        test_own(random_rings_do_not_hang_the_card),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
