/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A simulated card, seen from its pins: whole TLPs in and out, frames in and
 * out, UART characters, counters. One header for two models: card_top (the
 * whole card with its core) and bench_top (without the core; C drives the
 * peripheral bus and local memory). A program links one of them.
 *
 * Nothing moves but in rl_model_step(). One model per program at a time, one
 * thread. Functions that return int return 0, or -1 when the operation cannot
 * be done now; nothing else fails but rl_model_new().
 */
#ifndef RL_MODEL_MODEL_H
#define RL_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rl_model;

enum {
    RL_TLP_MAX_PAYLOAD = 4096, /* bytes */
    RL_NET_MAX_FRAME = 16384,  /* bytes */
    RL_BAR_NONE = 7,
};

/* A whole TLP. hdr[n] is header DW n, the specification's byte 0 in bits
 * 31:24 (so Fmt and Type are hdr[0] >> 24); hdr[3] is 0 when the header has
 * three. The payload is in address order and a multiple of 4 bytes. The
 * poison and err marks travel beside the header: set EP in the header too. */
struct rl_tlp {
    uint32_t hdr[4];
    uint8_t bar;  /* requests to the card: BAR hit, RL_BAR_NONE: none */
    uint8_t func; /* function number */
    bool poison;
    bool err;        /* malformed, the receiver drops it */
    bool credit_bad; /* from the card: started without credit */
    uint16_t payload_bytes;
    uint8_t payload[RL_TLP_MAX_PAYLOAD];
};

enum rl_counter {
    RL_COUNT_RETIRED, /* instructions */
    RL_COUNT_SLEEP,   /* cycles in wfi */
    RL_COUNT_STALL0,  /* stall causes, see rl_model_stall_name() */
    RL_COUNT_STALL_LAST = 16,
    RL_COUNT_SCRATCH,  /* debug word of the firmware, not a count */
    RL_COUNT_IRQ,      /* bench_top: level of the core's interrupt */
    RL_COUNT_SLEEPING, /* card_top: 1 while the core sleeps */
    /* card_top, of the DMA engines */
    RL_COUNT_DMA_BUSY, /* as the register of that name */
    RL_COUNT_TAGS,     /* read tags that wait for a completion */
    RL_COUNT_COMMANDS, /* DMA commands pushed since the model was made */
    /* read tags that somebody holds; with nothing to do the two that are next */
    RL_COUNT_TAGS_HELD,
    RL_COUNT_ERR0 =
        32, /* error counters of the card, see rl_model_error_name() */
};

/* ---- Life ---- */

/* argc/argv carry +plusargs, 0 and NULL otherwise. The model is in reset until
 * rl_model_reset(). NULL when out of memory. */
struct rl_model *rl_model_new(int argc, char **argv);
void rl_model_free(struct rl_model *m);

/* Waveform into an FST file; before the first step; -1: built without. */
int rl_model_waves(struct rl_model *m, const char *file);

/* Drops everything queued on the C side, holds reset for 8 cycles. Memories
 * keep their contents. */
void rl_model_reset(struct rl_model *m);

/* One clock. */
void rl_model_step(struct rl_model *m);

/* ---- TLPs ---- */

/* Queue a TLP for the card; copied. Requests (posted and non-posted, in order)
 * and completions have a queue each, both hold RL_MODEL_RX_QUEUE TLPs. A
 * completion does not reach the card before the posted requests that were
 * queued earlier. */
enum { RL_MODEL_RX_QUEUE = 64, RL_MODEL_TX_QUEUE = 64 };
int rl_model_req_push(struct rl_model *m, const struct rl_tlp *tlp);
int rl_model_cpl_push(struct rl_model *m, const struct rl_tlp *tlp);
unsigned rl_model_cpl_space(const struct rl_model *m);
/* Both queues empty and the last beats taken by the card. */
bool rl_model_rx_idle(const struct rl_model *m);

/* Probability, in 1/65536, that a cycle feeds the card a beat of either queue.
 * 65536: always (default), 0: it is fed nothing. */
void rl_model_rx_valid(struct rl_model *m, uint32_t prob);

/* Oldest TLP that the card has sent, NULL: none. It stays valid until
 * rl_model_tx_pop(). When RL_MODEL_TX_QUEUE wait, the card is held off. */
