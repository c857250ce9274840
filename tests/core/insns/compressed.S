/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Each instruction of RV32C; reserved encodings trap, hints do nothing.
 */
#include "core_test.h"

    .macro ILLEGAL number, code
    CASE \number
    CATCH
    .balign 4
1:  .2byte \code
    .2byte 1
    j fail
    .balign 4
77: EXPECT s10, 2
    EXPECT s8, \code
    la t6, 1b
    beq t6, s9, 99f
    j fail
99: li s7, 0
    .endm

    BEGIN
    mv s5, sp
    CASE 1
    la sp, room
    c.addi4spn a0, sp, 1020
    sub a0, a0, sp
    EXPECT a0, 1020
    c.addi4spn a0, sp, 4
    sub a0, a0, sp
    EXPECT a0, 4
    c.addi4spn a0, sp, 8
    sub a0, a0, sp
    EXPECT a0, 8
    c.addi4spn a0, sp, 64
    sub a0, a0, sp
    EXPECT a0, 64
    CASE 2
    mv a0, sp
    c.addi16sp sp, 496
    sub a1, sp, a0
    EXPECT a1, 496
    c.addi16sp sp, -512
    sub a1, sp, a0
    EXPECT a1, -16
    c.addi16sp sp, 16
    bne sp, a0, fail_near
    CASE 3
    li a1, 0x12345678
    c.swsp a1, 252(sp)
    lw a2, 252(sp)
    EXPECT a2, 0x12345678
    c.lwsp s2, 252(sp)
    EXPECT s2, 0x12345678
    c.swsp s2, 4(sp)
    c.lwsp a3, 4(sp)
    EXPECT a3, 0x12345678
    CASE 4
    mv s0, sp
    li a4, 0x87654321
    c.sw a4, 124(s0)
    lw a5, 124(sp)
    EXPECT a5, 0x87654321
    c.lw a3, 124(s0)
    EXPECT a3, 0x87654321
    c.sw a4, 8(s0)
    c.lw a2, 8(s0)
    EXPECT a2, 0x87654321
    c.sw a2, 64(s0)
    c.lw a1, 64(s0)
    EXPECT a1, 0x87654321
    CASE 5
    li a0, 10
    c.addi a0, 31
    EXPECT a0, 41
    c.addi a0, -32
    EXPECT a0, 9
    c.nop
    CASE 6
    c.li s11, 0
    c.li a0, -32
    EXPECT a0, -32
    c.li a0, 31
    EXPECT a0, 31
    c.lui a0, 1
    EXPECT a0, 0x1000
    c.lui a0, 0xfffe0
    EXPECT a0, 0xfffe0000
    c.lui a0, 31
    EXPECT a0, 0x1f000
    CASE 7
    li a0, 0x80000010
    c.srli a0, 4
    EXPECT a0, 0x08000001
    li a0, 0x80000010
    c.srai a0, 4
    EXPECT a0, 0xf8000001
    li a0, 0x80000011
    c.slli a0, 31
    EXPECT a0, 0x80000000
    li t3, 3
    c.slli t3, 1
    EXPECT t3, 6
    li a0, 0xff
    c.andi a0, -16
    EXPECT a0, 0xf0
    c.andi a0, 31
    EXPECT a0, 0x10
    CASE 8
    li a0, 0xf0
    li a1, 0x3c
    c.sub a0, a1
    EXPECT a0, 0xb4
    li a0, 0xf0
    c.xor a0, a1
    EXPECT a0, 0xcc
    li a0, 0xf0
    c.or a0, a1
    EXPECT a0, 0xfc
    li a0, 0xf0
    c.and a0, a1
    EXPECT a0, 0x30
    c.mv t3, a1
    EXPECT t3, 0x3c
    c.add t3, a0
    EXPECT t3, 0x6c
    CASE 9
    li a0, 0
    c.beqz a0, 1f
    j fail
fail_near:
    j fail
2:  c.bnez a1, 3f
    j fail
1:  c.beqz a0, 2b
    j fail
3:  c.bnez a0, fail_near
    c.beqz a1, fail_near
    CASE 10
    c.j 1f
    j fail
2:  c.j 3f
1:  c.j 2b
    j fail
3:  la a0, 1f
    c.jr a0
    j fail
1:  c.jal 1f
2:  j fail
1:  la a0, 2b
    bne a0, ra, fail_near
    la a0, 1f
    c.jalr a0
2:  j fail
1:  la a0, 2b
    beq a0, ra, 1f
    j fail
1:
    CASE 11 /* hints */
    li a0, 7
    .2byte 0x0505                   /* c.addi a0, 1: no hint */
    .2byte 0x0005                   /* c.nop with an immediate */
    .2byte 0x4005                   /* c.li x0, 1 */
    .2byte 0x6005                   /* c.lui x0, 1 */
    .2byte 0x802a                   /* c.mv x0, a0 */
    .2byte 0x902a                   /* c.add x0, a0 */
    .2byte 0x0006                   /* c.slli x0, 1 */
    .2byte 0x0501                   /* c.addi a0, 0 */
    .2byte 0x0502                   /* c.slli a0, 0 */
    EXPECT a0, 8
    mv a1, zero
    EXPECT a1, 0
    mv sp, s5
    li s11, 0

    ILLEGAL 20, 0x0000 /* all zeros */
    ILLEGAL 21, 0x0008 /* c.addi4spn with 0 */
    ILLEGAL 22, 0x6101 /* c.addi16sp with 0 */
    ILLEGAL 23, 0x6501 /* c.lui a0, 0 */
    ILLEGAL 24, 0x4002 /* c.lwsp x0 */
    ILLEGAL 25, 0x8002 /* c.jr x0 */
    ILLEGAL 26, 0x1502 /* c.slli with bit 5 */
    ILLEGAL 27, 0x9101 /* c.srli with bit 5 */
    ILLEGAL 28, 0x9501 /* c.srai with bit 5 */
    ILLEGAL 29, 0x9d0d /* c.subw */
    ILLEGAL 30, 0x9d2d /* c.addw */
    ILLEGAL 31, 0x9d4d
    ILLEGAL 32, 0x9d6d
    ILLEGAL 33, 0x2008 /* c.fld */
    ILLEGAL 34, 0x6008 /* c.flw */
    ILLEGAL 35, 0x8008
    ILLEGAL 36, 0xa008 /* c.fsd */
    ILLEGAL 37, 0xe008 /* c.fsw */
    ILLEGAL 38, 0x2502 /* c.fldsp */
    ILLEGAL 39, 0x6502 /* c.flwsp */
    ILLEGAL 40, 0xa02a /* c.fsdsp */
    ILLEGAL 41, 0xe02a /* c.fswsp */
    EXPECT s11, 22
    END

    .section .bss
    .balign 16
    .zero 64
room: .zero 1024
