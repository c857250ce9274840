/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "step_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step_world step;
struct step_config step_config;
const char *step_fault;

/* Tables stand in memory from the start: their order against the ring is the
 * same as that of a buffer's contents. */
static struct ring_desc tables[STEP_BUFFERS][RING_ELEMENTS];
static uint32_t zeros[64];

void step_fail(const char *why)
{
    if (!step_fault)
        step_fault = why;
}

static void check(const char *why)
{
    if (why)
        step_fail(why);
}

static void require(bool ok, const char *why)
{
    if (!ok)
        step_fail(why);
}

void *step_pointer(uint64_t addr, uint32_t bytes)
{
    static uint8_t nowhere[64];

    if (addr >= STEP_RING &&
        addr + bytes <= STEP_RING + 16u * step_config.rules.size)
        return (uint8_t *)step.card.ring + (addr - STEP_RING);
    if (addr == STEP_DRIVER_EVENT && bytes <= 4)
        return &step.card.driver_event;
    if (addr == STEP_DEVICE_EVENT && bytes <= 4)
        return &step.card.device_event;
    if (addr >= STEP_TABLES && addr + bytes <= STEP_TABLES + sizeof tables)
        return (uint8_t *)tables + (addr - STEP_TABLES);
    step_fail("access to an address where nothing is");
    return nowhere;
}

static const void *step_at(uint64_t addr, uint32_t bytes)
{
    return step_pointer(addr, bytes);
}

/* ---- Commands ---------------------------------------------------------------- */

static uint32_t command_op(const struct step_cmd *c)
{
    return (c->cmd & RL_CMD_OP_MASK) >> RL_CMD_OP_LSB;
}

static struct step_cmd *push(struct step_cmd *fifo, uint32_t *count,
                             uint32_t depth, uint32_t cmd)
{
    static struct step_cmd lost;

    if (*count >= depth) {
        step_fail("command pushed into a full queue");
        return &lost;
    }
    fifo[*count].cmd = cmd;
    return &fifo[(*count)++];
}

static void pop(struct step_cmd *fifo, uint32_t *count)
{
    (*count)--;
    memmove(fifo, fifo + 1, *count * sizeof *fifo);
    memset(fifo + *count, 0, sizeof *fifo);
}

static void complete(const struct step_cmd *c, bool write)
{
    if (write && !(c->cmd & RL_CMD_NOTIFY_MASK))
        return;
    if (step.card.cpls == STEP_CPLS) {
        step_fail("too many completions: the check needs more room");
        return;
    }
    step.card.cpl[step.card.cpls++] =
        RL_CPL_VALID_MASK | (write ? RL_CPL_WRITE_MASK : 0) |
        (c->cmd & (RL_CPL_COOKIE_MASK | RL_CPL_QUEUE_MASK));
}

static uint16_t fence(uint32_t cmd)
{
    return cmd & HAL_CMD_FENCE ? (uint16_t)step.card.writes : 0;
}

void hal_rd_fetch(host_addr_t src, uint32_t lmem_offset, uint32_t bytes,
                  uint32_t cmd)
{
    struct step_cmd *c =
        push(step.card.fetch, &step.card.fetches, STEP_FETCHES, cmd);

    c->addr = (uint32_t)src.bus;
    c->lmem = lmem_offset;
    c->bytes = bytes;
    c->behind = fence(cmd);
    require(((src.bus ^ lmem_offset) & 15u) == 0, "sides aligned differently");
}

void hal_rd_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct step_cmd *c = push(step.card.run, &step.card.runs, STEP_RUNS, cmd);

    (void)ring;
    (void)param;
    c->lmem = first;
    c->bytes = count;
}

uint32_t hal_rd_free(void)
{
    uint32_t used = step.card.fetches + step.card.runs;

    return used < step_config.rd_depth ? step_config.rd_depth - used : 0;
}

static struct step_cmd *push_write(uint32_t cmd)
{
    return push(step.card.write, &step.card.writes, step_config.wr_depth, cmd);
}

void hal_wr_imm4(host_addr_t dst, uint32_t word, uint32_t cmd)
{
    struct step_cmd *c = push_write(cmd);

    c->addr = (uint32_t)dst.bus;
    c->bytes = 4;
    c->data[0] = word;
}

