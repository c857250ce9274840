/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Makes a failing list of choices short (delta debugging).
 */
#ifndef RINGLET_SHRINK_H
#define RINGLET_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

/* Does this list, run from the start, fail? It must be repeatable. */
typedef bool shrink_fails(void *ctx, const uint32_t *list, uint32_t count);

/* `list` fails. Leaves out as much as it can and still fails; returns how much
 * is left. */
uint32_t shrink(uint32_t *list, uint32_t count, shrink_fails *fails, void *ctx);

#endif
