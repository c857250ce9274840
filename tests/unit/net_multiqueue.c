/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * CTRL_VQ and MQ: commands and their answers, which queue a frame goes to, what a
 * queue that is not live does to the others.
 */
#include "support/card.h"

#include "../../firmware/devices/net.h"

#define F_MRG_RXBUF (1ull << 15)
#define F_CTRL_VQ   (1ull << 17)
#define F_MQ        (1ull << 22)

enum { PAIRS = 4, RX_BYTES = 128, OK = 0, ERR = 1, NO_ANSWER = 0xee };

static struct drv rx[PAIRS], tx[PAIRS], ctrl;
static uint64_t ack, rx_memory[PAIRS];

/* The first `pairs` pairs are set up, and the control queue. */
static void start(uint64_t features, uint32_t pairs, bool in_order)
{
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | features | (in_order ? F_IN_ORDER : 0));
    for (uint16_t i = 0; i < pairs; i++) {
        rx_memory[i] = card_alloc(64 * RX_BYTES);
        card_queue(&rx[i], 2 * i, 64, in_order);
        card_queue(&tx[i], (uint16_t)(2 * i + 1), 32, in_order);
    }
    if (features & F_CTRL_VQ)
        card_queue(&ctrl, features & F_MQ ? 2 * PAIRS : 2, 16, in_order);
    card_driver_ok();
    card_settle();
    ack = card_alloc(64) + 13;
}

static void start_mq(uint32_t pairs)
{
    start(F_CTRL_VQ | F_MQ, pairs, true);
}

/* ---- Commands -------------------------------------------------------------------- */

static void add_command(const uint8_t *bytes, uint32_t n, const uint32_t *cuts)
{
    struct drv_elem e[12];
    uint32_t count = 0;

    for (uint32_t at = 0; at < n; count++) {
        uint32_t len = cuts ? cuts[count] : n;
        uint64_t addr = card_alloc(len + 16) + 3 * count; /* any alignment */

        memcpy(fake_at(addr, len), bytes + at, len);
        e[count] = (struct drv_elem){addr, len, false};
        at += len;
    }
    e[count++] = (struct drv_elem){ack, 1, true};
    *(uint8_t *)fake_at(ack, 1) = NO_ANSWER;
    drv_add(&ctrl, e, count, 5, 5);
    drv_kick(&ctrl);
}

static uint8_t answer(void)
{
    struct drv_used used;

    card_settle();
    if (!drv_reap(&ctrl, &used, NULL, NULL))
        return NO_ANSWER;
    assert_int_equal(used.id, 5);
    assert_int_equal(used.len, 1);
    assert_true(used.flags & DRV_WRITE);
    return *(uint8_t *)fake_at(ack, 1);
}

static uint8_t command(const uint8_t *bytes, uint32_t n)
{
    add_command(bytes, n, NULL);
    return answer();
}

static uint8_t set_pairs(uint32_t pairs)
{
    uint8_t bytes[4] = {4, 0, (uint8_t)pairs, (uint8_t)(pairs >> 8)};

    return command(bytes, 4);
}

static void the_number_of_pairs_is_checked(void **state)
{
    static const uint32_t bad[] = {0, 5, 6, 256, 257, 0x8000, 0xffff};

    (void)state;
    start_mq(PAIRS);
    for (uint32_t i = 1; i <= PAIRS; i++)
        assert_int_equal(set_pairs(i), OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(set_pairs(bad[i]), ERR);
}

static void commands_may_be_cut_anywhere(void **state)
{
    static const uint8_t bytes[4] = {4, 0, 3, 0};
    static const uint32_t cuts[][5] = {
        {1, 1, 1, 1},    {1, 3}, {2, 2},    {3, 1},
        {0, 1, 0, 2, 1}, {4},    {1, 2, 1}, {1, 0, 0, 0, 3},
    };

    (void)state;
    start_mq(1);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        add_command(bytes, 4, cuts[i]);
        assert_int_equal(answer(), OK);
    }
}

