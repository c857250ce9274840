/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The host's side for fuzz targets that run the firmware above its fake
 * hardware: bytes of the input, register accesses, time, and the well-behaved
 * driver that must find a working card in the end. What must not be is said on
 * stderr and aborts.
 */
#ifndef RL_FUZZ_HOST_H
#define RL_FUZZ_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../firmware/hal/host/hal_fake.h"
#include "input.h"

/* Above 4 GiB, so that a lost upper half shows. */
#define HOST_BASE 0x12345600000ull

/* Common configuration, byte offsets. */
enum {
    REG_DEVICE_FEATURE_SELECT = 0x00,
    REG_DEVICE_FEATURE = 0x04,
    REG_DRIVER_FEATURE_SELECT = 0x08,
    REG_DRIVER_FEATURE = 0x0c,
    REG_CONFIG_VECTOR = 0x10,
    REG_NUM_QUEUES = 0x12,
    REG_STATUS = 0x14,
    REG_QUEUE_SELECT = 0x16,
    REG_QUEUE_SIZE = 0x18,
    REG_QUEUE_VECTOR = 0x1a,
    REG_QUEUE_ENABLE = 0x1c,
    REG_QUEUE_NOTIFY_OFF = 0x1e,
    REG_QUEUE_DESC = 0x20,
    REG_QUEUE_DRIVER = 0x28,
    REG_QUEUE_DEVICE = 0x30,
    REG_QUEUE_RESET = 0x3a,
    REG_COMMON_END = 0x40,
};

enum {
    ST_ACK = 1,
    ST_DRIVER = 2,
    ST_DRIVER_OK = 4,
    ST_FEATURES_OK = 8,
    ST_NEEDS_RESET = 64,
    ST_FAILED = 128,
    ST_FEATURES = ST_ACK | ST_DRIVER | ST_FEATURES_OK,
    ST_RUNNING = ST_FEATURES | ST_DRIVER_OK,
};

/* Descriptor flags. */
enum {
    DESC_NEXT = 0x0001,
    DESC_WRITE = 0x0002,
    DESC_INDIRECT = 0x0004,
    DESC_AVAIL = 0x0080,
    DESC_USED = 0x8000,
};

#define F_VERSION_1     (1ull << 32)
#define F_PACKED        (1ull << 34)
#define F_IN_ORDER      (1ull << 35)
#define F_NET_MRG_RXBUF (1ull << 15)
#define F_NET_CTRL_VQ   (1ull << 17)
#define F_NET_MQ        (1ull << 22)
#define F_INDIRECT      (1ull << 28)
#define F_EVENT_IDX     (1ull << 29)
#define F_NOTIF_DATA    (1ull << 38)
#define F_RING_RESET    (1ull << 40)

/* ---- Memory and descriptors ---- */

void put(void *to, uint64_t value, unsigned bytes);
uint64_t get(const void *from, unsigned bytes);
void host_desc(uint64_t at, uint64_t addr, uint32_t len, uint16_t id,
               uint16_t flags);
/* All of [bus, bus + bytes) is host memory. */
bool host_memory(uint64_t bus, uint64_t bytes);

/* ---- Registers, through the mailbox: 1, 2 or 4 bytes, aligned. ---- */

void host_power_up(void);
/* Turns of the event loop until the mailbox is empty: no DMA is stepped. */
void host_mailbox(void);
uint32_t host_read(uint32_t addr, unsigned bytes);
void host_write(uint32_t addr, unsigned bytes, uint32_t value);
void host_write64(uint32_t addr, uint64_t value);
uint64_t host_read64(uint32_t addr);
uint64_t host_offered(void);
/* From status 0 to FEATURES_OK with these of the features offered. */
void host_negotiate(uint64_t features);
void host_queue(uint16_t queue, uint16_t size, uint64_t desc, uint64_t driver,
                uint64_t device);

/* ---- Time ---- */

/* Loop and DMA until all is quiet, or until only work for frames is left. */
void host_settle(void);
/* Function level reset, until it is over; then memory space is on again. */
void host_flr(void);

/* ---- The end ---- */

/* Everything that was switched off is on again; the device is reset. */
void host_reset(void);
/* After that: doorbells and frames move nothing. */
void host_expect_silence(void);
/* Then a driver that keeps the rules initialises and passes a frame each way. */
void host_expect_new(void);

#endif
