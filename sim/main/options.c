/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Command line: one table of options for all commands.
 */
#include "main/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_id {
    O_HELP = 256,
    O_FIRMWARE,
    O_SEED,
    O_JSON,
    O_WAVES,
    O_MAX_CYCLES,
    O_VERBOSE,
    O_UART,
    O_MPS,
    O_MRRS,
    O_LATENCY,
    O_JITTER,
    O_RATE,
    O_SPLIT64,
    O_REORDER,
    O_PCAP_IN,
    O_PCAP_OUT,
    O_PLACEMENT,
    O_IN_ORDER,
    O_SPLIT_HEADER,
    O_IDS,
    O_QUEUE_SIZE,
    O_BATCH,
    O_PACKETS,
    O_SOCKET,
    O_PORT,
    O_FRAMES,
    O_FRAME_BYTES,
    O_WINDOW,
    O_ONE_WAY,
    O_FLOWS,
    O_CLIENTS,
    O_IDLE_TIMEOUT,
    O_MASK,
    O_WITH,
    O_RECORD,
    O_RECORDING,
    O_TRACE,
};

struct entry {
    const char *name, *value; /* value NULL: none */
    enum option_id id;
    unsigned group; /* 0: every command */
    const char *help;
};

static const struct entry table[] = {
    {"pcap-in", "FILE", O_PCAP_IN, OPT_CAPTURE_IN,
     "frames to send: pcap or pcapng"},
    {"pcap-out", "FILE", O_PCAP_OUT, OPT_CAPTURE_OUT,
     "where received frames go, with their original times"},
    {"placement", "host|device", O_PLACEMENT, OPT_TRAFFIC,
     "rings and buffers in host or device memory (host)"},
    {"in-order", "on|off", O_IN_ORDER, OPT_TRAFFIC, "negotiate IN_ORDER (on)"},
    {"queue-size", "N", O_QUEUE_SIZE, OPT_TRAFFIC,
     "descriptors per queue, up to the offer (the offer)"},
    {"batch", "N", O_BATCH, OPT_TRAFFIC, "frames per doorbell (32)"},
    {"split-header", NULL, O_SPLIT_HEADER, OPT_TRAFFIC,
     "virtio header in a descriptor of its own"},
    {"with-features", "BIT,...", O_WITH, OPT_TRAFFIC,
     "ask for 28 indirect, 29 event positions, 38 notification data"},
    {"arbitrary-ids", NULL, O_IDS, OPT_TRAFFIC, "random 16-bit buffer ids"},
    {"packets", "N", O_PACKETS, OPT_COUNT, "frames per row (4096)"},
    {"socket", "PATH", O_SOCKET, OPT_BRIDGE, "Unix socket to serve"},
    {"port", "KIND", O_PORT, OPT_BRIDGE,
     "at the network port: loop, sink, source, slirp or tap:NAME (loop)"},
    {"frames", "N", O_FRAMES, OPT_BRIDGE, "source: frames to send (1000)"},
    {"frame-bytes", "MIN-MAX", O_FRAME_BYTES, OPT_BRIDGE,
     "source: their lengths (60-1514)"},
    {"window", "N", O_WINDOW, OPT_BRIDGE,
     "source: sent and not yet back, at most (64)"},
    {"one-way", NULL, O_ONE_WAY, OPT_BRIDGE, "source: nothing comes back"},
    {"flows", "N", O_FLOWS, OPT_BRIDGE,
     "source: flows, to 64; sink: IPv4 destinations count up modulo N"},
    {"clients", "N", O_CLIENTS, OPT_BRIDGE,
     "end after so many connections (never)"},
    {"idle-timeout", "SECONDS", O_IDLE_TIMEOUT, OPT_BRIDGE,
     "give up when nothing moves for so long (never)"},
    {"mask-features", "BIT,...", O_MASK, OPT_MASK,
     "feature bits not to be offered"},
    {"record", "FILE", O_RECORD, OPT_BRIDGE,
     "write down what reaches the card, for replay"},
    {"recording", "FILE", O_RECORDING, OPT_REPLAY, "what to replay"},
    {"trace", NULL, O_TRACE, OPT_BRIDGE | OPT_REPLAY, "print every TLP"},
    {"mps", "BYTES", O_MPS, OPT_LINK, "max payload size, to 512 (256)"},
    {"mrrs", "BYTES", O_MRRS, OPT_LINK, "max read request size, to 4096 (512)"},
    {"latency", "CYCLES", O_LATENCY, OPT_LINK,
     "read to first completion (100)"},
    {"jitter", "CYCLES", O_JITTER, OPT_LINK, "random latency on top (0)"},
    {"rate", "BYTES", O_RATE, OPT_LINK,
     "link, thousandths of a byte per cycle (13900), 0: no limit"},
    {"split64", NULL, O_SPLIT64, OPT_LINK, "completions end at every 64 bytes"},
    {"reorder", NULL, O_REORDER, OPT_LINK,
     "mix completions of different reads"},
    {"firmware", "ELF", O_FIRMWARE, 0, "image to run (build/firmware/net.elf)"},
    {"seed", "N", O_SEED, 0, "for everything random (drawn)"},
    {"json", "FILE", O_JSON, 0, "results as JSON"},
    {"waves", "FILE.fst", O_WAVES, 0, "record all signals (slow)"},
    {"max-cycles", "N", O_MAX_CYCLES, 0, "give up after so many cycles"},
    {"verbose", NULL, O_VERBOSE, 0, "tell more"},
    {"uart", NULL, O_UART, 0, "show the firmware's console"},
    {"help", NULL, O_HELP, 0, "this text"},
};
enum { ENTRIES = sizeof table / sizeof table[0] };

