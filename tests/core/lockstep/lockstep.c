/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * lockstep: random programs on the core, and every instruction it retires
 * compared with the simulator in isa.c. Waits, interrupts and resets are
 * random; when an interrupt was taken is the core's to say, whether it might
 * is checked. Exit status: 0 all agree, 1 not, 2 bad command line.
 */
#define _POSIX_C_SOURCE 200809L
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svdpi.h>

#include "isa.h"
#include "model/verilated.h"
#include "platform.h"
#include "program.h"

/* Called by the model; lockstep_port.sv and lockstep_top.sv say when. */
unsigned long long lockstep_fetch(unsigned addr);
unsigned long long lockstep_access(unsigned addr, unsigned char write,
                                   unsigned char mask, unsigned word);
void lockstep_retire(const svBitVecVal *shown);
unsigned lockstep_inputs(unsigned state);

enum {
    HISTORY = 24,   /* instructions printed after a mismatch */
    QUEUE = 8,      /* accesses on the bus and not yet retired */
    JOURNAL = 4096, /* half words of code written since the last fence.i */
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

struct bus_access {
    uint32_t addr, word;
    uint8_t mask;
    bool write, fault;
};

struct line {
    bool level;
    uint32_t rise, fall; /* odds per cycle, in 65536 */
    uint64_t high_at, low_at;
};

static struct {
    uint64_t programs, instructions, cycles, traps[16], interrupts[16];
    uint64_t waits[2], asleep, wakeups, stale, circles, loops_of_traps,
        sleeps_for_ever;
    uint64_t names[ISA_COUNT];
} counts;

static struct {
    uint64_t seed, random, cycle, order;
    uint64_t retired_at[4]; /* cycles, the latest first */
    unsigned budget, traps_in_a_row, asleep, resetting, irq_owed;
    uint32_t refuse[2], hold[2]; /* odds of a wait, in 256 */
    struct line lines[3];
    bool trapped, done, failed;
    struct bus_access bus[QUEUE];
    unsigned bus_head, bus_tail;
    struct {
        uint16_t index, value;
    } journal[JOURNAL];
    unsigned journal_len;
    uint8_t dirty[PLATFORM_BYTES / 2], visited[PLATFORM_BYTES / 2];
    unsigned circle;
    struct {
        uint32_t pc, insn, rd_addr, rd_wdata;
        bool trap, intr;
    } history[HISTORY];
} run;

static struct platform core_side, model_side;
static struct isa isa;
static bool verbose;

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
               run.history[n].pc, run.history[n].insn,
               (unsigned)run.history[n].rd_addr, run.history[n].rd_wdata,
               run.history[n].intr ? "  handler" : "",
               run.history[n].trap ? "  trap" : "");
    }
}

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fail(const char *format, ...)
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
        fail("%s is %08" PRIx32 ", expected %08" PRIx32, what, got, expected);
}

/* --------------------------------------------------- the two memories' ends */

/* The core's fetch. What comes with an access fault is random. */
unsigned long long lockstep_fetch(unsigned addr)
{
    if (platform_fetch_faults(addr))
        return 1ull << 32 | random_next(&run.random);
    return platform_read(&core_side, addr & ~3u);
}

/* The core's loads and stores, as they are taken. */
unsigned long long lockstep_access(unsigned addr, unsigned char write,
                                   unsigned char mask, unsigned word)
{
    if (run.resetting) /* the program before this one */
        return 0;
    struct bus_access *a = &run.bus[run.bus_tail++ % QUEUE];
    *a = (struct bus_access){.addr = addr & ~3u,
                             .word = word,
                             .mask = mask,
                             .write = write & 1,
                             .fault = platform_access_faults(addr, write & 1)};
    if (run.bus_tail - run.bus_head > 3)
        fail("four accesses are on the bus and not retired");
    if (a->fault)
        return 1ull << 32 | random_next(&run.random);
    if (write & 1)
        platform_write(&core_side, a->addr, mask, word);
    return platform_read(&core_side, a->addr);
}

