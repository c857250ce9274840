/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A front-end, a session and a fake device, and what tests expect of them.
 */
#include "support/world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (!w)
        return -1;
    *state = w;
    /* As a server does: a peer that leaves is no reason to die. And a test
     * that hangs ends. */
    signal(SIGPIPE, SIG_IGN);
    alarm(60);
    w->fds_before = fe_count_fds();
    fake_device_init(&w->device);
    fe_open(&w->fe, &w->fd);
    session_init(&w->session, &w->device.device, 0);
    return 0;
}

static void hang_up(struct world *w)
{
    session_end(&w->session);
    session_begin(&w->session);
    close(w->fd);
    w->fd = -1;
}

int world_teardown(void **state)
{
    struct world *w = *state;
    unsigned fds;

    if (w->fd >= 0)
        hang_up(w);
    fe_close(&w->fe);
    fds = fe_count_fds();
    alarm(0);
    assert_null(w->device.broken);
    assert_int_equal(w->device.regions, 0);
    assert_int_equal(fe_count_mappings(), 0);
    assert_int_equal(fds, w->fds_before);
    free(w);
    return 0;
}

static bool failed(struct world *w, const char *why)
{
    snprintf(w->why, sizeof w->why, "%s", why);
    hang_up(w);
    return false;
}

bool world_serve(struct world *w, int timeout_ms)
{
    struct vu_message m, reply;
    enum session_result r;
    const char *why = NULL;

    switch (channel_receive(w->fd, &m, timeout_ms, &why)) {
    case CHANNEL_NONE:
        return true;
    case CHANNEL_CLOSED:
        return failed(w, "the front-end has left");
    case CHANNEL_BAD:
        channel_close_fds(&m);
        return failed(w, why);
    case CHANNEL_OK:
        break;
    }
    r = session_message(&w->session, &m, &reply);
    assert_int_equal(m.fds, 0);
    if (r == SESSION_REPLY || (r == SESSION_FAILED && reply.header.size))
        assert_int_equal(channel_send(w->fd, &reply, 0), CHANNEL_OK);
    return r != SESSION_FAILED || failed(w, w->session.why);
}

void world_reconnect(struct world *w)
{
    if (w->fd >= 0)
        hang_up(w);
    fe_connect(&w->fe, &w->fd);
}

bool world_kicks(struct world *w)
{
    return !session_kicks(&w->session, NULL) || failed(w, w->session.why);
}

/* ---- What is expected ---- */

void accepts(struct world *w, struct vu_message m)
{
    struct vu_message reply;

    fe_send(&w->fe, &m);
    if (!world_serve(w, 0))
        fail_msg("%s: %s", vu_request_name(m.header.request), w->why);
    assert_false(fe_reply(&w->fe, &reply));
}

struct vu_message answers(struct world *w, struct vu_message m)
{
    struct vu_message reply;

    fe_send(&w->fe, &m);
    if (!world_serve(w, 0))
        fail_msg("%s: %s", vu_request_name(m.header.request), w->why);
    assert_true(fe_reply(&w->fe, &reply));
    assert_int_equal(reply.header.request, m.header.request);
    assert_int_equal(reply.header.flags, VU_FLAG_VERSION | VU_FLAG_REPLY);
    return reply;
}

uint64_t answer_u64(struct world *w, struct vu_message m)
{
    struct vu_message reply = answers(w, m);

    assert_int_equal(reply.header.size, 8);
    return reply.payload.u64;
}

void expect_hung_up(struct world *w, const char *why)
{
    assert_int_equal(w->fd, -1);
    if (!strstr(w->why, why))
        fail_msg("refused because of \"%s\", not of \"%s\"", w->why, why);
    assert_false(w->device.negotiated);
    assert_int_equal(w->device.regions, 0);
    assert_int_equal(fe_count_mappings(), 0);
    fe_connect(&w->fe, &w->fd);
    /* All that is open is the front-end's and the new connection. */
    assert_int_equal(fe_count_fds(), w->fds_before + 3 + 3 * DEVICE_MAX_QUEUES);
}

void refuses(struct world *w, struct vu_message m, const char *why)
{
    fe_send(&w->fe, &m);
    if (world_serve(w, 0))
        fail_msg("taken: %s of %u bytes with %u fds",
                 vu_request_name(m.header.request), m.header.size, m.fds);
    expect_hung_up(w, why);
}

void expect_calls(struct world *w, const char *log)
{
    char seen[FAKE_LOG] = "", *save = NULL;

    for (char *call = strtok_r(w->device.log, ";", &save); call;
         call = strtok_r(NULL, ";", &save)) {
        call += *call == ' ';
        if (strncmp(call, "map", 3) == 0 || strncmp(call, "unmap", 5) == 0)
            continue;
        if (*seen)
            strcat(seen, "; ");
        strcat(seen, call);
    }
    fake_device_forget(&w->device);
    assert_string_equal(seen, log);
}

uint64_t remarks_of(const struct world *w, const char *text)
{
    const struct remarks *r = &w->session.remarks;
    uint64_t n = 0;

    for (unsigned i = 0; i < r->count; i++)
        if (strstr(r->list[i].text, text))
            n += r->list[i].count;
    return n;
}

/* ---- Handshake ---- */

void hello(struct world *w, uint64_t features, uint64_t protocol)
{
    accepts(w, fe_plain(VU_SET_OWNER));
    if (features & F_PROTOCOL)
        accepts(w, fe_u64(VU_SET_PROTOCOL_FEATURES, protocol));
    accepts(w, fe_u64(VU_SET_FEATURES, features));
}

void share_memory(struct world *w)
{
    accepts(w, fe_mem_table(&w->fe));
}

void set_up_queue(struct world *w, unsigned queue)
{
    accepts(w, fe_state(VU_SET_VRING_NUM, queue, FE_QUEUE_SIZE));
    accepts(w, fe_state(VU_SET_VRING_BASE, queue, 0x80008000));
    accepts(w, fe_addr(&w->fe, queue));
    accepts(w, fe_fd(VU_SET_VRING_CALL, queue, w->fe.call[queue]));
    accepts(w, fe_fd(VU_SET_VRING_ERR, queue, w->fe.err[queue]));
    accepts(w, fe_fd(VU_SET_VRING_KICK, queue, w->fe.kick[queue]));
}

void set_enable(struct world *w, unsigned queue, bool on)
{
    accepts(w, fe_state(VU_SET_VRING_ENABLE, queue, on));
}

void set_status(struct world *w, uint8_t status)
{
    accepts(w, fe_u64(VU_SET_STATUS, status));
}

void start_pair(struct world *w, uint64_t protocol)
{
    hello(w, F_BASE | F_PROTOCOL, protocol);
    share_memory(w);
    for (unsigned q = 0; q < 2; q++)
        set_up_queue(w, q);
    for (unsigned q = 0; q < 2; q++)
        set_enable(w, q, true);
    if (protocol & P_STATUS) {
        set_status(w, 0x0b);
        set_status(w, 0x0f);
    }
    assert_true(w->device.running);
    fake_device_forget(&w->device);
}