static int repeat_argc;
static const char **repeat_argv; /* getopt reorders the original */
static bool seed_given;

static void print_options(FILE *f, unsigned groups, bool common)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        const struct entry *e = &table[i];
        char left[40];

        if (e->group ? !(groups & e->group) : !common)
            continue;
        snprintf(left, sizeof left, "--%s%s%s", e->name, e->value ? " " : "",
                 e->value ? e->value : "");
        fprintf(f, "  %-24s  %s\n", left, e->help);
    }
}

static void print_help(const struct command *c)
{
    if (c) {
        printf("usage: ringlet %s [options]\n\n%s.\n", c->name, c->summary);
        if (c->detail)
            printf("%s", c->detail);
        printf("\noptions:\n");
        print_options(stdout, c->groups, true);
        return;
    }
    printf("usage: ringlet COMMAND [options]\n\n"
           "A virtio network card, its hardware simulated clock by clock, its\n"
           "firmware running, on a simulated PCI Express host.\n\ncommands:\n");
    for (c = commands; c->name; c++)
        printf("  %-24s  %s\n", c->name, c->summary);
    printf("\noptions of every command:\n");
    print_options(stdout, 0, true);
    printf("\n`ringlet COMMAND --help` tells the others.\n");
}

static void fail(const char *fmt, const char *a, const char *b)
{
    fprintf(stderr, "ringlet: ");
    fprintf(stderr, fmt, a, b);
    fprintf(stderr, "\n");
    exit(2);
}

static uint64_t number(const char *name, const char *text, uint64_t min,
                       uint64_t max)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-' || v < min || v > max) {
        fprintf(stderr, "ringlet: --%s %s: not a number from %llu to %llu\n",
                name, text, (unsigned long long)min, (unsigned long long)max);
        exit(2);
    }
    return v;
}

static bool either(const char *name, const char *text, const char *yes,
                   const char *no)
{
    if (!strcmp(text, yes))
        return true;
    if (strcmp(text, no) != 0) {
        fprintf(stderr, "ringlet: --%s %s: must be %s or %s\n", name, text, yes,
                no);
        exit(2);
    }
    return false;
}

/* A power of two from 128 up, as configuration space can hold. */
static uint32_t tlp_size(const char *name, const char *text, uint32_t most)
{
    uint32_t v = (uint32_t)number(name, text, 128, most);

    if (v & (v - 1))
        fail("--%s %s: not a power of two", name, text);
    return v;
}

