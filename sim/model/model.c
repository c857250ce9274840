/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * C side of host_if.sv, bench_top.sv and card_top.sv.
 */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "model/verilated.h"

enum {
    POLL_RESET_N = 1u << 0,
    POLL_REQ = 1u << 1,
    POLL_CPL = 1u << 2,
    POLL_TX_READY = 1u << 3,
    POLL_NET_RX = 1u << 4,
    POLL_NET_TX_READY = 1u << 5,
    POLL_CREDIT_LSB = 6,
    POLL_LINK = 1u << 9,
    RESET_CYCLES = 8,
    NET_QUEUE = 64,
    TX_BURST_MILLI = 64000, /* credit that an idle link keeps */
};

enum { BUS_NONE = 0, BUS_REG = 1, BUS_LMEM = 2, BUS_WRITE = 4 };
enum { LOAD_DMA_TIMEOUT = 2 }; /* behind enum rl_memory */

struct rx_slot {
    struct rl_tlp tlp;
    uint64_t posted_before; /* completions: posted requests to wait for */
};

struct rx_queue {
    struct rx_slot slot[RL_MODEL_RX_QUEUE];
    unsigned head, count;
    unsigned offset; /* payload bytes of the head already given */
};

struct frame {
    uint32_t bytes;
    bool bad;
    uint8_t data[RL_NET_MAX_FRAME];
};

struct net_queue {
    struct frame slot[NET_QUEUE];
    unsigned head, count;
    unsigned offset;
};

struct rl_model {
    struct rl_verilated *v;
    unsigned reset_left;
    bool in_reset;
    uint64_t rng;

    struct rx_queue rx[2]; /* requests, completions */
    uint64_t posted_pushed, posted_given;
    bool posted_in_flight; /* given out, not yet taken by the card */

    struct rl_tlp tx[RL_MODEL_TX_QUEUE];
    unsigned tx_head, tx_count; /* whole TLPs */
    bool tx_open;               /* slot head+count is being filled */
    uint32_t rx_prob, tx_rate, tx_prob, credit_gap_prob;
    int64_t tx_tokens;
    unsigned credits;

    struct net_queue net_rx; /* for the card */
    struct net_queue net_tx; /* of the card */
    uint32_t net_rx_prob, net_tx_prob;
    bool net_sink, link_up;
    uint64_t net_tx_frames, net_tx_bytes;

    rl_model_uart_fn *uart;
    void *uart_ctx;
    rl_model_tick_fn *tick;
    void *tick_ctx;

    unsigned bus_what;
    uint32_t bus_addr, bus_wdata;
};

static struct rl_model *self; /* DPI functions know no object */
static void *dpi_scope;

/* ---- What the SystemVerilog side calls and exports (svdpi types) ---- */
typedef uint32_t sv_vec; /* svBitVecVal */
extern void *svGetScope(void);
extern void *svSetScope(void *scope);
extern uint32_t rl_dpi_bus_rdata(uint32_t which);
extern unsigned long long rl_dpi_counter(uint32_t which);
extern void rl_dpi_load(uint32_t which, uint32_t word, uint32_t value);

uint32_t rl_dpi_poll(uint32_t req_free);
void rl_dpi_rx_beat(uint32_t stream, sv_vec *hdr, sv_vec *data,
                    uint32_t *marks);
void rl_dpi_tx_beat(const sv_vec *hdr, const sv_vec *data, uint32_t marks);
void rl_dpi_net_rx_beat(sv_vec *data, uint32_t *marks);
void rl_dpi_net_tx_beat(const sv_vec *data, uint32_t marks);
void rl_dpi_uart(uint32_t c);
uint32_t rl_dpi_bus_poll(uint32_t *addr, uint32_t *wdata);
void rl_dpi_scope(void);

static uint32_t next_random(struct rl_model *m)
{
    uint64_t x = m->rng;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    m->rng = x;
    return (uint32_t)(x >> 32);
}

static bool chance(struct rl_model *m, uint32_t prob)
{
    if (prob >= 65536)
        return true;
    return (next_random(m) & 0xffff) < prob;
}

static bool tlp_is_posted(const struct rl_tlp *t)
{
    unsigned fmt_type = t->hdr[0] >> 24;

    return (fmt_type & 0x5f) == 0x40 || (fmt_type & 0x38) == 0x30;
}

static bool tx_may_accept(struct rl_model *m)
{
    /* One slot for the TLP whose beat may be on its way. */
    if (m->tx_count + 1 >= RL_MODEL_TX_QUEUE)
        return false;
    if (m->tx_rate) {
        m->tx_tokens += m->tx_rate;
        if (m->tx_tokens > TX_BURST_MILLI)
            m->tx_tokens = TX_BURST_MILLI;
        if (m->tx_tokens < 0)
            return false;
    }
    return chance(m, m->tx_prob);
}

