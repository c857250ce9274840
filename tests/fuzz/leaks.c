/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "leaks.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"
#include "support/front_end.h"

int shared_memory(size_t bytes, int seals)
{
    int fd = memfd_create(FE_MEMORY_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    must(fd >= 0 && !ftruncate(fd, (off_t)bytes) &&
             !fcntl(fd, F_ADD_SEALS, seals),
         "no memory");
    return fd;
}

/* One call tells of all of them which are not open. */
void leaks_note(struct open_fds *before)
{
    struct pollfd p[WATCHED_FDS];

    for (int i = 0; i < WATCHED_FDS; i++)
        p[i] = (struct pollfd){.fd = i};
    must(poll(p, WATCHED_FDS, 0) >= 0, "fds cannot be listed");
    for (int i = 0; i < WATCHED_FDS; i++)
        before->open[i] = !(p[i].revents & POLLNVAL);
}

void leaks_check(const struct open_fds *before)
{
    static unsigned inputs;
    struct open_fds after;

    leaks_note(&after);
    must(!memcmp(before, &after, sizeof after), "an fd was left open");
    if (++inputs % 256 == 0)
        must(!fe_count_mappings(), "guest memory stays mapped");
}