/* "60-1514" or "64". */
static void range(const char *name, const char *text, uint32_t *min,
                  uint32_t *max)
{
    char first[16];
    const char *dash = strchr(text, '-');

    if (!dash || (size_t)(dash - text) >= sizeof first) {
        *min = *max = (uint32_t)number(name, text, 60, 1514);
        return;
    }
    memcpy(first, text, (size_t)(dash - text));
    first[dash - text] = '\0';
    *min = (uint32_t)number(name, first, 60, 1514);
    *max = (uint32_t)number(name, dash + 1, *min, 1514);
}

/* "35" or "15,35". */
static uint64_t bit_list(const char *name, const char *text)
{
    uint64_t bits = 0;
    char *copy = strdup(text), *rest = NULL, *word;

    if (!copy)
        fail("--%s %s: out of memory", name, text);
    for (word = strtok_r(copy, ",", &rest); word;
         word = strtok_r(NULL, ",", &rest))
        bits |= 1ull << number(name, word, 0, 63);
    free(copy);
    return bits;
}

static void store_bridge(struct options *o, const struct entry *e,
                         const char *v)
{
    switch (e->id) {
    case O_SOCKET:
        o->socket = v;
        break;
    case O_PORT:
        o->port = v;
        break;
    case O_FRAMES:
        o->frames = number(e->name, v, 1, UINT32_MAX);
        break;
    case O_FRAME_BYTES:
        range(e->name, v, &o->frame_min, &o->frame_max);
        break;
    case O_WINDOW:
        o->window = (uint32_t)number(e->name, v, 1, 4096);
        break;
    case O_ONE_WAY:
        o->one_way = true;
        break;
    case O_FLOWS:
        o->flows = (uint32_t)number(e->name, v, 2, INT32_MAX);
        break;
    case O_CLIENTS:
        o->clients = (uint32_t)number(e->name, v, 1, UINT32_MAX);
        break;
    case O_IDLE_TIMEOUT:
        o->idle_timeout = (uint32_t)number(e->name, v, 1, 1000000);
        break;
    case O_WITH:
        o->with_features = bit_list(e->name, v);
        break;
    case O_MASK:
        o->masked_features = bit_list(e->name, v);
        break;
    case O_RECORD:
        o->record = v;
        break;
    case O_RECORDING:
        o->recording = v;
        break;
    case O_TRACE:
        o->trace = true;
        break;
    default:
        break;
    }
}

static void store(struct options *o, const struct entry *e, const char *v)
{
    switch (e->id) {
    case O_HELP:
        break;
    case O_FIRMWARE:
        o->firmware = v;
        break;
    case O_SEED:
        o->seed = number(e->name, v, 0, UINT64_MAX);
        seed_given = true;
        break;
    case O_JSON:
        o->json = v;
        break;
    case O_WAVES:
        o->waves = v;
        break;
    case O_MAX_CYCLES:
        o->max_cycles = number(e->name, v, 1, UINT64_MAX);
        break;
    case O_VERBOSE:
        o->verbose = true;
        break;
    case O_UART:
        o->uart = true;
        break;
    case O_MPS:
        o->mps = tlp_size(e->name, v, 512); /* what the card is capable of */
        break;
    case O_MRRS:
        o->mrrs = tlp_size(e->name, v, 4096);
        break;
    case O_LATENCY:
        o->latency = (uint32_t)number(e->name, v, 1, 1000000);
        break;
    case O_JITTER:
        o->jitter = (uint32_t)number(e->name, v, 0, 1000000);
        break;
    case O_RATE:
        o->rate = (uint32_t)number(e->name, v, 0, 1000000);
        break;
    case O_SPLIT64:
        o->split64 = true;
        break;
    case O_REORDER:
        o->reorder = true;
        break;
    case O_PCAP_IN:
        o->pcap_in = v;
        break;
    case O_PCAP_OUT:
        o->pcap_out = v;
        break;
    case O_PLACEMENT:
        o->device_memory = either(e->name, v, "device", "host");
        break;
    case O_IN_ORDER:
        o->in_order = either(e->name, v, "on", "off");
        break;
    case O_SPLIT_HEADER:
        o->split_header = true;
        break;
    case O_IDS:
        o->arbitrary_ids = true;
        break;
    case O_QUEUE_SIZE:
        o->queue_size = (uint32_t)number(e->name, v, 1, 32768);
        break;
    case O_BATCH:
        o->batch = (uint32_t)number(e->name, v, 1, 32768);
        break;
    case O_PACKETS:
        o->packets = (uint32_t)number(e->name, v, 64, 10000000);
        break;
    default:
        store_bridge(o, e, v);
        break;
    }
}

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    fail("unknown command `%s`; ringlet --help lists them%s", name, "");
    return NULL;
}