const struct rl_tlp *rl_model_tx_peek(const struct rl_model *m);
void rl_model_tx_pop(struct rl_model *m);

/* Rate of the card's transmit link in thousandths of a byte per cycle, counting
 * 20 bytes for a TLP with a 3 DW header and 24 with 4 DW beside its payload;
 * 0: no limit (default). */
void rl_model_tx_rate(struct rl_model *m, uint32_t millibytes_per_cycle);
/* Probability, in 1/65536, that a cycle accepts a beat. 65536: always (default). */
void rl_model_tx_ready(struct rl_model *m, uint32_t prob);
/* Credits {completion, non-posted, posted} in bits 2:0, all set by default. */
void rl_model_tx_credit(struct rl_model *m, unsigned credits);
/* Probability that a credit bit is withheld in a cycle; 0 by default. */
void rl_model_tx_credit_gaps(struct rl_model *m, uint32_t prob);

/* ---- Network port ---- */

/* Frame for the card's receive side. bad: marked with tuser. Copied. -1: more
 * than 64 frames wait, or the frame is empty or too long. */
int rl_model_net_push(struct rl_model *m, const void *frame, size_t bytes,
                      bool bad);
unsigned rl_model_net_push_space(const struct rl_model *m);
/* Oldest frame that the card has sent; NULL: none. Valid until popped. *bad
 * (may be NULL) is tuser. With 64 frames waiting the port is not ready. */
const uint8_t *rl_model_net_peek(const struct rl_model *m, size_t *bytes,
                                 bool *bad);
void rl_model_net_pop(struct rl_model *m);
/* Sink: frames are counted and thrown away. */
void rl_model_net_sink(struct rl_model *m, bool on);
uint64_t rl_model_net_tx_frames(const struct rl_model *m);
/* Probability, in 1/65536, that a cycle offers (rx) or accepts (tx) a beat. */
void rl_model_net_rx_valid(struct rl_model *m, uint32_t prob);
void rl_model_net_tx_ready(struct rl_model *m, uint32_t prob);
void rl_model_net_link(struct rl_model *m, bool up); /* up by default */
void rl_model_seed(struct rl_model *m, uint64_t seed);

/* ---- UART ---- */
typedef void rl_model_uart_fn(void *ctx, char c);
void rl_model_uart(struct rl_model *m, rl_model_uart_fn *fn, void *ctx);

/* ---- Observation ---- */
uint64_t rl_model_counter(const struct rl_model *m, enum rl_counter which);
/* Name of stall cause n (RL_COUNT_STALL0 + n), NULL past the last. */
const char *rl_model_stall_name(unsigned n);
/* What error counter n (RL_COUNT_ERR0 + n) counts, NULL past the last. */
const char *rl_model_error_name(unsigned n);

/* ---- card_top: load a word of instruction (0) or data memory (1) ---- */
enum rl_memory { RL_MEM_IMEM, RL_MEM_DMEM };
void rl_model_load(struct rl_model *m, enum rl_memory which,
                   uint32_t byte_offset, uint32_t value);

/* card_top: DMA_TIMEOUT_CYCLES, until the next reset of the card: firmware
 * leaves it at its default, and waiting for that takes seconds. */
void rl_model_dma_timeout(struct rl_model *m, uint32_t cycles);

/* ---- bench_top: the core's place ---- */

/* Peripheral bus, byte offset of the register. A write costs one cycle (and is
 * seen by the card in the next), a read two. */
void rl_model_reg_write(struct rl_model *m, uint32_t offset, uint32_t value);
uint32_t rl_model_reg_read(struct rl_model *m, uint32_t offset);
/* Local memory, word access at a byte offset; the same timing. Bit n of strobes
 * writes byte n. */
void rl_model_lmem_write(struct rl_model *m, uint32_t offset, uint32_t value,
                         unsigned strobes);
uint32_t rl_model_lmem_read(struct rl_model *m, uint32_t offset);
bool rl_model_irq(const struct rl_model *m);

/* Run this after every clock, also those inside the four functions above: a
 * root port that must keep answering while the bus is used. NULL: none. */
typedef void rl_model_tick_fn(void *ctx);
void rl_model_tick(struct rl_model *m, rl_model_tick_fn *fn, void *ctx);

#endif
