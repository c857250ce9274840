/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A card with its firmware running below a root port: what every command (and
 * every co-simulation test) starts with.
 */
#ifndef RL_MAIN_CARD_H
#define RL_MAIN_CARD_H

#include "rootport/rootport.h"

struct card {
    struct rl_model *model;
    struct rl_rp *rp;
    const char *firmware;
    char console[256]; /* line of the firmware's console being received */
    unsigned console_used;
    bool show_console;
};

struct card_options {
    const char *firmware; /* ELF file */
    const char *waves;    /* NULL: none */
    struct rl_rp_config link;
    bool show_console;
};
void card_options_default(struct card_options *o);

/* Builds model and root port, loads the firmware, resets and enumerates. On
 * failure prints one line on stderr and returns -1, with everything freed. One
 * card per program at a time; the struct must stay where it is. */
int card_open(struct card *c, const struct card_options *o);
/* The same up to reset, without enumeration. */
int card_open_cold(struct card *c, const struct card_options *o);
void card_close(struct card *c);

/* The card's error counters that are not 0, in words, for the end of a run:
 * "none", or "2 malformed requests, ..."; cut where it does not fit. Returns how
 * many counters that are. */
unsigned card_errors(const struct rl_model *m, char *text, size_t bytes);
/* Prints that as a line "errors of the card: ...". */
void card_print_errors(const struct rl_model *m);

/* Loads an ELF file; one line on stderr and -1 when it cannot be. */
int firmware_load(struct rl_model *m, const char *file);

/* What the sections of an ELF file occupy, in bytes. 0, or -1 silently. */
struct firmware_sizes {
    unsigned code, data, bss;
};
int firmware_sizes(const char *file, struct firmware_sizes *s);

#endif
