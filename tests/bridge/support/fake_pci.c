/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A PCI device that does nothing but keep bytes and write down what it is told.
 */
#include "support/fake_pci.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void note(struct fake_pci *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct fake_pci *d, const char *fmt, ...)
{
    char text[128];
    size_t used = strlen(d->log);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (used + strlen(text) + 3 < sizeof d->log)
        snprintf(d->log + used, sizeof d->log - used, "%s%s", used ? "; " : "",
                 text);
}

static void rule(struct fake_pci *d, bool kept, const char *text)
{
    if (!kept && !d->broken)
        d->broken = text;
}

static int map(void *ctx, uint64_t addr, uint64_t bytes, void *p,
               unsigned flags, char *why)
{
    struct fake_pci *d = ctx;

    note(d, "map 0x%llx 0x%llx %u", (unsigned long long)addr,
         (unsigned long long)bytes, flags);
    rule(d, bytes != 0, "a region of nothing");
    rule(d, !p == !!(flags & DEVICE_MEMORY_REMOTE), "memory or none");
    for (unsigned i = 0; i < d->regions; i++)
        rule(d,
             addr - d->region[i].addr >= d->region[i].bytes &&
                 d->region[i].addr - addr >= bytes,
             "regions overlap");
    if (d->fails) {
        snprintf(why, DEVICE_WHY, "the fake was told to fail");
        return -1;
    }
    rule(d, d->regions < PCI_FAKE_REGIONS, "too many regions");
    if (d->regions < PCI_FAKE_REGIONS)
        d->region[d->regions++] =
            (struct fake_pci_region){addr, bytes, p, flags};
    return 0;
}

static void unmap(void *ctx, uint64_t addr)
{
    struct fake_pci *d = ctx;
    unsigned i = 0;

    note(d, "unmap 0x%llx", (unsigned long long)addr);
    while (i < d->regions && d->region[i].addr != addr)
        i++;
    rule(d, i < d->regions, "a region is taken away that was never given");
    if (i < d->regions)
        d->region[i] = d->region[--d->regions];
}

static void info(void *ctx, struct pci_device_info *i)
{
    (void)ctx;
    *i = (struct pci_device_info){
        .bar_bytes = {PCI_FAKE_BAR0, 0, 2 * PCI_FAKE_BAR0},
        .config_bytes = PCI_FAKE_CONFIG,
        .vectors = PCI_FAKE_VECTORS,
        .intx = true};
}

static uint8_t *bytes_of(struct fake_pci *d, int bar, uint64_t offset,
                         uint32_t bytes)
{
    static uint8_t elsewhere[4096];
    uint64_t most = bar < 0 ? PCI_FAKE_CONFIG : (uint64_t)PCI_FAKE_BAR0;

    rule(d, bar <= 0 || bar == 2, "a BAR that is not there");
    if (bar == 2)
        most *= 2;
    rule(d, bytes && offset < most && bytes <= most - offset,
         "bytes that are not there");
    if (d->broken)
        return elsewhere;
    return (bar < 0 ? d->config : bar ? d->bar2 : d->bar0) + offset;
}

static void config_read(void *ctx, uint32_t offset, uint8_t *to, uint32_t bytes)
{
    memcpy(to, bytes_of(ctx, -1, offset, bytes), bytes);
}

static void config_write(void *ctx, uint32_t offset, const uint8_t *from,
                         uint32_t bytes)
{
    note(ctx, "config 0x%x %u", offset, bytes);
    memcpy(bytes_of(ctx, -1, offset, bytes), from, bytes);
}

static void bar_read(void *ctx, unsigned bar, uint64_t offset, uint8_t *to,
                     uint32_t bytes)
{
    memcpy(to, bytes_of(ctx, (int)bar, offset, bytes), bytes);
}

static void bar_write(void *ctx, unsigned bar, uint64_t offset,
                      const uint8_t *from, uint32_t bytes)
{
    note(ctx, "write %u 0x%llx %u", bar, (unsigned long long)offset, bytes);
    memcpy(bytes_of(ctx, (int)bar, offset, bytes), from, bytes);
}

static void use_msix(void *ctx, bool on)
{
    struct fake_pci *d = ctx;

    note(d, "msix %s", on ? "on" : "off");
    rule(d, on != d->msix, "MSI-X is what it was");
    d->msix = on;
}

static bool intx(void *ctx)
{
    const struct fake_pci *d = ctx;

    return d->intx;
}

static int reset(void *ctx, char *why)
{
    struct fake_pci *d = ctx;

    note(d, "reset");
    d->resets++;
    if (!d->fails)
        return 0;
    snprintf(why, DEVICE_WHY, "the fake was told to fail");
    return -1;
}

static void answer(void *ctx, unsigned handle, const uint8_t *data)
{
    struct fake_pci *d = ctx;

    if (d->answers < PCI_FAKE_ANSWERS)
        d->answer[d->answers] = (struct fake_pci_answer){
            handle, data != NULL, data ? data[0] : (uint8_t)0};
    d->answers++;
}

void fake_pci_init(struct fake_pci *d)
{
    static const struct pci_device_ops ops = {
        .memory = {.map = map, .unmap = unmap},
        .info = info,
        .config_read = config_read,
        .config_write = config_write,
        .bar_read = bar_read,
        .bar_write = bar_write,
        .use_msix = use_msix,
        .intx = intx,
        .reset = reset,
        .answer = answer,
    };

    memset(d, 0, sizeof *d);
    d->device = (struct pci_device){.ops = &ops, .ctx = d};
    for (unsigned i = 0; i < PCI_FAKE_CONFIG; i++)
        d->config[i] = (uint8_t)(0x40 + i);
    for (unsigned i = 0; i < PCI_FAKE_BAR0; i++)
        d->bar0[i] = (uint8_t)(0x80 + i);
}