/* The next access of the bus must be this one of the model. */
static void bus_match(uint32_t addr, uint8_t mask, bool write, uint32_t word)
{
    const struct bus_access *a = &run.bus[run.bus_head % QUEUE];
    uint32_t bits = 0;
    if (run.bus_head == run.bus_tail) {
        fail("no access on the bus for that at %08" PRIx32, addr);
        return;
    }
    run.bus_head++;
    for (unsigned lane = 0; lane < 4; lane++)
        bits |= mask >> lane & 1 ? 0xffu << (8 * lane) : 0;
    if (a->addr != addr || a->mask != mask || a->write != write ||
        (write && ((a->word ^ word) & bits)))
        fail("on the bus: %s of %08" PRIx32 ", mask %x, word %08" PRIx32
             "; expected %s of %08" PRIx32 ", mask %x, word %08" PRIx32,
             a->write ? "store" : "load", a->addr, a->mask, a->word,
             write ? "store" : "load", addr, mask, word);
}

static bool model_read(uint32_t addr, uint8_t mask, uint32_t *word)
{
    bus_match(addr, mask, false, 0);
    if (platform_access_faults(addr, false))
        return false;
    *word = platform_read(&model_side, addr);
    return true;
}

static void journal_add(uint32_t index, uint16_t value)
{
    if (run.journal_len < JOURNAL) {
        run.journal[run.journal_len].index = (uint16_t)index;
        run.journal[run.journal_len++].value = value;
    } else {
        run.done = true; /* enough of this program */
    }
}

static bool model_write(uint32_t addr, uint8_t mask, uint32_t word)
{
    bus_match(addr, mask, true, word);
    if (platform_access_faults(addr, true))
        return false;
    uint32_t index = (addr & (PLATFORM_BYTES - 1)) / 2;
    for (uint32_t i = index; platform_is_code(addr) && i < index + 2; i++)
        if (!run.dirty[i])
            journal_add(i, model_side.code[i]);
    platform_write(&model_side, addr, mask, word);
    for (uint32_t i = index; platform_is_code(addr) && i < index + 2; i++) {
        run.dirty[i] = 1;
        journal_add(i, model_side.code[i]);
    }
    return true;
}

static const struct isa_memory model_memory = {model_read, model_write};

static void journal_clear(void)
{
    for (unsigned i = 0; i < run.journal_len; i++)
        run.dirty[run.journal[i].index] = 0;
    run.journal_len = 0;
}

/* ------------------------------------------------------------------ fetch */

/* Half word of code at addr. Until fence.i the core may have seen any value
 * that it has had since the last one: what it says is taken when it is one. */
static uint16_t fetch_half(uint32_t addr, uint16_t shown)
{
    uint32_t index = (addr & (PLATFORM_BYTES - 1)) / 2;
    uint16_t now = model_side.code[index];
    if (now == shown || !run.dirty[index])
        return now;
    for (unsigned i = 0; i < run.journal_len; i++)
        if (run.journal[i].index == index && run.journal[i].value == shown) {
            counts.stale++;
            return shown;
        }
    return now;
}

