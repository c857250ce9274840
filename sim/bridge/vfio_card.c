/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The simulated card as a PCI device of somebody else's driver.
 */
#include "bridge/vfio_card.h"

#include <stdio.h>
#include <string.h>

#include "bridge/card_internal.h"

enum {
    CFG_COMMAND = 0x04,
    CFG_BAR0 = 0x10,
    CFG_ROM = 0x30,
    CFG_PIN = 0x3d,
    DEVCTL = 8, /* in the PCI Express capability */
    DEVCTL_LINK = 0x71e0,
    DEVCTL_FLR = 0x8000,
    MSIX_CONTROL = 2, /* in the MSI-X capability */
    MSIX_WISHES = 0xc000,
    WINDOW_BAR = 4, /* in the PCI_CFG capability: struct virtio_pci_cfg_cap */
    WINDOW_OFFSET = 8,
    WINDOW_LENGTH = 12,
    WINDOW_DATA = 16,
    /* An answer within a second and a half of wall time on a slow machine; the
     * card's watchdog needs half of it. */
    ANSWER_CYCLES = 250000,
    MOST_WAITING = 12, /* of 16 requests that may be outstanding */
    SETTLE_CYCLES = 256,
};

/* Every operation starts here: it is written down with its place in time. */
static void note(struct vfio_card *c, enum recording_kind kind,
                 const uint64_t *args, unsigned count, const void *data,
                 size_t bytes)
{
    struct card_device *d = &c->d;

    d->quiet_since = rl_rp_now(d->rp);
    if (d->record)
        recording_event(d->record, kind, rl_rp_now(d->rp), args,
                        count * sizeof *args, data, bytes);
}

/* Requests that were never answered keep their tags. */
static bool may_ask(const struct vfio_card *c)
{
    return rl_rp_np_outstanding(c->d.rp) < MOST_WAITING;
}

/* ---- What the device is ---- */

static void op_info(void *ctx, struct pci_device_info *i)
{
    const struct vfio_card *c = ctx;

    *i = c->info;
}

static void learn(struct vfio_card *c)
{
    const struct rl_rp_device *dev = rl_rp_device(c->d.rp);
    struct pci_device_info *i = &c->info;
    uint32_t pin = 0;

    *i = (struct pci_device_info){.config_bytes = VFIO_CARD_CONFIG,
                                  .vectors = dev->msix_vectors};
    for (unsigned n = 0; n < PCI_BARS; n++)
        i->bar_bytes[n] = dev->bar[n].bytes;
    i->intx = !rl_rp_cfg_read(c->d.rp, CFG_PIN, 1, &pin) && pin;
}

static int op_map(void *ctx, uint64_t addr, uint64_t bytes, void *p,
                  unsigned flags, char *why)
{
    struct vfio_card *c = ctx;
    struct card_device *d = &c->d;

    return d->device.ops->memory.map(d, addr, bytes, p, flags, why);
}

static void op_unmap(void *ctx, uint64_t addr)
{
    struct vfio_card *c = ctx;
    struct card_device *d = &c->d;

    d->device.ops->memory.unmap(d, addr);
}

/* ---- Registers in BARs, however the driver reaches them ---- */

static uint64_t bar_addr(const struct vfio_card *c, unsigned bar)
{
    return rl_rp_device(c->d.rp)->bar[bar].addr;
}

/* Features that are not to be offered are taken out of what the card says of
 * them. */
static void mask_features(const struct vfio_card *c, uint64_t addr, uint8_t *to,
                          uint32_t bytes)
{
    uint64_t at = addr - c->d.pci.common.addr - DRV_C_DEVICE_FEATURE;
    uint32_t which;

    memcpy(&which, c->watch.common + DRV_C_DEVICE_FEATURE_SELECT, sizeof which);
    for (uint32_t i = 0; which < 2 && i < bytes; i++)
        if (at + i < 4)
            to[i] &=
                (uint8_t) ~(c->masked_features >> (32 * which + 8 * (at + i)));
}

/* Where the PCI_CFG capability looks; 0: nowhere. */
static uint64_t window_addr(const struct vfio_card *c)
{
    unsigned bar = c->window[WINDOW_BAR];
    uint32_t offset, bytes;

    memcpy(&offset, c->window + WINDOW_OFFSET, sizeof offset);
    memcpy(&bytes, c->window + WINDOW_LENGTH, sizeof bytes);
    if (!c->d.pci.pci_cfg || bar >= PCI_BARS || bytes > 4 ||
        offset >= c->info.bar_bytes[bar])
        return 0;
    return bar_addr(c, bar) + offset;
}

