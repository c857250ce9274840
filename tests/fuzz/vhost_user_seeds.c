/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Writes the seeds of the fuzz target vhost_user: what real front-ends do, as
 * the target's input. `make fuzz-seeds` keeps them in tests/fuzz/corpus.
 *
 * usage: vhost_user_seeds DIRECTORY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/vhost_user.h"
#include "support/fake_device.h"
#include "support/front_end.h"
#include "vhost_user_input.h"

#define BIT(n) (1ull << (n))
#define F_BASE                                                           \
    (BIT(FAKE_F_VERSION_1) | BIT(FAKE_F_PACKED) | BIT(FAKE_F_IN_ORDER) | \
     BIT(VU_F_PROTOCOL_FEATURES))

struct seed {
    const char *directory;
    struct front_end fe;
    FILE *file;
};

static void put_u8(struct seed *s, unsigned v)
{
    fputc((int)(v & 0xff), s->file);
}

static void put_u16(struct seed *s, unsigned v)
{
    put_u8(s, v);
    put_u8(s, v >> 8);
}

static void begin(struct seed *s, const char *name)
{
    char path[256];

    if (s->file)
        fclose(s->file);
    snprintf(path, sizeof path, "%s/%s", s->directory, name);
    s->file = fopen(path, "wb");
    if (!s->file) {
        perror(path);
        exit(1);
    }
}

static enum input_fd kind_of(const struct front_end *f, int fd)
{
    for (unsigned q = 0; q < 4; q++)
        if (fd == f->kick[q])
            return (enum input_fd)(INPUT_EVENT_0 + q);
    return fd == f->memory ? INPUT_SMALL : INPUT_SOCKET;
}

static void put(struct seed *s, struct vu_message m)
{
    put_u8(s, INPUT_MESSAGE);
    put_u8(s, m.header.request);
    put_u8(s, m.header.flags ^ VU_FLAG_VERSION);
    put_u8(s, m.fds);
    for (unsigned i = 0; i < m.fds; i++)
        put_u8(s, kind_of(&s->fe, m.fd[i]));
    put_u16(s, m.header.size);
    put_u8(s, 0);
    fwrite(&m.payload, 1, m.header.size, s->file);
}

static void put_step(struct seed *s, enum input_step step, int argument)
{
    put_u8(s, step);
    if (argument >= 0)
        put_u8(s, (unsigned)argument);
}

static void put_access(struct seed *s, unsigned region, unsigned offset)
{
    put_step(s, INPUT_ACCESS, (int)region);
    put_u16(s, offset);
    put_u16(s, 0);
}

/* ---- What front-ends do ---- */

static void hello(struct seed *s, uint64_t features, uint64_t protocol)
{
    put(s, fe_plain(VU_SET_OWNER));
    put(s, fe_plain(VU_GET_FEATURES));
    put(s, fe_plain(VU_GET_PROTOCOL_FEATURES));
    put(s, fe_u64(VU_SET_PROTOCOL_FEATURES, protocol));
    put(s, fe_plain(VU_GET_QUEUE_NUM));
    put(s, fe_u64(VU_SET_FEATURES, features));
}

static void set_up(struct seed *s, unsigned queues, uint32_t base)
{
    for (unsigned q = 0; q < queues; q++) {
        put(s, fe_state(VU_SET_VRING_NUM, q, FE_QUEUE_SIZE));
        put(s, fe_state(VU_SET_VRING_BASE, q, base));
        put(s, fe_addr(&s->fe, q));
        put(s, fe_fd(VU_SET_VRING_CALL, q, s->fe.kick[q]));
        put(s, fe_fd(VU_SET_VRING_ERR, q, s->fe.kick[q]));
        put(s, fe_fd(VU_SET_VRING_KICK, q, s->fe.kick[q]));
    }
    for (unsigned q = 0; q < queues; q++)
        put(s, fe_state(VU_SET_VRING_ENABLE, q, 1));
}

static void work(struct seed *s)
{
    put_step(s, INPUT_KICK, 0);
    put_step(s, INPUT_KICKS, -1);
    put_access(s, 0, 0x1000);
    put_step(s, INPUT_CALL, 0);
    put_step(s, INPUT_TELL, -1);
}

static void without_status(struct seed *s)
{
    begin(s, "without_status");
    hello(s, F_BASE, BIT(VU_PROTOCOL_MQ));
    put(s, fe_mem_table(&s->fe));
    set_up(s, 2, 0);
    work(s);
    put(s, fe_state(VU_SET_VRING_ENABLE, 0, 0));
    put(s, fe_state(VU_SET_VRING_ENABLE, 1, 0));
    put(s, fe_mem_table(&s->fe));
    put(s, fe_state(VU_SET_VRING_ENABLE, 0, 1));
    work(s);
    put_step(s, INPUT_CLOSE, -1);
}

