/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The six CSR instructions, fields that take what they can, and registers
 * that are not there or only for reading.
 */
#include "core_test.h"

    /* Write, read back. */
    .macro FIELD number, csr, value, result
    CASE \number
    li a0, \value
    csrw \csr, a0
    csrr a1, \csr
    EXPECT a1, \result
    .endm

    .macro ILLEGAL number, insn:vararg
    CASE \number
    CATCH
    .balign 4
1:  \insn
    j fail
    .balign 4
77: EXPECT s10, 2
    la t6, 1b
    bne t6, s9, 98f
    lw t6, 0(t6)
    beq t6, s8, 99f
98: j fail
99: li s7, 0
    .endm

    .macro ZERO number, csr
    CASE \number
    li a0, -1
    csrw \csr, a0
    csrr a0, \csr
    EXPECT a0, 0
    .endm

    BEGIN
    CASE 1
    li a0, 0xff00ff00
    li a1, 0x0ff00ff0
    csrrw a2, mscratch, a0
    csrrs a2, mscratch, a1
    EXPECT a2, 0xff00ff00
    csrrc a2, mscratch, a1
    EXPECT a2, 0xfff0fff0
    csrrwi a2, mscratch, 21
    EXPECT a2, 0xf000f000
    csrrsi a2, mscratch, 10
    EXPECT a2, 21
    csrrci a2, mscratch, 3
    EXPECT a2, 31
    csrrs a2, mscratch, zero
    EXPECT a2, 28
    csrrci a2, mscratch, 0
    EXPECT a2, 28
    csrrw a0, mscratch, a0 /* exchange */
    EXPECT a0, 28
    csrrw zero, mscratch, zero
    csrr a0, mscratch
    EXPECT a0, 0
    csrr s6, mtvec
    FIELD 2, mstatus, 0xffffff77, 0x1800
    FIELD 3, mstatus, 0x80, 0x1880
    FIELD 4, mstatus, 0, 0x1800
    FIELD 5, mie, -1, 0x888
    FIELD 6, mie, 0, 0
    FIELD 7, mip, -1, 0
    FIELD 8, mtvec, -1, 0xfffffffd
    FIELD 9, mtvec, 0x80000102, 0x80000100
    csrw mtvec, s6
    FIELD 10, mepc, -1, 0xfffffffe
    FIELD 11, mcause, -1, 0x8000001f
    FIELD 12, mcause, 11, 11
    FIELD 13, mtval, 0x12345678, 0x12345678
    FIELD 14, mcountinhibit, -1, 5
    FIELD 15, mcountinhibit, 0, 0
    FIELD 16, misa, 0, 0x40001104
    FIELD 17, 0x310, -1, 0 /* mstatush */
    CASE 18
    csrr a0, mvendorid
    EXPECT a0, 0
    csrr a0, marchid
    EXPECT a0, 0
    csrr a0, mimpid
    EXPECT a0, 0
    csrr a0, mhartid
    EXPECT a0, 0
    csrr a0, 0xf15
    EXPECT a0, 0
    csrrs a0, mhartid, zero
    csrrci a0, mhartid, 0
    ZERO 20, mhpmcounter3
    ZERO 21, mhpmcounter31
    ZERO 22, mhpmcounter3h
    ZERO 23, mhpmcounter31h
    ZERO 24, mhpmevent3
    ZERO 25, mhpmevent31

    ILLEGAL 30, csrrw zero, mhartid, zero
    ILLEGAL 31, csrrs zero, mhartid, a0
    ILLEGAL 32, csrrsi zero, 0xc00, 1
    ILLEGAL 33, csrrc a0, 0xc02, a1
    ILLEGAL 34, csrrwi a0, 0xc80, 0
    ILLEGAL 35, csrr a0, 0xc01 /* time */
    ILLEGAL 36, csrr a0, 0x180 /* satp */
    ILLEGAL 37, csrr a0, 0x100 /* sstatus */
    ILLEGAL 38, csrr a0, 0x302 /* medeleg */
    ILLEGAL 39, csrw 0x303, a0 /* mideleg */
    ILLEGAL 40, csrw 0x3a0, a0 /* pmpcfg0 */
    ILLEGAL 41, csrw 0x3b0, a0 /* pmpaddr0 */
    ILLEGAL 42, csrr a0, 0x306 /* mcounteren */
    ILLEGAL 43, csrr a0, 0x7b0 /* dcsr */
    ILLEGAL 44, csrr a0, 0x001 /* fflags */
    ILLEGAL 45, csrr a0, 0xb01
    ILLEGAL 46, csrr a0, 0x321
    CASE 47 /* an illegal access writes no register */
    li a0, 99
    ILLEGAL 47, csrr a0, 0x180
    EXPECT a0, 99
    END