/* What of configuration space was read is what the window showed. */
static void mask_window(const struct vfio_card *c, uint32_t offset, uint8_t *to,
                        uint32_t bytes)
{
    uint32_t data = c->d.pci.pci_cfg + WINDOW_DATA;
    uint32_t skip = offset < data ? data - offset : 0;
    uint32_t into = offset + skip - data;

    if (!window_addr(c) || into >= 4 || skip >= bytes)
        return;
    bytes -= skip;
    mask_features(c, window_addr(c) + into, to + skip,
                  bytes < 4 - into ? bytes : 4 - into);
}

/* Bytes of one dword: the window is moved, or written through. */
static void watch_window(struct vfio_card *c, uint32_t at, const uint8_t *from,
                         uint32_t bytes)
{
    uint32_t into = at - c->d.pci.pci_cfg;

    if (into >= WINDOW_BAR && into < WINDOW_DATA)
        memcpy(c->window + into, from, bytes);
    else if (into == WINDOW_DATA && window_addr(c))
        vfio_watch_write(&c->watch, &c->d, window_addr(c), from,
                         bytes < c->window[WINDOW_LENGTH]
                             ? bytes
                             : c->window[WINDOW_LENGTH]);
}

/* ---- Configuration space ---- */

static void keep(struct vfio_card *c, unsigned offset, unsigned bytes,
                 uint32_t mask)
{
    for (unsigned i = 0; i < bytes; i++)
        c->mask[offset + i] = (uint8_t)(mask >> 8 * i);
}

static void keep_all(struct vfio_card *c)
{
    const struct rl_rp_device *dev = rl_rp_device(c->d.rp);

    keep(c, CFG_ROM, 4, 0xffffffff);
    for (unsigned n = 0; n < PCI_BARS; n++)
        keep(c, CFG_BAR0 + 4 * n, 4, 0xffffffff);
    if (dev->cap_pcie)
        keep(c, dev->cap_pcie + DEVCTL, 2, DEVCTL_LINK);
    if (dev->cap_msix)
        keep(c, dev->cap_msix + MSIX_CONTROL, 2, MSIX_WISHES);
}

/* What the guest reads of a BAR: what it wrote, less what the size hides. */
static void forget_kept(struct vfio_card *c)
{
    const struct rl_rp_device *dev = rl_rp_device(c->d.rp);

    memset(c->kept, 0, sizeof c->kept);
    for (unsigned n = 0; n < PCI_BARS; n++) {
        const struct rl_rp_bar *b = &dev->bar[n];

        if (b->bytes)
            c->kept[CFG_BAR0 + 4 * n] =
                (uint8_t)(b->io ? 1
                                : (b->is64 ? 4 : 0) | (b->prefetch ? 8 : 0));
    }
    if (dev->cap_pcie)
        c->kept[dev->cap_pcie + DEVCTL + 1] = 0x20; /* MRRS 512: the default */
}

static void hide_bar_bits(struct vfio_card *c)
{
    const struct rl_rp_device *dev = rl_rp_device(c->d.rp);

    for (unsigned n = 0; n < PCI_BARS; n++) {
        const struct rl_rp_bar *b = &dev->bar[n];
        bool high = n && dev->bar[n - 1].is64;
        uint64_t size = high ? dev->bar[n - 1].bytes >> 32 : b->bytes;
        uint32_t flags = 0, v;

        if (b->bytes)
            flags = b->io ? 1u : (b->is64 ? 4u : 0) | (b->prefetch ? 8u : 0);
        memcpy(&v, &c->kept[CFG_BAR0 + 4 * n], 4);
        v = b->bytes || high ? (v & ~(uint32_t)(size ? size - 1 : 0)) : 0;
        v = (v & ~(b->bytes ? 0xfu : 0u)) | flags;
        memcpy(&c->kept[CFG_BAR0 + 4 * n], &v, 4);
    }
    memset(&c->kept[CFG_ROM], 0, 4);
}

/* *silent: the card has not answered; then it is not asked again. */
static uint32_t card_read(struct vfio_card *c, unsigned dword, bool *silent)
{
    uint32_t v;

    if (!*silent && may_ask(c) && !rl_rp_cfg_read(c->d.rp, dword, 4, &v))
        return v;
    *silent = true;
    c->failed_reads++;
    return UINT32_MAX;
}

