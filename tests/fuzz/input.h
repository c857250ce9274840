/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What every fuzz target needs: bytes of the input, and a verdict.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prints what is wrong and ends the program unless good. */
void must(bool good, const char *what);

/* What is missing at the end reads as 0. */
struct input {
    const uint8_t *p;
    size_t left;
};
void take(struct input *in, void *to, size_t bytes);
uint8_t take_u8(struct input *in);
uint16_t take_u16(struct input *in);
uint32_t take_u32(struct input *in);

#endif
