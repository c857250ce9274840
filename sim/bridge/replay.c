/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A recorded run once more.
 */
#include "bridge/replay.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "bridge/card_internal.h"
#include "bridge/pci_device.h"
#include "bridge/vhost_user.h"

static void diverge(struct card_device *d, const char *what)
{
    const struct recording_event *e = recording_peek(d->replay);

    if (d->diverged[0])
        return;
    snprintf(d->diverged, sizeof d->diverged,
             "at cycle %llu %s; the recording's next event is %s at cycle %llu",
             (unsigned long long)rl_rp_now(d->rp), what,
             e ? recording_kind_name(e->head.kind) : "lost",
             e ? (unsigned long long)e->head.cycle : 0);
}

/* A replayed event must find the card where it was when recorded. */
static bool in_step(struct card_device *d, const struct recording_event *e)
{
    if (d->diverged[0])
        return false;
    if (e->head.cycle != rl_rp_now(d->rp))
        diverge(d, "the card is not where it was");
    else if (e->head.output != recording_checksum(d->replay))
        diverge(d, "the card has sent something else");
    return !d->diverged[0];
}

/* ---- Within a cycle ---- */

void replay_read(struct card_device *d, uint64_t addr, uint8_t *data,
                 uint32_t bytes)
{
    const struct recording_event *e;
    uint64_t at;

    if (d->diverged[0])
        return;
    e = recording_peek(d->replay);
    if (!e || e->head.kind != RECORDING_READ ||
        e->head.bytes != sizeof at + bytes ||
        (memcpy(&at, e->data, sizeof at), at != addr)) {
        diverge(d, "the card reads what it did not read");
        return;
    }
    if (!in_step(d, e))
        return;
    memcpy(data, e->data + sizeof at, bytes);
    recording_next(d->replay);
}

void replay_frames(struct card_device *d)
{
    const struct recording_event *e;

    while (!d->diverged[0] && (e = recording_peek(d->replay)) &&
           e->head.kind == RECORDING_FRAME &&
           e->head.cycle <= rl_rp_now(d->rp) && in_step(d, e)) {
        card_give_frame(d, e->data, e->head.bytes);
        recording_next(d->replay);
    }
}

/* ---- Between cycles ---- */

/* Memory that is read as recorded, so its contents do not matter; writes need a
 * place to go. */
static void map(struct card_device *d, uint64_t addr, uint64_t bytes,
                unsigned flags)
{
    bool remote = flags & DEVICE_MEMORY_REMOTE;
    char why[DEVICE_WHY];
    void *p = NULL;

    if (!remote)
        p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        diverge(d, "there is no memory for the guest's");
    else if (d->device.ops->memory.map(d, addr, bytes, p, flags, why) && p)
        munmap(p, bytes); /* as it was when recorded */
}

static void unmap(struct card_device *d, uint64_t addr)
{
    size_t bytes;
    void *p = rl_rp_region(d->rp, addr, &bytes);

    d->device.ops->memory.unmap(d, addr);
    if (p)
        munmap(p, bytes);
}

/* The event's arguments are copied: while the operation runs, what the card
 * meets is taken from the recording. */
static void execute(struct card_device *d, const struct recording_event *e)
{
    const struct device_ops *ops = d->device.ops;
    const struct recording_head h = e->head;
    uint32_t at[DEVICE_MAX_QUEUES];
    uint8_t bytes[VU_MAX_CONFIG];
    char why[DEVICE_WHY];
    uint64_t a[5];
    size_t tail = h.bytes > 8 ? h.bytes - 8 : 0;

    memcpy(a, e->data, sizeof a);
    if (h.kind == RECORDING_CONFIG_WRITE)
        memcpy(bytes, e->data + 8, tail < sizeof bytes ? tail : sizeof bytes);
    recording_next(d->replay);
    switch (h.kind) {
    case RECORDING_MAP:
        map(d, a[0], a[1], (unsigned)a[2]);
        break;
    case RECORDING_UNMAP:
        unmap(d, a[0]);
        break;
    case RECORDING_NEGOTIATE:
        ops->negotiate(d, a[0], why);
        break;
    case RECORDING_ENABLE:
        if (a[0] < d->queues)
            ops->enable(
                d, (unsigned)a[0],
                &(struct device_queue){(uint16_t)a[1], a[2], a[3], a[4]}, why);
        break;
    case RECORDING_RUN:
        ops->run(d, why);
        break;
    case RECORDING_STOP:
        ops->stop(d, at, why);
        break;
    case RECORDING_STATUS:
        ops->status(d);
        break;
    case RECORDING_PAIRS:
        ops->pairs(d, (unsigned)a[0], why);
        break;
    case RECORDING_DOORBELL:
        if (a[0] < d->queues)
            ops->doorbell(d, (unsigned)a[0]);
        break;
    case RECORDING_CONFIG_READ:
        if (a[1] <= sizeof bytes)
            ops->config_read(d, (unsigned)a[0], bytes, a[1]);
        break;
    case RECORDING_CONFIG_WRITE:
        ops->config_write(d, (unsigned)a[0], bytes,
                          tail < sizeof bytes ? tail : sizeof bytes);
        break;
    default:
        diverge(d, "the recording has an event out of place");
        break;
    }
}

