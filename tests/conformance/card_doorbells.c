/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Doorbells, wanted and not; access by configuration space.
 */
#include "lab.h"
#include "ringlet_regs.h"

#define LAB_DATA       LAB_BIT(DRV_F_NOTIFICATION_DATA)
#define LAB_ID         LAB_BIT(DRV_F_NOTIF_CONFIG_DATA)
#define LAB_RING_RESET LAB_BIT(DRV_F_RING_RESET)

enum { STORM = 100000, MEMORY_SPACE = 2, SOON = 2000, SIZE = 12 };

static void add(struct lab *l, unsigned mark)
{
    lab_add_one(&l->tx, lab_packet(l, 60, mark), 72, false, (uint16_t)mark);
}

static bool came(struct lab *l, unsigned mark)
{
    lab_settle(l);
    return lab_sent(l, 60, mark) && lab_sent_nothing(l) && lab_take(&l->tx, 1);
}

/* Where the capability says, 16 bits wide, the queue's index. */
static void address(struct cosim *t)
{
    uint32_t off;
    uint16_t index = LAB_TX;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    drv_pci_put(&l.pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    off = drv_pci_get(&l.pci, DRV_C_QUEUE_NOTIFY_OFF, 2);
    for (unsigned i = 0; i < 10; i++) {
        add(&l, i);
        lab_settle(&l);
        CHECK(t, lab_sent_nothing(&l)); /* not without it */
        rl_rp_write(t->rp, l.pci.notify.addr + off * l.pci.notify_multiplier,
                    &index, 2);
        CHECK(t, came(&l, i));
    }
}

/* ---- The four forms, with NOTIFICATION_DATA and NOTIF_CONFIG_DATA or not ---- */

static uint64_t form(unsigned i)
{
    return LAB_BASE | (i & 1 ? LAB_DATA : 0) | (i & 2 ? LAB_ID : 0);
}

static uint16_t position(const struct lab_ring *r)
{
    return (uint16_t)(r->avail | (r->avail_wrap ? 0x8000 : 0));
}

/* The identifier, and what goes with it, put together from the registers. */
static uint32_t data(struct lab *l, uint64_t features, uint16_t at)
{
    uint32_t id = LAB_TX;

    drv_pci_put(&l->pci, DRV_C_QUEUE_SELECT, 2, LAB_TX);
    if (features & LAB_ID)
        id = drv_pci_get(&l->pci, DRV_C_QUEUE_NOTIF_DATA, 2);
    return id | (features & LAB_DATA ? (uint32_t)at << 16 : 0);
}

/* By memory or by configuration space. */
static void ring(struct lab *l, uint64_t features, uint32_t v, bool window)
{
    unsigned bytes = features & LAB_DATA ? 4 : 2;
    uint32_t off = (uint32_t)(l->pci.notify_addr[LAB_TX] - l->pci.notify.addr);

    if (window)
        drv_pci_window_write(&l->pci, l->pci.notify.bar,
                             l->pci.notify.offset + off, bytes, bytes, v);
    else
        rl_rp_write(l->t->rp, l->pci.notify_addr[LAB_TX], &v, bytes);
}

/* Bytes of the ring that the card has read. */
static uint32_t ring_bytes(const struct lab *l)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < l->events; i++) {
        const struct lab_event *e = &l->event[i];

        if (e->kind == LAB_READ && e->addr - l->tx.desc < 16u * l->tx.size)
            bytes += e->bytes;
    }
    return bytes;
}

_Static_assert(DRV_F_NOTIFICATION_DATA == 38 && DRV_F_NOTIF_CONFIG_DATA == 39,
               "numbers of their bits");

/* Nothing is sent without one and all with one, lap after lap. Where the doorbell
 * says how much there is, that much is read. */