void hal_wr_imm8(host_addr_t dst, uint32_t word0, uint32_t word1, uint32_t cmd)
{
    struct step_cmd *c = push_write(cmd);

    c->addr = (uint32_t)dst.bus;
    c->bytes = 8;
    c->data[0] = word0;
    c->data[1] = word1;
}

void hal_wr_lmem(host_addr_t dst, uint32_t lmem_offset, uint32_t bytes,
                 uint32_t cmd)
{
    struct step_cmd *c = push_write(cmd);

    c->addr = (uint32_t)dst.bus;
    c->lmem = lmem_offset;
    c->bytes = bytes;
}

void hal_wr_run(uint32_t first, uint32_t count, uint32_t ring, uint32_t param,
                uint32_t cmd)
{
    struct step_cmd *c = push_write(cmd);

    (void)ring;
    (void)param;
    c->lmem = first;
    c->bytes = count;
}

void hal_wr_msix(uint32_t vector, uint32_t cmd)
{
    push_write(cmd)->bytes = vector;
}

void hal_wr_nop(uint32_t cmd)
{
    (void)push_write(cmd);
}

uint32_t hal_wr_free(void)
{
    return step.card.writes < step_config.wr_depth
               ? step_config.wr_depth - step.card.writes
               : 0;
}

uint32_t hal_cpl_pop(void)
{
    struct step_card *c = &step.card;
    uint32_t cpl = c->cpl[0];

    if (c->cpls == 0)
        return 0;
    c->cpls--;
    memmove(&c->cpl[0], &c->cpl[1], c->cpls * sizeof c->cpl[0]);
    c->cpl[c->cpls] = 0;
    return cpl;
}

void hal_dma_abort(uint32_t queue_mask)
{
    (void)queue_mask;
}

void hal_dma_window(host_addr_t base)
{
    (void)base;
}

void *hal_lmem(uint32_t offset)
{
    if (offset >= VQ_LMEM_EVENT(0))
        return (uint8_t *)step.card.lmem_event + (offset - VQ_LMEM_EVENT(0));
    if (offset >= STEP_TABLE_LMEM)
        return (uint8_t *)step.card.lmem_table + (offset - STEP_TABLE_LMEM);
    return (uint8_t *)step.card.lmem_ring + offset;
}

/* ---- Fetches ------------------------------------------------------------------- */

static void fetch_sample(struct step_cmd *c, uint32_t piece)
{
    uint32_t bytes = c->bytes < 16 ? c->bytes : 16;
    uint64_t addr = c->addr + 16u * piece;
    const void *from = step_at(addr, bytes);

    if (c->sampled & (1u << piece))
        return;
    c->sampled = (uint16_t)(c->sampled | 1u << piece);
    memcpy(hal_lmem(c->lmem + 16u * piece), from, bytes);
    check(ring_model_device_read(&step.model, &step_config.rules, addr, bytes,
                                 from));
}

/* Fetches start in order. */
static struct step_cmd *fetch_of(uint64_t addr, uint32_t *piece)
{
    for (uint32_t i = 0; i < step.card.fetches; i++) {
        struct step_cmd *c = &step.card.fetch[i];

        if (c->behind != 0)
            return NULL;
        *piece = (uint32_t)(addr - c->addr) / 16u;
        if (addr >= c->addr && addr < c->addr + c->bytes &&
            !(c->sampled & (1u << *piece)))
            return c;
    }
    return NULL;
}

bool step_in_flight(uint64_t addr)
{
    uint32_t piece;

    return fetch_of(addr, &piece) != NULL;
}

void step_sample(uint64_t addr)
{
    uint32_t piece;
    struct step_cmd *c = fetch_of(addr, &piece);

    if (c)
        fetch_sample(c, piece);
}

bool step_can_fetch_end(void)
{
    return step.card.fetches != 0 && step.card.fetch[0].behind == 0;
}

void step_fetch_end(void)
{
    struct step_cmd *c = &step.card.fetch[0];

    for (uint32_t i = 0; i < (c->bytes + 15u) / 16u; i++)
        fetch_sample(c, i);
    complete(c, false);
    pop(step.card.fetch, &step.card.fetches);
}

