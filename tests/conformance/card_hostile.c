/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Drivers that break the rules in their rings: what the device makes of it,
 * that the other queue goes on, and that a reset cures it.
 */
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "ringlet_regs.h"

enum { FRAME = 60, PACKET = LAB_HDR + FRAME };
enum { AVAIL = DRV_DESC_AVAIL, NEXT = DRV_DESC_NEXT };

static const uint64_t nowhere = 0x700000000000;

static int open_lab(struct lab *l, struct cosim *t)
{
    return lab_open(l, t, LAB_BASE | LAB_IN_ORDER, 8, 8);
}

static void receives(struct lab *l, unsigned mark)
{
    struct cosim *t = l->t;
    uint64_t addr = lab_alloc(l, 2048);

    lab_add_one(&l->rx, addr, 2048, true, 77);
    lab_kick(&l->rx);
    lab_arrives(l, 100, mark);
    lab_settle(l);
    CHECK(t, lab_take(&l->rx, 1));
    CHECK(t, lab_received(l, addr, 100, mark));
}

/* Stopped and told; nothing more is touched, the receive queue goes on, a reset
 * repairs it. */
static void check_broken(struct lab *l)
{
    struct cosim *t = l->t;

    CHECK(t, cosim_wait_status(t, &l->pci, DRV_S_NEEDS_RESET, 100));
    lab_settle(l);
    CHECK_EQ(t, lab_messages(l, LAB_CONFIG_VECTOR), 1);
    CHECK_EQ(t, drv_pci_isr(&l->pci) & 2, 2);
    CHECK(t, lab_sent_nothing(l));
    receives(l, 9);
    lab_log_clear(l);
    for (unsigned i = 0; i < 8; i++)
        lab_poke(&l->tx, i, lab_packet(l, FRAME, i), PACKET, 0, AVAIL);
    lab_kick(&l->tx);
    CHECK_EQ(t, l->events, 0);
    lab_recovers(l);
}

/* Still at work: the next packet is sent. */
static void check_works(struct lab *l, unsigned mark)
{
    struct cosim *t = l->t;

    lab_add_one(&l->tx, lab_packet(l, FRAME, mark), PACKET, false, 5);
    lab_kick(&l->tx);
    CHECK(t, lab_sent(l, FRAME, mark));
    CHECK(t, lab_take(&l->tx, 1));
    CHECK_EQ(t, drv_pci_status(&l->pci), LAB_LIVE);
}

/* Pokes up to four slots from slot 0 on, rings, expects a broken queue. */
static void breaks(struct cosim *t, const uint16_t *flags, unsigned count)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < count; i++)
        lab_poke(&l.tx, i, lab_packet(&l, FRAME, i), PACKET, (uint16_t)i,
                 flags[i]);
    lab_kick(&l.tx);
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 0);
    check_broken(&l);
}

/* ---- Chains ---- */

static void endless_chain(struct cosim *t)
{
    static const uint16_t all[8] = {AVAIL | NEXT, AVAIL | NEXT, AVAIL | NEXT,
                                    AVAIL | NEXT, AVAIL | NEXT, AVAIL | NEXT,
                                    AVAIL | NEXT, AVAIL | NEXT};

    breaks(t, all, 8);
}

static void chain_past_the_driver(struct cosim *t)
{
    static const uint16_t flags[3] = {AVAIL | NEXT, AVAIL | NEXT, 0};

    breaks(t, flags, 3);
}

static void readable_after_writable(struct cosim *t)
{
    static const uint16_t flags[2] = {AVAIL | NEXT | DRV_DESC_WRITE, AVAIL};

    breaks(t, flags, 2);
}

/* Alone, as a member, with NEXT. */
static void indirect(struct cosim *t)
{
    static const uint16_t alone[1] = {AVAIL | DRV_DESC_INDIRECT};
    static const uint16_t member[2] = {AVAIL | NEXT, AVAIL | DRV_DESC_INDIRECT};
    static const uint16_t both[2] = {AVAIL | NEXT | DRV_DESC_INDIRECT, AVAIL};

    breaks(t, alone, 1);
    breaks(t, member, 2);
    breaks(t, both, 2);
}

