/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Notifications by fd, both ways, and fds that are not what they should be.
 * Whatever a front-end passes: nothing waits for it, and nothing spins.
 */
#include "support/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void expect_doorbells(struct world *w, unsigned n)
{
    assert_int_equal(w->device.doorbells[0], n);
}

/* Gives queue 0 another fd; the caller's own is closed. */
static void give(struct world *w, uint32_t request, int fd)
{
    assert_true(fd >= 0);
    accepts(w, fe_fd(request, 0, fd));
    close(fd);
}

/* What a server's poll() would find. */
static bool looks_ready(const struct world *w)
{
    int fds[DEVICE_MAX_QUEUES];
    unsigned n = session_kick_fds(&w->session, fds);
    bool any = false;

    for (unsigned i = 0; i < n; i++) {
        struct pollfd p = {.fd = fds[i], .events = POLLIN};

        any |= poll(&p, 1, 0) == 1;
    }
    return any;
}

static void one_kick_is_one_doorbell(void **state)
{
    struct world *w = *state;
    bool any = false;

    start_pair(w, 0);
    assert_false(session_kicks(&w->session, &any));
    assert_false(any);
    fe_signal(w->fe.kick[0]);
    fe_signal(w->fe.kick[0]);
    assert_false(session_kicks(&w->session, &any));
    assert_true(any);
    assert_true(world_kicks(w));
    expect_calls(w, "doorbell 0");
}

static void a_queue_without_a_kick_fd_is_polled(void **state)
{
    struct world *w = *state;
    int fds[DEVICE_MAX_QUEUES];

    start_pair(w, 0);
    accepts(w, fe_fd(VU_SET_VRING_KICK, 0, -1));
    assert_int_equal(session_kick_fds(&w->session, fds), 1);
    assert_true(world_kicks(w));
    assert_true(world_kicks(w));
    expect_calls(w, "doorbell 0; doorbell 0");
}

static void a_new_kick_fd_takes_the_old_one_s_place(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    accepts(w, fe_fd(VU_SET_VRING_KICK, 0, w->fe.kick[5]));
    fe_signal(w->fe.kick[0]);
    assert_true(world_kicks(w));
    expect_doorbells(w, 0);
    fe_signal(w->fe.kick[5]);
    assert_true(world_kicks(w));
    expect_doorbells(w, 1);
}

static void a_pipe_whose_writer_left_is_not_asked_again(void **state)
{
    struct world *w = *state;
    int p[2];

    start_pair(w, 0);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    give(w, VU_SET_VRING_KICK, p[0]);
    close(p[1]);
    assert_true(looks_ready(w));
    assert_true(world_kicks(w));
    assert_false(looks_ready(w));
}

static void a_pipe_with_less_than_a_count_is_not_waited_for(void **state)
{
    struct world *w = *state;
    int p[2];

    start_pair(w, 0);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    give(w, VU_SET_VRING_KICK, p[0]);
    assert_int_equal(write(p[1], "abc", 3), 3);
    assert_true(world_kicks(w));
    assert_false(looks_ready(w));
    close(p[1]);
}

/* A file is readable for ever; errno is left from whatever was called last,
 * most often a socket with nothing to read. */
static void a_regular_file_is_not_asked_again(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    give(w, VU_SET_VRING_KICK, memfd_create("no-eventfd", MFD_CLOEXEC));
    errno = EAGAIN;
    assert_true(world_kicks(w));
    assert_false(looks_ready(w));
    assert_int_equal(remarks_of(w, "kick fd"), 1);
}

static void a_kick_fd_that_is_dead_is_no_wish_to_be_polled(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    give(w, VU_SET_VRING_KICK, memfd_create("no-eventfd", MFD_CLOEXEC));
    errno = 0;
    for (unsigned i = 0; i < 3; i++)
        assert_true(world_kicks(w));
    expect_doorbells(w, 0);
}

/* ---- Calls ---- */

static void a_call_counts(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    session_call(&w->session, 1);
    session_call(&w->session, 1);
    assert_int_equal(fe_count(w->fe.call[1]), 2);
    assert_int_equal(fe_count(w->fe.call[0]), 0);
}

static void a_call_without_an_fd_goes_nowhere(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    accepts(w, fe_fd(VU_SET_VRING_CALL, 0, -1));
    session_call(&w->session, 0);
    session_call(&w->session, 4);
    session_call(&w->session, UINT32_MAX);
    assert_int_equal(fe_count(w->fe.call[0]), 0);
}

static void errors_are_told_on_every_queue(void **state)
{
    struct world *w = *state;

    start_pair(w, 0);
    session_error(&w->session);
    assert_int_equal(fe_count(w->fe.err[0]), 1);
    assert_int_equal(fe_count(w->fe.err[1]), 1);
}

static void an_eventfd_that_is_full_is_not_waited_for(void **state)
{
    struct world *w = *state;
    uint64_t most = UINT64_MAX - 1;

    start_pair(w, 0);
    assert_int_equal(write(w->fe.call[0], &most, sizeof most), sizeof most);
    session_call(&w->session, 0);
    assert_int_equal(fe_count(w->fe.call[0]), most);
    session_call(&w->session, 0);
    assert_int_equal(fe_count(w->fe.call[0]), 1);
}

static void a_pipe_that_is_full_is_not_waited_for(void **state)
{
    struct world *w = *state;
    int p[2];

    start_pair(w, 0);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    give(w, VU_SET_VRING_CALL, p[1]);
    for (unsigned i = 0; i < 0x20000; i++)
        session_call(&w->session, 0);
    close(p[0]);
}

static void a_pipe_whose_reader_left_is_dropped(void **state)
{
    struct world *w = *state;
    int p[2];

    start_pair(w, 0);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    give(w, VU_SET_VRING_CALL, p[1]);
    close(p[0]);
    session_call(&w->session, 0);
    assert_int_equal(w->session.queue[0].call, -1);
    session_call(&w->session, 0);
}

static void an_fd_that_cannot_be_written_is_dropped_or_ignored(void **state)
{
    struct world *w = *state;
    int p[2];

    start_pair(w, 0);
    give(w, VU_SET_VRING_CALL, open("/dev/null", O_RDONLY | O_CLOEXEC));
    session_call(&w->session, 0);
    assert_int_equal(w->session.queue[0].call, -1);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    give(w, VU_SET_VRING_CALL, p[0]);
    session_call(&w->session, 0);
    close(p[1]);
    session_call(&w->session, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(one_kick_is_one_doorbell),
        world_test(a_queue_without_a_kick_fd_is_polled),
        world_test(a_new_kick_fd_takes_the_old_one_s_place),
        world_test(a_pipe_whose_writer_left_is_not_asked_again),
        world_test(a_pipe_with_less_than_a_count_is_not_waited_for),
        world_test(a_regular_file_is_not_asked_again),
        world_test(a_kick_fd_that_is_dead_is_no_wish_to_be_polled),
        world_test(a_call_counts),
        world_test(a_call_without_an_fd_goes_nowhere),
        world_test(errors_are_told_on_every_queue),
        world_test(an_eventfd_that_is_full_is_not_waited_for),
        world_test(a_pipe_that_is_full_is_not_waited_for),
        world_test(a_pipe_whose_reader_left_is_dropped),
        world_test(an_fd_that_cannot_be_written_is_dropped_or_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
