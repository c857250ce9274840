/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the card may do in host memory, whoever drives it: rings and event areas of
 * queues that were enabled since the last reset; what descriptors name that it has
 * read from those rings, each in its direction only, from then until their slot is
 * used or another descriptor of the same lap is read from there; tables and what
 * their entries name likewise. A used descriptor has AVAIL and USED alike, stands in
 * a slot from which a descriptor of that lap was read, and no more is used than that
 * holds. After a reset was acknowledged there is nothing, and no message either;
 * nor is there one while the driver has switched messages off.
 *
 * The test places all that a driver uses into one arena; what a hostile driver
 * names elsewhere counts, too, but a ring that lies elsewhere, or over another one,
 * is judged less strictly: what it names, and what the entries of its tables name,
 * is named until a reset.
 */
#ifndef COSIM_DMA_ORACLE_H
#define COSIM_DMA_ORACLE_H

#include "rootport/rootport.h"

enum {
    ORACLE_ARENA = 0x40000,
    ORACLE_GUARD = 0x2000, /* at both ends; belongs to nobody */
    ORACLE_RINGS = 64,
    ORACLE_ELSEWHERE = 256,
    ORACLE_HELD = 2048,
    ORACLE_BYTES = 512, /* longest access */
    ORACLE_SLOTS = ORACLE_ARENA / 16,
    ORACLE_KEPT = 1024,
    ORACLE_TABLES = 1024,
    ORACLE_TABLE_BYTES = 4096,
};

struct oracle_region {
    uint64_t addr, bytes;
    uint8_t may;
};

struct oracle_access {
    bool write;
    uint64_t addr;
    uint32_t bytes;
    uint8_t data[ORACLE_BYTES];
};

/* A descriptor as it was read. */
struct oracle_copy {
    uint64_t addr;
    uint32_t len;
    uint16_t id, flags;
    bool valid;
};

/* A table, as far as it was read, of the copy of `slot` in lap `lap`; of lap 0
 * where the copy is a kept one. One for each contents that it was read with. */
struct oracle_table {
    uint32_t slot, len;
    bool lap, valid;
    uint8_t bytes[ORACLE_TABLE_BYTES];
    bool known[ORACLE_TABLE_BYTES];
};

struct dma_oracle {
    struct rl_rp *rp;
    uint64_t arena;
    uint8_t may[ORACLE_ARENA];
    struct oracle_region elsewhere[ORACLE_ELSEWHERE];
    unsigned elsewheres;
    struct oracle_region ring[ORACLE_RINGS];
    unsigned rings;
    bool silent;  /* a reset was acknowledged */
    bool holding; /* accesses are kept and not judged */
    struct oracle_access held[ORACLE_HELD];
    unsigned helds;
    /* Of each lap, that is AVAIL; and those with tables that are kept until a
     * reset, as if of slots behind the last, in the first element. */
    struct oracle_copy copy[ORACLE_SLOTS + ORACLE_KEPT][2];
    unsigned kept;
    struct oracle_table table[ORACLE_TABLES];
    unsigned next_table;
    bool muted; /* messages are off */
    uint64_t accesses, in_tables;
    char wrong[120]; /* the first thing that was not allowed; empty: none */
};

/* Allocates the arena and listens to the root port until closed; one at a time.
 * 0, or -1: no memory. */
int dma_oracle_open(struct dma_oracle *o, struct rl_rp *rp);
/* Looks at the guards, too. */
void dma_oracle_close(struct dma_oracle *o);

/* This queue is enabled, or will be before the card hears of it. */
void dma_oracle_queue(struct dma_oracle *o, uint16_t size, uint64_t desc,
                      uint64_t driver, uint64_t device);
/* A write is under way that may enable a queue: accesses are judged when it is
 * known what the registers show. */
void dma_oracle_hold(struct dma_oracle *o);
void dma_oracle_judge(struct dma_oracle *o);

/* Messages were switched off, and nothing is on its way; or may be on. */
void dma_oracle_mute(struct dma_oracle *o, bool muted);

/* device_status was read as 0; and: a driver begins. */
void dma_oracle_silence(struct dma_oracle *o);
void dma_oracle_begin(struct dma_oracle *o);

#endif