/* The head first; its member a moment later, or never. */
static void head_first(struct cosim *t)
{
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    addr = lab_packet(&l, FRAME, 1);
    lab_poke(&l.tx, 0, addr, 20, 1, AVAIL | NEXT);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    rl_rp_run(t->rp, 125); /* 1 us */
    lab_poke(&l.tx, 1, addr + 20, PACKET - 20, 2, AVAIL);
    lab_settle(&l);
    if (lab_needs_reset(&l)) {
        CHECK(t, lab_sent_nothing(&l));
        check_broken(&l);
    } else {
        CHECK(t, lab_sent(&l, FRAME, 1));
        CHECK_EQ(t, lab_slot(&l.tx, 0)->id, 2);
    }
    chain_past_the_driver(t);
}

/* ---- What the device has seen is what counts ---- */

/* As soon as a descriptor was read, another one stands in its place. */
static void swap_descriptor(struct lab *l, bool write, uint64_t addr,
                            uint8_t *data, uint32_t bytes)
{
    (void)data;
    if (!write && addr < l->tx.desc + 16 && l->tx.desc < addr + bytes &&
        lab_slot(&l->tx, 0)->flags == AVAIL)
        lab_poke(&l->tx, 0, nowhere, 0xffffffff, 0x666, AVAIL | DRV_DESC_WRITE);
}

static void changed_afterwards(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    l.on_access = swap_descriptor;
    lab_add_one(&l.tx, lab_packet(&l, FRAME, 1), PACKET, false, 5);
    lab_kick(&l.tx);
    CHECK_EQ(t, lab_slot(&l.tx, 0)->addr, nowhere); /* it was swapped */
    CHECK(t, lab_sent(&l, FRAME, 1));
    CHECK_EQ(t, lab_slot(&l.tx, 0)->id, 5);
    CHECK(t, lab_take(&l.tx, 1));
    check_works(&l, 2);
}

/* Head flags are visible, address and length come a microsecond later: what is
 * read is executed, here an empty element, and life goes on. */
static void flags_before_body(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    lab_poke(&l.tx, 0, 0, 0, 0, AVAIL);
    drv_pci_notify(&l.pci, LAB_TX, 0);
    rl_rp_run(t->rp, 400);
    lab_slot(&l.tx, 0)->addr = lab_packet(&l, FRAME, 1);
    lab_settle(&l);
    CHECK(t, lab_sent_nothing(&l));
    l.tx.avail = 1;
    CHECK(t, lab_take(&l.tx, 1));
    check_works(&l, 2);
}

/* Flags at random, no available one where the device looks. */
static void random_flags(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < 30; i++) {
        for (unsigned k = 0; k < 8; k++)
            lab_poke(&l.tx, k, nowhere, cosim_random(t), 1,
                     (uint16_t)cosim_random(t));
        lab_slot(&l.tx, 0)->flags |= (i & 1 ? 0x8080 : 0x8000);
        lab_kick(&l.tx);
        CHECK_EQ(t, lab_count(&l, LAB_WRITE, l.tx.desc, 128), 0);
    }
    CHECK(t, lab_sent_nothing(&l));
    memset(lab_slot(&l.tx, 0), 0, 128);
    check_works(&l, 1);
}

static void any_id(struct cosim *t)
{
    static const uint16_t ids[] = {0xffff, 8, 0x8000, 7, 7, 0xfffe};
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
        uint16_t slot = l.tx.used;

        lab_add_one(&l.tx, lab_packet(&l, FRAME, i), PACKET, false, ids[i]);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, i));
        CHECK_EQ(t, lab_slot(&l.tx, slot)->id, ids[i]);
        CHECK(t, lab_take(&l.tx, 1));
    }
}

/* ---- Lengths ---- */

static void empty_elements(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned full = 0; full < 4; full++) {
        struct drv_sg sg[3] = {{nowhere, 0, false},
                               {UINT64_MAX, 0, false},
                               {UINT64_MAX - 7, 0, false}};

        if (full < 3) /* else: all of them are empty */
            sg[full] =
                (struct drv_sg){lab_packet(&l, FRAME, full), PACKET, false};
        lab_log_clear(&l);
        lab_add(&l.tx, sg, 3, (uint16_t)full);
        lab_kick(&l.tx);
        CHECK(t, lab_wait(&l.tx));
        CHECK(t, full < 3 ? lab_sent(&l, FRAME, full) : lab_sent_nothing(&l));
        CHECK(t, lab_take(&l.tx, 3));
    }
    check_works(&l, 9);
}

