/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The judge of hostile drivers, judged: support/dma_oracle.h is told of accesses
 * that a card could make. Those that descriptors name are good, others not.
 */
#include <string.h>

#include "cosim.h"
#include "support/dma_oracle.h"

enum {
    RING = ORACLE_GUARD,
    OTHER = RING + 4 * 16, /* begins inside the first ring */
    SLOTS = 8,
    EVENTS = 0x8000,
    TABLE = 0x9000,
    BUFFER = 0xa000,
    OTHER_BUFFER = 0xb000,
    BYTES = 64,
    AVAIL = DRV_DESC_AVAIL,
};

static struct dma_oracle oracle;

static void begin(struct cosim *t)
{
    CHECK_EQ(t, dma_oracle_open(&oracle, t->rp), 0);
    dma_oracle_begin(&oracle);
}

static void enable(uint32_t ring)
{
    dma_oracle_queue(&oracle, SLOTS, oracle.arena + ring, oracle.arena + EVENTS,
                     oracle.arena + EVENTS + 4);
}

static void tell(struct cosim *t, bool write, uint32_t at, const void *data,
                 uint32_t bytes)
{
    const struct rl_rp_config *c = rl_rp_options(t->rp);
    uint8_t copy[ORACLE_BYTES];

    memcpy(copy, data, bytes);
    c->access(c->access_ctx, write, oracle.arena + at, copy, bytes);
}

/* A descriptor is read, of a ring or a table. */
static void read_desc(struct cosim *t, uint32_t at, uint32_t addr, uint32_t len,
                      uint16_t id, uint16_t flags)
{
    struct drv_desc d = {
        .addr = oracle.arena + addr, .len = len, .id = id, .flags = flags};

    tell(t, false, at, &d, sizeof d);
}

static void read_data(struct cosim *t, uint32_t at)
{
    static const uint8_t data[BYTES];

    tell(t, false, at, data, sizeof data);
}

static void use_slot(struct cosim *t, uint32_t at, uint32_t len, uint16_t id)
{
    struct drv_desc d = {.len = len, .id = id, .flags = AVAIL | DRV_DESC_USED};

    tell(t, true, at + 8, (uint8_t *)&d + 8, 8);
}

/* All since the last of these lines was judged good; or something was bad. */
#define GOOD(t) expect(t, __LINE__, true)
#define BAD(t)  expect(t, __LINE__, false)

static void expect(struct cosim *t, int line, bool good)
{
    if (good == !!oracle.wrong[0])
        cosim_failed(t, __FILE__, line,
                     good ? oracle.wrong : "nothing was judged bad");
    oracle.wrong[0] = 0;
}

static void one_ring(struct cosim *t)
{
    begin(t);
    enable(RING);
    read_desc(t, RING, TABLE, 16, 7, AVAIL | DRV_DESC_INDIRECT);
    GOOD(t);
    read_data(t, BUFFER);
    BAD(t); /* nobody has read the table */
    read_desc(t, TABLE, BUFFER, BYTES, 0, 0);
    read_data(t, BUFFER);
    GOOD(t);
    read_data(t, BUFFER + 4);
    BAD(t);
    use_slot(t, RING, 0, 7);
    GOOD(t);
    read_data(t, BUFFER);
    BAD(t);
    read_desc(t, TABLE, BUFFER, BYTES, 0, 0);
    BAD(t);
}

/* The queue of the first ring has read a descriptor; the driver puts another one
 * into the slot, which the queue of the second ring reads. */
static void two_rings(struct cosim *t)
{
    begin(t);
    enable(RING);
    enable(OTHER);
    read_desc(t, OTHER, TABLE, 16, 7, AVAIL | DRV_DESC_INDIRECT);
    read_desc(t, OTHER, OTHER_BUFFER, BYTES, 8, AVAIL);
    GOOD(t);
    read_data(t, BUFFER);
    BAD(t);
    read_desc(t, TABLE, BUFFER, BYTES, 0, 0);
    read_data(t, BUFFER);
    read_data(t, OTHER_BUFFER);
    GOOD(t);
    read_data(t, BUFFER + 4);
    BAD(t);
}

