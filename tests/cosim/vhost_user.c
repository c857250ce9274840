/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The whole way of an outside driver: another process with memory of its own, a
 * socket, the bridge, the card. The driver's rings are those of sim/driver.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/channel.h"
#include "bridge/replay.h"
#include "bridge/vhost_server.h"
#include "cosim.h"
#include "support/scratch.h"

enum {
    GUEST_BYTES = 1 << 20,
    MMAP_OFFSET = 0x3000,
    BUFFER_BYTES = 2048,
    FRAMES = 300,
    ANSWER_MS = 20000,
    RING_AT = 0, /* of queue q: q * 0x4000 */
    RING_STEP = 0x4000,
    DRIVER_AT = 0x3000,
    DEVICE_AT = 0x3010,
    BUFFERS_AT = 0x10000,
    STATUS_UP = 0x0f,
};

/* Guest memory lies in two regions that touch each other in the guest's
 * addresses, not in the file or the driver's own. */
#define GUEST_BASE 0x7f0000010000ull
#define USER_BASE  0x10000000ull
#define SECOND_AT  (BUFFERS_AT + 3 * BUFFER_BYTES + 0x800)

struct front_end {
    int fd, memory;
    uint8_t *p;
    uint64_t features;
    uint16_t size;
    struct drv_ring ring[2];
    int kick[2], call[2];
    bool finish; /* say goodbye as DPDK does */
};

/* ---- The driver's process ---- */

static void die(const char *what)
{
    fprintf(stderr, "front-end: %s\n", what);
    _exit(1);
}

static void send_message(const struct front_end *f, uint32_t request,
                         const void *payload, uint32_t bytes, const int *fds,
                         unsigned count)
{
    struct vu_header h = {request, VU_FLAG_VERSION, bytes};
    struct iovec v[2] = {{&h, sizeof h}, {(void *)(uintptr_t)payload, bytes}};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * 2)];
    } control = {0};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

    if (count) {
        m.msg_control = &control;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        *CMSG_FIRSTHDR(&m) =
            (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * count),
                             .cmsg_level = SOL_SOCKET,
                             .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, sizeof(int) * count);
    }
    if (sendmsg(f->fd, &m, MSG_NOSIGNAL) != (ssize_t)(sizeof h + bytes))
        die("cannot send");
}

static void send_u64(const struct front_end *f, uint32_t request,
                     uint64_t value)
{
    send_message(f, request, &value, 8, NULL, 0);
}

static void send_state(const struct front_end *f, uint32_t request,
                       uint32_t index, uint32_t num)
{
    struct vu_vring_state s = {index, num};

    send_message(f, request, &s, sizeof s, NULL, 0);
}

static uint64_t answer(const struct front_end *f)
{
    struct vu_header h;
    uint64_t value = 0;

    if (recv(f->fd, &h, sizeof h, MSG_WAITALL) != sizeof h || h.size != 8 ||
        recv(f->fd, &value, 8, MSG_WAITALL) != 8)
        die("no answer");
    return value;
}

static void join(struct front_end *f, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    strcpy(a.sun_path, path);
    f->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (f->fd < 0 || connect(f->fd, (struct sockaddr *)&a, sizeof a))
        die("cannot connect");
}

static void mem_read(void *ctx, uint64_t addr, void *dst, size_t bytes)
{
    const struct front_end *f = ctx;

    memcpy(dst, f->p + (addr - GUEST_BASE), bytes);
}

