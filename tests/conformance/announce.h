/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * How a conformance program tells what its cases prove; join.awk reads it.
 */
#ifndef CONF_ANNOUNCE_H
#define CONF_ANNOUNCE_H

/* A line "#row IDENTIFIER NAME" for each of `rows`, with a space between them.
 * name: as the case's result has it. */
void conf_announce(const char *name, const char *rows);

#endif
