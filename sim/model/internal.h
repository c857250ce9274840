/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * State of the model, for its own files only, and what host_if.sv and the tops
 * call of it.
 */
#ifndef RL_MODEL_INTERNAL_H
#define RL_MODEL_INTERNAL_H

#include "model/model.h"
#include "model/verilated.h"

/* What may happen in the next cycle. Bits as in host_if.sv. */
enum {
    POLL_RESET_N = 1u << 0,
    POLL_REQ = 1u << 1,
    POLL_CPL = 1u << 2,
    POLL_TX_READY = 1u << 3,
    POLL_NET_RX = 1u << 4,
    POLL_NET_TX_READY = 1u << 5,
    POLL_CREDIT_LSB = 6,
    POLL_LINK = 1u << 9,
};

struct rx_slot {
    struct rl_tlp tlp;
    uint64_t posted_before; /* completions: posted requests to wait for */
};

struct rx_queue {
    struct rx_slot slot[RL_MODEL_RX_QUEUE];
    unsigned head, count;
    unsigned offset; /* payload bytes of the head already given */
};

/* tlps.c */
struct model_tlps {
    struct rx_queue rx[2]; /* requests, completions */
    uint64_t posted_pushed, posted_given;
    bool posted_in_flight; /* given out, not yet taken by the card */

    struct rl_tlp tx[RL_MODEL_TX_QUEUE];
    unsigned tx_head, tx_count; /* whole TLPs */
    bool tx_open;               /* slot head+count is being filled */
    uint32_t rx_prob, tx_rate, tx_prob, credit_gap_prob;
    int64_t tx_tokens;
    unsigned credits;
};

enum { NET_QUEUE = 64 };

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

/* frames.c */
struct model_frames {
    struct net_queue rx; /* for the card */
    struct net_queue tx; /* of the card */
    uint32_t rx_prob, tx_prob;
    bool sink, link_up;
    uint64_t tx_frames;
};

struct rl_model {
    struct rl_verilated *v;
    bool in_reset;
    uint64_t rng;

    struct model_tlps tlps;
    struct model_frames frames;

    rl_model_uart_fn *uart;
    void *uart_ctx;
    rl_model_tick_fn *tick;
    void *tick_ctx;

    unsigned bus_what;
    uint32_t bus_addr, bus_wdata;
};

extern struct rl_model *model_self; /* DPI functions know no object */

/* tlps.c and frames.c: state of a new model; drop what is queued; once a cycle,
 * the bits of the poll that are theirs. */
void model_tlps_init(struct model_tlps *p);
void model_tlps_clear(struct model_tlps *p);
uint32_t model_tlps_poll(struct rl_model *m, bool req_free);
void model_frames_init(struct model_frames *p);
void model_frames_clear(struct model_frames *p);
uint32_t model_frames_poll(struct rl_model *m);

/* ---- What the SystemVerilog side calls (svdpi types) ---- */
typedef uint32_t sv_vec; /* svBitVecVal */

uint32_t rl_dpi_poll(uint32_t req_free);
void rl_dpi_rx_beat(uint32_t stream, sv_vec *hdr, sv_vec *data,
                    uint32_t *marks);
void rl_dpi_tx_beat(const sv_vec *hdr, const sv_vec *data, uint32_t marks);
void rl_dpi_net_rx_beat(sv_vec *data, uint32_t *marks);
void rl_dpi_net_tx_beat(const sv_vec *data, uint32_t marks);
void rl_dpi_uart(uint32_t c);
uint32_t rl_dpi_bus_poll(uint32_t *addr, uint32_t *wdata);
void rl_dpi_scope(void);

/* ---- Chance ---- */

static inline uint32_t model_random(struct rl_model *m)
{
    uint64_t x = m->rng;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    m->rng = x;
    return (uint32_t)(x >> 32);
}

static inline bool model_chance(struct rl_model *m, uint32_t prob)
{
    if (prob >= 65536)
        return true;
    return (model_random(m) & 0xffff) < prob;
}

#endif
