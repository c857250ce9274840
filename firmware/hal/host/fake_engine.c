/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The DMA engines, which carry commands out (fetches, read runs, writes), and
 * schedules: whose step is next.
 */
#include "fake_internal.h"

#include <string.h>

enum { DESC_NEXT = 1, DESC_WRITE = 2 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (p[1] << 8));
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | ((uint32_t)get16(p + 2) << 16);
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | ((uint64_t)get32(p + 4) << 32);
}

static void put32(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

/* The error that a test has asked for, once. */
static uint32_t fault_take(uint32_t status)
{
    uint32_t fault = fake.read_fault;

    if (status != RL_DMA_OK || fault == RL_DMA_OK)
        return status;
    fake.read_fault = RL_DMA_OK;
    return fault;
}

/* ---- Fetch engine ------------------------------------------------------- */

static uint32_t fetch_lines(const struct fake_cmd *c)
{
    uint64_t last = c->addr.bus + c->count - 1;

    return (uint32_t)(last / FAKE_LINE - c->addr.bus / FAKE_LINE) + 1;
}

/* The longest fetch, across lines, has 65: the last two share a bit. */
static uint64_t line_bit(uint32_t line)
{
    return 1ull << (line < 63 ? line : 63);
}

static uint64_t all_lines(const struct fake_cmd *c)
{
    uint32_t n = fetch_lines(c);

    return n >= 64 ? UINT64_MAX : (1ull << n) - 1;
}

static bool fetch_ok(const struct fake_cmd *c)
{
    return !fake_cmd_stopped(c) &&
           fake_mem_readable(c, c->addr.bus, c->count) == RL_DMA_OK;
}

/* Has it left the card? Fetches start in order. */
static bool fetch_started(uint32_t nth)
{
    for (uint32_t i = 0; i <= nth; i++)
        if (i >= fake.fetches.count || fake_cmd_fenced(&fake.fetches.cmd[i]))
            return false;
    return true;
}

static void sample_line(struct fake_cmd *c, uint32_t line)
{
    uint64_t first = c->addr.bus;
    uint64_t from = (first / FAKE_LINE + line) * FAKE_LINE;
    uint64_t to = from + FAKE_LINE;

    if (from < first)
        from = first;
    if (to > first + c->count)
        to = first + c->count;
    fake_mem_read(c, from, fake.lmem + c->lmem + (uint32_t)(from - first),
                  (uint32_t)(to - from), FAKE_FETCH,
                  c->lmem + (uint32_t)(from - first));
    c->sampled |= line_bit(line);
}

bool fake_fetch_sample(uint32_t nth, uint64_t lines)
{
    struct fake_cmd *c = &fake.fetches.cmd[nth];

    if (!fetch_started(nth))
        return false;
    lines &= all_lines(c) & ~c->sampled;
    if (!fetch_ok(c)) {
        c->sampled |= lines;
        return lines != 0;
    }
    for (uint32_t i = 0; i < fetch_lines(c); i++)
        if (lines & line_bit(i))
            sample_line(c, i);
    return lines != 0;
}

bool fake_fetch_step(void)
{
    struct fake_cmd *c = &fake.fetches.cmd[0];
    uint32_t status;

    if (fake.fetches.count == 0)
        return false;
    if (fake_cmd_stopped(c)) {
        fake_cmd_complete(&fake.fetches, RL_DMA_ABORTED, 0);
        return true;
    }
    status = fake_mem_readable(c, c->addr.bus, c->count);
    if (status == RL_DMA_OK || status == RL_DMA_UR) {
        if (fake_cmd_fenced(c))
            return false;
        status = fault_take(status);
        if (status == RL_DMA_OK)
            fake_fetch_sample(0, UINT64_MAX);
    }
    fake_cmd_complete(&fake.fetches, status,
                      status == RL_DMA_OK ? c->count : 0);
    return true;
}

/* ---- Runs --------------------------------------------------------------- */

struct element {
    uint64_t addr;
    uint32_t len;
    bool last; /* of the packet */
    uint32_t status;
    uint32_t local; /* its descriptor */
};

/* Next descriptor of a run; `write` is the run's direction. */
static struct element run_next(struct fake_cmd *c, bool write)
{
    const uint8_t *d = fake.lmem + c->ptr;
    uint32_t base = c->ring & 0xffffu, entries = c->ring >> 16;
    uint16_t flags = get16(d + 14);
    struct element e = {get64(d), get32(d + 8), false, RL_DMA_OK, c->ptr};

    c->at++;
    c->ptr += DESC_BYTES;
    if (c->ptr == base + DESC_BYTES * entries)
        c->ptr = base;
    e.last = c->at == c->count ||
             (!(c->cmd & RL_CMD_TABLE_MASK) && !(flags & DESC_NEXT));
    if (((flags & DESC_WRITE) != 0) != write)
        e.status = RL_DMA_DIR;
    else if (e.len != 0)
        e.status = fake_mem_bounds(c, e.addr, e.len);
    return e;
}

static void gather(struct fake_cmd *c, const struct element *e, uint32_t skip,
                   struct fake_packet *p)
{
    uint8_t chunk[4096];
    uint64_t addr = e->addr + skip;
    uint32_t left = e->len - skip;

    while (left != 0) {
        uint32_t n = left < sizeof(chunk) ? left : (uint32_t)sizeof(chunk);

        fake_mem_read(c, addr, chunk, n, FAKE_GATHER, e->local);
        if (p->len + n <= sizeof(p->data))
            memcpy(p->data + p->len, chunk, n);
        p->len += n;
        addr += n;
        left -= n;
    }
}

bool fake_read_step(void)
{
    struct fake_cmd *c = &fake.reads.cmd[0];
    uint32_t skip = FIELD(c->param, RD_PARAM_SKIP);
    struct fake_packet *p;
    struct element e;

    if (fake.reads.count == 0)
        return false;
    if (fake_cmd_stopped(c)) {
        fake_cmd_complete(&fake.reads, RL_DMA_ABORTED, c->bytes);
        return true;
    }
    if (fake_cmd_fenced(c))
        return false;
    p = fake_sent_new(command_queue(c));
    do {
        uint32_t eaten;

        e = run_next(c, false);
        eaten = e.len < skip ? e.len : skip;
        if (e.status == RL_DMA_OK && e.len > eaten)
            e.status =
                fault_take(fake_mem_readable(c, e.addr + eaten, e.len - eaten));
        if (e.status != RL_DMA_OK) {
            fake.sent_bad += p->len != 0;
            fake_cmd_complete(&fake.reads, e.status, c->bytes);
            return true;
        }
        skip -= eaten;
        gather(c, &e, eaten, p);
    } while (!e.last);
    if (p->len != 0)
        fake.sent_count++;
    c->bytes += p->len;
    if (c->at == c->count)
        fake_cmd_complete(&fake.reads, RL_DMA_OK, c->bytes);
    return true;
}

/* ---- Write engine ------------------------------------------------------- */

static bool write_run_step(struct fake_cmd *c)
{
    uint32_t hdr = FIELD(c->param, WR_PARAM_HDR_BYTES);
    uint8_t packet[32 + sizeof(fake.frames->data)];
    uint32_t bytes, at = 0;
    bool begun = false, lost = fake_cmd_behind_lost(c);
    struct element e;

    if (!fake_frame_waits())
        return false;
    memcpy(packet, fake.lmem + FIELD(c->param, WR_PARAM_HDR_PTR), hdr);
    memcpy(packet + hdr, fake_frame_next()->data, fake_frame_next()->len);
    bytes = hdr + fake_frame_next()->len;
    do {
        uint32_t n;

        e = run_next(c, true);
        if (e.status != RL_DMA_OK) {
            /* A packet that was begun is taken whole. */
            if (begun)
                fake_frame_take(c);
            fake_cmd_complete(&fake.writes, e.status, c->taken);
            return true;
        }
        begun = true;
        n = e.len < bytes - at ? e.len : bytes - at;
        if (n != 0 && !lost)
            fake_mem_write(c, e.addr, packet + at, n, FAKE_PAYLOAD, e.local);
        at += n;
    } while (!e.last);
    if (at < bytes)
        c->status = RL_DMA_SHORT;
    c->bytes += at > hdr ? at - hdr : 0;
    fake_frame_take(c);
    if (c->at == c->count)
        fake_cmd_complete(&fake.writes, lost ? RL_DMA_ABORTED : c->status,
                          lost ? c->taken : c->bytes);
    return true;
}

static bool drop_step(struct fake_cmd *c)
{
    if (!fake_frame_waits())
        return false;
    c->bytes += fake_frame_next()->len;
    fake_log_add(FAKE_DROPPED, command_queue(c), 0, fake_frame_next()->len,
                 false, false, NULL);
    fake_frame_take(c);
    if (++c->at == c->count)
        fake_cmd_complete(&fake.writes, RL_DMA_OK, c->bytes);
    return true;
}

static void plain_write(struct fake_cmd *c, uint32_t op)
{
    uint32_t status = fake_mem_bounds(c, c->addr.bus, c->count);
    uint8_t data[8];

    if (status == RL_DMA_OK && fake_cmd_behind_lost(c))
        status = RL_DMA_ABORTED;
    put32(data, c->data0);
    put32(data + 4, c->data1);
    if (status == RL_DMA_OK)
        fake_mem_write(c, c->addr.bus,
                       op == RL_OP_WRITE ? fake.lmem + c->lmem : data, c->count,
                       op == RL_OP_WRITE ? FAKE_BURST : FAKE_IMM, 0);
    fake_cmd_complete(&fake.writes, status, status == RL_DMA_OK ? c->count : 0);
}

bool fake_write_step(void)
{
    struct fake_cmd *c = &fake.writes.cmd[0];
    uint32_t op = FIELD(c->cmd, CMD_OP);

    if (fake.writes.count == 0)
        return false;
    if (fake_cmd_stopped(c) || (op == RL_OP_MSIX && fake_cmd_behind_lost(c))) {
        fake_cmd_complete(&fake.writes, RL_DMA_ABORTED, c->taken);
        return true;
    }
    switch (op) {
    case RL_OP_RUN:
        return write_run_step(c);
    case RL_OP_DROP:
        return drop_step(c);
    case RL_OP_MSIX:
        fake_msix_send(c);
        break;
    case RL_OP_NOP:
        fake_log_add(FAKE_MARKER, command_queue(c), 0, 0, false, false, NULL);
        break;
    default:
        plain_write(c, op);
        return true;
    }
    fake_cmd_complete(&fake.writes, RL_DMA_OK, 0);
    return true;
}

/* ---- Schedules ---------------------------------------------------------- */

uint32_t fake_drain_writes(void)
{
    uint32_t steps = 0;

    while (fake_write_step())
        steps++;
    return steps;
}

uint32_t fake_drain(void)
{
    uint32_t steps = 0, before;

    do {
        before = steps;
        while (fake_fetch_step())
            steps++;
        steps += fake_drain_writes();
        while (fake_read_step())
            steps++;
    } while (steps != before);
    return steps;
}

bool fake_random_step(uint32_t (*draw)(void))
{
    uint32_t first = draw() % 4;

    for (uint32_t i = 0; i < 4; i++) {
        bool did = false;

        switch ((first + i) % 4) {
        case 0:
            if (fake.fetches.count != 0)
                did = fake_fetch_sample(draw() % fake.fetches.count,
                                        1ull << (draw() % 9));
            break;
        case 1:
            did = fake_fetch_step();
            break;
        case 2:
            did = fake_read_step();
            break;
        default:
            did = fake_write_step();
        }
        if (did)
            return true;
    }
    return false;
}
