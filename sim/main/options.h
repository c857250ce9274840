/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Command line of the program.
 */
#ifndef RL_MAIN_OPTIONS_H
#define RL_MAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    /* Every command. */
    const char *firmware; /* NULL: the default, looked for */
    const char *json;
    const char *waves;
    uint64_t seed;
    uint64_t max_cycles; /* 0: the command's own limit */
    bool verbose, uart;
    /* Link. */
    uint32_t mps, mrrs, latency, jitter, rate;
    bool split64, reorder;
    /* Traffic. */
    const char *pcap_in, *pcap_out;
    bool device_memory;
    bool in_order;
    bool split_header;
    bool arbitrary_ids;
    uint64_t with_features; /* asked for besides the usual ones */
    uint32_t queue_size; /* 0: what is offered */
    uint32_t batch;      /* 0: the command's default */
    uint32_t packets;    /* bench */
    /* Bridges. */
    const char *socket, *record, *recording;
    const char *port; /* what is plugged into the network port */
    uint64_t frames;
    uint32_t frame_min, frame_max, window, flows;
    bool one_way, trace;
    uint32_t clients, idle_timeout;
    uint64_t masked_features;
};

struct command {
    const char *name;
    const char *summary; /* one line for --help */
    const char *detail;  /* more lines, may be NULL */
    unsigned groups;     /* of options it takes */
    int (*run)(const struct options *o);
};
enum {
    OPT_LINK = 1,
    OPT_TRAFFIC = 2,
    OPT_CAPTURE_IN = 4,
    OPT_CAPTURE_OUT = 8,
    OPT_COUNT = 16,
    OPT_BRIDGE = 32,
    OPT_REPLAY = 64,
    OPT_MASK = 128
};

/* All commands, ended by one without a name. */
extern const struct command commands[];

/* Parses argv; on --help or an error prints and ends the program. */
const struct command *options_parse(int argc, char **argv, struct options *o);

/* Prints the seed and one line that repeats this run. */
void options_print_repeat(const struct options *o);

/* Name of the running program's folder, "/" at its end. */
const char *program_folder(void);
/* First readable of: path as given, path below the program's folder. The
 * result stays valid until the next call. NULL: neither. */
const char *find_file(const char *path, const char *below_program);

#endif
