/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A simulator of RV32IMC_Zicsr_Zifencei in machine mode, from the RISC-V
 * manuals (unprivileged 20191213, privileged 1.12) and hw/core/README.md for
 * what they leave open. It knows no pipeline and no time: who calls it says
 * what was fetched, in which cycle, and when an interrupt is taken.
 */
#ifndef RL_ISA_H
#define RL_ISA_H

#include <stdbool.h>
#include <stdint.h>

/* Every instruction by its name in the manual. */
enum isa_name {
#define ISA_NAME(id, text) ISA_##id,
#include "isa_names.def"
#undef ISA_NAME
    ISA_COUNT
};
extern const char *const isa_names[ISA_COUNT];

enum isa_cause {
    ISA_INSN_FAULT = 1,
    ISA_ILLEGAL_INSN = 2,
    ISA_BREAKPOINT = 3,
    ISA_LOAD_MISALIGNED = 4,
    ISA_LOAD_FAULT = 5,
    ISA_STORE_MISALIGNED = 6,
    ISA_STORE_FAULT = 7,
    ISA_ECALL_M = 11,
};

/* Memory behind loads and stores: an aligned word, and which of its bytes.
 * False: access fault, and nothing has happened. */
struct isa_memory {
    bool (*read)(uint32_t word_addr, uint8_t mask, uint32_t *word);
    bool (*write)(uint32_t word_addr, uint8_t mask, uint32_t word);
};

struct isa {
    uint32_t x[32], pc;
    bool mie_bit, mpie_bit; /* of mstatus */
    uint32_t mie, mip, mtvec, mscratch, mepc, mcause, mtval, mcountinhibit;
    uint64_t minstret;
    uint64_t mcycle, mcycle_at; /* its value, and in which cycle it was that */
    const struct isa_memory *memory;
};

/* What was fetched. A 16-bit instruction has zeros above. */
struct isa_fetch {
    uint32_t insn;
    bool fault;
    uint32_t fault_addr;
};

/* What one instruction did. Registers that it does not name are 0. */
struct isa_event {
    enum isa_name name;
    uint32_t pc, next_pc;
    uint8_t rs1, rs2, rd;
    uint32_t rs1_value, rs2_value, rd_value;
    uint32_t mem_addr; /* aligned */
    uint8_t mem_rmask, mem_wmask;
    uint32_t mem_rdata, mem_wdata;
    bool trap, mem_fault;
    uint8_t fault_rmask, fault_wmask;
    bool csr;
    uint16_t csr_addr;
};

/* The state after reset; x registers are left as they are. */
void isa_reset(struct isa *isa, uint32_t pc, const struct isa_memory *memory);

/* One instruction, committed in this cycle. */
void isa_step(struct isa *isa, const struct isa_fetch *fetch, uint64_t cycle,
              struct isa_event *event);

/* An interrupt is taken in front of the instruction at pc. */
void isa_interrupt(struct isa *isa, unsigned cause);

uint32_t isa_mstatus(const struct isa *isa);

#endif
