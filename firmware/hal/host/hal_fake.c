/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "hal_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESC_BYTES = 16, DESC_NEXT = 1, DESC_WRITE = 2 };

struct fake fake;

static void misuse_abort(const char *message)
{
    fprintf(stderr, "hal_fake: %s\n", message);
    abort();
}

void (*fake_misuse)(const char *message) = misuse_abort;

static _Noreturn void misuse(const char *message)
{
    fake_misuse(message);
    abort();
}

static void require(bool ok, const char *message)
{
    if (!ok)
        misuse(message);
}

static uint32_t field(uint32_t word, uint32_t mask, uint32_t lsb)
{
    return (word & mask) >> lsb;
}

#define FIELD(word, name) field(word, RL_##name##_MASK, RL_##name##_LSB)

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

void fake_reset(uint64_t host_base)
{
    uint8_t *host = fake.host ? fake.host : malloc(FAKE_HOST_BYTES);
    struct fake_packet *frames =
        fake.frames ? fake.frames : malloc(FAKE_FRAMES_MAX * sizeof(*frames));
    struct fake_packet *sent = fake.sent;
    struct fake_log *log = fake.log;

    if (!host || !frames)
        abort();
    memset(&fake, 0, sizeof(fake));
    fake.host = host;
    fake.frames = frames;
    fake.sent = sent;
    fake.log = log;
    memset(fake.host, 0, FAKE_HOST_BYTES);
    fake.host_base = host_base;
    fake.window = UINT64_MAX;
    fake.rd_depth = RL_CMD_DEPTH;
    fake.wr_depth = RL_CMD_DEPTH;
    fake.link = true;
    fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK |
                       RL_PCIE_STATUS_MSIX_EN_MASK;
    /* Local memory keeps what it held: make that something ugly. */
    memset(fake.lmem, 0xa5, sizeof(fake.lmem));
}

/* ---- Log ------------------------------------------------------------------- */

static void log_local(enum fake_kind kind, uint32_t queue, uint64_t addr,
                      uint32_t len, bool device, bool lost, const void *data,
                      uint32_t local)
{
    struct fake_log *entry;

    /* Grow at powers of two. */
    if ((fake.log_count & (fake.log_count - 1)) == 0) {
        size_t room = fake.log_count ? 2 * (size_t)fake.log_count : 1;

        fake.log = realloc(fake.log, room * sizeof(*fake.log));
        if (!fake.log)
            abort();
    }
    entry = &fake.log[fake.log_count++];
    *entry = (struct fake_log){kind, queue, addr, len, device, lost, local};
    if (fake.on_log)
        fake.on_log(entry, data);
}

static void log_add(enum fake_kind kind, uint32_t queue, uint64_t addr,
                    uint32_t len, bool device, bool lost, const void *data)
{
    log_local(kind, queue, addr, len, device, lost, data, 0);
}

/* ---- Memory ---------------------------------------------------------------- */

static uint8_t *host_at(uint64_t bus, uint64_t bytes)
{
    uint64_t offset = bus - fake.host_base;

    if (bus < fake.host_base || offset >= FAKE_HOST_BYTES ||
        bytes > FAKE_HOST_BYTES - offset)
        return NULL;
    return fake.host + offset;
}

static uint8_t *devmem_at(uint64_t bus, uint64_t bytes)
{
    uint64_t offset = bus - fake.window;

    if (bus < fake.window || offset >= RL_DEVMEM_BYTES ||
        bytes > RL_DEVMEM_BYTES - offset)
        return NULL;
    return fake.devmem + offset;
}

void *fake_at(uint64_t bus, uint32_t bytes)
{
    uint8_t *p = devmem_at(bus, bytes);

    if (!p)
        p = host_at(bus, bytes);
    require(p != NULL, "a test looked at an address where nothing is");
    return p;
}

static uint32_t command_space(const struct fake_cmd *c)
{
    return c->cmd & RL_CMD_SPACE_MASK;
}

