/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * TLPs: whole ones here, beats at host_if.sv. Order between completions and
 * posted requests, the rate of the card's transmit link, credits.
 */
#include <string.h>

#include "model/internal.h"

enum { TX_BURST_MILLI = 64000 }; /* credit that an idle link keeps */

void model_tlps_init(struct model_tlps *p)
{
    p->rx_prob = p->tx_prob = 65536;
    p->credits = 7;
}

void model_tlps_clear(struct model_tlps *p)
{
    for (unsigned i = 0; i < 2; i++)
        p->rx[i].head = p->rx[i].count = p->rx[i].offset = 0;
    p->posted_pushed = p->posted_given = 0;
    p->posted_in_flight = false;
    p->tx_head = p->tx_count = 0;
    p->tx_open = false;
    p->tx_tokens = 0;
}

/* ---- Beats ---- */

static bool tlp_is_posted(const struct rl_tlp *t)
{
    unsigned fmt_type = t->hdr[0] >> 24;

    return (fmt_type & 0x5f) == 0x40 || (fmt_type & 0x38) == 0x30;
}

static bool tx_may_accept(struct rl_model *m)
{
    struct model_tlps *p = &m->tlps;

    /* One slot for the TLP whose beat may be on its way. */
    if (p->tx_count + 1 >= RL_MODEL_TX_QUEUE)
        return false;
    if (p->tx_rate) {
        p->tx_tokens += p->tx_rate;
        if (p->tx_tokens > TX_BURST_MILLI)
            p->tx_tokens = TX_BURST_MILLI;
        if (p->tx_tokens < 0)
            return false;
    }
    return model_chance(m, p->tx_prob);
}

static unsigned credits_now(struct rl_model *m)
{
    const struct model_tlps *p = &m->tlps;
    unsigned c = p->credits;

    if (p->credit_gap_prob)
        for (unsigned i = 0; i < 3; i++)
            if (model_chance(m, p->credit_gap_prob))
                c &= ~(1u << i);
    return c;
}

uint32_t model_tlps_poll(struct rl_model *m, bool req_free)
{
    struct model_tlps *p = &m->tlps;
    uint32_t poll;
    bool feed;

    if (req_free && p->posted_in_flight) {
        p->posted_given++;
        p->posted_in_flight = false;
    }
    poll = credits_now(m) << POLL_CREDIT_LSB;
    feed = model_chance(m, p->rx_prob);
    if (p->rx[0].count && feed)
        poll |= POLL_REQ;
    if (p->rx[1].count && feed &&
        p->posted_given >= p->rx[1].slot[p->rx[1].head].posted_before)
        poll |= POLL_CPL;
    if (tx_may_accept(m))
        poll |= POLL_TX_READY;
    return poll;
}

void rl_dpi_rx_beat(uint32_t stream, sv_vec *hdr, sv_vec *data, uint32_t *marks)
{
    struct model_tlps *p = &model_self->tlps;
    struct rx_queue *q = &p->rx[stream & 1];
    const struct rl_tlp *t = &q->slot[q->head].tlp;
    unsigned left = t->payload_bytes - q->offset;
    unsigned n = left < 16 ? left : 16;
    bool eop = left <= 16;

    memcpy(hdr, t->hdr, 16);
    memset(data, 0, 16);
    memcpy(data, t->payload + q->offset, n);
    *marks = (q->offset == 0 ? 1u : 0u) | (eop ? 2u : 0u) |
             (t->poison ? 4u : 0u) | (t->err ? 8u : 0u) |
             (uint32_t)(t->bar & 7) << 4 | (uint32_t)t->func << 8;
    q->offset += n;
    if (!eop)
        return;
    if (stream == 0 && tlp_is_posted(t))
        p->posted_in_flight = true;
    q->offset = 0;
    q->head = (q->head + 1) % RL_MODEL_RX_QUEUE;
    q->count--;
}

