/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The one seam between firmware and hardware.
 *
 * hal/soc is the soft core's registers, inlined; hal/host is a fake that unit
 * tests and fuzzers drive. Above this header nothing knows a raw address.
 *
 * Nothing here waits. A DMA call pushes a command; its completion comes back
 * through hal_cpl_pop(). The caller keeps within the free entries that
 * hal_rd_free() and hal_wr_free() report: a command pushed into a full queue is
 * our bug and is lost.
 *
 * Command words are made of RL_CMD_* fields (hw/regs/registers.def). Of every
 * read command, every failed one and every one with NOTIFY exactly one
 * completion comes back, with the command's cookie and queue. Fetches complete
 * in their order, read runs in theirs, write commands in theirs; between the
 * three there is no order. While bus mastering is off commands that go to the
 * host, DROP and NOP end as RL_DMA_ABORTED, whatever their queue. Behind a write
 * of a queue that ended badly (any status but OK and SHORT) its further writes and
 * messages end as RL_DMA_ABORTED, so that used descriptors never follow payload that
 * is missing, until its bit was set in hal_dma_abort() or the function was reset.
 */
#ifndef RINGLET_HAL_H
#define RINGLET_HAL_H

#include <stdbool.h>
#include <stdint.h>

#include "ringlet_regs.h"

/* An address as the driver wrote it: a bus address, never a pointer. */
typedef struct {
    uint64_t bus;
} host_addr_t;

static inline host_addr_t host_addr_add(host_addr_t a, uint32_t bytes)
{
    return (host_addr_t){a.bus + bytes};
}

/* The command word: what, for which queue, and what comes back. */
#define HAL_CMD(op, queue, cookie, flags) \
    (((uint32_t)(op) << RL_CMD_OP_LSB) |  \
     ((uint32_t)(queue) << RL_CMD_QUEUE_LSB) | (uint32_t)(cookie) | (flags))

#define HAL_CMD_SPACE  RL_CMD_SPACE_MASK  /* device memory */
#define HAL_CMD_FENCE  RL_CMD_FENCE_MASK  /* read after all earlier writes */
#define HAL_CMD_NOTIFY RL_CMD_NOTIFY_MASK /* completion on success too */
#define HAL_CMD_TABLE  RL_CMD_TABLE_MASK  /* whole run is one packet */

/* Two 16-bit halves of a register word. */
#define HAL_HALVES(low, high) ((uint32_t)(low) | ((uint32_t)(high) << 16))

/* An entry of the mailbox: one dword access of the host to BAR0. */
struct hal_mbox {
    uint32_t addr; /* byte offset in BAR0, multiple of 4 */
    uint32_t data; /* writes: value, lanes not enabled are undefined */
    uint8_t be;    /* byte enables, bit 0 is the lowest byte */
    uint8_t tag;   /* reads, and any cfg access: answer under it */
    bool write;
    bool cfg; /* access to pci_cfg_data in configuration space */
};

#ifdef RINGLET_SOC
#include "soc/hal_soc.h"
#else

/* Events (RL_EVENTS_*_MASK), and sleep until one of mask is up. */
uint32_t hal_events(void);
void hal_wait(uint32_t mask);

/* Local memory, shared with DMA. Offset in bytes below RL_LMEM_BYTES. */
void *hal_lmem(uint32_t offset);

/* Reads. lmem_offset[3:0] equals src[3:0]; 1 to 4096 bytes. */
void hal_rd_fetch(host_addr_t src, uint32_t lmem_offset, uint32_t bytes,
                  uint32_t cmd);
/* first: offset of the first descriptor. ring: HAL_HALVES(base, entries).
 * param: RL_RD_PARAM_*. */
void hal_rd_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd);
uint32_t hal_rd_free(void);

/* Writes, sent in the order of these calls. */
void hal_wr_imm4(host_addr_t dst, uint32_t word, uint32_t cmd);
void hal_wr_imm8(host_addr_t dst, uint32_t word0, uint32_t word1, uint32_t cmd);
void hal_wr_lmem(host_addr_t dst, uint32_t lmem_offset, uint32_t bytes,
                 uint32_t cmd);
void hal_wr_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd);
void hal_wr_msix(uint32_t vector, uint32_t cmd);
void hal_wr_drop(uint32_t packets, uint32_t cmd);
void hal_wr_nop(uint32_t cmd);
uint32_t hal_wr_free(void);

/* Oldest completion: RL_CPL_* fields, VALID clear when there is none. Bytes
 * must be asked for before the pop; of a write run they count the stream's bytes
 * that were taken, also when it failed. */
uint32_t hal_cpl_bytes(void);
uint32_t hal_cpl_pop(void);
/* One bit per queue: its commands end as RL_DMA_ABORTED. Set once, the queue may
 * write again after a write was lost. */
void hal_dma_abort(uint32_t queue_mask);
/* Base of the device-memory window as the driver sees it. */
void hal_dma_window(host_addr_t base);

/* Mailbox. peek returns false when it is empty; an entry stays until popped. */
bool hal_mbox_peek(struct hal_mbox *entry);
void hal_mbox_pop(void);
void hal_mbox_reply(uint8_t tag, uint32_t data);

/* Doorbells: one bit per queue; clear before looking at the ring. */
uint32_t hal_db_pending(void);
void hal_db_clear(uint32_t queue_mask);
/* The last doorbell of a queue: data; one bit per queue whose was 32 bits
 * wide. */
uint32_t hal_db_data(uint32_t queue);
uint32_t hal_db_wide(void);

/* Endpoint. Words as in RL_REG_PCIE_*; cap is 0 to RL_CFG_VIRTIO_DWORDS-1. */
void hal_pcie_ids(uint32_t id, uint32_t class_rev, uint32_t subsys);
void hal_pcie_cap_write(uint32_t cap, uint32_t word);
uint32_t hal_pcie_cap_read(uint32_t cap);
void hal_pcie_ready(bool ready);
uint32_t hal_pcie_status(void);
uint32_t hal_pcie_events(void);
void hal_pcie_events_clear(uint32_t mask);
/* Error counter n, from RL_REG_ERR_UR; n below RL_ERR_COUNTERS. */
uint32_t hal_error_count(uint32_t n);
void hal_pcie_flr_done(void);
void hal_pcie_isr(uint32_t isr);
/* No MSI-X message that was held back by a mask shall be sent any more. */
void hal_msix_forget(void);

/* Network port. rx_len: the word of the next frame (RL_NETRX_LEN_*: length, flow),
 * and removes it; 0 when none waits. */
uint32_t hal_net_rx_len(void);
/* Forget all complete frames and their lengths. No write run or drop may be in
 * flight. */
void hal_net_rx_flush(void);
bool hal_net_link(void);

/* Free running cycle counter; alarm raises RL_EVENTS_TIMER at that time. */
uint32_t hal_time_cycles(void);
void hal_alarm_at(uint32_t time_cycles);

/* Console character, dropped when the UART is full. */
void hal_putc(char c);

/* A sign of life, due every RL_WATCHDOG_CYCLES; without it the core is restarted,
 * and what runs then is boot/rescue.c. Why it was restarted last, 0: never. A word
 * that outlives that: RL_KEPT_*. */
void hal_watchdog(void);
uint32_t hal_restart_cause(void);
void hal_keep(uint32_t word);

#endif /* RINGLET_SOC */
#endif