static void mem_write(void *ctx, uint64_t addr, const void *src, size_t bytes)
{
    struct front_end *f = ctx;
    uint8_t *at = f->p + (addr - GUEST_BASE);

    /* A descriptor's flags are its last two bytes, and written last. */
    if (bytes == 16) {
        uint64_t half[2];

        memcpy(half, src, 16);
        __atomic_store_n((uint64_t *)(void *)at, half[0], __ATOMIC_RELEASE);
        __atomic_store_n((uint64_t *)(void *)(at + 8), half[1],
                         __ATOMIC_RELEASE);
        return;
    }
    memcpy(at, src, bytes);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void share_memory(struct front_end *f)
{
    struct vu_mem_table t = {
        .count = 2,
        .region = {{GUEST_BASE, SECOND_AT, USER_BASE, MMAP_OFFSET},
                   {GUEST_BASE + SECOND_AT, GUEST_BYTES - SECOND_AT,
                    USER_BASE + 2 * GUEST_BYTES, MMAP_OFFSET + SECOND_AT}}};

    send_message(f, VU_SET_MEM_TABLE, &t, 8 + 2 * sizeof t.region[0],
                 (int[]){f->memory, f->memory}, 2);
}

static void set_queue(struct front_end *f, unsigned q)
{
    uint64_t at = GUEST_BASE + q * RING_STEP;
    uint64_t user = USER_BASE + q * RING_STEP;
    struct drv_ring_config c = {
        .mem = {.ctx = f, .read = mem_read, .write = mem_write},
        .size = f->size,
        .desc_addr = at,
        .driver_addr = at + DRIVER_AT,
        .device_addr = at + DEVICE_AT,
        .in_order = f->features >> DRV_F_IN_ORDER & 1,
        .id_seed = 1};
    struct vu_vring_addr a = {.index = q,
                              .desc = user,
                              .avail = user + DRIVER_AT,
                              .used = user + DEVICE_AT};
    uint64_t index = q;

    if (drv_ring_init(&f->ring[q], &c))
        die("no memory for a ring");
    send_state(f, VU_SET_VRING_NUM, q, f->size);
    send_state(f, VU_SET_VRING_BASE, q, 0x80008000);
    send_message(f, VU_SET_VRING_ADDR, &a, sizeof a, NULL, 0);
    send_message(f, VU_SET_VRING_CALL, &index, 8, &f->call[q], 1);
    send_message(f, VU_SET_VRING_KICK, &index, 8, &f->kick[q], 1);
    send_state(f, VU_SET_VRING_ENABLE, q, 1);
}

static void negotiate(struct front_end *f, uint64_t wanted)
{
    uint64_t offered;

    send_message(f, VU_GET_FEATURES, NULL, 0, NULL, 0);
    offered = answer(f);
    f->features = offered & wanted;
    send_message(f, VU_GET_PROTOCOL_FEATURES, NULL, 0, NULL, 0);
    send_u64(f, VU_SET_PROTOCOL_FEATURES,
             answer(f) & 1ull << VU_PROTOCOL_STATUS);
    send_u64(f, VU_SET_FEATURES, f->features);
    send_u64(f, VU_SET_STATUS, 0x0b);
}

static void ring_doorbell(struct front_end *f, unsigned q)
{
    uint64_t one = 1;

    if (drv_ring_wants_doorbell(&f->ring[q]) && write(f->kick[q], &one, 8) != 8)
        die("cannot kick");
}

static uint64_t buffer_addr(const struct front_end *f, unsigned q, unsigned n)
{
    return GUEST_BASE + BUFFERS_AT + (uint64_t)(q * f->size + n) * BUFFER_BYTES;
}

static void supply(struct front_end *f, unsigned n)
{
    struct drv_sg sg = {buffer_addr(f, 0, n), BUFFER_BYTES, true};

    if (drv_ring_add(&f->ring[0], &sg, 1, (void *)(uintptr_t)(n + 1)))
        die("receive ring is full");
}

static uint32_t frame_bytes(unsigned number)
{
    return 60 + number * 131 % 1455;
}

static void fill(uint8_t *p, unsigned number)
{
    for (uint32_t i = 0; i < frame_bytes(number); i++)
        p[i] = (uint8_t)(number * 7 + i * (1 + number % 5));
}

static bool transmit(struct front_end *f, unsigned number)
{
    unsigned n = number % f->size;
    uint64_t addr = buffer_addr(f, 1, n);
    uint8_t *p = f->p + (addr - GUEST_BASE);
    struct drv_sg sg[2] = {{addr, 12, false},
                           {addr + 12, frame_bytes(number), false}};

    if (drv_ring_free(&f->ring[1]) < 2)
        return false;
    memset(p, 0, 12);
    fill(p + 12, number);
    return !drv_ring_add(&f->ring[1], sg, 2, f);
}

static void received(struct front_end *f, const struct drv_used *u,
                     unsigned number)
{
    unsigned n = (unsigned)(uintptr_t)u->token - 1;
    const uint8_t *p = f->p + (buffer_addr(f, 0, n) - GUEST_BASE);
    uint8_t expected[BUFFER_BYTES];

    fill(expected, number);
    if (u->bytes != 12 + frame_bytes(number) ||
        memcmp(p + 12, expected, frame_bytes(number)) != 0)
        die("a frame came back changed");
    supply(f, n);
}

/* Two bursts in flight, so that rings wrap and batches form. */
static void exchange(struct front_end *f, unsigned frames)
{
    unsigned sent = 0, back = 0;
    struct drv_used u;
    int r;

    while (back < frames || f->ring[1].added != f->ring[1].returned) {
        unsigned burst = 0;

        while (sent < frames && sent - back < f->size / 4u && burst++ < 16 &&
               transmit(f, sent))
            sent++;
        drv_ring_publish(&f->ring[1]);
        if (burst)
            ring_doorbell(f, 1);
        while ((r = drv_ring_used(&f->ring[1], &u)) > 0)
            continue;
        if (r < 0)
            die(f->ring[1].why);
        while ((r = drv_ring_used(&f->ring[0], &u)) > 0)
            received(f, &u, back++);
        if (r < 0)
            die(f->ring[0].why);
        drv_ring_publish(&f->ring[0]);
        ring_doorbell(f, 0);
        usleep(100);
    }
}

static void start(struct front_end *f, uint64_t wanted, uint16_t size)
{
    f->size = size;
    memset(f->p, 0, GUEST_BYTES);
    negotiate(f, wanted);
    share_memory(f);
    for (unsigned q = 0; q < 2; q++)
        set_queue(f, q);
    for (unsigned n = 0; n < size / 2u; n++)
        supply(f, n);
    drv_ring_publish(&f->ring[0]);
    send_u64(f, VU_SET_STATUS, STATUS_UP);
    send_message(f, VU_GET_STATUS, NULL, 0, NULL, 0);
    if (answer(f) != STATUS_UP)
        die("the device does not run");
    ring_doorbell(f, 0);
}

static uint32_t stop_queue(struct front_end *f, unsigned q)
{
    struct vu_vring_state s = {q, 0};
    uint64_t v;

    send_state(f, VU_SET_VRING_ENABLE, q, 0);
    send_message(f, VU_GET_VRING_BASE, &s, sizeof s, NULL, 0);
    v = answer(f);
    drv_ring_fini(&f->ring[q]);
    return (uint32_t)(v >> 32);
}

static void stop(struct front_end *f)
{
    for (unsigned q = 0; q < 2; q++) {
        uint32_t next = f->ring[q].next_used | (uint32_t)f->ring[q].used_wrap
                                                   << 15;
        uint32_t base = stop_queue(f, q);

        if (base >> 16 != next)
            die("GET_VRING_BASE tells another used position");
    }
}

static void prepare(struct front_end *f, const char *path)
{
    memset(f, 0, sizeof *f);
    f->memory = memfd_create("guest", 0);
    if (f->memory < 0 || ftruncate(f->memory, MMAP_OFFSET + GUEST_BYTES))
        die("no guest memory");
    f->p = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                f->memory, MMAP_OFFSET);
    if (f->p == MAP_FAILED)
        die("no guest memory");
    for (unsigned q = 0; q < 2; q++) {
        f->kick[q] = eventfd(0, 0);
        f->call[q] = eventfd(0, EFD_NONBLOCK);
    }
    join(f, path);
}

