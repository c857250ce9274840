/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frame of the co-simulation tests: each case gets a card that was just powered
 * up and enumerated, and fails when a check fails, when the card breaks a rule
 * of PCI Express (unless it says otherwise) or after a limit of cycles.
 */
#ifndef COSIM_H
#define COSIM_H

#include "driver/net.h"
#include "main/card.h"
#include "rootport/rootport.h"

struct cosim {
    struct card card;
    struct rl_rp *rp;
    struct rl_model *model;
    uint64_t seed, rng;
    bool failed;
};

struct cosim_case {
    const char *name;
    void (*run)(struct cosim *t);
};

/* Prints a plan, runs all cases, returns the exit status. */
int cosim_main(const struct cosim_case *cases, unsigned count);
#define COSIM_MAIN(cases)                                       \
    int main(void)                                              \
    {                                                           \
        return cosim_main(cases, sizeof cases / sizeof *cases); \
    }

/* A fresh card, enumerated, in t; cases begin with one. 0, or the error. */
int cosim_power_up(struct cosim *t);

/* A failed check is printed and ends the case's function. */
#define CHECK(t, condition)                                  \
    do {                                                     \
        if (!(condition)) {                                  \
            cosim_failed(t, __FILE__, __LINE__, #condition); \
            return;                                          \
        }                                                    \
    } while (0)
#define CHECK_EQ(t, got, expected)                                            \
    do {                                                                      \
        long long got_ = (long long)(got), expected_ = (long long)(expected); \
        if (got_ != expected_) {                                              \
            cosim_failed(t, __FILE__, __LINE__, #got " == " #expected);       \
            cosim_note("got %lld (0x%llx), expected %lld", got_,              \
                       (unsigned long long)got_, expected_);                  \
            return;                                                           \
        }                                                                     \
    } while (0)

void cosim_failed(struct cosim *t, const char *file, int line,
                  const char *what);
void cosim_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint32_t cosim_random(struct cosim *t);

/* ---- Traffic over an open driver ---- */

/* Sends frames of random length and contents (60 to max_bytes), loops them
 * back at the port and compares. Uses interrupts where the driver has them,
 * polls otherwise. 0, or -1 after cosim_failed(). */
int cosim_exchange(struct cosim *t, struct drv_net *n, unsigned frames,
                   uint32_t max_bytes);
/* Throws away what the card has sent through its port. */
void cosim_drain_port(struct cosim *t);
/* Drains the port, opens the driver, exchanges, closes; checks all of it. */
void cosim_round_trip(struct cosim *t, const struct drv_net_config *cfg,
                      unsigned frames);

/* Steps until the device status has these bits, or for max_cycles. */
bool cosim_wait_status(struct cosim *t, struct drv_pci *p, uint8_t bits,
                       unsigned max_polls);

#endif
