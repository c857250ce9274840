/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user client, a session and a fake PCI device, and what tests expect of
 * them.
 */
#include "support/vfio_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int send_out(void *ctx, const struct vfio_message *m)
{
    const struct vfio_world *w = ctx;

    return vfio_channel_send(w->fd, m, 0) == CHANNEL_OK ? 0 : -1;
}

int vfio_world_fresh(void **state)
{
    struct vfio_world *w = calloc(1, sizeof *w);

    if (!w)
        return -1;
    *state = w;
    signal(SIGPIPE, SIG_IGN);
    alarm(60);
    w->fds_before = fe_count_fds();
    fake_pci_init(&w->device);
    fe_open(&w->fe, &w->fd);
    vfio_session_init(&w->session, &w->device.device, send_out, w);
    return 0;
}

int vfio_world_setup(void **state)
{
    if (vfio_world_fresh(state))
        return -1;
    vw_answer(*state, vc_version("{}"));
    return 0;
}

static void hang_up(struct vfio_world *w)
{
    vfio_session_end(&w->session);
    vfio_session_begin(&w->session);
    close(w->fd);
    w->fd = -1;
}

int vfio_world_teardown(void **state)
{
    struct vfio_world *w = *state;
    unsigned fds;

    if (w->fd >= 0)
        hang_up(w);
    fe_close(&w->fe);
    fds = fe_count_fds();
    alarm(0);
    assert_null(w->device.broken);
    assert_int_equal(w->device.regions, 0);
    assert_false(w->device.msix);
    assert_int_equal(fe_count_mappings(), 0);
    assert_int_equal(fds, w->fds_before);
    free(w);
    return 0;
}

static bool failed(struct vfio_world *w, const char *why)
{
    snprintf(w->why, sizeof w->why, "%s", why);
    hang_up(w);
    return false;
}

bool vw_serve(struct vfio_world *w, int timeout_ms)
{
    static struct vfio_message m, reply;
    enum vfio_result r;
    const char *why = NULL;

    switch (vfio_channel_receive(w->fd, &m, timeout_ms, &why)) {
    case CHANNEL_NONE:
        return true;
    case CHANNEL_CLOSED:
        return failed(w, "the client has left");
    case CHANNEL_BAD:
        stream_close_fds(m.fd, &m.fds);
        return failed(w, why);
    case CHANNEL_OK:
        break;
    }
    r = vfio_session_message(&w->session, &m, &reply);
    assert_int_equal(m.fds, 0);
    if (r == VFIO_SESSION_ANSWER)
        assert_int_equal(vfio_channel_send(w->fd, &reply, 0), CHANNEL_OK);
    return r != VFIO_SESSION_FAILED || failed(w, w->session.why);
}

/* ---- What is expected ---- */

static struct vfio_message exchange(struct vfio_world *w,
                                    const struct vfio_message *m)
{
    struct vfio_message reply;

    vc_send(w->fe.socket, m);
    if (!vw_serve(w, 0))
        fail_msg("%s: %s", vfio_command_name(m->header.command), w->why);
    assert_true(vc_receive(w->fe.socket, &reply));
    assert_int_equal(reply.header.id, m->header.id);
    assert_int_equal(reply.header.command, m->header.command);
    return reply;
}

struct vfio_message vw_answer(struct vfio_world *w, struct vfio_message m)
{
    struct vfio_message reply = exchange(w, &m);

    if (reply.header.flags != VFIO_REPLY)
        fail_msg("%s: %s", vfio_command_name(m.header.command), w->session.why);
    assert_int_equal(reply.header.error, 0);
    return reply;
}

void vw_refused(struct vfio_world *w, struct vfio_message m, int error)
{
    struct vfio_message reply;

    w->device.log[0] = '\0';
    reply = exchange(w, &m);
    if (!(reply.header.flags & VFIO_ERROR))
        fail_msg("taken: command %u of %u bytes with %u fds", m.header.command,
                 m.header.size, m.fds);
    assert_int_equal(reply.header.flags, VFIO_REPLY | VFIO_ERROR);
    assert_int_equal(reply.header.size, VFIO_HEADER_BYTES);
    assert_int_equal(reply.header.error, error);
    assert_true(w->session.why[0] != '\0');
    if (!w->device.fails)
        assert_string_equal(w->device.log, "");
}

void vw_silent(struct vfio_world *w, struct vfio_message m)
{
    struct vfio_message reply;

    m.header.flags |= VFIO_NO_REPLY;
    vc_send(w->fe.socket, &m);
    if (!vw_serve(w, 0))
        fail_msg("%s: %s", vfio_command_name(m.header.command), w->why);
    assert_false(vc_receive(w->fe.socket, &reply));
}

void vw_expect_hung_up(struct vfio_world *w, const char *why)
{
    assert_int_equal(w->fd, -1);
    if (!strstr(w->why, why))
        fail_msg("refused because of \"%s\", not of \"%s\"", w->why, why);
    assert_int_equal(w->device.regions, 0);
    assert_int_equal(fe_count_mappings(), 0);
    fe_connect(&w->fe, &w->fd);
    /* All that is open is the client's and the new connection. */
    assert_int_equal(fe_count_fds(), w->fds_before + 3 + 3 * DEVICE_MAX_QUEUES);
    vw_answer(w, vc_version("{}"));
}

void vw_hangs_up(struct vfio_world *w, struct vfio_message m, const char *why)
{
    vc_send(w->fe.socket, &m);
    if (vw_serve(w, 0))
        fail_msg("taken: command %u of %u bytes with %u fds", m.header.command,
                 m.header.size, m.fds);
    vw_expect_hung_up(w, why);
}

void vw_expect_calls(struct vfio_world *w, const char *log)
{
    assert_string_equal(w->device.log, log);
    w->device.log[0] = '\0';
}
