/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Interrupts, doorbells and their suppression. The races are searched: every
 * order of a few steps of driver, loop and DMA.
 */
#include "support/card.h"

static void send_one(struct drv *tx, uint16_t id)
{
    drv_add_one(tx, card_packet(60, id), 72, false, id);
}

static uint32_t event_reads(const struct drv *d)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < fake.log_count; i++)
        n += fake.log[i].kind == FAKE_FETCH &&
             fake.log[i].addr == d->driver_area;
    return n;
}

/* ---- Interrupts ---------------------------------------------------------------- */

static void the_driver_event_flags_decide_about_the_interrupt(void **state)
{
    /* 2 belongs to a feature that is not offered, 3 is reserved. */
    static const uint16_t modes[] = {0, 1, 2, 3, 0xfffc, 0xfffd};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        for (int in_order = 0; in_order < 2; in_order++) {
            uint32_t expected = (modes[i] & 3) == 1 ? 0 : 1;
            struct net_card c;

            card_up(&virtio_net_ops);
            card_net(&c, 8, 8, in_order != 0);
            drv_interrupts(&c.tx, modes[i]);
            drv_interrupts(&c.rx, modes[i]);
            send_one(&c.tx, 1);
            drv_add_one(&c.rx, card_alloc(128), 128, true, 1);
            drv_kick(&c.tx);
            drv_kick(&c.rx);
            card_frame(60, 1);
            card_settle();
            assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
            assert_true(drv_reap(&c.rx, NULL, NULL, NULL));
            assert_int_equal(fake.msix_sent[1], expected);
            assert_int_equal(fake.msix_sent[2], expected);
            assert_int_equal(fake.msix_sent[0], 0);
            card_down(NULL);
        }
}

static void a_batch_raises_one_interrupt(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 32, true);
    for (uint16_t i = 0; i < 20; i++)
        send_one(&c.tx, i);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.msix_sent[2], 1);
}

static void the_interrupt_follows_the_used_descriptor(void **state)
{
    struct net_card c;
    int used, event, msix;

    (void)state;
    card_net(&c, 8, 8, true);
    fake.log_count = 0;
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_settle();
    used = log_find(FAKE_IMM, 0);
    msix = log_find(FAKE_MSIX, 0);
    assert_true(used >= 0 && msix > used);
    event = log_find(FAKE_FETCH, used);
    assert_true(event > used && event < msix);
    assert_int_equal(fake.log[event].addr, c.tx.driver_area);
    assert_int_equal(fake.log[event].len, 4);
}

static void payload_precedes_the_used_descriptor(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.rx, card_alloc(128), 128, true, 1);
    drv_kick(&c.rx);
    card_settle();
    fake.log_count = 0;
    card_frame(60, 1);
    card_settle();
    assert_true(log_find(FAKE_PAYLOAD, 0) >= 0);
    assert_true(log_find(FAKE_PAYLOAD, 0) < log_find(FAKE_BURST, 0));
    assert_true(log_find(FAKE_BURST, 0) < log_find(FAKE_MSIX, 0));
}

/* The event area is read behind a fence: not while the used write waits. */
static void the_event_read_waits_for_the_used_write(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_turns(2);
    assert_true(fake_fetch_step());
    card_turns(2);
    assert_true(fake_read_step());
    card_turns(2);
    while (fake_fetch_step())
        card_turns(2);
    assert_true(fake.fetches.count >= 1);
    assert_int_equal(event_reads(&c.tx), 0);
    assert_true(fake_drain_writes() >= 1);
    assert_true(fake_fetch_step());
    assert_int_equal(event_reads(&c.tx), 1);
}

/* Driver: enable interrupts, look at the ring; nothing used: sleep. */
static bool sleeps_after_enable(struct drv *tx)
{
    drv_interrupts(tx, 0);
    return !drv_reap(tx, NULL, NULL, NULL);
}

/* At whatever moment the driver enables and looks: it sees the buffer or is
 * woken. All orders of seven steps. */
