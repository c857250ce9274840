/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "conf.h"

#include <stdio.h>

#include "announce.h"

enum { MAX_CASES = 64 };

int conf_main(const struct conf_case *cases, unsigned count)
{
    struct cosim_case plain[MAX_CASES];

    if (count > MAX_CASES) {
        printf("Bail out! more than %d cases\n", MAX_CASES);
        return 1;
    }
    for (unsigned i = 0; i < count; i++) {
        plain[i] = (struct cosim_case){cases[i].name, cases[i].run};
        conf_announce(cases[i].name, cases[i].rows);
    }
    return cosim_main(plain, count);
}
