/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Fuzz targets of the bridges: memory that a client would send, and whether the
 * bridge has given everything back.
 */
#ifndef FUZZ_LEAKS_H
#define FUZZ_LEAKS_H

#include <stdbool.h>
#include <stddef.h>

enum { WATCHED_FDS = 192 }; /* numbers that a leak would take */

/* A memfd of so many bytes with these seals (F_SEAL_*). */
int shared_memory(size_t bytes, int seals);

struct open_fds {
    bool open[WATCHED_FDS];
};
void leaks_note(struct open_fds *before);
/* The same fds are open as then; every 256th time, no guest memory is mapped:
 * reading the list of mappings takes longer than most inputs. */
void leaks_check(const struct open_fds *before);

#endif
