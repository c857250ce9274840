/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Messages that come in pieces, late, or not to their end; answers that nobody
 * takes; sockets that are there already.
 */
#include "support/world.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHORT_MS = 20, LONG_MS = 20000 };

/* The longest message that is common: header and two regions, with fds. */
struct wire {
    uint8_t bytes[VU_HEADER_BYTES + VU_MAX_PAYLOAD];
    size_t n;
    struct vu_message m;
};

static struct wire mem_table(const struct world *w)
{
    struct wire t = {.m = fe_mem_table(&w->fe)};

    memcpy(t.bytes, &t.m.header, VU_HEADER_BYTES);
    memcpy(t.bytes + VU_HEADER_BYTES, &t.m.payload, t.m.header.size);
    t.n = VU_HEADER_BYTES + t.m.header.size;
    return t;
}

static void send_part(const struct world *w, const struct wire *t, size_t from,
                      size_t to)
{
    fe_send_bytes(&w->fe, t->bytes + from, to - from, t->m.fd,
                  from ? 0 : t->m.fds);
}

static void nothing_sent_is_no_message(void **state)
{
    struct world *w = *state;

    assert_true(world_serve(w, LONG_MS));
    assert_int_equal(w->session.messages, 0);
}

static void a_close_between_messages_is_no_error(void **state)
{
    struct world *w = *state;
    struct vu_message m;
    const char *why;

    close(w->fe.socket);
    w->fe.socket = -1;
    assert_int_equal(channel_receive(w->fd, &m, 0, &why), CHANNEL_CLOSED);
}

static void a_message_cut_anywhere_is_given_up_in_time(void **state)
{
    struct world *w = *state;
    struct wire t = mem_table(w);

    for (size_t cut = 1; cut < t.n; cut++) {
        send_part(w, &t, 0, cut);
        assert_false(world_serve(w, 1));
        expect_hung_up(w, "does not come");
    }
}

static void a_close_anywhere_within_a_message_is_noticed(void **state)
{
    struct world *w = *state;
    struct wire t = mem_table(w);

    for (size_t cut = 1; cut < t.n; cut++) {
        send_part(w, &t, 0, cut);
        shutdown(w->fe.socket, SHUT_WR);
        assert_false(world_serve(w, LONG_MS));
        expect_hung_up(w, "closed in the middle");
    }
}

struct sender {
    const struct world *w;
    struct wire t;
    size_t from;
    unsigned pause_ms;
};

static void *send_slowly(void *arg)
{
    struct sender *s = arg;
    struct timespec pause = {0, (long)s->pause_ms * 1000000};

    for (size_t i = s->from; i < s->t.n; i++) {
        nanosleep(&pause, NULL);
        send(s->w->fe.socket, s->t.bytes + i, 1, MSG_NOSIGNAL);
    }
    return NULL;
}

static void a_slow_sender_is_waited_for(void **state)
{
    struct world *w = *state;
    struct sender s = {.w = w, .t = mem_table(w), .from = 3, .pause_ms = 1};
    pthread_t thread;

    send_part(w, &s.t, 0, s.from);
    assert_int_equal(pthread_create(&thread, NULL, send_slowly, &s), 0);
    assert_true(world_serve(w, LONG_MS));
    pthread_join(thread, NULL);
    assert_int_equal(w->device.regions, FE_REGIONS);
}

/* The limit is for the message, not for each piece of it. */
static void a_sender_that_drips_is_given_up(void **state)
{
    struct world *w = *state;
    struct sender s = {.w = w, .t = mem_table(w), .from = 3, .pause_ms = 5};
    pthread_t thread;

    send_part(w, &s.t, 0, s.from);
    assert_int_equal(pthread_create(&thread, NULL, send_slowly, &s), 0);
    assert_false(world_serve(w, SHORT_MS));
    pthread_join(thread, NULL);
    expect_hung_up(w, "does not come");
}

static void messages_in_one_piece_are_taken_one_by_one(void **state)
{
    struct world *w = *state;
    struct vu_header h[3];

    for (unsigned i = 0; i < 3; i++)
        h[i] = (struct vu_header){.request = VU_SET_OWNER,
                                  .flags = VU_FLAG_VERSION};
    fe_send_bytes(&w->fe, h, sizeof h, NULL, 0);
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(world_serve(w, 0));
        assert_int_equal(w->session.messages, i);
    }
}

