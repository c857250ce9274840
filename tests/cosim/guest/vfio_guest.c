/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A virtual machine in a process of its own: its connection and its memory.
 */
#include "vfio_guest.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vfio_guest_memory.h"

enum {
    BACKLOG = 256,
    REMAPS = 8,
    ROM_BYTES = 0x40000,
    CAP_PM = 0x01,
    CAP_VENDOR = 0x09,
    CAP_PCIE = 0x10,
    CAP_MSIX = 0x11,
};
#define ROM_BASE 0xfffc0000ull

void guest_must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "guest: %s\n", what);
    _exit(1);
}

/* ---- Messages ---- */

/* Requests of the server that came while we waited for an answer: QEMU does not
 * look at them meanwhile. */
static struct vfio_message backlog[BACKLOG];
static unsigned waiting;

static void receive(const struct vfio_guest *g, struct vfio_message *m)
{
    guest_must(recv(g->socket, &m->header, sizeof m->header, MSG_WAITALL) ==
                   sizeof m->header,
               "the server has gone");
    guest_must(m->header.size >= sizeof m->header &&
                   vfio_payload_bytes(m) <= sizeof m->payload,
               "a message of no sensible size");
    if (vfio_payload_bytes(m))
        guest_must(recv(g->socket, &m->payload, vfio_payload_bytes(m),
                        MSG_WAITALL) == (ssize_t)vfio_payload_bytes(m),
                   "half a message");
    m->fds = 0;
}

static void serve(struct vfio_guest *g, struct vfio_message *m)
{
    uint64_t at = m->payload.dma.addr - GUEST_BASE, n = m->payload.dma.count;
    struct vfio_message reply;

    guest_must(g->kind == GUEST_REMOTE, "asked for memory that is shared");
    guest_must(at < GUEST_BYTES && n <= GUEST_BYTES - at,
               "asked for memory that is not there");
    if (m->header.command == VFIO_DMA_WRITE) {
        memcpy(g->p + at, m->payload.dma.data, n);
        g->dma_writes++;
    } else {
        guest_must(m->header.command == VFIO_DMA_READ, "unknown request");
        memcpy(m->payload.dma.data, g->p + at, n);
        g->dma_reads++;
    }
    reply = vc_answer(m);
    vc_send(g->socket, &reply);
}

static void serve_backlog(struct vfio_guest *g)
{
    for (unsigned i = 0; i < waiting; i++)
        serve(g, &backlog[i]);
    waiting = 0;
}

void guest_serve(struct vfio_guest *g)
{
    struct pollfd p = {.fd = g->socket, .events = POLLIN};
    struct vfio_message m;

    serve_backlog(g);
    while (poll(&p, 1, 0) == 1) {
        receive(g, &m);
        guest_must(!vfio_is_reply(&m), "an answer to nothing");
        serve(g, &m);
    }
}

struct vfio_message guest_command(struct vfio_guest *g, struct vfio_message m)
{
    struct vfio_message r;

    vc_send(g->socket, &m);
    for (receive(g, &r); !vfio_is_reply(&r); receive(g, &r)) {
        guest_must(waiting < BACKLOG, "too many requests of the server");
        backlog[waiting++] = r;
    }
    guest_must(r.header.id == m.header.id &&
                   r.header.command == m.header.command,
               "the answer to something else");
    guest_must(r.header.flags == VFIO_REPLY,
               vfio_command_name(m.header.command));
    serve_backlog(g);
    return r;
}

void guest_read(struct vfio_guest *g, uint32_t region, uint64_t offset,
                uint8_t *to, uint32_t bytes)
{
    struct vfio_message r = guest_command(g, vc_read(region, offset, bytes));

    memcpy(to, r.payload.access.data, bytes);
}