static void with_status(struct seed *s)
{
    begin(s, "with_status");
    hello(s, F_BASE,
          BIT(VU_PROTOCOL_MQ) | BIT(VU_PROTOCOL_REPLY_ACK) |
              BIT(VU_PROTOCOL_STATUS));
    for (unsigned round = 0; round < 2; round++) {
        put(s, fe_u64(VU_SET_STATUS, 0x0b));
        put(s, fe_plain(VU_GET_STATUS));
        put(s, fe_mem_table(&s->fe));
        set_up(s, 2, 0x8000);
        put(s, fe_u64(VU_SET_STATUS, 0x0f));
        work(s);
        put(s, fe_state(VU_GET_VRING_BASE, 0, 0));
        put(s, fe_state(VU_GET_VRING_BASE, 1, 0));
    }
    put(s, fe_u64(VU_SET_STATUS, 0));
}

static void four_queues(struct seed *s)
{
    begin(s, "four_queues");
    hello(s, F_BASE | BIT(FAKE_F_MQ),
          BIT(VU_PROTOCOL_MQ) | BIT(VU_PROTOCOL_RESET_DEVICE));
    put(s, fe_mem_table(&s->fe));
    set_up(s, 4, 0x80008000);
    put(s, fe_fd(VU_SET_VRING_KICK, 3, -1));
    work(s);
    put(s, fe_state(VU_SET_VRING_ENABLE, 3, 0));
    put(s, fe_plain(VU_RESET_DEVICE));
}

static void memory_slots(struct seed *s)
{
    begin(s, "memory_slots");
    hello(s, F_BASE, BIT(VU_PROTOCOL_CONFIGURE_MEM_SLOTS));
    put(s, fe_plain(VU_GET_MAX_MEM_SLOTS));
    put(s, fe_mem_reg(&s->fe, VU_ADD_MEM_REG, 0));
    put(s, fe_mem_reg(&s->fe, VU_ADD_MEM_REG, 1));
    put_access(s, 1, 0xffff);
    put(s, fe_mem_reg(&s->fe, VU_REM_MEM_REG, 0));
    put_step(s, INPUT_TRUNCATE, 0);
    put_u16(s, 1);
    put_access(s, 0, 0x8000);
}

/* It fits; one descriptor more, and it is refused. */
static void a_ring_at_the_end_of_memory(struct seed *s)
{
    const struct vu_region *r = &s->fe.region[0];
    struct vu_message m = fe_addr(&s->fe, 0);

    begin(s, "a_ring_at_the_end_of_memory");
    m.payload.addr.desc = r->user_addr + r->bytes - 16 * FE_QUEUE_SIZE;
    hello(s, F_BASE, BIT(VU_PROTOCOL_STATUS));
    put(s, fe_mem_table(&s->fe));
    put(s, m);
    put(s, fe_fd(VU_SET_VRING_KICK, 0, -1));
    put(s, fe_state(VU_SET_VRING_BASE, 0, 0x8000));
    put(s, fe_state(VU_SET_VRING_ENABLE, 0, 1));
    put(s, fe_u64(VU_SET_STATUS, 0x0f));
    put(s, fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE));
    work(s);
    put(s, fe_state(VU_SET_VRING_NUM, 0, FE_QUEUE_SIZE + 1));
    put(s, fe_state(VU_SET_VRING_BASE, 0, 0x8000));
}

static void configuration(struct seed *s)
{
    struct vu_message m = fe_plain(VU_SET_BACKEND_REQ_FD);

    begin(s, "configuration");
    fe_attach(&m, s->fe.socket);
    hello(s, F_BASE, BIT(VU_PROTOCOL_CONFIG) | BIT(VU_PROTOCOL_BACKEND_REQ));
    put(s, m);
    put(s, fe_config(VU_GET_CONFIG, 0, 12));
    put(s, fe_config(VU_SET_CONFIG, 6, 2));
    put_step(s, INPUT_TELL, -1);
    put_step(s, INPUT_FAIL, FAKE_CONFIG_WRITE);
    put(s, fe_config(VU_SET_CONFIG, 6, 2));
}

static void a_device_that_fails(struct seed *s)
{
    begin(s, "a_device_that_fails");
    for (unsigned op = FAKE_MAP; op < FAKE_CONFIG_READ; op++) {
        put_step(s, INPUT_FAIL, (int)op);
        hello(s, F_BASE | BIT(FAKE_F_MQ), 0);
        put(s, fe_mem_table(&s->fe));
        set_up(s, 2, 0);
        put(s, fe_plain(VU_RESET_OWNER));
    }
}

int main(int argc, char **argv)
{
    struct seed s = {0};
    int end;

    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    s.directory = argv[1];
    fe_open(&s.fe, &end);
    without_status(&s);
    with_status(&s);
    four_queues(&s);
    memory_slots(&s);
    a_ring_at_the_end_of_memory(&s);
    configuration(&s);
    a_device_that_fails(&s);
    fe_close(&s.fe);
    return fclose(s.file) ? 1 : 0;
}
