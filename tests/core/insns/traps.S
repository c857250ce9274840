/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Each synchronous exception with its cause, address and value, and nothing
 * younger than it visible.
 */
#include "core_test.h"

    /* Runs with s1 = misaligned or absent address, younger ones must not. */
    .macro FAULT number, cause, offset, insn:vararg
    CASE \number
    li a0, 1
    li a1, 2
    li a2, 0x77
    sw a2, 0(s0)
    sw a2, 4(s0)
    CATCH
fault\number:
    \insn
    sw a1, 0(s0)
    addi a1, a1, 1
    sb a1, 4(s0)
    CAUGHT \cause, fault\number, \offset
    EXPECT a0, 1
    EXPECT a1, 2
    lw a2, 0(s0)
    EXPECT a2, 0x77
    lw a2, 4(s0)
    EXPECT a2, 0x77
    .endm

    .macro ILLEGAL number, code
    CASE \number
    CATCH
    .balign 4
ill\number:
    .4byte \code
    CAUGHT 2, ill\number, \code
    .endm

    BEGIN
    .option norvc
    la s0, room
    li s1, NOWHERE
    li s2, 0x80000000
    li s3, 0x80000800
    li s4, 0x80800000
    li s5, 0x807ffffc
    CASE 1
    CATCH
env1:
    ecall
    CAUGHT 11, env1, 0
    CASE 2
    CATCH
    li a0, 0
env2:
    ebreak
77: EXPECT s10, 3
    la t6, env2
    bne t6, s9, fail_near
    .option rvc
    CATCH
env3:
    c.ebreak
77: EXPECT s10, 3
    la t6, env3
    bne t6, s9, fail_near
    j 1f
fail_near:
    j fail
1:  .option norvc
    FAULT 10, 4, 0x80000001, lh a0, -0x7ff(s3)
    FAULT 11, 4, 0x80000003, lhu a0, 3(s2)
    FAULT 12, 4, 0x80000001, lw a0, 1(s2)
    FAULT 13, 4, 0x80000002, lw a0, 2(s2)
    FAULT 14, 4, 0x80000003, lw a0, 3(s2)
    FAULT 15, 6, 0x80000001, sh a0, 1(s2)
    FAULT 16, 6, 0x80000003, sh a0, 3(s2)
    FAULT 17, 6, 0x80000001, sw a0, 1(s2)
    FAULT 18, 6, 0x80000002, sw a0, 2(s2)
    FAULT 19, 6, 0x80000003, sw a0, 3(s2)
    FAULT 20, 5, NOWHERE, lw a0, 0(s1)
    FAULT 21, 5, NOWHERE + 1, lb a0, 1(s1)
    FAULT 22, 5, NOWHERE + 2, lhu a0, 2(s1)
    FAULT 23, 7, NOWHERE, sw a0, 0(s1)
    FAULT 24, 7, NOWHERE + 3, sb a0, 3(s1)
    FAULT 25, 7, NOWHERE + 2, sh a0, 2(s1)
    FAULT 26, 5, 0, lw a0, 0(zero)
    FAULT 27, 5, 0x80800000, lw a0, 0(s4)
    FAULT 28, 4, NOWHERE + 1, lw a0, 1(s1) /* misaligned comes first */
    CASE 29 /* what is older completes */
    li a0, 0
    CATCH
fault29:
    lw a0, 0(s1)
    CAUGHT 5, fault29, NOWHERE
    li a1, 5
    CATCH
    sw a1, 0(s0)
    lw a2, 0(s0)
    mul a3, a1, a1
fault29b:
    sw a1, 0(s1)
    CAUGHT 7, fault29b, NOWHERE
    EXPECT a2, 5
    EXPECT a3, 25
    lw a2, 0(s0)
    EXPECT a2, 5
    CASE 30 /* of two faults the older counts */
    CATCH
fault30:
    lw a0, 0(s1)
    sw a0, 1(s2)
    .4byte 0
    CAUGHT 5, fault30, NOWHERE
    CATCH
fault30b:
    .4byte 0x7f
    lw a0, 0(s1)
    CAUGHT 2, fault30b, 0x7f
    CASE 31 /* a fault behind a taken branch is none */
    li s11, 0
    li a2, 6
