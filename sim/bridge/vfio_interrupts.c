/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Interrupts of a vfio-user session: the eventfds that the client gives, and
 * when they are written.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "bridge/vfio_internal.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* An eventfd always takes it; nothing else may make us wait. */
static void signal_fd(int *fd)
{
    struct pollfd p = {.fd = *fd, .events = POLLOUT};
    uint64_t one = 1;

    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
        return;
    if (write(*fd, &one, sizeof one) != sizeof one)
        close_fd(fd);
}

unsigned vfio_irq_count(const struct vfio_session *s, uint32_t index)
{
    if (index == VFIO_IRQ_INTX)
        return s->info.intx;
    return index == VFIO_IRQ_MSIX ? s->info.vectors : 0;
}

static void tell_device(struct vfio_session *s)
{
    bool used = false;

    for (unsigned v = 0; v < s->info.vectors; v++)
        used |= s->msix[v] >= 0;
    if (used == s->msix_used)
        return;
    s->msix_used = used;
    s->device->ops->use_msix(s->device->ctx, used);
}

void vfio_interrupts_begin(struct vfio_session *s)
{
    for (unsigned v = 0; v < VFIO_MAX_VECTORS; v++) {
        s->msix[v] = -1;
        s->msix_pending[v] = false;
    }
    s->intx = -1;
    s->intx_masked = s->msix_used = false;
}

void vfio_interrupts_end(struct vfio_session *s)
{
    for (unsigned v = 0; v < VFIO_MAX_VECTORS; v++)
        close_fd(&s->msix[v]);
    close_fd(&s->intx);
    tell_device(s);
}

/* ---- Passing on ---- */

/* What the device wrote before must be seen by whoever hears the interrupt. */
static bool must_wait(const struct vfio_session *s)
{
    return s->writes > 0;
}

static void pass_msix(struct vfio_session *s)
{
    for (unsigned v = 0; v < s->info.vectors; v++) {
        if (!s->msix_pending[v] || s->msix[v] < 0)
            continue;
        s->msix_pending[v] = false;
        signal_fd(&s->msix[v]);
    }
}

static void pass_intx(struct vfio_session *s)
{
    if (s->intx < 0 || s->intx_masked || !s->device->ops->intx(s->device->ctx))
        return;
    s->intx_masked = true;
    signal_fd(&s->intx);
}

void vfio_session_interrupts(struct vfio_session *s)
{
    if (must_wait(s))
        return;
    pass_msix(s);
    pass_intx(s);
}

void vfio_session_msix(struct vfio_session *s, unsigned vector)
{
    if (vector >= s->info.vectors)
        return;
    s->msix_pending[vector] = true;
    if (!must_wait(s))
        pass_msix(s);
}

/* ---- SET_IRQS ---- */

static int take_fd(struct vfio_message *m, unsigned n)
{
    int fd;

    if (n >= m->fds)
        return -1;
    fd = m->fd[n];
    m->fd[n] = -1;
    return fd;
}

/* Does the message name this interrupt, with its BOOL if there is one? */
static bool named(const struct vfio_set_irqs *a, unsigned n)
{
    return !(a->flags & VFIO_DATA_BOOL) || a->data[n];
}

static void set_trigger(struct vfio_session *s, struct vfio_message *m)
{
    const struct vfio_set_irqs *a = &m->payload.irqs;

    for (unsigned n = 0; n < a->count; n++) {
        int *fd = a->index == VFIO_IRQ_INTX ? &s->intx : &s->msix[a->start + n];

        close_fd(fd);
        *fd = take_fd(m, n);
    }
    if (a->index == VFIO_IRQ_INTX)
        s->intx_masked = false;
    tell_device(s);
}

/* As if the device had interrupted: a test of the way. */
static void loop_back(struct vfio_session *s, const struct vfio_set_irqs *a)
{
    for (unsigned n = 0; n < a->count; n++) {
        if (!named(a, n))
            continue;
        if (a->index == VFIO_IRQ_INTX && s->intx >= 0)
            signal_fd(&s->intx);
        else if (a->index == VFIO_IRQ_MSIX)
            s->msix_pending[a->start + n] = true;
    }
}

static void disable(struct vfio_session *s, uint32_t index)
{
    if (index == VFIO_IRQ_INTX)
        close_fd(&s->intx);
    for (unsigned v = 0; index == VFIO_IRQ_MSIX && v < s->info.vectors; v++) {
        close_fd(&s->msix[v]);
        s->msix_pending[v] = false;
    }
    tell_device(s);
}

static void trigger(struct vfio_session *s, struct vfio_message *m)
{
    const struct vfio_set_irqs *a = &m->payload.irqs;

    if (a->flags & VFIO_DATA_EVENTFD)
        set_trigger(s, m);
    else if (a->flags & VFIO_DATA_NONE && !a->count)
        disable(s, a->index);
    else
        loop_back(s, a);
}

int vfio_set_irqs(struct vfio_session *s, struct vfio_message *m)
{
    const struct vfio_set_irqs *a = &m->payload.irqs;
    unsigned there = a->index < VFIO_IRQS ? vfio_irq_count(s, a->index) : 0;
    bool none = a->flags == (VFIO_DATA_NONE | VFIO_ACTION_TRIGGER) && !a->count;

    if (a->index >= VFIO_IRQS || a->start > there ||
        a->count > there - a->start)
        return vfio_refuse(s, EINVAL,
                           "interrupts %u to %u of index %u: there are %u",
                           a->start, a->start + a->count, a->index, there);
    if (!a->count && !none)
        return vfio_refuse(s, EINVAL, "no interrupt is named");
    if (a->flags & VFIO_ACTION_TRIGGER)
        trigger(s, m);
    else if (a->index != VFIO_IRQ_INTX)
        return vfio_refuse(s, ENOTSUP, "MSI-X vectors are masked elsewhere");
    else if (named(a, 0))
        s->intx_masked = a->flags & VFIO_ACTION_MASK;
    vfio_session_interrupts(s);
    return 0;
}
