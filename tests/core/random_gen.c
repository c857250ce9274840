/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Writes a random RV32IMC program in assembly to standard output. The program
 * ends by itself: branches go forward, loops are counted, every trap is
 * stepped over. Its signature is the data area, where all registers and a
 * digest of all traps are stored at the end.
 *
 * Registers with a fixed part: ra calls, sp and s0 and t6 point into the data
 * area, t5 and a5 count loops, t4 is the trap handler's. The others are free.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { DATA_WORDS = 512, FUNCTIONS = 4 };

static uint64_t state;
static unsigned label;

static uint32_t rnd(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % limit);
}

static const char *pick(const char *const *list, unsigned count)
{
    return list[rnd(count)];
}
#define PICK(list) pick(list, sizeof(list) / sizeof(list)[0])

static const char *rd(void)
{
    static const char *const regs[] = {
        "gp", "tp",  "t0",  "t1", "t2", "s1", "a0", "a1", "a2", "a3",
        "a4", "a6",  "a7",  "s2", "s3", "s4", "s5", "s6", "s7", "s8",
        "s9", "s10", "s11", "t3", "a0", "a1", "a2", "a3", "s1", "zero",
    };
    return PICK(regs);
}

/* Mostly what was written just before, so that forwarding has work. */
static const char *rs(void)
{
    static const char *const regs[] = {
        "zero", "gp",  "tp", "t0", "t1", "t2", "s1", "a0", "a1", "a2", "a3",
        "a4",   "a6",  "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9",
        "s10",  "s11", "t3", "a0", "a1", "a2", "a3", "s1", "sp", "s0", "ra",
    };
    return PICK(regs);
}

/* Writable register that compressed instructions can name. */
static const char *rc(void)
{
    static const char *const regs[] = {"s1", "a0", "a1", "a2", "a3", "a4"};
    return PICK(regs);
}

static int32_t imm12(void)
{
    static const int32_t edges[] = {0, 1, -1, 2047, -2048, 31, -32, 16};
    return rnd(3) ? (int32_t)rnd(4096) - 2048 : edges[rnd(8)];
}

static void alu(void)
{
    static const char *const rr[] = {
        "add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and",
    };
    static const char *const ri[] = {"addi", "slti", "sltiu",
                                     "xori", "ori",  "andi"};
    static const char *const sh[] = {"slli", "srli", "srai"};
    switch (rnd(8)) {
    case 0:
    case 1:
    case 2:
        printf("\t%s %s, %s, %s\n", PICK(rr), rd(), rs(), rs());
        break;
    case 3:
    case 4:
        printf("\t%s %s, %s, %d\n", PICK(ri), rd(), rs(), imm12());
        break;
    case 5:
        printf("\t%s %s, %s, %u\n", PICK(sh), rd(), rs(), rnd(32));
        break;
    case 6:
        printf("\t%s %s, 0x%x\n", rnd(4) ? "lui" : "auipc", rd(),
               rnd(1u << 20));
        break;
    default: {
        static const uint32_t edges[] = {0,          1,      0x7fffffff,
                                         0x80000000, 0xffff, 0xffffffff};
        printf("\tli %s, 0x%x\n", rd(), edges[rnd(6)]);
    }
    }
}

static void muldiv(void)
{
    static const char *const ops[] = {"mul", "mulh", "mulhsu", "mulhu", "mul",
                                      "div", "divu", "rem",    "remu"};
    printf("\t%s %s, %s, %s\n", PICK(ops), rd(), rs(), rs());
}

