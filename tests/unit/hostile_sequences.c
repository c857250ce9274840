/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A driver without any manners: registers, doorbells, rings, bus mastering,
 * MSI-X, function level resets and frames in random order, above command queues
 * of random length. Whatever it did, the card is silent while its status reads
 * 0, and the next driver finds it as new.
 */
#include "support/card.h"

#define AREA_BYTES 0x8000u

static uint64_t area; /* rings, event areas and buffers lie anywhere in it */

static uint64_t somewhere(uint32_t align)
{
    switch (draw_below(256)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX - draw_below(64) * align;
    case 2:
        return area + draw_below(AREA_BYTES);
    default:
        return area + draw_below((AREA_BYTES - 4096) / align) * align;
    }
}

/* Descriptors that are mostly good, where the device will look next. */
static void poke(void)
{
    static const uint32_t lens[] = {72, 200, 72, 2048, 100, 100, 12, 0};
    const struct vq *vq = card_vq(draw_below(2));
    uint32_t slot = vq->parse + vq->landed;
    uint16_t direction = vq->index == 0 ? VQ_DESC_WRITE : 0;
    uint32_t odd = draw_below(64);

    for (uint32_t n = draw_below(70); n != 0 && vq->size != 0; n--, slot++) {
        bool wrap = (slot / vq->size) & 1 ? !vq->parse_wrap : vq->parse_wrap;
        struct vq_desc d = {
            .addr = somewhere(1),
            .len = lens[draw_below(8)],
            .id = (uint16_t)draw(),
            .flags = direction | (wrap ? VQ_DESC_AVAIL : VQ_DESC_USED),
        };
        uint64_t at = vq->desc_addr.bus + slot % vq->size * 16;

        if (odd < 20 && draw_below(2))
            d.flags |= VQ_DESC_NEXT;
        if (odd == 1)
            d.flags ^= VQ_DESC_WRITE;
        if (odd == 2)
            d.flags = (uint16_t)draw();
        if (odd == 3)
            d.len = draw();
        if (at >= area && at + 16 <= area + AREA_BYTES)
            memcpy(fake_at(at, 16), &d, 16);
    }
    fake_doorbell(vq->index, vq->index);
}

static void write_register(void)
{
    static const uint16_t regs[] = {REG_STATUS,       REG_QUEUE_SELECT,
                                    REG_QUEUE_SIZE,   REG_QUEUE_VECTOR,
                                    REG_QUEUE_ENABLE, REG_CONFIG_VECTOR};
    uint32_t at = draw_below(0x40);

    switch (draw_below(8)) {
    case 0:
        card_write(at & ~3u, 4, draw());
        break;
    case 1:
        card_write(at, 1, draw() & 0x8f);
        break;
    case 2:
        card_write(REG_VENDOR + (at & ~3u), 4, draw() & 0xfffe0001u);
        break;
    case 3:
        card_write64(REG_QUEUE_DESC + 8 * draw_below(3), somewhere(16));
        break;
    case 4:
        card_write(REG_STATUS, 1, draw_below(3) ? 0x0f : 0);
        break;
    default:
        card_write(regs[draw_below(6)], 2, draw_below(4));
    }
}

/* From nothing to a running device, as a driver should, but for the places. */
static void initialise(void)
{
    uint32_t features = draw_below(2) ? 0x5 : 0xd;

    card_write(REG_STATUS, 1, 3);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    card_write(REG_DRIVER_FEATURE, 4, features);
    card_write(REG_STATUS, 1, 0x0b);
    card_write(REG_CONFIG_VECTOR, 2, 0);
    for (uint32_t queue = 0; queue < 2; queue++) {
        card_select((uint16_t)queue);
        card_write(REG_QUEUE_SIZE, 2, 1 + draw_below(256));
        card_write(REG_QUEUE_VECTOR, 2, draw_below(3));
        for (uint32_t i = 0; i < 3; i++)
            card_write64(REG_QUEUE_DESC + 8 * i, somewhere(16));
        card_write(REG_QUEUE_ENABLE, 2, 1);
    }
    card_write(REG_STATUS, 1, 0x0f);
}

