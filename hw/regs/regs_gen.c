/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Prints registers.def as a C header (argument "c") or as a SystemVerilog
 * package (argument "sv"). The file is an X-macro list, so the compiler parses
 * it and a slip in it is a compile error.
 */
#include <stdio.h>
#include <string.h>

static void print_c(void)
{
    printf("/* Generated from hw/regs/registers.def. */\n"
           "#ifndef RINGLET_REGS_H\n#define RINGLET_REGS_H\n\n");
#define RL_CONST(name, value, doc) \
    printf("#define RL_%s 0x%xu /* %s */\n", #name, (unsigned)(value), doc);
#define RL_REG(name, offset, doc)                                           \
    printf("#define RL_REG_%s 0x%xu /* %s */\n", #name, (unsigned)(offset), \
           doc);
#define RL_FIELD(reg, field, lsb, width, doc)                      \
    printf("#define RL_%s_%s_LSB %uu\n#define RL_%s_%s_MASK 0x%xu" \
           " /* %s */\n",                                          \
           #reg, #field, (unsigned)(lsb), #reg, #field,            \
           (unsigned)(((1ULL << (width)) - 1) << (lsb)), doc);
#include "registers.def"
#undef RL_CONST
#undef RL_REG
#undef RL_FIELD
    printf("\n#endif\n");
}

static void print_sv(void)
{
    printf("// Generated from hw/regs/registers.def.\n"
           "package rl_regs_pkg;\n"
           "  // verilator lint_off UNUSEDPARAM\n");
#define RL_CONST(name, value, doc)                                  \
    printf("  localparam int unsigned %s = 32'h%x; // %s\n", #name, \
           (unsigned)(value), doc);
#define RL_REG(name, offset, doc)                                         \
    printf("  localparam logic [11:0] REG_%s = 12'h%03x; // %s\n", #name, \
           (unsigned)(offset), doc);
#define RL_FIELD(reg, field, lsb, width, doc)                              \
    printf("  localparam int unsigned %s_%s_LSB = %u;"                     \
           " localparam int unsigned %s_%s_W = %u; // %s\n",               \
           #reg, #field, (unsigned)(lsb), #reg, #field, (unsigned)(width), \
           doc);
#include "registers.def"
#undef RL_CONST
#undef RL_REG
#undef RL_FIELD
    printf("  // verilator lint_on UNUSEDPARAM\n"
           "endpackage\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "c") == 0)
        print_c();
    else if (argc == 2 && strcmp(argv[1], "sv") == 0)
        print_sv();
    else {
        fprintf(stderr, "usage: regs_gen c|sv\n");
        return 2;
    }
    return 0;
}
