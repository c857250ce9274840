/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "isa_decode.h"

/* ------------------------------------------------------ 32-bit encodings */

static int32_t imm_i(uint32_t w)
{
    return sign_extend(bits(w, 31, 20), 12);
}

static int32_t imm_s(uint32_t w)
{
    return sign_extend(bits(w, 31, 25) << 5 | bits(w, 11, 7), 12);
}

static int32_t imm_b(uint32_t w)
{
    return sign_extend(bit(w, 31) << 12 | bit(w, 7) << 11 |
                           bits(w, 30, 25) << 5 | bits(w, 11, 8) << 1,
                       13);
}

static int32_t imm_j(uint32_t w)
{
    return sign_extend(bit(w, 31) << 20 | bits(w, 19, 12) << 12 |
                           bit(w, 20) << 11 | bits(w, 30, 21) << 1,
                       21);
}

static enum isa_name pick8(const enum isa_name names[8], uint32_t funct3)
{
    return names[funct3];
}

static enum isa_name name_op_imm(uint32_t w)
{
    static const enum isa_name names[8] = {
        ISA_ADDI, ISA_SLLI, ISA_SLTI, ISA_SLTIU,
        ISA_XORI, ISA_SRLI, ISA_ORI,  ISA_ANDI,
    };
    uint32_t funct3 = bits(w, 14, 12), funct7 = bits(w, 31, 25);
    if (funct3 == 1 && funct7 != 0)
        return ISA_ILLEGAL;
    if (funct3 == 5 && funct7 == 0x20)
        return ISA_SRAI;
    if (funct3 == 5 && funct7 != 0)
        return ISA_ILLEGAL;
    return pick8(names, funct3);
}

static enum isa_name name_op(uint32_t w)
{
    static const enum isa_name base[8] = {
        ISA_ADD, ISA_SLL, ISA_SLT, ISA_SLTU, ISA_XOR, ISA_SRL, ISA_OR, ISA_AND,
    };
    static const enum isa_name muldiv[8] = {
        ISA_MUL, ISA_MULH, ISA_MULHSU, ISA_MULHU,
        ISA_DIV, ISA_DIVU, ISA_REM,    ISA_REMU,
    };
    uint32_t funct3 = bits(w, 14, 12);
    switch (bits(w, 31, 25)) {
    case 0x00:
        return pick8(base, funct3);
    case 0x01:
        return pick8(muldiv, funct3);
    case 0x20:
        return funct3 == 0 ? ISA_SUB : funct3 == 5 ? ISA_SRA : ISA_ILLEGAL;
    default:
        return ISA_ILLEGAL;
    }
}

static enum isa_name name_system(uint32_t w)
{
    static const enum isa_name csr[8] = {
        ISA_ILLEGAL, ISA_CSRRW,  ISA_CSRRS,  ISA_CSRRC,
        ISA_ILLEGAL, ISA_CSRRWI, ISA_CSRRSI, ISA_CSRRCI,
    };
    switch (w) {
    case 0x00000073:
        return ISA_ECALL;
    case 0x00100073:
        return ISA_EBREAK;
    case 0x30200073:
        return ISA_MRET;
    case 0x10500073:
        return ISA_WFI;
    default:
        return pick8(csr, bits(w, 14, 12));
    }
}