static void function_level_reset(void)
{
    uint32_t before = fake.flrs_done;

    fake_flr();
    for (int i = 0; i < 2000 && fake.flrs_done == before; i++) {
        card_turns(1);
        fake_random_step(draw);
    }
    assert_int_equal(fake.flrs_done, before + 1);
    fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK;
}

/* Things that mostly end what runs. */
static void act_rarely(void)
{
    switch (draw_below(8)) {
    case 0:
        fake_bus_master(draw_below(2));
        break;
    case 1:
        fake_msix_enable(draw_below(2));
        break;
    case 2:
        function_level_reset();
        break;
    case 3:
        card_write(REG_STATUS, 1, draw_below(2) ? 0 : ST_FAILED);
        break;
    default:
        fake_bus_master(true);
        card_write(REG_STATUS, 1, 0);
        for (int i = 0; i < 50; i++) {
            fake_random_step(draw);
            card_turns(1);
        }
        initialise();
    }
}

static void act(void)
{
    switch (draw_below(32)) {
    case 0:
    case 1:
    case 2:
        if (draw_below(4) == 0)
            act_rarely();
        break;
    case 3:
        fake.link = draw_below(2);
        fake_advance(200000);
        break;
    case 4:
        fake.wr_depth = 2 + draw_below(RL_CMD_DEPTH - 1);
        fake.rd_depth = 1 + draw_below(RL_CMD_DEPTH);
        break;
    case 5:
        if (draw_below(4) == 0)
            write_register();
        break;
    case 8:
        fake.msix_masked[draw_below(3)] = draw_below(2);
        break;
    case 9:
    case 10:
        poke();
        break;
    case 11:
    case 12:
        fake_doorbell(draw_below(3), draw());
        break;
    case 13:
    case 14:
        card_frame(14 + draw_below(200), draw());
        break;
    default:
        fake_random_step(draw);
        card_turns(draw_below(3));
    }
}

static void expect_silence(void)
{
    uint32_t from = fake.log_count;

    for (uint32_t queue = 0; queue < 3; queue++)
        fake_doorbell(queue, queue);
    poke();
    card_frame(60, 1);
    card_settle();
    for (uint32_t i = from; i < fake.log_count; i++)
        assert_true(fake.log[i].kind > FAKE_MSIX);
    assert_int_equal(fake_dma_waiting(), 0);
}

static void expect_as_new(void)
{
    uint32_t sent = fake.sent_count;
    struct drv_used used;
    struct net_card c;
    uint64_t at = card_alloc(2048);

    card_net(&c, 8, 8, draw_below(2));
    drv_add_one(&c.tx, card_packet(60, 5), 72, false, 4);
    drv_kick(&c.tx);
    drv_add_one(&c.rx, at, 2048, true, 9);
    drv_kick(&c.rx);
    card_frame(100, 0x77);
    card_settle();
    assert_true(drv_reap(&c.tx, NULL, NULL, NULL));
    card_expect_sent(sent, 60, 5);
    assert_true(drv_reap(&c.rx, &used, NULL, NULL));
    assert_int_equal(used.id, 9);
    assert_int_equal(used.len, 112);
    assert_int_equal(*(uint8_t *)fake_at(at + 12, 1), 0x77);
    assert_false(card_status() & ST_NEEDS_RESET);
}

static void whatever_was_done_the_next_driver_finds_a_new_card(void **state)
{
    (void)state;
    for (int round = 0; round < 150; round++) {
        card_up(&virtio_net_ops);
        area = card_alloc(AREA_BYTES);
        initialise();
        for (uint32_t n = draw_below(1200); n != 0; n--)
            act();
        fake.wr_depth = RL_CMD_DEPTH;
        fake.rd_depth = RL_CMD_DEPTH;
        fake_bus_master(true);
        fake_msix_enable(true);
        memset(fake.msix_masked, 0, sizeof(fake.msix_masked));
        card_reset();
        expect_silence();
        expect_as_new();
        card_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_own(whatever_was_done_the_next_driver_finds_a_new_card),
    };

    seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
