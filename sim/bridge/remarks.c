/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a client does against a specification, counted.
 */
#include "bridge/remarks.h"

void remark(struct remarks *r, const char *clause, const char *text)
{
    unsigned i = 0;

    while (i < r->count && r->list[i].text != text)
        i++;
    if (i == REMARKS_MAX)
        return;
    if (i == r->count)
        r->list[r->count++] = (struct remark){clause, text, 0};
    r->list[i].count++;
}
