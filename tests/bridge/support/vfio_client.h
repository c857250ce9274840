/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The other end of a vfio-user connection: good messages, to be spoilt as a
 * test likes, and any bytes.
 */
#ifndef RL_TEST_VFIO_CLIENT_H
#define RL_TEST_VFIO_CLIENT_H

#include "bridge/vfio_user.h"

struct vfio_message vc_plain(unsigned command, uint32_t payload_bytes);
/* json NULL: none at all. */
struct vfio_message vc_version(const char *json);
struct vfio_message vc_map(uint64_t addr, uint64_t bytes, uint64_t offset,
                           uint32_t flags);
struct vfio_message vc_unmap(uint64_t addr, uint64_t bytes);
struct vfio_message vc_info(void);
struct vfio_message vc_region_info(uint32_t index);
struct vfio_message vc_irq_info(uint32_t index);
struct vfio_message vc_irqs(uint32_t index, uint32_t flags, uint32_t start,
                            uint32_t count);
struct vfio_message vc_read(uint32_t region, uint64_t offset, uint32_t bytes);
struct vfio_message vc_write(uint32_t region, uint64_t offset, uint32_t bytes,
                             uint64_t value);
/* The answer to a DMA_READ or DMA_WRITE of the server. */
struct vfio_message vc_answer(const struct vfio_message *request);
void vc_attach(struct vfio_message *m, int fd); /* stays the caller's */

void vc_send(int socket, const struct vfio_message *m);
/* False: nothing has come. What is no whole message ends the process. */
bool vc_receive(int socket, struct vfio_message *m);

#endif
