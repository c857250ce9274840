/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The model's life and clock, UART, what is looked at and loaded, the core's
 * place in bench_top.sv.
 */
#include "model/model.h"

#include <stdlib.h>

#include "model/internal.h"

enum { RESET_CYCLES = 8 };
enum { BUS_NONE = 0, BUS_REG = 1, BUS_LMEM = 2, BUS_WRITE = 4 };
enum { LOAD_DMA_TIMEOUT = 2 }; /* behind enum rl_memory */

struct rl_model *model_self;
static void *dpi_scope;

/* ---- What the SystemVerilog side exports ---- */
extern void *svGetScope(void);
extern void *svSetScope(void *scope);
extern uint32_t rl_dpi_bus_rdata(uint32_t which);
extern unsigned long long rl_dpi_counter(uint32_t which);
extern void rl_dpi_load(uint32_t which, uint32_t word, uint32_t value);

uint32_t rl_dpi_poll(uint32_t req_free)
{
    struct rl_model *m = model_self;
    uint32_t poll = POLL_RESET_N;

    if (m->in_reset)
        return 0;
    /* One after the other: both draw. */
    poll |= model_tlps_poll(m, req_free);
    poll |= model_frames_poll(m);
    return poll;
}

void rl_dpi_uart(uint32_t c)
{
    if (model_self->uart)
        model_self->uart(model_self->uart_ctx, (char)c);
}

uint32_t rl_dpi_bus_poll(uint32_t *addr, uint32_t *wdata)
{
    uint32_t what = model_self->bus_what;

    model_self->bus_what = BUS_NONE;
    *addr = model_self->bus_addr;
    *wdata = model_self->bus_wdata;
    return what;
}

void rl_dpi_scope(void)
{
    dpi_scope = svGetScope();
}

/* ---- Life ---- */

struct rl_model *rl_model_new(int argc, char **argv)
{
    struct rl_model *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->in_reset = true;
    model_tlps_init(&m->tlps);
    model_frames_init(&m->frames);
    rl_model_seed(m, 1);
    model_self = m;
    m->v = rl_verilated_new(argc, argv);
    if (!m->v) {
        free(m);
        model_self = NULL;
        return NULL;
    }
    return m;
}

void rl_model_free(struct rl_model *m)
{
    if (!m)
        return;
    rl_verilated_free(m->v);
    if (model_self == m)
        model_self = NULL;
    free(m);
}

int rl_model_waves(struct rl_model *m, const char *file)
{
    return rl_verilated_waves(m->v, file);
}

void rl_model_reset(struct rl_model *m)
{
    model_tlps_clear(&m->tlps);
    model_frames_clear(&m->frames);
    m->bus_what = BUS_NONE;
    m->in_reset = true;
    for (unsigned i = 0; i < RESET_CYCLES; i++)
        rl_model_step(m);
    m->in_reset = false;
}

void rl_model_step(struct rl_model *m)
{
    rl_verilated_step(m->v);
    if (m->tick)
        m->tick(m->tick_ctx);
}

void rl_model_tick(struct rl_model *m, rl_model_tick_fn *fn, void *ctx)
{
    m->tick = fn;
    m->tick_ctx = ctx;
}

void rl_model_seed(struct rl_model *m, uint64_t seed)
{
    m->rng = seed * 0x9e3779b97f4a7c15u + 0x1234567;
    if (m->rng == 0)
        m->rng = 1;
    model_random(m);
}

void rl_model_uart(struct rl_model *m, rl_model_uart_fn *fn, void *ctx)
{
    m->uart = fn;
    m->uart_ctx = ctx;
}

/* ---- Observation, loading, the core's place ---- */

uint64_t rl_model_counter(const struct rl_model *m, enum rl_counter which)
{
    (void)m;
    svSetScope(dpi_scope);
    return rl_dpi_counter(which);
}

const char *rl_model_stall_name(unsigned n)
{
    static const char *const name[] = {"load-use", "redirect", "fetch",
                                       "mul-div",  "data",     "other"};

    return n < sizeof name / sizeof name[0] ? name[n] : NULL;
}

/* In the order of ERR_* in registers.def. */
const char *rl_model_error_name(unsigned n)
{
    static const char *const name[] = {
        "unsupported requests",
        "malformed requests",
        "poisoned requests",
        "reads that the watchdog answered",
        "writes that the watchdog discarded",
        "unexpected completions",
        "completions with UR",
        "completions with CA",
        "poisoned completions",
        "requests without an answer",
        "restarts of the core",
    };

    return n < sizeof name / sizeof name[0] ? name[n] : NULL;
}

void rl_model_load(struct rl_model *m, enum rl_memory which,
                   uint32_t byte_offset, uint32_t value)
{
    (void)m;
    svSetScope(dpi_scope);
    rl_dpi_load(which, byte_offset / 4, value);
}

void rl_model_dma_timeout(struct rl_model *m, uint32_t cycles)
{
    (void)m;
    svSetScope(dpi_scope);
    rl_dpi_load(LOAD_DMA_TIMEOUT, 0, cycles);
}

static void bus_request(struct rl_model *m, unsigned what, uint32_t addr,
                        uint32_t wdata)
{
    m->bus_what = what;
    m->bus_addr = addr;
    m->bus_wdata = wdata;
    rl_model_step(m);
}

static uint32_t bus_answer(struct rl_model *m, uint32_t which)
{
    uint32_t value;

    rl_verilated_step(m->v);
    svSetScope(dpi_scope);
    value = rl_dpi_bus_rdata(which);
    if (m->tick)
        m->tick(m->tick_ctx);
    return value;
}

void rl_model_reg_write(struct rl_model *m, uint32_t offset, uint32_t value)
{
    bus_request(m, BUS_REG | BUS_WRITE, offset, value);
}

uint32_t rl_model_reg_read(struct rl_model *m, uint32_t offset)
{
    bus_request(m, BUS_REG, offset, 0);
    return bus_answer(m, 0);
}

void rl_model_lmem_write(struct rl_model *m, uint32_t offset, uint32_t value,
                         unsigned strobes)
{
    bus_request(m, BUS_LMEM | BUS_WRITE | (strobes & 0xf) << 8, offset, value);
}

uint32_t rl_model_lmem_read(struct rl_model *m, uint32_t offset)
{
    bus_request(m, BUS_LMEM, offset, 0);
    return bus_answer(m, 1);
}

bool rl_model_irq(const struct rl_model *m)
{
    return rl_model_counter(m, RL_COUNT_IRQ) != 0;
}