#define ALL_FEATURES (~(1ull << DRV_F_EVENT_IDX))

/* ---- The bridge's side ---- */

struct bench {
    struct cosim *t;
    struct scratch files;
    struct card_device device;
    struct port *port;
    struct vhost_server server;
    pid_t child;
};

typedef void front_end_fn(struct front_end *f, const struct bench *b);

static void open_bench(struct bench *b, struct cosim *t)
{
    struct port_options o = {.kind = PORT_LOOP};

    memset(b, 0, sizeof *b);
    b->t = t;
    scratch_make(&b->files);
    b->port = port_new(&o);
    CHECK_EQ(t, card_device_open(&b->device, t->rp), 0);
    b->device.port = b->port;
}

static void close_bench(struct bench *b)
{
    card_device_close(&b->device);
    port_free(b->port);
    scratch_forget(&b->files);
}

/* The socket must be there first: the child waits for it. */
static void spawn(struct bench *b, front_end_fn *fn)
{
    struct front_end f;

    fflush(stdout);
    b->child = fork();
    if (b->child)
        return;
    alarm(60);
    for (unsigned i = 0; i < 500 && access(b->files.socket, F_OK); i++)
        usleep(10000);
    prepare(&f, b->files.socket);
    fn(&f, b);
    _exit(0);
}

