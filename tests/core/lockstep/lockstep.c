/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The judge: every instruction that the core retires compared with the
 * simulator in isa.c. Waits, interrupts and resets are random; when an interrupt
 * was taken is the core's to say, whether it might is checked.
 */
#include "lockstep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <svdpi.h>

#include "bus.h"
#include "platform.h"
#include "program.h"

/* Called by the model; lockstep_port.sv and lockstep_top.sv say when. */
void lockstep_retire(const svBitVecVal *shown);
unsigned lockstep_inputs(unsigned state);

enum {
    HISTORY = 24, /* instructions printed after a mismatch */
    HANG_CYCLES = 4000,
    ASLEEP_CYCLES = 60,
    TRAPS_IN_A_ROW = 64,
    CIRCLE = 500,    /* instructions without one at a new place */
    IRQ_LATENCY = 8, /* instructions until an interrupt must be taken */
};

/* In the order of lockstep_top.sv, last word first. */
struct retirement {
    struct {
        uint32_t wdata, rdata, wmask, rmask;
    } mtval, mcause, mepc, mstatus;
    uint32_t mem_wdata, mem_rdata, mem_addr, pc_wdata, pc_rdata, rd_wdata;
    uint32_t rs2_rdata, rs1_rdata, addrs, flags, insn, order_low, order_high;
};

struct line {
    bool level;
    uint32_t rise, fall; /* odds per cycle, in 65536 */
    uint64_t high_at, low_at;
};

struct lockstep_counts counts;
struct lockstep_run run;
bool lockstep_verbose;

/* Of the program that runs now. */
static struct {
    uint64_t retired_at[4]; /* cycles, the latest first */
    unsigned budget, traps_in_a_row, asleep, irq_owed;
    uint32_t refuse[2], hold[2]; /* odds of a wait, in 256 */
    struct line lines[3];
    bool trapped;
    uint8_t visited[PLATFORM_BYTES / 2];
    unsigned circle;
    struct {
        uint32_t pc, insn, rd_addr, rd_wdata;
        bool trap, intr;
    } history[HISTORY];
} judge;

static struct isa isa;

static const unsigned line_cause[3] = {3, 7, 11};
/* Highest first. */
static const unsigned by_priority[3] = {2, 0, 1};

/* ---------------------------------------------------------------- failure */

static void print_history(void)
{
    for (unsigned i = 0; i < HISTORY; i++) {
        unsigned n = (unsigned)(run.order + 1 + i) % HISTORY;
        if (run.order + 1 + i < HISTORY)
            continue;
        printf("#   pc %08" PRIx32 "  insn %08" PRIx32 "  x%-2u = %08" PRIx32
               "%s%s\n",
               judge.history[n].pc, judge.history[n].insn,
               (unsigned)judge.history[n].rd_addr, judge.history[n].rd_wdata,
               judge.history[n].intr ? "  handler" : "",
               judge.history[n].trap ? "  trap" : "");
    }
}

void lockstep_fail(const char *format, ...)
{
    va_list args;
    if (run.failed)
        return;
    run.failed = run.done = true;
    printf("# seed %" PRIu64 ", instruction %" PRIu64 ", cycle %" PRIu64 ": ",
           run.seed, run.order, run.cycle);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n# the last instructions, this one at the end:\n");
    print_history();
}

static void same(const char *what, uint32_t got, uint32_t expected)
{
    if (got != expected)
        lockstep_fail("%s is %08" PRIx32 ", expected %08" PRIx32, what, got,
                      expected);
}

/* ------------------------------------------------------------- interrupts */

/* Was the line at this level some time since that cycle? */
static bool line_was(const struct line *l, bool level, uint64_t since)
{
    return (level ? l->high_at : l->low_at) >= since;
}

static uint64_t before(uint64_t cycle, uint64_t cycles)
{
    return cycle > cycles ? cycle - cycles : 0;
}

