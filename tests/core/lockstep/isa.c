/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "isa.h"

#include <string.h>

const char *const isa_names[ISA_COUNT] = {
#define ISA_NAME(id, text) text,
#include "isa_names.def"
#undef ISA_NAME
};

/* An instruction taken apart. `op` is what it does, `name` what it is. */
struct decoded {
    enum isa_name name, op;
    uint8_t rd, rs1, rs2;
    int32_t imm;
    uint32_t len_bytes;
};

/* ------------------------------------------------------------- bit fields */

static uint32_t bits(uint32_t word, unsigned high, unsigned low)
{
    return (word >> low) & (0xffffffffu >> (31 - (high - low)));
}

static uint32_t bit(uint32_t word, unsigned n)
{
    return (word >> n) & 1;
}

static int32_t sign_extend(uint32_t value, unsigned width)
{
    uint32_t sign = 1u << (width - 1);
    return (int32_t)((value ^ sign) - sign);
}

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

static void decode_32(uint32_t w, struct decoded *d)
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
        *d = (struct decoded){.op = bit(w, 5) ? ISA_LUI : ISA_AUIPC,
                              .rd = rd,
                              .imm = (int32_t)(w & 0xfffff000u)};
        break;
    case 0x6f:
        *d = (struct decoded){.op = ISA_JAL, .rd = rd, .imm = imm_j(w)};
        break;
    case 0x67:
        *d = (struct decoded){.op = funct3 ? ISA_ILLEGAL : ISA_JALR,
                              .rd = rd,
                              .rs1 = rs1,
                              .imm = imm_i(w)};
        break;
    case 0x63:
        *d = (struct decoded){.op = pick8(branches, funct3),
                              .rs1 = rs1,
                              .rs2 = rs2,
                              .imm = imm_b(w)};
        break;
    case 0x03:
        *d = (struct decoded){
            .op = pick8(loads, funct3), .rd = rd, .rs1 = rs1, .imm = imm_i(w)};
        break;
    case 0x23:
        *d = (struct decoded){.op = funct3 > 2 ? ISA_ILLEGAL : stores[funct3],
                              .rs1 = rs1,
                              .rs2 = rs2,
                              .imm = imm_s(w)};
        break;
    case 0x13:
        *d = (struct decoded){
            .op = name_op_imm(w), .rd = rd, .rs1 = rs1, .imm = imm_i(w)};
        if (d->op == ISA_SLLI || d->op == ISA_SRLI || d->op == ISA_SRAI)
            d->imm = rs2;
        break;
    case 0x33:
        *d = (struct decoded){
            .op = name_op(w), .rd = rd, .rs1 = rs1, .rs2 = rs2};
        break;
    case 0x0f:
        *d = (struct decoded){.op = funct3 == 0   ? ISA_FENCE
                                    : funct3 == 1 ? ISA_FENCE_I
                                                  : ISA_ILLEGAL};
        break;
    case 0x73:
        *d = (struct decoded){.op = name_system(w)};
        if (d->op >= ISA_CSRRW && d->op <= ISA_CSRRCI) {
            d->rd = rd;
            d->rs1 = d->op <= ISA_CSRRC ? rs1 : 0;
            d->imm = (int32_t)(w >> 15);
        }
        break;
    default:
        *d = (struct decoded){.op = ISA_ILLEGAL};
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

static struct decoded quadrant_0(uint32_t h)
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
        return (struct decoded){.name = ISA_C_ADDI4SPN,
                                .op = ISA_ADDI,
                                .rd = low,
                                .rs1 = 2,
                                .imm = scaled};
    case 2:
        return (struct decoded){.name = ISA_C_LW,
                                .op = ISA_LW,
                                .rd = low,
                                .rs1 = high,
                                .imm = offset};
    case 6:
        return (struct decoded){.name = ISA_C_SW,
                                .op = ISA_SW,
                                .rs1 = high,
                                .rs2 = low,
                                .imm = offset};
    default:
        break;
    }
    return (struct decoded){.name = ISA_ILLEGAL};
}

