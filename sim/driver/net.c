/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Network driver.
 */
#include "driver/net.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BUFFER = 1536, MAX_BUFFER = 65536, RX_FIRST_PART = 64 };

/* ---- Memory ---- */

static void host_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    const void *p = rl_rp_mem(ctx, addr, bytes);

    if (p)
        memcpy(dst, p, bytes);
    else
        memset(dst, 0xff, bytes);
}

static void host_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    void *p = rl_rp_mem(ctx, addr, bytes);

    if (p)
        memcpy(p, src, bytes);
}

static void bar_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    if (rl_rp_read(ctx, addr, dst, bytes))
        memset(dst, 0xff, bytes);
}

static void bar_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    rl_rp_write(ctx, addr, src, bytes);
}

static uint64_t alloc(struct drv_net *n, bool high, size_t bytes, size_t align)
{
    const struct rl_rp_bar *b = &rl_rp_device(n->pci.rp)->bar[2];
    uint64_t a;

    if (n->cfg.placement == DRV_HOST_MEMORY)
        return rl_rp_alloc(n->pci.rp, high, bytes, align);
    a = (n->bar2_next + align - 1) & ~(uint64_t)(align - 1);
    if (a + bytes > b->bytes)
        return 0;
    n->bar2_next = a + bytes;
    return b->addr + a;
}

static int pool_make(struct drv_net *n, struct drv_net_pool *p, bool high,
                     uint16_t count)
{
    p->addr = alloc(n, high, (size_t)count * p->bytes, 64);
    p->free_list = calloc(count, sizeof *p->free_list);
    if (!p->addr || !p->free_list)
        return RL_RP_NOMEM;
    p->count = p->free_count = count;
    for (uint16_t i = 0; i < count; i++)
        p->free_list[i] = (uint16_t)(count - 1 - i);
    return RL_RP_OK;
}

static uint64_t pool_addr(const struct drv_net_pool *p, uint16_t index)
{
    return p->addr + (uint64_t)index * p->bytes;
}

static void *token_of(uint16_t index)
{
    return (void *)(uintptr_t)(index + 1u);
}

static uint16_t index_of(const void *token)
{
    return (uint16_t)((uintptr_t)token - 1);
}

/* ---- Opening ---- */

static int queue_open(struct drv_net *n, struct drv_ring *ring, uint16_t queue,
                      uint16_t size, uint16_t vector, bool high)
{
    uint16_t offer = drv_pci_queue_offer(&n->pci, queue);
    struct drv_ring_config c = {
        .mem = n->mem,
        .size = size ? size : offer,
        .in_order = drv_feature(&n->pci.accepted, DRV_F_IN_ORDER),
        .event_idx = drv_feature(&n->pci.accepted, DRV_F_EVENT_IDX),
        .id_seed = n->cfg.id_seed ? n->cfg.id_seed + queue : 0,
    };
    struct drv_queue_setup s;
    int r;

    if (!offer)
        return DRV_PCI_NO_QUEUE;
    c.desc_addr = alloc(n, high, 16u * c.size, 16);
    c.driver_addr = alloc(n, high, 4, 4);
    c.device_addr = alloc(n, high, 4, 4);
    if (drv_feature(&n->pci.accepted, DRV_F_INDIRECT_DESC)) {
        c.table_entries = 2;
        c.table_mixed = n->cfg.indirect_mixed;
        c.table_addr = alloc(n, high, 16u * 2u * c.size, 16);
    }
    if (!c.desc_addr || !c.driver_addr || !c.device_addr ||
        (c.table_entries && !c.table_addr))
        return RL_RP_NOMEM;
    r = drv_ring_init(ring, &c);
    if (r)
        return r;
    s = (struct drv_queue_setup){.size = size,
                                 .vector = vector,
                                 .desc_addr = c.desc_addr,
                                 .driver_addr = c.driver_addr,
                                 .device_addr = c.device_addr};
    return drv_pci_queue_setup(&n->pci, queue, &s);
}

static int msix_open(struct drv_net *n)
{
    struct rl_rp *rp = n->pci.rp;

    for (unsigned v = DRV_NET_CONFIG_VECTOR; v <= DRV_NET_TX_VECTOR; v++) {
        int r = rl_rp_msix_program(rp, v, false);

        if (r)
            return r;
    }
    drv_pci_put(&n->pci, DRV_C_CONFIG_VECTOR, 2, DRV_NET_CONFIG_VECTOR);
    if (drv_pci_get(&n->pci, DRV_C_CONFIG_VECTOR, 2) != DRV_NET_CONFIG_VECTOR)
        return DRV_PCI_READBACK;
    n->rx_seen = rl_rp_msix_count(rp, DRV_NET_RX_VECTOR);
    n->tx_seen = rl_rp_msix_count(rp, DRV_NET_TX_VECTOR);
    return rl_rp_msix_enable(rp, true, false);
}

