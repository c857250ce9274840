/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Bugs that other implementations had: positions, wrap counters, counts. The name
 * of a test says what goes wrong when it fails; numbers are those of
 * tests/known_bugs.md.
 */
#include "support/card.h"

#define F_MRG_RXBUF (1ull << 15)
#define F_CTRL_VQ   (1ull << 17)
#define F_MQ        (1ull << 22)

static const uint16_t odd_sizes[] = {1, 2, 3, 5, 6, 7, 12, 100, 255};
#define ODD_SIZES (sizeof odd_sizes / sizeof *odd_sizes)

static struct net_card card;

static void start(uint64_t features, uint16_t size)
{
    bool in_order = (features & F_IN_ORDER) != 0;

    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | features);
    card_queue(&card.rx, 0, size, in_order);
    card_queue(&card.tx, 1, size, in_order);
    card_driver_ok();
    card_settle();
}

/* A packet of 60 bytes in `descs` descriptors, the last ones empty. */
static void add_packet(uint32_t descs, uint16_t id)
{
    struct drv_elem e[256];

    memset(e, 0, sizeof e);
    e[0] = (struct drv_elem){card_packet(60, id), 72, false};
    drv_add(&card.tx, e, descs, id, id);
}

static void expect_position(const struct drv *d)
{
    assert_int_equal(card_vq(d->index)->used, d->used);
    assert_int_equal(card_vq(d->index)->used_wrap, d->used_wrap);
}

/* All that is outstanding comes back in turn: buffers first, first + 1 ... */
static void in_turn(void *arg, const struct drv_buffer *b, uint32_t written)
{
    (void)written;
    assert_int_equal(b->tag, (*(uint32_t *)arg)++);
}

static void reap_all(struct drv *d, uint32_t first)
{
    while (drv_outstanding(d) != 0)
        assert_true(drv_reap(d, NULL, in_turn, &first));
    expect_position(d);
}

static void send_all(void)
{
    fake_doorbell(1, 1);
    card_settle();
}

/* 1: QEMU 2d9a31b3c273. A frame over several chains. */
static void merged_chains_move_the_position_by_their_number(void **state)
{
    (void)state;
    for (uint32_t in_order = 0; in_order < 2; in_order++) {
        start(F_MRG_RXBUF | (in_order ? F_IN_ORDER : 0), 13);
        for (uint32_t frame = 0; frame < 20; frame++) {
            for (uint16_t i = 0; i < 4; i++) {
                struct drv_elem e[3];

                for (uint32_t n = 0; n < 3; n++)
                    e[n] = (struct drv_elem){card_alloc(20), 20, true};
                drv_add(&card.rx, e, 3, i, i);
            }
            drv_kick(&card.rx);
            card_frame(200, frame);
            card_settle();
            reap_all(&card.rx, 0);
            assert_int_equal(card.rx.used, 12 * (frame + 1) % 13);
        }
        card_down(NULL);
    }
}

/* 2: QEMU 6fcf5ebafad6. Chains of all lengths, and buffers without a byte, in one
 * batch that fills the ring. */
static void a_batch_is_stepped_by_the_next_buffers_length(void **state)
{
    static const uint32_t lens[] = {1, 4, 2, 7, 1, 1, 3, 5};

    (void)state;
    start(F_IN_ORDER, 24);
    for (uint32_t lap = 0; lap < 24; lap++) {
        for (uint32_t i = 0; i < 8; i++)
            add_packet(lens[(i + lap) % 8], (uint16_t)i);
        send_all();
        assert_int_equal(drv_outstanding(&card.tx), 8);
        reap_all(&card.tx, 0);
        add_packet(1, 0); /* starts the next lap elsewhere */
        send_all();
        reap_all(&card.tx, 0);
    }
    for (uint16_t i = 0; i < 24; i++)
        drv_add_one(&card.tx, HOST_BASE, 0, false, i);
    send_all();
    reap_all(&card.tx, 0);
}

