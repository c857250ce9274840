/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The fake hardware itself: it must find fault where registers.def does.
 */
#include "support/card.h"

static jmp_buf caught;
static const char *complaint;

static void catch_misuse(const char *message)
{
    complaint = message;
    longjmp(caught, 1);
}

static int fake_setup(void **state)
{
    (void)state;
    fake_reset(HOST_BASE);
    fake_misuse = catch_misuse;
    return 0;
}

#define expect_misuse(call)         \
    do {                            \
        complaint = NULL;           \
        if (setjmp(caught) == 0)    \
            call;                   \
        assert_non_null(complaint); \
    } while (0)

static const host_addr_t base = {HOST_BASE};

static uint32_t cmd(uint32_t op)
{
    return HAL_CMD(op, 3, 0x1234, 0);
}

static void desc(uint32_t lmem, uint64_t addr, uint32_t len, uint16_t flags)
{
    struct vq_desc d = {addr, len, 0, flags};

    memcpy(hal_lmem(lmem), &d, 16);
}

static void expect_cpl(uint32_t status, bool write, uint32_t bytes)
{
    uint32_t moved = hal_cpl_bytes();
    uint32_t cpl = hal_cpl_pop();

    assert_int_equal(cpl, RL_CPL_VALID_MASK | (3u << RL_CPL_QUEUE_LSB) |
                              0x1234u | (status << RL_CPL_STATUS_LSB) |
                              (write ? RL_CPL_WRITE_MASK : 0));
    assert_int_equal(moved, bytes);
}

static void misuse_is_found(void **state)
{
    (void)state;
    expect_misuse(hal_rd_fetch(base, 0, 0, cmd(RL_OP_FETCH)));
    expect_misuse(hal_rd_fetch(base, 0, 4097, cmd(RL_OP_FETCH)));
    expect_misuse(hal_rd_fetch(base, 4, 16, cmd(RL_OP_FETCH)));
    expect_misuse(hal_rd_fetch(base, 0xfff0, 32, cmd(RL_OP_FETCH)));
    expect_misuse(hal_rd_fetch(base, 0, 16, cmd(RL_OP_RUN)));
    expect_misuse(hal_rd_run(0, 0, HAL_HALVES(0, 8), 0, cmd(RL_OP_RUN)));
    expect_misuse(hal_rd_run(8, 1, HAL_HALVES(0, 8), 0, cmd(RL_OP_RUN)));
    expect_misuse(hal_rd_run(128, 1, HAL_HALVES(0, 8), 0, cmd(RL_OP_RUN)));
    expect_misuse(hal_wr_imm4(host_addr_add(base, 2), 0, cmd(RL_OP_IMM4)));
    expect_misuse(hal_wr_imm8(host_addr_add(base, 4), 0, 0, cmd(RL_OP_IMM8)));
    expect_misuse(hal_wr_msix(RL_NUM_VECTORS, cmd(RL_OP_MSIX)));
    expect_misuse(hal_wr_drop(0, cmd(RL_OP_DROP)));
    expect_misuse(hal_mbox_pop());
    expect_misuse(hal_mbox_reply(1, 0));
    expect_misuse(hal_lmem(RL_LMEM_BYTES));
    for (uint32_t i = 0; i < RL_CMD_DEPTH; i++)
        hal_wr_nop(cmd(RL_OP_NOP));
    expect_misuse(hal_wr_nop(cmd(RL_OP_NOP)));
    for (uint32_t i = 0; i < RL_CMD_DEPTH; i++)
        hal_rd_fetch(base, 0, 16, cmd(RL_OP_FETCH));
    expect_misuse(hal_rd_fetch(base, 0, 16, cmd(RL_OP_FETCH)));
}

