/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The other end of a vhost-user connection.
 */
#include "support/front_end.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_FDS = 64 };

static int need(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        abort();
    }
    return result;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void fe_connect(struct front_end *f, int *socket)
{
    int pair[2];

    close_fd(&f->socket);
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                    pair),
         "socketpair");
    f->socket = pair[0];
    *socket = pair[1];
}

void fe_open(struct front_end *f, int *socket)
{
    memset(f, 0, sizeof *f);
    f->socket = -1;
    f->memory = need(memfd_create(FE_MEMORY_NAME, MFD_CLOEXEC), "memfd_create");
    need(ftruncate(f->memory, FE_MEMORY_BYTES), "ftruncate");
    f->region[0] = (struct vu_region){.guest_addr = 0x10000,
                                      .bytes = 0x8000,
                                      .user_addr = 0x7f0000000000,
                                      .mmap_offset = 0x3000};
    f->region[1] = (struct vu_region){.guest_addr = 0x40000,
                                      .bytes = 0x10000,
                                      .user_addr = 0x7e0000000000,
                                      .mmap_offset = 0x10000};
    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++) {
        f->kick[q] = need(eventfd(0, EFD_CLOEXEC), "eventfd");
        f->call[q] = need(eventfd(0, EFD_CLOEXEC), "eventfd");
        f->err[q] = need(eventfd(0, EFD_CLOEXEC), "eventfd");
    }
    fe_connect(f, socket);
}

void fe_close(struct front_end *f)
{
    close_fd(&f->socket);
    close_fd(&f->memory);
    for (unsigned q = 0; q < DEVICE_MAX_QUEUES; q++) {
        close_fd(&f->kick[q]);
        close_fd(&f->call[q]);
        close_fd(&f->err[q]);
    }
}

/* ---- Messages ---- */

struct vu_message fe_plain(uint32_t request)
{
    return (struct vu_message){
        .header = {.request = request, .flags = VU_FLAG_VERSION}};
}

struct vu_message fe_u64(uint32_t request, uint64_t value)
{
    struct vu_message m = fe_plain(request);

    m.header.size = 8;
    m.payload.u64 = value;
    return m;
}

struct vu_message fe_state(uint32_t request, uint32_t index, uint32_t num)
{
    struct vu_message m = fe_plain(request);

    m.header.size = sizeof m.payload.state;
    m.payload.state = (struct vu_vring_state){.index = index, .num = num};
    return m;
}

/* Queues 0 and 1 are in the first region, the others in the second. */
uint64_t fe_ring_guest(unsigned queue)
{
    return queue < 2 ? 0x10000 + 0x1000 * queue : 0x40000 + 0x1000 * queue;
}

struct vu_message fe_addr(const struct front_end *f, unsigned queue)
{
    const struct vu_region *r = &f->region[queue < 2 ? 0 : 1];
    uint64_t at = r->user_addr + fe_ring_guest(queue) - r->guest_addr;
    struct vu_message m = fe_plain(VU_SET_VRING_ADDR);

    m.header.size = sizeof m.payload.addr;
    m.payload.addr = (struct vu_vring_addr){
        .index = queue, .desc = at, .avail = at + 0x800, .used = at + 0x808};
    return m;
}

struct vu_message fe_mem_table(const struct front_end *f)
{
    struct vu_message m = fe_plain(VU_SET_MEM_TABLE);

    m.header.size = 8 + FE_REGIONS * sizeof f->region[0];
    m.payload.mem.count = FE_REGIONS;
    for (unsigned i = 0; i < FE_REGIONS; i++) {
        m.payload.mem.region[i] = f->region[i];
        fe_attach(&m, f->memory);
    }
    return m;
}

struct vu_message fe_mem_reg(const struct front_end *f, uint32_t request,
                             unsigned region)
{
    struct vu_message m = fe_plain(request);

    m.header.size = sizeof m.payload.reg;
    m.payload.reg.region = f->region[region];
    if (request == VU_ADD_MEM_REG)
        fe_attach(&m, f->memory);
    return m;
}

struct vu_message fe_fd(uint32_t request, unsigned index, int fd)
{
    struct vu_message m =
        fe_u64(request, index | (fd < 0 ? (unsigned)VU_VRING_NO_FD : 0));

    if (fd >= 0)
        fe_attach(&m, fd);
    return m;
}

struct vu_message fe_config(uint32_t request, uint32_t offset, uint32_t size)
{
    struct vu_message m = fe_plain(request);

    m.header.size = VU_CONFIG_HEADER + size;
    m.payload.config.offset = offset;
    m.payload.config.size = size;
    return m;
}

void fe_attach(struct vu_message *m, int fd)
{
    m->fd[m->fds++] = fd;
}

/* ---- Wire ---- */

void fe_send_bytes(const struct front_end *f, const void *bytes, size_t n,
                   const int *fds, unsigned fd_count)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * MOST_FDS)];
    } control = {0};
    struct iovec v = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = n};
    struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1};

    if (fd_count) {
        h.msg_control = &control;
        h.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        *CMSG_FIRSTHDR(&h) =
            (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * fd_count),
                             .cmsg_level = SOL_SOCKET,
                             .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&h)), fds, sizeof(int) * fd_count);
    }
    need((int)sendmsg(f->socket, &h, MSG_NOSIGNAL), "sendmsg");
}

void fe_send(const struct front_end *f, const struct vu_message *m)
{
    uint8_t bytes[VU_HEADER_BYTES + 2 * VU_MAX_PAYLOAD] = {0};
    size_t n = m->header.size;

    if (n > 2 * VU_MAX_PAYLOAD)
        n = 2 * VU_MAX_PAYLOAD;
    memcpy(bytes, &m->header, VU_HEADER_BYTES);
    memcpy(bytes + VU_HEADER_BYTES, &m->payload,
           n < VU_MAX_PAYLOAD ? n : VU_MAX_PAYLOAD);
    fe_send_bytes(f, bytes, VU_HEADER_BYTES + n, m->fd, m->fds);
}

bool fe_reply(const struct front_end *f, struct vu_message *m)
{
    ssize_t n;

    memset(m, 0, sizeof *m);
    n = recv(f->socket, &m->header, sizeof m->header, MSG_DONTWAIT);
    if (n <= 0)
        return false;
    if (n == sizeof m->header && !m->header.size)
        return true;
    if (n != sizeof m->header || m->header.size > VU_MAX_PAYLOAD ||
        recv(f->socket, &m->payload, m->header.size, MSG_DONTWAIT) !=
            (ssize_t)m->header.size) {
        fprintf(stderr, "the back-end sent half a reply\n");
        abort();
    }
    return true;
}

/* ---- What a process holds ---- */

unsigned fe_count_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    if (!d)
        abort();
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

unsigned fe_count_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned n = 0;

    if (!f)
        abort();
    while (fgets(line, sizeof line, f))
        n += strstr(line, FE_MEMORY_NAME) != NULL;
    fclose(f);
    return n;
}

void fe_signal(int eventfd)
{
    uint64_t one = 1;

    need((int)write(eventfd, &one, sizeof one), "write");
}

uint64_t fe_count(int eventfd)
{
    struct pollfd p = {.fd = eventfd, .events = POLLIN};
    uint64_t count = 0;

    if (poll(&p, 1, 0) == 1)
        need((int)read(eventfd, &count, sizeof count), "read");
    return count;
}