static void compressed(void)
{
    static const char *const cr[] = {"c.sub", "c.xor", "c.or", "c.and"};
    static const char *const free_reg[] = {"t0", "t1", "t2", "a6", "s2",
                                           "s9", "t3", "gp", "s1", "a0"};
    switch (rnd(13)) {
    case 0:
        printf("\t%s %s, %s\n", PICK(cr), rc(), rc());
        break;
    case 1:
        printf("\tc.mv %s, %s\n", PICK(free_reg), PICK(free_reg));
        break;
    case 2:
        printf("\tc.add %s, %s\n", PICK(free_reg), PICK(free_reg));
        break;
    case 3:
        printf("\tc.li %s, %d\n", PICK(free_reg), (int)rnd(64) - 32);
        break;
    case 4:
        printf("\tc.lui %s, %u\n", PICK(free_reg), 1 + rnd(31));
        break;
    case 5:
        printf("\tc.addi %s, %d\n", PICK(free_reg), 1 + (int)rnd(31));
        break;
    case 6:
        printf("\tc.slli %s, %u\n", PICK(free_reg), 1 + rnd(31));
        break;
    case 7:
        printf("\t%s %s, %u\n", rnd(2) ? "c.srli" : "c.srai", rc(),
               1 + rnd(31));
        break;
    case 8:
        printf("\tc.andi %s, %d\n", rc(), (int)rnd(64) - 32);
        break;
    case 9:
        printf("\tc.addi4spn %s, sp, %u\n", rc(), 4 + 4 * rnd(255));
        break;
    case 10: {
        int step = 16 * (1 + (int)rnd(31));
        printf("\tc.addi16sp sp, %d\n\tc.addi16sp sp, %d\n", -step, step);
        break;
    }
    case 11:
        if (rnd(2))
            printf("\tc.lw %s, %u(s0)\n", rc(), 4 * rnd(32));
        else
            printf("\tc.sw %s, %u(s0)\n", rc(), 4 * rnd(32));
        break;
    default:
        if (rnd(2))
            printf("\tc.lwsp %s, %u(sp)\n", PICK(free_reg), 4 * rnd(64));
        else
            printf("\tc.swsp %s, %u(sp)\n", rs(), 4 * rnd(64));
    }
}

static void memory(void)
{
    static const struct {
        const char *name;
        int size;
    } ops[] = {{"lb", 1}, {"lh", 2}, {"lw", 4}, {"lbu", 1}, {"lhu", 2},
               {"sb", 1}, {"sh", 2}, {"sw", 4}, {"lw", 4},  {"sw", 4}};
    unsigned n = rnd(10);
    const char *value = ops[n].name[0] == 'l' ? rd() : rs();
    int size = ops[n].size;
    if (rnd(3)) { /* t6 points to the middle */
        int offset = ((int)rnd(DATA_WORDS * 4) - DATA_WORDS * 2) & -size;
        printf("\t%s %s, %d(t6)\n", ops[n].name, value, offset);
    } else { /* an address that depends on what was just computed */
        const char *address = rc();
        printf("\tandi %s, %s, %d\n\tadd %s, %s, t6\n", address, rs(),
               (DATA_WORDS * 2 - 1) & -size, address, address);
        printf("\t%s %s, 0(%s)\n", ops[n].name, value, address);
    }
}

static void csr(void)
{
    static const char *const ops[] = {"csrrw", "csrrs", "csrrc"};
    switch (rnd(4)) {
    case 0:
        printf("\t%si %s, mscratch, %u\n", PICK(ops), rd(), rnd(32));
        break;
    case 1:
        printf("\tcsrr %s, %s\n", rd(), rnd(2) ? "mepc" : "mcause");
        break;
    default:
        printf("\t%s %s, mscratch, %s\n", PICK(ops), rd(), rs());
    }
}

/* Things that trap; the handler goes on behind them. */
static void trap(void)
{
    switch (rnd(6)) {
    case 0:
        puts("\tecall");
        break;
    case 1:
        puts("\tc.ebreak");
        break;
    case 2:
        puts("\t.option push\n\t.option norvc\n\tebreak\n\t.option pop");
        break;
    case 3:
        puts("\t.2byte 0");
        break;
    case 4:
        printf("\t.4byte 0x%x\n", rnd(1u << 25) << 7 | 0x7b);
        break;
    default: /* a shift with a bad upper half */
        printf("\t.4byte 0x%x\n", 0x04001013u | rnd(32) << 20 | rnd(32) << 15);
    }
}