static struct decoded quadrant_1_alu(uint32_t h)
{
    static const enum isa_name names[4] = {ISA_C_SUB, ISA_C_XOR, ISA_C_OR,
                                           ISA_C_AND};
    static const enum isa_name ops[4] = {ISA_SUB, ISA_XOR, ISA_OR, ISA_AND};
    uint8_t r = (uint8_t)(8 + bits(h, 9, 7));
    int32_t shamt = (int32_t)bits(h, 6, 2);
    uint32_t which = bits(h, 11, 10), arith = bits(h, 6, 5);
    struct decoded d = {.rd = r, .rs1 = r};

    if (which == 2) {
        d.name = ISA_C_ANDI;
        d.op = ISA_ANDI;
        d.imm = sign_extend(bit(h, 12) << 5 | (uint32_t)shamt, 6);
    } else if (bit(h, 12)) { /* shifts by 32 and more, and words of RV64 */
        d = (struct decoded){.name = ISA_ILLEGAL};
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

static struct decoded quadrant_1(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7), r = (uint8_t)(8 + bits(h, 9, 7));
    int32_t imm = sign_extend(bit(h, 12) << 5 | bits(h, 6, 2), 6);
    int32_t imm16 =
        sign_extend(bit(h, 12) << 9 | bits(h, 4, 3) << 7 | bit(h, 5) << 6 |
                        bit(h, 2) << 5 | bit(h, 6) << 4,
                    10);
    switch (bits(h, 15, 13)) {
    case 0:
        return (struct decoded){.name = ISA_C_ADDI,
                                .op = ISA_ADDI,
                                .rd = rd,
                                .rs1 = rd,
                                .imm = imm};
    case 1:
        return (struct decoded){
            .name = ISA_C_JAL, .op = ISA_JAL, .rd = 1, .imm = imm_cj(h)};
    case 2:
        return (struct decoded){
            .name = ISA_C_LI, .op = ISA_ADDI, .rd = rd, .imm = imm};
    case 3:
        if (imm == 0)
            return (struct decoded){.name = ISA_ILLEGAL};
        if (rd == 2)
            return (struct decoded){.name = ISA_C_ADDI16SP,
                                    .op = ISA_ADDI,
                                    .rd = 2,
                                    .rs1 = 2,
                                    .imm = imm16};
        return (struct decoded){
            .name = ISA_C_LUI, .op = ISA_LUI, .rd = rd, .imm = imm * 4096};
    case 4:
        return quadrant_1_alu(h);
    case 5:
        return (struct decoded){
            .name = ISA_C_J, .op = ISA_JAL, .imm = imm_cj(h)};
    case 6:
        return (struct decoded){
            .name = ISA_C_BEQZ, .op = ISA_BEQ, .rs1 = r, .imm = imm_cb(h)};
    default:
        return (struct decoded){
            .name = ISA_C_BNEZ, .op = ISA_BNE, .rs1 = r, .imm = imm_cb(h)};
    }
}

static struct decoded quadrant_2_jump(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7), rs2 = (uint8_t)bits(h, 6, 2);
    bool set = bit(h, 12);
    if (rs2)
        return (struct decoded){.name = set ? ISA_C_ADD : ISA_C_MV,
                                .op = ISA_ADD,
                                .rd = rd,
                                .rs1 = set ? rd : 0,
                                .rs2 = rs2};
    if (rd)
        return (struct decoded){.name = set ? ISA_C_JALR : ISA_C_JR,
                                .op = ISA_JALR,
                                .rd = set,
                                .rs1 = rd};
    return (struct decoded){.name = set ? ISA_C_EBREAK : ISA_ILLEGAL,
                            .op = set ? ISA_EBREAK : ISA_ILLEGAL};
}