static uint32_t command_queue(const struct fake_cmd *c)
{
    return FIELD(c->cmd, CMD_QUEUE);
}

/* RL_DMA_OK, or why [addr, addr + bytes) cannot be read. */
static uint32_t read_status(const struct fake_cmd *c, uint64_t addr,
                            uint32_t bytes)
{
    if (command_space(c))
        return devmem_at(addr, bytes) ? RL_DMA_OK : RL_DMA_BOUNDS;
    if (addr + bytes < addr && addr + bytes != 0)
        return RL_DMA_BOUNDS;
    return host_at(addr, bytes) ? RL_DMA_OK : RL_DMA_UR;
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

static void mem_read(const struct fake_cmd *c, uint64_t addr, void *to,
                     uint32_t bytes, enum fake_kind kind, uint32_t local)
{
    bool device = command_space(c) != 0;
    uint8_t *from = device ? devmem_at(addr, bytes) : host_at(addr, bytes);

    memcpy(to, from, bytes);
    log_local(kind, command_queue(c), addr, bytes, device, false, to, local);
}

/* Posted: bytes for nowhere are lost and nobody hears of it. */
static void mem_write(const struct fake_cmd *c, uint64_t addr, const void *from,
                      uint32_t bytes, enum fake_kind kind, uint32_t local)
{
    bool device = command_space(c) != 0;
    uint8_t *to = device ? devmem_at(addr, bytes) : host_at(addr, bytes);

    if (to)
        memcpy(to, from, bytes);
    log_local(kind, command_queue(c), addr, bytes, device, to == NULL, from,
              local);
}

/* ---- Command queues ---------------------------------------------------------- */

static void fifo_push(struct fake_fifo *fifo, const struct fake_cmd *cmd)
{
    fifo->cmd[fifo->count++] = *cmd;
}

static void fifo_pop(struct fake_fifo *fifo)
{
    fifo->count--;
    memmove(&fifo->cmd[0], &fifo->cmd[1], fifo->count * sizeof(fifo->cmd[0]));
}

static void complete(struct fake_fifo *fifo, uint32_t status, uint32_t bytes)
{
    const struct fake_cmd *c = &fifo->cmd[0];
    bool write = fifo == &fake.writes;

    if (!write || status != RL_DMA_OK || (c->cmd & RL_CMD_NOTIFY_MASK)) {
        uint32_t at = fake.cpl_tail++ % FAKE_CPL_MAX;

        require(fake.cpl_tail - fake.cpl_head <= FAKE_CPL_MAX,
                "completions are never fetched");
        fake.cpl[at].bytes = bytes;
        fake.cpl[at].word = RL_CPL_VALID_MASK | (status << RL_CPL_STATUS_LSB) |
                            (write ? RL_CPL_WRITE_MASK : 0) |
                            (c->cmd & (RL_CPL_COOKIE_MASK | RL_CPL_QUEUE_MASK));
    }
    if (status != RL_DMA_ABORTED)
        fake.commands++;
    if (write)
        fake.writes_done++;
    fifo_pop(fifo);
}

static bool stopped(const struct fake_cmd *c)
{
    return ((fake.abort >> command_queue(c)) & 1) ||
           (fake.pcie_status & RL_PCIE_STATUS_FLR_MASK) ||
           (!(fake.pcie_status & RL_PCIE_STATUS_BME_MASK) && !command_space(c));
}

static bool fenced(const struct fake_cmd *c)
{
    return (c->cmd & RL_CMD_FENCE_MASK) && fake.writes_done < c->fence_at;
}

static void push_read(struct fake_fifo *fifo, struct fake_cmd *c)
{
    require(hal_rd_free() != 0, "read command pushed into a full queue");
    c->fence_at = fake.writes_pushed;
    if (fake.on_push)
        fake.on_push(c, false);
    fifo_push(fifo, c);
}

static void push_write(struct fake_cmd *c)
{
    require(hal_wr_free() != 0, "write command pushed into a full queue");
    fake.writes_pushed++;
    if (fake.on_push)
        fake.on_push(c, true);
    fifo_push(&fake.writes, c);
}

static void check_op(uint32_t cmd, uint32_t op)
{
    require(FIELD(cmd, CMD_OP) == op, "command word names another operation");
}

static void check_copy(host_addr_t addr, uint32_t lmem_offset, uint32_t bytes)
{
    require(bytes >= 1 && bytes <= 4096, "copy of no or too many bytes");
    require(((addr.bus ^ lmem_offset) & 15) == 0,
            "copy whose two sides differ in their low address bits");
    require(lmem_offset < RL_LMEM_BYTES && bytes <= RL_LMEM_BYTES - lmem_offset,
            "copy beyond local memory");
}

static void check_run(uint32_t first, uint32_t count, uint32_t ring)
{
    uint32_t base = ring & 0xffffu, entries = ring >> 16;

    require(count >= 1 && count <= 32768, "run of no or too many descriptors");
    require((first & 15) == 0 && (base & 15) == 0, "run is not aligned");
    require(entries >= 1 && base + DESC_BYTES * entries <= RL_LMEM_BYTES,
            "ring beyond local memory");
    require(first >= base && first < base + DESC_BYTES * entries,
            "run begins outside its ring");
    require(count <= entries, "run longer than its ring");
}

void hal_rd_fetch(host_addr_t src, uint32_t lmem_offset, uint32_t bytes,
                  uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .addr = src, .lmem = lmem_offset, .count = bytes};

    check_op(cmd, RL_OP_FETCH);
    check_copy(src, lmem_offset, bytes);
    push_read(&fake.fetches, &c);
}

