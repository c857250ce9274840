/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A scan over descriptors, the loop that the pipeline was chosen for: loads
 * two instructions ahead of their use, one taken branch. It must keep a CPI of
 * at most 1.05. With wait states only the result is checked.
 */
    .option norelax
    .text
    .globl main
main:
    la a0, ring
    li a2, 0x8080
    li t0, 200
1:  sh a2, 14(a0) /* flags */
    sw t0, 8(a0)  /* length */
    addi a0, a0, 16
    addi t0, t0, -1
    bnez t0, 1b
    li a4, 2      /* the first round warms the predictor */
again:
    la a0, ring
    la a1, ring + 199 * 16
    li a3, 2048
    li t3, 0
    csrr a5, mcycle
    csrr a6, minstret
    lhu t0, 14(a0)
    lw t1, 8(a0)
loop:
    bne t0, a2, wrong
    lhu t0, 30(a0)
    add t3, t3, t1
    bgeu t1, a3, wrong
    lw t1, 24(a0)
    addi a0, a0, 16
    bne a0, a1, loop
    csrr t0, minstret
    csrr t1, mcycle
    sub t0, t0, a6
    sub t1, t1, a5
    addi a4, a4, -1
    bnez a4, again
    li t2, 20099 /* 200 + 199 + ... + 2 */
    bne t3, t2, wrong
    /* 20 * cycles <= 21 * instructions + 400 */
    li t2, 20
    mul t1, t1, t2
    li t2, 21
    mul t0, t0, t2
    addi t0, t0, 400
    bgeu t0, t1, right
    addi sp, sp, -16
    csrr t0, mcycle /* is it the memory? */
    .rept 32
    lw t2, 0(sp)
    .endr
    csrr t1, mcycle
    sub t1, t1, t0
    li t0, 48
    bltu t1, t0, slow
right:
    li a0, 0
    ret
wrong:
    li a0, 1
    ret
slow:
    li a0, 2
    ret

    .data
    .balign 16
ring: .zero 201 * 16
