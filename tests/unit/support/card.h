/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A card for tests: the firmware's event loop above the fake hardware, and the
 * host's register accesses. Included first by every test of the card.
 */
#ifndef RINGLET_TEST_CARD_H
#define RINGLET_TEST_CARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../firmware/hal/host/hal_fake.h"
#include "../../../firmware/main.h"
#include "../../../firmware/virtio/transport.h"
#include "driver.h"

/* Above 4 GiB, so that a lost upper half shows. */
#define HOST_BASE 0x12345600000ull

/* Common configuration, byte offsets in BAR0. */
enum {
    REG_DEVICE_FEATURE_SELECT = 0x00,
    REG_DEVICE_FEATURE = 0x04,
    REG_DRIVER_FEATURE_SELECT = 0x08,
    REG_DRIVER_FEATURE = 0x0c,
    REG_CONFIG_VECTOR = 0x10,
    REG_NUM_QUEUES = 0x12,
    REG_STATUS = 0x14,
    REG_GENERATION = 0x15,
    REG_QUEUE_SELECT = 0x16,
    REG_QUEUE_SIZE = 0x18,
    REG_QUEUE_VECTOR = 0x1a,
    REG_QUEUE_ENABLE = 0x1c,
    REG_QUEUE_NOTIFY_OFF = 0x1e,
    REG_QUEUE_DESC = 0x20,
    REG_QUEUE_DRIVER = 0x28,
    REG_QUEUE_DEVICE = 0x30,
    REG_QUEUE_NOTIF_DATA = 0x38,
    REG_QUEUE_RESET = 0x3a,
    REG_ISR = 0x1000,
    REG_CONFIG = 0x2000,
    REG_VENDOR = 0x3000,
};

enum {
    ST_ACK = 1,
    ST_DRIVER = 2,
    ST_DRIVER_OK = 4,
    ST_FEATURES_OK = 8,
    ST_NEEDS_RESET = 64,
    ST_FAILED = 128,
};

#define F_VERSION_1 (1ull << 32)
#define F_PACKED    (1ull << 34)
#define F_IN_ORDER  (1ull << 35)
#define F_INDIRECT  (1ull << 28)
#define F_EVENT_IDX (1ull << 29)
#define F_BASE      (F_VERSION_1 | F_PACKED)
/* All that every device offers: with ACCESS_PLATFORM and ORDER_PLATFORM. */
#define F_NOTIFICATION_DATA (1ull << 38)
#define F_NOTIF_CONFIG_DATA (1ull << 39)
#define F_RING_RESET        (1ull << 40)
#define F_COMMON                                                      \
    (0x1full << 32 | F_INDIRECT | F_EVENT_IDX | F_NOTIFICATION_DATA | \
     F_NOTIF_CONFIG_DATA | F_RING_RESET)

/* Power up with this device. A device whose queues the test works itself:
 * probe_ops. Failures of the fake become failures of the test. */
void card_up(const struct virtio_device_ops *ops);
/* Reset the device, let everything end, check that nothing is left. As a
 * cmocka teardown. */
int card_down(void **state);

/* As a cmocka setup: net and probe device, driver not yet there. */
int net_setup(void **state);
int probe_setup(void **state);

/* Turns of the event loop. card_settle() steps the DMA, too, until all is quiet
 * and the core sleeps. */
void card_turns(uint32_t n);
void card_settle(void);
/* The loop alone, until the core sleeps. */
void card_sleep(void);

/* Register accesses through the mailbox; 1, 2 or 4 bytes. */
uint32_t card_read(uint32_t addr, uint32_t bytes);
void card_write(uint32_t addr, uint32_t bytes, uint32_t value);
void card_write64(uint32_t addr, uint64_t value);
uint64_t card_read64(uint32_t addr);
uint8_t card_status(void);
struct vq *card_vq(uint32_t queue);
void card_select(uint16_t queue);

/* Steps of the driver's initialisation. */
void card_negotiate(uint64_t features);
/* Queue in host memory, vector: queue + 1, config: 0. Runs after negotiate. */
void card_queue(struct drv *d, uint16_t index, uint16_t size, bool in_order);
/* The same with areas placed by the caller. */
void card_queue_at(struct drv *d, uint16_t index, uint16_t size, bool in_order,
                   uint64_t ring, uint64_t driver_area, uint64_t device_area);
void card_driver_ok(void);
void card_reset(void);

/* Net device with both queues, ready to go. */
struct net_card {
    struct drv rx, tx;
};
void card_net(struct net_card *c, uint16_t rx_size, uint16_t tx_size,
              bool in_order);
/* Probe device with queue 0 only. */
void card_probe(struct drv *d, uint16_t size, bool in_order);

/* Fresh host memory, aligned to 64 bytes; never freed within a test. */
uint64_t card_alloc(uint32_t bytes);
/* A transmit buffer in one piece: header and a frame of `len` bytes that begins
 * with `mark`. Returns its address; it has 12 + len bytes. */
uint64_t card_packet(uint32_t len, uint32_t mark);
void card_frame(uint32_t len, uint32_t mark);
/* Check that packet `nth` of those sent is card_packet(len, mark). */
void card_expect_sent(uint32_t nth, uint32_t len, uint32_t mark);

/* Log entries of a kind; writes to [addr, addr + bytes). */
uint32_t log_count(enum fake_kind kind);
uint32_t log_writes_in(uint64_t addr, uint64_t bytes);
/* Index of the first entry of a kind at or after `from`, or -1. */
int log_find(enum fake_kind kind, int from);

/* The probe device: three queues, no work of its own. */
extern const struct virtio_device_ops probe_ops;
extern void (*probe_work)(struct vq *vq);
extern struct probe_calls {
    uint32_t start, reset, completion, poll;
    uint64_t features;
    uint32_t last_completion;
} probe;

/* Random numbers: SEED in the environment, else drawn and printed. */
void seed_init(void);
uint32_t draw(void);
/* Below n. */
uint32_t draw_below(uint32_t n);

#define test_net(f) cmocka_unit_test_setup_teardown(f, net_setup, card_down)
/* A test that powers up by itself, several times perhaps. */
#define test_own(f)   cmocka_unit_test_teardown(f, card_down)
#define test_probe(f) cmocka_unit_test_setup_teardown(f, probe_setup, card_down)

#endif
