/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * hal.h on the soft core: registers, inlined. The only home of volatile and of
 * raw addresses. Included by hal.h alone.
 */
#ifndef RINGLET_HAL_SOC_H
#define RINGLET_HAL_SOC_H

static inline void hal_reg_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(RL_PERIPH_BASE + reg) = value;
}

static inline uint32_t hal_reg_read(uint32_t reg)
{
    return *(volatile uint32_t *)(uintptr_t)(RL_PERIPH_BASE + reg);
}

/* DMA writes local memory behind the compiler's back, and reads what we stored
 * there: everything is settled at the two ends of a command. */
static inline void hal_lmem_settle(void)
{
    __asm__ volatile("" ::: "memory");
}

static inline uint32_t hal_events(void)
{
    return hal_reg_read(RL_REG_EVENTS);
}

static inline void hal_wait(uint32_t mask)
{
    hal_reg_write(RL_REG_EVENT_EN, mask);
    __asm__ volatile("wfi" ::: "memory");
}

static inline void *hal_lmem(uint32_t offset)
{
    return (void *)(uintptr_t)(RL_LMEM_BASE + offset);
}

static inline void hal_rd_fetch(host_addr_t src, uint32_t lmem_offset,
                                uint32_t bytes, uint32_t cmd)
{
    hal_reg_write(RL_REG_RD_ADDR_LO, (uint32_t)src.bus);
    hal_reg_write(RL_REG_RD_ADDR_HI, (uint32_t)(src.bus >> 32));
    hal_reg_write(RL_REG_RD_LOCAL, HAL_HALVES(lmem_offset, bytes));
    hal_reg_write(RL_REG_RD_CMD, cmd);
}

static inline void hal_rd_run(uint32_t first, uint32_t count, uint32_t ring,
                              uint32_t param, uint32_t cmd)
{
    hal_lmem_settle();
    hal_reg_write(RL_REG_RD_LOCAL, HAL_HALVES(first, count));
    hal_reg_write(RL_REG_RD_RING, ring);
    hal_reg_write(RL_REG_RD_PARAM, param);
    hal_reg_write(RL_REG_RD_CMD, cmd);
}

static inline uint32_t hal_rd_free(void)
{
    return hal_reg_read(RL_REG_RD_FREE);
}

static inline void hal_wr_addr(host_addr_t dst)
{
    hal_reg_write(RL_REG_WR_ADDR_LO, (uint32_t)dst.bus);
    hal_reg_write(RL_REG_WR_ADDR_HI, (uint32_t)(dst.bus >> 32));
}

