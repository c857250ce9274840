/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../firmware/main.h"
#include "../../firmware/virtio/transport.h"
#include "oracle.h"

enum {
    MOST_TURNS = 100,     /* until a mailbox of 32 entries is empty */
    MOST_ROUNDS = 20000,  /* until the card is quiet */
    QUIET_ROUNDS = 8,     /* without DMA: what is left waits for the host */
    TICK_CYCLES = 200000, /* more than the firmware's own */
};

/* ---- Memory ---- */

void put(void *to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = (uint8_t)(value >> (8 * i));
}

uint64_t get(const void *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)((const uint8_t *)from)[i] << (8 * i);
    return value;
}

bool host_memory(uint64_t bus, uint64_t bytes)
{
    uint64_t offset = bus - HOST_BASE;

    return bus >= HOST_BASE && offset <= FAKE_HOST_BYTES &&
           bytes <= FAKE_HOST_BYTES - offset;
}

void host_desc(uint64_t at, uint64_t addr, uint32_t len, uint16_t id,
               uint16_t flags)
{
    uint8_t *p;

    if (!host_memory(at, 16))
        return;
    p = fake_at(at, 16);
    put(p, addr, 8);
    put(p + 8, len, 4);
    put(p + 12, id, 2);
    put(p + 14, flags, 2);
}

/* ---- Registers ---- */

static uint8_t next_tag;

void host_power_up(void)
{
    fake_reset(HOST_BASE);
    oracle_power_up();
    loop_start(&virtio_net_ops, 1);
}

void host_mailbox(void)
{
    for (int i = 0; fake.mbox_head != fake.mbox_tail; i++) {
        must(i < MOST_TURNS, "the mailbox is not emptied");
        loop_turn();
    }
}

static void push(const struct hal_mbox *entry)
{
    if (fake.mbox_tail - fake.mbox_head == FAKE_MBOX_MAX)
        host_mailbox();
    fake_mbox_push(entry);
}

uint32_t host_read(uint32_t addr, unsigned bytes)
{
    unsigned lane = addr & 3;
    struct hal_mbox entry = {
        .addr = addr & ~3u,
        .be = (uint8_t)(((1u << bytes) - 1) << lane),
        .tag = next_tag++,
    };

    push(&entry);
    host_mailbox();
    must(fake.tag_answered[entry.tag], "a read is not answered");
    return (uint32_t)(fake.tag_data[entry.tag] >> (8 * lane) &
                      ((1ull << (8 * bytes)) - 1));
}

void host_write(uint32_t addr, unsigned bytes, uint32_t value)
{
    unsigned lane = addr & 3;
    struct hal_mbox entry = {
        .addr = addr & ~3u,
        .data = value << (8 * lane),
        .be = (uint8_t)(((1u << bytes) - 1) << lane),
        .write = true,
    };

    push(&entry);
    host_mailbox();
}

void host_write64(uint32_t addr, uint64_t value)
{
    host_write(addr, 4, (uint32_t)value);
    host_write(addr + 4, 4, (uint32_t)(value >> 32));
}

uint64_t host_read64(uint32_t addr)
{
    return host_read(addr, 4) | (uint64_t)host_read(addr + 4, 4) << 32;
}

uint64_t host_offered(void)
{
    uint64_t low;

    host_write(REG_DEVICE_FEATURE_SELECT, 4, 0);
    low = host_read(REG_DEVICE_FEATURE, 4);
    host_write(REG_DEVICE_FEATURE_SELECT, 4, 1);
    return low | (uint64_t)host_read(REG_DEVICE_FEATURE, 4) << 32;
}

void host_negotiate(uint64_t features)
{
    features &= host_offered();
    host_write(REG_STATUS, 1, ST_ACK);
    host_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    for (unsigned word = 0; word < 2; word++) {
        host_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        host_write(REG_DRIVER_FEATURE, 4, (uint32_t)(features >> 32 * word));
    }
    host_write(REG_STATUS, 1, ST_FEATURES);
    host_write(REG_CONFIG_VECTOR, 2, 0);
}

void host_queue(uint16_t queue, uint16_t size, uint64_t desc, uint64_t driver,
                uint64_t device)
{
    host_write(REG_QUEUE_SELECT, 2, queue);
    host_write(REG_QUEUE_SIZE, 2, size);
    host_write(REG_QUEUE_VECTOR, 2, queue + 1u);
    host_write64(REG_QUEUE_DESC, desc);
    host_write64(REG_QUEUE_DRIVER, driver);
    host_write64(REG_QUEUE_DEVICE, device);
    host_write(REG_QUEUE_ENABLE, 2, 1);
}