void rl_dpi_tx_beat(const sv_vec *hdr, const sv_vec *data, uint32_t marks)
{
    struct model_tlps *p = &model_self->tlps;
    struct rl_tlp *t = &p->tx[(p->tx_head + p->tx_count) % RL_MODEL_TX_QUEUE];
    bool sop = marks & 1, eop = marks & 2;
    unsigned want, n;

    if (model_self->in_reset)
        return; /* its last cycle before the card sees that */
    if (sop) {
        memcpy(t->hdr, hdr, 16);
        t->bar = RL_BAR_NONE;
        t->func = (uint8_t)(marks >> 16);
        t->poison = marks & 4;
        t->err = marks & 8;
        t->credit_bad = marks & 16;
        t->payload_bytes = 0;
        p->tx_tokens -= t->hdr[0] & 1u << 29 ? 24000 : 20000;
        if (p->tx_open)
            t->err = true; /* the TLP before had no end */
    } else if (!p->tx_open) {
        t->err = true;
    }
    p->tx_open = !eop;
    if (t->hdr[0] & 1u << 30) { /* with data */
        want = t->hdr[0] & 0x3ff;
        want = (want ? want : 1024) * 4;
        n = want > t->payload_bytes ? want - t->payload_bytes : 0;
        if (n > 16)
            n = 16;
        if (eop != (t->payload_bytes + n == want) || n == 0)
            t->err = true; /* length and beats disagree */
        memcpy(t->payload + t->payload_bytes, data, n);
        t->payload_bytes = (uint16_t)(t->payload_bytes + n);
        p->tx_tokens -= (int64_t)n * 1000;
    } else if (!(sop && eop)) {
        t->err = true;
    }
    if (eop)
        p->tx_count++;
}

/* ---- Whole TLPs ---- */

static int rx_push(struct model_tlps *p, unsigned stream,
                   const struct rl_tlp *tlp)
{
    struct rx_queue *q = &p->rx[stream];
    struct rx_slot *s;

    if (q->count == RL_MODEL_RX_QUEUE ||
        tlp->payload_bytes > RL_TLP_MAX_PAYLOAD)
        return -1;
    s = &q->slot[(q->head + q->count) % RL_MODEL_RX_QUEUE];
    memcpy(&s->tlp, tlp, offsetof(struct rl_tlp, payload));
    memcpy(s->tlp.payload, tlp->payload, tlp->payload_bytes);
    s->posted_before = p->posted_pushed;
    q->count++;
    return 0;
}

int rl_model_req_push(struct rl_model *m, const struct rl_tlp *tlp)
{
    int err = rx_push(&m->tlps, 0, tlp);

    if (!err && tlp_is_posted(tlp))
        m->tlps.posted_pushed++;
    return err;
}

int rl_model_cpl_push(struct rl_model *m, const struct rl_tlp *tlp)
{
    return rx_push(&m->tlps, 1, tlp);
}

unsigned rl_model_cpl_space(const struct rl_model *m)
{
    return RL_MODEL_RX_QUEUE - m->tlps.rx[1].count;
}

void rl_model_rx_valid(struct rl_model *m, uint32_t prob)
{
    m->tlps.rx_prob = prob;
}

bool rl_model_rx_idle(const struct rl_model *m)
{
    return m->tlps.rx[0].count == 0 && m->tlps.rx[1].count == 0;
}

const struct rl_tlp *rl_model_tx_peek(const struct rl_model *m)
{
    return m->tlps.tx_count ? &m->tlps.tx[m->tlps.tx_head] : NULL;
}

void rl_model_tx_pop(struct rl_model *m)
{
    struct model_tlps *p = &m->tlps;

    if (!p->tx_count)
        return;
    p->tx_head = (p->tx_head + 1) % RL_MODEL_TX_QUEUE;
    p->tx_count--;
}

void rl_model_tx_rate(struct rl_model *m, uint32_t millibytes_per_cycle)
{
    m->tlps.tx_rate = millibytes_per_cycle;
    m->tlps.tx_tokens = 0;
}

void rl_model_tx_ready(struct rl_model *m, uint32_t prob)
{
    m->tlps.tx_prob = prob;
}

void rl_model_tx_credit(struct rl_model *m, unsigned credits)
{
    m->tlps.credits = credits & 7;
}

void rl_model_tx_credit_gaps(struct rl_model *m, uint32_t prob)
{
    m->tlps.credit_gap_prob = prob;
}