static inline void hal_wr_imm4(host_addr_t dst, uint32_t word, uint32_t cmd)
{
    hal_wr_addr(dst);
    hal_reg_write(RL_REG_WR_DATA0, word);
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_imm8(host_addr_t dst, uint32_t word0, uint32_t word1,
                               uint32_t cmd)
{
    hal_wr_addr(dst);
    hal_reg_write(RL_REG_WR_DATA0, word0);
    hal_reg_write(RL_REG_WR_DATA1, word1);
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_lmem(host_addr_t dst, uint32_t lmem_offset,
                               uint32_t bytes, uint32_t cmd)
{
    hal_lmem_settle();
    hal_wr_addr(dst);
    hal_reg_write(RL_REG_WR_LOCAL, HAL_HALVES(lmem_offset, bytes));
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_run(uint32_t first, uint32_t count, uint32_t ring,
                              uint32_t param, uint32_t cmd)
{
    hal_lmem_settle();
    hal_reg_write(RL_REG_WR_LOCAL, HAL_HALVES(first, count));
    hal_reg_write(RL_REG_WR_RING, ring);
    hal_reg_write(RL_REG_WR_PARAM, param);
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_msix(uint32_t vector, uint32_t cmd)
{
    hal_reg_write(RL_REG_WR_LOCAL, HAL_HALVES(0, vector));
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_drop(uint32_t packets, uint32_t cmd)
{
    hal_reg_write(RL_REG_WR_LOCAL, HAL_HALVES(0, packets));
    hal_reg_write(RL_REG_WR_PARAM, 0);
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline void hal_wr_nop(uint32_t cmd)
{
    hal_reg_write(RL_REG_WR_CMD, cmd);
}

static inline uint32_t hal_wr_free(void)
{
    return hal_reg_read(RL_REG_WR_FREE);
}

static inline uint32_t hal_cpl_bytes(void)
{
    return hal_reg_read(RL_REG_CPL_BYTES);
}

static inline uint32_t hal_cpl_pop(void)
{
    uint32_t cpl = hal_reg_read(RL_REG_CPL);

    hal_lmem_settle();
    return cpl;
}

static inline void hal_dma_abort(uint32_t queue_mask)
{
    hal_reg_write(RL_REG_DMA_ABORT, queue_mask);
}

static inline void hal_dma_window(host_addr_t base)
{
    hal_reg_write(RL_REG_DEVWIN_LO, (uint32_t)base.bus);
    hal_reg_write(RL_REG_DEVWIN_HI, (uint32_t)(base.bus >> 32));
}

static inline bool hal_mbox_peek(struct hal_mbox *entry)
{
    uint32_t head = hal_reg_read(RL_REG_MBOX_HEAD);

    if (!(head & RL_MBOX_HEAD_VALID_MASK))
        return false;
    entry->addr = head & RL_MBOX_HEAD_ADDR_MASK;
    entry->be = (head & RL_MBOX_HEAD_BE_MASK) >> RL_MBOX_HEAD_BE_LSB;
    entry->tag = (head & RL_MBOX_HEAD_TAG_MASK) >> RL_MBOX_HEAD_TAG_LSB;
    entry->write = (head & RL_MBOX_HEAD_WRITE_MASK) != 0;
    entry->cfg = (head & RL_MBOX_HEAD_CFG_MASK) != 0;
    entry->data = hal_reg_read(RL_REG_MBOX_DATA);
    return true;
}

static inline void hal_mbox_pop(void)
{
    hal_reg_write(RL_REG_MBOX_POP, 0);
}

static inline void hal_mbox_reply(uint8_t tag, uint32_t data)
{
    hal_reg_write(RL_REG_MBOX_REPLY_DATA, data);
    hal_reg_write(RL_REG_MBOX_REPLY, tag);
}

static inline uint32_t hal_db_pending(void)
{
    return hal_reg_read(RL_REG_DB_PENDING);
}

static inline void hal_db_clear(uint32_t queue_mask)
{
    hal_reg_write(RL_REG_DB_PENDING, queue_mask);
}

static inline uint32_t hal_db_data(uint32_t queue)
{
    return hal_reg_read(RL_REG_DB_DATA0 + 4 * queue);
}

static inline uint32_t hal_db_wide(void)
{
    return hal_reg_read(RL_REG_DB_WIDE);
}

static inline void hal_pcie_ids(uint32_t id, uint32_t class_rev,
                                uint32_t subsys)
{
    hal_reg_write(RL_REG_PCIE_ID, id);
    hal_reg_write(RL_REG_PCIE_CLASS, class_rev);
    hal_reg_write(RL_REG_PCIE_SUBSYS, subsys);
}

static inline void hal_pcie_cap_write(uint32_t cap, uint32_t word)
{
    hal_reg_write(RL_REG_PCIE_CAP0 + 4 * cap, word);
}

static inline uint32_t hal_pcie_cap_read(uint32_t cap)
{
    return hal_reg_read(RL_REG_PCIE_CAP0 + 4 * cap);
}

static inline void hal_pcie_ready(bool ready)
{
    hal_reg_write(RL_REG_PCIE_CTRL, ready ? RL_PCIE_CTRL_READY_MASK : 0);
}

static inline uint32_t hal_pcie_status(void)
{
    return hal_reg_read(RL_REG_PCIE_STATUS);
}

static inline uint32_t hal_error_count(uint32_t n)
{
    return hal_reg_read(RL_REG_ERR_UR + 4 * n);
}

static inline uint32_t hal_pcie_events(void)
{
    return hal_reg_read(RL_REG_PCIE_EVENTS);
}

static inline void hal_pcie_events_clear(uint32_t mask)
{
    hal_reg_write(RL_REG_PCIE_EVENTS, mask);
}

static inline void hal_pcie_flr_done(void)
{
    hal_reg_write(RL_REG_PCIE_FLR_DONE, 1);
}

static inline void hal_pcie_isr(uint32_t isr)
{
    hal_reg_write(RL_REG_PCIE_ISR, isr);
}

static inline uint32_t hal_net_rx_len(void)
{
    return hal_reg_read(RL_REG_NETRX_LEN);
}

static inline void hal_msix_forget(void)
{
    hal_reg_write(RL_REG_PCIE_MSIX_FORGET, 0);
}

static inline void hal_net_rx_flush(void)
{
    hal_reg_write(RL_REG_NETRX_FLUSH, 0);
}

static inline bool hal_net_link(void)
{
    return (hal_reg_read(RL_REG_NET_LINK) & RL_NET_LINK_UP_MASK) != 0;
}

static inline uint32_t hal_time_cycles(void)
{
    return hal_reg_read(RL_REG_TIMER);
}

static inline void hal_alarm_at(uint32_t time_cycles)
{
    hal_reg_write(RL_REG_TIMER_CMP, time_cycles);
}

static inline void hal_putc(char c)
{
    hal_reg_write(RL_REG_UART_TX, (uint8_t)c);
}

static inline void hal_give_up(uint32_t cause)
{
    hal_reg_write(RL_REG_PANIC, cause);
}

static inline void hal_watchdog(void)
{
    hal_reg_write(RL_REG_WATCHDOG, 0);
}

static inline uint32_t hal_restart_cause(void)
{
    return hal_reg_read(RL_REG_RESTART);
}

static inline void hal_keep(uint32_t word)
{
    hal_reg_write(RL_REG_KEPT, word);
}

/* Of the code that runs after a restart alone. */

static inline uint32_t hal_kept(void)
{
    return hal_reg_read(RL_REG_KEPT);
}

static inline void hal_mbox_alive(void)
{
    hal_reg_write(RL_REG_MBOX_ALIVE, 0);
}

static inline uint32_t hal_dma_busy(void)
{
    return hal_reg_read(RL_REG_DMA_BUSY);
}

static inline bool hal_pcie_is_ready(void)
{
    return (hal_reg_read(RL_REG_PCIE_CTRL) & RL_PCIE_CTRL_READY_MASK) != 0;
}

#endif