static void op_config_read(void *ctx, uint32_t offset, uint8_t *to,
                           uint32_t bytes)
{
    struct vfio_card *c = ctx;
    bool silent = false;

    note(c, RECORDING_PCI_CONFIG_READ, (uint64_t[]){offset, bytes}, 2, NULL, 0);
    for (uint32_t i = 0, v = 0; i < bytes; i++) {
        uint32_t at = offset + i;

        if (!i || at % 4 == 0)
            v = card_read(c, at & ~3u, &silent);
        to[i] = (uint8_t)((v >> 8 * (at & 3) & (uint32_t)~c->mask[at]) |
                          (c->kept[at] & c->mask[at]));
    }
    mask_window(c, offset, to, bytes);
}

static void update_msix(struct vfio_card *c)
{
    unsigned cap = rl_rp_device(c->d.rp)->cap_msix;
    unsigned wishes = cap ? c->kept[cap + MSIX_CONTROL + 1] : 0;
    bool on = c->client_uses_msix || (wishes & 0x80);

    if (!cap || on == c->msix_on || !may_ask(c))
        return;
    c->msix_on = on;
    rl_rp_msix_enable(c->d.rp, on, false);
}

static int restore(struct vfio_card *c);

/* The byte that the card is to get: kept bits stay as the root port set them. */
static uint8_t for_card(const struct vfio_card *c, uint32_t at, uint8_t wanted,
                        uint32_t now)
{
    uint8_t mask = c->mask[at], has = (uint8_t)(now >> 8 * (at & 3));

    return (uint8_t)((wanted & ~mask) | (has & mask));
}

static bool asks_for_flr(const struct vfio_card *c, uint32_t at,
                         const uint8_t *from, uint32_t bytes)
{
    unsigned cap = rl_rp_device(c->d.rp)->cap_pcie;
    uint32_t high = cap + DEVCTL + 1 - at; /* where its byte is */

    return cap && high < bytes && (from[high] & DEVCTL_FLR >> 8);
}

/* Bytes of one aligned dword. */
static void write_dword(struct vfio_card *c, uint32_t at, const uint8_t *from,
                        uint32_t bytes)
{
    bool all_kept = true, silent = false;
    uint32_t now = card_read(c, at & ~3u, &silent), n;

    for (uint32_t i = 0; i < bytes; i++) {
        c->kept[at + i] = from[i] & c->mask[at + i];
        all_kept &= c->mask[at + i] == 0xff;
    }
    if (all_kept || silent)
        return;
    if (asks_for_flr(c, at, from, bytes)) {
        restore(c);
        return;
    }
    for (; bytes; at += n, from += n, bytes -= n) {
        uint32_t v = 0;

        n = bytes == 4 ? 4 : bytes >= 2 && !(at & 1) ? 2 : 1;
        for (uint32_t k = 0; k < n; k++)
            v |= (uint32_t)for_card(c, at + k, from[k], now) << 8 * k;
        rl_rp_cfg_write(c->d.rp, at, n, v);
    }
}

static void op_config_write(void *ctx, uint32_t offset, const uint8_t *from,
                            uint32_t bytes)
{
    struct vfio_card *c = ctx;

    note(c, RECORDING_PCI_CONFIG_WRITE, (uint64_t[]){offset}, 1, from, bytes);
    while (bytes) {
        uint32_t n = 4 - (offset & 3);

        if (n > bytes)
            n = bytes;
        write_dword(c, offset, from, n);
        watch_window(c, offset, from, n);
        offset += n;
        from += n;
        bytes -= n;
    }
    hide_bar_bits(c);
    update_msix(c);
}

/* ---- BARs ---- */

static void op_bar_read(void *ctx, unsigned bar, uint64_t offset, uint8_t *to,
                        uint32_t bytes)
{
    struct vfio_card *c = ctx;
    uint64_t addr = bar_addr(c, bar) + offset;

    note(c, RECORDING_BAR_READ, (uint64_t[]){bar, offset, bytes}, 3, NULL, 0);
    c->reads++;
    if (may_ask(c) && !rl_rp_read(c->d.rp, addr, to, bytes)) {
        mask_features(c, addr, to, bytes);
        return;
    }
    memset(to, 0xff, bytes);
    c->failed_reads++;
}

static void op_bar_write(void *ctx, unsigned bar, uint64_t offset,
                         const uint8_t *from, uint32_t bytes)
{
    struct vfio_card *c = ctx;
    uint64_t addr = bar_addr(c, bar) + offset;

    note(c, RECORDING_BAR_WRITE, (uint64_t[]){bar, offset}, 2, from, bytes);
    c->writes++;
    rl_rp_write(c->d.rp, addr, from, bytes);
    vfio_watch_write(&c->watch, &c->d, addr, from, bytes);
}

