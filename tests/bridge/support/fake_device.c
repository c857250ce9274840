/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A device that does nothing but write down what it is told.
 */
#include "support/fake_device.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BIT(n) (1ull << (n))

static void note(struct fake_device *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct fake_device *d, const char *fmt, ...)
{
    char text[160];
    va_list ap;
    size_t n;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    n = strlen(text) + 2;
    if (d->log_bytes + n >= sizeof d->log)
        return;
    snprintf(d->log + d->log_bytes, sizeof d->log - d->log_bytes, "%s%s",
             d->log_bytes ? "; " : "", text);
    d->log_bytes = strlen(d->log);
}

static void rule(struct fake_device *d, bool kept, const char *text)
{
    if (!kept && !d->broken)
        d->broken = text;
}

static int answer(const struct fake_device *d, enum fake_op op, char *why)
{
    if (d->fails != op)
        return 0;
    snprintf(why, DEVICE_WHY, "the fake was told to fail");
    return -1;
}

void fake_device_forget(struct fake_device *d)
{
    d->log[0] = '\0';
    d->log_bytes = 0;
}

uint8_t *fake_device_memory(const struct fake_device *d, uint64_t addr,
                            uint64_t bytes)
{
    for (unsigned i = 0; i < d->regions; i++) {
        const struct fake_region *r = &d->region[i];
        uint64_t offset = addr - r->addr;

        if (offset < r->bytes && bytes <= r->bytes - offset)
            return r->p + offset;
    }
    return NULL;
}

/* ---- What it is ---- */

static uint64_t features(void *ctx)
{
    const struct fake_device *d = ctx;

    return d->features;
}

static unsigned queues(void *ctx)
{
    const struct fake_device *d = ctx;

    return d->queues;
}

static uint16_t queue_size(void *ctx, unsigned queue)
{
    struct fake_device *d = ctx;

    rule(d, queue < d->queues, "size of a queue that is not there");
    return d->queue_size;
}

/* ---- Memory ---- */

static int map(void *ctx, uint64_t addr, uint64_t bytes, void *p,
               unsigned flags, char *why)
{
    struct fake_device *d = ctx;

    note(d, "map 0x%llx 0x%llx", (unsigned long long)addr,
         (unsigned long long)bytes);
    if (answer(d, FAKE_MAP, why))
        return -1;
    rule(d, bytes != 0 && p, "a region of nothing");
    rule(d, !flags, "memory of a kind that vhost-user does not have");
    for (unsigned i = 0; i < d->regions; i++)
        rule(d,
             addr - d->region[i].addr >= d->region[i].bytes &&
                 d->region[i].addr - addr >= bytes,
             "regions overlap");
    rule(d, d->regions < FAKE_REGIONS, "too many regions");
    if (d->regions < FAKE_REGIONS)
        d->region[d->regions++] = (struct fake_region){addr, bytes, p};
    return 0;
}

static void unmap(void *ctx, uint64_t addr)
{
    struct fake_device *d = ctx;
    unsigned i = 0;

    note(d, "unmap 0x%llx", (unsigned long long)addr);
    while (i < d->regions && d->region[i].addr != addr)
        i++;
    rule(d, i < d->regions, "a region is taken away that was never given");
    if (i < d->regions)
        d->region[i] = d->region[--d->regions];
}

/* ---- Life ---- */

static void reset(struct fake_device *d)
{
    d->negotiated = d->running = false;
    memset(d->enabled, 0, sizeof d->enabled);
}

static int negotiate(void *ctx, uint64_t taken, char *why)
{
    struct fake_device *d = ctx;

    note(d, "negotiate 0x%llx", (unsigned long long)taken);
    reset(d);
    rule(d, !(taken & ~d->features), "features that were not offered");
    if (answer(d, FAKE_NEGOTIATE, why))
        return -1;
    d->negotiated = true;
    return 0;
}