void step_run_end(void)
{
    complete(&step.card.run[0], false);
    pop(step.card.run, &step.card.runs);
}

/* ---- Writes -------------------------------------------------------------------- */

/* The contents of packets, as far as the model looks at them. */
static void payload(const struct step_cmd *c)
{
    uint32_t left = step_config.frame_bytes;

    for (uint32_t i = 0, at = c->lmem; i < c->bytes; i++, at += 16) {
        struct ring_desc d;
        uint32_t n;

        if (at == 16u * step_config.rules.size)
            at = 0;
        memcpy(&d, hal_lmem(at), sizeof d);
        n = d.len < left ? d.len : left;
        if (n != 0)
            check(ring_model_device_wrote(&step.model, &step_config.rules,
                                          d.addr, n, zeros));
        left = d.flags & RING_NEXT ? left - n : step_config.frame_bytes;
    }
}

/* What becomes visible at once: a descriptor at most. */
static bool plain(struct step_cmd *c)
{
    uint32_t bytes = c->bytes - c->at, to_end = 16u - (c->addr + c->at) % 16u;
    uint64_t addr = c->addr + c->at;
    const void *from = command_op(c) == RL_OP_WRITE ? hal_lmem(c->lmem + c->at)
                                                    : (const void *)c->data;

    if (bytes > to_end)
        bytes = to_end;
    memcpy(step_pointer(addr, bytes), from, bytes);
    check(ring_model_device_wrote(&step.model, &step_config.rules, addr, bytes,
                                  from));
    c->at += bytes;
    return c->at == c->bytes;
}

bool step_can_write(void)
{
    return step.card.writes != 0;
}

void step_write(void)
{
    struct step_cmd *c = &step.card.write[0];
    uint32_t op = command_op(c);

    if (op == RL_OP_RUN) {
        payload(c);
    } else if (op == RL_OP_MSIX) {
        step.card.irq = 1;
        ring_model_notified(&step.model);
    } else if (op != RL_OP_NOP && !plain(c)) {
        return;
    }
    complete(c, true);
    pop(step.card.write, &step.card.writes);
    for (uint32_t i = 0; i < step.card.fetches; i++)
        if (step.card.fetch[i].behind != 0)
            step.card.fetch[i].behind--;
}

/* ---- A device above the queue ---------------------------------------------------- */

void vq_env_broken(struct vq *vq)
{
    (void)vq;
    step_fail("queue marked broken under an honest driver");
}

/* No queue is stopped here. */
void vq_env_lost(const struct vq *vq)
{
    (void)vq;
}

bool vq_env_wants_interrupt(const struct vq *vq)
{
    (void)vq;
    return true;
}

bool vq_env_interrupt(struct vq *vq)
{
    if (hal_wr_free() == 0)
        return false;
    hal_wr_msix(1, HAL_CMD(RL_OP_MSIX, vq->index, VQ_COOKIE_USED, 0));
    return true;
}

/* Cookies of runs: slots, and table entries above them. */
#define RUN_LOW(slots, entries) ((slots) | (entries) << 4)

static bool send_run(struct vq *vq, uint32_t slots, uint32_t entries)
{
    bool pushed = entries ? vq_run_read_table(vq, entries, 0, HAL_CMD_TABLE,
                                              RUN_LOW(slots, entries))
                          : vq_run_read(vq, slots, 0, 0, RUN_LOW(slots, 0u));

    if (!pushed) {
        vq->retry = true;
        return false;
    }
    if (entries)
        vq_table_take(vq, entries);
    vq_take(vq, slots);
    step.running++;
    return true;
}

/* As a transmit queue works: whole buffers, many at a time. */
static bool send_some(struct vq *vq)
{
    const struct vq_rule rule = {0, 1, 1u << 16, 64};
    struct vq_buffer buffer;
    uint32_t space, slots = 0;

    if (vq_next_indirect(vq)) {
        vq_table_ask(vq, vq->landed, false);
    } else {
        slots = vq_scan(vq, &rule, &space);
        if (slots != 0)
            return send_run(vq, slots, 0);
    }
    while (vq_parse(vq, slots, &buffer) == VQ_PARSE_OK) {
        if (buffer.entries != 0)
            return send_run(vq, 1, buffer.entries);
        slots += buffer.descs;
    }
    return slots != 0 && send_run(vq, slots, 0);
}