void hal_rd_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .ptr = first, .count = count, .ring = ring, .param = param};

    check_op(cmd, RL_OP_RUN);
    check_run(first, count, ring);
    push_read(&fake.reads, &c);
}

uint32_t hal_rd_free(void)
{
    uint32_t used = fake.fetches.count + fake.reads.count;

    return used < fake.rd_depth ? fake.rd_depth - used : 0;
}

void hal_wr_imm4(host_addr_t dst, uint32_t word, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .addr = dst, .count = 4, .data0 = word};

    check_op(cmd, RL_OP_IMM4);
    require((dst.bus & 3) == 0, "IMM4 is not aligned");
    push_write(&c);
}

void hal_wr_imm8(host_addr_t dst, uint32_t word0, uint32_t word1, uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .addr = dst, .count = 8, .data0 = word0, .data1 = word1};

    check_op(cmd, RL_OP_IMM8);
    require((dst.bus & 7) == 0, "IMM8 is not aligned");
    push_write(&c);
}

void hal_wr_lmem(host_addr_t dst, uint32_t lmem_offset, uint32_t bytes,
                 uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .addr = dst, .lmem = lmem_offset, .count = bytes};

    check_op(cmd, RL_OP_WRITE);
    check_copy(dst, lmem_offset, bytes);
    push_write(&c);
}

void hal_wr_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct fake_cmd c = {
        .cmd = cmd, .ptr = first, .count = count, .ring = ring, .param = param};
    uint32_t hdr_ptr = FIELD(param, WR_PARAM_HDR_PTR);
    uint32_t hdr_bytes = FIELD(param, WR_PARAM_HDR_BYTES);

    check_op(cmd, RL_OP_RUN);
    check_run(first, count, ring);
    require(hdr_bytes <= 32 && (hdr_ptr & 15) == 0 &&
                hdr_ptr + hdr_bytes <= RL_LMEM_BYTES,
            "inserted header out of range");
    push_write(&c);
}

void hal_wr_msix(uint32_t vector, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .count = vector};

    check_op(cmd, RL_OP_MSIX);
    require(vector < RL_NUM_VECTORS, "no such vector");
    push_write(&c);
}