/* Nothing that long can be sent: dropped, given back, not read. */
static void huge_lengths(struct cosim *t)
{
    static const uint32_t lengths[] = {0xffffffff, 0x80000000, 0x7fffffff,
                                       0x10000};
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    addr = lab_packet(&l, FRAME, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct drv_sg sg[2] = {{addr, lengths[i], false},
                               {addr, PACKET - lengths[i], false}};

        lab_add(&l.tx, sg, 1, 1);
        lab_kick(&l.tx);
        CHECK(t, lab_take(&l.tx, 1));
        lab_add(&l.tx, sg, 2, 1); /* together PACKET, modulo 2^32 */
        lab_kick(&l.tx);
        CHECK(t, lab_take(&l.tx, 2));
    }
    CHECK(t, lab_sent_nothing(&l));
    CHECK_EQ(t, lab_count(&l, LAB_READ, addr, PACKET), 0);
    check_works(&l, 2);
}

static void tiny_elements(struct cosim *t)
{
    struct drv_sg sg[250];
    uint64_t addr;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE | LAB_IN_ORDER, 8, 250), 0);
    addr = lab_packet(&l, 250 - LAB_HDR, 3);
    for (unsigned i = 0; i < 250; i++)
        sg[i] = (struct drv_sg){addr + i, 1, false};
    lab_add(&l.tx, sg, 250, 3);
    lab_kick(&l.tx);
    CHECK(t, lab_wait(&l.tx));
    CHECK(t, lab_take(&l.tx, 250));
    CHECK(t, lab_sent(&l, 250 - LAB_HDR, 3));
}

/* ---- Addresses ---- */

static void buffer_elsewhere(struct cosim *t)
{
    const struct rl_rp_config *o = rl_rp_options(t->rp);
    const uint64_t bad[] = {nowhere,
                            0,
                            UINT64_MAX,
                            UINT64_MAX - 15,
                            0x8000000000000000,
                            o->high_base + o->high_bytes - 40};
    struct lab l;

    for (unsigned i = 0; i < sizeof bad / sizeof *bad && !t->failed; i++) {
        CHECK_EQ(t, open_lab(&l, t), 0);
        lab_add_one(&l.tx, bad[i], PACKET, false, 1);
        lab_kick(&l.tx);
        check_broken(&l);
    }
}

/* Memory goes away while the card uses it. */
static void buffers_unmapped(struct cosim *t)
{
    const uint64_t base = 0x600000000;
    uint8_t *memory = calloc(1, 65536);
    struct lab l;

    for (unsigned wait = 0; wait < 1200 && !t->failed && memory; wait += 150) {
        CHECK_EQ(t, open_lab(&l, t), 0);
        CHECK_EQ(t, rl_rp_map(t->rp, base, 65536, memory), 0);
        for (unsigned i = 0; i < 8; i++) {
            lab_add_one(&l.tx, base + 4096 * i, 1500, false, 1);
            lab_add_one(&l.rx, base + 32768 + 4096 * i, 2048, true, 1);
            lab_arrives(&l, 1000, i);
        }
        drv_pci_notify(&l.pci, LAB_RX, 0);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        rl_rp_run(t->rp, wait);
        CHECK_EQ(t, rl_rp_unmap(t->rp, base), 0);
        lab_settle(&l);
        lab_recovers(&l);
    }
    free(memory);
}

/* The ring in the card's own memory without having said so, a ring over its
 * buffers, an event area within the ring, both queues in one ring. */
