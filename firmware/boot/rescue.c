/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The firmware trapped or hung and the core was restarted. Until the host wants a
 * reset: stop all DMA, show DEVICE_NEEDS_RESET and the cause, discard writes. Then
 * crt0.S makes all data anew and the firmware starts as after power-up.
 *
 * Code and constants are in instruction memory, where no store reaches; there are no
 * variables but those on the stack. All that is known of the old life is in registers
 * that outlive the core (KEPT).
 */
#include "boot.h"

#include "../hal/hal.h"
#include "../virtio/pci_caps.h"
#include "../virtio/virtio.h"

#define STATUS_DWORD 0x14u /* device_status, generation, queue_select */
#define VECTOR_DWORD 0x10u /* config_msix_vector, num_queues */

struct rescue {
    uint32_t cause;
    uint32_t status;
    uint32_t vector;
    uint32_t isr;
    bool told;  /* the configuration interrupt is out */
    bool leave; /* the host wants a reset */
};

static uint32_t rescue_read(struct rescue *r, uint32_t addr, uint8_t be)
{
    uint32_t isr = r->isr;

    switch (addr) {
    case RL_BAR0_COMMON + STATUS_DWORD:
        return r->status;
    case RL_BAR0_COMMON + VECTOR_DWORD:
        return r->vector;
    case RL_BAR0_ISR:
        if (be & 1) {
            r->isr = 0;
            hal_pcie_isr(0);
        }
        return isr;
    case RL_BAR0_VENDOR + RL_VENDOR_MAGIC:
        return RL_RINGLET_MAGIC;
    case RL_BAR0_VENDOR + RL_VENDOR_BUILD:
        return ringlet_build_id;
    case RL_BAR0_VENDOR + RL_VENDOR_CAUSE:
        return r->cause;
    default:
        return 0;
    }
}

static void rescue_write(struct rescue *r, uint32_t addr, uint32_t data,
                         uint8_t be)
{
    if (addr == RL_BAR0_COMMON + STATUS_DWORD && (be & 1) &&
        (data & 0xffu) == 0)
        r->leave = true;
}

static void rescue_cfg(struct rescue *r, const struct hal_mbox *entry)
{
    struct pci_cfg_window w;
    uint32_t value = 0;

    if (pci_cfg_window(&w)) {
        if (entry->write)
            rescue_write(r, w.addr, entry->data << w.shift, w.be);
        else
            value = (rescue_read(r, w.addr, w.be) >> w.shift) & w.mask;
    }
    hal_mbox_reply(entry->tag, value);
}

/* What comes behind the wish for a reset is for the firmware that starts then. */
static void rescue_mailbox(struct rescue *r)
{
    struct hal_mbox entry;

    while (!r->leave && hal_mbox_peek(&entry)) {
        hal_watchdog();
        hal_mbox_pop();
        if (entry.cfg)
            rescue_cfg(r, &entry);
        else if (entry.write)
            rescue_write(r, entry.addr, entry.data, entry.be);
        else
            hal_mbox_reply(entry.tag, rescue_read(r, entry.addr, entry.be));
    }
}

/* "Notification of Device Configuration Changes": a driver that runs is told. */
static void rescue_tell(struct rescue *r)
{
    r->told = true;
    if (!(r->status & VIRTIO_STATUS_DRIVER_OK))
        return;
    r->isr = VIRTIO_ISR_CONFIG;
    hal_pcie_isr(r->isr);
    if ((hal_pcie_status() & RL_PCIE_STATUS_MSIX_EN_MASK) &&
        r->vector < RL_NUM_VECTORS)
        hal_wr_msix(r->vector, HAL_CMD(RL_OP_MSIX, 31, 0, HAL_CMD_NOTIFY));
}

/* All that the old life has asked for ends, most of it as aborted. */
static bool rescue_idle(void)
{
    while (hal_cpl_pop() & RL_CPL_VALID_MASK)
        hal_watchdog();
    return hal_dma_busy() == 0;
}

static void rescue_say(uint32_t cause)
{
    put_string("\nringlet: firmware was restarted, cause ");
    put_hex(cause);
    put_string(cause == RL_RESTART_HUNG ? " (hung)\n" : " (gave up)\n");
}

void rescue(uint32_t cause)
{
    uint32_t kept = hal_kept();
    struct rescue r = {
        .cause = cause,
        .status = (kept & RL_KEPT_STATUS_MASK) | VIRTIO_STATUS_NEEDS_RESET,
        .vector = (kept & RL_KEPT_VECTOR_MASK) >> RL_KEPT_VECTOR_LSB,
    };
    bool idle = false;

    hal_watchdog();
    if (cause == 0)
        hal_give_up(RL_RESTART_STRAY); /* and we are here again */
    hal_dma_abort(0xffffffffu);
    rescue_say(cause);
    while (!r.leave || !idle) {
        hal_watchdog();
        idle = rescue_idle();
        if (idle && !r.told) {
            rescue_tell(&r);
            idle = false;
        }
        hal_mbox_alive(); /* a read that the old life took was given up */
        rescue_mailbox(&r);
        /* The event stays for the firmware, which ends the reset. One that was
         * not ready for the host has nobody to wait for. */
        if ((hal_pcie_events() & RL_PCIE_EVENTS_FLR_MASK) ||
            (hal_pcie_status() & RL_PCIE_STATUS_FLR_MASK) ||
            !hal_pcie_is_ready())
            r.leave = true;
    }
    hal_net_rx_flush();
    hal_db_clear(0xffffffffu);
    hal_pcie_isr(0);
    hal_msix_forget();
    hal_dma_abort(0);
    hal_keep(RL_KEPT_VECTOR_MASK);
}
