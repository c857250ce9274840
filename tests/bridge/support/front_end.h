/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The other end of a vhost-user connection: guest memory, eventfds, and any
 * message, however wrong, with any fds. What the system refuses ends the
 * process: it is no outcome of a test.
 */
#ifndef RL_TEST_FRONT_END_H
#define RL_TEST_FRONT_END_H

#include "bridge/device.h"
#include "bridge/vhost_user.h"

/* Of memfds, as /proc/self/maps shows them. */
#define FE_MEMORY_NAME "guest-of-the-test"

enum {
    FE_REGIONS = 2,
    FE_MEMORY_BYTES = 0x20000,
    FE_QUEUE_SIZE = 8,
};

struct front_end {
    int socket; /* -1: closed */
    int memory; /* memfd; the front-end never maps it, so that each mapping of
                 * it in this process is the back-end's */
    struct vu_region region[FE_REGIONS]; /* with mmap offsets that are not 0 */
    int kick[DEVICE_MAX_QUEUES], call[DEVICE_MAX_QUEUES],
        err[DEVICE_MAX_QUEUES]; /* eventfds */
};

/* *socket: the back-end's end, not blocking. */
void fe_open(struct front_end *f, int *socket);
/* The same front-end with a new connection. */
void fe_connect(struct front_end *f, int *socket);
void fe_close(struct front_end *f);

/* ---- Messages: good ones, to be spoilt as a test likes ---- */

struct vu_message fe_plain(uint32_t request);
struct vu_message fe_u64(uint32_t request, uint64_t value);
struct vu_message fe_state(uint32_t request, uint32_t index, uint32_t num);
/* A queue's ring and event areas, where fe_ring_*() say. */
struct vu_message fe_addr(const struct front_end *f, unsigned queue);
struct vu_message fe_mem_table(const struct front_end *f);
struct vu_message fe_mem_reg(const struct front_end *f, uint32_t request,
                             unsigned region);
/* KICK, CALL, ERR; fd -1: the message says that there is none. */
struct vu_message fe_fd(uint32_t request, unsigned index, int fd);
struct vu_message fe_config(uint32_t request, uint32_t offset, uint32_t size);
void fe_attach(struct vu_message *m, int fd); /* stays the caller's */

uint64_t fe_ring_guest(
    unsigned queue); /* driver area: +0x800, device: +0x808 */

/* ---- Wire ---- */

/* header.size bytes of payload follow, more than a message has read as 0. */
void fe_send(const struct front_end *f, const struct vu_message *m);
void fe_send_bytes(const struct front_end *f, const void *bytes, size_t n,
                   const int *fds, unsigned fd_count);
/* False: no reply has come. */
bool fe_reply(const struct front_end *f, struct vu_message *m);

/* ---- What a process holds ---- */

unsigned fe_count_fds(void);
/* Mappings of memfds of this name. */
unsigned fe_count_mappings(void);
void fe_signal(int eventfd);
/* Count of an eventfd, which is 0 afterwards. */
uint64_t fe_count(int eventfd);

#endif