static void enabling_never_loses_an_interrupt(void **state)
{
    struct net_card c;
    uint32_t slept = 0, cases = 0;

    (void)state;
    card_net(&c, 8, 5, true);
    for (uint32_t moment = 0; moment <= 7; moment++)
        for (uint32_t word = 0; word < 4 * 4 * 4 * 4 * 4 * 4 * 4; word++) {
            uint32_t interrupts = fake.msix_sent[2], steps = word;
            bool asleep = false;

            drv_interrupts(&c.tx, 1);
            drv_add_one(&c.tx, HOST_BASE, 72, false, (uint16_t)word);
            drv_kick(&c.tx);
            for (uint32_t i = 0; i < 7; i++, steps /= 4) {
                if (i == moment)
                    asleep = sleeps_after_enable(&c.tx);
                switch (steps % 4) {
                case 0:
                    loop_turn();
                    break;
                case 1:
                    fake_fetch_step();
                    break;
                case 2:
                    fake_read_step();
                    break;
                default:
                    fake_write_step();
                }
            }
            if (moment == 7)
                asleep = sleeps_after_enable(&c.tx);
            card_settle();
            cases++;
            slept += asleep;
            if (asleep) {
                assert_true(fake.msix_sent[2] > interrupts);
                assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
            }
            assert_int_equal(drv_outstanding(&c.tx), 0);
            fake.log_count = 0;
            fake.sent_count = 0;
        }
    assert_true(slept > 0 && slept < cases);
}

static void used_descriptors_behind_an_event_read_are_told_too(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_interrupts(&c.tx, 1);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    while (event_reads(&c.tx) == 0) {
        card_turns(1);
        fake_fetch_step();
        fake_read_step();
        fake_write_step();
    }
    /* The first read saw "disabled"; its answer is not yet looked at. */
    drv_interrupts(&c.tx, 0);
    send_one(&c.tx, 2);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.msix_sent[2], 1);
    assert_int_equal(event_reads(&c.tx), 2);
}

static void no_event_is_read_when_there_is_no_vector(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_select(1);
    card_write(REG_QUEUE_VECTOR, 2, 0xffff);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    assert_int_equal(event_reads(&c.tx), 0);
    assert_int_equal(log_count(FAKE_MSIX), 0);
    assert_int_equal(fake.isr, 0);

    card_write(REG_QUEUE_VECTOR, 2, 16);
    send_one(&c.tx, 2);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.msix_sent[16], 1);
}

static void queues_and_configuration_may_share_a_vector(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    for (uint16_t q = 0; q < 2; q++) {
        card_select(q);
        card_write(REG_QUEUE_VECTOR, 2, 0);
    }
    send_one(&c.tx, 1);
    drv_add_one(&c.rx, card_alloc(128), 128, true, 1);
    drv_kick(&c.tx);
    drv_kick(&c.rx);
    card_frame(60, 1);
    card_settle();
    assert_int_equal(fake.msix_sent[0], 2);
}

static void a_masked_vector_stays_pending(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    fake.msix_masked[2] = true;
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_true(fake.msix_pending[2]);
    assert_int_equal(fake.msix_sent[2], 0);
}

static void without_msix_the_isr_bit_follows_the_used_write(void **state)
{
    struct net_card c;

    (void)state;
    fake_msix_enable(false);
    card_net(&c, 8, 8, true);
    fake.log_count = 0;
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.isr, 1);
    assert_true(log_find(FAKE_ISR, 0) > log_find(FAKE_IMM, 0));
    assert_int_equal(card_read(REG_ISR, 1), 1);
    assert_int_equal(card_read(REG_ISR, 1), 0);
    assert_int_equal(fake.isr, 0);

    drv_interrupts(&c.tx, 1);
    send_one(&c.tx, 2);
    drv_kick(&c.tx);
    card_settle();
    assert_int_equal(fake.isr, 0);
}

static void an_interrupt_put_off_is_sent_later(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    send_one(&c.tx, 1);
    drv_kick(&c.tx);
    while (event_reads(&c.tx) == 0) {
        card_turns(1);
        fake_fetch_step();
        fake_read_step();
        fake_write_step();
    }
    fake.wr_depth = 0;
    card_turns(5);
    fake.wr_depth = RL_CMD_DEPTH;
    card_settle();
    assert_int_equal(fake.msix_sent[2], 1);
}

/* ---- Doorbells --------------------------------------------------------------------- */

static uint32_t device_area(const struct drv *d)
{
    uint32_t word;

    memcpy(&word, fake_at(d->device_area, 4), 4);
    return word;
}

static void a_loaded_queue_asks_for_no_doorbells_an_idle_one_does(void **state)
{
    bool disabled = false;
    struct net_card c;

    (void)state;
    card_net(&c, 8, 256, true);
    for (uint16_t i = 0; i < 200; i++)
        send_one(&c.tx, i);
    drv_kick(&c.tx);
    for (int i = 0; i < 100; i++) {
        card_turns(1);
        fake_fetch_step();
        fake_drain_writes();
        assert_int_equal(device_area(&c.tx) & ~0x00030000u, 0);
        assert_true(device_area(&c.tx) >> 16 <= 1);
        disabled |= device_area(&c.tx) >> 16 == 1;
    }
    assert_true(disabled);
    card_settle();
    assert_int_equal(device_area(&c.tx), 0);
    assert_int_equal(fake.sent_count, 200);
}