static struct decoded quadrant_2(uint32_t h)
{
    uint8_t rd = (uint8_t)bits(h, 11, 7);
    switch (bits(h, 15, 13)) {
    case 0:
        if (bit(h, 12))
            break;
        return (struct decoded){.name = ISA_C_SLLI,
                                .op = ISA_SLLI,
                                .rd = rd,
                                .rs1 = rd,
                                .imm = (int32_t)bits(h, 6, 2)};
    case 2:
        if (rd == 0)
            break;
        return (struct decoded){.name = ISA_C_LWSP,
                                .op = ISA_LW,
                                .rd = rd,
                                .rs1 = 2,
                                .imm = (int32_t)(bit(h, 12) << 5 |
                                                 bits(h, 6, 4) << 2 |
                                                 bits(h, 3, 2) << 6)};
    case 4:
        return quadrant_2_jump(h);
    case 6:
        return (struct decoded){
            .name = ISA_C_SWSP,
            .op = ISA_SW,
            .rs1 = 2,
            .rs2 = (uint8_t)bits(h, 6, 2),
            .imm = (int32_t)(bits(h, 12, 9) << 2 | bits(h, 8, 7) << 6)};
    default:
        break;
    }
    return (struct decoded){.name = ISA_ILLEGAL};
}

static void decode(uint32_t insn, struct decoded *d)
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
        *d = (struct decoded){.op = ISA_ILLEGAL};
    d->len_bytes = 2;
}

/* ------------------------------------------------------------ arithmetic */

static uint32_t mul_high(int64_t a, int64_t b)
{
    return (uint32_t)((uint64_t)(a * b) >> 32);
}

static uint32_t divide(enum isa_name op, uint32_t a, uint32_t b)
{
    bool overflow = a == 0x80000000u && b == 0xffffffffu;
    switch (op) {
    case ISA_DIV:
        return b == 0     ? 0xffffffffu
               : overflow ? a
                          : (uint32_t)((int32_t)a / (int32_t)b);
    case ISA_DIVU:
        return b == 0 ? 0xffffffffu : a / b;
    case ISA_REM:
        return b == 0 ? a : overflow ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
    default:
        return b == 0 ? a : a % b;
    }
}

static uint32_t shift_right_arith(uint32_t a, uint32_t by)
{
    return by == 0           ? a
           : a & 0x80000000u ? a >> by | 0xffffffffu << (32 - by)
                             : a >> by;
}

static uint32_t arithmetic(enum isa_name op, uint32_t a, uint32_t b)
{
    int64_t sa = (int32_t)a, sb = (int32_t)b;
    switch (op) {
    case ISA_ADD:
    case ISA_ADDI:
        return a + b;
    case ISA_SUB:
        return a - b;
    case ISA_SLL:
    case ISA_SLLI:
        return a << (b & 31);
    case ISA_SLT:
    case ISA_SLTI:
        return sa < sb;
    case ISA_SLTU:
    case ISA_SLTIU:
        return a < b;
    case ISA_XOR:
    case ISA_XORI:
        return a ^ b;
    case ISA_SRL:
    case ISA_SRLI:
        return a >> (b & 31);
    case ISA_SRA:
    case ISA_SRAI:
        return shift_right_arith(a, b & 31);
    case ISA_OR:
    case ISA_ORI:
        return a | b;
    case ISA_AND:
    case ISA_ANDI:
        return a & b;
    case ISA_MUL:
        return a * b;
    case ISA_MULH:
        return mul_high(sa, sb);
    case ISA_MULHSU:
        return mul_high(sa, (int64_t)(uint64_t)b);
    case ISA_MULHU:
        return (uint32_t)((uint64_t)a * b >> 32);
    default:
        return divide(op, a, b);
    }
}

static bool branch_taken(enum isa_name op, uint32_t a, uint32_t b)
{
    switch (op) {
    case ISA_BEQ:
        return a == b;
    case ISA_BNE:
        return a != b;
    case ISA_BLT:
        return (int32_t)a < (int32_t)b;
    case ISA_BGE:
        return (int32_t)a >= (int32_t)b;
    case ISA_BLTU:
        return a < b;
    default:
        return a >= b;
    }
}

/* ------------------------------------------------------------------ CSRs */

