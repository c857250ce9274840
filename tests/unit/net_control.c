/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The control queue where its neighbours and its own past matter: resets, tables,
 * short commands behind good ones; and receive queues that stop half way.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)
#define F_CTRL_VQ   (1ull << 17)
#define F_MQ        (1ull << 22)

enum { CTRL = 8, OK = 0, ERR = 1, NO_ANSWER = 0xee };

static struct drv rx, tx, ctrl;
static uint64_t ack;

static void start(uint64_t features, uint16_t ctrl_index)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | features);
    card_queue(&rx, 0, 64, true);
    card_queue(&tx, 1, 64, true);
    card_queue(&ctrl, ctrl_index, 16, true);
    card_driver_ok();
    card_settle();
    ack = card_alloc(16);
}

static void add(const uint8_t *bytes, uint32_t n, bool table)
{
    struct drv_elem e[2] = {{card_alloc(16), n, false}, {ack, 1, true}};

    memcpy(fake_at(e[0].addr, n), bytes, n);
    *(uint8_t *)fake_at(ack, 1) = NO_ANSWER;
    if (table)
        drv_add_indirect(&ctrl, card_alloc(32), e, 2, 5, 5);
    else
        drv_add(&ctrl, e, 2, 5, 5);
    drv_kick(&ctrl);
}

static uint8_t answer(void)
{
    card_settle();
    return drv_reap(&ctrl, NULL, NULL, NULL) ? *(uint8_t *)fake_at(ack, 1)
                                             : NO_ANSWER;
}

static void without_its_feature_it_does_nothing(void **state)
{
    (void)state;
    start(0, 2);
    add((const uint8_t[]){4, 0, 1, 0}, 4, false);
    assert_int_equal(answer(), NO_ANSWER);
    assert_int_equal(*(uint8_t *)fake_at(ack, 1), NO_ANSWER);
}

/* What is missing must not be taken from the command before. */
static void a_short_command_behind_a_good_one_is_an_error(void **state)
{
    (void)state;
    start(F_CTRL_VQ | F_MQ, CTRL);
    for (uint32_t n = 1; n < 4; n++) {
        add((const uint8_t[]){4, 0, 2, 0}, 4, false);
        assert_int_equal(answer(), OK);
        add((const uint8_t[]){4, 0, 3, 0}, n, false);
        assert_int_equal(answer(), ERR);
    }
}

/* Of a command that was being fetched nothing is left. */
static void its_reset_forgets_the_command_at_hand(void **state)
{
    (void)state;
    for (int steps = 0; steps < 6; steps++) {
        start(F_CTRL_VQ | F_MQ | F_RING_RESET, CTRL);
        add((const uint8_t[]){4, 0, 2, 0}, 4, false);
        for (int i = 0; i < steps; i++) {
            if (i % 2 != 0)
                fake_fetch_step();
            else
                card_turns(1);
        }
        card_select(CTRL);
        card_write(REG_QUEUE_RESET, 2, 1);
        card_settle();
        assert_int_equal(card_read(REG_QUEUE_RESET, 2), 0);
        *(uint8_t *)fake_at(ack, 1) = NO_ANSWER;
        card_queue(&ctrl, CTRL, 16, true);
        card_settle();
        assert_int_equal(*(uint8_t *)fake_at(ack, 1), NO_ANSWER);
        add((const uint8_t[]){4, 0, 3, 0}, 4, false);
        assert_int_equal(answer(), OK);
        card_down(NULL);
    }
}

static void tables_of_many_commands_find_room(void **state)
{
    (void)state;
    start(F_CTRL_VQ | F_MQ | F_INDIRECT, CTRL);
    for (uint32_t i = 0; i < 400; i++) {
        add((const uint8_t[]){4, 0, 1, 0}, 4, true);
        assert_int_equal(answer(), OK);
    }
}

/* A frame over many chains, with room for few used descriptors at a time. */
static void a_frame_half_given_back_ends_with_its_queue(void **state)
{
    struct drv_used used;
    uint64_t at;

    (void)state;
    start(F_CTRL_VQ | F_MQ | F_RING_RESET | F_MRG_RXBUF, CTRL);
    for (uint16_t i = 0; i < 20; i++) {
        struct drv_elem e[2] = {{card_alloc(32), 32, true},
                                {card_alloc(32), 32, true}};

        drv_add(&rx, e, 2, i, i);
    }
    drv_kick(&rx);
    card_settle();
    fake.wr_depth = 3;
    card_frame(600, 1);
    for (int i = 0; i < 6; i++) {
        fake_fetch_step();
        card_turns(1);
    }
    assert_true(card_vq(0)->taken != 0);
    card_select(0);
    card_write(REG_QUEUE_RESET, 2, 1);
    card_settle();
    assert_int_equal(card_read(REG_QUEUE_RESET, 2), 0);
    fake.wr_depth = RL_CMD_DEPTH;
    card_queue(&rx, 0, 16, true);
    card_settle();
    at = card_alloc(128);
    drv_add_one(&rx, at, 128, true, 77);
    drv_kick(&rx);
    card_frame(64, 9);
    card_settle();
    assert_true(drv_reap(&rx, &used, NULL, NULL));
    assert_int_equal(used.id, 77);
    assert_int_equal(used.len, 76);
    assert_int_equal(*(uint8_t *)fake_at(at + 12, 1), 9);
    assert_int_equal(drv_flags(&rx, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(without_its_feature_it_does_nothing),
        test_own(a_short_command_behind_a_good_one_is_an_error),
        test_own(its_reset_forgets_the_command_at_hand),
        test_own(tables_of_many_commands_find_room),
        test_own(a_frame_half_given_back_ends_with_its_queue),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