static void unknown_and_short_commands_are_errors(void **state)
{
    uint8_t bytes[64] = {4, 0};

    (void)state;
    start_mq(1);
    for (uint32_t n = 1; n < 4; n++)
        assert_int_equal(command(bytes, n), ERR);
    for (uint32_t class = 0; class < 256; class ++)
        for (uint32_t cmd = 0; cmd < 3; cmd++) {
            if (class == 4 && cmd == 0)
                continue;
            memcpy(bytes, (uint8_t[]){(uint8_t) class, (uint8_t)cmd, 1}, 3);
            assert_int_equal(command(bytes, class % 60 + 2), ERR);
        }
    assert_false(card_status() & ST_NEEDS_RESET);
}

static void without_mq_the_control_queue_is_queue_2(void **state)
{
    (void)state;
    start(F_CTRL_VQ, 1, true);
    assert_int_equal(ctrl.index, 2);
    assert_int_equal(set_pairs(1), ERR);
    assert_int_equal(command((const uint8_t[]){9, 9}, 2), ERR);
}

static void many_commands_are_answered_in_order(void **state)
{
    (void)state;
    for (int in_order = 0; in_order < 2; in_order++) {
        start(F_CTRL_VQ | F_MQ, PAIRS, in_order != 0);
        for (uint32_t i = 0; i < 100; i++)
            assert_int_equal(set_pairs(i % 6), i % 6 < 1 || i % 6 > 4);
        assert_int_equal(card_vq(2 * PAIRS)->used, ctrl.used);
        card_down(NULL);
    }
}

static void expect_broken(enum vq_fault fault)
{
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_CAUSE, 4),
                     (2u * PAIRS) << 16 | fault);
}

/* No writable element, an empty one, a table without one, nothing at all: given
 * back with nothing written, and not carried out. */
static void a_command_without_room_for_an_answer_is_given_back(void **state)
{
    struct drv_used used;

    (void)state;
    start(F_CTRL_VQ | F_MQ | F_INDIRECT, PAIRS, true);
    for (uint32_t kind = 0; kind < 4; kind++) {
        uint64_t at = card_alloc(4);
        struct drv_elem e[2] = {{at, kind < 3 ? 4 : 0, false}, {ack, 0, true}};

        memcpy(fake_at(at, 4), (uint8_t[]){4, 0, 2, 0}, 4);
        *(uint8_t *)fake_at(ack, 1) = NO_ANSWER;
        if (kind == 2)
            drv_add_indirect(&ctrl, card_alloc(32), e, 2, 9, 9);
        else
            drv_add(&ctrl, e, 1 + (kind & 1), 9, 9);
        drv_kick(&ctrl);
        card_settle();
        assert_true(drv_reap(&ctrl, &used, NULL, NULL));
        assert_int_equal(used.id, 9);
        assert_int_equal(used.flags & DRV_WRITE, 0);
        assert_int_equal(used.len, 0);
        assert_int_equal(*(uint8_t *)fake_at(ack, 1), NO_ANSWER);
        assert_int_equal(net.pairs, 1);
        assert_int_equal(command((const uint8_t[]){9, 9}, 2), ERR);
    }
    assert_false(card_status() & ST_NEEDS_RESET);
    assert_int_equal(set_pairs(3), OK);
}

static void a_command_that_cannot_be_read_breaks_the_queue(void **state)
{
    struct drv_elem e[2] = {{0x10, 4, false}, {0, 1, true}};

    (void)state;
    start_mq(1);
    e[1].addr = ack;
    drv_add(&ctrl, e, 2, 1, 1);
    drv_kick(&ctrl);
    expect_broken(VQ_FAULT_DATA_DMA);
}

static void a_reset_with_a_command_at_hand_forgets_it(void **state)
{
    (void)state;
    start_mq(1);
    add_command((const uint8_t[]){4, 0, 2, 0}, 4, NULL);
    card_turns(1);
    fake_fetch_step(); /* the ring: now the command is asked for */
    card_turns(1);
    card_reset();
    start_mq(1);
    assert_int_equal(set_pairs(2), OK);
}

static void mq_needs_the_control_queue(void **state)
{
    (void)state;
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 0);
    card_write(REG_DRIVER_FEATURE, 4, (uint32_t)F_MQ);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    card_write(REG_DRIVER_FEATURE, 4, (uint32_t)(F_BASE >> 32));
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    assert_int_equal(card_status(), ST_ACK | ST_DRIVER);
}

static void the_configuration_says_how_many_pairs(void **state)
{
    (void)state;
    assert_int_equal(card_read(REG_NUM_QUEUES, 2), 2 * PAIRS + 1);
    assert_int_equal(card_read(REG_CONFIG + 8, 2), PAIRS);
    assert_int_equal(card_read(REG_CONFIG + 8, 4), PAIRS);
    assert_int_equal(card_read(REG_CONFIG + 12, 4), 0);
}

