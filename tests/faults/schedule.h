/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Runs a scenario once without a fault, and at each step forks a process for each
 * kind of fault, which meets it there and goes on to the end.
 */
#ifndef FAULTS_SCHEDULE_H
#define FAULTS_SCHEDULE_H

#include "kinds.h"
#include "run.h"
#include "scenarios.h"

enum { KINDS_MAX = 40, CLASSES = 3 };

struct schedule_options {
    uint64_t seed, offset;
    const char *kind; /* NULL: all */
    uint64_t step;    /* 0: all */
    unsigned stride;  /* every so many points */
    unsigned points;  /* of each kind at most, 0: no limit */
    unsigned jobs;
    bool trace;
};

struct schedule_counts {
    uint64_t steps, cycles;
    uint64_t points[KINDS_MAX], survived[KINDS_MAX];
};

/* Before the first scenario: a card that has been enumerated. */
int schedule_power_up(const char *firmware, uint64_t seed);

/* In a process of its own. 0, or -1 when the scenario itself fails; failures of
 * points are printed as they come. */
int schedule_scenario(const struct scenario *s,
                      const struct schedule_options *o,
                      struct schedule_counts *counts);

#endif