static unsigned credits_now(struct rl_model *m)
{
    unsigned c = m->credits;

    if (m->credit_gap_prob)
        for (unsigned i = 0; i < 3; i++)
            if (chance(m, m->credit_gap_prob))
                c &= ~(1u << i);
    return c;
}

uint32_t rl_dpi_poll(uint32_t req_free)
{
    struct rl_model *m = self;
    uint32_t poll;
    bool feed;

    if (m->in_reset)
        return 0;
    if (req_free && m->posted_in_flight) {
        m->posted_given++;
        m->posted_in_flight = false;
    }
    poll = POLL_RESET_N | credits_now(m) << POLL_CREDIT_LSB;
    if (m->link_up)
        poll |= POLL_LINK;
    feed = chance(m, m->rx_prob);
    if (m->rx[0].count && feed)
        poll |= POLL_REQ;
    if (m->rx[1].count && feed &&
        m->posted_given >= m->rx[1].slot[m->rx[1].head].posted_before)
        poll |= POLL_CPL;
    if (tx_may_accept(m))
        poll |= POLL_TX_READY;
    if (m->net_rx.count && chance(m, m->net_rx_prob))
        poll |= POLL_NET_RX;
    if (m->net_tx.count + 1 < NET_QUEUE && chance(m, m->net_tx_prob))
        poll |= POLL_NET_TX_READY;
    return poll;
}

void rl_dpi_rx_beat(uint32_t stream, sv_vec *hdr, sv_vec *data, uint32_t *marks)
{
    struct rl_model *m = self;
    struct rx_queue *q = &m->rx[stream & 1];
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
        m->posted_in_flight = true;
    q->offset = 0;
    q->head = (q->head + 1) % RL_MODEL_RX_QUEUE;
    q->count--;
}

void rl_dpi_tx_beat(const sv_vec *hdr, const sv_vec *data, uint32_t marks)
{
    struct rl_model *m = self;
    struct rl_tlp *t = &m->tx[(m->tx_head + m->tx_count) % RL_MODEL_TX_QUEUE];
    bool sop = marks & 1, eop = marks & 2;
    unsigned want, n;

    if (m->in_reset)
        return; /* its last cycle before the card sees that */
    if (sop) {
        memcpy(t->hdr, hdr, 16);
        t->bar = RL_BAR_NONE;
        t->func = (uint8_t)(marks >> 16);
        t->poison = marks & 4;
        t->err = marks & 8;
        t->credit_bad = marks & 16;
        t->payload_bytes = 0;
        m->tx_tokens -= t->hdr[0] & 1u << 29 ? 24000 : 20000;
        if (m->tx_open)
            t->err = true; /* the TLP before had no end */
    } else if (!m->tx_open) {
        t->err = true;
    }
    m->tx_open = !eop;
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
        m->tx_tokens -= (int64_t)n * 1000;
    } else if (!(sop && eop)) {
        t->err = true;
    }
    if (eop)
        m->tx_count++;
}

void rl_dpi_net_rx_beat(sv_vec *data, uint32_t *marks)
{
    struct net_queue *q = &self->net_rx;
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
    struct rl_model *m = self;
    struct net_queue *q = &m->net_tx;
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
    m->net_tx_frames++;
    m->net_tx_bytes += f->bytes;
    if (!m->net_sink)
        q->count++;
}

void rl_dpi_uart(uint32_t c)
{
    if (self->uart)
        self->uart(self->uart_ctx, (char)c);
}

uint32_t rl_dpi_bus_poll(uint32_t *addr, uint32_t *wdata)
{
    uint32_t what = self->bus_what;

    self->bus_what = BUS_NONE;
    *addr = self->bus_addr;
    *wdata = self->bus_wdata;
    return what;
}

void rl_dpi_scope(void)
{
    dpi_scope = svGetScope();
}

/* ---- Life ---- */

static void queues_clear(struct rl_model *m)
{
    for (unsigned i = 0; i < 2; i++)
        m->rx[i].head = m->rx[i].count = m->rx[i].offset = 0;
    m->posted_pushed = m->posted_given = 0;
    m->posted_in_flight = false;
    m->tx_head = m->tx_count = 0;
    m->tx_open = false;
    m->tx_tokens = 0;
    m->net_rx.head = m->net_rx.count = m->net_rx.offset = 0;
    m->net_tx.head = m->net_tx.count = m->net_tx.offset = 0;
    m->bus_what = BUS_NONE;
}

