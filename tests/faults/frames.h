/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frames that can be told from one another: each says in which life, direction
 * and flow it has which number, and the rest of it follows from that and the
 * seed.
 */
#ifndef FAULTS_FRAMES_H
#define FAULTS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { FRAME_MAX = 400, FRAME_MIN = 60 };

struct frame_name {
    uint8_t life, flow;
    bool receive; /* towards the driver */
    uint16_t number;
};

/* Length, FRAME_MIN to FRAME_MAX. */
uint32_t frame_make(uint64_t seed, struct frame_name name, uint8_t *frame);
/* True when it is one of ours, byte for byte. */
bool frame_read(uint64_t seed, const uint8_t *frame, uint32_t bytes,
                struct frame_name *name);

#endif
