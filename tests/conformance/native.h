/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frame of the conformance tests of the firmware on the build host: tests of
 * cmocka that name the rows of rows.tsv which they prove.
 */
#ifndef CONF_NATIVE_H
#define CONF_NATIVE_H

#include "../unit/support/card.h"
#include "announce.h"

struct conf_test {
    struct CMUnitTest test; /* test_net(f), ... of card.h */
    const char *rows;       /* identifiers, a space between */
};

#define CONF_NATIVE_MAIN(tests)                           \
    int main(void)                                        \
    {                                                     \
        enum { COUNT = sizeof tests / sizeof *tests };    \
        struct CMUnitTest plain[COUNT];                   \
                                                          \
        for (int i = 0; i < COUNT; i++) {                 \
            plain[i] = tests[i].test;                     \
            conf_announce(plain[i].name, tests[i].rows);  \
        }                                                 \
        seed_init();                                      \
        return cmocka_run_group_tests(plain, NULL, NULL); \
    }

#endif
