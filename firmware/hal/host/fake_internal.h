/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the fake's own files only.
 */
#ifndef RINGLET_FAKE_INTERNAL_H
#define RINGLET_FAKE_INTERNAL_H

#include "hal_fake.h"

#include <stdlib.h>

/* Unless `ok`, firmware or a test did what it may not do. */
static inline void require(bool ok, const char *message)
{
    if (!ok) {
        fake_misuse(message);
        abort();
    }
}

/* The list with room for one element behind `count`: grows at powers of two. */
static inline void *fake_room(void *list, uint32_t count, size_t element)
{
    if ((count & (count - 1)) != 0)
        return list;
    list = realloc(list, (count ? 2 * (size_t)count : 1) * element);
    if (!list)
        abort();
    return list;
}

static inline uint32_t field(uint32_t word, uint32_t mask, uint32_t lsb)
{
    return (word & mask) >> lsb;
}

#define FIELD(word, name) field(word, RL_##name##_MASK, RL_##name##_LSB)

enum { DESC_BYTES = 16 };

/* Not 0: the command goes to device memory. */
static inline uint32_t command_space(const struct fake_cmd *c)
{
    return c->cmd & RL_CMD_SPACE_MASK;
}

static inline uint32_t command_queue(const struct fake_cmd *c)
{
    return FIELD(c->cmd, CMD_QUEUE);
}

/* ---- Memory and log ----------------------------------------------------- */

void fake_log_add(enum fake_kind kind, uint32_t queue, uint64_t addr,
                  uint32_t len, bool device, bool lost, const void *data);

/* RL_DMA_OK, or why no request for [addr, addr + bytes) may leave the card. */
uint32_t fake_mem_bounds(const struct fake_cmd *c, uint64_t addr,
                         uint32_t bytes);
/* RL_DMA_OK, or why it cannot be read. */
uint32_t fake_mem_readable(const struct fake_cmd *c, uint64_t addr,
                           uint32_t bytes);

/* What they do is logged as `kind`, with `local`. Of what is read,
 * fake_mem_readable() has said that it can be; what is written may be lost. */
void fake_mem_read(const struct fake_cmd *c, uint64_t addr, void *to,
                   uint32_t bytes, enum fake_kind kind, uint32_t local);
void fake_mem_write(const struct fake_cmd *c, uint64_t addr, const void *from,
                    uint32_t bytes, enum fake_kind kind, uint32_t local);

/* ---- Command queues ----------------------------------------------------- */

/* Has it to end as RL_DMA_ABORTED? */
bool fake_cmd_stopped(const struct fake_cmd *c);
/* Was a write of its queue lost, so that it may not write? */
bool fake_cmd_behind_lost(const struct fake_cmd *c);
/* Has it to wait for writes that were pushed before it? */
bool fake_cmd_fenced(const struct fake_cmd *c);

/* The oldest command of `fifo` is over: it leaves, with a completion if one is
 * due. Pointers to commands of `fifo` are stale from then on. */
void fake_cmd_complete(struct fake_fifo *fifo, uint32_t status, uint32_t bytes);

/* ---- Network port, interrupts ------------------------------------------- */

bool fake_frame_waits(void);
/* The oldest frame; one must wait. take removes it on behalf of `c`. */
struct fake_packet *fake_frame_next(void);
void fake_frame_take(struct fake_cmd *c);

/* An empty packet behind those sent, valid until the next call; it is sent when
 * fake.sent_count counts it. */
struct fake_packet *fake_sent_new(uint32_t queue);

/* The message of an MSIX command: sent, held back by a mask, or discarded. */
void fake_msix_send(const struct fake_cmd *c);

#endif
