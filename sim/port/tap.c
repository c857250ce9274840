/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A TAP interface of the network namespace in which the program runs: what the
 * card sends the kernel receives, and the other way round. It is gone with the
 * program unless somebody had made it before. Needs CAP_NET_ADMIN there, as root
 * of `unshare --map-root-user --net` has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/internal.h"

enum {
    TAP_WAIT_MOST = 64,  /* frames that wait here; others do in the kernel */
    TAP_FRAME_LEAST = 60 /* of Ethernet; the kernel does not pad */
};

int tap_port_open(struct port *p, const char *name)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    if (!*name || strlen(name) >= sizeof r.ifr_name) {
        fprintf(stderr, "ringlet: TAP interface `%s`: no such name can be\n",
                name);
        return -1;
    }
    memcpy(r.ifr_name, name, strlen(name));
    p->tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (p->tap >= 0 && !ioctl(p->tap, TUNSETIFF, &r))
        return 0;
    fprintf(stderr, "ringlet: TAP interface %s: %s\n", name, strerror(errno));
    return -1;
}

void tap_port_close(struct port *p)
{
    if (p->tap >= 0)
        close(p->tap);
    p->tap = -1;
}

/* The kernel takes none while the interface is down, as if nothing was plugged
 * in. */
void tap_port_take(struct port *p, const uint8_t *frame, size_t bytes)
{
    if (write(p->tap, frame, bytes) != (ssize_t)bytes)
        p->n.dropped++;
}

unsigned tap_port_poll(const struct port *p, struct pollfd *fds, unsigned most)
{
    if (!most || p->tap < 0 || p->count >= TAP_WAIT_MOST)
        return 0;
    fds[0] = (struct pollfd){.fd = p->tap, .events = POLLIN};
    return 1;
}

void tap_port_dispatch(struct port *p, const struct pollfd *fds, unsigned count)
{
    uint8_t frame[PORT_FRAME_MAX];

    if (!count)
        return;
    if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
        port_say(p, "the TAP interface is gone");
        tap_port_close(p);
        return;
    }
    if (!(fds[0].revents & POLLIN))
        return;
    while (p->count < TAP_WAIT_MOST) {
        ssize_t got = read(p->tap, frame, sizeof frame);
        size_t bytes = (size_t)got;

        if (got <= 0)
            return;
        if (bytes < TAP_FRAME_LEAST) {
            memset(frame + bytes, 0, TAP_FRAME_LEAST - bytes);
            bytes = TAP_FRAME_LEAST;
        }
        if (!port_queue(p, frame, bytes))
            p->n.dropped++;
    }
}
