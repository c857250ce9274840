// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Owns the Verilated object; the contract is in verilated.h. Build with
// -DVTOP=Vname -DVTOP_HEADER='"Vname.h"', and with -DVTRACE when the model was
// verilated with --trace-fst.
// Two rules follow from the file's name: Verilator's headers and this one are
// told apart by the search path, so -I names the folder above (sim), never
// sim/model; and the object goes to a folder other than Verilator's.
#include <verilated.h>

#include <new>

#include "model/verilated.h"
#include VTOP_HEADER
#ifdef VTRACE
#include <verilated_fst_c.h>
#endif

struct rl_verilated {
    VerilatedContext context;
    VTOP *top = nullptr;
    uint64_t cycles = 0;
#ifdef VTRACE
    VerilatedFstC *fst = nullptr;
#endif

    void phase(int clk)
    {
        top->clk_i = clk;
        top->eval();
#ifdef VTRACE
        if (fst)
            fst->dump(context.time());
#endif
        context.timeInc(1);
    }
};

extern "C" {

struct rl_verilated *rl_verilated_new(int argc, char **argv)
{
    rl_verilated *m = new (std::nothrow) rl_verilated;
    if (!m)
        return nullptr;
    if (argc > 0)
        m->context.commandArgs(argc, argv);
#ifdef VTRACE
    m->context.traceEverOn(true);
#endif
    m->top = new (std::nothrow) VTOP(&m->context, "TOP");
    if (!m->top) {
        delete m;
        return nullptr;
    }
    m->top->clk_i = 0;
    m->top->eval();
    return m;
}

void rl_verilated_step(struct rl_verilated *m)
{
    m->phase(0);
    m->phase(1);
    m->cycles++;
}

uint64_t rl_verilated_cycles(const struct rl_verilated *m)
{
    return m->cycles;
}

int rl_verilated_waves(struct rl_verilated *m, const char *file)
{
#ifdef VTRACE
    m->fst = new (std::nothrow) VerilatedFstC;
    if (!m->fst)
        return -1;
    m->top->trace(m->fst, 99);
    m->fst->open(file);
    if (m->fst->isOpen())
        return 0;
    delete m->fst;
    m->fst = nullptr;
    return -1;
#else
    (void)m;
    (void)file;
    return -1;
#endif
}

void rl_verilated_free(struct rl_verilated *m)
{
    if (!m)
        return;
    m->top->final();
#ifdef VTRACE
    if (m->fst) {
        m->fst->close();
        delete m->fst;
    }
#endif
    delete m->top;
    delete m;
}

} // extern "C"
