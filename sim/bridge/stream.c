/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Bytes and fds over a Unix stream socket.
 */
#include "bridge/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int address(struct sockaddr_un *a, const char *path)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(a->sun_path, path);
    return 0;
}

/* A socket file that nobody listens on is left from a process that died. */
static int remove_stale(const struct sockaddr_un *a)
{
    struct stat s;
    int fd, r;

    if (lstat(a->sun_path, &s))
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(s.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    r = connect(fd, (const struct sockaddr *)a, sizeof *a);
    close(fd);
    if (r == 0 || errno != ECONNREFUSED) {
        errno = EADDRINUSE;
        return -1;
    }
    return unlink(a->sun_path);
}

/* Whoever sees the file can connect: it gets its name once somebody listens. */
static int listen_as(int fd, const struct sockaddr_un *temporary,
                     const char *path)
{
    int r, e;

    if (bind(fd, (const struct sockaddr *)temporary, sizeof *temporary))
        return -1;
    r = listen(fd, 1) ? -1 : link(temporary->sun_path, path);
    e = r && errno == EEXIST ? EADDRINUSE : errno;
    unlink(temporary->sun_path);
    errno = e;
    return r;
}

int channel_listen(const char *path)
{
    struct sockaddr_un a, temporary;
    char name[sizeof a.sun_path + 1];
    int fd;

    snprintf(name, sizeof name, "%s~", path);
    if (address(&a, path) || address(&temporary, name) || remove_stale(&a) ||
        remove_stale(&temporary))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (listen_as(fd, &temporary, path)) {
        int e = errno;

        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

int channel_accept(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int64_t stream_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool stream_wait(int fd, short events, int64_t until_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left;
    int r;

    do {
        left = until_ms - stream_now_ms();
        r = poll(&p, 1, left > 0 ? (int)left : 0);
    } while (r < 0 && errno == EINTR && left > 0);
    return r > 0;
}

void stream_close_fds(int *fd, unsigned *count)
{
    for (unsigned i = 0; i < *count; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    *count = 0;
}

/* False: there is no room; it is closed. */
static bool keep_fd(const struct stream_fds *fds, int fd)
{
    if (*fds->count < fds->most) {
        fds->fd[(*fds->count)++] = fd;
        return true;
    }
    close(fd);
    return false;
}

/* Keeps as many as there is room for, closes the others. False: there were
 * others. */
static bool keep_fds(const struct stream_fds *fds, struct msghdr *h)
{
    bool all = !(h->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            all &= keep_fd(fds, fd);
        }
    }
    return all;
}

/* Bytes read, 0: closed, -1: errno. */
static ssize_t receive_some(int fd, void *p, size_t bytes,
                            const struct stream_fds *fds, bool *fds_kept)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * (STREAM_MOST_FDS + 1))];
    } control;
    struct iovec v = {.iov_base = p, .iov_len = bytes};
    struct msghdr h = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n >= 0 && !keep_fds(fds, &h))
        *fds_kept = false;
    return n;
}

enum channel_result stream_receive(int fd, void *p, size_t bytes,
                                   const struct stream_fds *fds, bool begun,
                                   int64_t until_ms, const char **why)
{
    uint8_t *at = p;
    bool fds_kept = true;

    while (bytes) {
        ssize_t n = receive_some(fd, at, bytes, fds, &fds_kept);

        if (!fds_kept) {
            *why = "more fds than a message may carry";
            return CHANNEL_BAD;
        }
        if (n > 0) {
            at += n;
            bytes -= (size_t)n;
            begun = true;
        } else if (n == 0 || errno == ECONNRESET) {
            *why = "connection closed in the middle of a message";
            return begun ? CHANNEL_BAD : CHANNEL_CLOSED;
        } else if (errno == EAGAIN) {
            if (!begun)
                return CHANNEL_NONE;
            *why = "rest of the message does not come";
            if (!stream_wait(fd, POLLIN, until_ms))
                return CHANNEL_BAD;
        } else if (errno != EINTR) {
            *why = strerror(errno);
            return CHANNEL_BAD;
        }
    }
    return CHANNEL_OK;
}

enum channel_result stream_send(int fd, const void *p, size_t bytes,
                                int64_t until_ms)
{
    const uint8_t *at = p;

    while (bytes) {
        ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0) {
            at += n;
            bytes -= (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n >= 0 || errno != EAGAIN ||
                   !stream_wait(fd, POLLOUT, until_ms)) {
            return CHANNEL_CLOSED;
        }
    }
    return CHANNEL_OK;
}