/* The core took an interrupt: had it the right to, and was it this one? */
static void take_interrupt(uint32_t mcause)
{
    uint64_t since = before(judge.retired_at[2], 8);
    unsigned cause = mcause & 0x1f;
    bool found = false;
    if (!isa.mie_bit || mcause >> 31 != 1 || !(isa.mie >> cause & 1)) {
        lockstep_fail("interrupt, mcause %08" PRIx32
                      ", though mstatus is %08" PRIx32 " and mie %08" PRIx32,
                      mcause, isa_mstatus(&isa), isa.mie);
        return;
    }
    for (unsigned i = 0; i < 3 && !found; i++) {
        const struct line *l = &judge.lines[by_priority[i]];
        if (line_cause[by_priority[i]] == cause) {
            found = true;
            if (!line_was(l, true, since))
                lockstep_fail("interrupt %u, but its line was low", cause);
        } else if (isa.mie >> line_cause[by_priority[i]] & 1 &&
                   !line_was(l, false, since)) {
            lockstep_fail("interrupt %u, but %u waits as well", cause,
                          line_cause[by_priority[i]]);
        }
    }
    isa_interrupt(&isa, cause);
    counts.interrupts[cause & 15]++;
    judge.irq_owed = 0;
}

/* An interrupt that waits and is enabled must be taken soon. */
static void owe_interrupt(void)
{
    bool owed = false;
    for (unsigned i = 0; i < 3; i++)
        owed |=
            isa.mie_bit && isa.mie >> line_cause[i] & 1 &&
            !line_was(&judge.lines[i], false, before(judge.retired_at[0], 6));
    judge.irq_owed = owed ? judge.irq_owed + 1 : 0;
    if (judge.irq_owed > IRQ_LATENCY)
        lockstep_fail("an interrupt waits and is not taken");
}

static void check_mip(uint32_t shown)
{
    uint64_t since = before(run.cycle, 6);
    for (unsigned i = 0; i < 3; i++)
        if (!line_was(&judge.lines[i], shown >> line_cause[i] & 1, since))
            lockstep_fail("mip reads %08" PRIx32 ", line %u was not so", shown,
                          i);
    isa.mip = shown & 0x888;
}

/* ------------------------------------------------------------- comparison */

static uint32_t field(uint32_t word, unsigned high, unsigned low)
{
    return word >> low & (0xffffffffu >> (31 - (high - low)));
}

static void compare_source(const char *what, uint32_t shown_addr,
                           uint32_t shown, uint32_t addr, bool trap,
                           const uint32_t before_x[32])
{
    if (addr != 0 && !trap && shown_addr != addr)
        lockstep_fail("%s_addr is %u, expected %u", what, (unsigned)shown_addr,
                      (unsigned)addr);
    same(what, shown, before_x[shown_addr]);
}

static uint32_t masked(uint32_t word, uint32_t mask)
{
    for (unsigned lane = 0; lane < 4; lane++)
        if (!(mask >> lane & 1))
            word &= ~(0xffu << (8 * lane));
    return word;
}

static void compare_memory(const struct retirement *r,
                           const struct isa_event *e)
{
    same("mem_rmask", field(r->flags, 3, 0), e->mem_rmask);
    same("mem_wmask", field(r->flags, 7, 4), e->mem_wmask);
    same("mem_fault_rmask", field(r->flags, 11, 8), e->fault_rmask);
    same("mem_fault_wmask", field(r->flags, 15, 12), e->fault_wmask);
    same("mem_fault", field(r->flags, 19, 19), e->mem_fault);
    if (e->mem_rmask | e->mem_wmask | e->fault_rmask | e->fault_wmask)
        same("mem_addr", r->mem_addr, e->mem_addr);
    same("mem_rdata", masked(r->mem_rdata, e->mem_rmask),
         masked(e->mem_rdata, e->mem_rmask));
    same("mem_wdata", masked(r->mem_wdata, e->mem_wmask),
         masked(e->mem_wdata, e->mem_wmask));
}