enum {
    MIE_BITS = 1 << 3 | 1 << 7 | 1 << 11,
    MISA = 1 << 30 | 1 << 12 | 1 << 8 | 1 << 2, /* RV32, M, I, C */
};

uint32_t isa_mstatus(const struct isa *isa)
{
    return 3u << 11 | (uint32_t)isa->mpie_bit << 7 |
           (uint32_t)isa->mie_bit << 3;
}

static uint64_t mcycle_in(const struct isa *isa, uint64_t cycle)
{
    return isa->mcountinhibit & 1 ? isa->mcycle
                                  : isa->mcycle + (cycle - isa->mcycle_at);
}

static bool csr_is_counter_of_nothing(uint16_t addr)
{
    return (addr >= 0x323 && addr <= 0x33f) ||
           (addr >= 0xb03 && addr <= 0xb1f) || (addr >= 0xb83 && addr <= 0xb9f);
}

/* False when there is no such register. */
static bool csr_read(const struct isa *isa, uint16_t addr, uint64_t cycle,
                     uint32_t *value)
{
    uint64_t now = mcycle_in(isa, cycle);
    switch (addr) {
    case 0x300:
        *value = isa_mstatus(isa);
        return true;
    case 0x301:
        *value = MISA;
        return true;
    case 0x304:
        *value = isa->mie;
        return true;
    case 0x305:
        *value = isa->mtvec;
        return true;
    case 0x320:
        *value = isa->mcountinhibit;
        return true;
    case 0x340:
        *value = isa->mscratch;
        return true;
    case 0x341:
        *value = isa->mepc;
        return true;
    case 0x342:
        *value = isa->mcause;
        return true;
    case 0x343:
        *value = isa->mtval;
        return true;
    case 0x344:
        *value = isa->mip;
        return true;
    case 0xb00:
    case 0xc00:
        *value = (uint32_t)now;
        return true;
    case 0xb80:
    case 0xc80:
        *value = (uint32_t)(now >> 32);
        return true;
    case 0xb02:
    case 0xc02:
        *value = (uint32_t)isa->minstret;
        return true;
    case 0xb82:
    case 0xc82:
        *value = (uint32_t)(isa->minstret >> 32);
        return true;
    case 0x310: /* mstatush */
    case 0xf11: /* mvendorid, marchid, mimpid, mhartid, mconfigptr */
    case 0xf12:
    case 0xf13:
    case 0xf14:
    case 0xf15:
        *value = 0;
        return true;
    default:
        *value = 0;
        return csr_is_counter_of_nothing(addr);
    }
}

static uint64_t with_half(uint64_t old, bool high, uint32_t value)
{
    return high ? (uint64_t)value << 32 | (uint32_t)old
                : (old & ~0xffffffffull) | value;
}

/* Registers without a case ignore what is written. */
static void csr_write(struct isa *isa, uint16_t addr, uint64_t cycle,
                      uint32_t value)
{
    switch (addr) {
    case 0x300:
        isa->mie_bit = bit(value, 3);
        isa->mpie_bit = bit(value, 7);
        break;
    case 0x304:
        isa->mie = value & MIE_BITS;
        break;
    case 0x305:
        isa->mtvec = value & ~2u;
        break;
    case 0x320:
        isa->mcycle = mcycle_in(isa, cycle + 1);
        isa->mcycle_at = cycle + 1;
        isa->mcountinhibit = value & 5;
        break;
    case 0x340:
        isa->mscratch = value;
        break;
    case 0x341:
        isa->mepc = value & ~1u;
        break;
    case 0x342:
        isa->mcause = value & 0x8000001fu;
        break;
    case 0x343:
        isa->mtval = value;
        break;
    case 0xb00:
    case 0xb80:
        isa->mcycle = with_half(mcycle_in(isa, cycle), addr & 0x80, value);
        isa->mcycle_at = cycle + 1;
        break;
    case 0xb02:
    case 0xb82:
        isa->minstret = with_half(isa->minstret, addr & 0x80, value);
        break;
    default:
        break;
    }
}

/* ----------------------------------------------------------------- traps */

