/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Every kind of trap amid work: what is older has happened, all of it, and
 * nothing of what is younger; minstret has counted the older ones alone.
 */
#include "core_test.h"

    /* Older work, the instruction, younger work. mcause, and mtval as an
     * expression of `trap\n`, which is where the instruction lies. `ahead`
     * runs right in front of it. */
    .macro AMID n, cause, tval, ahead, insn:vararg
    CASE \n
    li a1, 7
    li a2, 9
    li a3, 100
    sw zero, 0(s0)
    sw zero, 4(s0)
    sw zero, 8(s0)
    csrw mscratch, zero
    la s7, caught\n
    li s10, -1
    csrw minstret, zero
    sw a1, 0(s0)
    lw a4, 0(s0)
    mul a5, a1, a2
    divu a6, a3, a1
    csrw mscratch, a2
    sh a2, 4(s0)
    \ahead
trap\n:
    \insn
    sw a1, 8(s0)
    csrw mscratch, a3
    addi a4, a4, 1
    mul a5, a5, a5
    lb a6, 4(s0)
    j fail
    .balign 4
caught\n:
    csrr a7, minstret
    EXPECT s10, \cause
    la t6, trap\n
    beq s9, t6, 99f
    j fail
99: li t6, \tval
    beq s8, t6, 99f
    j fail
99: EXPECT a4, 7
    EXPECT a5, 63
    EXPECT a6, 14
    lw a1, 0(s0)
    EXPECT a1, 7
    lw a1, 4(s0)
    EXPECT a1, 9
    lw a1, 8(s0)
    EXPECT a1, 0
    csrr a1, mscratch
    EXPECT a1, 9
    EXPECT s11, \n
    EXPECT a7, 15 /* 7 of these and 8 of the handler */
    .endm

    BEGIN
    .option norvc
    la s0, room
    li s1, NOWHERE
    li s2, 0x80000001
    li s11, 0
    li s5, 0x807ffffe
    /* the handler counts on in s11, so cases run from 1 without gaps */
    AMID 1, 4, 0x80000001, nop, lh t1, 0(s2)
    AMID 2, 4, 0x80000003, nop, lw t1, 2(s2)
    AMID 3, 6, 0x80000001, nop, sh t1, 0(s2)
    AMID 4, 6, 0x80000002, nop, sw t1, 1(s2)
    AMID 5, 5, NOWHERE + 1, nop, lbu t1, 1(s1)
    AMID 6, 7, NOWHERE + 4, nop, sw t1, 4(s1)
    AMID 7, 2, 0x7b, nop, .4byte 0x7b
    AMID 8, 2, 0, nop, .2byte 0, 1
    AMID 9, 11, 0, nop, ecall
    AMID 10, 2, 0xc0001073, nop, csrw cycle, zero
    AMID 11, 2, 0x30002073 | 0x7ff << 20, nop, .4byte 0x30002073 | 0x7ff << 20
    /* right behind a load, a store, a divide, a taken branch */
    AMID 12, 5, NOWHERE, "lw t1, 0(s0)", lw t2, 0(s1)
    AMID 13, 7, NOWHERE, "sw a1, 0(s0)", sw a1, 0(s1)
    AMID 14, 2, 0x7b, "divu t1, a3, a1", .4byte 0x7b
    AMID 15, 7, NOWHERE, "beq zero, zero, 15f", 15: sw a1, 0(s1)
    AMID 16, 4, 0x80000003, "mul t1, a3, a1", lw t1, 2(s2)
    AMID 17, 11, 0, "csrw mscratch, a2", ecall
    AMID 18, 2, 0x7b, fence.i, .4byte 0x7b
    /* at an odd half word, and across two words */
    .option rvc
    AMID 19, 5, NOWHERE, ".2byte 1", lw t1, 0(s1)
    AMID 20, 7, NOWHERE, ".2byte 1", .2byte 0xc080 /* c.sw s0, 0(s1) */
    AMID 21, 5, NOWHERE, ".2byte 1", .2byte 0x4080 /* c.lw s0, 0(s1) */
    AMID 22, 2, 0x8002, ".2byte 1", .2byte 0x8002  /* c.jr x0 */
    .option norvc

    CASE 60 /* a jump to an odd address goes to the even one below */
    li s11, 0
    la a0, 1f
    addi a0, a0, 1
    jalr a1, 0(a0)
    j fail
    .balign 4
1:  la a2, 1b
    addi a2, a2, -4
    la a0, 2f
    jalr zero, 1(a0)
    j fail
    .option rvc
    c.nop
2:  c.nop
    .option norvc
    EXPECT s11, 0

    CASE 61 /* a jump to nowhere: the link is written, nothing behind is done */
    la s7, 3f
    sw zero, 8(s0)
    li a1, 0
    addi a3, s1, 2
    jalr a1, 1(a3)
after61:
    sw s0, 8(s0)
    .balign 4
3:  EXPECT s10, 1
    EXPECT s9, NOWHERE + 2
    EXPECT s8, NOWHERE + 2
    la a2, after61
    beq a1, a2, 1f
    j fail
1:  lw a1, 8(s0)
    EXPECT a1, 0
    CASE 62 /* the same by a branch that was predicted to stay */
    la a4, 4f
    li s11, 0
    la s7, 5f
    li a3, 3
1:  addi a3, a3, -1
    bnez a3, 1b
    jr s1
4:  j fail
    .balign 4
5:  EXPECT s10, 1
    EXPECT s9, NOWHERE
    EXPECT s11, 1
    CASE 63 /* the second half of an instruction is missing; the store before it
             * in that word's neighbour is done */
    li s11, 0
    la s7, 6f
    li a0, 0x807ffff8
    li a1, 0x0084a023 /* sw s0, 0(s1) with s1 in the data */
    sw a1, 0(a0)
    li a1, 0x00130001 /* c.nop, lower half of a nop */
    sw a1, 4(a0)
    fence.i
    la s1, room
    sw zero, 0(s0)
    jr a0
    .balign 4
6:  EXPECT s10, 1
    EXPECT s9, 0x807ffffe
    EXPECT s8, 0x80800000
    lw a1, 0(s0)
    bne a1, s0, 1f
    EXPECT s11, 1
    END
1:  j fail

    .data
    .balign 16
room: .zero 32