static void compare(const struct retirement *r, const struct isa_event *e,
                    const uint32_t before_x[32])
{
    same("order", r->order_low, (uint32_t)run.order);
    same("order, upper half", r->order_high, (uint32_t)(run.order >> 32));
    same("trap", field(r->flags, 26, 26), e->trap);
    same("halt", field(r->flags, 25, 25), 0);
    same("mode", field(r->flags, 23, 22), 3);
    same("ixl", field(r->flags, 21, 20), 1);
    compare_source("rs1", field(r->addrs, 4, 0), r->rs1_rdata, e->rs1, e->trap,
                   before_x);
    compare_source("rs2", field(r->addrs, 9, 5), r->rs2_rdata, e->rs2, e->trap,
                   before_x);
    same("rd_addr", field(r->addrs, 14, 10), e->rd);
    same("rd_wdata", r->rd_wdata, e->rd_value);
    same("pc_wdata", r->pc_wdata, e->next_pc);
    compare_memory(r, e);
    same("mstatus", r->mstatus.wdata, isa_mstatus(&isa));
    same("mepc", r->mepc.wdata, isa.mepc);
    same("mcause", r->mcause.wdata, isa.mcause);
    same("mtval", r->mtval.wdata, isa.mtval);
    same("CSR masks",
         r->mstatus.rmask & r->mstatus.wmask & r->mepc.rmask & r->mepc.wmask &
             r->mcause.rmask & r->mcause.wmask & r->mtval.rmask &
             r->mtval.wmask,
         0xffffffff);
}

static void compare_csrs_before(const struct retirement *r)
{
    same("mstatus before", r->mstatus.rdata, isa_mstatus(&isa));
    same("mepc before", r->mepc.rdata, isa.mepc);
    same("mcause before", r->mcause.rdata, isa.mcause);
    same("mtval before", r->mtval.rdata, isa.mtval);
}

static void note_history(const struct retirement *r)
{
    unsigned n = (unsigned)run.order % HISTORY;
    judge.history[n].pc = r->pc_rdata;
    judge.history[n].insn = r->insn;
    judge.history[n].rd_addr = field(r->addrs, 14, 10);
    judge.history[n].rd_wdata = r->rd_wdata;
    judge.history[n].trap = field(r->flags, 26, 26);
    judge.history[n].intr = field(r->flags, 24, 24);
}

static void count(const struct isa_event *e)
{
    counts.instructions++;
    counts.names[e->name]++;
    if (e->trap)
        counts.traps[isa.mcause & 15]++;
    judge.traps_in_a_row = e->trap ? judge.traps_in_a_row + 1 : 0;
    if (judge.traps_in_a_row > TRAPS_IN_A_ROW) {
        counts.loops_of_traps++;
        run.done = true;
    }
    if (--judge.budget == 0)
        run.done = true;
    uint8_t *visited = &judge.visited[(e->pc & (PLATFORM_BYTES - 1)) / 2];
    judge.circle = *visited ? judge.circle + 1 : 0;
    *visited = 1;
    if (judge.circle > CIRCLE) {
        counts.circles++;
        run.done = true;
    }
}

static void check_wakeup(void)
{
    uint64_t since = before(judge.retired_at[0], 4);
    for (unsigned i = 0; i < 3; i++)
        if (isa.mie >> line_cause[i] & 1 &&
            line_was(&judge.lines[i], true, since))
            return;
    lockstep_fail("wfi went on and nothing waits");
}

void lockstep_retire(const svBitVecVal *shown)
{
    struct retirement r;
    struct isa_event e;
    uint32_t before_x[32];
    if (run.done || run.resetting)
        return;
    memcpy(&r, shown, sizeof r);
    note_history(&r);
    if (lockstep_verbose)
        printf("# %" PRIu64 " %08" PRIx32 " %08" PRIx32 " %08" PRIx32
               " %x %08" PRIx32 "\n",
               run.cycle, r.pc_rdata, r.insn, r.mem_addr, field(r.flags, 7, 4),
               r.mem_wdata);
    bool intr = field(r.flags, 24, 24);
    if (intr && !judge.trapped)
        take_interrupt(r.mcause.rdata);
    else if (!intr)
        owe_interrupt();
    if (!intr && judge.trapped)
        lockstep_fail("the first instruction of a handler is not marked");
    same("pc_rdata", r.pc_rdata, isa.pc);
    compare_csrs_before(&r);

    struct isa_fetch f = bus_fetch(isa.pc, r.insn);
    same("insn", r.insn, f.insn);
    memcpy(before_x, isa.x, sizeof before_x);
    if ((f.insn & 0x707f) >= 0x1073 && (f.insn & 0x7f) == 0x73 &&
        f.insn >> 20 == 0x344 && field(r.addrs, 14, 10))
        check_mip(r.rd_wdata);
    isa_step(&isa, &f, run.cycle, &e);
    compare(&r, &e, before_x);
    if (e.name == ISA_FENCE_I)
        bus_fence_i();
    if (e.name == ISA_WFI)
        check_wakeup();
    judge.trapped = e.trap;
    count(&e);
    run.order++;
    memmove(judge.retired_at + 1, judge.retired_at,
            3 * sizeof judge.retired_at[0]);
    judge.retired_at[0] = run.cycle;
}