/* What is read is as long as it was, where it was: both were checked then. */
static bool fits(const struct pci_device *host, unsigned bar, uint64_t offset,
                 uint64_t bytes)
{
    struct pci_device_info i;
    uint64_t most;

    host->ops->info(host->ctx, &i);
    most = bar < PCI_BARS ? i.bar_bytes[bar] : i.config_bytes;
    return bar <= PCI_BARS && offset <= most && bytes <= most - offset &&
           bytes <= RL_TLP_MAX_PAYLOAD;
}

static void execute_access(struct card_device *d,
                           const struct recording_head *h, const uint64_t a[3],
                           uint8_t *bytes)
{
    const struct pci_device_ops *ops = d->host->ops;
    uint32_t tail;

    switch (h->kind) {
    case RECORDING_PCI_CONFIG_READ:
        if (fits(d->host, PCI_BARS, a[0], a[1]))
            ops->config_read(d->host->ctx, (uint32_t)a[0], bytes,
                             (uint32_t)a[1]);
        break;
    case RECORDING_PCI_CONFIG_WRITE:
        tail = h->bytes - 8;
        if (h->bytes >= 8 && fits(d->host, PCI_BARS, a[0], tail))
            ops->config_write(d->host->ctx, (uint32_t)a[0], bytes + 8, tail);
        break;
    case RECORDING_BAR_READ:
        if (a[0] < PCI_BARS && fits(d->host, (unsigned)a[0], a[1], a[2]))
            ops->bar_read(d->host->ctx, (unsigned)a[0], a[1], bytes,
                          (uint32_t)a[2]);
        break;
    default: /* RECORDING_BAR_WRITE */
        tail = h->bytes - 16;
        if (h->bytes >= 16 && a[0] < PCI_BARS &&
            fits(d->host, (unsigned)a[0], a[1], tail))
            ops->bar_write(d->host->ctx, (unsigned)a[0], a[1], bytes + 16,
                           tail);
        break;
    }
}

/* The same for a card whose driver knows PCI. */
static void execute_pci(struct card_device *d, const struct recording_event *e)
{
    static const uint8_t nothing[RL_TLP_MAX_PAYLOAD];
    const struct pci_device_ops *ops = d->host->ops;
    const struct recording_head h = e->head;
    uint8_t bytes[16 + RL_TLP_MAX_PAYLOAD] = {0};
    char why[DEVICE_WHY];
    uint64_t a[3];

    memcpy(a, e->data, sizeof a);
    memcpy(bytes, e->data, h.bytes < sizeof bytes ? h.bytes : sizeof bytes);
    recording_next(d->replay);
    switch (h.kind) {
    case RECORDING_USE_MSIX:
        ops->use_msix(d->host->ctx, a[0]);
        break;
    case RECORDING_RESET:
        ops->reset(d->host->ctx, why);
        break;
    case RECORDING_ANSWER:
        ops->answer(d->host->ctx, (unsigned)a[0], a[1] ? nothing : NULL);
        break;
    default:
        execute_access(d, &h, a, bytes);
        break;
    }
}

static bool needs_pci(const struct recording_event *e)
{
    return e->head.kind >= RECORDING_PCI_CONFIG_READ;
}

static bool within_a_cycle(const struct recording_event *e)
{
    return e->head.kind == RECORDING_READ || e->head.kind == RECORDING_FRAME;
}

int replay_run(struct card_device *d, struct recording *r, uint64_t until_cycle)
{
    const struct recording_event *e = NULL;

    d->replay = r;
    while (!d->diverged[0] && (e = recording_peek(r)) &&
           (!until_cycle || rl_rp_now(d->rp) < until_cycle)) {
        if (rl_rp_now(d->rp) < e->head.cycle)
            rl_rp_step(d->rp);
        else if (within_a_cycle(e))
            diverge(d, "the card has not met the event that is due");
        else if (!in_step(d, e))
            break;
        else if (e->head.kind == RECORDING_END)
            break;
        else if (!needs_pci(e))
            execute(d, e);
        else if (d->host)
            execute_pci(d, e);
        else
            diverge(d, "the recording is of a driver that knows PCI");
    }
    d->replay = NULL;
    return e && !d->diverged[0] ? 0 : -1;
}