static void decode_32(uint32_t w, struct isa_decoded *d)
{
    static const enum isa_name branches[8] = {
        ISA_BEQ, ISA_BNE, ISA_ILLEGAL, ISA_ILLEGAL,
        ISA_BLT, ISA_BGE, ISA_BLTU,    ISA_BGEU,
    };
    static const enum isa_name loads[8] = {
        ISA_LB,  ISA_LH,  ISA_LW,      ISA_ILLEGAL,
        ISA_LBU, ISA_LHU, ISA_ILLEGAL, ISA_ILLEGAL,
    };
    static const enum isa_name stores[8] = {ISA_SB, ISA_SH, ISA_SW};
    uint32_t funct3 = bits(w, 14, 12);
    uint8_t rd = (uint8_t)bits(w, 11, 7), rs1 = (uint8_t)bits(w, 19, 15),
            rs2 = (uint8_t)bits(w, 24, 20);

    switch (bits(w, 6, 0)) {
    case 0x37:
    case 0x17:
        *d = (struct isa_decoded){.op = bit(w, 5) ? ISA_LUI : ISA_AUIPC,
                                  .rd = rd,
                                  .imm = (int32_t)(w & 0xfffff000u)};
        break;
    case 0x6f:
        *d = (struct isa_decoded){.op = ISA_JAL, .rd = rd, .imm = imm_j(w)};
        break;
    case 0x67:
        *d = (struct isa_decoded){.op = funct3 ? ISA_ILLEGAL : ISA_JALR,
                                  .rd = rd,
                                  .rs1 = rs1,
                                  .imm = imm_i(w)};
        break;
    case 0x63:
        *d = (struct isa_decoded){.op = pick8(branches, funct3),
                                  .rs1 = rs1,
                                  .rs2 = rs2,
                                  .imm = imm_b(w)};
        break;
    case 0x03:
        *d = (struct isa_decoded){
            .op = pick8(loads, funct3), .rd = rd, .rs1 = rs1, .imm = imm_i(w)};
        break;
    case 0x23:
        *d = (struct isa_decoded){.op =
                                      funct3 > 2 ? ISA_ILLEGAL : stores[funct3],
                                  .rs1 = rs1,
                                  .rs2 = rs2,
                                  .imm = imm_s(w)};
        break;
    case 0x13:
        *d = (struct isa_decoded){
            .op = name_op_imm(w), .rd = rd, .rs1 = rs1, .imm = imm_i(w)};
        if (d->op == ISA_SLLI || d->op == ISA_SRLI || d->op == ISA_SRAI)
            d->imm = rs2;
        break;
    case 0x33:
        *d = (struct isa_decoded){
            .op = name_op(w), .rd = rd, .rs1 = rs1, .rs2 = rs2};
        break;
    case 0x0f:
        *d = (struct isa_decoded){.op = funct3 == 0   ? ISA_FENCE
                                        : funct3 == 1 ? ISA_FENCE_I
                                                      : ISA_ILLEGAL};
        break;
    case 0x73:
        *d = (struct isa_decoded){.op = name_system(w)};
        if (d->op >= ISA_CSRRW && d->op <= ISA_CSRRCI) {
            d->rd = rd;
            d->rs1 = d->op <= ISA_CSRRC ? rs1 : 0;
            d->imm = (int32_t)(w >> 15);
        }
        break;
    default:
        *d = (struct isa_decoded){.op = ISA_ILLEGAL};
    }
    d->name = d->op;
    d->len_bytes = 4;
}

/* ------------------------------------------------------ 16-bit encodings */

static int32_t imm_cj(uint32_t h)
{
    return sign_extend(bit(h, 12) << 11 | bit(h, 11) << 4 |
                           bits(h, 10, 9) << 8 | bit(h, 8) << 10 |
                           bit(h, 7) << 6 | bit(h, 6) << 7 |
                           bits(h, 5, 3) << 1 | bit(h, 2) << 5,
                       12);
}

static int32_t imm_cb(uint32_t h)
{
    return sign_extend(bit(h, 12) << 8 | bits(h, 11, 10) << 3 |
                           bits(h, 6, 5) << 6 | bits(h, 4, 3) << 1 |
                           bit(h, 2) << 5,
                       9);
}

static struct isa_decoded quadrant_0(uint32_t h)
{
    uint8_t low = (uint8_t)(8 + bits(h, 4, 2)),
            high = (uint8_t)(8 + bits(h, 9, 7));
    int32_t offset =
        (int32_t)(bits(h, 12, 10) << 3 | bit(h, 6) << 2 | bit(h, 5) << 6);
    int32_t scaled = (int32_t)(bits(h, 12, 11) << 4 | bits(h, 10, 7) << 6 |
                               bit(h, 6) << 2 | bit(h, 5) << 3);
    switch (bits(h, 15, 13)) {
    case 0:
        if (scaled == 0)
            break;
        return (struct isa_decoded){.name = ISA_C_ADDI4SPN,
                                    .op = ISA_ADDI,
                                    .rd = low,
                                    .rs1 = 2,
                                    .imm = scaled};
    case 2:
        return (struct isa_decoded){.name = ISA_C_LW,
                                    .op = ISA_LW,
                                    .rd = low,
                                    .rs1 = high,
                                    .imm = offset};
    case 6:
        return (struct isa_decoded){.name = ISA_C_SW,
                                    .op = ISA_SW,
                                    .rs1 = high,
                                    .rs2 = low,
                                    .imm = offset};
    default:
        break;
    }
    return (struct isa_decoded){.name = ISA_ILLEGAL};
}

static struct isa_decoded quadrant_1_alu(uint32_t h)
{
    static const enum isa_name names[4] = {ISA_C_SUB, ISA_C_XOR, ISA_C_OR,
                                           ISA_C_AND};
    static const enum isa_name ops[4] = {ISA_SUB, ISA_XOR, ISA_OR, ISA_AND};
    uint8_t r = (uint8_t)(8 + bits(h, 9, 7));
    int32_t shamt = (int32_t)bits(h, 6, 2);
    uint32_t which = bits(h, 11, 10), arith = bits(h, 6, 5);
    struct isa_decoded d = {.rd = r, .rs1 = r};

    if (which == 2) {
        d.name = ISA_C_ANDI;
        d.op = ISA_ANDI;
        d.imm = sign_extend(bit(h, 12) << 5 | (uint32_t)shamt, 6);
    } else if (bit(h, 12)) { /* shifts by 32 and more, and words of RV64 */
        d = (struct isa_decoded){.name = ISA_ILLEGAL};
    } else if (which == 3) {
        d.name = names[arith];
        d.op = ops[arith];
        d.rs2 = (uint8_t)(8 + bits(h, 4, 2));
    } else {
        d.name = which ? ISA_C_SRAI : ISA_C_SRLI;
        d.op = which ? ISA_SRAI : ISA_SRLI;
        d.imm = shamt;
    }
    return d;
}

