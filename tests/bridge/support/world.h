/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A front-end, a session as a server keeps it, and a fake device. Each test
 * begins with a new one; its end checks that nothing was left behind.
 */
#ifndef RL_TEST_WORLD_H
#define RL_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/channel.h"
#include "bridge/session.h"
#include "support/fake_device.h"
#include "support/front_end.h"

#define BIT(n) (1ull << (n))
#define F_BASE \
    (BIT(FAKE_F_VERSION_1) | BIT(FAKE_F_PACKED) | BIT(FAKE_F_IN_ORDER))
#define F_PROTOCOL BIT(VU_F_PROTOCOL_FEATURES)
#define P_STATUS   BIT(VU_PROTOCOL_STATUS)

struct world {
    struct fake_device device;
    struct session session;
    struct front_end fe;
    int fd;        /* back-end's end, -1: it hung up */
    char why[256]; /* why it did */
    unsigned fds_before;
};

int world_setup(void **state);
int world_teardown(void **state);
#define world_test(f) \
    cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* What a server does when bytes have come: one message. False: hung up. */
bool world_serve(struct world *w, int timeout_ms);
/* Another connection, as after a hang-up. */
void world_reconnect(struct world *w);
/* Answers kicks, as a server does; false: hung up. */
bool world_kicks(struct world *w);

/* Sends the message; it must be taken without an answer. */
void accepts(struct world *w, struct vu_message m);
/* The same with an answer, which is of this request and is returned. */
struct vu_message answers(struct world *w, struct vu_message m);
uint64_t answer_u64(struct world *w, struct vu_message m);
/* It must be refused with a reason that contains `why`; then the device is
 * reset, no fd and no mapping is left. A new connection follows. */
void refuses(struct world *w, struct vu_message m, const char *why);
void expect_hung_up(struct world *w, const char *why);

/* What the device was told since the last time, but for the mapping of memory;
 * see struct fake_device. */
void expect_calls(struct world *w, const char *log);
/* How often a remark was made whose text contains this. */
uint64_t remarks_of(const struct world *w, const char *text);

/* Handshake, with parts left out where a test wants to do them. */
void hello(struct world *w, uint64_t features, uint64_t protocol);
void share_memory(struct world *w);
void set_up_queue(struct world *w, unsigned queue); /* not enabled */
void set_enable(struct world *w, unsigned queue, bool on);
void set_status(struct world *w, uint8_t status);
/* Features, memory, one pair of queues; it runs, the log is empty. */
void start_pair(struct world *w, uint64_t protocol);

#endif