static void doorbells_nobody_asked_for_do_no_harm(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 64, true);
    for (uint16_t i = 0; i < 60; i++) {
        send_one(&c.tx, i);
        fake_doorbell(1, 0xffffu);
        fake_doorbell(0, 1);
        fake_doorbell(15, 1);
        card_turns(1);
        fake_random_step(draw);
    }
    for (int i = 0; i < 100; i++) {
        fake_doorbell(1, 1);
        card_settle();
    }
    assert_int_equal(fake.sent_count, 60);
}

static void one_doorbell_step(uint32_t what, struct drv *tx, uint32_t *added)
{
    switch (what) {
    case 0:
        loop_turn();
        break;
    case 1:
        if (fake.fetches.count != 0)
            fake_fetch_sample(0, UINT64_MAX);
        break;
    case 2:
        fake_fetch_step();
        break;
    case 3:
        fake_write_step();
        fake_read_step();
        break;
    default:
        if (tx->free != 0) {
            drv_add_one(tx, HOST_BASE, 72, false, (uint16_t)*added);
            (*added)++;
            drv_kick(tx);
        }
    }
}

/* Every order of seven steps of loop, DMA and a driver that adds buffers and
 * rings when the device wants it. */
static void a_doorbell_during_a_fetch_is_not_lost(void **state)
{
    struct net_card c;
    uint32_t added = 0;

    (void)state;
    card_net(&c, 8, 5, true);
    for (uint32_t word = 0; word < 78125; word++) {
        uint32_t steps = word;

        for (int i = 0; i < 7; i++, steps /= 5)
            one_doorbell_step(steps % 5, &c.tx, &added);
        card_settle();
        while (drv_reap(&c.tx, NULL, NULL, NULL))
            ;
        assert_int_equal(drv_outstanding(&c.tx), 0);
        fake.log_count = 0;
        fake.sent_count = 0;
    }
}

/* The same from a state in which doorbells are off: the driver that adds while
 * the device decides to sleep is seen. */
static void a_buffer_added_while_doorbells_return_is_seen(void **state)
{
    uint32_t added = 0, suppressed = 0;
    struct net_card c;

    (void)state;
    card_net(&c, 8, 256, true);
    for (uint32_t word = 0; word < 15625; word++) {
        uint32_t steps = word;

        for (int i = 0; i < 34; i++)
            one_doorbell_step(4, &c.tx, &added);
        for (int i = 0; i < 30 && device_area(&c.tx) == 0; i++) {
            loop_turn();
            fake_fetch_step();
            fake_write_step();
        }
        suppressed += device_area(&c.tx) != 0;
        while (fake.reads.count != 0) {
            loop_turn();
            fake_read_step();
        }
        for (int i = 0; i < 6; i++, steps /= 5)
            one_doorbell_step(steps % 5, &c.tx, &added);
        card_settle();
        while (drv_reap(&c.tx, NULL, NULL, NULL))
            ;
        assert_int_equal(drv_outstanding(&c.tx), 0);
        assert_true(drv_wants_doorbell(&c.tx));
        fake.log_count = 0;
        fake.sent_count = 0;
    }
    assert_true(suppressed > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(the_driver_event_flags_decide_about_the_interrupt),
        test_net(a_batch_raises_one_interrupt),
        test_net(the_interrupt_follows_the_used_descriptor),
        test_net(payload_precedes_the_used_descriptor),
        test_net(the_event_read_waits_for_the_used_write),
        test_net(enabling_never_loses_an_interrupt),
        test_net(used_descriptors_behind_an_event_read_are_told_too),
        test_net(no_event_is_read_when_there_is_no_vector),
        test_net(queues_and_configuration_may_share_a_vector),
        test_net(a_masked_vector_stays_pending),
        test_net(without_msix_the_isr_bit_follows_the_used_write),
        test_net(an_interrupt_put_off_is_sent_later),
        test_net(a_loaded_queue_asks_for_no_doorbells_an_idle_one_does),
        test_net(doorbells_nobody_asked_for_do_no_harm),
        test_net(a_doorbell_during_a_fetch_is_not_lost),
        test_net(a_buffer_added_while_doorbells_return_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
