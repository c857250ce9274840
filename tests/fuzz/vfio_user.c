/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fuzz target: any vfio-user client, from the socket to what a PCI device is
 * told. The input is a row of steps, see vfio_user_input.h. Whatever they are:
 * nothing crashes or hangs, the device is never told what bridge/pci_device.h
 * forbids (bytes that are not there, regions that overlap), every command is
 * answered once or, where it asks for that, not at all, every read of remote
 * memory is answered once, and at the end no fd, mapping or region is left.
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

#include "bridge/vfio_channel.h"
#include "bridge/vfio_session.h"
#include "input.h"
#include "leaks.h"
#include "support/fake_pci.h"
#include "support/front_end.h"
#include "support/vfio_client.h"
#include "vfio_user_input.h"

enum {
    MOST_STEPS = 128,
    MOST_FDS_SENT = 6,
    MOST_PAYLOAD = 600,
    MOST_ASKED = 64,
    PAGE = 4096,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t take_number(struct input *in, size_t bytes)
{
    uint32_t v = 0;

    take(in, &v, bytes);
    return v;
}

/* ---- Fds, opened once and given their state back before each input ---- */

static int fds[VFD_FDS];
static int socket_end;

static void open_pipes(void)
{
    static const uint8_t zeros[PAGE];
    int p[2];

    must(!pipe2(p, O_CLOEXEC | O_NONBLOCK), "no pipe");
    fds[VFD_PIPE_FULL] = p[1]; /* its other end stays open */
    while (write(p[1], zeros, sizeof zeros) > 0)
        ;
    fcntl(p[1], F_SETFL, fcntl(p[1], F_GETFL) & ~O_NONBLOCK);
    must(!pipe2(p, O_CLOEXEC), "no pipe");
    fds[VFD_NO_READER] = p[1];
    close(p[0]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct front_end f = {.socket = -1};

    (void)argc;
    (void)argv;
    signal(SIGPIPE, SIG_IGN);
    fds[VFD_MEMORY] = shared_memory(FE_MEMORY_BYTES, 0);
    fds[VFD_SEALED] = shared_memory(FE_MEMORY_BYTES, F_SEAL_WRITE);
    for (int i = VFD_EVENT_0; i <= VFD_EVENT_FULL; i++)
        fds[i] = eventfd(0, EFD_CLOEXEC);
    open_pipes();
    fe_connect(&f, &fds[VFD_SOCKET]);
    socket_end = f.socket;
    fds[VFD_DEVICE_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
    return 0;
}

static void restore_fds(void)
{
    uint64_t most = UINT64_MAX - 1;
    char bytes[PAGE];

    for (int i = VFD_EVENT_0; i <= VFD_EVENT_FULL; i++)
        fe_count(fds[i]);
    must(write(fds[VFD_EVENT_FULL], &most, sizeof most) == sizeof most,
         "an eventfd cannot be filled");
    while (recv(socket_end, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    must(!ftruncate(fds[VFD_MEMORY], 0) &&
             !ftruncate(fds[VFD_MEMORY], FE_MEMORY_BYTES),
         "memory cannot be restored");
}

/* ---- The server ---- */

struct run {
    struct fake_pci device;
    struct vfio_session session;
    struct front_end fe; /* its socket only */
    int fd;
    unsigned reads; /* of remote memory, asked for by the device */
    struct vfio_message asked[MOST_ASKED]; /* of the client */
    unsigned asked_count;
    struct vfio_message in, reply;
};

static int send_out(void *ctx, const struct vfio_message *m)
{
    const struct run *r = ctx;

    return vfio_channel_send(r->fd, m, 0) == CHANNEL_OK ? 0 : -1;
}

static void hang_up(struct run *r)
{
    vfio_session_end(&r->session);
    vfio_session_begin(&r->session);
    close(r->fd);
    must(!r->device.regions, "the device still has memory");
    must(!r->device.msix, "the device still sends MSI-X messages");
    must(r->device.answers == r->reads, "a read was not answered once");
    r->asked_count = 0;
    fe_connect(&r->fe, &r->fd);
}

static void check_reply(const struct run *r)
{
    const struct vfio_message *m = &r->reply;

    must(m->header.id == r->in.header.id &&
             m->header.command == r->in.header.command,
         "a reply to something else");
    must(!(m->header.flags & VFIO_ERROR) == !m->header.error,
         "an error without a number");
    must(!m->header.error || m->header.size == VFIO_HEADER_BYTES,
         "an error with data");
    must(!m->header.error || r->session.why[0], "an error without a reason");
}

/* False: it has hung up, or nothing has come. */
static bool serve(struct run *r)
{
    enum vfio_result result;
    const char *why = NULL;

    switch (vfio_channel_receive(r->fd, &r->in, 0, &why)) {
    case CHANNEL_NONE:
        return false;
    case CHANNEL_BAD:
        must(why != NULL, "refused without a reason");
        stream_close_fds(r->in.fd, &r->in.fds);
        hang_up(r);
        return false;
    case CHANNEL_CLOSED:
        hang_up(r);
        return false;
    case CHANNEL_OK:
        break;
    }
    memset(&r->reply, 0, sizeof r->reply);
    result = vfio_session_message(&r->session, &r->in, &r->reply);
    must(!r->in.fds, "fds of a message are left");
    if (result == VFIO_SESSION_ANSWER) {
        check_reply(r);
        must(vfio_channel_send(r->fd, &r->reply, 0) == CHANNEL_OK, "no answer");
    }
    if (result != VFIO_SESSION_FAILED)
        return true;
    must(r->session.why[0] != '\0', "failed without a reason");
    hang_up(r);
    return false;
}

/* Everything that the server has sent. */
static void listen_to_server(struct run *r)
{
    struct vfio_message m;

    while (vc_receive(r->fe.socket, &m))
        if (!vfio_is_reply(&m) && r->asked_count < MOST_ASKED)
            r->asked[r->asked_count++] = m;
}

static void serve_all(struct run *r)
{
    while (serve(r))
        listen_to_server(r);
    listen_to_server(r);
}

/* ---- Steps ---- */

static void send_message(struct run *r, struct input *in, bool whole)
{
    struct vfio_header h = {.id = 7};
    uint8_t bytes[VFIO_HEADER_BYTES + MOST_PAYLOAD];
    int sent[MOST_FDS_SENT];
    unsigned count;
    size_t n;

    h.command = (uint16_t)take_number(in, 1);
    h.flags = take_number(in, 1);
    count = take_number(in, 1) % (MOST_FDS_SENT + 1);
    for (unsigned i = 0; i < count; i++)
        sent[i] = fds[take_number(in, 1) % VFD_FDS];
    n = take_number(in, 2) % (MOST_PAYLOAD + 1);
    h.size = (uint32_t)(sizeof h + n) + (uint32_t)(int8_t)take_number(in, 1);
    memcpy(bytes, &h, sizeof h);
    take(in, bytes + sizeof h, n);
    n += sizeof h;
    fe_send_bytes(&r->fe, bytes, whole ? n : n / 2, sent, count);
    serve_all(r);
}

static void greet(struct run *r)
{
    struct vfio_message m = vc_version("{\"capabilities\": {}}");

    vc_send(r->fe.socket, &m);
    serve_all(r);
}

static void access_memory(struct run *r, struct input *in)
{
    unsigned which = take_number(in, 1);
    uint32_t at = take_number(in, 4);
    const struct fake_pci_region *g;
    volatile uint8_t *p;
    uint8_t v;

    if (!r->device.regions)
        return;
    g = &r->device.region[which % r->device.regions];
    if (!g->p)
        return;
    p = g->p + at % g->bytes;
    v = *p;
    if (!(g->flags & DEVICE_MEMORY_READ_ONLY))
        *p = (uint8_t)(v + 1);
    if (guest_memory_lost(&r->session.memory))
        hang_up(r);
}

static void access_remote(struct run *r, struct input *in)
{
    static const uint8_t data[VFIO_MAX_DATA];
    bool write = take_number(in, 1) & 1;
    uint32_t bytes = take_number(in, 2) % 512 + 1;

    r->reads += !write;
    vfio_session_dma(&r->session, write, r->reads, 0x1000, write ? data : NULL,
                     bytes);
    listen_to_server(r);
    if (r->session.lost)
        hang_up(r);
}

static void answer(struct run *r, struct input *in)
{
    unsigned which = take_number(in, 1), how = take_number(in, 1) % 4;
    struct vfio_message m;

    if (!r->asked_count)
        return;
    which %= r->asked_count;
    m = vc_answer(&r->asked[which]);
    r->asked[which] = r->asked[--r->asked_count];
    if (how == 1) {
        m.header.flags |= VFIO_ERROR;
        m.header.size = VFIO_HEADER_BYTES;
    } else if (how == 2) {
        m.header.size--;
    } else if (how == 3) {
        m.header.command ^= 7;
    }
    vc_send(r->fe.socket, &m);
    serve_all(r);
}

static void step(struct run *r, struct input *in)
{
    switch (take_number(in, 1) % VFIO_STEPS) {
    case STEP_MESSAGE:
        send_message(r, in, true);
        break;
    case STEP_PART:
        send_message(r, in, false);
        break;
    case STEP_GREET:
        greet(r);
        break;
    case STEP_MSIX:
        vfio_session_msix(&r->session, take_number(in, 1));
        break;
    case STEP_INTX:
        r->device.intx = take_number(in, 1) & 1;
        vfio_session_interrupts(&r->session);
        break;
    case STEP_ACCESS:
        access_memory(r, in);
        break;
    case STEP_DMA:
        access_remote(r, in);
        break;
    case STEP_ANSWER:
        answer(r, in);
        break;
    case STEP_CUT:
        must(!ftruncate(fds[VFD_MEMORY], (off_t)take_number(in, 2) * PAGE),
             "memory cannot be cut");
        break;
    case STEP_LEAVE:
        close(r->fe.socket);
        r->fe.socket = -1;
        while (serve(r))
            ;
        break;
    default: /* STEP_FAIL */
        r->device.fails = take_number(in, 1) & 1;
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
    r.asked_count = r.reads = 0;
    r.fe.socket = -1;
    fake_pci_init(&r.device);
    fe_connect(&r.fe, &r.fd);
    vfio_session_init(&r.session, &r.device.device, send_out, &r);
    guest_memory_guard(&r.session.memory);
    for (unsigned i = 0; in.left && i < MOST_STEPS; i++) {
        step(&r, &in);
        must(!r.device.broken, r.device.broken);
        must(r.session.writes <= r.session.requests, "more writes than owed");
    }
    hang_up(&r);
    close(r.fd);
    close(r.fe.socket);
    leaks_check(&before);
    return 0;
}