static int serve(struct bench *b, unsigned clients, unsigned idle_seconds)
{
    struct server_options o = {.socket = b->files.socket,
                               .clients = clients,
                               .idle_seconds = idle_seconds,
                               .quiet = true};

    return vhost_serve(&b->server, &b->device, &o);
}

static int child_status(const struct bench *b)
{
    int status = -1;

    waitpid(b->child, &status, 0);
    return status;
}

/* ---- Cases ---- */

static void one_run(struct front_end *f, uint64_t features, uint16_t size)
{
    start(f, features, size);
    exchange(f, FRAMES);
    stop(f);
}

static void front_in_order(struct front_end *f, const struct bench *b)
{
    (void)b;
    one_run(f, ALL_FEATURES, 64);
}

static void front_odd_size(struct front_end *f, const struct bench *b)
{
    (void)b;
    one_run(f, ALL_FEATURES & ~(1ull << DRV_F_IN_ORDER), 60);
}

static void front_again(struct front_end *f, const struct bench *b)
{
    one_run(f, ALL_FEATURES, 64);
    one_run(f, ALL_FEATURES & ~(1ull << DRV_F_IN_ORDER), 33);
    close(f->fd);
    join(f, b->files.socket);
    one_run(f, ALL_FEATURES, 96);
}

static void front_killed(struct front_end *f, const struct bench *b)
{
    start(f, ALL_FEATURES, 64);
    exchange(f, 20);
    for (unsigned i = 0; i < 8; i++)
        transmit(f, i);
    drv_ring_publish(&f->ring[1]);
    ring_doorbell(f, 1);
    if (fork() == 0) { /* the next driver */
        close(f->fd);
        prepare(f, b->files.socket);
        one_run(f, ALL_FEATURES, 64);
        _exit(0);
    }
    kill(getpid(), SIGKILL);
}

static void front_stuck(struct front_end *f, const struct bench *b)
{
    (void)b;
    start(f, ALL_FEATURES, 64);
    sleep(30);
}

/* A chain that the rings forbid, then a driver that does everything right. */
static void front_breaks_queue(struct front_end *f, const struct bench *b)
{
    struct vu_vring_state s = {0, 0};
    struct drv_desc *d;

    start(f, ALL_FEATURES, 64);
    exchange(f, 20);
    d = (struct drv_desc *)(void *)(f->p + RING_STEP) + f->ring[1].next_avail;
    d->addr = GUEST_BASE;
    d->len = 100;
    d->id = 0;
    d->flags =
        (uint16_t)(DRV_DESC_INDIRECT |
                   (f->ring[1].avail_wrap ? DRV_DESC_AVAIL : DRV_DESC_USED));
    if (write(f->kick[1], &(uint64_t){1}, 8) != 8)
        die("cannot kick");
    for (unsigned i = 0; i < 500; i++) {
        send_message(f, VU_GET_STATUS, NULL, 0, NULL, 0);
        if (answer(f) & DRV_S_NEEDS_RESET)
            break;
        if (i == 499)
            die("NEEDS_RESET is not shown");
        usleep(10000);
    }
    for (unsigned q = 0; q < 2; q++) {
        s.index = q;
        send_message(f, VU_GET_VRING_BASE, &s, sizeof s, NULL, 0);
        answer(f);
        drv_ring_fini(&f->ring[q]);
    }
    (void)b;
    one_run(f, ALL_FEATURES, 64);
}

static void run(struct cosim *t, front_end_fn *fn, unsigned clients,
                unsigned frames)
{
    struct bench b;
    int status;

    open_bench(&b, t);
    spawn(&b, fn);
    CHECK_EQ(t, serve(&b, clients, 30), 0);
    status = child_status(&b);
    CHECK_EQ(t, status, 0);
    CHECK_EQ(t, b.device.frames_out, frames);
    close_bench(&b);
}

