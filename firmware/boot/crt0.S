/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Start of the core: stack, trap vector, data as the image gives it, C.
 *
 * Memories hold what the image or the bitstream put there, .data included, so
 * only .bss and the stack's fill are written here. The fill lets a debugger see
 * how deep the stack ever went.
 */
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

    la      t0, __bss_start
    la      t1, __bss_end
1:  bgeu    t0, t1, 2f
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       1b
2:
    la      t0, __stack_bottom
    la      t1, __stack_top
    li      t2, 0x57ac57ac
3:  bgeu    t0, t1, 4f
    sw      t2, 0(t0)
    addi    t0, t0, 4
    j       3b
4:
    call    main
5:  wfi                         /* main does not return */
    j       5b

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
6:  wfi
    j       6b
