/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Macros for self-checking assembly programs under core_tb.
 *
 * gp holds the number of the running case; a failure reports it. t6 is the
 * macros' own. The trap handler counts traps in s11, leaves mcause in s10,
 * mepc in s9 and mtval in s8, and goes on at s7; after an interrupt with
 * mstatus.MIE clear.
 */
#define LINES   0x10000000 /* interrupt lines, see sim/model/core_top.sv */
#define DELAYED 0x10000004
#define NOWHERE 0x40000000 /* answers with an access fault */

.macro BEGIN
    .option norelax
    .section .text.init, "ax"
    .globl _start
_start:
    la t6, trap_handler
    csrw mtvec, t6
    la sp, stack_top
    li s11, 0
    li s7, 0
    j test_body
    .balign 64
trap_handler:
    csrr s10, mcause
    csrr s9, mepc
    csrr s8, mtval
    addi s11, s11, 1
    beqz s7, fail
    csrw mepc, s7
    bgez s10, 1f
    li t6, 0x80 /* interrupts stay off after mret */
    csrc mstatus, t6
1:
    mret
fail:
    slli gp, gp, 1
    ori gp, gp, 1
    la t6, tohost
1:  sw gp, 0(t6)
    j 1b
pass:
    li gp, 1
    la t6, tohost
1:  sw gp, 0(t6)
    j 1b
    .section .tohost, "aw"
    .globl tohost
tohost: .8byte 0
    .section .bss
    .balign 16
    .zero 512
stack_top:
    .text
    .section .text.body, "ax"
test_body:
    .endm

    .macro END
    j pass
    .endm

    .macro CASE number
    li gp, \number
    .endm

    /* The register must hold the value. */
    .macro EXPECT reg, value
    li t6, \value
    beq \reg, t6, 99f
    j fail
99:
    .endm

    /* What follows up to CAUGHT must trap. */
    .macro CATCH
    la s7, 77f
    li s10, -1
    .endm

    /* The trap of label's instruction with this cause and mtval happened. */
    .macro CAUGHT cause, label, tval
    j fail
    .balign 4
77: EXPECT s10, \cause
    la t6, \label
    beq s9, t6, 99f
    j fail
99: EXPECT s8, \tval
    li s7, 0
    .endm
