/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * core_tb: runs a bare-metal program on the core alone. Exit status: 0 pass,
 * 1 the program reported a failure, 2 bad command line or file, 3 cycle limit.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Vcore_top__Dpi.h"
#include "core_tb/elf_load.h"
#include "model/verilated.h"

enum { RAM_BASE = 0x80000000u, RAM_BYTES = 2 * 1024 * 1024 };
enum { EXIT_PASS, EXIT_FAILED, EXIT_USAGE, EXIT_LIMIT };

struct options {
    const char *program;
    const char *signature;
    const char *waves;
    uint64_t max_cycles;
    uint32_t wait_seed; /* 0: no wait states */
    bool stats;
};

static bool finished;
static uint32_t tohost_value;

/* Called by the model: the program stored its verdict. */
void rl_core_tb_tohost(unsigned value)
{
    if (!finished)
        tohost_value = value;
    finished = true;
}

void rl_core_tb_putchar(unsigned value)
{
    putchar((int)(value & 0xff));
}

static void usage(FILE *to)
{
    fputs("usage: core_tb PROG.elf [options]\n"
          "  --signature FILE  write the words from begin_signature to "
          "end_signature\n"
          "  --max-cycles N    cycle limit, default 10000000\n"
          "  --waits SEED      random wait states on both ports, SEED not 0\n"
          "  --stats           print cycles, instructions, CPI and stalls\n"
          "  --waves FILE.fst  write waveforms\n"
          "  --help            this text\n",
          to);
}

/* Decimal or 0x number from 1 to max; exits on anything else. */
static uint64_t parse_number(const char *option, const char *text, uint64_t max)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-' || value == 0 ||
        value > max) {
        fprintf(stderr, "core_tb: --%s: bad number '%s'\n", option, text);
        exit(EXIT_USAGE);
    }
    return value;
}

static void parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"signature", required_argument, NULL, 's'},
        {"max-cycles", required_argument, NULL, 'm'},
        {"waits", required_argument, NULL, 'w'},
        {"stats", no_argument, NULL, 't'},
        {"waves", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct options){.max_cycles = 10000000};
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 's':
            o->signature = optarg;
            break;
        case 'm':
            o->max_cycles = parse_number("max-cycles", optarg, UINT64_MAX);
            break;
        case 'w':
            o->wait_seed = (uint32_t)parse_number("waits", optarg, UINT32_MAX);
            break;
        case 't':
            o->stats = true;
            break;
        case 'f':
            o->waves = optarg;
            break;
        case 'h':
            usage(stdout);
            exit(EXIT_PASS);
        default: /* getopt_long has printed its line */
            exit(EXIT_USAGE);
        }
    }
    if (optind + 1 != argc) {
        fputs("core_tb: exactly one program is needed (see --help)\n", stderr);
        exit(EXIT_USAGE);
    }
    o->program = argv[optind];
}

static int load_program(const struct options *o, struct elf_image *image)
{
    char error[160];
    image->base = RAM_BASE;
    image->len_bytes = RAM_BYTES;
    image->bytes = calloc(1, RAM_BYTES);
    if (!image->bytes) {
        fputs("core_tb: out of memory\n", stderr);
        return -1;
    }
    if (elf_load(image, o->program, error, sizeof error)) {
        fprintf(stderr, "core_tb: %s: %s\n", o->program, error);
        return -1;
    }
    if (!image->tohost) {
        fprintf(stderr, "core_tb: %s: no symbol tohost\n", o->program);
        return -1;
    }
    bool bad = image->begin_signature < RAM_BASE ||
               image->end_signature < image->begin_signature ||
               image->end_signature > RAM_BASE + RAM_BYTES;
    if (o->signature && bad) {
        fprintf(stderr, "core_tb: %s: no begin_signature and end_signature\n",
                o->program);
        return -1;
    }
    return 0;
}

static void copy_to_model(const struct elf_image *image)
{
    for (uint32_t i = 0; i < RAM_BYTES / 4; i++) {
        const uint8_t *b = image->bytes + 4 * i;
        uint32_t word = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
        if (word)
            rl_core_tb_write(i, word);
    }
}

static int write_signature(const char *file, const struct elf_image *image)
{
    FILE *out = fopen(file, "w");
    if (!out) {
        fprintf(stderr, "core_tb: %s: %s\n", file, strerror(errno));
        return -1;
    }
    for (uint32_t a = image->begin_signature; a < image->end_signature; a += 4)
        fprintf(out, "%08" PRIx32 "\n",
                (uint32_t)rl_core_tb_read((a - RAM_BASE) / 4));
    if (fclose(out)) {
        fprintf(stderr, "core_tb: %s: %s\n", file, strerror(errno));
        return -1;
    }
    return 0;
}

static void print_stats(void)
{
    static const char *const causes[] = {
        "load-use",  "redirect", "fetch wait", "mul/div",
        "data wait", "sleep",    "trap/other",
    };
    uint64_t cycles = rl_core_tb_count(0), retired = rl_core_tb_count(1);
    printf("cycles %" PRIu64 ", instructions %" PRIu64 ", CPI %.3f\n", cycles,
           retired, retired ? (double)cycles / (double)retired : 0.0);
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; i++)
        printf("  %-11s %" PRIu64 "\n", causes[i],
               (uint64_t)rl_core_tb_count(2 + i));
}

static int verdict(const struct options *o)
{
    if (!finished) {
        fprintf(stderr,
                "core_tb: %s: no verdict after %" PRIu64
                " cycles, pc 0x%08" PRIx32 "\n",
                o->program, o->max_cycles, (uint32_t)rl_core_tb_pc());
        return EXIT_LIMIT;
    }
    if (tohost_value != 1) {
        fprintf(stderr, "core_tb: %s: failed, number %" PRIu32 "\n", o->program,
                tohost_value >> 1);
        return EXIT_FAILED;
    }
    return EXIT_PASS;
}

int main(int argc, char **argv)
{
    struct options o;
    struct elf_image image = {0};
    parse_options(argc, argv, &o);
    if (load_program(&o, &image))
        return EXIT_USAGE;

    struct rl_verilated *m = rl_verilated_new(0, NULL);
    svScope scope = svGetScopeFromName("TOP.core_top");
    if (!m || !scope) {
        fputs("core_tb: cannot build the model\n", stderr);
        return EXIT_USAGE;
    }
    svSetScope(scope);
    if (o.waves && rl_verilated_waves(m, o.waves)) {
        fprintf(stderr, "core_tb: %s: cannot write waves\n", o.waves);
        return EXIT_USAGE;
    }
    rl_core_tb_setup(image.tohost, o.wait_seed);
    copy_to_model(&image);

    while (!finished && rl_verilated_cycles(m) < o.max_cycles)
        rl_verilated_step(m);

    fflush(stdout);
    int status = verdict(&o);
    if (o.signature && finished && write_signature(o.signature, &image))
        status = EXIT_USAGE;
    if (o.stats)
        print_stats();
    rl_verilated_free(m);
    free(image.bytes);
    return status;
}