static void enter_trap(struct isa *isa, uint32_t cause, uint32_t value,
                       uint32_t target)
{
    isa->mepc = isa->pc;
    isa->mcause = cause;
    isa->mtval = value;
    isa->mpie_bit = isa->mie_bit;
    isa->mie_bit = false;
    isa->pc = target;
}

void isa_interrupt(struct isa *isa, unsigned cause)
{
    uint32_t base = isa->mtvec & ~3u;
    enter_trap(isa, 0x80000000u | cause, 0,
               isa->mtvec & 1 ? base + 4 * cause : base);
}

static void exception(struct isa *isa, struct isa_event *e,
                      enum isa_cause cause, uint32_t value)
{
    e->trap = true;
    e->rd = 0;
    enter_trap(isa, (uint32_t)cause, value, isa->mtvec & ~3u);
}

/* ---------------------------------------------------------- instructions */

static unsigned access_bytes(enum isa_name op)
{
    switch (op) {
    case ISA_LB:
    case ISA_LBU:
    case ISA_SB:
        return 1;
    case ISA_LH:
    case ISA_LHU:
    case ISA_SH:
        return 2;
    default:
        return 4;
    }
}

static uint32_t extend(enum isa_name op, uint32_t value)
{
    switch (op) {
    case ISA_LB:
        return (uint32_t)sign_extend(value & 0xff, 8);
    case ISA_LBU:
        return value & 0xff;
    case ISA_LH:
        return (uint32_t)sign_extend(value & 0xffff, 16);
    case ISA_LHU:
        return value & 0xffff;
    default:
        return value;
    }
}

static void access_memory(struct isa *isa, const struct decoded *d,
                          struct isa_event *e)
{
    bool store = d->op >= ISA_SB && d->op <= ISA_SW;
    unsigned bytes = access_bytes(d->op);
    uint32_t addr = e->rs1_value + (uint32_t)d->imm;
    unsigned lane = addr & 3;
    uint8_t mask = (uint8_t)((1u << bytes) - 1) << lane & 0xf;

    if (addr % bytes) {
        exception(isa, e, store ? ISA_STORE_MISALIGNED : ISA_LOAD_MISALIGNED,
                  addr);
        return;
    }
    e->mem_addr = addr & ~3u;
    if (store) {
        e->mem_wdata = e->rs2_value << (8 * lane);
        if (isa->memory->write(e->mem_addr, mask, e->mem_wdata))
            e->mem_wmask = mask;
        else
            e->fault_wmask = mask;
    } else {
        if (isa->memory->read(e->mem_addr, mask, &e->mem_rdata))
            e->mem_rmask = mask;
        else
            e->fault_rmask = mask;
        e->rd_value = extend(d->op, e->mem_rdata >> (8 * lane));
    }
    if (e->fault_rmask || e->fault_wmask) {
        e->mem_fault = true;
        exception(isa, e, store ? ISA_STORE_FAULT : ISA_LOAD_FAULT, addr);
    }
}

/* True when it wrote minstret itself. */
static bool access_csr(struct isa *isa, const struct decoded *d,
                       struct isa_event *e, uint64_t cycle, uint32_t insn)
{
    uint32_t fields = (uint32_t)d->imm, old;
    uint16_t addr = (uint16_t)bits(fields, 16, 5);
    uint32_t source = bits(fields, 4, 0);
    uint32_t operand = d->op >= ISA_CSRRWI ? source : e->rs1_value;
    bool writes = d->op == ISA_CSRRW || d->op == ISA_CSRRWI || source != 0;

    e->csr = true;
    e->csr_addr = addr;
    if (!csr_read(isa, addr, cycle, &old) ||
        (writes && bits(addr, 11, 10) == 3)) {
        e->rs1 = 0;
        exception(isa, e, ISA_ILLEGAL_INSN, insn);
        return false;
    }
    e->rd_value = old;
    if (!writes)
        return false;
    if (d->op == ISA_CSRRS || d->op == ISA_CSRRSI)
        operand |= old;
    else if (d->op == ISA_CSRRC || d->op == ISA_CSRRCI)
        operand = old & ~operand;
    csr_write(isa, addr, cycle, operand);
    return (addr & ~0x80) == 0xb02;
}

