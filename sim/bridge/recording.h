/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A file of all that reached a card from outside, with cycle stamps, and a
 * checksum of all that the card did in return.
 *
 * Layout, little-endian, compressed as by gzip: "ringlet1", then two blocks
 * (a 32-bit size and bytes): a description in JSON, the firmware's image; then
 * events. An event is struct recording_head and `bytes` bytes of its kind, below.
 * The last one is RECORDING_END.
 */
#ifndef RL_BRIDGE_RECORDING_H
#define RL_BRIDGE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum recording_kind {
    RECORDING_END = 0,
    /* Done to the card between two cycles. */
    RECORDING_MAP,          /* u64 address, bytes, enum of device_memory */
    RECORDING_UNMAP,        /* u64 address */
    RECORDING_NEGOTIATE,    /* u64 features */
    RECORDING_ENABLE,       /* u64 queue, size, ring, driver, device area */
    RECORDING_RUN,          /* */
    RECORDING_STOP,         /* */
    RECORDING_STATUS,       /* */
    RECORDING_PAIRS,        /* u64 queue pairs */
    RECORDING_DOORBELL,     /* u64 queue */
    RECORDING_CONFIG_READ,  /* u64 offset, u64 bytes */
    RECORDING_CONFIG_WRITE, /* u64 offset, data */
    /* Met by the card within a cycle. */
    RECORDING_READ,  /* u64 address, data that the card got from memory */
    RECORDING_FRAME, /* frame that its network port received */
    /* Done by a driver that knows PCI, between two cycles. */
    RECORDING_PCI_CONFIG_READ,  /* u64 offset, u64 bytes */
    RECORDING_PCI_CONFIG_WRITE, /* u64 offset, data */
    RECORDING_BAR_READ,         /* u64 BAR, offset, bytes */
    RECORDING_BAR_WRITE,        /* u64 BAR, offset, data */
    RECORDING_USE_MSIX,         /* u64 on */
    RECORDING_RESET,            /* */
    RECORDING_ANSWER,           /* u64 handle, u64 it came with data */
    RECORDING_KINDS
};
const char *recording_kind_name(enum recording_kind kind);

enum { RECORDING_MAX_BYTES = 64 * 1024, RECORDING_MAX_BLOCK = 64 << 20 };

struct recording_head {
    uint32_t kind, bytes;
    uint64_t cycle;
    uint32_t output; /* checksum of what the card has sent until now */
    uint32_t reserved;
};

struct recording_event {
    struct recording_head head;
    uint8_t data[RECORDING_MAX_BYTES];
};

struct recording;

/* ---- Writing ---- */

/* NULL: one line on stderr. The file is there whole after recording_close(). */
struct recording *recording_create(const char *path, const char *about,
                                   const void *image, size_t image_bytes);
/* Data in two parts, the second may be NULL and 0. */
void recording_event(struct recording *r, enum recording_kind kind,
                     uint64_t cycle, const void *first, size_t first_bytes,
                     const void *second, size_t second_bytes);

/* ---- Reading ---- */

/* NULL: one line on stderr. *about and *image are the recording's. */
struct recording *recording_open(const char *path, const char **about,
                                 const void **image, size_t *image_bytes);
/* The event at hand; the last is RECORDING_END. NULL: the file is damaged. */
const struct recording_event *recording_peek(struct recording *r);
void recording_next(struct recording *r);

/* ---- Both ---- */

/* More of what the card has sent. */
void recording_output(struct recording *r, const void *data, size_t bytes);
uint32_t recording_checksum(const struct recording *r);
/* Ends the file. 0, or -1 after one line on stderr. NULL is fine. */
int recording_close(struct recording *r, uint64_t cycle);

#endif