void hal_wr_drop(uint32_t packets, uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd, .count = packets};

    check_op(cmd, RL_OP_DROP);
    require(packets != 0, "DROP of no packets");
    push_write(&c);
}

void hal_wr_nop(uint32_t cmd)
{
    struct fake_cmd c = {.cmd = cmd};

    check_op(cmd, RL_OP_NOP);
    push_write(&c);
}

uint32_t hal_wr_free(void)
{
    return fake.writes.count < fake.wr_depth ? fake.wr_depth - fake.writes.count
                                             : 0;
}

uint32_t hal_cpl_bytes(void)
{
    return fake.cpl_head == fake.cpl_tail
               ? 0
               : fake.cpl[fake.cpl_head % FAKE_CPL_MAX].bytes;
}

uint32_t hal_cpl_pop(void)
{
    if (fake.cpl_head == fake.cpl_tail)
        return 0;
    return fake.cpl[fake.cpl_head++ % FAKE_CPL_MAX].word;
}

void hal_dma_abort(uint32_t queue_mask)
{
    require((queue_mask >> RL_NUM_QUEUES) == 0, "abort bit of no queue");
    fake.abort = queue_mask;
}

static bool uses_window(const struct fake_fifo *fifo)
{
    for (uint32_t i = 0; i < fifo->count; i++)
        if (command_space(&fifo->cmd[i]))
            return true;
    return false;
}

void hal_dma_window(host_addr_t base)
{
    require(base.bus == fake.window ||
                !(uses_window(&fake.fetches) || uses_window(&fake.reads) ||
                  uses_window(&fake.writes)),
            "window moved under commands");
    fake.window = base.bus;
}

/* ---- Fetch engine ------------------------------------------------------------ */

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
    return !stopped(c) && read_status(c, c->addr.bus, c->count) == RL_DMA_OK;
}

/* Has it left the card? Fetches start in order. */
static bool fetch_started(uint32_t nth)
{
    for (uint32_t i = 0; i <= nth; i++)
        if (i >= fake.fetches.count || fenced(&fake.fetches.cmd[i]))
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
    mem_read(c, from, fake.lmem + c->lmem + (uint32_t)(from - first),
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
    if (stopped(c)) {
        complete(&fake.fetches, RL_DMA_ABORTED, 0);
        return true;
    }
    status = read_status(c, c->addr.bus, c->count);
    if (status == RL_DMA_OK || status == RL_DMA_UR) {
        if (fenced(c))
            return false;
        status = fault_take(status);
        if (status == RL_DMA_OK)
            fake_fetch_sample(0, UINT64_MAX);
    }
    complete(&fake.fetches, status, status == RL_DMA_OK ? c->count : 0);
    return true;
}

/* ---- Runs -------------------------------------------------------------------- */

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
    else if (e.len == 0)
        e.status = RL_DMA_OK;
    else if (command_space(c) ? !devmem_at(e.addr, e.len)
                              : e.addr + e.len < e.addr && e.addr + e.len != 0)
        e.status = RL_DMA_BOUNDS;
    return e;
}

static struct fake_packet *sent_new(uint32_t queue)
{
    struct fake_packet *p;

    if ((fake.sent_count & (fake.sent_count - 1)) == 0) {
        size_t room = fake.sent_count ? 2 * (size_t)fake.sent_count : 1;

        fake.sent = realloc(fake.sent, room * sizeof(*fake.sent));
        if (!fake.sent)
            abort();
    }
    p = &fake.sent[fake.sent_count];
    p->len = 0;
    p->queue = queue;
    return p;
}

static void gather(struct fake_cmd *c, const struct element *e, uint32_t skip,
                   struct fake_packet *p)
{
    uint8_t chunk[4096];
    uint64_t addr = e->addr + skip;
    uint32_t left = e->len - skip;