static void a_fetch_reports_where_nothing_is(void **state)
{
    (void)state;
    hal_rd_fetch(base, 0, 64, cmd(RL_OP_FETCH));
    fake_drain();
    expect_cpl(RL_DMA_OK, false, 64);
    hal_rd_fetch((host_addr_t){16}, 0, 16, cmd(RL_OP_FETCH));
    fake_drain();
    expect_cpl(RL_DMA_UR, false, 0);
    hal_rd_fetch((host_addr_t){UINT64_MAX - 15}, 0, 32, cmd(RL_OP_FETCH));
    fake_drain();
    expect_cpl(RL_DMA_BOUNDS, false, 0);
    hal_rd_fetch(base, 0, 16, cmd(RL_OP_FETCH) | HAL_CMD_SPACE);
    fake_drain();
    expect_cpl(RL_DMA_BOUNDS, false, 0);
    hal_dma_abort(1u << 3);
    hal_rd_fetch(base, 0, 16, cmd(RL_OP_FETCH));
    fake_drain();
    expect_cpl(RL_DMA_ABORTED, false, 0);
}

static void nothing_leaves_behind_a_lost_write(void **state)
{
    (void)state;
    fake_bus_master(false);
    hal_wr_imm4(base, 1, cmd(RL_OP_IMM4));
    hal_wr_nop(cmd(RL_OP_NOP) | HAL_CMD_NOTIFY);
    fake_drain();
    fake_bus_master(true);
    expect_cpl(RL_DMA_ABORTED, true, 0);
    expect_cpl(RL_DMA_ABORTED, true, 0);
    hal_wr_imm4(base, 2, cmd(RL_OP_IMM4));
    hal_wr_msix(0, cmd(RL_OP_MSIX));
    fake_drain();
    expect_cpl(RL_DMA_ABORTED, true, 0);
    expect_cpl(RL_DMA_ABORTED, true, 0);
    hal_wr_nop(cmd(RL_OP_NOP) | HAL_CMD_NOTIFY);
    hal_wr_imm4(base, 3, HAL_CMD(RL_OP_IMM4, 4, 0, 0));
    fake_drain();
    expect_cpl(RL_DMA_OK, true, 0);
    assert_int_equal(*(uint32_t *)fake_at(HOST_BASE, 4), 3);
    hal_dma_abort(1u << 3);
    hal_dma_abort(0);
    hal_wr_imm4(base, 4, cmd(RL_OP_IMM4));
    fake_drain();
    assert_int_equal(hal_cpl_pop(), 0);
    assert_int_equal(*(uint32_t *)fake_at(HOST_BASE, 4), 4);
    /* A longer frame than there is room for is not lost. */
    desc(0, HOST_BASE, 10, VQ_DESC_WRITE);
    fake_frame("0123456789abcdef", 16);
    hal_wr_run(0, 1, HAL_HALVES(0, 1), 0, cmd(RL_OP_RUN));
    hal_wr_imm4(base, 5, cmd(RL_OP_IMM4));
    fake_drain();
    expect_cpl(RL_DMA_SHORT, true, 10);
    assert_int_equal(hal_cpl_pop(), 0);
}

static void a_fenced_fetch_waits_for_writes_pushed_before(void **state)
{
    (void)state;
    hal_wr_imm4(base, 0x11223344, cmd(RL_OP_IMM4));
    hal_rd_fetch(base, 0, 16, cmd(RL_OP_FETCH) | HAL_CMD_FENCE);
    hal_wr_imm4(base, 0x55667788, cmd(RL_OP_IMM4));
    assert_false(fake_fetch_step());
    assert_true(fake_write_step());
    assert_true(fake_fetch_step());
    assert_int_equal(*(uint32_t *)hal_lmem(0), 0x11223344);
}

