/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The PCI Express endpoint: mailbox, doorbells, configuration space, function
 * level reset, interrupts.
 */
#include "fake_internal.h"

#include <string.h>

/* ---- Mailbox, doorbells ------------------------------------------------- */

void fake_mbox_push(const struct hal_mbox *entry)
{
    require(fake.mbox_tail - fake.mbox_head < FAKE_MBOX_MAX,
            "a test overfills the mailbox");
    fake.mbox[fake.mbox_tail++ % FAKE_MBOX_MAX] = *entry;
    /* Configuration writes are not posted: they are answered, too. */
    if (!entry->write || entry->cfg) {
        fake.tag_waits[entry->tag] = true;
        fake.tag_answered[entry->tag] = false;
    }
}

bool hal_mbox_peek(struct hal_mbox *entry)
{
    if (fake.mbox_head == fake.mbox_tail)
        return false;
    *entry = fake.mbox[fake.mbox_head % FAKE_MBOX_MAX];
    return true;
}

void hal_mbox_pop(void)
{
    require(fake.mbox_head != fake.mbox_tail, "pop of an empty mailbox");
    fake.mbox_head++;
}

void hal_mbox_reply(uint8_t tag, uint32_t data)
{
    require(fake.tag_waits[tag], "answer to a tag that does not wait");
    fake.tag_waits[tag] = false;
    fake.tag_answered[tag] = true;
    fake.tag_data[tag] = data;
    fake_log_add(FAKE_REPLY, 0, tag, 4, false, false, &data);
}

void fake_doorbell(uint32_t queue, uint32_t data)
{
    require(queue < RL_NUM_QUEUES, "no such doorbell");
    fake.db_data[queue] = data & 0xffffu;
    fake.db_pending |= 1u << queue;
    fake.db_wide &= ~(1u << queue);
}

void fake_doorbell_wide(uint32_t queue, uint32_t data)
{
    fake_doorbell(queue, data);
    fake.db_data[queue] = data;
    fake.db_wide |= 1u << queue;
}

uint32_t hal_db_data(uint32_t queue)
{
    require(queue < RL_NUM_QUEUES, "no such doorbell");
    return fake.db_data[queue];
}

uint32_t hal_db_wide(void)
{
    return fake.db_wide;
}

uint32_t hal_db_pending(void)
{
    return fake.db_pending;
}

void hal_db_clear(uint32_t queue_mask)
{
    fake.db_pending &= ~queue_mask;
}

/* ---- Endpoint ----------------------------------------------------------- */

void hal_pcie_ids(uint32_t id, uint32_t class_rev, uint32_t subsys)
{
    require(!fake.ready, "identity changed under the host's eyes");
    fake.pcie_id = id;
    fake.pcie_class = class_rev;
    fake.pcie_subsys = subsys;
}

void hal_pcie_cap_write(uint32_t cap, uint32_t word)
{
    require(cap < RL_CFG_VIRTIO_DWORDS, "capability beyond its window");
    require(!fake.ready, "capability changed under the host's eyes");
    fake.caps[cap] = word;
}

uint32_t hal_pcie_cap_read(uint32_t cap)
{
    require(cap < RL_CFG_VIRTIO_DWORDS, "capability beyond its window");
    return fake.caps[cap];
}

void hal_pcie_ready(bool ready)
{
    fake.ready = ready;
}

uint32_t hal_pcie_status(void)
{
    return fake.pcie_status;
}

uint32_t hal_pcie_events(void)
{
    return fake.pcie_events;
}

uint32_t hal_error_count(uint32_t n)
{
    return fake.errors[n];
}

void hal_pcie_events_clear(uint32_t mask)
{
    fake.pcie_events &= ~mask;
}

void hal_pcie_flr_done(void)
{
    require(fake.pcie_status & RL_PCIE_STATUS_FLR_MASK,
            "end of a function level reset that nobody asked for");
    fake.pcie_status &= ~RL_PCIE_STATUS_FLR_MASK;
    fake.flrs_done++;
}

void hal_pcie_isr(uint32_t isr)
{
    if (isr != fake.isr)
        fake_log_add(FAKE_ISR, 0, isr, 1, false, false, NULL);
    fake.isr = isr;
}

/* Configuration space returns to its defaults, the mailbox forgets. */
void fake_flr(void)
{
    uint32_t pci = (RL_CFG_PCI_CFG - RL_CFG_VIRTIO_FIRST) / 4;

    fake.pcie_status = RL_PCIE_STATUS_FLR_MASK;
    fake.lost = 0;
    fake.pcie_events |= RL_PCIE_EVENTS_FLR_MASK;
    fake.caps[pci + 1] = 0;
    fake.caps[pci + 2] = 0;
    fake.caps[pci + 3] = 0;
    fake.mbox_head = fake.mbox_tail;
    memset(fake.tag_waits, 0, sizeof(fake.tag_waits));
    memset(fake.msix_masked, 0, sizeof(fake.msix_masked));
    memset(fake.msix_pending, 0, sizeof(fake.msix_pending));
}

void fake_bus_master(bool on)
{
    if (on) {
        fake.pcie_status |= RL_PCIE_STATUS_BME_MASK;
        return;
    }
    if (fake.pcie_status & RL_PCIE_STATUS_BME_MASK)
        fake.pcie_events |= RL_PCIE_EVENTS_BME_OFF_MASK;
    fake.pcie_status &= ~RL_PCIE_STATUS_BME_MASK;
}

/* ---- MSI-X -------------------------------------------------------------- */

void fake_msix_enable(bool on)
{
    fake.pcie_events |= RL_PCIE_EVENTS_MSIX_MASK;
    fake.pcie_status &= ~RL_PCIE_STATUS_MSIX_EN_MASK;
    if (on)
        fake.pcie_status |= RL_PCIE_STATUS_MSIX_EN_MASK;
}

void fake_msix_send(const struct fake_cmd *c)
{
    uint32_t vector = c->count;

    if (!(fake.pcie_status & RL_PCIE_STATUS_MSIX_EN_MASK))
        return;
    if ((fake.pcie_status & RL_PCIE_STATUS_MSIX_FMASK_MASK) ||
        fake.msix_masked[vector]) {
        fake.msix_pending[vector] = true;
        return;
    }
    fake.msix_sent[vector]++;
    fake_log_add(FAKE_MSIX, command_queue(c), vector, 4, false, false, NULL);
}

void hal_msix_forget(void)
{
    memset(fake.msix_pending, 0, sizeof(fake.msix_pending));
}