static void wanted(const struct drv_net_config *cfg, struct drv_features *f)
{
    static const unsigned bits[] = {DRV_F_VERSION_1,   DRV_F_ACCESS_PLATFORM,
                                    DRV_F_RING_PACKED, DRV_F_ORDER_PLATFORM,
                                    DRV_NET_F_MAC,     DRV_NET_F_STATUS};

    memset(f, 0, sizeof *f);
    for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++)
        drv_feature_set(f, bits[i]);
    if (cfg->in_order)
        drv_feature_set(f, DRV_F_IN_ORDER);
    if (cfg->merge)
        drv_feature_set(f, DRV_NET_F_MRG_RXBUF);
    if (cfg->notify_data) {
        drv_feature_set(f, DRV_F_NOTIFICATION_DATA);
        drv_feature_set(f, DRV_F_NOTIF_CONFIG_DATA);
    }
    if (cfg->ring_reset)
        drv_feature_set(f, DRV_F_RING_RESET);
    if (cfg->event_idx)
        drv_feature_set(f, DRV_F_EVENT_IDX);
    if (cfg->indirect)
        drv_feature_set(f, DRV_F_INDIRECT_DESC);
    for (unsigned i = 0; i < 4; i++)
        f->word[i] &= ~cfg->without.word[i];
}

/* Buffers per queue: no more than slots, no more than device memory holds. */
static uint16_t pool_size(const struct drv_net *n, const struct drv_net_pool *p,
                          uint16_t want, const struct drv_ring *r,
                          unsigned slots_each)
{
    uint32_t count = r->cfg.size / slots_each;
    uint64_t room;

    if (want && want < count)
        count = want;
    if (n->cfg.placement == DRV_DEVICE_MEMORY) {
        room = rl_rp_device(n->pci.rp)->bar[2].bytes - n->bar2_next - 128;
        if (!n->rx_pool.addr)
            room /= 2;
        if (count > room / p->bytes)
            count = (uint32_t)(room / p->bytes);
    }
    return (uint16_t)(count ? count : 1);
}

static void kick(struct drv_net *n, struct drv_ring *r, uint16_t queue);

static int rx_supply(struct drv_net *n)
{
    struct drv_net_pool *p = &n->rx_pool;
    int r = DRV_RING_OK;

    while (p->free_count && r == DRV_RING_OK) {
        uint16_t i = p->free_list[p->free_count - 1];
        uint64_t a = pool_addr(p, i);
        uint32_t bytes = n->cfg.buffer_bytes;
        struct drv_sg sg[2] = {{a, bytes, true}};
        unsigned parts = 1;

        if (n->cfg.rx_chained && bytes > RX_FIRST_PART) {
            sg[0].bytes = RX_FIRST_PART;
            sg[1] =
                (struct drv_sg){a + RX_FIRST_PART, bytes - RX_FIRST_PART, true};
            parts = 2;
        }
        r = drv_ring_add(&n->rx, sg, parts, token_of(i));
        if (r == DRV_RING_OK)
            p->free_count--;
    }
    return r == DRV_RING_FULL ? DRV_RING_OK : r;
}

static int setup(struct drv_net *n)
{
    struct drv_net_config *c = &n->cfg;
    struct drv_pci *p = &n->pci;
    struct drv_features f;
    int r;

    wanted(c, &f);
    if ((r = drv_pci_reset(p)) || (r = drv_pci_negotiate(p, &f)))
        return r;
    if (c->placement == DRV_DEVICE_MEMORY && (r = drv_pci_window_open(p)))
        return r;
    if (!c->no_msix && (r = msix_open(n)))
        return r;
    r = queue_open(n, &n->rx, DRV_NET_RXQ, c->rx_size,
                   c->no_msix ? DRV_NO_VECTOR : DRV_NET_RX_VECTOR, false);
    if (r)
        return r;
    r = queue_open(n, &n->tx, DRV_NET_TXQ, c->tx_size,
                   c->no_msix ? DRV_NO_VECTOR : DRV_NET_TX_VECTOR, true);
    if (r)
        return r;
    r = pool_make(n, &n->rx_pool, true,
                  pool_size(n, &n->rx_pool, c->rx_buffers, &n->rx,
                            drv_ring_slots(&n->rx, c->rx_chained ? 2 : 1)));
    if (r)
        return r;
    r = pool_make(n, &n->tx_pool, false,
                  pool_size(n, &n->tx_pool, c->tx_buffers, &n->tx,
                            drv_ring_slots(&n->tx, c->split_header ? 2 : 1)));
    if (r)
        return r;
    if (c->tx_quiet || c->no_msix)
        drv_ring_interrupts(&n->tx, false);
    if (c->no_msix)
        drv_ring_interrupts(&n->rx, false);
    if (drv_feature(&p->accepted, DRV_NET_F_MAC) &&
        (r = drv_pci_device_config(p, 0, n->mac, 6)))
        return r;
    r = drv_pci_status_add(p, DRV_S_DRIVER_OK);
    if (r)
        return drv_pci_status(p) & DRV_S_NEEDS_RESET ? DRV_PCI_NEEDS_RESET : r;
    r = rx_supply(n);
    drv_ring_publish(&n->rx);
    drv_pci_notify(p, DRV_NET_RXQ, drv_ring_notify_data(&n->rx));
    n->doorbells++;
    return r;
}

