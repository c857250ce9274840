/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Where the device stands in a ring, from the commands that it pushes: what it has
 * copied, what of that it has taken, what it has given back. So:
 *
 *   - a slot is fetched again only when it was given back, and not while a run
 *     that was pushed has yet to read the copy of it;
 *   - a run names slots whose copies are available at the wrap counter of that
 *     slot in that lap, each once, in ring order, and not past the ring's end;
 *   - a used descriptor stands where the device is, with the wrap value of that
 *     place and the id of its buffer or of the last one of its batch, and not
 *     before a run that reads the buffer has ended.
 *
 * Where a batch ends is told by its id. A driver that gave one id to several
 * buffers gets a vague ring: available counts at either wrap counter, and all of
 * the above is left out until the queue is started anew.
 */
#ifndef RL_FUZZ_POSITIONS_H
#define RL_FUZZ_POSITIONS_H

#include "host.h"

enum { POSITIONS_SLOTS = 256 };

/* What a descriptor names. */
struct grant {
    uint64_t addr;
    uint32_t len;
    uint16_t id, flags;
    bool valid; /* available, and not given back */
};

/* How buffers are given back: each in its turn; many with one used descriptor;
 * a packet of several buffers with that of the first one last. */
enum ring_kind { RING_EACH, RING_BATCH, RING_SPAN };

struct ring {
    uint64_t desc;
    uint32_t queue, size;
    enum ring_kind kind;
    bool based;     /* it is known where copies lie: */
    uint32_t local; /* slot 0, in local memory */
    uint32_t used;  /* the first slot that was not given back */
    bool used_wrap;
    uint32_t taken; /* descriptors from there on, as far as runs name them */
    bool vague;
    bool stopped; /* a quiesce was begun */
    struct grant slot[POSITIONS_SLOTS];
    struct grant old[POSITIONS_SLOTS]; /* given back, which is on its way, and
                                          fetched again */
    bool given[POSITIONS_SLOTS];       /* back, and not fetched since */
    bool ahead[POSITIONS_SLOTS];     /* given back before one in front of it */
    uint32_t batch[POSITIONS_SLOTS]; /* descriptors that the used one covers
                                        which is on its way to this slot */
    uint8_t pushed[POSITIONS_SLOTS][8];
};

/* Says why, and ends the program. */
_Noreturn void positions_refuse(const struct fake_log *e, const char *why);

void positions_start(struct ring *r, uint32_t queue, uint64_t desc,
                     uint32_t size, enum ring_kind kind);

/* A command of the queue is pushed. False: it is one of a queue that was stopped
 * and runs again, from new registers. */
bool positions_push(struct ring *r, const struct fake_cmd *c, bool write);

/* The slot whose copy lies there, or -1. */
int positions_slot(const struct ring *r, uint32_t local);
bool positions_is_ring_fetch(const struct ring *r, const struct fake_log *e);
/* Is a descriptor with these flags available in that slot? */
bool positions_avail(const struct ring *r, uint32_t slot, uint16_t flags);
/* The slot behind. */
uint32_t positions_next(const struct ring *r, uint32_t slot);
/* Bytes that the chain from `slot` on lets the device write. */
uint64_t positions_room(const struct ring *r, uint32_t slot);

#endif
