/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Where the core meets memory, and the model its own: what the core fetches,
 * loads and stores is answered as it comes on the bus, and each access of the
 * model must be the next one seen there.
 */
#ifndef RL_LOCKSTEP_BUS_H
#define RL_LOCKSTEP_BUS_H

#include <stdint.h>

#include "isa.h"

/* Both memories with the program of this seed, nothing seen. */
void bus_start(uint64_t seed);

/* The model's memory. */
extern const struct isa_memory bus_memory;

/* What the model fetches at pc, when the core says that it was `shown`. */
struct isa_fetch bus_fetch(uint32_t pc, uint32_t shown);

/* fence.i: code written before it is what is fetched from now on. */
void bus_fence_i(void);

#endif