static uint32_t read_number(struct vfio_guest *g, uint32_t region,
                            uint64_t offset, uint32_t bytes)
{
    uint8_t b[4] = {0};

    guest_read(g, region, offset, b, bytes);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

uint32_t guest_cfg(struct vfio_guest *g, uint32_t offset, uint32_t bytes)
{
    return read_number(g, VFIO_REGION_CONFIG, offset, bytes);
}

void guest_cfg_write(struct vfio_guest *g, uint32_t offset, uint32_t bytes,
                     uint32_t value)
{
    guest_command(g, vc_write(VFIO_REGION_CONFIG, offset, bytes, value));
}

uint32_t guest_bar(struct vfio_guest *g, unsigned bar, uint64_t offset,
                   uint32_t bytes)
{
    return read_number(g, bar, offset, bytes);
}

void guest_bar_write(struct vfio_guest *g, unsigned bar, uint64_t offset,
                     uint32_t bytes, uint32_t value)
{
    struct vfio_message m = vc_write(bar, offset, bytes, value);

    m.header.flags = VFIO_NO_REPLY;
    vc_send(g->socket, &m);
}

/* ---- Memory ---- */

static void map(struct vfio_guest *g, uint64_t at, uint64_t bytes,
                uint32_t flags)
{
    struct vfio_message m =
        vc_map(GUEST_BASE + at, bytes, MMAP_OFFSET + at, flags);

    if (g->kind == GUEST_SHARED)
        vc_attach(&m, g->memory);
    guest_command(g, m);
}

void guest_map(struct vfio_guest *g)
{
    map(g, 0, SECOND_AT, VFIO_MAP_READ | VFIO_MAP_WRITE);
    map(g, SECOND_AT, GUEST_BYTES - SECOND_AT, VFIO_MAP_READ | VFIO_MAP_WRITE);
}

void guest_protect(struct vfio_guest *g)
{
    guest_command(g, vc_unmap(GUEST_BASE + SECOND_AT, GUEST_BYTES - SECOND_AT));
    map(g, SECOND_AT, GUEST_BYTES - SECOND_AT, VFIO_MAP_READ);
}

bool guest_untouched(const struct vfio_guest *g)
{
    for (unsigned at = SECOND_AT; at < TRANSMIT_AT; at++)
        if (g->p[at])
            return false;
    return true;
}

void guest_unmap(struct vfio_guest *g)
{
    guest_command(g, vc_unmap(GUEST_BASE, SECOND_AT));
    guest_command(g, vc_unmap(GUEST_BASE + SECOND_AT, GUEST_BYTES - SECOND_AT));
}

void guest_remap(struct vfio_guest *g)
{
    for (unsigned i = 0; i < REMAPS; i++) {
        guest_unmap(g);
        guest_map(g);
    }
}

/* ---- Finding the device ---- */

static void take_cap(struct vfio_guest *g, const uint8_t *c, unsigned at)
{
    uint32_t offset, word;

    memcpy(&offset, c + at + 8, 4);
    memcpy(&word, c + at + 16, 4);
    if (c[at] == CAP_PM)
        g->pm_cap = at;
    else if (c[at] == CAP_PCIE)
        g->pcie_cap = at;
    else if (c[at] == CAP_MSIX)
        g->msix_cap = at;
    if (c[at] != CAP_VENDOR || c[at + 4] != 0)
        return;
    if (c[at + 3] == 1)
        g->common = offset;
    else if (c[at + 3] == 3)
        g->isr = offset;
    if (c[at + 3] != 2)
        return;
    g->notify = offset;
    g->multiplier = word;
}

static void find(struct vfio_guest *g)
{
    uint8_t c[256 + 20] = {0};

    for (uint32_t i = 0; i < 6; i++)
        g->bar_bytes[i] =
            guest_command(g, vc_region_info(i)).payload.region.bytes;
    for (uint32_t i = 0; i < VFIO_IRQS; i++)
        guest_command(g, vc_irq_info(i));
    guest_must(guest_command(g, vc_info()).payload.info.flags == 3, "no PCI");
    guest_read(g, VFIO_REGION_CONFIG, 0, c, 256);
    for (unsigned at = c[0x34], n = 0; at && n < 48; at = c[at + 1], n++)
        take_cap(g, c, at);
    guest_must(g->pm_cap && g->pcie_cap && g->msix_cap && g->notify,
               "a capability is missing");
}

void guest_open(struct vfio_guest *g, enum guest_memory_kind kind)
{
    static const char json[] = "{\"capabilities\": {\"max_msg_fds\": 16}}";

    g->kind = kind;
    guest_command(g, vc_version(json));
    guest_map(g);
    guest_command(g, vc_map(ROM_BASE, ROM_BYTES, 0, VFIO_MAP_READ));
    find(g);
    guest_command(g, vc_plain(VFIO_RESET, 0));
    guest_remap(g);
}

void guest_wait_for_close(struct vfio_guest *g)
{
    uint8_t bytes[4096];

    while (recv(g->socket, bytes, sizeof bytes, 0) > 0)
        ;
}

/* ---- Its process ---- */

static void begin(struct vfio_guest *g, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    memset(g, 0, sizeof *g);
    for (unsigned i = 0; i < 500 && access(path, F_OK); i++)
        usleep(10000);
    strcpy(a.sun_path, path);
    g->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    guest_must(!connect(g->socket, (struct sockaddr *)&a, sizeof a),
               "cannot connect");
    g->memory = memfd_create("guest", 0);
    guest_must(g->memory >= 0 &&
                   !ftruncate(g->memory, MMAP_OFFSET + GUEST_BYTES),
               "no memory");
    g->p = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                g->memory, MMAP_OFFSET);
    guest_must(g->p != MAP_FAILED, "no memory");
    for (unsigned i = 0; i < 3; i++)
        g->event[i] = eventfd(0, EFD_NONBLOCK);
}

void guest_process_start(struct guest_process *p, guest_fn *fn)
{
    static struct vfio_guest g;

    fflush(stdout);
    p->pid = fork();
    if (p->pid)
        return;
    alarm(60);
    begin(&g, p->files.socket);
    fn(&g);
    _exit(0);
}

int guest_process_status(const struct guest_process *p)
{
    int status = -1;

    waitpid(p->pid, &status, 0);
    return status;
}
