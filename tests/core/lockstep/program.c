/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "program.h"

#include <stdbool.h>

enum { X0 = 0, RA = 1, SP = 2, S0 = 8, S1 = 9, BODY = 0x200 };

static uint64_t state;
static uint16_t *code; /* where the next half word goes */
static uint8_t recent[4];

uint64_t random_start(uint64_t seed)
{
    uint64_t s = (seed + 1) * 0x9e3779b97f4a7c15ull;
    s = s ? s : 1;
    for (int i = 0; i < 12; i++)
        random_next(&s);
    return s;
}

static uint32_t rnd(uint32_t limit)
{
    return random_next(&state) % limit;
}

static bool one_in(uint32_t n)
{
    return rnd(n) == 0;
}

#define PICK(list) list[rnd(sizeof(list) / sizeof(list)[0])]

/* -------------------------------------------------------------- encodings */

static void half(uint32_t h)
{
    *code++ = (uint16_t)h;
}

static void word(uint32_t w)
{
    half(w);
    half(w >> 16);
}

static void r_type(uint32_t funct7, uint32_t funct3, uint32_t rd, uint32_t rs1,
                   uint32_t rs2)
{
    word(funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x33);
}

static void i_type(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1,
                   int32_t imm)
{
    word((uint32_t)imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode);
}

static void addi(uint32_t rd, uint32_t rs1, int32_t imm)
{
    i_type(0x13, 0, rd, rs1, imm);
}

static void lui(uint32_t rd, uint32_t value)
{
    word((value & 0xfffff000u) | rd << 7 | 0x37);
}

static void load_value(uint32_t rd, uint32_t value)
{
    lui(rd, value + 0x800);
    addi(rd, rd, (int32_t)(value & 0xfff));
}

