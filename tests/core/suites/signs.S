/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * In the manner of suites that compare memory with a reference: the region from
 * begin_signature to end_signature, all of it canaries at first, is filled; the
 * end is 1 in tohost, over and over.
 */
    .section .text.init, "ax"
    .globl _start
_start:
    la a0, begin_signature
    li a1, 0x12345678
    li a2, 5
1:  slli a3, a1, 3
    mulhu a1, a1, a3
    addi a1, a1, 77
    sw a1, 0(a0)
    addi a0, a0, 4
    addi a2, a2, -1
    bnez a2, 1b
    la t0, tohost
    li t1, 1
2:  sw t1, 0(t0)
    sw zero, 4(t0)
    j 2b

    .section .tohost, "aw", @progbits
    .balign 64
    .globl tohost
tohost: .dword 0
    .balign 64
    .globl fromhost
fromhost: .dword 0

    .data
    .balign 16
    .globl begin_signature
begin_signature:
    .fill 8, 4, 0xdeadbeef
    .globl end_signature
end_signature:
