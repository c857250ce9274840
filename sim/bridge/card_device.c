/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The simulated card as a bridge's device.
 */
#include "bridge/card_device.h"

#include <stdio.h>
#include <string.h>

#include "bridge/card_internal.h"
#include "ringlet_regs.h"

enum {
    F_CTRL_VQ = 17,
    F_MQ = 22,
    CONFIG_VECTOR = 0,
    CONFIG_MAX_PAIRS = 8, /* le16 in the network device's configuration */
    QUIET_CYCLES = 1000,
    SETTLE_POLLS = 200,
    SETTLE_CYCLES = 100,
};

/* Features of the platform, which is ours to answer for. */
#define PLATFORM_FEATURES \
    (1ull << DRV_F_ACCESS_PLATFORM | 1ull << DRV_F_ORDER_PLATFORM)

static int fail(char *why, const char *what, int error)
{
    snprintf(why, DEVICE_WHY, "%s: %s", what, drv_strerror(error));
    return -1;
}

/* Every operation starts here: it is written down with its place in time. */
static void note(struct card_device *d, enum recording_kind kind,
                 const uint64_t *args, unsigned count)
{
    if (d->record)
        recording_event(d->record, kind, rl_rp_now(d->rp), args,
                        count * sizeof *args, NULL, 0);
}

/* ---- What the device is ---- */

uint64_t card_device_offered(const struct card_device *d)
{
    return (uint64_t)d->pci.offered.word[1] << 32 | d->pci.offered.word[0];
}

static uint64_t op_features(void *ctx)
{
    return card_device_offered(ctx);
}

static unsigned op_queues(void *ctx)
{
    const struct card_device *d = ctx;

    return d->queues;
}

static uint16_t op_queue_size(void *ctx, unsigned queue)
{
    const struct card_device *d = ctx;

    return d->size[queue];
}

/* ---- Memory ---- */

static int op_map(void *ctx, uint64_t addr, uint64_t bytes, void *p,
                  unsigned flags, char *why)
{
    struct card_device *d = ctx;
    int r = flags & DEVICE_MEMORY_REMOTE ? rl_rp_map_remote(d->rp, addr, bytes)
                                         : rl_rp_map(d->rp, addr, bytes, p);

    note(d, RECORDING_MAP, (uint64_t[]){addr, bytes, flags}, 3);
    if (!r && (flags & DEVICE_MEMORY_READ_ONLY))
        r = rl_rp_read_only(d->rp, addr);
    if (!r)
        return 0;
    snprintf(why, DEVICE_WHY, "%s",
             r == RL_RP_NOMEM ? "too many regions"
                              : "it covers addresses of MSI-X messages or of "
                                "another region");
    return -1;
}

static void op_unmap(void *ctx, uint64_t addr)
{
    struct card_device *d = ctx;

    note(d, RECORDING_UNMAP, &addr, 1);
    rl_rp_unmap(d->rp, addr);
}

/* ---- Start and stop ---- */

static struct drv_features features_of(uint64_t v)
{
    return (struct drv_features){{(uint32_t)v, (uint32_t)(v >> 32), 0, 0}};
}

static int op_negotiate(void *ctx, uint64_t features, char *why)
{
    struct card_device *d = ctx;
    struct drv_features f;
    int r;

    note(d, RECORDING_NEGOTIATE, &features, 1);
    d->watch.features = features;
    features |= card_device_offered(d) & PLATFORM_FEATURES;
    if (features >> F_MQ & 1)
        features |= 1ull << F_CTRL_VQ; /* see control_queue.h */
    f = features_of(features);
    r = drv_pci_reset(&d->pci);
    if (!r)
        r = drv_pci_negotiate_exactly(&d->pci, &f);
    if (r)
        return fail(why, "the device cannot be initialised", r);
    drv_pci_put(&d->pci, DRV_C_CONFIG_VECTOR, 2, CONFIG_VECTOR);
    return 0;
}

static uint16_t vector_of(const struct card_device *d, unsigned queue)
{
    unsigned most = rl_rp_device(d->rp)->msix_vectors;

    if (most > RL_RP_VECTORS)
        most = RL_RP_VECTORS;
    return most < 2 ? DRV_NO_VECTOR : (uint16_t)(1 + queue % (most - 1));
}

