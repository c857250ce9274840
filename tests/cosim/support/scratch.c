/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RANDOM_LETTERS = 6 }; /* that mkdtemp() puts in the place of 'X' */

void scratch_make(struct scratch *s)
{
    const char *below = getenv("TMPDIR");
    int n = snprintf(s->folder, sizeof s->folder - RANDOM_LETTERS,
                     "%s/ringlet-test.", below && *below ? below : P_tmpdir);

    if (n > 0 && (size_t)n < sizeof s->folder - RANDOM_LETTERS) {
        memset(s->folder + n, 'X', RANDOM_LETTERS);
        s->folder[n + RANDOM_LETTERS] = '\0';
    }
    if (!mkdtemp(s->folder)) {
        perror(s->folder);
        exit(1);
    }
    snprintf(s->socket, sizeof s->socket, "%s/socket", s->folder);
    snprintf(s->recording, sizeof s->recording, "%s/run.rec", s->folder);
}

void scratch_forget(const struct scratch *s)
{
    unlink(s->recording);
    rmdir(s->folder);
}