/* 3: openvmm #3990. */
static void a_chain_of_the_whole_ring_leaves_the_wrap_counter(void **state)
{
    (void)state;
    for (size_t s = 0; s < ODD_SIZES; s++) {
        uint16_t size = odd_sizes[s];

        start(F_IN_ORDER, size);
        for (uint16_t lap = 0; lap < 6; lap++) {
            add_packet(size, lap);
            send_all();
            reap_all(&card.tx, lap);
            assert_int_equal(card.tx.used, 0);
            assert_int_equal(card.tx.used_wrap, lap & 1);
        }
        /* From any other slot, too: it comes back to it with the other value. */
        for (uint16_t slot = 1; slot < size && slot < 8; slot++) {
            add_packet(1, 0);
            send_all();
            reap_all(&card.tx, 0);
            add_packet(size, 1);
            send_all();
            reap_all(&card.tx, 1);
            assert_int_equal(card.tx.used, slot);
        }
        card_down(NULL);
    }
}

/* 5: openvmm #2983. Every chain at every place: only the ring is read. */
static void a_chain_over_the_end_is_read_out_of_bounds(void **state)
{
    const uint64_t bytes = 16 * 7;

    (void)state;
    start(F_IN_ORDER, 7);
    for (uint32_t i = 0; i < 70; i++) {
        uint32_t first = card.tx.avail;

        add_packet(1 + i % 7, (uint16_t)i);
        fake.log_count = 0;
        send_all();
        for (uint32_t n = 0; n < fake.log_count; n++) {
            const struct fake_log *e = &fake.log[n];

            /* Nothing on either side of the ring but an event area. */
            if (e->addr + e->len > card.tx.ring - 16 &&
                e->addr < card.tx.ring + bytes + 16 &&
                e->addr != card.tx.driver_area)
                assert_true(e->addr >= card.tx.ring &&
                            e->addr + e->len <= card.tx.ring + bytes);
        }
        card_expect_sent(i, 60, i);
        reap_all(&card.tx, i);
        assert_int_equal(card.tx.used, (first + 1 + i % 7) % 7);
    }
}

/* 8: DPDK 92ed77dce6, 8d2c1260af; QEMU gitlab #270. */
static void positions_are_masked_where_the_size_is_no_power_of_two(void **state)
{
    (void)state;
    for (size_t s = 0; s < ODD_SIZES; s++) {
        uint32_t size = odd_sizes[s], sent = 0;

        start(s & 1 ? F_IN_ORDER : 0, (uint16_t)size);
        for (uint32_t lap = 0; lap < 5; lap++)
            for (uint32_t left = size; left != 0;) {
                uint32_t n = left < 3 ? left : 3;

                add_packet(n, (uint16_t)sent);
                drv_add_one(&card.rx, card_alloc(128), 128, true,
                            (uint16_t)sent);
                fake_doorbell(0, 0);
                card_frame(60, sent);
                send_all();
                card_expect_sent(sent, 60, sent);
                reap_all(&card.tx, sent);
                reap_all(&card.rx, sent);
                left -= n;
                sent++;
            }
        card_down(NULL);
    }
}

/* 11: Linux a7722890fdfb. What the host reads of a position is of one moment. */
static void position_and_wrap_counter_are_read_at_different_times(void **state)
{
    uint32_t last = 0, sent = 0;

    (void)state;
    start(F_IN_ORDER, 5);
    card_select(1);
    for (uint32_t step = 0; step < 4000; step++) {
        uint32_t word, used;

        if (draw_below(3) == 0 && card.tx.free != 0)
            add_packet(1 + draw_below(card.tx.free), (uint16_t)sent++);
        fake_doorbell(1, 1);
        fake_random_step(draw);
        word = card_read(REG_VENDOR + RL_VENDOR_QUEUE_POSITION, 4) >> 16;
        assert_true((word & 0x7fff) < 5);
        /* Descriptors since the first lap began, modulo two laps. */
        used = (word & 0x7fff) + (word & 0x8000 ? 0 : 5);
        assert_true((used + 10 - last) % 10 <= 5);
        last = used;
        while (drv_outstanding(&card.tx) &&
               drv_reap(&card.tx, NULL, NULL, NULL))
            ;
    }
}

/* 19: DPDK 3ad55b8e94. Used descriptors leave in several parts: a full command
 * queue ends a flush, and the next one goes on where it really is. */
