/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include <stdio.h>
#include <string.h>

#include "announce.h"

void conf_announce(const char *name, const char *rows)
{
    while (*rows) {
        int length = (int)strcspn(rows, " ");

        printf("#row %.*s %s\n", length, rows, name);
        rows += length;
        rows += strspn(rows, " ");
    }
    fflush(stdout);
}