static void straight(unsigned count);

static void jump_forward(void)
{
    static const char *const branches[] = {"beq", "bne",  "blt",
                                           "bge", "bltu", "bgeu"};
    unsigned l = label++;
    switch (rnd(8)) {
    case 0:
        printf("\tj L%u\n", l);
        break;
    case 1:
        printf("\tc.%s %s, L%u\n", rnd(2) ? "beqz" : "bnez", rc(), l);
        break;
    case 2:
        printf("\tla t0, L%u\n\t%s\n", l,
               rnd(2) ? "jalr t1, 0(t0)" : "c.jr t0");
        break;
    case 3:
        printf("\tla t3, L%u - 16\n\tjalr t3, 16(t3)\n", l);
        break;
    default:
        printf("\t%s %s, %s, L%u\n", PICK(branches), rs(), rs(), l);
    }
    straight(rnd(6));
    printf("L%u:\n", l);
}

static void loop(void)
{
    unsigned l = label++;
    const char *counter = rnd(2) ? "t5" : "a5";
    printf("\tli %s, %u\nL%u:\n", counter, 1 + rnd(12), l);
    straight(1 + rnd(8));
    if (rnd(3) == 0)
        jump_forward();
    printf("\taddi %s, %s, -1\n", counter, counter);
    if (counter[0] == 'a' && rnd(2))
        printf("\tc.bnez a5, L%u\n", l);
    else
        printf("\t%s %s, L%u\n", rnd(2) ? "bnez" : "bgtz", counter, l);
}

static void call(void)
{
    unsigned f = rnd(FUNCTIONS);
    if (rnd(2))
        printf("\tjal ra, func%u\n", f);
    else
        printf("\tla ra, func%u\n\tc.jalr ra\n", f);
}

static void straight(unsigned count)
{
    while (count--) {
        switch (rnd(20)) {
        case 0:
        case 1:
            muldiv();
            break;
        case 2:
        case 3:
        case 4:
        case 5:
            memory();
            break;
        case 6:
        case 7:
        case 8:
        case 9:
            compressed();
            break;
        case 10:
            if (rnd(4) == 0)
                csr();
            else if (rnd(4) == 0)
                trap();
            else if (rnd(8) == 0)
                puts(rnd(2) ? "\tfence" : "\tfence.i");
            break;
        default:
            alu();
        }
    }
}

static void prologue(unsigned long long seed)
{
    printf("# random program, seed %llu\n"
           "\t.option norelax\n\t.section .text.init, \"ax\"\n\t.globl "
           "_start\n_start:\n"
           "\tla t0, handler\n\tcsrw mtvec, t0\n\tcsrw mscratch, zero\n"
           "\tla t6, middle\n\tla s0, data\n\tla sp, data + 512\n",
           seed);
    static const char *const free_regs[] = {
        "ra", "gp", "tp", "t0",  "t1",  "t2", "s1", "a0", "a1", "a2",
        "a3", "a4", "a5", "a6",  "a7",  "s2", "s3", "s4", "s5", "s6",
        "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",
    };
    for (unsigned i = 0; i < sizeof free_regs / sizeof free_regs[0]; i++)
        printf("\tli %s, 0x%x\n", free_regs[i],
               rnd(4) ? rnd(0x10000) << 16 | rnd(0x10000) : rnd(64) - 32);
}

/* Ends core_tb by tohost; under QEMU that is a plain store, and semihosting
 * writes the signature to standard output and stops the machine. */
