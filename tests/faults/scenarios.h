/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The marked set: what has to survive every fault at every step.
 */
#ifndef FAULTS_SCENARIOS_H
#define FAULTS_SCENARIOS_H

#include "host.h"

struct scenario {
    const char *name, *what;
    struct plan plan;
    void (*go)(const struct plan *p);
};

extern const struct scenario scenarios[];
extern const unsigned scenario_count;

/* Of this run: one for each life of the driver. The last one is alive. */
extern struct host scenario_host[LIVES];

#endif
