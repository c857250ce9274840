/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the vfio-user session's own files only.
 */
#ifndef RL_BRIDGE_VFIO_INTERNAL_H
#define RL_BRIDGE_VFIO_INTERNAL_H

#include "bridge/vfio_session.h"

/* Writes s->why; returns `error`. */
int vfio_refuse(struct vfio_session *s, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* vfio_interrupts.c: 0 or an errno. */
int vfio_set_irqs(struct vfio_session *s, struct vfio_message *m);
void vfio_interrupts_begin(struct vfio_session *s);
void vfio_interrupts_end(struct vfio_session *s);
unsigned vfio_irq_count(const struct vfio_session *s, uint32_t index);

/* vfio_remote.c: the client's answer to a request; 0, or -1: nobody asked. */
int vfio_take_answer(struct vfio_session *s, const struct vfio_message *m);
/* All that is asked for cannot be had. */
void vfio_forget_requests(struct vfio_session *s);

#endif