static int enable(void *ctx, unsigned queue, const struct device_queue *q,
                  char *why)
{
    struct fake_device *d = ctx;

    note(d, "enable %u %u 0x%llx 0x%llx 0x%llx", queue, q->size,
         (unsigned long long)q->desc_addr, (unsigned long long)q->driver_addr,
         (unsigned long long)q->device_addr);
    rule(d, d->negotiated, "a queue is enabled before FEATURES_OK");
    rule(d, queue < d->queues, "a queue is enabled that is not there");
    rule(d, q->size && q->size <= d->queue_size, "size of a queue");
    rule(d, fake_device_memory(d, q->desc_addr, 16ull * q->size),
         "a ring lies outside memory");
    rule(d,
         fake_device_memory(d, q->driver_addr, 4) &&
             fake_device_memory(d, q->device_addr, 4),
         "an event area lies outside memory");
    if (answer(d, FAKE_ENABLE, why))
        return -1;
    if (queue >= DEVICE_MAX_QUEUES)
        return 0;
    rule(d, !d->enabled[queue], "a queue is enabled twice");
    d->enabled[queue] = true;
    return 0;
}

static int run(void *ctx, char *why)
{
    struct fake_device *d = ctx;

    note(d, "run");
    rule(d, d->negotiated, "run before FEATURES_OK");
    rule(d, !d->running, "run twice");
    if (answer(d, FAKE_RUN, why))
        return -1;
    d->running = true;
    return 0;
}

static int stop(void *ctx, uint32_t position[DEVICE_MAX_QUEUES], char *why)
{
    struct fake_device *d = ctx;

    note(d, "stop");
    reset(d);
    if (answer(d, FAKE_STOP, why))
        return -1;
    memcpy(position, d->position, sizeof d->position);
    return 0;
}

static uint8_t status(void *ctx)
{
    const struct fake_device *d = ctx;

    return d->running ? 0x0f : d->negotiated ? 0x0b : 0;
}

static int pairs(void *ctx, unsigned n, char *why)
{
    struct fake_device *d = ctx;

    note(d, "pairs %u", n);
    rule(d, d->running, "a command for a device that does not run");
    rule(d, n && 2 * n <= d->queues, "a number of pairs that are not there");
    return answer(d, FAKE_PAIRS, why);
}

static void doorbell(void *ctx, unsigned queue)
{
    struct fake_device *d = ctx;

    note(d, "doorbell %u", queue);
    rule(d, d->running, "a doorbell of a device that does not run");
    rule(d, queue < DEVICE_MAX_QUEUES && d->enabled[queue],
         "a doorbell of a queue that is not enabled");
    if (queue < DEVICE_MAX_QUEUES)
        d->doorbells[queue]++;
}

/* ---- Configuration ---- */

static int config_read(void *ctx, unsigned offset, void *buf, size_t bytes)
{
    struct fake_device *d = ctx;

    note(d, "config-read %u %zu", offset, bytes);
    if (d->fails == FAKE_CONFIG_READ || offset > FAKE_CONFIG ||
        bytes > FAKE_CONFIG - offset)
        return -1;
    memcpy(buf, d->config + offset, bytes);
    return 0;
}

static int config_write(void *ctx, unsigned offset, const void *buf,
                        size_t bytes)
{
    struct fake_device *d = ctx;

    note(d, "config-write %u %zu", offset, bytes);
    if (d->fails == FAKE_CONFIG_WRITE || offset > FAKE_CONFIG ||
        bytes > FAKE_CONFIG - offset)
        return -1;
    memcpy(d->config + offset, buf, bytes);
    return 0;
}

void fake_device_init(struct fake_device *d)
{
    static const struct device_ops ops = {
        .features = features,
        .queues = queues,
        .queue_size = queue_size,
        .memory = {.map = map, .unmap = unmap},
        .negotiate = negotiate,
        .enable = enable,
        .run = run,
        .stop = stop,
        .status = status,
        .pairs = pairs,
        .doorbell = doorbell,
        .config_read = config_read,
        .config_write = config_write,
    };

    *d = (struct fake_device){
        .device = {.ops = &ops, .ctx = d}, .queues = 4, .queue_size = 256};
    d->features = BIT(FAKE_F_CTRL_VQ) | BIT(FAKE_F_MQ) | BIT(FAKE_F_VERSION_1) |
                  BIT(FAKE_F_ACCESS_PLATFORM) | BIT(FAKE_F_PACKED) |
                  BIT(FAKE_F_IN_ORDER) | BIT(FAKE_F_RING_RESET);
    for (unsigned i = 0; i < FAKE_CONFIG; i++)
        d->config[i] = (uint8_t)(0xc0 + i);
}
