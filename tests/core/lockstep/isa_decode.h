/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Instructions taken apart, 32 and 16 bits alike.
 */
#ifndef RL_ISA_DECODE_H
#define RL_ISA_DECODE_H

#include "isa.h"

/* `op` is what it does, `name` what it is. */
struct isa_decoded {
    enum isa_name name, op;
    uint8_t rd, rs1, rs2;
    int32_t imm;
    uint32_t len_bytes;
};

/* ILLEGAL names all that is reserved or unknown. */
void isa_decode(uint32_t insn, struct isa_decoded *d);

/* Bits high to low of a word. */
static inline uint32_t bits(uint32_t word, unsigned high, unsigned low)
{
    return (word >> low) & (0xffffffffu >> (31 - (high - low)));
}

static inline uint32_t bit(uint32_t word, unsigned n)
{
    return (word >> n) & 1;
}

static inline int32_t sign_extend(uint32_t value, unsigned width)
{
    uint32_t sign = 1u << (width - 1);
    return (int32_t)((value ^ sign) - sign);
}

#endif
