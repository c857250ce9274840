/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The queues between firmware and the DMA engines: commands, which are checked
 * when they are pushed, and completions.
 */
#include "fake_internal.h"

#include <string.h>

static void fifo_push(struct fake_fifo *fifo, const struct fake_cmd *cmd)
{
    fifo->cmd[fifo->count++] = *cmd;
}

static void fifo_pop(struct fake_fifo *fifo)
{
    fifo->count--;
    memmove(&fifo->cmd[0], &fifo->cmd[1], fifo->count * sizeof(fifo->cmd[0]));
}

static bool writes_memory(const struct fake_cmd *c)
{
    uint32_t op = FIELD(c->cmd, CMD_OP);

    return op == RL_OP_RUN || op == RL_OP_WRITE || op == RL_OP_IMM4 ||
           op == RL_OP_IMM8;
}

void fake_cmd_complete(struct fake_fifo *fifo, uint32_t status, uint32_t bytes)
{
    const struct fake_cmd *c = &fifo->cmd[0];
    bool write = fifo == &fake.writes;

    if (!write || status != RL_DMA_OK || (c->cmd & RL_CMD_NOTIFY_MASK)) {
        uint32_t at = fake.cpl_tail++ % FAKE_CPL_MAX;

        require(fake.cpl_tail - fake.cpl_head <= FAKE_CPL_MAX,
                "completions are never fetched");
        fake.cpl[at].bytes = bytes;
        fake.cpl[at].word = RL_CPL_VALID_MASK | (status << RL_CPL_STATUS_LSB) |
                            (write ? RL_CPL_WRITE_MASK : 0) |
                            (c->cmd & (RL_CPL_COOKIE_MASK | RL_CPL_QUEUE_MASK));
    }
    if (status != RL_DMA_ABORTED)
        fake.commands++;
    if (write) {
        fake.writes_done++;
        if (status != RL_DMA_OK && status != RL_DMA_SHORT && writes_memory(c) &&
            !(fake.pcie_status & RL_PCIE_STATUS_FLR_MASK))
            fake.lost |= 1u << command_queue(c) & ~fake.abort;
    }
    fifo_pop(fifo);
}

bool fake_cmd_stopped(const struct fake_cmd *c)
{
    return ((fake.abort >> command_queue(c)) & 1) ||
           (fake.pcie_status & RL_PCIE_STATUS_FLR_MASK) ||
           (!(fake.pcie_status & RL_PCIE_STATUS_BME_MASK) && !command_space(c));
}

bool fake_cmd_behind_lost(const struct fake_cmd *c)
{
    return (fake.lost >> command_queue(c)) & 1;
}

bool fake_cmd_fenced(const struct fake_cmd *c)
{
    return (c->cmd & RL_CMD_FENCE_MASK) && fake.writes_done < c->fence_at;
}

uint32_t fake_dma_waiting(void)
{
    return fake.fetches.count + fake.reads.count + fake.writes.count;
}

static void push_read(struct fake_fifo *fifo, struct fake_cmd *c)
{
    require(hal_rd_free() != 0, "read command pushed into a full queue");
    c->fence_at = fake.writes_pushed;
    if (fake.on_push)
        fake.on_push(c, false);
    fifo_push(fifo, c);
}

static void push_write(struct fake_cmd *c)
{
    require(hal_wr_free() != 0, "write command pushed into a full queue");
    fake.writes_pushed++;
    if (fake.on_push)
        fake.on_push(c, true);
    fifo_push(&fake.writes, c);
}

static void check_op(uint32_t cmd, uint32_t op)
{
    require(FIELD(cmd, CMD_OP) == op, "command word names another operation");
}

/* The command, checked. */
static struct fake_cmd copy_cmd(uint32_t op, host_addr_t addr,
                                uint32_t lmem_offset, uint32_t bytes,
                                uint32_t cmd)
{
    check_op(cmd, op);
    require(bytes >= 1 && bytes <= 4096, "copy of no or too many bytes");
    require(((addr.bus ^ lmem_offset) & 15) == 0,
            "copy whose two sides differ in their low address bits");
    require(lmem_offset < RL_LMEM_BYTES && bytes <= RL_LMEM_BYTES - lmem_offset,
            "copy beyond local memory");
    return (struct fake_cmd){
        .cmd = cmd, .addr = addr, .lmem = lmem_offset, .count = bytes};
}