static void strange_places(struct cosim *t)
{
    for (unsigned i = 0; i < 4 && !t->failed; i++) {
        struct drv_queue_setup s = {.size = 8, .vector = 2};
        uint64_t ring;
        struct lab l;

        CHECK_EQ(t, lab_probe(&l, t), 0);
        CHECK(t, lab_negotiate(&l, LAB_BASE | LAB_IN_ORDER));
        CHECK_EQ(t, lab_msix(&l), 0);
        CHECK_EQ(t, lab_queue(&l, &l.rx, LAB_RX, 8), 0);
        ring = lab_alloc(&l, 4096);
        s.desc_addr = i == 0   ? rl_rp_device(t->rp)->bar[2].addr + 256
                      : i == 3 ? l.rx.desc
                               : ring;
        s.driver_addr = ring + (i == 2 ? 32 : 2048);
        s.device_addr = ring + (i == 2 ? 36 : 2052);
        CHECK_EQ(t, drv_pci_queue_setup(&l.pci, LAB_TX, &s), 0);
        CHECK_EQ(t, lab_driver_ok(&l), 0);
        if (i != 0)
            for (unsigned k = 0; k < 8; k++)
                *(struct drv_desc *)rl_rp_mem(t->rp, s.desc_addr + 16 * k, 16) =
                    (struct drv_desc){s.desc_addr, 128, 1,
                                      AVAIL | (i == 3 ? DRV_DESC_WRITE : 0)};
        lab_arrives(&l, 100, 1);
        for (unsigned k = 0; k < 3; k++) {
            drv_pci_notify(&l.pci, LAB_TX, 0);
            drv_pci_notify(&l.pci, LAB_RX, 0);
            lab_settle(&l);
        }
        CHECK_EQ(t, drv_pci_status(&l.pci) & LAB_LIVE, LAB_LIVE);
        cosim_drain_port(t);
        lab_recovers(&l);
    }
}

/* ---- What the network device makes of buffers ---- */

/* Shorter than header and Ethernet header, longer than any frame: dropped. */
static void transmit_lengths(struct cosim *t)
{
    static const uint32_t lengths[] = {0,  1,  11,   12,    13,     25,
                                       26, 72, 2060, 65536, 1 << 20};
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint64_t addr = lab_packet(&l, 1 << 20, i);
        bool good = lengths[i] >= LAB_HDR + 14 && lengths[i] <= LAB_HDR + 2048;

        lab_add_one(&l.tx, addr, lengths[i], false, 1);
        lab_kick(&l.tx);
        CHECK(t, good ? lab_sent(&l, lengths[i] - LAB_HDR, i)
                      : lab_sent_nothing(&l));
        CHECK_EQ(t, lab_slot(&l.tx, l.tx.used)->len, 0);
        CHECK(t, lab_take(&l.tx, 1));
    }
    check_works(&l, 99);
}

static void transmit_writable(struct cosim *t)
{
    struct drv_sg sg[2] = {{0, PACKET, false}, {0, 64, true}};
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    sg[0].addr = lab_packet(&l, FRAME, 1);
    sg[1].addr = lab_alloc(&l, 64);
    for (unsigned first = 0; first < 2; first++) {
        lab_add(&l.tx, sg + first, 2 - first, 1);
        lab_kick(&l.tx);
        CHECK(t, lab_sent_nothing(&l));
        CHECK_EQ(t, lab_slot(&l.tx, l.tx.used)->len, 0);
        CHECK(t, lab_take(&l.tx, 2 - first));
    }
    CHECK_EQ(t, lab_count(&l, LAB_WRITE, sg[1].addr, 64), 0);
    check_works(&l, 2);
}

/* Requests for offloads that were not negotiated: sent as they are. */
static void transmit_headers(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t addr = lab_packet(&l, FRAME, i);
        uint8_t *p = rl_rp_mem(t->rp, addr, LAB_HDR);

        for (unsigned k = 0; k < LAB_HDR; k++)
            p[k] = (uint8_t)(i == 0 ? 0xff : cosim_random(t));
        lab_add_one(&l.tx, addr, PACKET, false, 1);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, i));
        CHECK(t, lab_take(&l.tx, 1));
    }
}

/* Segmentation that was not negotiated, each kind of it with sizes that make no
 * sense: one frame, as it is, in time. */