static void in_order(struct cosim *t)
{
    run(t, front_in_order, 1, FRAMES);
}

static void odd_size(struct cosim *t)
{
    run(t, front_odd_size, 1, FRAMES);
}

static void again(struct cosim *t)
{
    run(t, front_again, 2, 3 * FRAMES);
}

static void killed(struct cosim *t)
{
    struct bench b;

    open_bench(&b, t);
    spawn(&b, front_killed);
    CHECK_EQ(t, serve(&b, 2, 30), 0);
    CHECK_EQ(t, WTERMSIG(child_status(&b)), SIGKILL);
    CHECK(t, b.device.frames_out >= 20 + FRAMES);
    close_bench(&b);
}

static void stuck(struct cosim *t)
{
    struct bench b;

    open_bench(&b, t);
    spawn(&b, front_stuck);
    CHECK_EQ(t, serve(&b, 1, 1), -1);
    CHECK_EQ(t, b.server.s.errors, 1);
    CHECK(t, strstr(b.server.s.error[0], "nothing has moved"));
    kill(b.child, SIGKILL);
    child_status(&b);
    close_bench(&b);
}

static void breaks_queue(struct cosim *t)
{
    struct bench b;

    open_bench(&b, t);
    spawn(&b, front_breaks_queue);
    CHECK_EQ(t, serve(&b, 1, 30), -1);
    CHECK_EQ(t, child_status(&b), 0);
    CHECK_EQ(t, b.server.s.errors, 1);
    CHECK(t, strstr(b.server.s.error[0], "asks for a reset: queue 1"));
    close_bench(&b);
}

/* What the recording holds is repeated by a card that knows no driver; and a
 * recording of another run is not. */
static void replayed(struct cosim *t)
{
    const char *about;
    const void *image;
    size_t bytes;
    struct bench b;
    struct recording *r;
    uint64_t end;

    open_bench(&b, t);
    b.device.record = recording_create(b.files.recording, "{}", "", 0);
    CHECK(t, b.device.record);
    spawn(&b, front_in_order);
    CHECK_EQ(t, serve(&b, 1, 30), 0);
    CHECK_EQ(t, child_status(&b), 0);
    end = rl_rp_now(t->rp);
    CHECK_EQ(t, recording_close(b.device.record, end), 0);
    card_device_close(&b.device);
    card_close(&t->card);

    CHECK_EQ(t, cosim_power_up(t), 0);
    CHECK_EQ(t, card_device_open(&b.device, t->rp), 0);
    r = recording_open(b.files.recording, &about, &image, &bytes);
    CHECK(t, r);
    CHECK_EQ(t, replay_run(&b.device, r, 0), 0);
    CHECK_EQ(t, rl_rp_now(t->rp), end);
    CHECK_EQ(t, b.device.frames_out, FRAMES);
    recording_close(r, 0);
    card_device_close(&b.device);
    card_close(&t->card);

    t->seed++; /* another link: 1 cycle more latency */
    CHECK_EQ(t, cosim_power_up(t), 0);
    rl_rp_options(t->rp)->latency_cycles++;
    CHECK_EQ(t, card_device_open(&b.device, t->rp), 0);
    r = recording_open(b.files.recording, &about, &image, &bytes);
    CHECK(t, r);
    CHECK_EQ(t, replay_run(&b.device, r, 0), -1);
    CHECK(t, b.device.diverged[0]);
    CHECK(t, rl_rp_now(t->rp) < end);
    recording_close(r, 0);
    close_bench(&b);
}

static const struct cosim_case cases[] = {
    {"vhost-user: a driver in another process, in-order", in_order},
    {"vhost-user: not in-order, size no power of two", odd_size},
    {"vhost-user: renegotiation, reconnection", again},
    {"vhost-user: driver killed while it sends, the next one works", killed},
    {"vhost-user: stuck driver ends the run with a line", stuck},
    {"vhost-user: broken queue is told, a reset repairs it", breaks_queue},
    {"replay: the same run, or the cycle where it is another", replayed},
};

COSIM_MAIN(cases)
