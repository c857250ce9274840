/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "lab.h"

#include <string.h>

enum { NO_ID = 0xdead, RECOVERY_FRAMES = 15, WAITS = 40 };

/* ---- Log ---- */

static void note_event(struct lab *l, enum lab_kind kind, uint64_t addr,
                       uint32_t bytes)
{
    if (l->events < LAB_EVENTS)
        l->event[l->events++] = (struct lab_event){kind, addr, bytes};
}

static void access_seen(void *ctx, bool write, uint64_t addr, uint8_t *data,
                        uint32_t bytes)
{
    struct lab *l = ctx;

    note_event(l, write ? LAB_WRITE : LAB_READ, addr, bytes);
    if (l->on_access)
        l->on_access(l, write, addr, data, bytes);
}

static void message_seen(void *ctx, unsigned vector)
{
    note_event(ctx, LAB_MSIX, vector, 1);
}

void lab_log_clear(struct lab *l)
{
    l->events = 0;
}

int lab_find(const struct lab *l, enum lab_kind kind, uint64_t addr,
             uint64_t bytes, int from)
{
    for (unsigned i = (unsigned)from; i < l->events; i++) {
        const struct lab_event *e = &l->event[i];

        if (e->kind == kind && e->addr < addr + bytes &&
            addr < e->addr + e->bytes)
            return (int)i;
    }
    return -1;
}

unsigned lab_count(const struct lab *l, enum lab_kind kind, uint64_t addr,
                   uint64_t bytes)
{
    unsigned n = 0;

    for (int i = 0; (i = lab_find(l, kind, addr, bytes, i)) >= 0; i++)
        n++;
    return n;
}

unsigned lab_count_all(const struct lab *l, enum lab_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < l->events; i++)
        n += l->event[i].kind == kind;
    return n;
}

uint64_t lab_messages(const struct lab *l, unsigned vector)
{
    return rl_rp_msix_count(l->t->rp, vector);
}

/* ---- Initialisation ---- */

int lab_probe(struct lab *l, struct cosim *t)
{
    struct rl_rp_config *o = rl_rp_options(t->rp);
    int r;

    memset(l, 0, sizeof *l);
    l->t = t;
    rl_rp_alloc_reset(t->rp);
    rl_rp_msix_clear(t->rp);
    cosim_drain_port(t);
    o->access = access_seen;
    o->access_ctx = l;
    o->msix = message_seen;
    o->msix_ctx = l;
    r = drv_pci_probe(&l->pci, t->rp);
    return r ? r : drv_pci_reset(&l->pci);
}

bool lab_negotiate(struct lab *l, uint64_t features)
{
    struct drv_features f = {{(uint32_t)features, (uint32_t)(features >> 32)}};

    return drv_pci_negotiate_exactly(&l->pci, &f) == 0;
}

int lab_msix(struct lab *l)
{
    int r = 0;

    for (unsigned v = 0; v < 3 && !r; v++)
        r = rl_rp_msix_program(l->t->rp, v, false);
    drv_pci_put(&l->pci, DRV_C_CONFIG_VECTOR, 2, LAB_CONFIG_VECTOR);
    return r ? r : rl_rp_msix_enable(l->t->rp, true, false);
}

int lab_queue(struct lab *l, struct lab_ring *r, uint16_t queue, uint16_t size)
{
    struct drv_queue_setup s = {.size = size, .vector = queue + 1};
    uint64_t ring = rl_rp_alloc(l->t->rp, true, 16u * size + 16u, 64);
    uint64_t areas = rl_rp_alloc(l->t->rp, true, 64, 64);

    if (!ring || !areas)
        return RL_RP_NOMEM;
    s.desc_addr = ring + 16;
    s.driver_addr = areas + 4;
    s.device_addr = areas + 12;
    *r = (struct lab_ring){.lab = l,
                           .queue = queue,
                           .size = size,
                           .desc = s.desc_addr,
                           .driver = s.driver_addr,
                           .device = s.device_addr,
                           .avail_wrap = true,
                           .used_wrap = true};
    memset(lab_slot(r, 0), 0, 16u * size);
    *lab_event_word(r, false) = 0;
    *lab_event_word(r, true) = 0;
    return drv_pci_queue_setup(&l->pci, queue, &s);
}

int lab_driver_ok(struct lab *l)
{
    return drv_pci_status_add(&l->pci, DRV_S_DRIVER_OK);
}

int lab_open(struct lab *l, struct cosim *t, uint64_t features,
             uint16_t rx_size, uint16_t tx_size)
{
    int r = lab_probe(l, t);

    if (!r)
        r = lab_negotiate(l, features) ? 0 : DRV_PCI_REFUSED;
    if (!r)
        r = lab_msix(l);
    if (!r)
        r = lab_queue(l, &l->rx, LAB_RX, rx_size);
    if (!r)
        r = lab_queue(l, &l->tx, LAB_TX, tx_size);
    if (!r)
        r = lab_driver_ok(l);
    lab_settle(l);
    lab_log_clear(l);
    return r;
}

void lab_recovers(struct lab *l)
{
    struct rl_rp_config *o = rl_rp_options(l->t->rp);
    struct drv_net_config c = {.in_order = true, .rx_size = 16, .tx_size = 16};

    o->access = NULL;
    o->msix = NULL;
    CHECK_EQ(l->t, drv_pci_reset(&l->pci), 0);
    cosim_round_trip(l->t, &c, RECOVERY_FRAMES);
}

