/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A vfio-user client, a session as a server keeps it, and a fake PCI device.
 * Each test begins with a new one; its end checks that nothing was left behind.
 */
#ifndef RL_TEST_VFIO_WORLD_H
#define RL_TEST_VFIO_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/vfio_channel.h"
#include "bridge/vfio_session.h"
#include "support/fake_pci.h"
#include "support/front_end.h"
#include "support/vfio_client.h"

#define RW (VFIO_MAP_READ | VFIO_MAP_WRITE)

struct vfio_world {
    struct fake_pci device;
    struct vfio_session session;
    struct front_end fe; /* its socket, memory and eventfds */
    int fd;              /* server's end, -1: it hung up */
    char why[DEVICE_WHY];
    unsigned fds_before;
};

int vfio_world_setup(void **state); /* VERSION has been exchanged */
int vfio_world_fresh(void **state); /* it has not */
int vfio_world_teardown(void **state);
#define vfio_test(f) \
    cmocka_unit_test_setup_teardown(f, vfio_world_setup, vfio_world_teardown)
#define vfio_fresh_test(f) \
    cmocka_unit_test_setup_teardown(f, vfio_world_fresh, vfio_world_teardown)

/* What a server does when bytes have come: one message. False: hung up. */
bool vw_serve(struct vfio_world *w, int timeout_ms);

/* Sends the message; the answer must be good, and is returned. */
struct vfio_message vw_answer(struct vfio_world *w, struct vfio_message m);
/* The answer must be this error; the device has been told nothing. */
void vw_refused(struct vfio_world *w, struct vfio_message m, int error);
/* The same with NO_REPLY: nothing must come. */
void vw_silent(struct vfio_world *w, struct vfio_message m);
/* The server must hang up, with `why` in its reason. A connection follows. */
void vw_hangs_up(struct vfio_world *w, struct vfio_message m, const char *why);
void vw_expect_hung_up(struct vfio_world *w, const char *why);
/* What the device was told since the last time. */
void vw_expect_calls(struct vfio_world *w, const char *log);

#endif