int drv_net_open(struct drv_net *n, struct rl_rp *rp,
                 const struct drv_net_config *cfg)
{
    int r;

    memset(n, 0, sizeof *n);
    n->cfg = *cfg;
    if (!n->cfg.buffer_bytes)
        n->cfg.buffer_bytes = DEFAULT_BUFFER;
    if (!n->cfg.tx_bytes)
        n->cfg.tx_bytes = n->cfg.buffer_bytes;
    if (n->cfg.buffer_bytes > MAX_BUFFER || n->cfg.tx_bytes > MAX_BUFFER)
        return DRV_RING_BAD;
    n->rx_pool.bytes = n->cfg.buffer_bytes;
    n->tx_pool.bytes = n->cfg.tx_bytes;
    n->mem = cfg->placement == DRV_HOST_MEMORY
                 ? (struct drv_mem){rp, host_read, host_write}
                 : (struct drv_mem){rp, bar_read, bar_write};
    n->bounce = malloc(MAX_BUFFER);
    if (!n->bounce)
        r = RL_RP_NOMEM;
    else
        r = cfg->by_config ? drv_pci_probe_by_config(&n->pci, rp)
                           : drv_pci_probe(&n->pci, rp);
    n->bar2_next = 64; /* address 0 of the window stays unused */
    if (!r)
        r = setup(n);
    if (r)
        drv_net_discard(n);
    return r;
}

int drv_net_restart_queue(struct drv_net *n, uint16_t queue, uint16_t size)
{
    bool rx = queue == DRV_NET_RXQ;
    struct drv_ring *ring = rx ? &n->rx : &n->tx;
    struct drv_net_pool *p = rx ? &n->rx_pool : &n->tx_pool;
    uint16_t vector = rx ? DRV_NET_RX_VECTOR : DRV_NET_TX_VECTOR;
    int r = drv_pci_queue_reset(&n->pci, queue);

    if (r)
        return r;
    drv_ring_fini(ring);
    r = queue_open(n, ring, queue, size,
                   n->cfg.no_msix ? DRV_NO_VECTOR : vector, !rx);
    if (r)
        return r;
    p->free_count = p->count;
    for (uint16_t i = 0; i < p->count; i++)
        p->free_list[i] = i;
    if (rx) {
        r = rx_supply(n);
        kick(n, ring, queue);
    }
    return r;
}

void drv_net_discard(struct drv_net *n)
{
    drv_ring_fini(&n->rx);
    drv_ring_fini(&n->tx);
    free(n->rx_pool.free_list);
    free(n->tx_pool.free_list);
    free(n->bounce);
    n->rx_pool.free_list = n->tx_pool.free_list = NULL;
    n->bounce = NULL;
}

int drv_net_close(struct drv_net *n)
{
    int r = drv_pci_reset(&n->pci);

    drv_net_discard(n);
    return r;
}

/* ---- Traffic ---- */

bool drv_net_can_send(const struct drv_net *n)
{
    return n->tx_pool.free_count &&
           drv_ring_free(&n->tx) >=
               drv_ring_slots(&n->tx, n->cfg.split_header ? 2 : 1);
}

int drv_net_send(struct drv_net *n, const void *frame, uint32_t bytes)
{
    struct drv_net_pool *p = &n->tx_pool;
    struct drv_sg sg[2];
    uint16_t i;
    uint64_t a;
    int r;

    if (!drv_net_can_send(n))
        return DRV_NET_FULL;
    if (bytes == 0 || bytes + DRV_NET_HDR > p->bytes)
        return DRV_RING_BAD;
    i = p->free_list[p->free_count - 1];
    a = pool_addr(p, i);
    memset(n->bounce, 0, DRV_NET_HDR);
    memcpy(n->bounce + DRV_NET_HDR, frame, bytes);
    n->mem.write(n->mem.ctx, a, n->bounce, DRV_NET_HDR + bytes);
    sg[0] = (struct drv_sg){a, DRV_NET_HDR + bytes, false};
    if (n->cfg.split_header) {
        sg[0].bytes = DRV_NET_HDR;
        sg[1] = (struct drv_sg){a + DRV_NET_HDR, bytes, false};
    }
    r = drv_ring_add(&n->tx, sg, n->cfg.split_header ? 2 : 1, token_of(i));
    if (r == DRV_RING_OK) {
        p->free_count--;
        n->tx_frames++;
    }
    return r;
}

