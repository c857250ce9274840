/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * In the manner of suites that check themselves: a trap vector for all modes,
 * registers of other modes set up where they exist, mret into the test, the
 * verdict through ecall.
 */
    .option norvc
    .section .text.init, "ax"
    .globl _start
_start:
    j reset_vector
    .balign 4
trap_vector:
    csrr t5, mcause
    li t6, 8 /* ecall of any mode: the verdict */
    beq t5, t6, write_tohost
    li t6, 9
    beq t5, t6, write_tohost
    li t6, 11
    beq t5, t6, write_tohost
    ori gp, gp, 1337
write_tohost:
    sw gp, tohost, t5
    sw zero, tohost + 4, t5
    j write_tohost
reset_vector:
    csrr a0, mhartid
1:  bnez a0, 1b
    la t0, 1f /* there is no satp: step over the trap */
    csrw mtvec, t0
    csrwi 0x180, 0
    .balign 4
1:  la t0, 1f
    csrw mtvec, t0
    li t1, -1
    csrw 0x3b0, t1
    csrwi 0x3a0, 0x1f
    .balign 4
1:  la t0, 1f
    csrw mtvec, t0
    csrwi 0x302, 0
    csrwi 0x303, 0
    .balign 4
1:  csrwi mie, 0
    li gp, 0
    la t0, trap_vector
    csrw mtvec, t0
    csrwi mstatus, 0
    la t0, 1f
    csrw mepc, t0
    csrr a0, mhartid
    mret
1:  li gp, 2
    li a1, 0x7fffffff
    li a2, 1
    add a3, a1, a2
    li t2, 0x80000000
    bne a3, t2, fail
    li gp, 3
    la a1, words
    lh a2, 2(a1)
    li t2, -2
    bne a2, t2, fail
    bne zero, gp, pass
fail:
    fence
1:  beqz gp, 1b
    slli gp, gp, 1
    ori gp, gp, 1
    li a7, 93
    mv a0, gp
    ecall
pass:
    fence
    li gp, 1
    li a7, 93
    li a0, 0
    ecall
    unimp

    .data
    .balign 4
words: .word 0xfffe0001

    .section .tohost, "aw", @progbits
    .balign 64
    .globl tohost
tohost: .dword 0
    .size tohost, 8
    .balign 64
    .globl fromhost
fromhost: .dword 0
    .size fromhost, 8
