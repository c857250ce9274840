/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The memory that lockstep programs live in. Addresses are aliases of two
 * memories of 64 KiB, with words that answer with an access fault:
 *
 *   0x00000000  data            0x80000000  code; some words fault, and stores
 *   0x40000000  data, of which              to its last 4 KiB (the handler)
 *               a quarter fault 0x90000000  code, of which one in 16 faults
 *                               0xc0000000  nothing
 *
 * Instructions can be fetched from code only.
 */
#ifndef RL_LOCKSTEP_PLATFORM_H
#define RL_LOCKSTEP_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PLATFORM_CODE = (int)0x80000000,
    PLATFORM_BYTES = 0x10000,
    PLATFORM_HANDLER = 0xf000, /* within code */
};

/* One side's memories: the core's, or the model's. */
struct platform {
    uint16_t code[PLATFORM_BYTES / 2];
    uint16_t data[PLATFORM_BYTES / 2];
};

bool platform_fetch_faults(uint32_t addr);
bool platform_access_faults(uint32_t addr, bool write);

bool platform_is_code(uint32_t addr);

uint32_t platform_read(const struct platform *p, uint32_t word_addr);
void platform_write(struct platform *p, uint32_t word_addr, unsigned mask,
                    uint32_t word);

#endif