/* ---- Steering --------------------------------------------------------------------- */

/* Each slot of a ring has a buffer of its own. */
static void supply(uint32_t queue, uint32_t buffers)
{
    struct drv *d = &rx[queue];

    for (uint32_t i = 0; i < buffers; i++)
        drv_add_one(d, rx_memory[queue] + d->avail * RX_BYTES, RX_BYTES, true,
                    d->avail);
    drv_kick(&rx[queue]);
}

/* A frame of an IPv4 flow, number `seq` of it. */
static void flow_frame(uint8_t flow, uint8_t seq)
{
    uint8_t f[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45};

    f[18] = seq; /* identification, checksum and ports differ */
    f[24] = (uint8_t)(seq * 3);
    f[29] = flow;
    f[33] = 99;
    f[35] = (uint8_t)(seq * 5);
    f[40] = flow;
    f[41] = seq;
    fake_frame(f, 60);
}

static uint64_t taken_addr;

static void note_addr(void *arg, const struct drv_buffer *b, uint32_t written)
{
    const struct drv *d = arg;

    assert_int_equal(written, 72);
    memcpy(&taken_addr, fake_at(d->ring + 16u * b->slot, 8), 8);
}

/* Takes what a queue has; checks that a flow comes in order, nowhere else. */
static uint32_t take(uint32_t queue, uint8_t *next, int *home)
{
    uint32_t n = 0;

    while (drv_reap(&rx[queue], NULL, note_addr, &rx[queue])) {
        const uint8_t *f = (const uint8_t *)fake_at(taken_addr, 72) + 12;
        uint8_t flow = f[40];

        assert_int_equal(f[41], next[flow]++);
        if (home[flow] < 0)
            home[flow] = (int)queue;
        assert_int_equal(home[flow], (int)queue);
        n++;
    }
    return n;
}

static void flows_keep_their_queue_and_their_order(void **state)
{
    uint8_t sent[16] = {0}, next[16] = {0};
    uint32_t got[PAIRS] = {0}, all = 0;
    int home[16];

    (void)state;
    memset(home, -1, sizeof(home));
    start_mq(PAIRS);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t turn = 0; turn < 100; turn++) {
        for (uint32_t q = 0; q < PAIRS; q++)
            supply(q, 10);
        for (uint32_t i = 0; i < 10; i++) {
            uint8_t flow = (uint8_t)draw_below(16);

            flow_frame(flow, sent[flow]++);
        }
        card_settle();
        for (uint32_t q = 0; q < PAIRS; q++)
            got[q] += take(q, next, home);
        card_reset();
        start_mq(PAIRS);
        assert_int_equal(set_pairs(PAIRS), OK);
    }
    for (uint32_t q = 0; q < PAIRS; q++) {
        assert_true(got[q] > 100); /* of 1000: all take part */
        all += got[q];
    }
    assert_int_equal(all, 1000);
}

static void send_flows(void)
{
    for (uint8_t flow = 0; flow < 16; flow++)
        flow_frame(flow, 0);
    card_settle();
}

static uint32_t received(uint32_t queue)
{
    uint32_t n = 0;

    while (drv_reap(&rx[queue], NULL, NULL, NULL))
        n++;
    return n;
}

static void only_the_first_queue_receives_at_first(void **state)
{
    (void)state;
    start_mq(PAIRS);
    for (uint32_t q = 0; q < PAIRS; q++)
        supply(q, 32);
    send_flows();
    assert_int_equal(received(0), 16);
    /* The same after a reset. */
    assert_int_equal(set_pairs(PAIRS), OK);
    card_reset();
    start_mq(PAIRS);
    for (uint32_t q = 0; q < PAIRS; q++)
        supply(q, 32);
    send_flows();
    assert_int_equal(received(0), 16);
}

