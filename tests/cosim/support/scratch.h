/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A folder of its own for the socket and the recording of a run with another
 * process, below TMPDIR.
 */
#ifndef COSIM_SCRATCH_H
#define COSIM_SCRATCH_H

/* A socket's name has 107 bytes at the most (unix(7)). */
struct scratch {
    char folder[80], socket[96], recording[96];
};

/* Makes the folder; ends the program with a line on stderr when it cannot. The
 * two files are only named. */
void scratch_make(struct scratch *s);
/* Removes folder and recording; the socket's owner has removed that. */
void scratch_forget(const struct scratch *s);

#endif
