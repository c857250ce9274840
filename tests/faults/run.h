/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * One run of a scenario on one card. There is one per process; processes fork
 * from it (schedule.c), so all of it is plain memory.
 */
#ifndef FAULTS_RUN_H
#define FAULTS_RUN_H

#include <setjmp.h>

#include "main/card.h"
#include "outcome.h"
#include "rootport/rootport.h"
#include "support/dma_oracle.h"

enum {
    TIMEOUT_CYCLES = 2048, /* of the card's reads, in all runs */
    TRACE_LINES = 24,      /* kept of what came before the fault */
};

struct scenario;
struct kind;

struct trace_line {
    uint64_t cycle, step;
    bool upstream;
    uint32_t hdr[4];
    uint16_t bytes;
};

struct run {
    struct card card;
    struct rl_rp *rp;
    struct rl_model *model;
    uint64_t seed;
    const struct scenario *scenario;
    unsigned pm, pcie; /* capabilities, for a host that lost its notes */
    struct outcome outcome;
    unsigned lives;        /* begun so far */
    uint64_t last_request; /* cycle of the card's last memory request */
    uint64_t d3_until, d3_since;

    /* Steps. */
    bool counting;
    uint64_t step, commands;
    unsigned in_cycle; /* steps of this cycle */

    /* The fault, once it has struck. */
    const struct kind *kind;
    uint64_t struck_step, struck_cycle, until_cycle;
    uint64_t read_addr; /* the read that it met */
    uint32_t read_bytes;
    unsigned read_tag, strays;
    bool abandoned;
    jmp_buf abandon; /* the driver is stopped in the middle */

    /* Tags that waited for a completion at the same time, at most. */
    bool census;
    unsigned tags_fetch, tags_run;

    bool trace;
    unsigned traced;
    struct trace_line line[TRACE_LINES];
};

extern struct run run;
extern struct dma_oracle oracle;

/* Ends the process: the run has not survived. */
void __attribute__((noreturn, format(printf, 1, 2)))
run_failed(const char *fmt, ...);

/* Steps for so many cycles. */
void run_cycles(uint64_t cycles);

/* Sets the card's time-out; after each fundamental reset. */
void run_timeout(void);

/* trace.c */
void trace_keep(uint64_t cycle, bool upstream, const struct rl_tlp *t);
void trace_kept(void);
void trace_print(const struct trace_line *l);

#endif