static void jump(const struct decoded *d, struct isa_event *e)
{
    switch (d->op) {
    case ISA_JAL:
        e->rd_value = e->next_pc;
        e->next_pc = e->pc + (uint32_t)d->imm;
        break;
    case ISA_JALR:
        e->rd_value = e->next_pc;
        e->next_pc = (e->rs1_value + (uint32_t)d->imm) & ~1u;
        break;
    default:
        if (branch_taken(d->op, e->rs1_value, e->rs2_value))
            e->next_pc = e->pc + (uint32_t)d->imm;
    }
}

/* True when the instruction wrote minstret itself. */
static bool execute(struct isa *isa, const struct decoded *d,
                    struct isa_event *e, uint64_t cycle, uint32_t insn)
{
    switch (d->op) {
    case ISA_ILLEGAL:
        exception(isa, e, ISA_ILLEGAL_INSN, insn);
        return false;
    case ISA_ECALL:
        exception(isa, e, ISA_ECALL_M, 0);
        return false;
    case ISA_EBREAK:
        exception(isa, e, ISA_BREAKPOINT, e->pc);
        return false;
    case ISA_MRET:
        isa->mie_bit = isa->mpie_bit;
        isa->mpie_bit = true;
        e->next_pc = isa->mepc;
        return false;
    case ISA_FENCE:
    case ISA_FENCE_I:
    case ISA_WFI:
        return false;
    case ISA_LUI:
        e->rd_value = (uint32_t)d->imm;
        return false;
    case ISA_AUIPC:
        e->rd_value = e->pc + (uint32_t)d->imm;
        return false;
    default:
        break;
    }
    if (d->op >= ISA_JAL && d->op <= ISA_BGEU)
        jump(d, e);
    else if (d->op >= ISA_LB && d->op <= ISA_SW)
        access_memory(isa, d, e);
    else if (d->op >= ISA_CSRRW && d->op <= ISA_CSRRCI)
        return access_csr(isa, d, e, cycle, insn);
    else if (d->op >= ISA_ADDI && d->op <= ISA_SRAI)
        e->rd_value = arithmetic(d->op, e->rs1_value, (uint32_t)d->imm);
    else
        e->rd_value = arithmetic(d->op, e->rs1_value, e->rs2_value);
    return false;
}

void isa_step(struct isa *isa, const struct isa_fetch *fetch, uint64_t cycle,
              struct isa_event *e)
{
    struct decoded d = {0};
    uint32_t counting = isa->mcountinhibit & 4 ? 0 : 1;
    bool wrote_minstret;

    memset(e, 0, sizeof *e);
    e->pc = isa->pc;
    if (fetch->fault) {
        e->mem_fault = true;
        exception(isa, e, ISA_INSN_FAULT, fetch->fault_addr);
        e->next_pc = isa->pc;
        return;
    }
    decode(fetch->insn, &d);
    e->name = d.name;
    e->rs1 = d.rs1;
    e->rs2 = d.rs2;
    e->rd = d.rd;
    e->rs1_value = isa->x[d.rs1];
    e->rs2_value = isa->x[d.rs2];
    e->next_pc = e->pc + d.len_bytes;
    wrote_minstret = execute(isa, &d, e, cycle, fetch->insn);
    if (e->trap) {
        e->rd_value = 0;
        e->next_pc = isa->pc;
        return;
    }
    if (e->rd)
        isa->x[e->rd] = e->rd_value;
    else
        e->rd_value = 0;
    if (!wrote_minstret)
        isa->minstret += counting;
    isa->pc = e->next_pc;
}

void isa_reset(struct isa *isa, uint32_t pc, const struct isa_memory *memory)
{
    uint32_t x[32];
    memcpy(x, isa->x, sizeof x);
    memset(isa, 0, sizeof *isa);
    memcpy(isa->x, x, sizeof x);
    isa->pc = pc;
    isa->memory = memory;
}
