/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A recorded run once more, without the process that caused it. Everything
 * happens in the cycle in which it happened; the first difference of what the
 * card does ends it.
 */
#ifndef RL_BRIDGE_REPLAY_H
#define RL_BRIDGE_REPLAY_H

#include "bridge/card_device.h"

/* Runs to the recording's end, or to until_cycle when that is not 0 and comes
 * first. 0, or -1: d->diverged says where the card went another way, or the
 * file is damaged (one line on stderr). */
int replay_run(struct card_device *d, struct recording *r,
               uint64_t until_cycle);

#endif