static struct isa_fetch fetch(uint32_t pc, uint32_t shown)
{
    struct isa_fetch f = {0};
    if (platform_fetch_faults(pc & ~3u))
        return (struct isa_fetch){.fault = true, .fault_addr = pc};
    f.insn = fetch_half(pc, (uint16_t)shown);
    /* The shown word of a fault is 0: a length of old code may fit as well. */
    uint32_t index = (pc & (PLATFORM_BYTES - 1)) / 2;
    bool wide = (f.insn & 3) == 3;
    bool faults = (pc & 2) && platform_fetch_faults(pc + 2);
    for (unsigned i = 0; shown == 0 && faults && i < run.journal_len; i++)
        wide |=
            run.journal[i].index == index && (run.journal[i].value & 3) == 3;
    if (wide && faults)
        return (struct isa_fetch){.fault = true, .fault_addr = pc + 2};
    if (wide)
        f.insn |= (uint32_t)fetch_half(pc + 2, (uint16_t)(shown >> 16)) << 16;
    return f;
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
    uint64_t since = before(run.retired_at[2], 8);
    unsigned cause = mcause & 0x1f;
    bool found = false;
    if (!isa.mie_bit || mcause >> 31 != 1 || !(isa.mie >> cause & 1)) {
        fail("interrupt, mcause %08" PRIx32 ", though mstatus is %08" PRIx32
             " and mie %08" PRIx32,
             mcause, isa_mstatus(&isa), isa.mie);
        return;
    }
    for (unsigned i = 0; i < 3 && !found; i++) {
        const struct line *l = &run.lines[by_priority[i]];
        if (line_cause[by_priority[i]] == cause) {
            found = true;
            if (!line_was(l, true, since))
                fail("interrupt %u, but its line was low", cause);
        } else if (isa.mie >> line_cause[by_priority[i]] & 1 &&
                   !line_was(l, false, since)) {
            fail("interrupt %u, but %u waits as well", cause,
                 line_cause[by_priority[i]]);
        }
    }
    isa_interrupt(&isa, cause);
    counts.interrupts[cause & 15]++;
    run.irq_owed = 0;
}

/* An interrupt that waits and is enabled must be taken soon. */
static void owe_interrupt(void)
{
    bool owed = false;
    for (unsigned i = 0; i < 3; i++)
        owed |= isa.mie_bit && isa.mie >> line_cause[i] & 1 &&
                !line_was(&run.lines[i], false, before(run.retired_at[0], 6));
    run.irq_owed = owed ? run.irq_owed + 1 : 0;
    if (run.irq_owed > IRQ_LATENCY)
        fail("an interrupt waits and is not taken");
}

