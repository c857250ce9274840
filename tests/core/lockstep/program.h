/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Random programs for the lockstep run. They never end: traps are answered by
 * a handler that goes on somewhere, and whoever runs one stops after a number
 * of instructions. Nothing that is in them is forbidden: they jump into the
 * middle of instructions, write to code, lose their trap vector.
 */
#ifndef RL_LOCKSTEP_PROGRAM_H
#define RL_LOCKSTEP_PROGRAM_H

#include <stdint.h>

#include "platform.h"

/* xorshift; a state of 0 is not allowed. */
static inline uint32_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 20);
}

/* A state from a seed, well mixed. */
uint64_t random_start(uint64_t seed);

/* Fills both memories. Execution starts at PLATFORM_CODE, writes all x
 * registers first and reaches code made of all instructions. */
void program_make(struct platform *p, uint64_t seed);

#endif
