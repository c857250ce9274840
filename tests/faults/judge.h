/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a run has to show. Each ends the process by run_failed() when it does not.
 */
#ifndef FAULTS_JUDGE_H
#define FAULTS_JUDGE_H

#include "outcome.h"

/* The scenario ended by itself and without a fault. */
void judge_plain(void);
/* It ended after a fault that does no harm: as the reference. */
void judge_harmless(const struct outcome *reference);
/* It ended after a read that failed: either that does no harm, or the queue it
 * belongs to is broken and nothing else is. */
void judge_damage(const struct outcome *reference);
/* A driver begins anew, resets the device, finds nothing of the life before, all
 * tags usable, and passes frames. */
void judge_new_life(void);

#endif
