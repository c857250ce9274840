/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frames of the network port: whole ones here, beats at host_if.sv.
 */
#include <string.h>

#include "model/internal.h"

void model_frames_init(struct model_frames *p)
{
    p->rx_prob = p->tx_prob = 65536;
    p->link_up = true;
}

void model_frames_clear(struct model_frames *p)
{
    p->rx.head = p->rx.count = p->rx.offset = 0;
    p->tx.head = p->tx.count = p->tx.offset = 0;
}

/* ---- Beats ---- */

uint32_t model_frames_poll(struct rl_model *m)
{
    struct model_frames *p = &m->frames;
    uint32_t poll = p->link_up ? POLL_LINK : 0;

    if (p->rx.count && model_chance(m, p->rx_prob))
        poll |= POLL_NET_RX;
    if (p->tx.count + 1 < NET_QUEUE && model_chance(m, p->tx_prob))
        poll |= POLL_NET_TX_READY;
    return poll;
}

void rl_dpi_net_rx_beat(sv_vec *data, uint32_t *marks)
{
    struct net_queue *q = &model_self->frames.rx;
    const struct frame *f = &q->slot[q->head];
    unsigned left = f->bytes - q->offset;
    unsigned n = left < 16 ? left : 16;

    memset(data, 0, 16);
    memcpy(data, f->data + q->offset, n);
    *marks = (1u << n) - 1;
    q->offset += n;
    if (left <= 16) {
        *marks |= 1u << 16 | (f->bad ? 1u << 17 : 0);
        q->offset = 0;
        q->head = (q->head + 1) % NET_QUEUE;
        q->count--;
    }
}

void rl_dpi_net_tx_beat(const sv_vec *data, uint32_t marks)
{
    struct rl_model *m = model_self;
    struct net_queue *q = &m->frames.tx;
    struct frame *f = &q->slot[(q->head + q->count) % NET_QUEUE];
    unsigned n = (unsigned)__builtin_popcount(marks & 0xffff);
    bool last = marks & 1u << 16;

    if (m->in_reset)
        return;
    if (q->offset == 0)
        f->bad = false;
    if ((marks & 0xffff) != (1u << n) - 1 || (!last && n != 16))
        f->bad = true; /* tkeep must be contiguous, full but in the last */
    if (q->offset + n <= RL_NET_MAX_FRAME)
        memcpy(f->data + q->offset, data, n);
    else
        f->bad = true;
    q->offset += n;
    if (!last)
        return;
    f->bytes = q->offset < RL_NET_MAX_FRAME ? q->offset : RL_NET_MAX_FRAME;
    if (marks & 1u << 17)
        f->bad = true;
    q->offset = 0;
    m->frames.tx_frames++;
    if (!m->frames.sink)
        q->count++;
}

/* ---- Whole frames ---- */

int rl_model_net_push(struct rl_model *m, const void *frame, size_t bytes,
                      bool bad)
{
    struct net_queue *q = &m->frames.rx;
    struct frame *f;

    if (q->count == NET_QUEUE || bytes == 0 || bytes > RL_NET_MAX_FRAME)
        return -1;
    f = &q->slot[(q->head + q->count) % NET_QUEUE];
    f->bytes = (uint32_t)bytes;
    f->bad = bad;
    memcpy(f->data, frame, bytes);
    q->count++;
    return 0;
}

unsigned rl_model_net_push_space(const struct rl_model *m)
{
    return NET_QUEUE - m->frames.rx.count;
}

const uint8_t *rl_model_net_peek(const struct rl_model *m, size_t *bytes,
                                 bool *bad)
{
    const struct frame *f = &m->frames.tx.slot[m->frames.tx.head];

    if (!m->frames.tx.count)
        return NULL;
    *bytes = f->bytes;
    if (bad)
        *bad = f->bad;
    return f->data;
}

void rl_model_net_pop(struct rl_model *m)
{
    if (!m->frames.tx.count)
        return;
    m->frames.tx.head = (m->frames.tx.head + 1) % NET_QUEUE;
    m->frames.tx.count--;
}

void rl_model_net_sink(struct rl_model *m, bool on)
{
    m->frames.sink = on;
}

uint64_t rl_model_net_tx_frames(const struct rl_model *m)
{
    return m->frames.tx_frames;
}

void rl_model_net_rx_valid(struct rl_model *m, uint32_t prob)
{
    m->frames.rx_prob = prob;
}

void rl_model_net_tx_ready(struct rl_model *m, uint32_t prob)
{
    m->frames.tx_prob = prob;
}

void rl_model_net_link(struct rl_model *m, bool up)
{
    m->frames.link_up = up;
}
