/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The three lines: masks, priority, vectors, wfi, and an interrupt at every
 * point of a piece of code.
 */
#include "core_test.h"

    .macro RAISE lines
    li t5, LINES
    li t4, \lines
    sw t4, 0(t5)
    lw t4, 0(t5) /* arrived */
    .endm

    .macro TAKEN number, enable, lines, cause
    CASE \number
    li a0, \enable
    csrw mie, a0
    la s7, 78f
    li s10, 0
    RAISE \lines
    csrsi mstatus, 8
77: nop
    nop
    j fail
78: EXPECT s10, \cause
    csrr a0, mstatus
    EXPECT a0, 0x1880
    li s7, 0
    RAISE 0
    .endm

    BEGIN
    .option norvc
    TAKEN 1, 0x888, 1, 0x80000003
    TAKEN 2, 0x888, 2, 0x80000007
    TAKEN 3, 0x888, 4, 0x8000000b
    TAKEN 4, 0x888, 7, 0x8000000b
    TAKEN 5, 0x888, 3, 0x80000003
    TAKEN 6, 0x080, 7, 0x80000007
    TAKEN 7, 0x008, 7, 0x80000003
    CASE 10 /* not enabled in mie, or not in mstatus */
    csrci mstatus, 8
    li a0, 0x888
    csrw mie, a0
    RAISE 7
    csrr a0, mip
    EXPECT a0, 0x888
    nop
    csrw mie, zero
    csrsi mstatus, 8
    nop
    nop
    nop
    RAISE 0
    csrr a0, mip
    EXPECT a0, 0
    CASE 11 /* clearing the enable bit closes the door at once */
    li a0, 0x888
    csrw mie, a0
    li a1, 60
1:  li t5, DELAYED
    li t4, 7 << 16
    add t4, t4, a1
    la s7, 2f
    li s11, 0
    csrsi mstatus, 8
    sw t4, 0(t5)
    .rept 10
    nop
    .endr
    csrci mstatus, 8
    mv a2, s11
    .rept 10
    nop
    .endr
    j 3f
2:  mv a2, s11
3:  bne s11, a2, fail_near
    csrci mstatus, 8
    li t5, DELAYED
    sw zero, 0(t5)
    RAISE 0
    addi a1, a1, -1
    bnez a1, 1b
    csrw mie, zero
    CASE 12 /* wfi wakes on a pending line though mstatus.MIE is 0 */
    csrci mstatus, 8
    li a0, 0x80
    csrw mie, a0
    li s11, 0
    li t5, DELAYED
    li t4, (2 << 16) + 100
    csrr a1, mcycle
    sw t4, 0(t5)
    wfi
    csrr a2, mcycle
    sub a2, a2, a1
    li a3, 100
    bltu a2, a3, fail_near
    csrr a0, mip
    EXPECT a0, 0x80
    wfi /* goes through at once */
    EXPECT s11, 0
    RAISE 0
    CASE 13 /* wfi with interrupts on: mepc is behind it */
    la s7, 2f
    li t5, DELAYED
    li t4, (2 << 16) + 80
    csrsi mstatus, 8
    sw t4, 0(t5)
    wfi
after13:
    nop
    j fail
fail_near:
    j fail
2:  EXPECT s10, 0x80000007
    la a0, after13
    bne a0, s9, fail_near
    RAISE 0
    CASE 14 /* a line that is not enabled does not wake */
    li t5, LINES
    li t4, 4
    sw t4, 0(t5)
    li t5, DELAYED
    li t4, (6 << 16) + 90
    csrr a1, mcycle
    sw t4, 0(t5)
    wfi
    csrr a2, mcycle
    sub a2, a2, a1
    li a3, 90
    bltu a2, a3, fail_near
    RAISE 0
    CASE 15 /* vectored: exceptions at the base, interrupts behind it */
    csrr s6, mtvec
    la a0, table + 1
    csrw mtvec, a0
    li a0, 0x888
    csrw mie, a0
    li a1, 0
    ecall
    EXPECT a1, 1
    li t5, LINES
    csrsi mstatus, 8
    li t4, 1
    sw t4, 0(t5)
    lw t4, 0(t5)
    nop
    nop
    nop
    nop
    nop
    EXPECT a1, 1 + 8
    li t4, 2
    sw t4, 0(t5)
    lw t4, 0(t5)
    nop
    nop
    nop
    nop
    nop
    EXPECT a1, 1 + 8 + 128
    li t4, 4
    sw t4, 0(t5)
    lw t4, 0(t5)
    nop
    nop
    nop
    nop
    nop
    EXPECT a1, 1 + 8 + 128 + 2048
    csrci mstatus, 8
    csrw mtvec, s6

    CASE 20 /* at every point of some work: the result stays the same */
    la a0, counting
    csrw mtvec, a0
    la s0, room
    li s1, 400
    li s2, 0
1:  li t5, DELAYED
    li t4, 4 << 16
    add t4, t4, s1
    csrsi mstatus, 8
    sw t4, 0(t5)
    li a0, 0
    li a1, 12
    sw zero, 0(s0)
2:  lw a2, 0(s0)
    addi a2, a2, 3
    sw a2, 0(s0)
    mul a3, a2, a1
    divu a4, a3, a1
    beq a4, a2, 3f
    j fail
3:  add a0, a0, a4
    addi a1, a1, -1
    bnez a1, 2b
    EXPECT a0, 234
4:  li t5, LINES /* wait for a late one */
    beqz s3, 4b
    li s3, 0
    csrci mstatus, 8
    addi s1, s1, -1
    bnez s1, 1b
    EXPECT s2, 400
    END

    .balign 64
table:
    j exception
    nop
    nop
    j line3
    nop
    nop
    nop
    j line7
    nop
    nop
    nop
    j line11
exception:
    csrr t6, mepc
    addi t6, t6, 4
    csrw mepc, t6
    ori a1, a1, 1
    mret
line3:
    ori a1, a1, 8
    sw zero, 0(t5)
    lw t6, 0(t5)
    mret
line7:
    ori a1, a1, 128
    sw zero, 0(t5)
    lw t6, 0(t5)
    mret
line11:
    li t6, 2048
    or a1, a1, t6
    sw zero, 0(t5)
    lw t6, 0(t5)
    mret

    .balign 64
counting:
    li t3, LINES
    sw zero, 0(t3)
    lw t2, 0(t3)
    addi s2, s2, 1
    li s3, 1
    mret

    .data
    .balign 4
room: .word 0
