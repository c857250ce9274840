/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The end of a firmware that went wrong: say why and have the core restarted.
 */
#include "boot.h"

#include "../hal/hal.h"

void put_string(const char *s)
{
    while (*s)
        hal_putc(*s++);
}

void put_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        hal_putc("0123456789abcdef"[(value >> shift) & 15]);
}

void trap_report(uint32_t cause, uint32_t pc, uint32_t value)
{
    put_string("\nringlet: trap, cause ");
    put_hex(cause);
    put_string(" pc ");
    put_hex(pc);
    put_string(" value ");
    put_hex(value);
    hal_putc('\n');
    hal_give_up(RL_RESTART_TRAP | (cause & 15u) << 24 | (pc & 0xffffffu));
}