static void a_flush_in_parts_starts_at_an_old_position(void **state)
{
    (void)state;
    for (uint32_t depth = 1; depth < 4; depth++) {
        start(0, 16);
        for (uint32_t lap = 0; lap < 9; lap++) {
            for (uint16_t i = 0; card.tx.free >= 3; i++)
                add_packet(1 + i % 3, i);
            fake_doorbell(1, 1);
            for (uint32_t i = 0; i < 10; i++) {
                card_turns(2);
                fake_fetch_step();
            }
            fake.wr_depth = depth;
            while (fake_read_step())
                ;
            for (uint32_t i = 0; i < 20; i++) {
                card_turns(1);
                fake_write_step();
            }
            fake.wr_depth = RL_CMD_DEPTH;
            card_settle();
            reap_all(&card.tx, 0);
        }
        card_down(NULL);
    }
}

/* Without IN_ORDER, too, buffers on both sides of the ring's end may be done at
 * once; they are given back in two bursts. */
static void a_burst_over_the_end_writes_behind_the_ring(void **state)
{
    (void)state;
    start(0, 7);
    for (uint32_t lap = 0; lap < 14; lap++) {
        for (uint16_t i = 0; i < 5; i++)
            add_packet(1, i);
        fake.log_count = 0;
        fake_doorbell(1, 1);
        for (uint32_t i = 0; i < 10; i++) {
            card_turns(2);
            fake_fetch_step();
        }
        card_settle();
        for (uint32_t n = 0; n < fake.log_count; n++)
            if (fake.log[n].kind == FAKE_BURST)
                assert_true(fake.log[n].addr + fake.log[n].len <=
                            card.tx.ring + 7 * 16);
        reap_all(&card.tx, 0);
    }
}

/* Control queue with commands of `n` pieces. */
static void command(struct drv *d, const uint8_t *bytes, uint32_t n)
{
    uint64_t at = card_alloc(n), ack = card_alloc(1);
    struct drv_elem e[8];
    struct drv_used used;
    uint16_t before = d->used;

    memcpy(fake_at(at, n), bytes, n);
    *(uint8_t *)fake_at(ack, 1) = 0xff;
    for (uint32_t i = 0; i < n; i++)
        e[i] = (struct drv_elem){at + i, 1, false};
    e[n] = (struct drv_elem){ack, 1, true};
    drv_add(d, e, n + 1, (uint16_t)n, 0);
    drv_kick(d);
    card_settle();
    assert_true(drv_reap(d, &used, NULL, NULL));
    assert_int_equal(used.slot, before);
    assert_int_equal(used.len, 1);
    assert_int_not_equal(*(uint8_t *)fake_at(ack, 1), 0xff);
    expect_position(d);
    assert_int_equal(d->free, d->size);
}

/* 26: DPDK 2923b8f9c4. */
static void a_command_moves_the_position_by_too_many_or_too_few(void **state)
{
    static const uint8_t set_pairs[] = {4, 0, 2, 0, 0, 0};
    struct drv ctrl;

    (void)state;
    card_up(&virtio_net_ops);
    card_negotiate(F_BASE | F_IN_ORDER | F_CTRL_VQ | F_MQ);
    card_queue(&ctrl, 8, 9, true);
    card_driver_ok();
    card_settle();
    for (uint32_t i = 0; i < 60; i++)
        command(&ctrl, set_pairs, 2 + i % 5);
    assert_false(card_status() & ST_NEEDS_RESET);
}

/* 27: DPDK 99ebada2d6. Buffers are looked at four at a time. */
static void frames_grow_at_the_end_of_an_odd_ring(void **state)
{
    (void)state;
    for (uint16_t size = 1; size < 14; size++) {
        uint32_t sent = 0;

        start(0, size);
        for (uint32_t lap = 0; lap < 12; lap++) {
            for (uint16_t i = 0; i < size; i++)
                drv_add_one(&card.rx, card_alloc(100), 100, true, i);
            drv_kick(&card.rx);
            for (uint16_t i = 0; i < size; i++)
                card_frame(60 + i, sent++);
            card_settle();
            for (uint16_t i = 0; i < size; i++) {
                struct drv_used used;

                assert_true(drv_reap(&card.rx, &used, NULL, NULL));
                assert_int_equal(used.id, i);
                assert_int_equal(used.len, 72 + i);
            }
            expect_position(&card.rx);
        }
        card_down(NULL);
    }
}