static int op_enable(void *ctx, unsigned queue, const struct device_queue *q,
                     char *why)
{
    struct card_device *d = ctx;
    struct drv_queue_setup s = {.size = q->size,
                                .vector = vector_of(d, queue),
                                .desc_addr = q->desc_addr,
                                .driver_addr = q->driver_addr,
                                .device_addr = q->device_addr};
    char what[40];
    int r;

    note(d, RECORDING_ENABLE,
         (uint64_t[]){queue, q->size, q->desc_addr, q->driver_addr,
                      q->device_addr},
         5);
    ring_watch_start(&d->watch, queue, q);
    d->vector[queue] = s.vector;
    r = drv_pci_queue_setup(&d->pci, (uint16_t)queue, &s);
    if (r) {
        snprintf(what, sizeof what, "queue %u cannot be enabled", queue);
        return fail(why, what, r);
    }
    d->enabled[queue] = true;
    return 0;
}

/* The driver took MQ but has no control queue: see control_queue.h. */
static bool needs_control(const struct card_device *d)
{
    return (d->watch.features >> F_MQ & 1) &&
           !(d->watch.features >> F_CTRL_VQ & 1);
}

static int open_control(struct card_device *d)
{
    uint8_t pairs[2];
    int r = drv_pci_device_config(&d->pci, CONFIG_MAX_PAIRS, pairs, 2);

    if (r)
        return r;
    return control_queue_open(&d->control, &d->pci,
                              (uint16_t)(2 * (pairs[0] | pairs[1] << 8)),
                              drv_feature(&d->pci.accepted, DRV_F_IN_ORDER));
}

static int op_run(void *ctx, char *why)
{
    struct card_device *d = ctx;
    int r = 0;

    note(d, RECORDING_RUN, NULL, 0);
    if (needs_control(d))
        r = open_control(d);
    if (r)
        return fail(why, "the control queue cannot be enabled", r);
    r = drv_pci_status_add(&d->pci, DRV_S_DRIVER_OK);
    if (r)
        return fail(why, "the device does not start", r);
    d->running = true;
    return 0;
}

static uint32_t position(struct card_device *d, unsigned queue)
{
    drv_pci_put(&d->pci, DRV_C_QUEUE_SELECT, 2, queue);
    return rl_rp_read32(d->rp, d->pci.vendor_page + RL_VENDOR_QUEUE_POSITION);
}

/* Buffers that the device has taken come back before it is stopped. */
static uint32_t settle(struct card_device *d, unsigned queue)
{
    uint32_t at = position(d, queue);

    for (unsigned i = 0; i < SETTLE_POLLS && (at >> 16) != (at & 0xffff); i++) {
        rl_rp_run(d->rp, SETTLE_CYCLES);
        at = position(d, queue);
    }
    return at;
}

static int op_stop(void *ctx, uint32_t at[DEVICE_MAX_QUEUES], char *why)
{
    struct card_device *d = ctx;
    int r;

    note(d, RECORDING_STOP, NULL, 0);
    for (unsigned q = 0; q < d->queues; q++)
        if (d->running && d->enabled[q])
            at[q] = settle(d, q);
    r = drv_pci_reset(&d->pci);
    control_queue_close(&d->control);
    ring_watch_stop(&d->watch);
    memset(d->enabled, 0, sizeof d->enabled);
    d->running = false;
    return r ? fail(why, "the device cannot be reset", r) : 0;
}

static uint8_t op_status(void *ctx)
{
    struct card_device *d = ctx;

    note(d, RECORDING_STATUS, NULL, 0);
    return drv_pci_status(&d->pci);
}

static int op_pairs(void *ctx, unsigned pairs, char *why)
{
    struct card_device *d = ctx;
    int r;

    note(d, RECORDING_PAIRS, (uint64_t[]){pairs}, 1);
    r = d->control.open ? control_queue_pairs(&d->control, (uint16_t)pairs)
                        : RL_RP_BAD;
    return r ? fail(why, "the device does not take the number of queue pairs",
                    r)
             : 0;
}

/* ---- While it runs ---- */