static void check_mip(uint32_t shown)
{
    uint64_t since = before(run.cycle, 6);
    for (unsigned i = 0; i < 3; i++)
        if (!line_was(&run.lines[i], shown >> line_cause[i] & 1, since))
            fail("mip reads %08" PRIx32 ", line %u was not so", shown, i);
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
        fail("%s_addr is %u, expected %u", what, (unsigned)shown_addr,
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
    run.history[n].pc = r->pc_rdata;
    run.history[n].insn = r->insn;
    run.history[n].rd_addr = field(r->addrs, 14, 10);
    run.history[n].rd_wdata = r->rd_wdata;
    run.history[n].trap = field(r->flags, 26, 26);
    run.history[n].intr = field(r->flags, 24, 24);
}

static void count(const struct isa_event *e)
{
    counts.instructions++;
    counts.names[e->name]++;
    if (e->trap)
        counts.traps[isa.mcause & 15]++;
    run.traps_in_a_row = e->trap ? run.traps_in_a_row + 1 : 0;
    if (run.traps_in_a_row > TRAPS_IN_A_ROW) {
        counts.loops_of_traps++;
        run.done = true;
    }
    if (--run.budget == 0)
        run.done = true;
    uint8_t *visited = &run.visited[(e->pc & (PLATFORM_BYTES - 1)) / 2];
    run.circle = *visited ? run.circle + 1 : 0;
    *visited = 1;
    if (run.circle > CIRCLE) {
        counts.circles++;
        run.done = true;
    }
}

static void check_wakeup(void)
{
    uint64_t since = before(run.retired_at[0], 4);
    for (unsigned i = 0; i < 3; i++)
        if (isa.mie >> line_cause[i] & 1 &&
            line_was(&run.lines[i], true, since))
            return;
    fail("wfi went on and nothing waits");
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
    if (verbose)
        printf("# %" PRIu64 " %08" PRIx32 " %08" PRIx32 " %08" PRIx32
               " %x %08" PRIx32 "\n",
               run.cycle, r.pc_rdata, r.insn, r.mem_addr, field(r.flags, 7, 4),
               r.mem_wdata);
    bool intr = field(r.flags, 24, 24);
    if (intr && !run.trapped)
        take_interrupt(r.mcause.rdata);
    else if (!intr)
        owe_interrupt();
    if (!intr && run.trapped)
        fail("the first instruction of a handler is not marked");
    same("pc_rdata", r.pc_rdata, isa.pc);
    compare_csrs_before(&r);

    struct isa_fetch f = fetch(isa.pc, r.insn);
    same("insn", r.insn, f.insn);
    memcpy(before_x, isa.x, sizeof before_x);
    if ((f.insn & 0x707f) >= 0x1073 && (f.insn & 0x7f) == 0x73 &&
        f.insn >> 20 == 0x344 && field(r.addrs, 14, 10))
        check_mip(r.rd_wdata);
    isa_step(&isa, &f, run.cycle, &e);
    compare(&r, &e, before_x);
    if (e.name == ISA_FENCE_I)
        journal_clear();
    if (e.name == ISA_WFI)
        check_wakeup();
    run.trapped = e.trap;
    count(&e);
    run.order++;
    memmove(run.retired_at + 1, run.retired_at, 3 * sizeof run.retired_at[0]);
    run.retired_at[0] = run.cycle;
}

/* ----------------------------------------------------------------- inputs */

static void move_lines(bool wake)
{
    for (unsigned i = 0; i < 3; i++) {
        struct line *l = &run.lines[i];
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
    run.asleep = asleep ? run.asleep + 1 : 0;
    if (run.asleep < ASLEEP_CYCLES)
        return false;
    if (isa.mie == 0) {
        counts.sleeps_for_ever++;
        run.done = true;
    } else if (run.asleep == ASLEEP_CYCLES) {
        counts.wakeups++;
    } else if (run.asleep > 2 * ASLEEP_CYCLES) {
        fail("wfi does not wake");
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
        run.retired_at[0] = run.cycle;
        isa.mcycle_at = run.cycle + 2;
        return 0x80 | 0x28;
    }
    counts.waits[0] += state >> 1 & 1;
    counts.waits[1] += state >> 2 & 1;
    move_lines(sleeping(state & 1));
    if (!(state & 1) && run.cycle - run.retired_at[0] > HANG_CYCLES &&
        !run.asleep)
        fail("nothing retires");
    for (unsigned i = 0; i < 3; i++)
        inputs |= (unsigned)run.lines[i].level << i;
    for (unsigned port = 0; port < 2; port++) {
        inputs |= (unsigned)((random & 0xff) < run.refuse[port])
                  << (3 + 2 * port);
        inputs |= (unsigned)((random >> 8 & 0xff) < run.hold[port])
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
        run.refuse[port] = none ? 0 : odds[random_next(&run.random) % 6];
        run.hold[port] = none ? 0 : odds[random_next(&run.random) % 6];
    }
}

static void set_lines(void)
{
    static const uint16_t rises[] = {0, 40, 200, 1000, 8000};
    static const uint16_t falls[] = {200, 1000, 4000, 20000};
    bool none = random_next(&run.random) % 5 == 0;
    for (unsigned i = 0; i < 3; i++) {
        run.lines[i] = (struct line){0};
        run.lines[i].rise = none ? 0 : rises[random_next(&run.random) % 5];
        run.lines[i].fall = falls[random_next(&run.random) % 4];
    }
}

static bool run_program(struct rl_verilated *model, uint64_t seed)
{
    journal_clear();
    memset(&run, 0, sizeof run);
    run.seed = seed;
    run.random = random_start(seed ^ 0x5a5a5a5a);
    run.resetting = 4;
    run.budget = 500 + random_next(&run.random) % 3000;
    set_waits();
    set_lines();
    program_make(&core_side, seed);
    model_side = core_side;
    isa_reset(&isa, (uint32_t)PLATFORM_CODE, &model_memory);
    counts.programs++;
    while (!run.done)
        rl_verilated_step(model);
    return !run.failed;
}

static uint64_t sum(const uint64_t *list)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < 16; i++)
        total += list[i];
    return total;
}