static void store(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t imm)
{
    uint32_t u = (uint32_t)imm;
    word((u >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (u & 0x1f) << 7 | 0x23);
}

static void branch(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t offset)
{
    uint32_t u = (uint32_t)offset;
    word((u >> 12 & 1) << 31 | (u >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 |
         funct3 << 12 | (u >> 1 & 0xf) << 8 | (u >> 11 & 1) << 7 | 0x63);
}

static void jal(uint32_t rd, int32_t offset)
{
    uint32_t u = (uint32_t)offset;
    word((u >> 20 & 1) << 31 | (u >> 1 & 0x3ff) << 21 | (u >> 11 & 1) << 20 |
         (u >> 12 & 0xff) << 12 | rd << 7 | 0x6f);
}

static void csr(uint32_t funct3, uint32_t rd, uint32_t addr, uint32_t rs1)
{
    word(addr << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x73);
}

enum { CSRRW = 1, CSRRS, CSRRC, CSRRWI = 5, CSRRSI, CSRRCI };
enum {
    MSTATUS = 0x300,
    MIE = 0x304,
    MTVEC = 0x305,
    MSCRATCH = 0x340,
    MEPC = 0x341,
    MCAUSE = 0x342,
    MTVAL = 0x343,
    MIP = 0x344,
    MINSTRET = 0xb02,
};

static void mret(void)
{
    word(0x30200073);
}

static void fence_i(void)
{
    word(0x0000100f);
}

/* --------------------------------------------------------------- operands */

/* Pointers are rarely written, so that most accesses go somewhere. */
static uint32_t dest(void)
{
    uint32_t r = rnd(32);
    if ((r == SP || r == S0 || r == S1) && !one_in(12))
        r = 10 + rnd(6);
    recent[rnd(4)] = (uint8_t)r;
    return r;
}

static uint32_t source(void)
{
    return one_in(2) ? recent[rnd(4)] : rnd(32);
}

static uint32_t pointer(void)
{
    static const uint8_t pointers[] = {SP, S0, S1};
    return one_in(8) ? source() : PICK(pointers);
}

static uint32_t any_value(void)
{
    static const uint32_t edges[] = {
        0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x10000, 0xaaaaaaaa,
    };
    switch (rnd(4)) {
    case 0:
        return PICK(edges);
    case 1:
        return rnd(256) - 128;
    default:
        return rnd(0x10000) << 16 | rnd(0x10000);
    }
}

static uint32_t data_address(void)
{
    uint32_t addr = rnd(0x10000) & (one_in(8) ? ~0u : ~3u);
    return addr | (one_in(6) ? 0x40000000 : 0) | rnd(4) << 20;
}

/* ------------------------------------------------------------ single items */

static void item_alu(void)
{
    static const int32_t edges[] = {0, 1, -1, 2047, -2048, 31, 32};
    uint32_t funct3 = rnd(8);
    switch (rnd(8)) {
    case 0:
        lui(dest(), any_value());
        break;
    case 1:
        word((any_value() & 0xfffff000u) | dest() << 7 | 0x17);
        break;
    case 2:
    case 3:
    case 4: {
        int32_t imm = one_in(3) ? PICK(edges) : (int32_t)rnd(4096) - 2048;
        if (funct3 == 1 || funct3 == 5)
            imm = (int32_t)(rnd(32) | (funct3 == 5 && one_in(2) ? 0x400 : 0));
        i_type(0x13, funct3, dest(), source(), imm);
        break;
    }
    default:
        r_type((funct3 == 0 || funct3 == 5) && one_in(2) ? 0x20 : 0, funct3,
               dest(), source(), source());
    }
}

static void item_muldiv(void)
{
    uint32_t funct3 = one_in(3) ? 4 + rnd(4) : rnd(4);
    r_type(1, funct3, dest(), source(), source());
}

static void item_memory(void)
{
    static const uint8_t loads[] = {0, 1, 2, 2, 2, 4, 5};
    int32_t offset = (int32_t)rnd(512) - 256;
    if (one_in(2)) {
        uint32_t funct3 = PICK(loads);
        if (!one_in(16))
            offset &= -(1 << (funct3 & 3));
        i_type(0x03, funct3, dest(), pointer(), offset);
    } else {
        uint32_t funct3 = rnd(3);
        if (!one_in(16))
            offset &= -(1 << funct3);
        store(funct3, pointer(), source(), offset);
    }
}

/* Any 16 bits, mostly of an encoding that RV32C has. */
static void item_compressed(void)
{
    static const uint8_t kinds[] = {
        0x00, 0x02, 0x06, 0x02, 0x06, 0x08, 0x0a, 0x0b, 0x0c, 0x0c,
        0x0c, 0x0c, 0x0e, 0x0f, 0x10, 0x12, 0x14, 0x14, 0x14, 0x16,
    };
    uint32_t kind = PICK(kinds), h = rnd(0x10000);
    if (!one_in(50))
        h = (h & 0x1ffc) | (kind & 7) << 13 | kind >> 3;
    if (kind == 0x14 && (h & 0x7c) == 0 && !one_in(8))
        h |= 0x24; /* not a jump to somewhere */
    if ((kind == 0x0c || kind == 0x10) && !one_in(8))
        h &= ~0x1000u; /* no reserved shifts */
    if ((kind == 0x0e || kind == 0x0f) && one_in(2))
        h &= ~0x1064u; /* short and forward */
    if (kind == 0x08 && (h >> 7 & 31) == SP)
        h |= 0x80; /* sp stays aligned */
    half(h);
}

static int32_t near(void)
{
    int32_t offset = 2 + 2 * (int32_t)rnd(32);
    return one_in(4) ? -offset : offset;
}

static void item_branch(void)
{
    static const uint8_t kinds[] = {0, 1, 4, 5, 6, 7};
    if (one_in(5))
        jal(one_in(2) ? X0 : dest(), near());
    else if (one_in(6)) /* c.jal, c.j */
        half(0x2001 | (one_in(2) ? 0x8000 : 0) | (rnd(8) << 3 & 0x38));
    else
        branch(PICK(kinds), source(), source(), near());
}

/* A computed jump that stays near, or goes anywhere. */
static void item_jalr(void)
{
    uint32_t base = dest();
    if (one_in(10)) {
        i_type(0x67, 0, dest(), source(), (int32_t)rnd(4096) - 2048);
    } else if (base) {
        word(base << 7 | 0x17); /* auipc */
        if (one_in(2)) {
            addi(base, base, 12);
            half(0x9002 | base << 7 | (one_in(2) ? 0 : 0x1000));
        } else {
            i_type(0x67, 0, one_in(3) ? X0 : dest(), base, 8 + near());
        }
    }
}

static void item_plain(void)
{
    switch (rnd(10)) {
    case 0:
        item_muldiv();
        break;
    case 1:
    case 2:
    case 3:
        item_memory();
        break;
    case 4:
    case 5:
    case 6:
        item_compressed();
        break;
    default:
        item_alu();
    }
}

/* A counted loop; sometimes another one inside. */
static void item_loop(unsigned depth)
{
    uint32_t counter = 13 + 2 * depth;
    addi(counter, X0, 1 + (int32_t)rnd(10));
    uint16_t *top = code;
    for (unsigned n = rnd(6); n; n--)
        item_plain();
    if (depth == 0 && one_in(4))
        item_loop(1);
    if (one_in(3))
        branch(rnd(2), source(), source(), 4 + 2 * (int32_t)rnd(4));
    addi(counter, counter, -1);
    int32_t back = (int32_t)(top - code) * 2;
    if (back > -256 && counter == 15 && one_in(2)) {
        uint32_t u = (uint32_t)back;
        half(0xe001 | 7 << 7 | (u >> 8 & 1) << 12 | (u >> 3 & 3) << 10 |
             (u >> 6 & 3) << 5 | (u >> 1 & 3) << 3 | (u >> 5 & 1) << 2);
    } else {
        branch(one_in(2) ? 1 : 4, X0, counter, back);
    }
}

static void item_csr(void)
{
    static const uint16_t known[] = {
        0x300, 0x301, 0x304, 0x305, 0x310, 0x320, 0x340, 0x341, 0x342,
        0x343, 0x344, 0xb00, 0xb80, 0xb02, 0xb82, 0xc00, 0xc80, 0xc02,
        0xc82, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15, 0x323, 0x33f, 0xb03,
        0xb1f, 0xb83, 0xb9f, 0x340, 0x340, 0x341, 0xb02, 0xc02, 0xb00,
    };
    static const uint8_t ops[] = {CSRRW,  CSRRS,  CSRRC, CSRRWI,
                                  CSRRSI, CSRRCI, CSRRS, CSRRS};
    uint32_t addr = one_in(10) ? rnd(4096) : PICK(known);
    uint32_t op = PICK(ops), from = op >= CSRRWI ? rnd(32) : source();
    if (addr == MTVEC && !one_in(20)) /* a good one, of either mode */
        op = one_in(2) ? CSRRSI : CSRRCI, from = one_in(2) ? 1 : 3;
    if ((addr == MSTATUS || addr == 0x320 || addr >= 0xc00) && !one_in(4))
        op = CSRRS, from = X0;
    csr(op, dest(), addr, from);
}

static void item_interrupts(void)
{
    uint32_t r = dest();
    switch (rnd(3)) {
    case 0:
        csr(CSRRCI, dest(), MSTATUS, 8);
        for (unsigned n = rnd(4); n; n--)
            item_plain();
        csr(CSRRSI, dest(), MSTATUS, 8);
        break;
    case 1:
        load_value(r, any_value());
        csr(CSRRW, dest(), MIE, r);
        break;
    default:
        csr(CSRRSI, X0, MSTATUS, 8);
    }
}

static void item_trap(void)
{
    static const uint8_t opcodes[] = {0x03, 0x0f, 0x13, 0x17, 0x23, 0x33,
                                      0x37, 0x63, 0x67, 0x6f, 0x73};
    switch (rnd(8)) {
    case 0:
        word(0x00000073); /* ecall */
        break;
    case 1:
        word(0x00100073); /* ebreak */
        break;
    case 2:
        half(0x9002);
        break;
    case 3:
        word(rnd(0x10000) << 16 | rnd(0x10000) | 3);
        break;
    case 4:
        half(0);
        break;
    case 5: /* what other modes and extensions have under SYSTEM */
        word((uint32_t)rnd(0x1000) << 20 | (one_in(2) ? 0 : rnd(32) << 7) |
             0x73);
        break;
    default:
        word((rnd(0x10000) << 16 | (rnd(0x10000) & 0xff80)) | PICK(opcodes));
    }
}

/* Writes an instruction that lies ahead, and makes it seen, or does not. */
static void item_modify(void)
{
    uint32_t base = 10 + rnd(3), value = 13 + rnd(3);
    unsigned ahead = rnd(4);
    word(base << 7 | 0x17); /* auipc */
    if (one_in(2)) {
        i_type(0x03, 2, value, base, -64 + 4 * (int32_t)rnd(32));
    } else {
        load_value(value, 0x00000013 | rnd(32) << 7 | rnd(8) << 12 |
                              rnd(32) << 15 | rnd(32) << 20);
    }
    store(one_in(2) ? 2 : 1, base, value, 24 + 2 * (int32_t)ahead);
    if (!one_in(3))
        fence_i();
    for (unsigned n = 6; n; n--)
        item_plain();
}

static void item_fence(void)
{
    if (one_in(3))
        fence_i();
    else
        word(rnd(0x10000) << 16 | (rnd(0x10000) & 0x8f80) | 0x0f);
}

static void item(void)
{
    uint32_t n = rnd(1000);
    if (n < 120)
        item_branch();
    else if (n < 150)
        item_loop(0);
    else if (n < 175)
        item_csr();
    else if (n < 200)
        item_trap();
    else if (n < 215)
        item_jalr();
    else if (n < 222)
        item_interrupts();
    else if (n < 236)
        item_modify();
    else if (n < 241)
        item_fence();
    else if (n < 246)
        word(0x10500073); /* wfi */
    else if (n < 249)
        mret();
    else if (n < 262)
        load_value(PICK(((const uint8_t[]){SP, S0, S1})), data_address());
    else
        item_plain();
}

/* ---------------------------------------------------------------- program */

/* Continues at a place that follows from the number of instructions so far. */
static void relocate(uint32_t body_bytes)
{
    uint32_t mask = 2;
    while (mask * 2 <= body_bytes)
        mask *= 2;
    csr(CSRRS, 29, MINSTRET, X0);
    i_type(0x13, 1, 30, 29, 5);
    r_type(0, 4, 29, 29, 30);
    i_type(0x13, 1, 30, 29, 9);
    r_type(0, 4, 29, 29, 30);
    load_value(30, mask - 2);
    r_type(0, 7, 29, 29, 30);
    load_value(30, (uint32_t)PLATFORM_CODE + BODY);
    r_type(0, 0, 29, 29, 30);
    csr(CSRRW, X0, MEPC, 29);
    if (one_in(2))
        load_value(SP, data_address() & ~3u);
    mret();
}

/* At the base of mtvec: 16 words of the vector table, each a jump. Exceptions
 * are stepped over by 2 or 4 bytes; a fault of the fetch, and one trap in 8,
 * goes on elsewhere. */
static void handler(uint16_t *base, uint32_t body_bytes)
{
    uint16_t *dispatch = base + 32;
    for (int i = 0; i < 16; i++) {
        code = base + 2 * i;
        jal(X0, (int32_t)(dispatch - code) * 2);
    }
    csr(CSRRS, 5, MCAUSE, X0);
    csr(CSRRS, 6, MEPC, X0);
    csr(CSRRS, 7, MTVAL, X0);
    csr(CSRRS, 28, MSTATUS, X0);
    csr(CSRRS, 29, MIP, X0);
    uint16_t *to_irq = code;
    word(0);
    addi(29, X0, 1);
    uint16_t *to_elsewhere_1 = code;
    word(0);
    csr(CSRRS, 29, MINSTRET, X0);
    i_type(0x13, 7, 29, 29, 7);
    uint16_t *to_elsewhere_2 = code;
    word(0);
    addi(6, 6, one_in(2) ? 2 : 4);
    csr(CSRRW, X0, MEPC, 6);
    mret();
    uint16_t *elsewhere = code;
    relocate(body_bytes);
    uint16_t *irq = code;
    if (one_in(4))
        csr(CSRRSI, 31, MSTATUS, 8); /* nested */
    for (unsigned n = rnd(5); n; n--)
        item_plain();
    csr(CSRRS, 29, MINSTRET, X0);
    i_type(0x13, 7, 29, 29, 3);
    branch(1, 29, X0, 8);
    jal(X0, (int32_t)(elsewhere - code) * 2);
    mret();

    code = to_irq;
    branch(4, 5, X0, (int32_t)(irq - to_irq) * 2);
    code = to_elsewhere_1;
    branch(0, 5, 29, (int32_t)(elsewhere - to_elsewhere_1) * 2);
    code = to_elsewhere_2;
    branch(0, 29, X0, (int32_t)(elsewhere - to_elsewhere_2) * 2);
}

static void start(uint16_t *base)
{
    code = base;
    for (uint32_t r = 1; r < 32; r++) {
        bool aims = r == SP || r == S0 || r == S1;
        load_value(r, aims ? data_address() & ~3u : any_value());
    }
    load_value(5, (uint32_t)PLATFORM_CODE + PLATFORM_HANDLER + rnd(2));
    csr(CSRRW, X0, MTVEC, 5);
    load_value(5, one_in(4) ? any_value() : 0x888);
    csr(CSRRW, X0, MIE, 5);
    csr(CSRRW, X0, MSCRATCH, 6);
    csr(CSRRWI, X0, MSTATUS, one_in(3) ? 0 : 8);
    jal(X0, (int32_t)(base + BODY / 2 - code) * 2);
}

void program_make(struct platform *p, uint64_t seed)
{
    static const uint32_t sizes[] = {0x80, 0x200, 0x800, 0x2000, 0x6000};
    state = random_start(seed);
    for (unsigned i = 0; i < PLATFORM_BYTES / 2; i++) {
        p->data[i] = (uint16_t)rnd(0x10000);
        p->code[i] = (uint16_t)rnd(0x10000);
    }
    uint32_t size = PICK(sizes);
    start(p->code);
    code = p->code + BODY / 2;
    uint16_t *end = code + size / 2;
    while (code < end)
        item();
    jal(X0, (int32_t)(p->code + BODY / 2 - code) * 2);
    handler(p->code + PLATFORM_HANDLER / 2, size);
}