static void op_doorbell(void *ctx, unsigned queue)
{
    struct card_device *d = ctx;

    note(d, RECORDING_DOORBELL, (uint64_t[]){queue}, 1);
    if (d->enabled[queue])
        drv_pci_notify(&d->pci, (uint16_t)queue, 0);
    d->doorbells[queue]++;
    d->quiet_since = rl_rp_now(d->rp);
}

static int op_config_read(void *ctx, unsigned offset, void *buf, size_t bytes)
{
    struct card_device *d = ctx;

    note(d, RECORDING_CONFIG_READ, (uint64_t[]){offset, bytes}, 2);
    if (!bytes)
        return 0;
    return drv_pci_device_config(&d->pci, offset, buf, bytes) ? -1 : 0;
}

static int op_config_write(void *ctx, unsigned offset, const void *buf,
                           size_t bytes)
{
    struct card_device *d = ctx;
    uint64_t at = offset;

    if (d->record)
        recording_event(d->record, RECORDING_CONFIG_WRITE, rl_rp_now(d->rp),
                        &at, sizeof at, buf, bytes);
    if (offset + bytes > d->pci.device.bytes)
        return -1;
    rl_rp_write(d->rp, d->pci.device.addr + offset, buf, bytes);
    return 0;
}

static const struct device_ops ops = {
    .features = op_features,
    .queues = op_queues,
    .queue_size = op_queue_size,
    .memory = {.map = op_map, .unmap = op_unmap},
    .negotiate = op_negotiate,
    .enable = op_enable,
    .run = op_run,
    .stop = op_stop,
    .status = op_status,
    .pairs = op_pairs,
    .doorbell = op_doorbell,
    .config_read = op_config_read,
    .config_write = op_config_write,
};

void card_device_event(struct card_device *d, uint8_t *status, uint32_t *cause)
{
    d->config_event = false;
    *status = op_status(d);
    *cause = *status & DRV_S_NEEDS_RESET
                 ? rl_rp_read32(d->rp, d->pci.vendor_page + RL_VENDOR_CAUSE)
                 : 0;
}

/* ---- Life ---- */

int card_device_open(struct card_device *d, struct rl_rp *rp)
{
    struct rl_rp_config *c = rl_rp_options(rp);
    unsigned vectors;
    int r;

    memset(d, 0, sizeof *d);
    d->device = (struct device){.ops = &ops, .ctx = d};
    d->rp = rp;
    d->model = rl_rp_model(rp);
    r = drv_pci_probe(&d->pci, d->rp);
    if (!r) {
        d->queues = drv_pci_get(&d->pci, DRV_C_NUM_QUEUES, 2);
        if (d->queues > DEVICE_MAX_QUEUES)
            d->queues = DEVICE_MAX_QUEUES;
        for (unsigned q = 0; q < d->queues; q++)
            d->size[q] = drv_pci_queue_offer(&d->pci, (uint16_t)q);
        vectors = rl_rp_device(d->rp)->msix_vectors;
        for (unsigned v = 0; !r && v < vectors && v < RL_RP_VECTORS; v++)
            r = rl_rp_msix_program(d->rp, v, false);
    }
    if (!r)
        r = rl_rp_msix_enable(d->rp, true, false);
    if (r) {
        fprintf(stderr, "ringlet: the card is no virtio device: %s\n",
                drv_strerror(r));
        return -1;
    }
    c->access = card_on_access;
    c->msix = card_on_msix;
    c->trace = card_on_tlp;
    c->ticked = card_on_tick;
    c->access_ctx = c->msix_ctx = c->trace_ctx = c->ticked_ctx = d;
    return 0;
}

void card_device_close(struct card_device *d)
{
    struct rl_rp_config *c = rl_rp_options(d->rp);

    c->access = NULL;
    c->msix = NULL;
    c->trace = NULL;
    c->ticked = NULL;
    control_queue_close(&d->control);
}

bool card_device_sleeps(const struct card_device *d)
{
    return rl_rp_now(d->rp) - d->quiet_since > QUIET_CYCLES &&
           !rl_rp_reads_pending(d->rp) && !rl_rp_np_outstanding(d->rp) &&
           rl_model_rx_idle(d->model) &&
           rl_model_counter(d->model, RL_COUNT_SLEEPING);
}