    while (left != 0) {
        uint32_t n = left < sizeof(chunk) ? left : (uint32_t)sizeof(chunk);

        mem_read(c, addr, chunk, n, FAKE_GATHER, e->local);
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
    if (stopped(c)) {
        complete(&fake.reads, RL_DMA_ABORTED, c->bytes);
        return true;
    }
    if (fenced(c))
        return false;
    p = sent_new(command_queue(c));
    do {
        uint32_t eaten;

        e = run_next(c, false);
        eaten = e.len < skip ? e.len : skip;
        if (e.status == RL_DMA_OK && e.len > eaten)
            e.status =
                fault_take(read_status(c, e.addr + eaten, e.len - eaten));
        if (e.status != RL_DMA_OK) {
            fake.sent_bad += p->len != 0;
            complete(&fake.reads, e.status, c->bytes);
            return true;
        }
        skip -= eaten;
        gather(c, &e, eaten, p);
    } while (!e.last);
    if (p->len != 0)
        fake.sent_count++;
    c->bytes += p->len;
    if (c->at == c->count)
        complete(&fake.reads, RL_DMA_OK, c->bytes);
    return true;
}

/* ---- Write engine ------------------------------------------------------------ */

static bool frame_waits(void)
{
    return fake.frame_head != fake.frame_tail;
}

static struct fake_packet *frame_next(void)
{
    return &fake.frames[fake.frame_head % FAKE_FRAMES_MAX];
}

static void frame_take(struct fake_cmd *c)
{
    c->taken += frame_next()->len;
    fake.frame_head++;
}

static bool write_run_step(struct fake_cmd *c)
{
    uint32_t hdr = FIELD(c->param, WR_PARAM_HDR_BYTES);
    uint8_t packet[32 + sizeof(fake.frames->data)];
    uint32_t bytes, at = 0;
    bool begun = false;
    struct element e;

    if (!frame_waits())
        return false;
    memcpy(packet, fake.lmem + FIELD(c->param, WR_PARAM_HDR_PTR), hdr);
    memcpy(packet + hdr, frame_next()->data, frame_next()->len);
    bytes = hdr + frame_next()->len;
    do {
        uint32_t n;

        e = run_next(c, true);
        if (e.status != RL_DMA_OK) {
            /* A packet that was begun is taken whole. */
            if (begun)
                frame_take(c);
            complete(&fake.writes, e.status, c->taken);
            return true;
        }
        begun = true;
        n = e.len < bytes - at ? e.len : bytes - at;
        if (n != 0)
            mem_write(c, e.addr, packet + at, n, FAKE_PAYLOAD, e.local);
        at += n;
    } while (!e.last);
    if (at < bytes)
        c->status = RL_DMA_SHORT;
    c->bytes += at > hdr ? at - hdr : 0;
    frame_take(c);
    if (c->at == c->count)
        complete(&fake.writes, c->status, c->bytes);
    return true;
}

static bool drop_step(struct fake_cmd *c)
{
    if (!frame_waits())
        return false;
    c->bytes += frame_next()->len;
    log_add(FAKE_DROPPED, command_queue(c), 0, frame_next()->len, false, false,
            NULL);
    frame_take(c);
    if (++c->at == c->count)
        complete(&fake.writes, RL_DMA_OK, c->bytes);
    return true;
}

static void msix_send(const struct fake_cmd *c)
{
    uint32_t vector = c->count;

    if (!(fake.pcie_status & RL_PCIE_STATUS_MSIX_EN_MASK))
        return;
    if ((fake.pcie_status & RL_PCIE_STATUS_MSIX_FMASK_MASK) ||
        fake.msix_masked[vector]) {
        fake.msix_pending[vector] = true;
        return;
    }
    fake.msix_sent[vector]++;
    log_add(FAKE_MSIX, command_queue(c), vector, 4, false, false, NULL);
}

/* Destination of a plain write: BOUNDS, or OK. */
static uint32_t write_status(const struct fake_cmd *c)
{
    uint64_t addr = c->addr.bus;

    if (command_space(c))
        return devmem_at(addr, c->count) ? RL_DMA_OK : RL_DMA_BOUNDS;
    return addr + c->count < addr && addr + c->count != 0 ? RL_DMA_BOUNDS
                                                          : RL_DMA_OK;
}

static void plain_write(struct fake_cmd *c, uint32_t op)
{
    uint32_t status = write_status(c);
    uint8_t data[8];

    put32(data, c->data0);
    put32(data + 4, c->data1);
    if (status == RL_DMA_OK)
        mem_write(c, c->addr.bus,
                  op == RL_OP_WRITE ? fake.lmem + c->lmem : data, c->count,
                  op == RL_OP_WRITE ? FAKE_BURST : FAKE_IMM, 0);
    complete(&fake.writes, status, status == RL_DMA_OK ? c->count : 0);
}

bool fake_write_step(void)
{
    struct fake_cmd *c = &fake.writes.cmd[0];
    uint32_t op = FIELD(c->cmd, CMD_OP);

    if (fake.writes.count == 0)
        return false;
    if (stopped(c)) {
        complete(&fake.writes, RL_DMA_ABORTED, c->taken);
        return true;
    }
    switch (op) {
    case RL_OP_RUN:
        return write_run_step(c);
    case RL_OP_DROP:
        return drop_step(c);
    case RL_OP_MSIX:
        msix_send(c);
        break;
    case RL_OP_NOP:
        log_add(FAKE_MARKER, command_queue(c), 0, 0, false, false, NULL);
        break;
    default:
        plain_write(c, op);
        return true;
    }
    complete(&fake.writes, RL_DMA_OK, 0);
    return true;
}

/* ---- Schedules --------------------------------------------------------------- */

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

uint32_t fake_dma_waiting(void)
{
    return fake.fetches.count + fake.reads.count + fake.writes.count;
}

/* ---- Events and sleep -------------------------------------------------------- */

uint32_t hal_events(void)
{
    uint32_t events = 0;

    if (fake.cpl_head != fake.cpl_tail)
        events |= RL_EVENTS_CPL_MASK;
    if (fake.db_pending)
        events |= RL_EVENTS_DOORBELL_MASK;
    if (fake.len_head != fake.frame_tail)
        events |= RL_EVENTS_NETRX_MASK;
    if (fake.mbox_head != fake.mbox_tail)
        events |= RL_EVENTS_MBOX_MASK;
    if (fake.pcie_events)
        events |= RL_EVENTS_PCIE_MASK;
    if (fake.alarm_armed && (int32_t)(fake.time - fake.alarm) >= 0)
        events |= RL_EVENTS_TIMER_MASK;
    return events;
}

void hal_wait(uint32_t mask)
{
    if ((hal_events() & mask) == 0)
        fake.sleeps++;
}

void *hal_lmem(uint32_t offset)
{
    require(offset < RL_LMEM_BYTES, "beyond local memory");
    return fake.lmem + offset;
}

/* ---- Mailbox, doorbells ------------------------------------------------------ */

void fake_mbox_push(const struct hal_mbox *entry)
{
    require(fake.mbox_tail - fake.mbox_head < FAKE_MBOX_MAX,
            "a test overfills the mailbox");
    fake.mbox[fake.mbox_tail++ % FAKE_MBOX_MAX] = *entry;
    /* Configuration writes are not posted: they are answered, too. */
    if (!entry->write || entry->cfg) {
        fake.tag_waits[entry->tag] = true;
        fake.tag_answered[entry->tag] = false;
    }
}

bool hal_mbox_peek(struct hal_mbox *entry)
{
    if (fake.mbox_head == fake.mbox_tail)
        return false;
    *entry = fake.mbox[fake.mbox_head % FAKE_MBOX_MAX];
    return true;
}

void hal_mbox_pop(void)
{
    require(fake.mbox_head != fake.mbox_tail, "pop of an empty mailbox");
    fake.mbox_head++;
}

void hal_mbox_reply(uint8_t tag, uint32_t data)
{
    require(fake.tag_waits[tag], "answer to a tag that does not wait");
    fake.tag_waits[tag] = false;
    fake.tag_answered[tag] = true;
    fake.tag_data[tag] = data;
    log_add(FAKE_REPLY, 0, tag, 4, false, false, &data);
}

void fake_doorbell(uint32_t queue, uint32_t data)
{
    require(queue < RL_NUM_QUEUES, "no such doorbell");
    fake.db_data[queue] = data & 0xffffu;
    fake.db_pending |= 1u << queue;
    fake.db_wide &= ~(1u << queue);
}

void fake_doorbell_wide(uint32_t queue, uint32_t data)
{
    fake_doorbell(queue, data);
    fake.db_data[queue] = data;
    fake.db_wide |= 1u << queue;
}

uint32_t hal_db_data(uint32_t queue)
{
    require(queue < RL_NUM_QUEUES, "no such doorbell");
    return fake.db_data[queue];
}

uint32_t hal_db_wide(void)
{
    return fake.db_wide;
}

uint32_t hal_db_pending(void)
{
    return fake.db_pending;
}

void hal_db_clear(uint32_t queue_mask)
{
    fake.db_pending &= ~queue_mask;
}

/* ---- Endpoint ---------------------------------------------------------------- */

void hal_pcie_ids(uint32_t id, uint32_t class_rev, uint32_t subsys)
{
    require(!fake.ready, "identity changed under the host's eyes");
    fake.pcie_id = id;
    fake.pcie_class = class_rev;
    fake.pcie_subsys = subsys;
}

void hal_pcie_cap_write(uint32_t cap, uint32_t word)
{
    require(cap < RL_CFG_VIRTIO_DWORDS, "capability beyond its window");
    require(!fake.ready, "capability changed under the host's eyes");
    fake.caps[cap] = word;
}

uint32_t hal_pcie_cap_read(uint32_t cap)
{
    require(cap < RL_CFG_VIRTIO_DWORDS, "capability beyond its window");
    return fake.caps[cap];
}

void hal_pcie_ready(bool ready)
{
    fake.ready = ready;
}

uint32_t hal_pcie_status(void)
{
    return fake.pcie_status;
}

uint32_t hal_pcie_events(void)
{
    return fake.pcie_events;
}

uint32_t hal_error_count(uint32_t n)
{
    return fake.errors[n];
}

void hal_pcie_events_clear(uint32_t mask)
{
    fake.pcie_events &= ~mask;
}

void hal_pcie_flr_done(void)
{
    require(fake.pcie_status & RL_PCIE_STATUS_FLR_MASK,
            "end of a function level reset that nobody asked for");
    fake.pcie_status &= ~RL_PCIE_STATUS_FLR_MASK;
    fake.flrs_done++;
}

void hal_pcie_isr(uint32_t isr)
{
    if (isr != fake.isr)
        log_add(FAKE_ISR, 0, isr, 1, false, false, NULL);
    fake.isr = isr;
}

/* Configuration space returns to its defaults, the mailbox forgets. */
void fake_flr(void)
{
    uint32_t pci = (RL_CFG_PCI_CFG - RL_CFG_VIRTIO_FIRST) / 4;

    fake.pcie_status = RL_PCIE_STATUS_FLR_MASK;
    fake.pcie_events |= RL_PCIE_EVENTS_FLR_MASK;
    fake.caps[pci + 1] = 0;
    fake.caps[pci + 2] = 0;
    fake.caps[pci + 3] = 0;
    fake.mbox_head = fake.mbox_tail;
    memset(fake.tag_waits, 0, sizeof(fake.tag_waits));
    memset(fake.msix_masked, 0, sizeof(fake.msix_masked));
    memset(fake.msix_pending, 0, sizeof(fake.msix_pending));
}

void fake_bus_master(bool on)
{
    if (on) {
        fake.pcie_status |= RL_PCIE_STATUS_BME_MASK;
        return;
    }
    if (fake.pcie_status & RL_PCIE_STATUS_BME_MASK)
        fake.pcie_events |= RL_PCIE_EVENTS_BME_OFF_MASK;
    fake.pcie_status &= ~RL_PCIE_STATUS_BME_MASK;
}

void fake_msix_enable(bool on)
{
    fake.pcie_events |= RL_PCIE_EVENTS_MSIX_MASK;
    fake.pcie_status &= ~RL_PCIE_STATUS_MSIX_EN_MASK;
    if (on)
        fake.pcie_status |= RL_PCIE_STATUS_MSIX_EN_MASK;
}

/* ---- Network port ------------------------------------------------------------ */

void fake_frame(const void *data, uint32_t bytes)
{
    struct fake_packet *p = &fake.frames[fake.frame_tail % FAKE_FRAMES_MAX];

    require(bytes != 0 && bytes <= RL_MAX_FRAME, "no such frame");
    require(fake.frame_tail - fake.frame_head < FAKE_FRAMES_MAX,
            "a test sends too many frames");
    memcpy(p->data, data, bytes);
    p->len = bytes;
    fake.frame_tail++;
}

static uint8_t fold(const struct fake_packet *p, uint32_t from, uint32_t to)
{
    uint8_t sum = 0;

    for (uint32_t i = from; i < to && i < p->len; i++)
        sum ^= p->data[i];
    return sum;
}

static uint8_t flow(const struct fake_packet *p)
{
    uint32_t type = p->len < 14 ? 0 : p->data[12] * 256u + p->data[13];
    uint8_t link = fold(p, 0, 14);
    uint8_t ip = type == 0x0800   ? fold(p, 26, 34)
                 : type == 0x86dd ? fold(p, 22, 54)
                                  : 0;

    return (uint8_t)((link << 4 | link >> 4) ^ ip);
}

uint32_t hal_net_rx_len(void)
{
    const struct fake_packet *p;

    if (fake.len_head == fake.frame_tail)
        return 0;
    p = &fake.frames[fake.len_head++ % FAKE_FRAMES_MAX];
    return RL_NETRX_LEN_VALID_MASK | p->len |
           (uint32_t)flow(p) << RL_NETRX_LEN_FLOW_LSB;
}

void hal_msix_forget(void)
{
    memset(fake.msix_pending, 0, sizeof(fake.msix_pending));
}

void hal_net_rx_flush(void)
{
    for (uint32_t i = 0; i < fake.writes.count; i++) {
        uint32_t op = FIELD(fake.writes.cmd[i].cmd, CMD_OP);

        require(op != RL_OP_RUN && op != RL_OP_DROP,
                "flushed the port with a run or drop in flight");
    }
    fake.frame_head = fake.frame_tail;
    fake.len_head = fake.frame_tail;
}

bool hal_net_link(void)
{
    return fake.link;
}

/* ---- Time, console ----------------------------------------------------------- */

uint32_t hal_time_cycles(void)
{
    return fake.time;
}

void hal_alarm_at(uint32_t time_cycles)
{
    fake.alarm = time_cycles;
    fake.alarm_armed = true;
}

void fake_advance(uint32_t cycles)
{
    fake.time += cycles;
}

void hal_putc(char c)
{
    if (fake.console_used < FAKE_CONSOLE_BYTES - 1)
        fake.console[fake.console_used++] = c;
}

void hal_watchdog(void)
{
    fake.watchdog_time = fake.time;
}

uint32_t hal_restart_cause(void)
{
    return fake.restart;
}

void hal_keep(uint32_t word)
{
    fake.kept = word;
}
