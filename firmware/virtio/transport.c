/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A reset is a quiesce: device_status keeps its old value until no DMA of any
 * queue is left, then everything returns to default and it reads 0 ("Device
 * Reset"). Register writes that come meanwhile are ignored.
 *
 * Status bits are only ever added by the driver; it takes them away all at once
 * by writing 0.
 */
#include "transport.h"

#include <string.h>

#include "pci_caps.h"

#define COMMON_FEATURES                                                    \
    (VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 |    \
     VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_RING_PACKED | VIRTIO_F_IN_ORDER | \
     VIRTIO_F_ORDER_PLATFORM | VIRTIO_F_NOTIFICATION_DATA |                \
     VIRTIO_F_NOTIF_CONFIG_DATA | VIRTIO_F_RING_RESET)
/* Without these we have no ring to offer. */
#define REQUIRED_FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_RING_PACKED)

#define STATUS_DRIVER_BITS                                 \
    (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |    \
     VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FEATURES_OK | \
     VIRTIO_STATUS_FAILED)

/* virtio_pci_common_cfg, in dwords ("Common configuration structure layout"). */
enum common_dw {
    COMMON_DEVICE_FEATURE_SELECT = 0,
    COMMON_DEVICE_FEATURE = 1,
    COMMON_DRIVER_FEATURE_SELECT = 2,
    COMMON_DRIVER_FEATURE = 3,
    COMMON_VECTOR_QUEUES = 4,    /* config_msix_vector, num_queues */
    COMMON_STATUS_SELECT = 5,    /* device_status, generation, queue_select */
    COMMON_SIZE_VECTOR = 6,      /* queue_size, queue_msix_vector */
    COMMON_ENABLE_NOTIFYOFF = 7, /* queue_enable, queue_notify_off */
    COMMON_ADDRESSES = 8,        /* desc, driver, device: two dwords each */
    COMMON_ADDRESSES_END = 14,
    COMMON_NOTIFDATA_RESET = 14, /* queue_notif_config_data, queue_reset */
};

/* A queue as the driver configures it, apart from the running one. */
struct queue_regs {
    uint64_t addr[3]; /* desc, driver, device */
    uint16_t size;
    uint16_t vector;
    bool enabled;
    bool resetting; /* queue_reset reads 1 */
};

static struct {
    const struct virtio_device_ops *ops;
    uint32_t build_id;
    uint64_t offered;
    uint64_t accepted;
    uint32_t device_feature_select;
    uint32_t driver_feature_select;
    uint16_t config_vector;
    uint16_t queue_select;
    uint8_t status;
    uint8_t generation;
    bool generation_seen; /* configuration was read since the last bump */
    bool changed;         /* configuration changed since then */
    uint8_t isr;
    bool resetting;
    bool queue_resetting; /* some queue is */
    bool flr;
    bool config_interrupt_due;
    uint32_t messages; /* configuration interrupts pushed and not yet sent */
    uint32_t cause;
    uint64_t window_base;
    bool window_open;
    struct queue_regs regs[VQ_MAX_QUEUES];
} transport;

struct vq transport_queues[VQ_MAX_QUEUES];
bool transport_pending;

/* What a driver must be told of should this firmware fail. */
static VQ_COLD void keep(void)
{
    hal_keep(((uint32_t)transport.status << RL_KEPT_STATUS_LSB) |
             ((uint32_t)transport.config_vector << RL_KEPT_VECTOR_LSB));
}

/* ---- Interrupts ---------------------------------------------------------- */

static bool msix_enabled(void)
{
    return (hal_pcie_status() & RL_PCIE_STATUS_MSIX_EN_MASK) != 0;
}

static VQ_COLD void isr_set(uint8_t bits)
{
    transport.isr |= bits;
    hal_pcie_isr(transport.isr);
}

bool vq_env_wants_interrupt(const struct vq *vq)
{
    return vq->vector != VIRTIO_MSI_NO_VECTOR || !msix_enabled();
}

bool vq_env_interrupt(struct vq *vq)
{
    if (VQ_UNLIKELY(!msix_enabled())) {
        isr_set(VIRTIO_ISR_QUEUE);
        return true;
    }
    if (VQ_UNLIKELY(vq->vector == VIRTIO_MSI_NO_VECTOR))
        return true;
    if (VQ_UNLIKELY(hal_wr_free() == 0))
        return false;
    hal_wr_msix(vq->vector, HAL_CMD(RL_OP_MSIX, vq->index, VQ_COOKIE_USED, 0));
    return true;
}

/* "Notification of Device Configuration Changes": ISR bit first. */
static void config_interrupt(void)
{
    transport.config_interrupt_due = false;
    isr_set(VIRTIO_ISR_CONFIG);
    if (!msix_enabled() || transport.config_vector == VIRTIO_MSI_NO_VECTOR)
        return;
    if (hal_wr_free() == 0) {
        transport.config_interrupt_due = true;
        transport_pending = true;
        return;
    }
    hal_wr_msix(
        transport.config_vector,
        HAL_CMD(RL_OP_MSIX, VQ_NO_QUEUE, VQ_COOKIE_MESSAGE, HAL_CMD_NOTIFY));
    transport.messages++;
}

bool transport_completion(uint32_t cpl)
{
    if ((cpl & VQ_COOKIE_KIND) != VQ_COOKIE_MESSAGE)
        return false;
    transport.messages--;
    return true;
}

void transport_config_changed(void)
{
    transport.changed = true;
    if ((transport.status & VIRTIO_STATUS_DRIVER_OK) && !transport.resetting)
        config_interrupt();
}

void vq_env_broken(struct vq *vq)
{
    transport.cause = ((uint32_t)vq->index << 16) | vq->fault;
    transport.ops->broken(vq);
    if (transport.resetting)
        return;
    transport.status |= VIRTIO_STATUS_NEEDS_RESET;
    keep();
    if (transport.status & VIRTIO_STATUS_DRIVER_OK)
        config_interrupt();
}

void vq_env_lost(const struct vq *vq)
{
    transport.ops->broken(vq);
}

/* ---- Reset --------------------------------------------------------------- */

static VQ_COLD void reset_state(void)
{
    transport.accepted = 0;
    transport.device_feature_select = 0;
    transport.driver_feature_select = 0;
    transport.config_vector = VIRTIO_MSI_NO_VECTOR;
    transport.queue_select = 0;
    transport.config_interrupt_due = false;
    transport.isr = 0;
    hal_pcie_isr(0);
    hal_msix_forget();
    transport.window_open = false;
    vq_window((host_addr_t){0}, 0);
    for (uint32_t q = 0; q < transport.ops->num_queues; q++) {
        transport.regs[q] = (struct queue_regs){.size = VQ_MAX_SIZE,
                                                .vector = VIRTIO_MSI_NO_VECTOR};
        vq_init(&transport_queues[q], (uint8_t)q);
    }
    transport.status = 0;
    transport.resetting = false;
    transport.queue_resetting = false;
    keep();
}

static void reset_begin(void)
{
    transport.resetting = true;
    transport.config_interrupt_due = false; /* nobody waits for it any more */
    transport_pending = true;
    for (uint32_t q = 0; q < transport.ops->num_queues; q++)
        vq_quiesce(&transport_queues[q], false);
}

/* No queue's marker tells of messages when no queue was enabled. */
static bool reset_finished(void)
{
    if (transport.messages != 0)
        return false;
    for (uint32_t q = 0; q < transport.ops->num_queues; q++)
        if (!vq_quiesced(&transport_queues[q]))
            return false;
    return true;
}

static void reset_step(void)
{
    if (!reset_finished())
        return;
    reset_state();
    transport.ops->reset();
    if (transport.flr) {
        transport.flr = false;
        hal_pcie_flr_done();
    }
}

void transport_pcie_events(void)
{
    uint32_t events = hal_pcie_events();

    hal_pcie_events_clear(events);
    if (events & RL_PCIE_EVENTS_FLR_MASK) {
        transport.flr = true;
        transport.status |= VIRTIO_STATUS_NEEDS_RESET; /* never read */
        reset_begin();
    }
}

/* "Virtqueue Reset": queue_reset reads 1 until no DMA of the queue is left,
 * then it and queue_enable read 0 and the driver sets the queue up anew. The
 * vector stays: no clause unmaps it, and a driver may rely on that. */
static void queue_reset_step(void)
{
    transport.queue_resetting = false;
    for (uint32_t q = 0; q < transport.ops->num_queues; q++) {
        struct queue_regs *regs = &transport.regs[q];

        if (!regs->resetting)
            continue;
        if (!vq_quiesced(&transport_queues[q])) {
            transport.queue_resetting = true;
            continue;
        }
        vq_init(&transport_queues[q], (uint8_t)q);
        *regs =
            (struct queue_regs){.size = VQ_MAX_SIZE, .vector = regs->vector};
        transport.ops->poll();
    }
}

bool transport_poll(void)
{
    if (transport.resetting)
        reset_step();
    if (transport.queue_resetting)
        queue_reset_step();
    if (transport.config_interrupt_due)
        config_interrupt();
    transport_pending = transport.resetting || transport.queue_resetting ||
                        transport.config_interrupt_due;
    return transport.config_interrupt_due;
}

/* ---- Status and features ------------------------------------------------- */

static bool features_acceptable(void)
{
    return (transport.accepted & ~transport.offered) == 0 &&
           (transport.accepted & REQUIRED_FEATURES) == REQUIRED_FEATURES &&
           transport.ops->features_ok(transport.accepted);
}

static void driver_ok(void)
{
    for (uint32_t q = 0; q < transport.ops->num_queues; q++)
        vq_start(&transport_queues[q]);
    transport.ops->start(transport.accepted);
}

static void driver_failed(void)
{
    for (uint32_t q = 0; q < transport.ops->num_queues; q++)
        vq_quiesce(&transport_queues[q], false);
}

static void status_write(uint8_t value)
{
    uint8_t added = value & STATUS_DRIVER_BITS & (uint8_t)~transport.status;

    if (value == 0) {
        reset_begin();
        reset_step(); /* at once when nothing runs: status reads 0 already */
        return;
    }
    if ((added & VIRTIO_STATUS_FEATURES_OK) && !features_acceptable())
        added &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    /* No DRIVER_OK on features that were not agreed upon. */
    if (!((transport.status | added) & VIRTIO_STATUS_FEATURES_OK))
        added &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
    transport.status |= added;
    keep();
    if (added & VIRTIO_STATUS_FAILED)
        driver_failed();
    else if (added & VIRTIO_STATUS_DRIVER_OK)
        driver_ok();
}

static uint32_t feature_word(uint64_t features, uint32_t select)
{
    return select < 2 ? (uint32_t)(features >> (32 * select)) : 0;
}

static void driver_feature_write(uint32_t word)
{
    uint32_t shift = 32 * transport.driver_feature_select;

    /* Frozen once agreed upon ("Device Initialization"). */
    if ((transport.status & VIRTIO_STATUS_FEATURES_OK) ||
        transport.driver_feature_select >= 2)
        return;
    transport.accepted &= ~(0xffffffffull << shift);
    transport.accepted |= (uint64_t)word << shift;
}

/* The generation moves when a change was not yet seen by a reader. */
static uint8_t generation_read(void)
{
    if (transport.changed && transport.generation_seen) {
        transport.generation++;
        transport.generation_seen = false;
    }
    transport.changed = false;
    return transport.generation;
}

/* ---- Queues -------------------------------------------------------------- */

static struct queue_regs *selected(void)
{
    return transport.queue_select < transport.ops->num_queues
               ? &transport.regs[transport.queue_select]
               : NULL;
}

static void queue_enable(struct queue_regs *regs)
{
    struct vq *vq = &transport_queues[transport.queue_select];
    struct vq_config config = {
        .desc = {regs->addr[0]},
        .driver = {regs->addr[1]},
        .device = {regs->addr[2]},
        .tables = transport.accepted & VIRTIO_F_INDIRECT_DESC
                      ? transport.ops->tables(transport.queue_select,
                                              transport.accepted)
                      : 0,
        .size = regs->size,
        .vector = regs->vector,
        .in_order = (transport.accepted & VIRTIO_F_IN_ORDER) != 0,
        .event_idx = (transport.accepted & VIRTIO_F_EVENT_IDX) != 0,
        .notify_data = (transport.accepted & VIRTIO_F_NOTIFICATION_DATA) != 0,
    };

    /* Refused: reads back 0. "Structure Size and Alignment". */
    if (regs->enabled || !(transport.status & VIRTIO_STATUS_FEATURES_OK) ||
        (transport.status & VIRTIO_STATUS_FAILED) || (regs->addr[0] & 15) ||
        (regs->addr[1] & 3) || (regs->addr[2] & 3))
        return;
    regs->enabled = true;
    vq_enable(vq, &config);
    if (transport.status & VIRTIO_STATUS_DRIVER_OK)
        vq_start(vq);
}

static void queue_reset(struct queue_regs *regs)
{
    struct vq *vq = &transport_queues[transport.queue_select];

    if (!(transport.accepted & VIRTIO_F_RING_RESET) || !regs->enabled ||
        regs->resetting)
        return;
    regs->resetting = true;
    vq_quiesce(vq, transport.ops->stop(vq));
    transport.ops->poll(); /* what waited for this queue waits no longer */
    transport.queue_resetting = true;
    transport_pending = true;
}

static uint16_t vector_or_none(uint32_t vector)
{
    return vector < RL_NUM_VECTORS ? (uint16_t)vector : VIRTIO_MSI_NO_VECTOR;
}

/* Field writes of the selected queue; `lo`/`hi` tell which halves count. */
static void queue_write(struct queue_regs *regs, uint32_t dw, uint32_t word,
                        bool lo, bool hi)
{
    uint32_t size = word & 0xffffu;

    if (dw == COMMON_SIZE_VECTOR) {
        if (lo && !regs->enabled && size >= 1 && size <= VQ_MAX_SIZE)
            regs->size = (uint16_t)size;
        if (hi) {
            regs->vector = vector_or_none(word >> 16);
            if (regs->enabled)
                transport_queues[transport.queue_select].vector = regs->vector;
        }
    } else if (dw == COMMON_ENABLE_NOTIFYOFF) {
        if (lo && (word & 0xffffu) == 1)
            queue_enable(regs);
    } else if (dw == COMMON_NOTIFDATA_RESET) {
        if (hi && word >> 16 == 1)
            queue_reset(regs);
    } else if (dw >= COMMON_ADDRESSES && dw < COMMON_ADDRESSES_END) {
        uint64_t *addr = &regs->addr[(dw - COMMON_ADDRESSES) / 2];
        uint32_t shift = (dw & 1) ? 32 : 0;

        if (!regs->enabled)
            *addr =
                (*addr & ~(0xffffffffull << shift)) | ((uint64_t)word << shift);
    }
}

static uint32_t queue_read(const struct queue_regs *regs, uint32_t dw)
{
    if (dw == COMMON_SIZE_VECTOR)
        return HAL_HALVES(regs->size, regs->vector);
    if (dw == COMMON_ENABLE_NOTIFYOFF)
        return HAL_HALVES(regs->enabled, transport.queue_select);
    if (dw == COMMON_NOTIFDATA_RESET)
        return HAL_HALVES(transport.accepted & VIRTIO_F_NOTIF_CONFIG_DATA
                              ? transport.queue_select
                              : 0,
                          regs->resetting);
    if (dw >= COMMON_ADDRESSES && dw < COMMON_ADDRESSES_END)
        return (uint32_t)(regs->addr[(dw - COMMON_ADDRESSES) / 2] >>
                          ((dw & 1) ? 32 : 0));
    return 0;
}

/* ---- Common configuration -------------------------------------------------- */

static uint32_t common_read(uint32_t dw)
{
    const struct queue_regs *regs = selected();

    switch (dw) {
    case COMMON_DEVICE_FEATURE_SELECT:
        return transport.device_feature_select;
    case COMMON_DEVICE_FEATURE:
        return feature_word(transport.offered, transport.device_feature_select);
    case COMMON_DRIVER_FEATURE_SELECT:
        return transport.driver_feature_select;
    case COMMON_DRIVER_FEATURE:
        return feature_word(transport.accepted,
                            transport.driver_feature_select);
    case COMMON_VECTOR_QUEUES:
        return HAL_HALVES(transport.config_vector, transport.ops->num_queues);
    case COMMON_STATUS_SELECT:
        return HAL_HALVES(transport.status | ((uint32_t)generation_read() << 8),
                          transport.queue_select);
    default:
        return regs ? queue_read(regs, dw) : 0;
    }
}

/* What a merge with the bytes not written needs; no side effects. */
static uint32_t common_peek(uint32_t dw)
{
    return dw == COMMON_STATUS_SELECT
               ? HAL_HALVES(transport.status, transport.queue_select)
               : common_read(dw);
}

static uint32_t merge(uint32_t old, uint32_t data, uint8_t be)
{
    uint32_t mask = 0;

    for (uint32_t i = 0; i < 4; i++)
        if (be & (1u << i))
            mask |= 0xffu << (8 * i);
    return (old & ~mask) | (data & mask);
}

static void common_write(uint32_t dw, uint32_t data, uint8_t be)
{
    uint32_t word = merge(common_peek(dw), data, be);
    struct queue_regs *regs = selected();

    switch (dw) {
    case COMMON_DEVICE_FEATURE_SELECT:
        transport.device_feature_select = word;
        break;
    case COMMON_DRIVER_FEATURE_SELECT:
        transport.driver_feature_select = word;
        break;
    case COMMON_DRIVER_FEATURE:
        driver_feature_write(word);
        break;
    case COMMON_VECTOR_QUEUES:
        if (be & 0x3)
            transport.config_vector = vector_or_none(word & 0xffffu);
        keep();
        break;
    case COMMON_STATUS_SELECT:
        if (be & 0xc)
            transport.queue_select = (uint16_t)(word >> 16);
        if (be & 0x1)
            status_write((uint8_t)word);
        break;
    default:
        if (regs)
            queue_write(regs, dw, word, (be & 0x3) != 0, (be & 0xc) != 0);
    }
}

/* ---- Vendor page ----------------------------------------------------------- */

static void window_set(bool open)
{
    /* Rings remember where they are: not under a live queue. */
    if (transport.status & VIRTIO_STATUS_DRIVER_OK)
        return;
    transport.window_open =
        open && (transport.window_base & (RL_DEVMEM_BYTES - 1)) == 0;
    vq_window((host_addr_t){transport.window_base},
              transport.window_open ? RL_DEVMEM_BYTES : 0);
}

/* As vhost-user writes the base of a packed ring. */
static uint32_t queue_position(void)
{
    const struct vq *vq;

    if (transport.queue_select >= transport.ops->num_queues)
        return 0;
    vq = &transport_queues[transport.queue_select];
    return HAL_HALVES(vq->parse | (uint32_t)vq->parse_wrap << 15,
                      vq->used | (uint32_t)vq->used_wrap << 15);
}

static uint32_t vendor_read(uint32_t offset)
{
    if (offset >= RL_VENDOR_COUNTERS && offset < RL_VENDOR_COUNTERS_END)
        return transport.ops->counter((offset - RL_VENDOR_COUNTERS) / 4);
    if (offset >= RL_VENDOR_ERRORS &&
        offset < RL_VENDOR_ERRORS + 4 * RL_ERR_COUNTERS)
        return hal_error_count((offset - RL_VENDOR_ERRORS) / 4);
    switch (offset) {
    case RL_VENDOR_MAGIC:
        return RL_RINGLET_MAGIC;
    case RL_VENDOR_BUILD:
        return transport.build_id;
    case RL_VENDOR_CAUSE:
        return transport.cause;
    case RL_VENDOR_TIMER:
        return hal_time_cycles();
    case RL_VENDOR_WIN_LO:
        return (uint32_t)transport.window_base;
    case RL_VENDOR_WIN_HI:
        return (uint32_t)(transport.window_base >> 32);
    case RL_VENDOR_WIN_SIZE:
        return RL_DEVMEM_BYTES;
    case RL_VENDOR_WIN_CTRL:
        return transport.window_open;
    case RL_VENDOR_QUEUE_POSITION:
        return queue_position();
    default:
        return 0;
    }
}

static void vendor_write(uint32_t offset, uint32_t data, uint8_t be)
{
    uint32_t word = merge(vendor_read(offset), data, be);
    uint64_t *base = &transport.window_base;

    if (transport.status & VIRTIO_STATUS_DRIVER_OK)
        return;
    if (offset == RL_VENDOR_WIN_LO) {
        *base = (*base & ~0xffffffffull) | word;
        window_set(false);
    } else if (offset == RL_VENDOR_WIN_HI) {
        *base = (*base & 0xffffffffull) | ((uint64_t)word << 32);
        window_set(true);
    } else if (offset == RL_VENDOR_WIN_CTRL) {
        window_set((word & 1) != 0);
    }
}

/* ---- BAR0 -------------------------------------------------------------------- */

static uint32_t isr_read(uint8_t be)
{
    uint32_t isr = transport.isr;

    if (be & 1) {
        transport.isr = 0;
        hal_pcie_isr(0);
    }
    return isr;
}

static uint32_t device_read(uint32_t offset)
{
    transport.generation_seen = true;
    return offset < transport.ops->config_bytes
               ? transport.ops->config_read(offset)
               : 0;
}

uint32_t transport_read(uint32_t addr, uint8_t be)
{
    uint32_t offset = addr & 0xfffu;

    switch (addr & ~0xfffu) {
    case RL_BAR0_COMMON:
        return common_read(offset / 4);
    case RL_BAR0_ISR:
        return offset == 0 ? isr_read(be) : 0;
    case RL_BAR0_DEVICE:
        return device_read(offset);
    case RL_BAR0_VENDOR:
        return vendor_read(offset);
    default:
        return 0;
    }
}

void transport_write(uint32_t addr, uint32_t data, uint8_t be)
{
    uint32_t offset = addr & 0xfffu;

    if (transport.resetting)
        return;
    if ((addr & ~0xfffu) == RL_BAR0_COMMON)
        common_write(offset / 4, data, be);
    else if ((addr & ~0xfffu) == RL_BAR0_VENDOR)
        vendor_write(offset, data, be);
}

/* The address says which queue it is, whatever the low half of the data. */
void transport_doorbell(uint32_t queue, uint32_t data, bool wide)
{
    struct vq *vq;

    if (queue >= transport.ops->num_queues)
        return;
    vq = &transport_queues[queue];
    if (vq->notify_data && wide)
        vq_kick_at(vq, data >> 16);
    else
        vq_kick(vq);
}

/* An access to pci_cfg_data stands for one to BAR0. */
static void mailbox_cfg(const struct hal_mbox *entry)
{
    struct pci_cfg_window window;
    uint32_t value = 0;

    if (pci_cfg_window(&window)) {
        if (!entry->write)
            value = (transport_read(window.addr, window.be) >> window.shift) &
                    window.mask;
        else if (window.addr >= RL_BAR0_NOTIFY)
            transport_doorbell((window.addr - RL_BAR0_NOTIFY) /
                                   RL_NOTIFY_STRIDE,
                               entry->data, window.be == 0xf);
        else
            transport_write(window.addr, entry->data << window.shift,
                            window.be);
    }
    hal_mbox_reply(entry->tag, value);
}

void transport_mailbox(void)
{
    struct hal_mbox entry;

    /* As many as the FIFO can hold, then the rest of the loop gets a turn. */
    for (uint32_t i = 0; i < 32 && hal_mbox_peek(&entry); i++) {
        hal_mbox_pop();
        if (entry.cfg)
            mailbox_cfg(&entry);
        else if (entry.write)
            transport_write(entry.addr, entry.data, entry.be);
        else
            hal_mbox_reply(entry.tag, transport_read(entry.addr, entry.be));
    }
}

VQ_COLD void transport_init(const struct virtio_device_ops *ops,
                            uint32_t build_id)
{
    memset(&transport, 0, sizeof(transport));
    transport.ops = ops;
    transport.build_id = build_id;
    transport.cause = hal_restart_cause();
    transport.offered = COMMON_FEATURES | ops->features;
    ops->init();
    reset_state();
    ops->reset();
    pci_caps_write(ops);
    hal_pcie_ready(true);
}
