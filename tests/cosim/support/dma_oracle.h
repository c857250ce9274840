/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the card may do in host memory, whoever drives it: rings and event areas of
 * queues that were enabled since the last reset, and what descriptors have named
 * that it has read from those rings since, each in its direction only. After a
 * reset was acknowledged nothing, and no message either.
 *
 * The test places all that a driver uses into one arena; what a hostile driver
 * names elsewhere is kept in a short list.
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
    uint64_t accesses;
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

/* device_status was read as 0; and: a driver begins. */
void dma_oracle_silence(struct dma_oracle *o);
void dma_oracle_begin(struct dma_oracle *o);

#endif