static void fds_may_come_with_the_payload(void **state)
{
    struct world *w = *state;
    struct wire t = mem_table(w);

    fe_send_bytes(&w->fe, t.bytes, VU_HEADER_BYTES, t.m.fd, 1);
    fe_send_bytes(&w->fe, t.bytes + VU_HEADER_BYTES, t.n - VU_HEADER_BYTES,
                  t.m.fd, 1);
    assert_true(world_serve(w, 0));
    assert_int_equal(w->device.regions, FE_REGIONS);
}

static void nine_fds_in_two_pieces_are_too_many(void **state)
{
    struct world *w = *state;
    struct wire t = mem_table(w);

    fe_send_bytes(&w->fe, t.bytes, VU_HEADER_BYTES, w->fe.kick, 5);
    fe_send_bytes(&w->fe, t.bytes + VU_HEADER_BYTES, t.n - VU_HEADER_BYTES,
                  w->fe.call, 4);
    assert_false(world_serve(w, 0));
    expect_hung_up(w, "more fds");
}

static void an_answer_that_nobody_takes_is_given_up(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_u64(VU_GET_FEATURES, 0);
    enum channel_result r = CHANNEL_OK;

    for (unsigned i = 0; r == CHANNEL_OK && i < 1000000; i++)
        r = channel_send(w->fd, &m, 1);
    assert_int_equal(r, CHANNEL_CLOSED);
}

static void an_answer_to_nobody_is_no_signal(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_u64(VU_GET_FEATURES, 0);

    close(w->fe.socket);
    w->fe.socket = -1;
    assert_int_equal(channel_send(w->fd, &m, LONG_MS), CHANNEL_CLOSED);
}

/* ---- Sockets in the file system ---- */

static char directory[64], path[80];

static void make_path(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(directory, sizeof directory, "%.40s/ringlet-XXXXXX",
             tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/socket", directory);
}

static void remove_path(void)
{
    unlink(path);
    rmdir(directory);
}

static void a_stale_socket_is_replaced_and_a_served_one_is_not(void **state)
{
    int first, second;

    (void)state;
    make_path();
    first = channel_listen(path);
    assert_true(first >= 0);
    assert_int_equal(channel_accept(first), -1);
    assert_int_equal(channel_listen(path), -1);
    assert_int_equal(errno, EADDRINUSE);
    close(first);
    second = channel_listen(path);
    assert_true(second >= 0);
    close(second);
    remove_path();
}

/* A client that waits for the file to appear, and connects at once. */
static int connects_when_it_appears(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(a.sun_path, path);
    while (access(path, F_OK))
        ;
    return fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof a) ? 0 : 1;
}

static void a_socket_that_is_seen_takes_connections(void **state)
{
    (void)state;
    make_path();
    for (unsigned i = 0; i < 200; i++) {
        pid_t client = fork();
        int status, fd;

        if (client == 0)
            _exit(connects_when_it_appears());
        assert_true(client > 0);
        fd = channel_listen(path);
        assert_true(fd >= 0);
        assert_int_equal(waitpid(client, &status, 0), client);
        assert_int_equal(status, 0);
        close(fd);
        unlink(path);
    }
    remove_path();
}

static void a_file_in_the_socket_s_place_stays(void **state)
{
    struct stat s;

    (void)state;
    make_path();
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(channel_listen(path), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(stat(path, &s), 0);
    remove_path();
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(channel_listen(name), -1);
    assert_int_equal(errno, ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(nothing_sent_is_no_message),
        world_test(a_close_between_messages_is_no_error),
        world_test(a_message_cut_anywhere_is_given_up_in_time),
        world_test(a_close_anywhere_within_a_message_is_noticed),
        world_test(a_slow_sender_is_waited_for),
        world_test(a_sender_that_drips_is_given_up),
        world_test(messages_in_one_piece_are_taken_one_by_one),
        world_test(fds_may_come_with_the_payload),
        world_test(nine_fds_in_two_pieces_are_too_many),
        world_test(an_answer_that_nobody_takes_is_given_up),
        world_test(an_answer_to_nobody_is_no_signal),
        world_test(a_stale_socket_is_replaced_and_a_served_one_is_not),
        world_test(a_socket_that_is_seen_takes_connections),
        world_test(a_file_in_the_socket_s_place_stays),
        world_test(a_path_too_long_for_a_socket_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
