/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Output files that appear whole or not at all: written under a name beside
 * the final one, then renamed. What exists and is no ordinary file (a pipe, a
 * device, a link) is written to directly.
 */
#ifndef RL_MAIN_OUTPUT_H
#define RL_MAIN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>

struct output {
    const char *file;
    char path[PATH_MAX]; /* where to write */
};

/* Before a long run: can `file` (NULL: nothing to do) be written? 0, or -1 and a
 * line on stderr. Leaves no trace. */
int output_check(const char *file);
/* -1 with errno set: the name is too long. */
int output_begin(struct output *o, const char *file);
/* good: what was written is complete. Otherwise nothing stays. -1 with errno
 * (0 when not good for a reason that is not known). */
int output_end(struct output *o, bool good);

#endif