static void forms(struct cosim *t)
{
    struct lab l;

    for (unsigned i = 0; i < 8 && !t->failed; i++) {
        uint64_t f = form(i);

        CHECK_EQ(t, lab_open(&l, t, f, 8, SIZE), 0);
        for (unsigned k = 0; k < 3 * SIZE; k++) {
            unsigned n = 1 + k * 5 % 3;

            for (unsigned j = 0; j < n; j++)
                add(&l, k + j);
            lab_settle(&l);
            CHECK(t, lab_sent_nothing(&l));
            lab_log_clear(&l);
            ring(&l, f, data(&l, f, position(&l.tx)), i > 3);
            lab_settle(&l);
            for (unsigned j = 0; j < n; j++)
                CHECK(t, lab_sent(&l, 60, k + j) && lab_take(&l.tx, 1));
            CHECK(t, lab_sent_nothing(&l));
            if (f & LAB_DATA)
                CHECK_EQ(t, ring_bytes(&l), 16 * n);
        }
        CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
    }
}

/* The same doorbell again and again, with nothing behind it: while a buffer is
 * under way, and when all is done. */
static void repeated(struct cosim *t)
{
    uint32_t v;
    struct lab l;

    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        uint64_t f = form(i);

        CHECK_EQ(t, lab_open(&l, t, f, 8, SIZE), 0);
        for (unsigned k = 0; k < SIZE + 3; k++) {
            add(&l, k);
            v = data(&l, f, position(&l.tx));
            for (unsigned n = 0; n < 100; n++)
                ring(&l, f, v, n == 50);
            CHECK(t, came(&l, k));
            lab_log_clear(&l);
            for (unsigned n = 0; n < 100; n++)
                ring(&l, f, v, n == 50);
            lab_settle(&l);
            CHECK(t, lab_sent_nothing(&l));
            CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
            CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 16 * SIZE), 0);
        }
        CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
    }
}

/* Those of a queue's former life, while it is reset and after it is enabled. */
static void repeated_over_a_reset(struct cosim *t)
{
    uint32_t v;
    struct lab l;

    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        uint64_t f = form(i) | LAB_RING_RESET;

        CHECK_EQ(t, lab_open(&l, t, f, 8, SIZE), 0);
        for (unsigned k = 0; k < 6; k++) {
            for (unsigned n = 0; n < 5 + k; n++) {
                add(&l, n);
                v = data(&l, f, position(&l.tx));
                ring(&l, f, v, false);
                CHECK(t, came(&l, n));
            }
            CHECK_EQ(t, drv_pci_queue_reset(&l.pci, LAB_TX), 0);
            lab_log_clear(&l);
            for (unsigned n = 0; n < 50; n++)
                ring(&l, f, v, false);
            lab_settle(&l);
            CHECK_EQ(t, l.events, 0);
            CHECK_EQ(t, lab_queue(&l, &l.tx, LAB_TX, SIZE - 1), 0);
            for (unsigned n = 0; n < 50; n++)
                ring(&l, f, v, false);
            lab_settle(&l);
            CHECK(t, lab_sent_nothing(&l));
            add(&l, 70 + k);
            ring(&l, f, data(&l, f, position(&l.tx)), false);
            CHECK(t, came(&l, 70 + k));
        }
        CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
    }
}

/* ---- Anything else ---- */

/* As fast as the link allows while buffers come: none is lost, none doubled. */
static void storm(struct cosim *t)
{
    unsigned added = 0, sent = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < STORM; i++) {
        if (i % 500 == 0 && added - sent < 8)
            add(&l, added++);
        drv_pci_notify(&l.pci, i % 2 ? LAB_TX : LAB_RX, 0);
        while (!lab_sent_nothing(&l))
            CHECK(t, lab_sent(&l, 60, sent++));
    }
    lab_settle(&l);
    while (!lab_sent_nothing(&l))
        CHECK(t, lab_sent(&l, 60, sent++));
    CHECK(t, added > 20);
    CHECK_EQ(t, sent, added);
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

