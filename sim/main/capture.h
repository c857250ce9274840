/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Ethernet captures, read whole and written whole. Reads pcap and pcapng,
 * writes pcap with nanoseconds.
 */
#ifndef RL_MAIN_CAPTURE_H
#define RL_MAIN_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_MIN_FRAME = 14, CAPTURE_MAX_FRAME = 1514 };

struct capture_frame {
    uint64_t seconds;
    uint32_t nanoseconds;
    uint32_t bytes;
    const uint8_t *data;
};

struct capture {
    struct capture_frame *frame;
    uint8_t *data;
    size_t count;
    uint64_t bytes;
};

/* On failure prints one line on stderr, which names the record when a record
 * is the reason, and returns -1 with nothing to free. */
int capture_read(struct capture *c, const char *file);
void capture_free(struct capture *c);

/* Adds a copy of the frame, at most CAPTURE_MAX_FRAME bytes, to a capture that
 * may be empty (all zeroes). Frames taken out before are no longer valid. -1:
 * no memory or too long. */
int capture_add(struct capture *c, const struct capture_frame *f);

/* The file appears whole or not at all. -1 and a line on stderr on failure. */
int capture_write(const struct capture *c, const char *file);

#endif
