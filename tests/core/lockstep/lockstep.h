/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the parts of the lockstep run share: the program that runs now, and what
 * was seen in all of them.
 */
#ifndef RL_LOCKSTEP_H
#define RL_LOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"
#include "model/verilated.h"

struct lockstep_counts {
    uint64_t programs, instructions, cycles, traps[16], interrupts[16];
    uint64_t waits[2], asleep, wakeups, stale, circles, loops_of_traps,
        sleeps_for_ever;
    uint64_t names[ISA_COUNT];
};
extern struct lockstep_counts counts;

struct lockstep_run {
    uint64_t seed, random, cycle, order;
    unsigned resetting; /* cycles of reset that are left */
    bool done, failed;
};
extern struct lockstep_run run;

/* Every instruction is printed. */
extern bool lockstep_verbose;

/* Runs the program of this seed to its end; false: core and simulator do not
 * agree, which was printed. */
bool lockstep_run_program(struct rl_verilated *model, uint64_t seed);

/* They do not agree: prints why and what led to it, ends the program. Only the
 * first one counts. */
void lockstep_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
