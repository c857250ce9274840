/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The event loop, a turn at a time, so that tests can run it on the build host.
 */
#ifndef RINGLET_MAIN_H
#define RINGLET_MAIN_H

#include "virtio/virtio.h"

/* Bring the device up: the host may talk to it after this. */
void loop_start(const struct virtio_device_ops *ops, uint32_t build_id);

/* One turn; sleeps in hal_wait() when there was nothing to do. */
void loop_turn(void);

#endif