static void epilogue(void)
{
    for (int i = 1; i < 32; i++)
        if (i != 31)
            printf("\tsw x%d, %d(t6)\n", i, 4 * i - 128);
    puts("\tcsrr t0, mscratch\n\tsw t0, -128(t6)\n\tla t0, digest\n"
         "\tlw t1, 0(t0)\n\tsw t1, -4(t6)\n"
         "\tfence\n\tla t0, tohost\n\tli t1, 1\n\tsw t1, 0(t0)\n"
         "\tli a0, 1\n\tla a1, open_args\n\tcall semihost\n"
         "\tla a1, write_args\n\tsw a0, 0(a1)\n\tli a0, 5\n\tcall semihost\n"
         "\tli a0, 24\n\tli a1, 0x20026\n\tcall semihost\n"
         "1:\tj 1b\n"
         "\t.option push\n\t.option norvc\n\t.balign 16\n"
         "semihost:\n\tslli zero, zero, 0x1f\n\tebreak\n"
         "\tsrai zero, zero, 7\n\tret\n\t.option pop");
}

static void handler(void)
{
    puts("\t.balign 4\nhandler:\n"
         /* digest = (digest rotated) ^ mcause ^ mtval ^ mepc */
         "\tcsrw mscratch, t4\n\tla t4, save\n\tsw t0, 0(t4)\n"
         "\tsw t1, 4(t4)\n\tla t4, digest\n\tlw t0, 0(t4)\n"
         "\tslli t1, t0, 7\n\tsrli t0, t0, 25\n\tor t0, t0, t1\n"
         "\tcsrr t1, mcause\n\txor t0, t0, t1\n\taddi t1, t1, -2\n"
         "\tbnez t1, 1f\n\tcsrr t1, mtval\n\txor t0, t0, t1\n1:"
         "\tcsrr t1, mepc\n\txor t0, t0, t1\n\tsw t0, 0(t4)\n"
         "\tlhu t0, 0(t1)\n\tandi t0, t0, 3\n\taddi t0, t0, -3\n"
         "\tseqz t0, t0\n\tslli t0, t0, 1\n\taddi t0, t0, 2\n"
         "\tadd t1, t1, t0\n\tcsrw mepc, t1\n"
         "\tla t4, save\n\tlw t0, 0(t4)\n\tlw t1, 4(t4)\n"
         "\tcsrr t4, mscratch\n\tmret");
}

static void data(void)
{
    puts("\t.section .tohost, \"aw\"\n\t.globl tohost\ntohost:\t.8byte 0\n"
         "\t.data\nname:\t.asciz \":tt\"\n\t.balign 4\n"
         "digest:\t.word 0\nsave:\t.word 0, 0\n"
         "open_args:\t.word name, 4, 3\n"
         "write_args:\t.word 0, begin_signature, "
         "end_signature - begin_signature\n"
         "\t.section .signature, \"aw\"\n"
         "\t.globl begin_signature, end_signature\n"
         "begin_signature:\ndata:");
    for (int i = 0; i < DATA_WORDS; i++) {
        if (i == DATA_WORDS / 2)
            puts("middle:");
        printf("\t.word 0x%x\n", rnd(0x10000) << 16 | rnd(0x10000));
    }
    puts("end_signature:");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: random_gen SEED BLOCKS\n", stderr);
        return 2;
    }
    unsigned long long seed = strtoull(argv[1], NULL, 0);
    unsigned long blocks = strtoul(argv[2], NULL, 0);
    state = (seed + 1) * 0x9e3779b97f4a7c15ull;
    for (int i = 0; i < 8; i++)
        rnd(2);

    prologue(seed);
    for (unsigned long i = 0; i < blocks; i++) {
        switch (rnd(8)) {
        case 0:
        case 1:
            jump_forward();
            break;
        case 2:
            loop();
            break;
        case 3:
            call();
            break;
        default:
            straight(1 + rnd(8));
        }
    }
    epilogue();
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        printf("func%u:\n", i);
        straight(2 + rnd(8));
        puts(rnd(2) ? "\tret" : "\tjalr zero, 0(ra)");
    }
    handler();
    data();
    return 0;
}