static struct fake_cmd run_cmd(uint32_t first, uint32_t count, uint32_t ring,
                               uint32_t param, uint32_t cmd)
{
    uint32_t base = ring & 0xffffu, entries = ring >> 16;

    check_op(cmd, RL_OP_RUN);
    require(count >= 1 && count <= 32768, "run of no or too many descriptors");
    require((first & 15) == 0 && (base & 15) == 0, "run is not aligned");
    require(entries >= 1 && base + DESC_BYTES * entries <= RL_LMEM_BYTES,
            "ring beyond local memory");
    require(first >= base && first < base + DESC_BYTES * entries,
            "run begins outside its ring");
    require(count <= entries, "run longer than its ring");
    return (struct fake_cmd){
        .cmd = cmd, .ptr = first, .count = count, .ring = ring, .param = param};
}

void hal_rd_fetch(host_addr_t src, uint32_t lmem_offset, uint32_t bytes,
                  uint32_t cmd)
{
    struct fake_cmd c = copy_cmd(RL_OP_FETCH, src, lmem_offset, bytes, cmd);

    push_read(&fake.fetches, &c);
}

void hal_rd_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct fake_cmd c = run_cmd(first, count, ring, param, cmd);

    push_read(&fake.reads, &c);
}

uint32_t hal_rd_free(void)
{
    uint32_t used = fake.fetches.count + fake.reads.count;

    return used < fake.rd_depth ? fake.rd_depth - used : 0;
}

void hal_wr_imm4(host_addr_t dst, uint32_t word, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .addr = dst, .count = 4, .data0 = word};

    check_op(cmd, RL_OP_IMM4);
    require((dst.bus & 3) == 0, "IMM4 is not aligned");
    push_write(&c);
}

void hal_wr_imm8(host_addr_t dst, uint32_t word0, uint32_t word1, uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .addr = dst, .count = 8, .data0 = word0, .data1 = word1};

    check_op(cmd, RL_OP_IMM8);
    require((dst.bus & 7) == 0, "IMM8 is not aligned");
    push_write(&c);
}

void hal_wr_lmem(host_addr_t dst, uint32_t lmem_offset, uint32_t bytes,
                 uint32_t cmd)
{
    struct fake_cmd c = copy_cmd(RL_OP_WRITE, dst, lmem_offset, bytes, cmd);

    push_write(&c);
}

void hal_wr_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct fake_cmd c = run_cmd(first, count, ring, param, cmd);
    uint32_t hdr_ptr = FIELD(param, WR_PARAM_HDR_PTR);
    uint32_t hdr_bytes = FIELD(param, WR_PARAM_HDR_BYTES);

    require(hdr_bytes <= 32 && (hdr_ptr & 15) == 0 &&
                hdr_ptr + hdr_bytes <= RL_LMEM_BYTES,
            "inserted header out of range");
    push_write(&c);
}

void hal_wr_msix(uint32_t vector, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .count = vector};

    check_op(cmd, RL_OP_MSIX);
    require(vector < RL_NUM_VECTORS, "no such vector");
    push_write(&c);
}

void hal_wr_drop(uint32_t packets, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .count = packets};

    check_op(cmd, RL_OP_DROP);
    require(packets != 0, "DROP of no packets");
    push_write(&c);
}

void hal_wr_nop(uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd};

    check_op(cmd, RL_OP_NOP);
    push_write(&c);
}

uint32_t hal_wr_free(void)
{
    return fake.writes.count < fake.wr_depth ? fake.wr_depth - fake.writes.count
                                             : 0;
}

uint32_t hal_cpl_bytes(void)
{
    return fake.cpl_head == fake.cpl_tail
               ? 0
               : fake.cpl[fake.cpl_head % FAKE_CPL_MAX].bytes;
}

uint32_t hal_cpl_pop(void)
{
    if (fake.cpl_head == fake.cpl_tail)
        return 0;
    return fake.cpl[fake.cpl_head++ % FAKE_CPL_MAX].word;
}

void hal_dma_abort(uint32_t queue_mask)
{
    require((queue_mask >> RL_NUM_QUEUES) == 0, "abort bit of no queue");
    fake.abort = queue_mask;
    fake.lost &= ~queue_mask;
}

static bool uses_window(const struct fake_fifo *fifo)
{
    for (uint32_t i = 0; i < fifo->count; i++)
        if (command_space(&fifo->cmd[i]))
            return true;
    return false;
}

void hal_dma_window(host_addr_t base)
{
    require(base.bus == fake.window ||
                !(uses_window(&fake.fetches) || uses_window(&fake.reads) ||
                  uses_window(&fake.writes)),
            "window moved under commands");
    fake.window = base.bus;
}