bool lab_needs_reset(struct lab *l)
{
    return (drv_pci_status(&l->pci) & DRV_S_NEEDS_RESET) != 0;
}

/* ---- Rings ---- */

struct drv_desc *lab_slot(const struct lab_ring *r, unsigned slot)
{
    return rl_rp_mem(r->lab->t->rp, r->desc + 16u * slot, 16);
}

uint32_t *lab_event_word(const struct lab_ring *r, bool device)
{
    return rl_rp_mem(r->lab->t->rp, device ? r->device : r->driver, 4);
}

uint16_t lab_avail_bits(bool wrap)
{
    return wrap ? DRV_DESC_AVAIL : DRV_DESC_USED;
}

uint16_t lab_used_bits(bool wrap)
{
    return wrap ? DRV_DESC_AVAIL | DRV_DESC_USED : 0;
}

void lab_poke(struct lab_ring *r, unsigned slot, uint64_t addr, uint32_t bytes,
              uint16_t id, uint16_t flags)
{
    *lab_slot(r, slot) = (struct drv_desc){addr, bytes, id, flags};
}

void lab_add(struct lab_ring *r, const struct drv_sg *sg, unsigned count,
             uint16_t id)
{
    for (unsigned i = 0; i < count; i++) {
        bool last = i + 1 == count;
        uint16_t flags = lab_avail_bits(r->avail_wrap);

        flags |= (uint16_t)(last ? 0 : DRV_DESC_NEXT);
        flags |= (uint16_t)(sg[i].device_writes ? DRV_DESC_WRITE : 0);
        lab_poke(r, r->avail, sg[i].addr, sg[i].bytes, last ? id : NO_ID,
                 flags);
        if (++r->avail == r->size) {
            r->avail = 0;
            r->avail_wrap = !r->avail_wrap;
        }
    }
}

void lab_add_one(struct lab_ring *r, uint64_t addr, uint32_t bytes,
                 bool device_writes, uint16_t id)
{
    struct drv_sg sg = {addr, bytes, device_writes};

    lab_add(r, &sg, 1, id);
}

void lab_settle(struct lab *l)
{
    rl_rp_run(l->t->rp, LAB_SETTLE);
}

void lab_kick(struct lab_ring *r)
{
    (void)drv_pci_status(&r->lab->pci); /* what was written before has effect */
    drv_pci_notify(&r->lab->pci, r->queue, 0);
    lab_settle(r->lab);
}

bool lab_is_used(const struct lab_ring *r)
{
    uint16_t flags = lab_slot(r, r->used)->flags;

    return (flags & (DRV_DESC_AVAIL | DRV_DESC_USED)) ==
           lab_used_bits(r->used_wrap);
}

bool lab_wait(struct lab_ring *r)
{
    for (unsigned i = 0; i < WAITS && !lab_is_used(r); i++)
        lab_settle(r->lab);
    return lab_is_used(r);
}

bool lab_take(struct lab_ring *r, unsigned slots)
{
    unsigned next = r->used + slots;

    if (!lab_is_used(r))
        return false;
    r->used = (uint16_t)(next % r->size);
    if (next >= r->size)
        r->used_wrap = !r->used_wrap;
    return true;
}

/* ---- Frames ---- */

void lab_fill(uint8_t *p, uint32_t bytes, unsigned mark)
{
    for (uint32_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(mark * 29 + i * 7 + (i >> 8));
}

uint64_t lab_alloc(struct lab *l, uint32_t bytes)
{
    return rl_rp_alloc(l->t->rp, false, bytes, 64);
}

uint64_t lab_packet(struct lab *l, uint32_t bytes, unsigned mark)
{
    uint64_t addr = lab_alloc(l, LAB_HDR + bytes);
    uint8_t *p = rl_rp_mem(l->t->rp, addr, LAB_HDR + bytes);

    memset(p, 0, LAB_HDR);
    lab_fill(p + LAB_HDR, bytes, mark);
    return addr;
}

static bool is_frame(const uint8_t *p, uint32_t bytes, unsigned mark)
{
    uint8_t expected[4096];

    lab_fill(expected, bytes, mark);
    return memcmp(p, expected, bytes) == 0;
}

bool lab_sent(struct lab *l, uint32_t bytes, unsigned mark)
{
    size_t got = 0;
    bool bad = false, good;
    const uint8_t *p = rl_model_net_peek(l->t->model, &got, &bad);

    good = p && !bad && got == bytes && is_frame(p, bytes, mark);
    if (p)
        rl_model_net_pop(l->t->model);
    return good;
}

bool lab_sent_nothing(struct lab *l)
{
    size_t bytes;
    bool bad;

    while (rl_model_net_peek(l->t->model, &bytes, &bad)) {
        if (!bad)
            return false;
        rl_model_net_pop(l->t->model);
    }
    return true;
}

void lab_arrives(struct lab *l, uint32_t bytes, unsigned mark)
{
    uint8_t frame[4096];

    lab_fill(frame, bytes, mark);
    rl_model_net_push(l->t->model, frame, bytes, false);
}

bool lab_received(struct lab *l, uint64_t addr, uint32_t bytes, unsigned mark)
{
    static const uint8_t header[LAB_HDR] = {[10] = 1};
    const uint8_t *p = rl_rp_mem(l->t->rp, addr, LAB_HDR + bytes);

    return p && memcmp(p, header, LAB_HDR) == 0 &&
           is_frame(p + LAB_HDR, bytes, mark);
}
