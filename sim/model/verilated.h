/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The only door to a Verilated model.
 *
 * The model's top class has one input, `clk_i`; every other signal goes
 * through DPI-C functions of the SystemVerilog top, which generates its own
 * reset. A program holds one model at a time and calls it from one thread.
 */
#ifndef RL_MODEL_VERILATED_H
#define RL_MODEL_VERILATED_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rl_verilated;

/* Builds the model and evaluates it once with the clock low, so that initial
 * blocks have run and DPI scopes exist. argc/argv carry +plusargs and may be
 * 0 and NULL. The caller owns the result. NULL when out of memory. */
struct rl_verilated *rl_verilated_new(int argc, char **argv);

/* One full clock: low phase, then high phase. */
void rl_verilated_step(struct rl_verilated *m);

/* Clocks stepped so far. */
uint64_t rl_verilated_cycles(const struct rl_verilated *m);

/* Starts writing an FST waveform. Call before the first step. Returns 0, or
 * -1 when the model was built without VTRACE or the file cannot be opened. */
int rl_verilated_waves(struct rl_verilated *m, const char *file);

/* Runs final blocks, closes the waveform, frees the model. NULL is allowed. */
void rl_verilated_free(struct rl_verilated *m);

#ifdef __cplusplus
}
#endif

#endif