/* As a receive queue works: payload and used descriptors in one go. */
static bool fill_some(struct vq *vq)
{
    const uint32_t bytes = step_config.frame_bytes;
    const struct vq_rule rule = {VQ_DESC_WRITE, bytes, 1u << 16, 64};
    struct vq_buffer buffer;
    uint32_t space, slots;

    if (hal_wr_free() < 2) {
        vq->retry = true;
        return false;
    }
    slots = vq_scan(vq, &rule, &space);
    if (slots != 0) {
        for (uint32_t i = 0; i < slots; i++)
            vq_fill(vq, i, bytes);
        (void)vq_run_write(vq, slots, 0, 0, 0);
        vq_publish_filled(vq, slots);
        return true;
    }
    if (vq_parse(vq, 0, &buffer) != VQ_PARSE_OK)
        return false;
    (void)vq_run_write(vq, buffer.descs, 0, 0, 0);
    vq_take(vq, buffer.descs);
    vq_use(vq, &buffer, buffer.writable < bytes ? buffer.writable : bytes);
    return true;
}

static void work(struct vq *vq)
{
    bool more = true;

    while (more && vq->state == VQ_LIVE && vq->landed != 0)
        more = step_config.frame_bytes != 0 ? fill_some(vq)
                                            : step.running < 2 && send_some(vq);
}

static void completions(struct vq *vq)
{
    uint32_t cpl = hal_cpl_pop();

    while (cpl & RL_CPL_VALID_MASK) {
        if (vq_table_came(cpl)) {
            cpl = vq_table_completions(vq, cpl);
            continue;
        }
        if (vq_on_completion(vq, cpl) && !(cpl & RL_CPL_WRITE_MASK)) {
            step.running--;
            vq_table_release(vq, cpl >> 4 & 15u);
            vq_done(vq, cpl & 15u);
        }
        cpl = hal_cpl_pop();
    }
}

bool step_can_turn(void)
{
    return step.card.cpls != 0 || step.card.bell != 0 || step.again != 0;
}

void step_turn(void)
{
    struct vq *vq = &step.vq;

    completions(vq);
    if (step.card.bell != 0) {
        uint32_t position = step.card.bell >> 16;

        step.card.bell = 0;
        if (vq->notify_data)
            vq_kick_at(vq, position);
        else
            vq_kick(vq);
    }
    work(vq);
    step.again = vq_flush(vq);
}

/* ---- Power up --------------------------------------------------------------------- */

static void tables_write(void)
{
    for (uint32_t n = 0; n < STEP_BUFFERS; n++)
        for (uint32_t i = 0; i < RING_ELEMENTS; i++)
            tables[n][i] = (struct ring_desc){
                STEP_DATA + 0x100u * n + 0x20u * i, 16, 0xdead, RING_NEXT};
}

void step_power_up(void)
{
    struct ring_rules *r = &step_config.rules;
    struct vq_config c = {
        .desc = {STEP_RING},
        .driver = {STEP_DRIVER_EVENT},
        .device = {STEP_DEVICE_EVENT},
        .tables =
            r->indirect ? VQ_TABLES(STEP_TABLE_LMEM, STEP_TABLE_ENTRIES) : 0,
        .size = r->size,
        .vector = 1,
        .in_order = r->in_order,
        .event_idx = r->event_idx,
    };

    r->desc_addr = STEP_RING;
    r->driver_addr = STEP_DRIVER_EVENT;
    r->device_addr = STEP_DEVICE_EVENT;
    r->at = step_at;
    memset(&step, 0, sizeof step);
    step_fault = NULL;
    tables_write();
    ring_model_init(&step.model);
    ring_driver_init(&step.driver, r);
    vq_init(&step.vq, 0);
    vq_enable(&step.vq, &c);
    vq_start(&step.vq);
    (void)vq_flush(&step.vq);
}
