/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

/* Tries to do without [from, from + bytes). */
static bool without(uint32_t *list, uint32_t *count, uint32_t from, uint32_t n,
                    shrink_fails *fails, void *ctx)
{
    uint32_t *shorter = malloc((*count + 1) * sizeof *list);
    uint32_t left = *count - n;
    bool good;

    if (!shorter)
        abort();
    memcpy(shorter, list, from * sizeof *list);
    memcpy(shorter + from, list + from + n, (left - from) * sizeof *list);
    good = fails(ctx, shorter, left);
    if (good) {
        memcpy(list, shorter, left * sizeof *list);
        *count = left;
    }
    free(shorter);
    return good;
}

/* The end first: what comes behind the failure goes at once. A round with
 * pieces of one that took nothing away is the last. */
uint32_t shrink(uint32_t *list, uint32_t count, shrink_fails *fails, void *ctx)
{
    uint32_t piece = count / 2;

    while (piece != 0) {
        uint32_t before = count;
        uint32_t at = count;

        while (at != 0) {
            uint32_t n = piece < at ? piece : at;

            at -= n;
            (void)without(list, &count, at, n, fails, ctx);
            if (at > count)
                at = count;
        }
        if (piece > 1)
            piece = piece / 2;
        else if (count == before)
            break;
    }
    return count;
}