/* ---- Interrupts ---- */

static void op_use_msix(void *ctx, bool on)
{
    struct vfio_card *c = ctx;

    note(c, RECORDING_USE_MSIX, (uint64_t[]){on}, 1, NULL, 0);
    c->client_uses_msix = on;
    update_msix(c);
}

static bool op_intx(void *ctx)
{
    struct vfio_card *c = ctx;

    /* What the driver has just acknowledged is to be off before it is looked
     * at: the message that says so follows the acknowledgement's completion. */
    if (rl_rp_intx(c->d.rp) & 1)
        rl_rp_run(c->d.rp, SETTLE_CYCLES);
    return rl_rp_intx(c->d.rp) & 1;
}

static void on_msix(void *ctx, unsigned vector)
{
    struct vfio_card *c = ctx;

    c->interrupts++;
    vfio_watch_msix(&c->d, vector);
    if (c->msix)
        c->msix(c->ctx, vector);
}

/* ---- Reset ---- */

/* The card after a function level reset, as a guest finds it: BARs in place,
 * the MSI-X table filled, memory space and bus mastering off. */
static int restore(struct vfio_card *c)
{
    struct rl_rp *rp = c->d.rp;
    unsigned vectors = rl_rp_device(rp)->msix_vectors;
    int r = RL_RP_BAD;

    c->resets++;
    c->msix_on = false;
    vfio_watch_reset(&c->watch, &c->d);
    if (may_ask(c))
        r = rl_rp_flr(rp);
    for (unsigned v = 0; !r && v < vectors && v < RL_RP_VECTORS; v++)
        r = rl_rp_msix_program(rp, v, false);
    rl_rp_flush(rp);
    if (!r)
        r = rl_rp_cfg_write(rp, CFG_COMMAND, 2, 0);
    forget_kept(c);
    memset(c->window, 0, sizeof c->window);
    update_msix(c);
    return r;
}

static int op_reset(void *ctx, char *why)
{
    struct vfio_card *c = ctx;
    int r;

    note(c, RECORDING_RESET, NULL, 0, NULL, 0);
    r = restore(c);
    if (r)
        snprintf(why, DEVICE_WHY, "function level reset: %s", drv_strerror(r));
    return r ? -1 : 0;
}

/* ---- Remote memory ---- */

static void op_answer(void *ctx, unsigned handle, const uint8_t *data)
{
    struct vfio_card *c = ctx;

    note(c, RECORDING_ANSWER, (uint64_t[]){handle, data != NULL}, 2, NULL, 0);
    rl_rp_answer(c->d.rp, handle, data);
}

static void on_remote(void *ctx, bool write, unsigned handle, uint64_t addr,
                      const uint8_t *data, uint32_t bytes)
{
    struct vfio_card *c = ctx;

    if (!c->d.replay && c->dma)
        c->dma(c->ctx, write, handle, addr, data, bytes);
}

/* ---- Life ---- */

static const struct pci_device_ops ops = {
    .memory = {.map = op_map, .unmap = op_unmap},
    .info = op_info,
    .config_read = op_config_read,
    .config_write = op_config_write,
    .bar_read = op_bar_read,
    .bar_write = op_bar_write,
    .use_msix = op_use_msix,
    .intx = op_intx,
    .reset = op_reset,
    .answer = op_answer,
};

int vfio_card_open(struct vfio_card *c, struct rl_rp *rp)
{
    struct rl_rp_config *k = rl_rp_options(rp);

    memset(c, 0, sizeof *c);
    if (card_device_open(&c->d, rp))
        return -1;
    c->pci = (struct pci_device){.ops = &ops, .ctx = c};
    c->d.host = &c->pci;
    k->msix = on_msix;
    k->remote = on_remote;
    k->msix_ctx = k->remote_ctx = c;
    k->np_timeout_cycles = ANSWER_CYCLES;
    learn(c);
    keep_all(c);
    forget_kept(c);
    if (!rl_rp_msix_enable(rp, false, false) &&
        !rl_rp_cfg_write(rp, CFG_COMMAND, 2, 0))
        return 0;
    fprintf(stderr, "ringlet: the card does not answer\n");
    vfio_card_close(c);
    return -1;
}

void vfio_card_close(struct vfio_card *c)
{
    rl_rp_options(c->d.rp)->remote = NULL;
    card_device_close(&c->d);
}