1:  beqz zero, 2f
    lw a0, 0(s1)
    .4byte 0
2:  addi a2, a2, -1
    bnez a2, 1b
    EXPECT s11, 0
    CASE 32 /* a fault with a branch behind it */
    CATCH
fault32:
    lw a0, 0(s1)
    beq zero, zero, fail
    CAUGHT 5, fault32, NOWHERE

    CASE 40 /* jump to nowhere */
    CATCH
    jalr ra, 0(s1)
after40:
77: EXPECT s10, 1
    bne s9, s1, fail_near2
    bne s8, s1, fail_near2
    la a0, after40
    bne a0, ra, fail_near2
    CASE 41 /* run over the end of the memory */
    li a0, 0x80800000
    li a1, 0x00000013 /* nop */
    sw a1, -4(a0)
    fence.i
    CATCH
    jr s5
77: EXPECT s10, 1
    EXPECT s9, 0x80800000
    EXPECT s8, 0x80800000
    CASE 42 /* an instruction across the end: its second half is missing */
    li a1, 0x00130001 /* c.nop, lower half of a nop */
    sw a1, -4(a0)
    fence.i
    CATCH
    jr s5
77: EXPECT s10, 1
    EXPECT s9, 0x807ffffe
    EXPECT s8, 0x80800000
    CASE 43 /* 16 bits at the very end are whole */
    li a1, 0x80820001 /* c.nop, c.ret */
    sw a1, -4(a0)
    fence.i
    jalr ra, 0(s5)
    j 1f
fail_near2:
    j fail
1:
    ILLEGAL 50, 0x00000000 | 0x7b
    ILLEGAL 51, 0xffffffff
    ILLEGAL 52, 0x00002067 /* jalr, funct3 2 */
    ILLEGAL 53, 0x00002063 /* branch, funct3 2 */
    ILLEGAL 54, 0x00003063
    ILLEGAL 55, 0x00003003 /* ld */
    ILLEGAL 56, 0x00006003 /* lwu */
    ILLEGAL 57, 0x00007003
    ILLEGAL 58, 0x00003023 /* sd */
    ILLEGAL 59, 0x00004023
    ILLEGAL 60, 0x02001013 /* slli by 32 */
    ILLEGAL 61, 0x02005013
    ILLEGAL 62, 0x42005013
    ILLEGAL 63, 0x40001013
    ILLEGAL 64, 0x40001033 /* sll with funct7 0x20 */
    ILLEGAL 65, 0x04000033
    ILLEGAL 66, 0x40004033
    ILLEGAL 67, 0x0000200f /* misc-mem, funct3 2 */
    ILLEGAL 68, 0x00004073 /* system, funct3 4 */
    ILLEGAL 69, 0x00200073 /* uret */
    ILLEGAL 70, 0x10200073 /* sret */
    ILLEGAL 71, 0x12000073 /* sfence.vma */
    ILLEGAL 72, 0x30200173 /* mret with rd */
    ILLEGAL 73, 0x0000001b /* addiw */
    ILLEGAL 74, 0x0000003b /* addw */
    ILLEGAL 75, 0x0000202f /* lr.w */
    ILLEGAL 76, 0x00002007 /* flw */
    ILLEGAL 77, 0x00000053 /* fadd.s */
    ILLEGAL 78, 0x7b200073 /* dret */
    CASE 80 /* fences of all kinds are no traps */
    li s11, 0
    fence
    .4byte 0x8330000f /* fence.tso */
    .4byte 0x0100000f /* pause */
    .4byte 0x0000100f /* fence.i */
    .4byte 0xfff0908f /* fence.i with fields set */
    EXPECT s11, 0
    CASE 81 /* trap entry and mret move the enable bit */
    csrw mie, zero
    csrsi mstatus, 8
    la s7, 1f
    ecall
1:  csrr a0, mstatus
    EXPECT a0, 0x1888
    csrci mstatus, 8
    la s7, 1f
    ecall
1:  csrr a0, mstatus
    EXPECT a0, 0x1880
    END

    .data
    .balign 16
room: .zero 32