struct rl_model *rl_model_new(int argc, char **argv)
{
    struct rl_model *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->in_reset = true;
    m->rx_prob = m->tx_prob = m->net_rx_prob = m->net_tx_prob = 65536;
    m->credits = 7;
    m->link_up = true;
    rl_model_seed(m, 1);
    self = m;
    m->v = rl_verilated_new(argc, argv);
    if (!m->v) {
        free(m);
        self = NULL;
        return NULL;
    }
    return m;
}

void rl_model_free(struct rl_model *m)
{
    if (!m)
        return;
    rl_verilated_free(m->v);
    if (self == m)
        self = NULL;
    free(m);
}

int rl_model_waves(struct rl_model *m, const char *file)
{
    return rl_verilated_waves(m->v, file);
}

void rl_model_reset(struct rl_model *m)
{
    queues_clear(m);
    m->in_reset = true;
    for (unsigned i = 0; i < RESET_CYCLES; i++)
        rl_model_step(m);
    m->in_reset = false;
}

void rl_model_step(struct rl_model *m)
{
    rl_verilated_step(m->v);
    if (m->tick)
        m->tick(m->tick_ctx);
}

uint64_t rl_model_cycles(const struct rl_model *m)
{
    return rl_verilated_cycles(m->v);
}

bool rl_model_finished(const struct rl_model *m)
{
    return rl_verilated_finished(m->v);
}

void rl_model_tick(struct rl_model *m, rl_model_tick_fn *fn, void *ctx)
{
    m->tick = fn;
    m->tick_ctx = ctx;
}

void rl_model_seed(struct rl_model *m, uint64_t seed)
{
    m->rng = seed * 0x9e3779b97f4a7c15u + 0x1234567;
    if (m->rng == 0)
        m->rng = 1;
    next_random(m);
}

/* ---- TLPs ---- */

static int rx_push(struct rl_model *m, struct rx_queue *q,
                   const struct rl_tlp *tlp)
{
    struct rx_slot *s;

    if (q->count == RL_MODEL_RX_QUEUE ||
        tlp->payload_bytes > RL_TLP_MAX_PAYLOAD)
        return -1;
    s = &q->slot[(q->head + q->count) % RL_MODEL_RX_QUEUE];
    memcpy(&s->tlp, tlp, offsetof(struct rl_tlp, payload));
    memcpy(s->tlp.payload, tlp->payload, tlp->payload_bytes);
    s->posted_before = m->posted_pushed;
    q->count++;
    return 0;
}

int rl_model_req_push(struct rl_model *m, const struct rl_tlp *tlp)
{
    int err = rx_push(m, &m->rx[0], tlp);

    if (!err && tlp_is_posted(tlp))
        m->posted_pushed++;
    return err;
}

int rl_model_cpl_push(struct rl_model *m, const struct rl_tlp *tlp)
{
    return rx_push(m, &m->rx[1], tlp);
}

unsigned rl_model_req_space(const struct rl_model *m)
{
    return RL_MODEL_RX_QUEUE - m->rx[0].count;
}

unsigned rl_model_cpl_space(const struct rl_model *m)
{
    return RL_MODEL_RX_QUEUE - m->rx[1].count;
}

void rl_model_rx_valid(struct rl_model *m, uint32_t prob)
{
    m->rx_prob = prob;
}

bool rl_model_rx_idle(const struct rl_model *m)
{
    return m->rx[0].count == 0 && m->rx[1].count == 0;
}

const struct rl_tlp *rl_model_tx_peek(const struct rl_model *m)
{
    return m->tx_count ? &m->tx[m->tx_head] : NULL;
}

void rl_model_tx_pop(struct rl_model *m)
{
    if (!m->tx_count)
        return;
    m->tx_head = (m->tx_head + 1) % RL_MODEL_TX_QUEUE;
    m->tx_count--;
}

void rl_model_tx_rate(struct rl_model *m, uint32_t millibytes_per_cycle)
{
    m->tx_rate = millibytes_per_cycle;
    m->tx_tokens = 0;
}

void rl_model_tx_ready(struct rl_model *m, uint32_t prob)
{
    m->tx_prob = prob;
}

void rl_model_tx_credit(struct rl_model *m, unsigned credits)
{
    m->credits = credits & 7;
}

void rl_model_tx_credit_gaps(struct rl_model *m, uint32_t prob)
{
    m->credit_gap_prob = prob;
}

/* ---- Network port ---- */

