/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the tests of the DMA engines share, on top of pcie_bench: commands, their
 * completions, local memory by bytes, descriptors, host memory with guards.
 */
#ifndef DMA_BENCH_H
#define DMA_BENCH_H

#include "pcie_bench.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2 };

/* Bits of the command word beside op, queue and cookie. */
enum {
    CMD_SPACE = 1 << RL_CMD_SPACE_LSB,
    CMD_TABLE = 1 << RL_CMD_TABLE_LSB,
    CMD_FENCE = 1 << RL_CMD_FENCE_LSB,
    CMD_NOTIFY = 1 << RL_CMD_NOTIFY_LSB,
};
#define CMD_QUEUE(q) ((uint32_t)(q) << RL_CMD_QUEUE_LSB)

struct cpl {
    bool valid, write;
    unsigned cookie, queue, status;
    uint32_t bytes;
};

/* A card with the window of device memory at DEVWIN, enumerated. */
#define DEVWIN 0x7700000000020000ull
struct bench *dma_bench(void);

/* The low 16 bits of flags are the cookie. */
void rd_fetch(struct bench *b, uint64_t addr, uint32_t ptr, uint32_t bytes,
              uint32_t flags);
void rd_run(struct bench *b, uint32_t ptr, uint32_t count, uint32_t ring,
            uint32_t skip, uint32_t flags);
void wr_copy(struct bench *b, uint64_t addr, uint32_t ptr, uint32_t bytes,
             uint32_t flags);
void wr_imm(struct bench *b, uint64_t addr, unsigned bytes, uint64_t data,
            uint32_t flags);
/* hdr: HDR_PTR << 16 | HDR_BYTES. */
void wr_run(struct bench *b, uint32_t ptr, uint32_t count, uint32_t ring,
            uint32_t hdr, uint32_t flags);
void wr_op(struct bench *b, unsigned op, unsigned count, uint32_t flags);
/* RD_RING or WR_RING. */
#define RING(base, entries) ((uint32_t)(entries) << 16 | (uint32_t)(base))

/* What firmware does when a write of a queue was lost: it may write again. */
void queue_again(struct bench *b, unsigned queue);

/* The oldest completion; waits for at most cycles. */
struct cpl cpl_get(struct bench *b, uint64_t cycles);
/* The next completion is this one; status and bytes as said. One test line only
 * when it is not. */
bool cpl_is(struct bench *b, unsigned cookie, unsigned status, uint32_t bytes);

void lmem_put(struct bench *b, uint32_t at, const void *data, size_t bytes);
void lmem_get(struct bench *b, uint32_t at, void *data, size_t bytes);
void lmem_desc(struct bench *b, uint32_t at, uint64_t addr, uint32_t len,
               unsigned id, unsigned flags);

/* Bytes as the seed says. */
void fill(struct bench *b, void *p, size_t bytes);
/* Guard bytes: n of value 0xa5 at p, whether they still are. */
void guard(void *p, size_t bytes);
bool guarded(const void *p, size_t bytes);

/* The next frame that the card sent is this one; frees it. */
bool frame_is(struct bench *b, const void *want, size_t bytes, uint64_t cycles);
/* Waits until a frame is there. */
const uint8_t *frame_wait(struct bench *b, size_t *bytes, bool *bad,
                          uint64_t cycles);
/* Sends a frame to the card, waits for its length to be known to firmware. */
void frame_send(struct bench *b, const void *data, size_t bytes);

/* Device memory through BAR2. */
void dev_put(struct bench *b, uint32_t at, const void *data, size_t bytes);
void dev_get(struct bench *b, uint32_t at, void *data, size_t bytes);

/* What the link and the host do, one of several kinds. */
enum { WEATHERS = 8 };
const char *weather(struct bench *b, unsigned kind);

#endif
