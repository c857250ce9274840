/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * mcycle and minstret: what counts, what stops them, writes and shadows.
 */
#include "core_test.h"

    BEGIN
    CASE 1 /* instructions from one reading to the next */
    csrr a0, minstret
    csrr a1, minstret
    sub a1, a1, a0
    EXPECT a1, 1
    csrr a0, minstret
    nop
    lw a2, 0(sp)
    mul a3, a2, a2
    div a3, a3, sp
    beqz zero, 1f
    nop
1:  csrr a1, minstret
    sub a1, a1, a0
    EXPECT a1, 6
    CASE 2 /* a trap is not counted, mret is */
    CATCH
    csrr a0, minstret
here2:
    ecall
    CAUGHT 11, here2, 0
    csrr a0, minstret
    la t6, small
    csrrw a5, mtvec, t6
    csrr a0, minstret
    ecall /* handler: three instructions and mret */
    csrr a1, minstret
    csrw mtvec, a5
    sub a1, a1, a0
    EXPECT a1, 1 + 4
    CASE 3 /* cycles go on, and at least one for each instruction */
    csrr a0, mcycle
    .rept 20
    nop
    .endr
    csrr a1, mcycle
    sub a1, a1, a0
    li a2, 21
    bltu a1, a2, fail_near
    CASE 4 /* writes are seen by the next instruction, unchanged */
    li a0, 1000
    csrw minstret, a0
    csrr a1, minstret
    EXPECT a1, 1000
    csrr a1, minstret
    EXPECT a1, 1000 + 3
    li a0, -1
    csrw minstreth, zero
    csrw minstret, a0
    nop
    csrr a1, minstreth
    EXPECT a1, 1
    csrw mcycleh, zero
    csrw mcycle, a0
    nop
    csrr a1, mcycleh
    EXPECT a1, 1
    CASE 5 /* inhibit */
    csrwi mcountinhibit, 5
    csrr a0, mcycle
    csrr a1, minstret
    nop
    nop
    csrr a2, mcycle
    csrr a3, minstret
    bne a0, a2, fail_near
    bne a1, a3, fail_near
    csrwi mcountinhibit, 1
    csrr a0, mcycle
    csrr a1, minstret
    csrr a2, mcycle
    csrr a3, minstret
    bne a0, a2, fail_near
    sub a3, a3, a1
    EXPECT a3, 2
    csrwi mcountinhibit, 0
    CASE 6 /* shadows */
    li a0, 7
    csrw mcycleh, a0
    csrw minstreth, a0
    csrr a1, cycleh
    EXPECT a1, 7
    csrr a1, instreth
    EXPECT a1, 7
    csrr a0, mcycle
    csrr a1, cycle
    bgeu a0, a1, fail_near
    csrr a0, minstret
    csrr a1, instret
    sub a1, a1, a0
    EXPECT a1, 1
    j pass
fail_near:
    j fail
    END

    .balign 4
small:
    csrr t6, mepc
    addi t6, t6, 4
    csrw mepc, t6
    mret
