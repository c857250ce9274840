/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "faulty.h"

#undef net_counter

#include "../../../firmware/hal/hal.h"

extern char __data_start[], __bss_end[];

/* The compiler may not know what becomes of these. */
static volatile uint32_t faulty_sink;
static void (*volatile faulty_call)(void);

static __attribute__((noinline)) uint32_t faulty_recurse(uint32_t n)
{
    volatile uint32_t frame[8] = {n};

    if (faulty_sink == 0) /* it always is */
        frame[1] = faulty_recurse(n + 1);
    return frame[n & 7u];
}

static void faulty_store(uintptr_t addr, uint32_t word)
{
    *(volatile uint32_t *)addr = word;
}

uint32_t net_counter(uint32_t n)
{
    switch (n) {
    case FAULTY_ILLEGAL:
        __asm__ volatile("unimp");
        break;
    case FAULTY_LOOP:
        for (;;)
            faulty_sink++;
    case FAULTY_STACK:
        return faulty_recurse(0);
    case FAULTY_CODE:
        faulty_store(RL_IMEM_BASE + 64, 0);
        break;
    case FAULTY_DATA:
        for (uintptr_t a = (uintptr_t)__data_start; a < (uintptr_t)__bss_end;
             a += 4)
            faulty_store(a, 0xdeadbeefu);
        break;
    case FAULTY_NULL:
        faulty_call();
        break;
    default:
        break;
    }
    return 0;
}