/* Each value at the address of a queue that is not there, and behind all. */
static void nobodys(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    add(&l, 1);
    for (uint32_t v = 0; v < 65536; v++)
        rl_rp_write(t->rp, l.pci.notify.addr + 4 * (2 + v % 14), &v, 2);
    for (uint64_t off = l.pci.notify.bytes; off < 0x1000; off += 4)
        rl_rp_write32(t->rp, l.pci.notify.addr + off, LAB_TX);
    lab_settle(&l);
    CHECK(t, lab_sent_nothing(&l));
    drv_pci_notify(&l.pci, LAB_TX, 0);
    CHECK(t, came(&l, 1));
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

/* The address tells the queue; the value is at worst a doorbell too many. */
static void crossed(struct cosim *t)
{
    uint16_t wrong[] = {LAB_RX, 5, 0x7fff, 0xffff};
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < 4; i++) {
        add(&l, i);
        rl_rp_write(t->rp, l.pci.notify_addr[LAB_TX], &wrong[i], 2);
        CHECK(t, came(&l, i));
    }
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

static void widths(struct cosim *t)
{
    static const unsigned width[] = {1, 2, 4, 8, 64};
    uint32_t words[16] = {LAB_TX, 2};
    uint32_t v;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned i = 0; i < sizeof width / sizeof *width; i++) {
        uint64_t at = i == 4 ? l.pci.notify.addr : l.pci.notify_addr[LAB_TX];

        add(&l, i);
        rl_rp_write(t->rp, at, words, width[i]);
        CHECK(t, came(&l, i));
    }
    for (unsigned off = 0; off < 64; off += 4) {
        CHECK_EQ(t, rl_rp_read(t->rp, l.pci.notify.addr + off, &v, 4), 0);
        CHECK_EQ(t, v, 0);
    }
    lab_settle(&l);
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
}

/* A driver that never rings stops itself, not the other queue. */
static void withheld(struct cosim *t)
{
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    add(&l, 1);
    for (unsigned i = 0; i < 8; i++) {
        addr = lab_alloc(&l, 2048);
        lab_add_one(&l.rx, addr, 2048, true, (uint16_t)i);
        lab_kick(&l.rx);
        lab_arrives(&l, 100, i);
        lab_settle(&l);
        CHECK(t, lab_take(&l.rx, 1));
        CHECK(t, lab_received(&l, addr, 100, i));
    }
    drv_pci_notify(&l.pci, LAB_TX, 0);
    CHECK(t, came(&l, 1));
}

/* While it works the device asks for no doorbells; they come all the same, and
 * what is added then is seen without one. */
static void unwanted(struct cosim *t)
{
    unsigned sent = 0, added = 0, off = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 64), 0);
    for (unsigned round = 0; round < 40; round++) {
        while (added - sent < 60 && added < 2000 && added / 64 == sent / 64)
            add(&l, added++);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        for (unsigned i = 0; i < SOON; i++) {
            rl_rp_step(t->rp);
            if (*lab_event_word(&l.tx, true) >> 16 & 3) {
                off++;
                drv_pci_notify(&l.pci, LAB_TX, 0);
            }
        }
        while (!lab_sent_nothing(&l))
            CHECK(t, lab_sent(&l, 60, sent++));
    }
    lab_settle(&l);
    CHECK(t, off > 0);
    CHECK_EQ(t, sent, added);
}

/* ---- Access by configuration space ---- */

static void by_configuration(struct cosim *t)
{
    for (unsigned i = 0; i < 2 && !t->failed; i++) {
        struct drv_net_config c = {.in_order = !i,
                                   .no_msix = true,
                                   .by_config = true,
                                   .tx_size = 16,
                                   .rx_size = 32};

        CHECK_EQ(t, rl_rp_command(t->rp, 0, MEMORY_SPACE), 0);
        cosim_round_trip(t, &c, 40);
        CHECK_EQ(t, rl_rp_command(t->rp, MEMORY_SPACE, 0), 0);
    }
}

