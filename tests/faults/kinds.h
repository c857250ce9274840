/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Kinds of fault. Some meet one read of the card; others begin in a cycle, last a
 * while or stop the driver where it stands.
 */
#ifndef FAULTS_KINDS_H
#define FAULTS_KINDS_H

#include "rootport/rootport.h"

enum kind_class {
    KIND_READ, /* a read of the card, when it arrives at the root port */
    KIND_GOES, /* the driver goes on, unharmed */
    KIND_ENDS, /* the driver's life ends here; the host does something */
};

struct kind {
    const char *name, *what;
    enum kind_class class;
    bool harmless;            /* KIND_READ: the card gets its data in the end */
    struct rl_rp_fault fault; /* KIND_READ: what becomes of the read */
    /* KIND_READ, KIND_GOES: at once, must not step; may be NULL. KIND_ENDS: steps,
     * until the card was reset or may be reset by its driver. */
    void (*act)(void);
    bool resets; /* KIND_ENDS: the card was reset by that */
};

extern const struct kind kinds[];
extern const unsigned kind_count;

/* Ends what has begun and lasts a while. */
void kind_over(void);

#endif