static void nothing_goes_above_the_number_of_pairs(void **state)
{
    (void)state;
    start_mq(PAIRS);
    for (uint32_t q = 0; q < PAIRS; q++)
        supply(q, 60);
    for (uint32_t pairs = PAIRS; pairs != 0; pairs--) {
        uint32_t sum = 0;

        assert_int_equal(set_pairs(pairs), OK);
        send_flows();
        for (uint32_t q = 0; q < PAIRS; q++) {
            uint32_t n = received(q);

            assert_true(q < pairs ? n != 0 : n == 0);
            sum += n;
        }
        assert_int_equal(sum, 16);
        for (uint32_t q = 0; q < PAIRS; q++)
            supply(q, rx[q].free);
    }
}

static void a_frame_without_a_buffer_holds_back_the_others(void **state)
{
    uint32_t sum = 0;

    (void)state;
    start_mq(PAIRS);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t q = 1; q < PAIRS; q++)
        supply(q, 32);
    send_flows();
    assert_true(fake.frame_tail != fake.frame_head);
    card_sleep();
    supply(0, 32);
    card_settle();
    for (uint32_t q = 0; q < PAIRS; q++)
        sum += received(q);
    assert_int_equal(sum, 16);
}

/* ... and goes to another queue when its own receives no longer. */
static void a_waiting_frame_follows_a_change(void **state)
{
    (void)state;
    start_mq(2);
    assert_int_equal(set_pairs(2), OK);
    supply(0, 32);
    send_flows();
    assert_true(fake.frame_tail != fake.frame_head);
    assert_int_equal(set_pairs(1), OK);
    card_settle();
    assert_int_equal(received(0), 16);
}

static void a_queue_that_is_not_there_is_passed_over(void **state)
{
    (void)state;
    start_mq(2);
    assert_int_equal(set_pairs(PAIRS), OK);
    supply(0, 32);
    supply(1, 32);
    send_flows();
    assert_int_equal(received(0) + received(1), 16);
}

static void a_broken_queue_does_not_block_the_port(void **state)
{
    uint32_t sum = 0;

    (void)state;
    start_mq(PAIRS);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t q = 0; q < PAIRS; q++)
        if (q != 1)
            supply(q, 60);
    drv_add_one(&rx[1], card_alloc(64), 64, false, 1); /* readable */
    drv_kick(&rx[1]);
    send_flows();
    assert_true(card_status() & ST_NEEDS_RESET);
    fake_advance(1000000);
    card_settle();
    for (uint32_t q = 0; q < PAIRS; q++)
        (void)received(q);
    send_flows();
    for (uint32_t q = 0; q < PAIRS; q++)
        sum += received(q);
    assert_int_equal(sum, 16);
    assert_int_equal(received(1), 0);
}

/* Runs of a broken queue end early: frames and lengths must meet again. */
static void frames_and_lengths_stay_together_over_a_broken_queue(void **state)
{
    uint8_t next[16] = {0};
    uint32_t sum = 0;
    int home[16];

    (void)state;
    start_mq(PAIRS);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t q = 0; q < PAIRS; q++)
        supply(q, 40);
    card_settle();
    for (uint8_t flow = 0; flow < 12; flow++)
        flow_frame(flow, 200); /* a command is left for the marker */
    for (int i = 0; i < 16; i++) {
        card_turns(1); /* runs are pushed, none is carried out */
        fake_fetch_step();
    }
    assert_true(card_vq(2)->used != 0);
    vq_break(card_vq(2), VQ_FAULT_DATA_DMA);
    fake_advance(1000000);
    card_settle();
    for (uint32_t q = 0; q < PAIRS; q++)
        (void)received(q);
    memset(home, -1, sizeof(home));
    for (uint8_t seq = 0; seq < 2; seq++)
        for (uint8_t flow = 0; flow < 16; flow++)
            flow_frame(flow, seq);
    card_settle();
    for (uint32_t q = 0; q < PAIRS; q++)
        sum += take(q, next, home);
    assert_int_equal(sum, 32);
}

static void frames_of_each_flow_come(uint8_t *next, int *home)
{
    uint32_t sum = 0;

    memset(next, 0, 16);
    for (uint8_t seq = 0; seq < 2; seq++)
        for (uint8_t flow = 0; flow < 16; flow++)
            flow_frame(flow, seq);
    card_settle();
    for (uint32_t q = 0; q < PAIRS; q++)
        sum += take(q, next, home);
    assert_int_equal(sum, 32);
}

/* Runs of a queue that is being reset fail: what they leave in the port goes to
 * nobody, and no frame that comes later is lost. */