static void the_same_registers(struct cosim *t)
{
    struct drv_pci window;
    uint32_t status, a, b;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    CHECK_EQ(t, drv_pci_probe_by_config(&window, t->rp), 0);
    for (unsigned size = 1; size <= 4; size *= 2)
        for (unsigned off = 0; off < 56; off += size)
            CHECK_EQ(t, drv_pci_get(&window, off, size),
                     drv_pci_get(&l.pci, off, size));
    for (unsigned off = 0; off < 8; off += 2) {
        CHECK_EQ(t,
                 drv_pci_window_read(&window, l.pci.device.bar,
                                     l.pci.device.offset + off, 2, 2, &a),
                 0);
        b = 0;
        CHECK_EQ(t, rl_rp_read(t->rp, l.pci.device.addr + off, &b, 2), 0);
        CHECK_EQ(t, a, b);
    }
    /* ISR is cleared by it, a doorbell rings by it. */
    CHECK_EQ(t, rl_rp_msix_enable(t->rp, false, false), 0);
    add(&l, 1);
    drv_pci_window_write(&window, l.pci.notify.bar,
                         l.pci.notify.offset + 4 * LAB_TX, 2, 2, LAB_TX);
    CHECK(t, came(&l, 1));
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK_EQ(t, drv_pci_isr(&window), 1);
    CHECK_EQ(t, drv_pci_isr(&window), 0);
    status = drv_pci_status(&window);
    CHECK_EQ(t, status, LAB_LIVE);
}

/* A bar, length or offset that makes no sense: answered, no effect. */
static void nonsense(struct cosim *t)
{
    static const uint32_t lengths[] = {0, 3, 5, 8, 16, 0x10000, UINT32_MAX};
    static const uint32_t offsets[] = {
        RL_BAR0_COMMON + DRV_C_STATUS, RL_BAR0_COMMON + DRV_C_STATUS + 1,
        RL_BAR0_COMMON + DRV_C_STATUS + 2, 0x7ffffffc, UINT32_MAX};
    uint32_t v;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    for (unsigned bar = 0; bar < 256; bar += bar < 7 ? 1 : 62)
        for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (unsigned k = 0; k < sizeof offsets / sizeof *offsets; k++) {
                CHECK_EQ(t,
                         drv_pci_window_write(&l.pci, bar, offsets[k],
                                              lengths[i], 4, 0),
                         0);
                CHECK_EQ(t, rl_rp_cfg_read(t->rp, l.pci.pci_cfg + 16u, 4, &v),
                         0);
                CHECK_EQ(t, v, 0);
            }
    for (unsigned k = 1; k < sizeof offsets / sizeof *offsets; k++)
        CHECK_EQ(t, drv_pci_window_write(&l.pci, 0, offsets[k], 4, 4, 0), 0);
    for (unsigned bar = 1; bar < 6; bar++)
        CHECK_EQ(t, drv_pci_window_write(&l.pci, bar, offsets[0], 4, 4, 0), 0);
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
    add(&l, 1);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    CHECK(t, came(&l, 1));
}

static const struct conf_case cases[] = {
    {"a 16-bit doorbell with the index, where the capability says", address,
     "GEN-21 PCI-45 PCI-46 PCI-47"},
    {"each form of doorbell, with data and identifier or without", forms,
     "GEN-21 GEN-22 GEN-42 PCI-46 PCI-47"},
    {"doorbells of any form may be repeated", repeated, "GEN-23"},
    {"doorbells of a queue's former life change nothing", repeated_over_a_reset,
     "GEN-23 GEN-16"},
    {"a storm of doorbells loses nothing", storm, "HOS-34"},
    {"doorbells of no queue", nobodys, "HOS-30"},
    {"a doorbell whose value is another queue's", crossed, "HOS-31"},
    {"doorbells of any width; they read 0", widths, "HOS-32"},
    {"doorbells that never come", withheld, "HOS-35"},
    {"doorbells that nobody asked for", unwanted, "HOS-38"},
    {"a life by configuration accesses alone", by_configuration,
     "PCI-60 PCI-61 PCI-62"},
    {"registers read the same, ISR clears, doorbells ring", the_same_registers,
     "PCI-61 PCI-62"},
    {"windows without sense have no effect", nonsense, "PCI-63 HOS-27"},
};
CONF_MAIN(cases)
