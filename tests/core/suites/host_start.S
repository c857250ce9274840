/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Start of a C program that talks to the host: clears .bss, calls main, exits
 * with its result.
 */
    .section .text.init, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, _end + 0x20000
    la t0, trap
    csrw mtvec, t0
    la a0, __bss_start
    la a1, __bss_end
1:  bgeu a0, a1, 2f
    sw zero, 0(a0)
    addi a0, a0, 4
    j 1b
2:  li a0, 0
    li a1, 0
    call main
    tail exit
    .balign 4
trap:
    li a0, 99
    tail _exit

    .section .tohost, "aw", @progbits
    .balign 64
    .globl tohost
    .type tohost, @object
tohost: .dword 0
    .size tohost, 8
    .balign 64
    .globl fromhost
    .type fromhost, @object
fromhost: .dword 0
    .size fromhost, 8