static void print_counts(void)
{
    printf("# %" PRIu64 " instructions of %" PRIu64 " programs in %" PRIu64
           " cycles\n",
           counts.instructions, counts.programs, counts.cycles);
    printf("# %" PRIu64 " traps: fetch fault %" PRIu64 ", illegal %" PRIu64
           ", ebreak %" PRIu64 ", load misaligned %" PRIu64
           ", load fault %" PRIu64 ", store misaligned %" PRIu64
           ", store fault %" PRIu64 ", ecall %" PRIu64 "\n",
           sum(counts.traps), counts.traps[1], counts.traps[2], counts.traps[3],
           counts.traps[4], counts.traps[5], counts.traps[6], counts.traps[7],
           counts.traps[11]);
    printf("# %" PRIu64 " interrupts: software %" PRIu64 ", timer %" PRIu64
           ", external %" PRIu64 "\n",
           sum(counts.interrupts), counts.interrupts[3], counts.interrupts[7],
           counts.interrupts[11]);
    printf("# waits: instruction port %" PRIu64 ", data port %" PRIu64
           " cycles; asleep %" PRIu64 " cycles\n",
           counts.waits[0], counts.waits[1], counts.asleep);
    printf("# %" PRIu64 " fence.i, %" PRIu64
           " half words fetched before one; ended early: %" PRIu64
           " in a loop of traps, %" PRIu64 " asleep for ever\n",
           counts.names[ISA_FENCE_I], counts.stale, counts.loops_of_traps,
           counts.sleeps_for_ever);
    printf("# %" PRIu64 " programs ended for going in circles\n",
           counts.circles);
}

static bool write_json(const char *path, bool agree)
{
    FILE *f = fopen(path, "w");

    if (!f)
        return false;
    fprintf(f,
            "{\"instructions\": %" PRIu64 ", \"programs\": %" PRIu64
            ", \"cycles\": %" PRIu64 ", \"traps\": %" PRIu64
            ", \"interrupts\": %" PRIu64 ", \"wait_insn\": %" PRIu64
            ", \"wait_data\": %" PRIu64 ", \"agree\": %s}\n",
            counts.instructions, counts.programs, counts.cycles,
            sum(counts.traps), sum(counts.interrupts), counts.waits[0],
            counts.waits[1], agree ? "true" : "false");
    return fclose(f) == 0;
}

/* The instruction that was seen least often. */
static enum isa_name rarest(void)
{
    enum isa_name least = ISA_LUI;
    for (unsigned i = ISA_LUI; i < ISA_COUNT; i++)
        if (counts.names[i] < counts.names[least])
            least = (enum isa_name)i;
    return least;
}

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (end == text || *end) {
        fprintf(stderr, "lockstep: bad number '%s'\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"seed", required_argument, NULL, 's'},
        {"insns", required_argument, NULL, 'n'},
        {"one", no_argument, NULL, '1'},
        {"json", required_argument, NULL, 'j'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    uint64_t seed = 1, insns = 1000000;
    bool one = false, good = true;
    const char *json = NULL;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == 's')
            seed = number(optarg);
        else if (c == 'n')
            insns = number(optarg);
        else if (c == '1')
            one = true;
        else if (c == 'v')
            verbose = true;
        else if (c == 'j')
            json = optarg;
        else
            return 2;
    }
    struct rl_verilated *model = rl_verilated_new(0, NULL);
    if (!model) {
        fputs("lockstep: cannot build the model\n", stderr);
        return 2;
    }
    printf("1..2\n");
    do {
        good = run_program(model, seed++);
    } while (good && !one && counts.instructions < insns);
    if (json && !write_json(json, good)) {
        perror(json);
        return 2;
    }
    printf("%sok 1 - every instruction agrees with the model\n",
           good ? "" : "not ");
    if (!good)
        printf("# again: make lockstep SEED=%" PRIu64 " LOCKSTEP_ONE=1\n",
               seed - 1);
    print_counts();
    enum isa_name least = rarest();
    bool all = one || !good || counts.names[least] > 0;
    printf("%sok 2 - every instruction was there\n# least often: %s, %" PRIu64
           " times\n",
           all ? "" : "not ", isa_names[least], counts.names[least]);
    rl_verilated_free(model);
    return good && all ? 0 : 1;
}