/* ---- Time ---- */

void host_settle(void)
{
    uint32_t quiet = 0;

    for (uint32_t i = 0; i < MOST_ROUNDS && quiet < QUIET_ROUNDS; i++) {
        uint32_t sleeps = fake.sleeps;

        loop_turn();
        oracle_turned();
        quiet = fake_drain() == 0 ? quiet + 1 : 0;
        if (quiet != 0 && fake.sleeps != sleeps)
            return;
    }
    must(quiet != 0, "the card never comes to rest");
}

void host_flr(void)
{
    uint32_t before = fake.flrs_done;

    fake_flr();
    for (int i = 0; fake.flrs_done == before; i++) {
        must(i < MOST_ROUNDS, "a function level reset never ends");
        loop_turn();
        if (!fake_fetch_step() && !fake_read_step())
            fake_write_step();
    }
    oracle_device_reset();
    fake.pcie_status |= RL_PCIE_STATUS_MSE_MASK;
}

/* ---- The end ---- */

void host_reset(void)
{
    fake.read_fault = RL_DMA_OK;
    fake.wr_depth = RL_CMD_DEPTH;
    fake.rd_depth = RL_CMD_DEPTH;
    fake.link = true;
    fake_bus_master(true);
    fake_msix_enable(true);
    memset(fake.msix_masked, 0, sizeof(fake.msix_masked));
    host_write(REG_STATUS, 1, 0);
    host_settle();
    must(host_read(REG_STATUS, 1) == 0, "a reset never ends");
    oracle_device_reset();
}

void host_expect_silence(void)
{
    uint8_t frame[60] = {0};

    for (uint32_t queue = 0; queue < RL_NUM_QUEUES; queue++)
        fake_doorbell(queue, queue);
    fake_frame(frame, sizeof frame);
    fake_advance(TICK_CYCLES);
    host_settle(); /* the oracle watches */
    must(fake_dma_waiting() == 0, "commands are left after a reset");
}

/* Queue 0 and 1 of the new driver, and its buffers. */
enum { NEW_SIZE = 8, NEW_AREAS = 0x200, NEW_BUFFER = 0x400, NEW_ROOM = 0x400 };

static uint64_t new_at(unsigned queue)
{
    return HOST_BASE + queue * 0x1000u;
}

static void new_start(unsigned queue)
{
    uint64_t at = new_at(queue);

    memset(fake_at(at, 0x1000), 0, 0x1000);
    host_queue((uint16_t)queue, NEW_SIZE, at, at + NEW_AREAS,
               at + NEW_AREAS + 4);
    oracle_observe();
}

static void new_used(unsigned queue, uint16_t id, uint32_t len)
{
    const uint8_t *slot = fake_at(new_at(queue), 16);

    must(get(slot + 14, 2) ==
                 (DESC_AVAIL | DESC_USED | (len != 0 ? DESC_WRITE : 0)) &&
             get(slot + 12, 2) == id && get(slot + 8, 4) == len,
         "a new driver does not get its buffer back");
}

void host_expect_new(void)
{
    uint32_t sent = fake.sent_count;
    uint8_t frame[100];

    memset(frame, 0x77, sizeof frame);
    host_negotiate(F_VERSION_1 | F_PACKED);
    must(host_read(REG_STATUS, 1) == ST_FEATURES, "features are refused");
    new_start(0);
    new_start(1);
    host_write(REG_STATUS, 1, ST_RUNNING);
    oracle_observe();
    memset(fake_at(new_at(1) + NEW_BUFFER, 112), 0x55, 112);
    host_desc(new_at(1), new_at(1) + NEW_BUFFER, 112, 4, DESC_AVAIL);
    host_desc(new_at(0), new_at(0) + NEW_BUFFER, NEW_ROOM, 9,
              DESC_AVAIL | DESC_WRITE);
    fake_doorbell(0, 0);
    fake_doorbell(1, 1);
    host_settle();
    fake_frame(frame, sizeof frame);
    host_settle();
    must(fake.sent_count == sent + 1 && fake.sent[sent].len == 100 &&
             fake.sent[sent].data[0] == 0x55,
         "a new driver's frame is not sent");
    new_used(1, 4, 0);
    new_used(0, 9, 112);
    must(!memcmp(fake_at(new_at(0) + NEW_BUFFER + 12, 100), frame, 100),
         "a new driver's frame is not received");
    must(host_read(REG_STATUS, 1) == ST_RUNNING, "a new driver is told off");
}