static void kick(struct drv_net *n, struct drv_ring *r, uint16_t queue)
{
    if (!r->unpublished)
        return;
    drv_ring_publish(r);
    if (!drv_ring_wants_doorbell(r))
        return;
    drv_pci_notify(&n->pci, queue, drv_ring_notify_data(r));
    n->doorbells++;
}

void drv_net_kick(struct drv_net *n)
{
    kick(n, &n->tx, DRV_NET_TXQ);
}

int drv_net_reclaim(struct drv_net *n)
{
    struct drv_net_pool *p = &n->tx_pool;
    struct drv_used u;
    int count = 0, r;

    while ((r = drv_ring_used(&n->tx, &u)) > 0) {
        p->free_list[p->free_count++] = index_of(u.token);
        count++;
    }
    return r < 0 ? r : count;
}

/* Appends a buffer that came back to what is in the bounce buffer, and frees it.
 * All but the last of a frame must be full. */
static uint32_t collect(struct drv_net *n, const struct drv_used *u,
                        uint32_t at)
{
    struct drv_net_pool *p = &n->rx_pool;
    uint16_t i = index_of(u->token);
    uint32_t bytes = u->bytes;

    if (at % n->cfg.buffer_bytes)
        n->header_errors++;
    if (bytes > n->cfg.buffer_bytes)
        bytes = n->cfg.buffer_bytes;
    if (bytes > MAX_BUFFER - at)
        bytes = MAX_BUFFER - at;
    n->mem.read(n->mem.ctx, pool_addr(p, i), n->bounce + at, bytes);
    p->free_list[p->free_count++] = i;
    return at + bytes;
}

/* The frame that begins in this buffer. The others must be there, too: the first
 * one is given back last. */
static int hand_out(struct drv_net *n, const struct drv_used *first,
                    drv_net_frame_fn *fn, void *ctx)
{
    static const uint8_t plain[DRV_NET_HDR - 2];
    uint32_t bytes = collect(n, first, 0);
    uint32_t buffers = n->bounce[10] | (uint32_t)n->bounce[11] << 8;
    struct drv_used u;

    if (bytes < DRV_NET_HDR || memcmp(n->bounce, plain, sizeof plain) != 0 ||
        buffers == 0 || (buffers > 1 && !n->cfg.merge)) {
        n->header_errors++;
        buffers = 1;
    }
    n->rx_merged += buffers > 1;
    while (--buffers) {
        int r = drv_ring_used(&n->rx, &u);

        if (r == 0)
            n->rx.why = "part of a frame came back, the rest did not";
        if (r <= 0)
            return DRV_RING_BROKEN;
        bytes = collect(n, &u, bytes);
    }
    if (bytes > DRV_NET_HDR)
        fn(ctx, n->bounce + DRV_NET_HDR, bytes - DRV_NET_HDR);
    n->rx_frames++;
    return 1;
}

int drv_net_receive(struct drv_net *n, drv_net_frame_fn *fn, void *ctx)
{
    struct drv_used u;
    int count = 0, r;

    while ((r = drv_ring_used(&n->rx, &u)) > 0) {
        if ((r = hand_out(n, &u, fn, ctx)) < 0)
            break;
        count++;
    }
    if (count) {
        rx_supply(n);
        kick(n, &n->rx, DRV_NET_RXQ);
    }
    return r < 0 ? r : count;
}

bool drv_net_tx_interrupt(struct drv_net *n)
{
    uint64_t now = rl_rp_msix_count(n->pci.rp, DRV_NET_TX_VECTOR);
    bool fresh = now != n->tx_seen;

    n->tx_seen = now;
    return fresh;
}

bool drv_net_rx_interrupt(struct drv_net *n)
{
    uint64_t now = rl_rp_msix_count(n->pci.rp, DRV_NET_RX_VECTOR);
    bool fresh = now != n->rx_seen;

    n->rx_seen = now;
    return fresh;
}

const char *drv_net_why(const struct drv_net *n)
{
    if (n->tx.why)
        return n->tx.why;
    return n->rx.why ? n->rx.why : "no reason known";
}
