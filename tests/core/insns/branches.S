/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Each branch taken and not, forward and backward; jumps and their links.
 */
#include "core_test.h"

    .macro TAKEN number, op, a, b
    CASE \number
    li a0, \a
    li a1, \b
    \op a0, a1, 1f
    j fail
2:  j 3f
    j fail
1:  \op a0, a1, 2b /* backward */
    j fail
3:
    .endm

    .macro UNTAKEN number, op, a, b
    CASE \number
    li a0, \a
    li a1, \b
    \op a0, a1, 1f
    li a2, 5
    \op a0, a1, 1f
    j 2f
1:  j fail
2:  EXPECT a2, 5
    .endm

    BEGIN
    TAKEN 1, beq, 5, 5
    TAKEN 2, beq, 0x80000000, 0x80000000
    UNTAKEN 3, beq, 0x80000000, 0
    UNTAKEN 4, beq, 1, 0x10001
    TAKEN 5, bne, 1, 2
    TAKEN 6, bne, 0x80000000, 0
    UNTAKEN 7, bne, -1, -1
    TAKEN 8, blt, -1, 0
    TAKEN 9, blt, 0x80000000, 0x7fffffff
    UNTAKEN 10, blt, 0x7fffffff, 0x80000000
    UNTAKEN 11, blt, 3, 3
    TAKEN 12, bge, 3, 3
    TAKEN 13, bge, 0, -1
    UNTAKEN 14, bge, 0x80000000, 0x7fffffff
    TAKEN 15, bltu, 0, 0xffffffff
    TAKEN 16, bltu, 0x7fffffff, 0x80000000
    UNTAKEN 17, bltu, 0xffffffff, 0
    UNTAKEN 18, bltu, 9, 9
    TAKEN 19, bgeu, 9, 9
    TAKEN 20, bgeu, 0xffffffff, 0
    UNTAKEN 21, bgeu, 0, 0xffffffff

    CASE 30 /* jal links behind itself */
    .option push
    .option norvc
    jal a0, 1f
link30:
    j fail
1:  la a1, link30
    beq a0, a1, 1f
    j fail
1:
    CASE 31 /* jalr clears bit 0, and may write its own base */
    la a0, 1f + 1
    jalr a0, 0(a0)
link31:
    j fail
1:  la a1, link31
    beq a0, a1, 1f
    j fail
1:
    CASE 32 /* jalr with a negative offset, no link */
    la a0, 1f + 64
    jalr zero, -64(a0)
    j fail
1:
    .option pop
    CASE 33 /* compressed jumps link two bytes on */
    c.jal 1f
link33:
    j fail
1:  la a1, link33
    beq ra, a1, 1f
    j fail
1:  la a0, 1f
    c.jalr a0
link34:
    j fail
1:  la a1, link34
    beq ra, a1, 1f
    j fail
1:
    CASE 35 /* lui and auipc */
    lui a0, 0xfffff
    EXPECT a0, 0xfffff000
here35:
    auipc a0, 0x12345
    la a1, here35
    sub a0, a0, a1
    EXPECT a0, 0x12345000
    CASE 36 /* far jumps both ways */
    j far
    .zero 4096
back36:
    j 1f
    .zero 4096
far:
    j back36
1:
    END
