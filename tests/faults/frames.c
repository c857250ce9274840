/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "frames.h"

#include <string.h>

enum { HEAD = 19, TYPE = 0x88b5 };

static uint64_t next(uint64_t s)
{
    return s * 6364136223846793005u + 1442695040888963407u;
}

uint32_t frame_make(uint64_t seed, struct frame_name n, uint8_t *frame)
{
    const uint8_t head[HEAD] = {2,
                                0,
                                0,
                                0,
                                n.receive,
                                n.flow,
                                2,
                                0,
                                0,
                                0,
                                1,
                                n.flow,
                                TYPE >> 8,
                                TYPE & 0xff,
                                (uint8_t)n.number,
                                (uint8_t)(n.number >> 8),
                                n.life,
                                n.receive,
                                n.flow};
    uint64_t s = next(seed + n.number * 0x10001u + n.life * 0x1000000u +
                      n.flow * 0x4000000ull + n.receive * 0x80000000ull);
    uint32_t bytes;

    s = next(s);
    bytes = FRAME_MIN + (uint32_t)(s >> 40) % (FRAME_MAX - FRAME_MIN + 1);
    for (uint32_t i = HEAD; i < bytes; i++) {
        s = next(s);
        frame[i] = (uint8_t)(s >> 56);
    }
    memcpy(frame, head, HEAD);
    return bytes;
}

bool frame_read(uint64_t seed, const uint8_t *frame, uint32_t bytes,
                struct frame_name *name)
{
    uint8_t expected[FRAME_MAX];

    if (bytes < HEAD || bytes > FRAME_MAX)
        return false;
    *name = (struct frame_name){
        .life = frame[16],
        .receive = frame[17] & 1,
        .flow = frame[18],
        .number = (uint16_t)(frame[14] | frame[15] << 8),
    };
    return frame_make(seed, *name, expected) == bytes &&
           !memcmp(frame, expected, bytes);
}
