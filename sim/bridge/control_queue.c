/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Driver side of the network device's control queue.
 */
#include "bridge/control_queue.h"

#include <stdlib.h>
#include <string.h>

/* No guest has memory up here. */
#define PAGE_ADDR 0x00ff000000000000ull

enum {
    PAGE_BYTES = 4096,
    RING_SIZE = 8,
    DRIVER_AT = 0x200,
    DEVICE_AT = 0x210,
    COMMAND_AT = 0x400,
    ACK_AT = 0x500,
    CLASS_MQ = 4,
    MQ_VQ_PAIRS_SET = 0,
    ACK_OK = 0,
    ANSWER_POLLS = 2000,
    POLL_CYCLES = 50,
};

static void page_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    const struct control_queue *c = ctx;

    memcpy(dst, c->page + (addr - PAGE_ADDR), bytes);
}

static void page_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    struct control_queue *c = ctx;

    memcpy(c->page + (addr - PAGE_ADDR), src, bytes);
}

int control_queue_open(struct control_queue *c, struct drv_pci *pci,
                       uint16_t index, bool in_order)
{
    struct drv_queue_setup setup = {.size = RING_SIZE,
                                    .vector = DRV_NO_VECTOR,
                                    .desc_addr = PAGE_ADDR,
                                    .driver_addr = PAGE_ADDR + DRIVER_AT,
                                    .device_addr = PAGE_ADDR + DEVICE_AT};
    struct drv_ring_config ring = {
        .mem = {.ctx = c, .read = page_read, .write = page_write},
        .size = RING_SIZE,
        .desc_addr = setup.desc_addr,
        .driver_addr = setup.driver_addr,
        .device_addr = setup.device_addr,
        .in_order = in_order};
    int r;

    c->pci = pci;
    c->index = index;
    c->page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    if (!c->page)
        return RL_RP_NOMEM;
    memset(c->page, 0, PAGE_BYTES);
    r = rl_rp_map(pci->rp, PAGE_ADDR, PAGE_BYTES, c->page);
    if (!r && drv_ring_init(&c->ring, &ring))
        r = RL_RP_NOMEM;
    c->open = true;
    if (!r)
        r = drv_pci_queue_setup(pci, index, &setup);
    if (r)
        control_queue_close(c);
    return r;
}

void control_queue_close(struct control_queue *c)
{
    if (!c->open)
        return;
    drv_ring_fini(&c->ring);
    rl_rp_unmap(c->pci->rp, PAGE_ADDR);
    free(c->page);
    memset(c, 0, sizeof *c);
}

int control_queue_pairs(struct control_queue *c, uint16_t pairs)
{
    uint8_t command[4] = {CLASS_MQ, MQ_VQ_PAIRS_SET, (uint8_t)pairs,
                          (uint8_t)(pairs >> 8)};
    struct drv_sg sg[2] = {{PAGE_ADDR + COMMAND_AT, sizeof command, false},
                           {PAGE_ADDR + ACK_AT, 1, true}};
    struct drv_used used;
    int r = 0;

    memcpy(c->page + COMMAND_AT, command, sizeof command);
    c->page[ACK_AT] = 0xff;
    if (drv_ring_add(&c->ring, sg, 2, c))
        return RL_RP_BAD;
    drv_ring_publish(&c->ring);
    drv_pci_notify(c->pci, c->index, 0);
    for (unsigned i = 0; i < ANSWER_POLLS && r == 0; i++) {
        rl_rp_run(c->pci->rp, POLL_CYCLES);
        r = drv_ring_used(&c->ring, &used);
    }
    if (r <= 0)
        return r ? RL_RP_BAD : RL_RP_TIMEOUT;
    return c->page[ACK_AT] == ACK_OK ? RL_RP_OK : RL_RP_BAD;
}