int rl_model_net_push(struct rl_model *m, const void *frame, size_t bytes,
                      bool bad)
{
    struct net_queue *q = &m->net_rx;
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
    return NET_QUEUE - m->net_rx.count;
}

const uint8_t *rl_model_net_peek(const struct rl_model *m, size_t *bytes,
                                 bool *bad)
{
    const struct frame *f = &m->net_tx.slot[m->net_tx.head];

    if (!m->net_tx.count)
        return NULL;
    *bytes = f->bytes;
    if (bad)
        *bad = f->bad;
    return f->data;
}

void rl_model_net_pop(struct rl_model *m)
{
    if (!m->net_tx.count)
        return;
    m->net_tx.head = (m->net_tx.head + 1) % NET_QUEUE;
    m->net_tx.count--;
}

void rl_model_net_sink(struct rl_model *m, bool on)
{
    m->net_sink = on;
}

uint64_t rl_model_net_tx_frames(const struct rl_model *m)
{
    return m->net_tx_frames;
}

uint64_t rl_model_net_tx_bytes(const struct rl_model *m)
{
    return m->net_tx_bytes;
}

void rl_model_net_rx_valid(struct rl_model *m, uint32_t prob)
{
    m->net_rx_prob = prob;
}

void rl_model_net_tx_ready(struct rl_model *m, uint32_t prob)
{
    m->net_tx_prob = prob;
}

void rl_model_net_link(struct rl_model *m, bool up)
{
    m->link_up = up;
}

void rl_model_uart(struct rl_model *m, rl_model_uart_fn *fn, void *ctx)
{
    m->uart = fn;
    m->uart_ctx = ctx;
}

/* ---- Observation, loading, the core's place ---- */

uint64_t rl_model_counter(const struct rl_model *m, enum rl_counter which)
{
    (void)m;
    svSetScope(dpi_scope);
    return rl_dpi_counter(which);
}

const char *rl_model_stall_name(unsigned n)
{
    static const char *const name[] = {"load-use", "redirect", "fetch",
                                       "mul-div",  "data",     "other"};

    return n < sizeof name / sizeof name[0] ? name[n] : NULL;
}

/* In the order of ERR_* in registers.def. */
const char *rl_model_error_name(unsigned n)
{
    static const char *const name[] = {
        "unsupported requests",
        "malformed requests",
        "poisoned requests",
        "reads that the watchdog answered",
        "writes that the watchdog discarded",
        "unexpected completions",
        "completions with UR",
        "completions with CA",
        "poisoned completions",
        "requests without an answer",
        "restarts of the core",
    };

    return n < sizeof name / sizeof name[0] ? name[n] : NULL;
}

void rl_model_load(struct rl_model *m, enum rl_memory which,
                   uint32_t byte_offset, uint32_t value)
{
    (void)m;
    svSetScope(dpi_scope);
    rl_dpi_load(which, byte_offset / 4, value);
}

void rl_model_dma_timeout(struct rl_model *m, uint32_t cycles)
{
    (void)m;
    svSetScope(dpi_scope);
    rl_dpi_load(LOAD_DMA_TIMEOUT, 0, cycles);
}

static void bus_request(struct rl_model *m, unsigned what, uint32_t addr,
                        uint32_t wdata)
{
    m->bus_what = what;
    m->bus_addr = addr;
    m->bus_wdata = wdata;
    rl_model_step(m);
}

static uint32_t bus_answer(struct rl_model *m, uint32_t which)
{
    uint32_t value;

    rl_verilated_step(m->v);
    svSetScope(dpi_scope);
    value = rl_dpi_bus_rdata(which);
    if (m->tick)
        m->tick(m->tick_ctx);
    return value;
}

void rl_model_reg_write(struct rl_model *m, uint32_t offset, uint32_t value)
{
    bus_request(m, BUS_REG | BUS_WRITE, offset, value);
}

uint32_t rl_model_reg_read(struct rl_model *m, uint32_t offset)
{
    bus_request(m, BUS_REG, offset, 0);
    return bus_answer(m, 0);
}

void rl_model_lmem_write(struct rl_model *m, uint32_t offset, uint32_t value,
                         unsigned strobes)
{
    bus_request(m, BUS_LMEM | BUS_WRITE | (strobes & 0xf) << 8, offset, value);
}

uint32_t rl_model_lmem_read(struct rl_model *m, uint32_t offset)
{
    bus_request(m, BUS_LMEM, offset, 0);
    return bus_answer(m, 1);
}

bool rl_model_irq(const struct rl_model *m)
{
    return rl_model_counter(m, RL_COUNT_IRQ) != 0;
}