static const struct entry *find_entry(int id)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if ((int)table[i].id == id)
            return &table[i];
    return NULL;
}

static uint64_t draw_seed(void)
{
    uint32_t v = 0;
    FILE *f = fopen("/dev/urandom", "rb");

    if (f) {
        if (fread(&v, sizeof v, 1, f) != 1)
            v = 0;
        fclose(f);
    }
    return v ? v : 1;
}

const struct command *options_parse(int argc, char **argv, struct options *o)
{
    struct option longopts[ENTRIES + 1];
    const struct entry *used[ENTRIES];
    const char *env = getenv("SEED");
    const struct command *c;
    unsigned n_used = 0;
    bool help = false;
    int id;

    *o = (struct options){.in_order = true,
                          .mps = 256,
                          .mrrs = 512,
                          .latency = 100,
                          .rate = 13900,
                          .port = "loop",
                          .frames = 1000,
                          .frame_min = 60,
                          .frame_max = 1514,
                          .window = 64};
    for (unsigned i = 0; i < ENTRIES; i++)
        longopts[i] = (struct option){
            table[i].name, table[i].value ? required_argument : no_argument,
            NULL, (int)table[i].id};
    longopts[ENTRIES] = (struct option){0};
    repeat_argc = argc;
    repeat_argv = calloc((size_t)argc, sizeof *repeat_argv);
    for (int i = 0; repeat_argv && i < argc; i++)
        repeat_argv[i] = argv[i];
    opterr = 0;
    while ((id = getopt_long(argc, argv, ":h", longopts, NULL)) != -1) {
        const struct entry *e = find_entry(id == 'h' ? O_HELP : id);

        if (id == ':')
            fail("%s needs a value%s", argv[optind - 1], "");
        if (!e)
            fail("unknown option %s; see ringlet --help%s", argv[optind - 1],
                 "");
        help |= e->id == O_HELP;
        if (n_used < ENTRIES)
            used[n_used++] = e;
        store(o, e, optarg);
    }
    c = optind < argc ? find_command(argv[optind]) : NULL;
    if (help) {
        print_help(c);
        exit(0);
    }
    if (!c)
        fail("no command; ringlet --help lists them%s%s", "", "");
    if (optind + 1 < argc)
        fail("unexpected argument `%s`%s", argv[optind + 1], "");
    for (unsigned i = 0; i < n_used; i++)
        if (used[i]->group && !(used[i]->group & c->groups))
            fail("--%s is no option of `%s`", used[i]->name, c->name);
    if (!seed_given)
        o->seed = env ? number("seed", env, 0, UINT64_MAX) : draw_seed();
    return c;
}

/* A word as a shell takes it. */
static void print_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./=,:+@%";

    if (*word && word[strspn(word, plain)] == '\0') {
        printf(" %s", word);
        return;
    }
    printf(" '");
    for (; *word; word++)
        printf(*word == '\'' ? "'\\''" : "%c", *word);
    printf("'");
}

void options_print_repeat(const struct options *o)
{
    printf("seed %llu; repeat with:", (unsigned long long)o->seed);
    for (int i = 0; repeat_argv && i < repeat_argc; i++)
        print_word(repeat_argv[i]);
    if (!seed_given)
        printf(" --seed %llu", (unsigned long long)o->seed);
    printf("\n");
}

/* ---- Files ---- */

const char *program_folder(void)
{
    static char path[PATH_MAX];
    ssize_t n;
    char *slash;

    if (path[0])
        return path;
    n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        slash[1] = '\0';
    else
        strcpy(path, "./");
    return path;
}

const char *find_file(const char *path, const char *below_program)
{
    static char found[2 * PATH_MAX];

    if (access(path, R_OK) == 0)
        return path;
    snprintf(found, sizeof found, "%s%s", program_folder(), below_program);
    return access(found, R_OK) == 0 ? found : NULL;
}
