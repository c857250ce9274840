/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A virtual machine with a driver in it, in a process of its own: speaks
 * vfio-user as QEMU does, finds the virtio structures, drives one pair of
 * queues. What goes wrong is told on stderr and ends the process with status 1.
 */
#ifndef RL_COSIM_VFIO_GUEST_H
#define RL_COSIM_VFIO_GUEST_H

#include <sys/types.h>

#include "../../bridge/support/vfio_client.h"
#include "../support/scratch.h"
#include "driver/packed.h"

enum guest_memory_kind {
    GUEST_SHARED, /* by an fd */
    GUEST_REMOTE, /* by messages */
};
enum guest_interrupts { GUEST_MSIX, GUEST_INTX };

struct vfio_guest {
    int socket, memory;
    uint8_t *p;
    enum guest_memory_kind kind;
    enum guest_interrupts how;
    uint64_t bar_bytes[6];
    unsigned msix_cap, pcie_cap, pm_cap;
    uint32_t common, notify, isr, multiplier; /* offsets in BAR 0 */
    struct drv_ring ring[2];
    uint32_t doorbell[2]; /* offset in BAR 0 */
    int event[3];         /* eventfds: configuration or INTx, queues */
    uint64_t interrupts, dma_reads, dma_writes;
};

void guest_must(bool good, const char *what);

/* VERSION, memory, what the device is: as QEMU begins. */
void guest_open(struct vfio_guest *g, enum guest_memory_kind kind);
void guest_map(struct vfio_guest *g);
void guest_unmap(struct vfio_guest *g);
/* The part with the buffers may no longer be written by the card. True, later:
 * nor was it. */
void guest_protect(struct vfio_guest *g);
bool guest_untouched(const struct vfio_guest *g);
void guest_remap(struct vfio_guest *g); /* many times, as firmware does */

/* Sends, answers what the server asks meanwhile, returns the answer. */
struct vfio_message guest_command(struct vfio_guest *g, struct vfio_message m);
void guest_read(struct vfio_guest *g, uint32_t region, uint64_t offset,
                uint8_t *to, uint32_t bytes);
uint32_t guest_cfg(struct vfio_guest *g, uint32_t offset, uint32_t bytes);
void guest_cfg_write(struct vfio_guest *g, uint32_t offset, uint32_t bytes,
                     uint32_t value);
uint32_t guest_bar(struct vfio_guest *g, unsigned bar, uint64_t offset,
                   uint32_t bytes);

/* The driver: up to DRIVER_OK; frames there and back, compared; status 0. */
void guest_start(struct vfio_guest *g, enum guest_interrupts how,
                 bool in_order);
void guest_exchange(struct vfio_guest *g, unsigned frames);
void guest_stop(struct vfio_guest *g);
/* Fills the transmit ring and does not wait. */
void guest_flood(struct vfio_guest *g);
/* Waits until all that was sent is used. */
void guest_drain(struct vfio_guest *g);
/* Answers nothing until the server hangs up. */
void guest_wait_for_close(struct vfio_guest *g);

/* ---- Its process ---- */

typedef void guest_fn(struct vfio_guest *g);
/* files: the caller makes them and removes them. */
struct guest_process {
    struct scratch files;
    pid_t pid;
};
/* Waits for the socket, connects, runs. */
void guest_process_start(struct guest_process *p, guest_fn *fn);
int guest_process_status(const struct guest_process *p);

#endif