static struct isa_decoded quadrant_1(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7), r = (uint8_t)(8 + bits(h, 9, 7));
    int32_t imm = sign_extend(bit(h, 12) << 5 | bits(h, 6, 2), 6);
    int32_t imm16 =
        sign_extend(bit(h, 12) << 9 | bits(h, 4, 3) << 7 | bit(h, 5) << 6 |
                        bit(h, 2) << 5 | bit(h, 6) << 4,
                    10);
    switch (bits(h, 15, 13)) {
    case 0:
        return (struct isa_decoded){.name = ISA_C_ADDI,
                                    .op = ISA_ADDI,
                                    .rd = rd,
                                    .rs1 = rd,
                                    .imm = imm};
    case 1:
        return (struct isa_decoded){
            .name = ISA_C_JAL, .op = ISA_JAL, .rd = 1, .imm = imm_cj(h)};
    case 2:
        return (struct isa_decoded){
            .name = ISA_C_LI, .op = ISA_ADDI, .rd = rd, .imm = imm};
    case 3:
        if (imm == 0)
            return (struct isa_decoded){.name = ISA_ILLEGAL};
        if (rd == 2)
            return (struct isa_decoded){.name = ISA_C_ADDI16SP,
                                        .op = ISA_ADDI,
                                        .rd = 2,
                                        .rs1 = 2,
                                        .imm = imm16};
        return (struct isa_decoded){
            .name = ISA_C_LUI, .op = ISA_LUI, .rd = rd, .imm = imm * 4096};
    case 4:
        return quadrant_1_alu(h);
    case 5:
        return (struct isa_decoded){
            .name = ISA_C_J, .op = ISA_JAL, .imm = imm_cj(h)};
    case 6:
        return (struct isa_decoded){
            .name = ISA_C_BEQZ, .op = ISA_BEQ, .rs1 = r, .imm = imm_cb(h)};
    default:
        return (struct isa_decoded){
            .name = ISA_C_BNEZ, .op = ISA_BNE, .rs1 = r, .imm = imm_cb(h)};
    }
}

static struct isa_decoded quadrant_2_jump(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7), rs2 = (uint8_t)bits(h, 6, 2);
    bool set = bit(h, 12);
    if (rs2)
        return (struct isa_decoded){.name = set ? ISA_C_ADD : ISA_C_MV,
                                    .op = ISA_ADD,
                                    .rd = rd,
                                    .rs1 = set ? rd : 0,
                                    .rs2 = rs2};
    if (rd)
        return (struct isa_decoded){.name = set ? ISA_C_JALR : ISA_C_JR,
                                    .op = ISA_JALR,
                                    .rd = set,
                                    .rs1 = rd};
    return (struct isa_decoded){.name = set ? ISA_C_EBREAK : ISA_ILLEGAL,
                                .op = set ? ISA_EBREAK : ISA_ILLEGAL};
}

static struct isa_decoded quadrant_2(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7);
    switch (bits(h, 15, 13)) {
    case 0:
        if (bit(h, 12))
            break;
        return (struct isa_decoded){.name = ISA_C_SLLI,
                                    .op = ISA_SLLI,
                                    .rd = rd,
                                    .rs1 = rd,
                                    .imm = (int32_t)bits(h, 6, 2)};
    case 2:
        if (rd == 0)
            break;
        return (struct isa_decoded){.name = ISA_C_LWSP,
                                    .op = ISA_LW,
                                    .rd = rd,
                                    .rs1 = 2,
                                    .imm = (int32_t)(bit(h, 12) << 5 |
                                                     bits(h, 6, 4) << 2 |
                                                     bits(h, 3, 2) << 6)};
    case 4:
        return quadrant_2_jump(h);
    case 6:
        return (struct isa_decoded){
            .name = ISA_C_SWSP,
            .op = ISA_SW,
            .rs1 = 2,
            .rs2 = (uint8_t)bits(h, 6, 2),
            .imm = (int32_t)(bits(h, 12, 9) << 2 | bits(h, 8, 7) << 6)};
    default:
        break;
    }
    return (struct isa_decoded){.name = ISA_ILLEGAL};
}

void isa_decode(uint32_t insn, struct isa_decoded *d)
{
    switch (insn & 3) {
    case 0:
        *d = quadrant_0(insn);
        break;
    case 1:
        *d = quadrant_1(insn);
        break;
    case 2:
        *d = quadrant_2(insn);
        break;
    default:
        decode_32(insn, d);
        return;
    }
    if (d->name == ISA_ILLEGAL)
        *d = (struct isa_decoded){.op = ISA_ILLEGAL};
    d->len_bytes = 2;
}
