/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "platform.h"

/* Any mix of the bits of a word's number. */
static uint32_t mix(uint32_t addr)
{
    uint32_t x = (addr >> 2) * 0x9e3779b1u;
    return x >> 20;
}

bool platform_is_code(uint32_t addr)
{
    return addr >> 30 == 2;
}

static bool in_handler(uint32_t addr)
{
    return (addr & (PLATFORM_BYTES - 1)) >= PLATFORM_HANDLER;
}

static bool code_faults(uint32_t addr)
{
    bool main_copy = addr >> 28 == 8;
    if (main_copy &&
        ((addr & (PLATFORM_BYTES - 1)) < 0x200 || in_handler(addr)))
        return false;
    return (mix(addr) & (main_copy ? 0x1ff : 0xf)) == 3;
}

bool platform_fetch_faults(uint32_t addr)
{
    return !platform_is_code(addr) || code_faults(addr);
}

bool platform_access_faults(uint32_t addr, bool write)
{
    switch (addr >> 30) {
    case 0:
        return false;
    case 1:
        return (mix(addr) & 3) == 0;
    case 2:
        return code_faults(addr) || (write && in_handler(addr));
    default:
        return true;
    }
}

static const uint16_t *half_at(const struct platform *p, uint32_t addr)
{
    uint32_t index = (addr & (PLATFORM_BYTES - 1)) / 2;
    return platform_is_code(addr) ? &p->code[index] : &p->data[index];
}

uint32_t platform_read(const struct platform *p, uint32_t word_addr)
{
    const uint16_t *half = half_at(p, word_addr);
    return half[0] | (uint32_t)half[1] << 16;
}

void platform_write(struct platform *p, uint32_t word_addr, unsigned mask,
                    uint32_t word)
{
    uint32_t index = (word_addr & (PLATFORM_BYTES - 1)) / 2, bits = 0;
    uint16_t *half = platform_is_code(word_addr) ? p->code : p->data;
    for (unsigned lane = 0; lane < 4; lane++)
        bits |= mask >> lane & 1 ? 0xffu << (8 * lane) : 0;
    word = (platform_read(p, word_addr) & ~bits) | (word & bits);
    half[index] = (uint16_t)word;
    half[index + 1] = (uint16_t)(word >> 16);
}