static void lines_are_seen_when_they_are_sampled(void **state)
{
    uint8_t *host = fake_at(HOST_BASE, 192);

    (void)state;
    hal_rd_fetch(host_addr_add(base, 16), 16, 128, cmd(RL_OP_FETCH));
    assert_true(fake_fetch_sample(0, 1ull << 1));
    memset(host, 9, 192);
    assert_true(fake_fetch_step());
    assert_int_equal(fake.lmem[16], 9);
    assert_int_equal(fake.lmem[64], 0);
    assert_int_equal(fake.lmem[127], 0);
    assert_int_equal(fake.lmem[128], 9);
    assert_int_equal(fake.lmem[143], 9);
    assert_int_equal(fake.lmem[144], 0xa5);
}

static void runs_wrap_and_keep_packets_apart(void **state)
{
    (void)state;
    memset(fake_at(HOST_BASE, 100), 7, 100);
    desc(32, HOST_BASE, 10, VQ_DESC_NEXT);
    desc(48, HOST_BASE, 10, 0);
    desc(16, HOST_BASE, 30, 0);
    hal_rd_run(32, 3, HAL_HALVES(16, 3), 4, cmd(RL_OP_RUN));
    fake_drain();
    expect_cpl(RL_DMA_OK, false, 42);
    assert_int_equal(fake.sent_count, 2);
    assert_int_equal(fake.sent[0].len, 16);
    assert_int_equal(fake.sent[1].len, 26);
    /* One packet in table mode, whatever NEXT says. */
    hal_rd_run(32, 3, HAL_HALVES(16, 3), 4, cmd(RL_OP_RUN) | HAL_CMD_TABLE);
    fake_drain();
    expect_cpl(RL_DMA_OK, false, 46);
    assert_int_equal(fake.sent_count, 3);
}

static void runs_check_direction_and_length(void **state)
{
    uint32_t param = (12u << RL_WR_PARAM_HDR_BYTES_LSB);

    (void)state;
    desc(16, HOST_BASE, 64, VQ_DESC_WRITE);
    hal_rd_run(16, 1, HAL_HALVES(16, 1), 0, cmd(RL_OP_RUN));
    fake_drain();
    expect_cpl(RL_DMA_DIR, false, 0);
    card_frame(60, 1);
    hal_wr_run(16, 1, HAL_HALVES(16, 1), param, cmd(RL_OP_RUN));
    fake_drain();
    expect_cpl(RL_DMA_SHORT, true, 52);
    card_frame(52, 1);
    hal_wr_run(16, 1, HAL_HALVES(16, 1), param,
               cmd(RL_OP_RUN) | HAL_CMD_NOTIFY);
    fake_drain();
    expect_cpl(RL_DMA_OK, true, 52);
    desc(16, HOST_BASE, 64, 0);
    card_frame(52, 1);
    hal_wr_run(16, 1, HAL_HALVES(16, 1), param, cmd(RL_OP_RUN));
    fake_drain();
    expect_cpl(RL_DMA_DIR, true, 0);
    hal_wr_drop(1, cmd(RL_OP_DROP));
    fake_drain();
    assert_int_equal(hal_cpl_pop(), 0);
    assert_int_equal(fake.frame_head, fake.frame_tail);
}

static void an_aborted_receive_run_leaves_its_frame(void **state)
{
    (void)state;
    desc(16, HOST_BASE, 64, VQ_DESC_WRITE);
    card_frame(60, 1);
    hal_wr_run(16, 1, HAL_HALVES(16, 1), 0, cmd(RL_OP_RUN));
    hal_dma_abort(1u << 3);
    fake_drain();
    expect_cpl(RL_DMA_ABORTED, true, 0);
    assert_int_equal(fake.frame_head, 0);
}

#define test_fake(f) cmocka_unit_test_setup(f, fake_setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_fake(misuse_is_found),
        test_fake(a_fetch_reports_where_nothing_is),
        test_fake(nothing_leaves_behind_a_lost_write),
        test_fake(a_fenced_fetch_waits_for_writes_pushed_before),
        test_fake(lines_are_seen_when_they_are_sampled),
        test_fake(runs_wrap_and_keep_packets_apart),
        test_fake(runs_check_direction_and_length),
        test_fake(an_aborted_receive_run_leaves_its_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
