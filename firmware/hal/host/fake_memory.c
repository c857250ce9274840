/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Power-up; the log; host, device and local memory and how commands reach them.
 */
#include "fake_internal.h"

#include <stdio.h>
#include <string.h>

struct fake fake;

static void misuse_abort(const char *message)
{
    fprintf(stderr, "hal_fake: %s\n", message);
    abort();
}

void (*fake_misuse)(const char *message) = misuse_abort;

void fake_reset(uint64_t host_base)
{
    uint8_t *host = fake.host ? fake.host : malloc(FAKE_HOST_BYTES);
    struct fake_packet *frames =
        fake.frames ? fake.frames : malloc(FAKE_FRAMES_MAX * sizeof(*frames));
    struct fake_packet *sent = fake.sent;
    struct fake_log *log = fake.log;

    if (!host || !frames)
        abort();
    memset(&fake, 0, sizeof(fake));
    fake.host = host;
    fake.frames = frames;
    fake.sent = sent;
    fake.log = log;
    memset(fake.host, 0, FAKE_HOST_BYTES);
    fake.host_base = host_base;
    fake.window = UINT64_MAX;
    fake.rd_depth = RL_CMD_DEPTH;
    fake.wr_depth = RL_CMD_DEPTH;
    fake.link = true;
    fake.pcie_status = RL_PCIE_STATUS_MSE_MASK | RL_PCIE_STATUS_BME_MASK |
                       RL_PCIE_STATUS_MSIX_EN_MASK;
    /* Local memory keeps what it held: make that something ugly. */
    memset(fake.lmem, 0xa5, sizeof(fake.lmem));
}

/* ---- Log ---------------------------------------------------------------- */

static void log_local(enum fake_kind kind, uint32_t queue, uint64_t addr,
                      uint32_t len, bool device, bool lost, const void *data,
                      uint32_t local)
{
    struct fake_log *entry;

    fake.log = fake_room(fake.log, fake.log_count, sizeof(*fake.log));
    entry = &fake.log[fake.log_count++];
    *entry = (struct fake_log){kind, queue, addr, len, device, lost, local};
    if (fake.on_log)
        fake.on_log(entry, data);
}

void fake_log_add(enum fake_kind kind, uint32_t queue, uint64_t addr,
                  uint32_t len, bool device, bool lost, const void *data)
{
    log_local(kind, queue, addr, len, device, lost, data, 0);
}

/* ---- Memory ------------------------------------------------------------- */

/* Where [bus, bus + bytes) lies in a memory of `room` bytes at `base`, if all of
 * it does. */
static inline uint8_t *within(uint8_t *memory, uint64_t base, uint64_t room,
                              uint64_t bus, uint64_t bytes)
{
    uint64_t offset = bus - base;

    if (bus < base || offset >= room || bytes > room - offset)
        return NULL;
    return memory + offset;
}

static uint8_t *host_at(uint64_t bus, uint64_t bytes)
{
    return within(fake.host, fake.host_base, FAKE_HOST_BYTES, bus, bytes);
}

static uint8_t *devmem_at(uint64_t bus, uint64_t bytes)
{
    return within(fake.devmem, fake.window, RL_DEVMEM_BYTES, bus, bytes);
}

void *fake_at(uint64_t bus, uint32_t bytes)
{
    uint8_t *p = devmem_at(bus, bytes);

    if (!p)
        p = host_at(bus, bytes);
    require(p != NULL, "a test looked at an address where nothing is");
    return p;
}

void *hal_lmem(uint32_t offset)
{
    require(offset < RL_LMEM_BYTES, "beyond local memory");
    return fake.lmem + offset;
}

uint32_t fake_mem_bounds(const struct fake_cmd *c, uint64_t addr,
                         uint32_t bytes)
{
    if (command_space(c))
        return devmem_at(addr, bytes) ? RL_DMA_OK : RL_DMA_BOUNDS;
    return addr + bytes < addr && addr + bytes != 0 ? RL_DMA_BOUNDS : RL_DMA_OK;
}

uint32_t fake_mem_readable(const struct fake_cmd *c, uint64_t addr,
                           uint32_t bytes)
{
    uint32_t status = fake_mem_bounds(c, addr, bytes);

    if (status != RL_DMA_OK || command_space(c) || host_at(addr, bytes))
        return status;
    return RL_DMA_UR;
}

void fake_mem_read(const struct fake_cmd *c, uint64_t addr, void *to,
                   uint32_t bytes, enum fake_kind kind, uint32_t local)
{
    bool device = command_space(c) != 0;
    uint8_t *from = device ? devmem_at(addr, bytes) : host_at(addr, bytes);

    memcpy(to, from, bytes);
    log_local(kind, command_queue(c), addr, bytes, device, false, to, local);
}

/* A posted write has no answer: where no memory is, its bytes go nowhere and no
 * status tells of it. */
void fake_mem_write(const struct fake_cmd *c, uint64_t addr, const void *from,
                    uint32_t bytes, enum fake_kind kind, uint32_t local)
{
    bool device = command_space(c) != 0;
    uint8_t *to = device ? devmem_at(addr, bytes) : host_at(addr, bytes);

    if (to)
        memcpy(to, from, bytes);
    log_local(kind, command_queue(c), addr, bytes, device, to == NULL, from,
              local);
}
