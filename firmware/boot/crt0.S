/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Start of the core: stack, trap vector, data from the copy in instruction memory, C.
 *
 * The core starts here at power-up and again whenever the hardware restarts it, since
 * the firmware trapped or hung; a call through a null pointer leads here, too. Nothing in data memory can be trusted then: rescue()
 * works without it, and when the host wants a reset all data is made anew from what no
 * store can reach. The stack's fill lets a debugger see how deep the stack ever went.
 */
#include "ringlet_regs.h"

    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax             /* this load must not use gp itself */
    la      gp, __global_pointer$
    .option pop
    la      sp, __stack_top
    la      t0, trap_entry
    csrw    mtvec, t0
    csrw    mie, zero
    li      t0, 0x800           /* mie.MEIE: an external event ends wfi */
    csrw    mie, t0

    li      t0, RL_PERIPH_BASE + RL_REG_RESTART
    lw      a0, 0(t0)
    li      t0, RL_PERIPH_BASE + RL_REG_KEPT
    lw      t1, 0(t0)           /* not 0 as long as a firmware runs */
    or      t1, t1, a0
    beqz    t1, 1f
    call    rescue
1:
    la      t0, __data_start
    la      t1, __data_end
    la      t2, __data_load
2:  bgeu    t0, t1, 3f
    lw      t3, 0(t2)
    sw      t3, 0(t0)
    addi    t0, t0, 4
    addi    t2, t2, 4
    j       2b
3:
    la      t0, __bss_start
    la      t1, __bss_end
4:  bgeu    t0, t1, 5f
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       4b
5:
    la      t0, __stack_bottom
    la      t1, __stack_top
    li      t2, 0x57ac57ac
6:  bgeu    t0, t1, 7f
    sw      t2, 0(t0)
    addi    t0, t0, 4
    j       6b
7:
    call    main
8:  wfi                         /* main does not return */
    j       8b

/* No interrupt is ever taken (mstatus.MIE stays clear): what comes here is an
 * exception, and our bug. The stack may be the cause, so it starts afresh. */
    .balign 4
    .globl trap_entry
trap_entry:
    la      sp, __stack_top
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    trap_report
9:  wfi
    j       9b
