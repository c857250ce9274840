/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "isa.h"
#include "isa_decode.h"

#include <string.h>

const char *const isa_names[ISA_COUNT] = {
#define ISA_NAME(id, text) text,
#include "isa_names.def"
#undef ISA_NAME
};

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

static void access_memory(struct isa *isa, const struct isa_decoded *d,
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
static bool access_csr(struct isa *isa, const struct isa_decoded *d,
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

static void jump(const struct isa_decoded *d, struct isa_event *e)
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
static bool execute(struct isa *isa, const struct isa_decoded *d,
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
    struct isa_decoded d = {0};
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
    isa_decode(fetch->insn, &d);
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
