/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Loads and stores of each size at each offset; bytes beside stay untouched.
 */
#include "core_test.h"

    .macro LOAD number, op, offset, result
    CASE \number
    \op a2, \offset(a0)
    EXPECT a2, \result
    \op a0, \offset(a0)
    EXPECT a0, \result
    la a0, words
    .endm

    .macro STORE number, op, offset, value, word
    CASE \number
    li a1, 0x11223344
    sw a1, 0(a0)
    li a1, \value
    \op a1, \offset(a0)
    lw a2, 0(a0)
    EXPECT a2, \word
    .endm

    BEGIN
    la a0, words
    LOAD 1, lb, 0, 0xfffffff0
    LOAD 2, lb, 1, 0x7f
    LOAD 3, lb, 2, 0xffffff80
    LOAD 4, lb, 3, 0x01
    LOAD 5, lbu, 0, 0xf0
    LOAD 6, lbu, 1, 0x7f
    LOAD 7, lbu, 2, 0x80
    LOAD 8, lbu, 3, 0x01
    LOAD 9, lh, 0, 0x7ff0
    LOAD 10, lh, 2, 0x0180
    LOAD 11, lh, 4, 0xffff8001
    LOAD 12, lh, 6, 0xffffffff
    LOAD 13, lhu, 4, 0x8001
    LOAD 14, lhu, 6, 0xffff
    LOAD 15, lw, 0, 0x01807ff0
    LOAD 16, lw, 4, 0xffff8001
    LOAD 17, lw, -4, 0xcafef00d
    la a0, room
    STORE 20, sb, 0, 0xffffffaa, 0x112233aa
    STORE 21, sb, 1, 0xffffffaa, 0x1122aa44
    STORE 22, sb, 2, 0xffffffaa, 0x11aa3344
    STORE 23, sb, 3, 0xffffffaa, 0xaa223344
    STORE 24, sh, 0, 0xffffa55a, 0x1122a55a
    STORE 25, sh, 2, 0xffffa55a, 0xa55a3344
    STORE 26, sw, 0, 0x87654321, 0x87654321
    CASE 27 /* a row of stores, a row of loads */
    li a1, 1
    li a2, 2
    li a3, 3
    sw a1, 0(a0)
    sw a2, 4(a0)
    sw a3, 8(a0)
    sb a3, 0(a0)
    lw a4, 0(a0)
    lw a5, 4(a0)
    lw a6, 8(a0)
    EXPECT a4, 3
    EXPECT a5, 2
    EXPECT a6, 3
    CASE 28 /* the largest offsets */
    la a0, room + 2048
    li a1, 77
    sw a1, -2048(a0)
    la a0, room - 2044
    lw a2, 2044(a0)
    EXPECT a2, 77
    CASE 29 /* x0 as a target keeps zero */
    la a0, words
    lw zero, 0(a0)
    mv a1, zero
    EXPECT a1, 0
    END

    .data
    .balign 4
    .word 0xcafef00d
words:
    .word 0x01807ff0, 0xffff8001
    .zero 2048
room:
    .zero 64