static void bus_mastering_goes_while_a_queue_is_reset(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 40; run++) {
        uint8_t next[16];
        uint32_t q;
        int home[16];

        memset(home, -1, sizeof(home));
        start(F_CTRL_VQ | F_MQ | F_RING_RESET, PAIRS, run & 1);
        assert_int_equal(set_pairs(PAIRS), OK);
        for (q = 0; q < PAIRS; q++)
            supply(q, 60);
        card_settle();
        frames_of_each_flow_come(next, home);
        q = (uint32_t)home[run % 16];
        for (uint8_t flow = 0; flow < 16; flow++)
            if (home[flow] == (int)q)
                flow_frame(flow, 9);
        card_turns(1 +
                   draw_below(3)); /* runs are pushed, none is carried out */
        card_select((uint16_t)(2 * q));
        card_write(REG_QUEUE_RESET, 2, 1);
        fake_bus_master(false);
        card_settle();
        fake_bus_master(true);
        assert_int_equal(card_read(REG_QUEUE_RESET, 2), 0);
        card_queue(&rx[q], (uint16_t)(2 * q), 64, run & 1);
        supply(q, 60);
        card_settle();
        frames_of_each_flow_come(next, home);
        assert_false(card_status() & ST_NEEDS_RESET);
        card_down(NULL);
    }
}

/* Off for the moment in which the run of a frame is begun: what is used was pushed
 * with it, and must not leave. */
static void nothing_is_used_where_payload_was_lost(void **state)
{
    (void)state;
    start_mq(2);
    supply(0, 8);
    card_settle();
    flow_frame(0, 0);
    card_turns(1);
    assert_true(fake.writes.count >= 2);
    fake_bus_master(false);
    assert_true(fake_write_step());
    fake_bus_master(true);
    fake_drain_writes();
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
    assert_int_equal(log_count(FAKE_BURST), 0);
    card_settle();
    assert_true(card_status() & ST_NEEDS_RESET);
    card_down(NULL);
}

static void with_all_queues_broken_frames_are_dropped(void **state)
{
    (void)state;
    start_mq(2);
    assert_int_equal(set_pairs(2), OK);
    vq_break(card_vq(0), VQ_FAULT_DATA_DMA);
    vq_break(card_vq(2), VQ_FAULT_DATA_DMA);
    fake_advance(1000000);
    card_settle();
    send_flows();
    assert_int_equal(fake.frame_head, fake.frame_tail);
    assert_int_equal(log_count(FAKE_PAYLOAD), 0);
}

/* A broken queue, then FAILED: what was begun for the others ends there. */
static void frames_are_discarded_after_failed(void **state)
{
    (void)state;
    start_mq(2);
    supply(0, 8);
    flow_frame(1, 0);
    card_turns(1);
    vq_break(card_vq(0), VQ_FAULT_DATA_DMA);
    card_write(REG_STATUS, 1,
               ST_ACK | ST_DRIVER | ST_FEATURES_OK | ST_DRIVER_OK | ST_FAILED);
    card_settle();
    send_flows();
    fake_advance(1000000);
    card_settle();
    assert_int_equal(fake.frame_head, fake.frame_tail);
    card_sleep();
}

static void merged_frames_are_steered_too(void **state)
{
    uint32_t sum = 0;

    (void)state;
    start(F_CTRL_VQ | F_MQ | F_MRG_RXBUF, PAIRS, true);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t q = 0; q < PAIRS; q++) {
        for (uint16_t i = 0; i < 60; i++)
            drv_add_one(&rx[q], card_alloc(32), 32, true, i);
        drv_kick(&rx[q]);
    }
    send_flows();
    for (uint32_t q = 0; q < PAIRS; q++)
        sum += received(q);
    assert_int_equal(sum, 16 * 3); /* 72 bytes in buffers of 32 */
}