/* As before, but the table was read before the slot was read again. */
static void table_first(struct cosim *t)
{
    begin(t);
    enable(RING);
    enable(OTHER);
    read_desc(t, OTHER, TABLE, 16, 7, AVAIL | DRV_DESC_INDIRECT);
    read_desc(t, TABLE, BUFFER, BYTES, 0, 0);
    read_desc(t, OTHER, TABLE, 16, 7, AVAIL | DRV_DESC_INDIRECT);
    read_data(t, BUFFER);
    GOOD(t);
    dma_oracle_silence(&oracle);
    dma_oracle_begin(&oracle);
    enable(RING);
    read_data(t, BUFFER);
    BAD(t);
    read_desc(t, TABLE, BUFFER, BYTES, 0, 0);
    BAD(t);
}

/* The driver writes a table over one that the card has read and not yet used. */
static void table_rewritten(struct cosim *t)
{
    begin(t);
    enable(RING);
    read_desc(t, RING, TABLE, 32, 7, AVAIL | DRV_DESC_INDIRECT);
    read_desc(t, RING + 16, TABLE + 16, 16, 8, AVAIL | DRV_DESC_INDIRECT);
    read_desc(t, TABLE + 16, BUFFER, BYTES, 0, 0);
    read_desc(t, TABLE + 16, OTHER_BUFFER, BYTES, 0, 0);
    read_data(t, OTHER_BUFFER);
    GOOD(t);
    read_data(t, BUFFER);
    GOOD(t);
    use_slot(t, RING, 0, 7);
    use_slot(t, RING + 16, 0, 8);
    GOOD(t);
    read_data(t, OTHER_BUFFER);
    BAD(t);
    read_data(t, BUFFER);
    BAD(t);
}

/* Halves of two entries do not make one. */
static void half_entry(struct cosim *t)
{
    struct drv_desc a = {.len = BYTES}, b = {.len = 4};

    begin(t);
    enable(RING);
    read_desc(t, RING, TABLE, 32, 7, AVAIL | DRV_DESC_INDIRECT);
    a.addr = oracle.arena + BUFFER;
    b.addr = oracle.arena + OTHER_BUFFER;
    tell(t, false, TABLE, &a, 8);
    read_data(t, BUFFER);
    BAD(t);
    tell(t, false, TABLE, &b, sizeof b);
    tell(t, false, TABLE + 8, (uint8_t *)&a + 8, 8);
    read_data(t, BUFFER);
    GOOD(t);
    read_data(t, OTHER_BUFFER);
    BAD(t);
}

/* One queue has taken a chain into the slots of both; the other queue has read
 * what the driver has put there since. */
static void chain_across(struct cosim *t)
{
    const uint16_t flags = AVAIL | DRV_DESC_WRITE;

    begin(t);
    enable(RING);
    read_desc(t, OTHER - 16, BUFFER, BYTES, 7, flags | DRV_DESC_NEXT);
    read_desc(t, OTHER, OTHER_BUFFER, BYTES, 7, flags);
    use_slot(t, OTHER - 16, 2 * BYTES + 1, 7);
    BAD(t);
    enable(OTHER);
    read_desc(t, OTHER - 16, BUFFER, BYTES, 7, flags | DRV_DESC_NEXT);
    read_desc(t, OTHER, OTHER_BUFFER, BYTES, 7, flags);
    read_desc(t, OTHER, TABLE, 4, 8, flags);
    use_slot(t, OTHER - 16, 2 * BYTES, 7);
    GOOD(t);
}

static const struct cosim_case cases[] = {
    {"entries of a table name, from its reading until the slot is used",
     one_ring},
    {"a table that is read again with other entries leaves the first ones",
     table_rewritten},
    {"an entry names when all of it was read", half_entry},
    {"where rings lie over one another, a table that was named may be read",
     two_rings},
    {"where rings lie over one another, entries name until a reset",
     table_first},
    {"where rings lie over one another, room behind their edge is not counted",
     chain_across},
};
COSIM_MAIN(cases)