/* 28: Linux vhost, "rewind next_avail_head". Buffers that did not suffice stay at
 * the head, for this frame when there are more, or for the next one. */
static void buffers_that_do_not_suffice_are_lost(void **state)
{
    (void)state;
    start(F_IN_ORDER | F_MRG_RXBUF, 4);
    for (uint32_t run = 0; run < 12; run++) {
        for (uint16_t i = 0; i < 3; i++)
            drv_add_one(&card.rx, card_alloc(64), 64, true, i);
        drv_kick(&card.rx);
        card_frame(200, run); /* four are needed */
        card_settle();
        assert_false(drv_reap(&card.rx, NULL, NULL, NULL));
        drv_add_one(&card.rx, card_alloc(64), 64, true, 3);
        drv_kick(&card.rx);
        card_settle();
        reap_all(&card.rx, 0);

        for (uint16_t i = 0; i < 4; i++)
            drv_add_one(&card.rx, card_alloc(64), 64, true, i);
        drv_kick(&card.rx);
        card_frame(300, run); /* no ring of four can hold it */
        for (uint32_t i = 0; i < 4; i++)
            card_frame(50, i);
        card_settle();
        reap_all(&card.rx, 0);
    }
}

/* 29: Linux vhost-net, "unbreak busy polling". */
static void a_batch_counts_again_in_the_next_one(void **state)
{
    (void)state;
    start(F_IN_ORDER | F_EVENT_IDX, 16);
    for (uint16_t n = 1; n <= 16; n++) {
        uint32_t before = fake.msix_sent[2];

        drv_event(&card.tx, card.tx.used, card.tx.used_wrap);
        for (uint16_t i = 0; i < n; i++)
            add_packet(1, i);
        send_all();
        reap_all(&card.tx, 0);
        assert_int_equal(fake.msix_sent[2], before + 1);
        /* The same event is not told a second time. */
        add_packet(1, 0);
        send_all();
        reap_all(&card.tx, 0);
        assert_int_equal(fake.msix_sent[2], before + 1);
    }
}

/* 32: cloud-hypervisor #2833, #2834. */
static void a_packed_queue_is_kept_as_a_split_one(void **state)
{
    uint64_t split = F_BASE & ~F_PACKED;

    (void)state;
    card_up(&virtio_net_ops);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    card_write(REG_DRIVER_FEATURE, 4, (uint32_t)(split >> 32));
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    assert_int_equal(card_status(), ST_ACK | ST_DRIVER);
    card_down(NULL);

    start(F_IN_ORDER, 6);
    card_select(1);
    for (uint32_t sent = 0; sent < 40; sent++) {
        uint32_t at = sent % 6 | (sent / 6 % 2 ? 0 : 0x8000u);

        assert_int_equal(card_read(REG_VENDOR + RL_VENDOR_QUEUE_POSITION, 4),
                         at << 16 | at);
        add_packet(1, 0);
        send_all();
        reap_all(&card.tx, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(merged_chains_move_the_position_by_their_number),
        test_own(a_batch_is_stepped_by_the_next_buffers_length),
        test_own(a_chain_of_the_whole_ring_leaves_the_wrap_counter),
        test_own(a_chain_over_the_end_is_read_out_of_bounds),
        test_own(positions_are_masked_where_the_size_is_no_power_of_two),
        test_own(position_and_wrap_counter_are_read_at_different_times),
        test_own(a_flush_in_parts_starts_at_an_old_position),
        test_own(a_burst_over_the_end_writes_behind_the_ring),
        test_own(a_command_moves_the_position_by_too_many_or_too_few),
        test_own(frames_grow_at_the_end_of_an_odd_ring),
        test_own(buffers_that_do_not_suffice_are_lost),
        test_own(a_batch_counts_again_in_the_next_one),
        test_own(a_packed_queue_is_kept_as_a_split_one),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
