/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fuzz target: any front-end, from the socket to what a device is told. The
 * input is a row of steps, see vhost_user_input.h. Whatever they are: nothing
 * crashes or hangs, the device is never told what bridge/device.h forbids (a
 * ring outside mapped memory, a start without features), and at the end no fd,
 * mapping or region is left.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/channel.h"
#include "bridge/session.h"
#include "input.h"
#include "leaks.h"
#include "support/fake_device.h"
#include "support/front_end.h"
#include "vhost_user_input.h"

enum {
    MOST_STEPS = 128,
    MOST_FDS_SENT = 10,
    MOST_PAYLOAD = 600,
    BIG_BYTES = 1 << 30,
    PAGE = 4096,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- Fds, opened once and given their state back before each input ---- */

static int fds[INPUT_FDS];
static int pipe_end, full_end, socket_end; /* the other ends of some */
static bool big_used;

static void fill(int fd)
{
    static const uint8_t zeros[PAGE];

    while (write(fd, zeros, sizeof zeros) > 0)
        ;
}

static void open_pipes(void)
{
    int p[2];

    must(!pipe2(p, O_CLOEXEC), "no pipe");
    fds[INPUT_PIPE_READ] = p[0];
    fds[INPUT_PIPE_WRITE] = pipe_end = p[1];
    must(!pipe2(p, O_CLOEXEC | O_NONBLOCK), "no pipe");
    full_end = p[0];
    fds[INPUT_PIPE_FULL] = p[1];
    fill(p[1]);
    /* The back-end has to do without. */
    fcntl(p[1], F_SETFL, fcntl(p[1], F_GETFL) & ~O_NONBLOCK);
    must(!pipe2(p, O_CLOEXEC), "no pipe");
    fds[INPUT_NO_WRITER] = p[0];
    close(p[1]);
    must(!pipe2(p, O_CLOEXEC), "no pipe");
    fds[INPUT_NO_READER] = p[1];
    close(p[0]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct front_end f = {.socket = -1};

    (void)argc;
    (void)argv;
    signal(SIGPIPE, SIG_IGN);
    fds[INPUT_SMALL] = shared_memory(FE_MEMORY_BYTES, 0);
    fds[INPUT_BIG] = shared_memory(BIG_BYTES, 0);
    fds[INPUT_SEALED] = shared_memory(FE_MEMORY_BYTES, F_SEAL_WRITE);
    for (int i = INPUT_EVENT_0; i <= INPUT_EVENT_FULL; i++)
        fds[i] = eventfd(0, EFD_CLOEXEC);
    open_pipes();
    fe_connect(&f, &fds[INPUT_SOCKET]);
    socket_end = f.socket;
    fds[INPUT_DEVICE_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
    return 0;
}

static void restore_memory(enum input_fd which, size_t bytes)
{
    must(!ftruncate(fds[which], 0) && !ftruncate(fds[which], (off_t)bytes),
         "memory cannot be restored");
}

static void restore_fds(void)
{
    uint64_t most = UINT64_MAX - 1;
    char bytes[PAGE];

    for (int i = INPUT_EVENT_0; i <= INPUT_EVENT_FULL; i++)
        fe_count(fds[i]);
    must(write(fds[INPUT_EVENT_FULL], &most, sizeof most) == sizeof most,
         "an eventfd cannot be filled");
    while (recv(socket_end, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    restore_memory(INPUT_SMALL, FE_MEMORY_BYTES);
    if (big_used)
        restore_memory(INPUT_BIG, BIG_BYTES);
    big_used = false;
}

/* ---- The server ---- */

struct run {
    struct fake_device device;
    struct session session;
    struct front_end fe; /* its socket only */
    int fd;
};

static void hang_up(struct run *r)
{
    session_end(&r->session);
    session_begin(&r->session);
    close(r->fd);
    must(!r->device.negotiated, "the device was not reset");
    must(!r->device.regions, "the device still has memory");
    fe_connect(&r->fe, &r->fd);
}

/* False: it has hung up. */
static bool serve(struct run *r)
{
    struct vu_message m, reply;
    enum session_result result;
    const char *why = NULL;

    switch (channel_receive(r->fd, &m, 0, &why)) {
    case CHANNEL_NONE:
        return false;
    case CHANNEL_BAD:
        must(why != NULL, "refused without a reason");
        channel_close_fds(&m);
        hang_up(r);
        return false;
    case CHANNEL_CLOSED:
        hang_up(r);
        return false;
    case CHANNEL_OK:
        break;
    }
    result = session_message(&r->session, &m, &reply);
    if (result == SESSION_REPLY)
        must(channel_send(r->fd, &reply, 0) == CHANNEL_OK, "no answer");
    if (result != SESSION_FAILED)
        return true;
    must(r->session.why[0] != '\0', "failed without a reason");
    hang_up(r);
    return false;
}

/* ---- Steps ---- */

static void send_message(struct run *r, struct input *in, bool whole)
{
    struct vu_header h = {.request = take_u8(in),
                          .flags = VU_FLAG_VERSION ^ take_u8(in)};
    unsigned count = take_u8(in) % (MOST_FDS_SENT + 1);
    uint8_t bytes[VU_HEADER_BYTES + MOST_PAYLOAD];
    int sent[MOST_FDS_SENT];
    struct vu_message reply;
    size_t n;

    for (unsigned i = 0; i < count; i++)
        sent[i] = fds[take_u8(in) % INPUT_FDS];
    n = take_u16(in) % (MOST_PAYLOAD + 1);
    h.size = (uint32_t)n + (uint32_t)(int8_t)take_u8(in);
    memcpy(bytes, &h, sizeof h);
    take(in, bytes + sizeof h, n);
    n += sizeof h;
    fe_send_bytes(&r->fe, bytes, whole ? n : n / 2, sent, count);
    while (serve(r))
        while (fe_reply(&r->fe, &reply))
            ;
}

static void look_at_kicks(struct run *r)
{
    int waited[DEVICE_MAX_QUEUES];

    must(session_kick_fds(&r->session, waited) <= DEVICE_MAX_QUEUES,
         "more kick fds than queues");
    if (session_kicks(&r->session, NULL))
        hang_up(r);
}

static void touch_memory(struct run *r, struct input *in)
{
    unsigned which = take_u8(in);
    uint64_t offset;
    volatile uint8_t *p;
    uint32_t at;

    take(in, &at, sizeof at);
    if (!r->device.regions)
        return;
    which %= r->device.regions;
    offset = at % r->device.region[which].bytes;
    p = r->device.region[which].p + offset;
    *p = (uint8_t)(*p + 1);
    big_used = true;
    if (guest_memory_lost(&r->session.memory))
        hang_up(r);
}

static void count_up(struct input *in)
{
    unsigned which = take_u8(in) % 4;

    fe_signal(fds[INPUT_EVENT_0 + which]);
}

static void cut_memory(struct input *in)
{
    enum input_fd which = take_u8(in) & 1 ? INPUT_BIG : INPUT_SMALL;
    off_t bytes = (off_t)take_u16(in) * PAGE;

    must(!ftruncate(fds[which], bytes), "memory cannot be cut");
    big_used |= which == INPUT_BIG;
}

static void leave(struct run *r)
{
    close(r->fe.socket);
    r->fe.socket = -1;
    while (serve(r))
        ;
}

static void step(struct run *r, struct input *in)
{
    switch (take_u8(in) % INPUT_STEPS) {
    case INPUT_MESSAGE:
        send_message(r, in, true);
        break;
    case INPUT_PART:
        send_message(r, in, false);
        break;
    case INPUT_KICK:
        count_up(in);
        break;
    case INPUT_KICKS:
        look_at_kicks(r);
        break;
    case INPUT_CALL:
        session_call(&r->session, take_u8(in));
        break;
    case INPUT_TELL:
        session_config_changed(&r->session);
        session_error(&r->session);
        break;
    case INPUT_ACCESS:
        touch_memory(r, in);
        break;
    case INPUT_TRUNCATE:
        cut_memory(in);
        break;
    case INPUT_CLOSE:
        leave(r);
        break;
    case INPUT_FAIL:
        r->device.fails = (enum fake_op)(take_u8(in) % FAKE_OPS);
        break;
    }
}

/* ---- What must be so in the end ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct open_fds before;
    static struct run r;

    restore_fds();
    leaks_note(&before);
    memset(&r, 0, sizeof r);
    r.fe.socket = -1;
    fake_device_init(&r.device);
    fe_connect(&r.fe, &r.fd);
    session_init(&r.session, &r.device.device, 0);
    guest_memory_guard(&r.session.memory);
    for (unsigned i = 0; in.left && i < MOST_STEPS; i++) {
        step(&r, &in);
        must(!r.device.broken, r.device.broken);
        must(!session_running(&r.session) || r.device.running,
             "the session believes that the device runs");
        must(!session_paused(&r.session) || session_running(&r.session),
             "a device is paused that does not run");
    }
    hang_up(&r);
    close(r.fd);
    close(r.fe.socket);
    leaks_check(&before);
    return 0;
}
