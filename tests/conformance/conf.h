/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frame of the conformance tests on the whole card: co-simulation cases that
 * name the rows of rows.tsv which they prove.
 */
#ifndef CONF_H
#define CONF_H

#include "cosim.h"

struct conf_case {
    const char *name;
    void (*run)(struct cosim *t);
    const char *rows; /* identifiers, a space between */
};

/* Tells which rows each case proves, runs all, returns the exit status. */
int conf_main(const struct conf_case *cases, unsigned count);
#define CONF_MAIN(cases)                                       \
    int main(void)                                             \
    {                                                          \
        return conf_main(cases, sizeof cases / sizeof *cases); \
    }

#endif
