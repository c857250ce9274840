/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a recording says of the run it comes from: link and seed, as JSON, and
 * the firmware itself, so that it needs nothing else to be repeated.
 */
#ifndef RL_MAIN_RECORDED_H
#define RL_MAIN_RECORDED_H

#include "bridge/card_device.h"
#include "main/card.h"
#include "main/options.h"

/* Starts to write o->record; d->record is set. bridge: the command that
 * records. False: one line on stderr. */
bool recorded_begin(struct card_device *d, const struct options *o,
                    const struct card_options *k, const char *bridge);

/* Opens a recording and makes card options from it. k->firmware names a file
 * that exists as long as the process. *knows_pci: it is of a driver that does.
 * NULL: one line on stderr. */
struct recording *recorded_open(const char *file, struct card_options *k,
                                bool *knows_pci);

#endif
