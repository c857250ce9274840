/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a client does against a specification, counted. It is told in the
 * report; work goes on.
 */
#ifndef RL_BRIDGE_REMARKS_H
#define RL_BRIDGE_REMARKS_H

#include <stdint.h>

enum { REMARKS_MAX = 32 };

struct remark {
    const char *clause, *text; /* string constants */
    uint64_t count;
};

struct remarks {
    struct remark list[REMARKS_MAX];
    unsigned count;
};

/* One more of these; told apart by the text's address. */
void remark(struct remarks *r, const char *clause, const char *text);

#endif
