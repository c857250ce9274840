/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Wrong, stale and aliased predictions change the time only.
 */
#include "core_test.h"

    BEGIN
    CASE 1 /* a branch that alternates */
    li a0, 40
    li a1, 0
1:  andi a2, a0, 1
    beqz a2, 2f
    addi a1, a1, 3
2:  addi a0, a0, -1
    bnez a0, 1b
    EXPECT a1, 60

    CASE 2 /* the same return to different callers */
    li a0, 0
    li a2, 10
1:  jal ra, add_one
    jal ra, add_one
    addi a0, a0, 100
    jal ra, add_one
    addi a2, a2, -1
    bnez a2, 1b
    EXPECT a0, 1030

    CASE 3 /* loops that end at each half word, 16 and 32 bits */
    li a0, 0
    .option push
    .option norvc
    li a1, 9
    .balign 4
1:  addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b
    li a1, 9
    .balign 4
    .option rvc
    c.nop
    .option norvc
1:  addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b /* across two words */
    .option rvc
    li a1, 9
    .balign 4
1:  c.addi a0, 1
    c.addi a1, -1
    c.bnez a1, 1b
    li a1, 9
    .balign 4
    c.nop
1:  c.addi a0, 1
    c.addi a1, -1
    c.bnez a1, 1b
    .option pop
    EXPECT a0, 36

    CASE 4 /* loops of one and two instructions */
    li a1, 20
1:  addi a1, a1, -1
    bnez a1, 1b
    li a1, 20
    li a0, 0
    j 2f
1:  addi a0, a0, 1
2:  bltu a0, a1, 1b
    EXPECT a0, 20

    CASE 5 /* addresses 256 KiB apart share a tag: run both */
    li a2, 6
1:  la a3, near_loop
    jalr ra, 0(a3)
    EXPECT a0, 5
    la a3, copy
    jalr ra, 0(a3)
    EXPECT a0, 7
    addi a2, a2, -1
    bnez a2, 1b

    CASE 6 /* code that is replaced under a warm predictor */
    li a2, 8
1:  la a3, patch
    lw a4, 0(a3)
    jal ra, patch
    EXPECT a0, 5
    la a5, words6 /* the loop's branch becomes an addition */
    lw a5, 0(a5)
    sw a5, 0(a3)
    fence.i
    jal ra, patch
    EXPECT a0, 16
    sw a4, 0(a3)
    fence.i
    addi a2, a2, -1
    bnez a2, 1b

    CASE 7 /* one jump's second half is another instruction's start */
    .option push
    .option norvc
    li a2, 8
1:  li a0, 0
    j straight7
    .balign 4
straight7:
    la a3, middle7 + 2
    jalr ra, 0(a3)
    EXPECT a0, 3
    la a3, middle7
    jalr ra, 0(a3)
    addi a2, a2, -1
    bnez a2, 1b
    .option pop
    j done7
    .balign 4
middle7:
    .4byte 0xa0110537 /* lui a0, 0xa0110; from its middle: c.j +4 */
    .2byte 0x8082     /* c.ret: behind the lui */
    .2byte 0x450d     /* c.li a0, 3: where the c.j goes */
    .2byte 0x8082     /* c.ret */
    .balign 4
done7:

    /* A warm branch across two words; its second half is the start of an auipc,
     * which is entered by itself: the mark then lies inside an instruction. */
    .macro INSIDE number, pad
    CASE \number
    .option push
    .option norvc
    li a2, 8
1:  li a4, 9
    li s1, 9
    li a0, 0
    la a3, branch\number
    jalr ra, 0(a3)
    EXPECT a0, 4
    la a3, branch\number + 2
    jalr ra, 0(a3)
    EXPECT a0, 3
    sub t0, t0, a3
    EXPECT t0, 0x10000
    addi a2, a2, -1
    bnez a2, 1b
    j done\number
    .option rvc
    .balign 64
    .rept \pad
    .byte 0
    .endr
    c.nop
branch\number:
    .option norvc
    beq a4, s1, branch\number + 32 /* upper half word 0x0297 */
    .option rvc
    c.nop /* the auipc's upper half */
    c.li a0, 3
    c.jr ra
    .balign 2
    .zero 32 - (. - branch\number)
    c.li a0, 4
    c.jr ra
    .option pop
    .balign 4
done\number:
    .endm

    /* In several places, for entries that share a line of the predictor. */
    INSIDE 10, 0
    INSIDE 11, 12
    INSIDE 12, 24
    INSIDE 13, 36

    CASE 8 /* a wrong path that runs into nothing and into a fault */
    li a2, 5
1:  la a3, 2f
    beqz a2, never8
    jr a3
    lw a0, 0(zero)
    .2byte 0
2:  addi a2, a2, -1
    bgtz a2, 1b
    EXPECT s11, 0
    CASE 20 /* a mark that splits an instruction of another address */
    .option push
    .option rvc
    la a0, 3f
    li a1, 0x40000 /* the same for the buffer */
    add a1, a1, a0
    li a2, 0x06330001 /* c.nop, lower half of add a2, a2, a3 */
    sw a2, 0(a1)
    li a2, 0x808200d6 /* its upper half, c.jr ra */
    sw a2, 4(a1)
    fence.i
    li a4, 3
2:  jal ra, 3f
    addi a4, a4, -1
    bnez a4, 2b
    li a2, 1
    li a3, 2
    jalr ra, 0(a1)
    EXPECT a2, 3
    j 5f
    .balign 4
3:  c.nop
    c.j 4f
    .balign 4
    c.nop
    c.nop
4:  c.jr ra /* as an upper half, it makes the add illegal */
5:
    .option pop
    END

never8:
    li a0, NOWHERE
    jr a0

add_one:
    addi a0, a0, 1
    ret

    .balign 4
patch:
    .option push
    .option norvc
    j 1f
    .option pop
    li a0, 11
    addi a0, a0, 5
    ret
    .balign 4
1:  li a0, 5
    ret
    .balign 4
words6:
    .option push
    .option norvc
    nop
    .option pop

    .balign 64
near_loop:
    li a0, 0
    li a1, 5
1:  addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b
    ret
    .zero 0x40000 - (. - near_loop)
copy:
    li a0, 0
    li a1, 7
1:  addi a0, a0, 1
    nop
    addi a1, a1, -1
    bnez a1, 1b
    ret
