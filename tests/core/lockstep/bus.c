/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Both sides' memory: the bus of the core, accesses and fetches of the model.
 */
#include "bus.h"

#include <inttypes.h>
#include <string.h>

#include "lockstep.h"
#include "platform.h"
#include "program.h"

/* Called by the model; lockstep_port.sv and lockstep_top.sv say when. */
unsigned long long lockstep_fetch(unsigned addr);
unsigned long long lockstep_access(unsigned addr, unsigned char write,
                                   unsigned char mask, unsigned word);

enum {
    QUEUE = 8,      /* accesses on the bus and not yet retired */
    JOURNAL = 4096, /* half words of code written since the last fence.i */
};

struct bus_access {
    uint32_t addr, word;
    uint8_t mask;
    bool write, fault;
};

static struct {
    struct bus_access access[QUEUE];
    unsigned head, tail;
    struct {
        uint16_t index, value;
    } journal[JOURNAL];
    unsigned journal_len;
    uint8_t dirty[PLATFORM_BYTES / 2];
} seen;

static struct platform core_side, model_side;

void bus_start(uint64_t seed)
{
    memset(&seen, 0, sizeof seen);
    program_make(&core_side, seed);
    model_side = core_side;
}

/* --------------------------------------------------------------- accesses */

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
    struct bus_access *a = &seen.access[seen.tail++ % QUEUE];
    *a = (struct bus_access){.addr = addr & ~3u,
                             .word = word,
                             .mask = mask,
                             .write = write & 1,
                             .fault = platform_access_faults(addr, write & 1)};
    if (seen.tail - seen.head > 3)
        lockstep_fail("four accesses are on the bus and not retired");
    if (a->fault)
        return 1ull << 32 | random_next(&run.random);
    if (write & 1)
        platform_write(&core_side, a->addr, mask, word);
    return platform_read(&core_side, a->addr);
}

/* The next access of the bus must be this one of the model. */
static void match(uint32_t addr, uint8_t mask, bool write, uint32_t word)
{
    const struct bus_access *a = &seen.access[seen.head % QUEUE];
    uint32_t bits = 0;
    if (seen.head == seen.tail) {
        lockstep_fail("no access on the bus for that at %08" PRIx32, addr);
        return;
    }
    seen.head++;
    for (unsigned lane = 0; lane < 4; lane++)
        bits |= mask >> lane & 1 ? 0xffu << (8 * lane) : 0;
    if (a->addr != addr || a->mask != mask || a->write != write ||
        (write && ((a->word ^ word) & bits)))
        lockstep_fail("on the bus: %s of %08" PRIx32
                      ", mask %x, word %08" PRIx32 "; expected %s of %08" PRIx32
                      ", mask %x, word %08" PRIx32,
                      a->write ? "store" : "load", a->addr, a->mask, a->word,
                      write ? "store" : "load", addr, mask, word);
}

static bool model_read(uint32_t addr, uint8_t mask, uint32_t *word)
{
    match(addr, mask, false, 0);
    if (platform_access_faults(addr, false))
        return false;
    *word = platform_read(&model_side, addr);
    return true;
}

static void journal_add(uint32_t index, uint16_t value)
{
    if (seen.journal_len < JOURNAL) {
        seen.journal[seen.journal_len].index = (uint16_t)index;
        seen.journal[seen.journal_len++].value = value;
    } else {
        run.done = true; /* enough of this program */
    }
}

static bool model_write(uint32_t addr, uint8_t mask, uint32_t word)
{
    match(addr, mask, true, word);
    if (platform_access_faults(addr, true))
        return false;
    uint32_t index = (addr & (PLATFORM_BYTES - 1)) / 2;
    for (uint32_t i = index; platform_is_code(addr) && i < index + 2; i++)
        if (!seen.dirty[i])
            journal_add(i, model_side.code[i]);
    platform_write(&model_side, addr, mask, word);
    for (uint32_t i = index; platform_is_code(addr) && i < index + 2; i++) {
        seen.dirty[i] = 1;
        journal_add(i, model_side.code[i]);
    }
    return true;
}

const struct isa_memory bus_memory = {model_read, model_write};

void bus_fence_i(void)
{
    for (unsigned i = 0; i < seen.journal_len; i++)
        seen.dirty[seen.journal[i].index] = 0;
    seen.journal_len = 0;
}

/* ------------------------------------------------------------------ fetch */

/* Half word of code at addr. Until fence.i the core may have seen any value
 * that it has had since the last one: what it says is taken when it is one. */
static uint16_t fetch_half(uint32_t addr, uint16_t shown)
{
    uint32_t index = (addr & (PLATFORM_BYTES - 1)) / 2;
    uint16_t now = model_side.code[index];
    if (now == shown || !seen.dirty[index])
        return now;
    for (unsigned i = 0; i < seen.journal_len; i++)
        if (seen.journal[i].index == index && seen.journal[i].value == shown) {
            counts.stale++;
            return shown;
        }
    return now;
}

struct isa_fetch bus_fetch(uint32_t pc, uint32_t shown)
{
    struct isa_fetch f = {0};
    if (platform_fetch_faults(pc & ~3u))
        return (struct isa_fetch){.fault = true, .fault_addr = pc};
    f.insn = fetch_half(pc, (uint16_t)shown);
    /* The shown word of a fault is 0: a length of old code may fit as well. */
    uint32_t index = (pc & (PLATFORM_BYTES - 1)) / 2;
    bool wide = (f.insn & 3) == 3;
    bool faults = (pc & 2) && platform_fetch_faults(pc + 2);
    for (unsigned i = 0; shown == 0 && faults && i < seen.journal_len; i++)
        wide |=
            seen.journal[i].index == index && (seen.journal[i].value & 3) == 3;
    if (wide && faults)
        return (struct isa_fetch){.fault = true, .fault_addr = pc + 2};
    if (wide)
        f.insn |= (uint32_t)fetch_half(pc + 2, (uint16_t)(shown >> 16)) << 16;
    return f;
}