static void transmit_segmentation(struct cosim *t)
{
    static const uint8_t gso[] = {1,    3,    4,    5,    2,    6,    0x20,
                                  0x40, 0x80, 0x81, 0x83, 0x84, 0x85, 0xff};
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    for (unsigned i = 0; i < 4 * sizeof gso; i++) {
        uint64_t addr = lab_packet(&l, FRAME, i);
        uint8_t *p = rl_rp_mem(t->rp, addr, LAB_HDR);
        bool huge = i & 1;

        p[0] = i & 2 ? 1 : 0; /* NEEDS_CSUM */
        p[1] = gso[i / 4];
        memset(p + 2, huge ? 0xff : 0, 2);                /* hdr_len */
        memset(p + 4, huge && gso[i / 4] & 1 ? 1 : 0, 2); /* gso_size */
        lab_add_one(&l.tx, addr, PACKET, false, (uint16_t)i);
        lab_kick(&l.tx);
        CHECK(t, lab_sent(&l, FRAME, i));
        CHECK(t, lab_sent_nothing(&l));
        CHECK(t, lab_take(&l.tx, 1));
    }
    CHECK(t, !lab_needs_reset(&l));
}

/* Too small for the frame: that is dropped, the buffer stays. */
static void small_receive_buffers(struct cosim *t)
{
    struct lab l;

    for (unsigned merge = 0; merge < 2 && !t->failed; merge++) {
        for (uint32_t bytes = 0; bytes <= LAB_HDR; bytes += 3) {
            CHECK_EQ(t,
                     lab_open(&l, t, LAB_BASE | (merge ? LAB_MERGE : 0), 4, 8),
                     0);
            for (unsigned i = 0; i < 4; i++)
                lab_add_one(&l.rx, lab_alloc(&l, 64), bytes, true, 1);
            lab_kick(&l.rx);
            lab_arrives(&l, 100, 1);
            lab_arrives(&l, 100, 2);
            lab_settle(&l);
            CHECK(t, !lab_take(&l.rx, 1));
            check_works(&l, 3);
        }
        CHECK_EQ(t, open_lab(&l, t), 0);
        lab_add_one(&l.rx, lab_alloc(&l, 128), LAB_HDR + 70, true, 1);
        lab_kick(&l.rx);
        lab_arrives(&l, 71, 1);
        lab_arrives(&l, 70, 2);
        lab_settle(&l);
        CHECK_EQ(t, lab_slot(&l.rx, 0)->len, LAB_HDR + 70);
        CHECK(t, lab_take(&l.rx, 1));
    }
}

static void readable_receive_buffer(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_lab(&l, t), 0);
    lab_add_one(&l.rx, lab_packet(&l, 200, 1), 212, false, 1);
    lab_kick(&l.rx);
    lab_arrives(&l, 100, 1);
    lab_settle(&l);
    CHECK(t, lab_needs_reset(&l));
    lab_add_one(&l.tx, lab_packet(&l, FRAME, 2), PACKET, false, 5);
    lab_kick(&l.tx);
    CHECK(t, lab_sent(&l, FRAME, 2));
    lab_recovers(&l);
}

static const struct conf_case cases[] = {
    {"a chain through the whole ring and on", endless_chain, "HOS-39"},
    {"a chain past what the driver published", chain_past_the_driver, "HOS-39"},
    {"a readable element after a writable one", readable_after_writable,
     "HOS-40"},
    {"a head without its members", head_first, "HOS-41"},
    {"a descriptor that changes once it was read", changed_afterwards,
     "HOS-42"},
    {"flags that come before address and length", flags_before_body, "HOS-37"},
    {"random flags are not available", random_flags, "HOS-43"},
    {"INDIRECT that was not negotiated", indirect, "HOS-44"},
    {"elements of no length", empty_elements, "HOS-48"},
    {"lengths of gigabytes", huge_lengths, "HOS-49"},
    {"buffers where no memory is", buffer_elsewhere, "HOS-50"},
    {"any buffer id, twice the same", any_id, "HOS-51"},
    {"as many elements of a byte as there are slots", tiny_elements, "HOS-52"},
    {"rings in strange places", strange_places, "HOS-54"},
    {"buffers that go away", buffers_unmapped, "HOS-60"},
    {"packets of impossible lengths are dropped", transmit_lengths, "HOS-62"},
    {"writable elements on transmit", transmit_writable, "HOS-63"},
    {"requests for offloads that were not negotiated", transmit_headers,
     "HOS-64"},
    {"segmentation that was not negotiated", transmit_segmentation, "HOS-65"},
    {"receive buffers that are too small", small_receive_buffers, "HOS-66"},
    {"a readable receive buffer", readable_receive_buffer, "HOS-66"},
};
CONF_MAIN(cases)
