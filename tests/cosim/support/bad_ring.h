/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The driver side of a ring as nobody should write it.
 */
#ifndef COSIM_BAD_RING_H
#define COSIM_BAD_RING_H

#include "cosim.h"

struct bad_ring {
    struct cosim *t;
    uint64_t desc, driver, device;
    uint16_t size, slot;
    bool wrap;
    bool write; /* what the device expects: buffers to write */
    bool both;  /* or of both kinds */
    /* Buffers lie in the first region, now and then in the second; both and the
     * ring itself in host memory. */
    uint64_t buffers, buffers_bytes, other, other_bytes;
};

/* Up to 40 descriptors where the last ones ended, mostly as a driver would add
 * them. Often something is wrong: flags, places, lengths, chains. */
void bad_ring_add(struct bad_ring *r);

/* Random bytes anywhere in ring or event areas. */
void bad_ring_scribble(struct bad_ring *r);

/* Reads that fail or are late, as a fault callback of the root port. */
struct bad_reads {
    struct cosim *t;
    unsigned failing; /* of 1024 */
    uint64_t from, to;
};
struct rl_rp_fault bad_read(void *reads, uint64_t addr, uint32_t bytes,
                            unsigned tag);

#endif
