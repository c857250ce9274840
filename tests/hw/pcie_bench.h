/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the endpoint's tests share: a card without core below a root port, a
 * small firmware that serves the mailbox out of memory, and TAP output.
 */
#ifndef PCIE_BENCH_H
#define PCIE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "ringlet_regs.h"
#include "rootport/rootport.h"

struct bench {
    struct rl_model *m;
    struct rl_rp *rp;
    uint64_t bar0, bar2;
    uint8_t mbox_mem[RL_BAR0_MAILBOX_END]; /* the firmware's view of BAR0 */
    uint32_t pci_cfg_data;
    unsigned writes, reads; /* mailbox entries served */
    unsigned violations;    /* of PCI Express rules, as the root port saw */
    uint64_t seed;
};

/* A mailbox entry as the firmware sees it. */
struct entry {
    bool valid, write, cfg;
    unsigned addr, tag, be;
    uint32_t data;
};

/* One card per program: a new one in reset state. enumerated: ready, BARs
 * placed, memory and bus mastering on. Ends the program when that fails. */
struct bench *bench_new(void);
void bench_ready(struct bench *b);
void bench_enumerate(struct bench *b);
/* Reset of card and root port, then nothing (CRS). */
void bench_reset(struct bench *b);
/* Checks that the root port saw no violation, prints the plan. Exit status. */
int bench_end(struct bench *b);

/* TAP. */
bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool is_u(uint64_t got, uint64_t want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint32_t rnd(struct bench *b);

/* Registers. */
uint32_t fw_read(struct bench *b, uint32_t reg);
void fw_write(struct bench *b, uint32_t reg, uint32_t value);

/* Mailbox: look at the oldest entry; take it; answer; do all for one entry. */
struct entry fw_peek(struct bench *b);
struct entry fw_take(struct bench *b);
void fw_reply(struct bench *b, unsigned tag, uint32_t data);
bool fw_serve(struct bench *b);
void fw_drain(struct bench *b);

/* Waits for a non-posted request while the firmware serves the mailbox. */
int np_wait(struct bench *b, int handle, void *buf, size_t bytes);
/* Configuration access by dword; be 0 to 15. Does not serve the mailbox. */
void make_cfg(struct rl_tlp *t, bool write, unsigned offset, unsigned be,
              uint32_t value);
uint32_t cfg_rd(struct bench *b, unsigned offset);
int cfg_wr(struct bench *b, unsigned offset, unsigned be, uint32_t value);
/* Writes to memory, then waits until the card has taken them. */
void mem_wr(struct bench *b, uint64_t addr, const void *data, size_t bytes);
void mem_wr32(struct bench *b, uint64_t addr, uint32_t value);
uint32_t mem_rd32(struct bench *b, uint64_t addr); /* serves the mailbox */

#endif