/* ----------------------------------------------------------------- inputs */

static void move_lines(bool wake)
{
    for (unsigned i = 0; i < 3; i++) {
        struct line *l = &judge.lines[i];
        uint32_t odds = l->level ? l->fall : l->rise;
        if ((random_next(&run.random) & 0xffff) < odds)
            l->level = !l->level;
        if (wake && isa.mie >> line_cause[i] & 1)
            l->level = true;
        if (l->level)
            l->high_at = run.cycle;
        else
            l->low_at = run.cycle;
    }
}

/* Wakes the core, or gives up when nothing can. */
static bool sleeping(bool asleep)
{
    counts.asleep += asleep;
    judge.asleep = asleep ? judge.asleep + 1 : 0;
    if (judge.asleep < ASLEEP_CYCLES)
        return false;
    if (isa.mie == 0) {
        counts.sleeps_for_ever++;
        run.done = true;
    } else if (judge.asleep == ASLEEP_CYCLES) {
        counts.wakeups++;
    } else if (judge.asleep > 2 * ASLEEP_CYCLES) {
        lockstep_fail("wfi does not wake");
    }
    return true;
}

unsigned lockstep_inputs(unsigned state)
{
    unsigned inputs = 0;
    uint32_t random = random_next(&run.random);
    run.cycle++;
    counts.cycles++;
    if (run.resetting) {
        run.resetting--;
        judge.retired_at[0] = run.cycle;
        isa.mcycle_at = run.cycle + 2;
        return 0x80 | 0x28;
    }
    counts.waits[0] += state >> 1 & 1;
    counts.waits[1] += state >> 2 & 1;
    move_lines(sleeping(state & 1));
    if (!(state & 1) && run.cycle - judge.retired_at[0] > HANG_CYCLES &&
        !judge.asleep)
        lockstep_fail("nothing retires");
    for (unsigned i = 0; i < 3; i++)
        inputs |= (unsigned)judge.lines[i].level << i;
    for (unsigned port = 0; port < 2; port++) {
        inputs |= (unsigned)((random & 0xff) < judge.refuse[port])
                  << (3 + 2 * port);
        inputs |= (unsigned)((random >> 8 & 0xff) < judge.hold[port])
                  << (4 + 2 * port);
        random >>= 16;
    }
    return inputs;
}

/* -------------------------------------------------------------------- run */

static void set_waits(void)
{
    static const uint8_t odds[] = {0, 0, 20, 60, 120, 200};
    bool none = random_next(&run.random) % 4 == 0;
    for (unsigned port = 0; port < 2; port++) {
        judge.refuse[port] = none ? 0 : odds[random_next(&run.random) % 6];
        judge.hold[port] = none ? 0 : odds[random_next(&run.random) % 6];
    }
}

static void set_lines(void)
{
    static const uint16_t rises[] = {0, 40, 200, 1000, 8000};
    static const uint16_t falls[] = {200, 1000, 4000, 20000};
    bool none = random_next(&run.random) % 5 == 0;
    for (unsigned i = 0; i < 3; i++) {
        judge.lines[i] = (struct line){0};
        judge.lines[i].rise = none ? 0 : rises[random_next(&run.random) % 5];
        judge.lines[i].fall = falls[random_next(&run.random) % 4];
    }
}

bool lockstep_run_program(struct rl_verilated *model, uint64_t seed)
{
    memset(&run, 0, sizeof run);
    memset(&judge, 0, sizeof judge);
    run.seed = seed;
    run.random = random_start(seed ^ 0x5a5a5a5a);
    run.resetting = 4;
    judge.budget = 500 + random_next(&run.random) % 3000;
    set_waits();
    set_lines();
    bus_start(seed);
    isa_reset(&isa, (uint32_t)PLATFORM_CODE, &bus_memory);
    counts.programs++;
    while (!run.done)
        rl_verilated_step(model);
    return !run.failed;
}