/* All queues at once, buffers given back as they come, events in any order. */
static void flows_in_any_order_of_events(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 8; run++) {
        uint8_t sent[16] = {0}, next[16] = {0};
        uint32_t all = 0, got = 0, steps = 0;
        int home[16];

        memset(home, -1, sizeof(home));
        start(F_CTRL_VQ | F_MQ | (run & 2 ? F_MRG_RXBUF : 0), PAIRS, run & 1);
        assert_int_equal(set_pairs(PAIRS), OK);
        fake.wr_depth = 3 + draw_below(RL_CMD_DEPTH - 3);
        while (got < 2000) {
            assert_true(steps++ < 400000);
            if (all < 2000 && draw_below(2) == 0 &&
                fake.frame_tail - fake.frame_head < 100) {
                uint8_t flow = (uint8_t)draw_below(16);

                flow_frame(flow, sent[flow]++);
                all++;
            }
            for (uint32_t q = 0; q < PAIRS; q++) {
                got += take(q, next, home);
                if (draw_below(8) == 0)
                    supply(q, rx[q].free);
            }
            card_turns(draw_below(3));
            fake_random_step(draw);
        }
        card_down(NULL);
    }
}

/* ---- Transmit ----------------------------------------------------------------------- */

static void every_transmit_queue_sends(void **state)
{
    (void)state;
    start_mq(PAIRS);
    for (uint16_t i = 0; i < 20; i++)
        for (uint32_t q = 0; q < PAIRS; q++)
            drv_add_one(&tx[q], card_packet(60, q), 72, false, i);
    for (uint32_t q = 0; q < PAIRS; q++)
        drv_kick(&tx[q]);
    card_settle();
    assert_int_equal(fake.sent_count, 20 * PAIRS);
    for (uint32_t q = 0; q < PAIRS; q++) {
        while (drv_reap(&tx[q], NULL, NULL, NULL))
            ;
        assert_int_equal(drv_outstanding(&tx[q]), 0);
    }
}

/* A port that takes nothing until the host has taken frames: descriptors for
 * those must still be fetched, however many runs wait. */
static void a_stalled_port_does_not_stop_reception(void **state)
{
    uint8_t sent[16] = {0}, next[16] = {0};
    uint32_t got = 0;
    int home[16];

    (void)state;
    memset(home, -1, sizeof(home));
    start_mq(PAIRS);
    assert_int_equal(set_pairs(PAIRS), OK);
    for (uint32_t q = 0; q < PAIRS; q++) {
        for (uint16_t i = 0; i < 16; i++) {
            uint64_t at = card_packet(60, q);
            struct drv_elem e[2] = {{at, 12, false}, {at + 12, 60, false}};

            drv_add(&tx[q], e, 2, i, i);
            drv_kick(&tx[q]);
            card_turns(2);
            fake_fetch_step();
        }
    }
    for (uint32_t turn = 0; turn < 2000; turn++) {
        if (turn < 1000) {
            uint8_t flow = (uint8_t)draw_below(16);

            flow_frame(flow, sent[flow]++);
        }
        for (uint32_t q = 0; q < PAIRS; q++) {
            got += take(q, next, home);
            supply(q, rx[q].free);
        }
        card_turns(2);
        while (fake_fetch_step() || fake_write_step())
            ;
    }
    assert_true(fake.reads.count != 0);
    assert_int_equal(got, 1000);
    card_settle();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(the_number_of_pairs_is_checked),
        test_own(commands_may_be_cut_anywhere),
        test_own(unknown_and_short_commands_are_errors),
        test_own(without_mq_the_control_queue_is_queue_2),
        test_own(many_commands_are_answered_in_order),
        test_own(a_command_without_room_for_an_answer_is_given_back),
        test_own(a_command_that_cannot_be_read_breaks_the_queue),
        test_own(a_reset_with_a_command_at_hand_forgets_it),
        test_net(mq_needs_the_control_queue),
        test_net(the_configuration_says_how_many_pairs),
        test_own(flows_keep_their_queue_and_their_order),
        test_own(only_the_first_queue_receives_at_first),
        test_own(nothing_goes_above_the_number_of_pairs),
        test_own(a_frame_without_a_buffer_holds_back_the_others),
        test_own(a_waiting_frame_follows_a_change),
        test_own(a_queue_that_is_not_there_is_passed_over),
        test_own(a_broken_queue_does_not_block_the_port),
        test_own(frames_and_lengths_stay_together_over_a_broken_queue),
        test_own(bus_mastering_goes_while_a_queue_is_reset),
        test_own(nothing_is_used_where_payload_was_lost),
        test_own(with_all_queues_broken_frames_are_dropped),
        test_own(frames_are_discarded_after_failed),
        test_own(merged_frames_are_steered_too),
        test_own(flows_in_any_order_of_events),
        test_own(every_transmit_queue_sends),
        test_own(a_stalled_port_does_not_stop_reception),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
