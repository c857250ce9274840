/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Results used by the next instructions, from each kind of producer, at each
 * distance, into each kind of consumer.
 */
#include "core_test.h"

    .macro GAP count
    .rept \count
    addi t5, t5, 1
    .endr
    .endm

    /* op leaves 0x24 in a0, whatever it is. */
    .macro CONSUME number, gap, op:vararg
    CASE \number
    li a0, -5
    \op
    GAP \gap
    addi a1, a0, 1 /* first operand */
    EXPECT a1, 0x25
    li a0, -5
    \op
    GAP \gap
    sub a1, zero, a0 /* second operand */
    EXPECT a1, -0x24
    li a0, -5
    \op
    GAP \gap
    add a1, a0, a0
    EXPECT a1, 0x48
    li a0, -5
    \op
    GAP \gap
    sw a0, 0(s1) /* store data */
    lw a1, 0(s1)
    EXPECT a1, 0x24
    li a0, -5
    li a4, 0x24
    \op
    GAP \gap
    bne a0, a4, fail_near\@ /* branch */
    j 1f
fail_near\@:
    j fail
1:  li a0, -5
    \op
    GAP \gap
    mul a1, a0, a0
    EXPECT a1, 0x510
    li a0, -5
    \op
    GAP \gap
    divu a1, a0, a0
    EXPECT a1, 1
    .endm

    .macro ALL_GAPS number, op:vararg
    CONSUME \number, 0, \op
    CONSUME \number + 1, 1, \op
    CONSUME \number + 2, 2, \op
    CONSUME \number + 3, 3, \op
    CONSUME \number + 4, 4, \op
    .endm

    BEGIN
    la s0, cell
    la s1, room
    li s2, 4
    li s3, 9
    li s4, 0x144
    li s5, 0x168
    csrw mscratch, zero
    ALL_GAPS 1, addi a0, zero, 0x24
    ALL_GAPS 10, lw a0, 0(s0)
    ALL_GAPS 20, lbu a0, 4(s0)
    ALL_GAPS 30, mul a0, s2, s3
    ALL_GAPS 40, divu a0, s4, s3
    ALL_GAPS 50, rem a0, s5, s4
    CASE 60 /* the youngest of several writers wins */
    lw a0, 0(s0)
    li a0, 1
    addi a1, a0, 0
    EXPECT a1, 1
    CASE 61
    li a0, 1
    lw a0, 0(s0)
    addi a1, a0, 0
    EXPECT a1, 0x24
    CASE 62
    mul a0, s2, s3
    lw a0, 4(s0)
    mv a1, a0
    EXPECT a1, 0x24
    CASE 63 /* a load feeds the address of a load, of a store */
    la a2, pointer
    lw a2, 0(a2)
    lw a2, 0(a2)
    EXPECT a2, 0x24
    la a2, pointer
    lw a2, 0(a2)
    sw s3, 8(a2)
    lw a1, 8(s0)
    EXPECT a1, 9
    CASE 64 /* a load feeds a jump */
    la a2, jump_pointer
    lw a2, 0(a2)
    jr a2
    j fail
target64:
    CASE 65 /* nothing is forwarded from x0 */
    addi zero, s2, 3
    add a0, zero, zero
    add a1, zero, zero
    EXPECT a0, 0
    EXPECT a1, 0
    lw zero, 0(s0)
    mv a0, zero
    EXPECT a0, 0
    CASE 66 /* CSR results and sources */
    csrrw a0, mscratch, s4
    csrrw a1, mscratch, a0
    addi a2, a1, 1
    EXPECT a2, 0x145
    lw a0, 0(s0)
    csrrw zero, mscratch, a0
    csrr a1, mscratch
    EXPECT a1, 0x24
    CASE 67 /* a division abandoned by a load's fault leaves no trace */
    CATCH
    li a0, NOWHERE
    li a1, 55
fault67:
    lw a2, 0(a0)
    divu a1, s4, s3
    CAUGHT 5, fault67, NOWHERE
    EXPECT a1, 55
    remu a1, s4, s3
    EXPECT a1, 0
    divu a1, s4, s3
    EXPECT a1, 0x24
    END

    .data
    .balign 4
cell: .word 0x24, 0x24, 0
pointer: .word cell
jump_pointer: .word target64
room: .zero 16
