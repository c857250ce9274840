/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * core_tb: runs a bare-metal program on the core alone. It talks by the symbols
 * tohost and fromhost, as programs of public suites do. Exit status: 0 pass,
 * 1 the program reported a failure, 2 bad command line or file, 3 limit.
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

enum { RAM_BASE = 0x80000000u, RAM_BYTES = 8 * 1024 * 1024 };
enum { EXIT_PASS, EXIT_FAILED, EXIT_USAGE, EXIT_LIMIT };

struct options {
    const char *program;
    const char *signature;
    const char *waves;
    uint64_t max_cycles;
    uint64_t max_insns; /* 0: no limit */
    uint32_t wait_seed; /* 0: no wait states */
    bool stats;
};

/* Cycles from the first store to tohost until it is looked at: by then both
 * halves have been stored, in whichever order. */
enum { TOHOST_CYCLES = 32, COUNTS = 9 };

static struct {
    uint32_t addr, fromhost, len_bytes;
    unsigned wait; /* cycles until it is looked at, 0: nothing was stored */
    bool finished;
    uint32_t code;           /* 0: pass */
    uint64_t counts[COUNTS]; /* at the latest store */
} host;

/* Called by the model: something is being stored in tohost. */
void rl_core_tb_tohost(void);
void rl_core_tb_tohost(void)
{
    if (host.wait || host.finished)
        return;
    host.wait = TOHOST_CYCLES;
    for (int i = 0; i < COUNTS; i++)
        host.counts[i] = (uint64_t)rl_core_tb_count((unsigned)i);
}

void rl_core_tb_putchar(unsigned value)
{
    putchar((int)(value & 0xff));
}

static void usage(FILE *to)
{
    fputs("usage: core_tb PROG.elf [options]\n"
          "  --signature FILE  write the words from begin_signature to "
          "end_signature;\n"
          "                    +signature=FILE is the same\n"
          "  --max-cycles N    cycle limit, default 10000000\n"
          "  --max-insns N     instruction limit, default none\n"
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

/* True when the argument was one of them, or one of theirs without effect. */
static bool take_plus_option(const char *arg, struct options *o)
{
    static const char signature[] = "+signature=";
    if (arg[0] != '+')
        return false;
    if (!strncmp(arg, signature, sizeof signature - 1)) {
        o->signature = arg + sizeof signature - 1;
    } else if (strcmp(arg, "+signature-granularity=4")) {
        fprintf(stderr, "core_tb: unknown option %s\n", arg);
        exit(EXIT_USAGE);
    }
    return true;
}

static void parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"signature", required_argument, NULL, 's'},
        {"max-cycles", required_argument, NULL, 'm'},
        {"max-insns", required_argument, NULL, 'i'},
        {"waits", required_argument, NULL, 'w'},
        {"stats", no_argument, NULL, 't'},
        {"waves", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct options){.max_cycles = 10000000};
    int c, kept = 1;
    for (int i = 1; i < argc; i++) /* as public simulators are called */
        if (!take_plus_option(argv[i], o))
            argv[kept++] = argv[i];
    argc = kept;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 's':
            o->signature = optarg;
            break;
        case 'm':
            o->max_cycles = parse_number("max-cycles", optarg, UINT64_MAX);
            break;
        case 'i':
            o->max_insns = parse_number("max-insns", optarg, UINT64_MAX);
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
    if (image->entry != RAM_BASE) {
        fprintf(stderr,
                "core_tb: %s: entry is 0x%08" PRIx32 ", not 0x80000000\n",
                o->program, image->entry);
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

static uint32_t ram_word(uint32_t addr)
{
    return addr - RAM_BASE < RAM_BYTES
               ? (uint32_t)rl_core_tb_read((addr - RAM_BASE) / 4)
               : 0;
}

static void set_ram_word(uint32_t addr, uint32_t value)
{
    if (addr - RAM_BASE < RAM_BYTES)
        rl_core_tb_host_write((addr - RAM_BASE) / 4, value);
}

/* write() of a program, to standard output or error output. Its result. */
static int32_t host_write(uint32_t fd, uint32_t addr, uint32_t len_bytes)
{
    FILE *out = fd == 2 ? stderr : stdout;
    if (addr - RAM_BASE > RAM_BYTES ||
        len_bytes > RAM_BYTES - (addr - RAM_BASE))
        return -EFAULT;
    for (uint32_t a = addr; a < addr + len_bytes; a++)
        putc((int)(ram_word(a) >> (8 * (a & 3)) & 0xff), out);
    return (int32_t)len_bytes;
}

/* A call of the host: number and arguments in doublewords at addr, where the
 * result goes as well. */
static void host_call(uint32_t addr)
{
    enum { CALL_WRITE = 64, CALL_EXIT = 93 };
    int32_t result = -ENOSYS;
    switch (ram_word(addr)) {
    case CALL_WRITE:
        result = host_write(ram_word(addr + 8), ram_word(addr + 16),
                            ram_word(addr + 24));
        break;
    case CALL_EXIT:
        host.finished = true;
        host.code = ram_word(addr + 8);
        return;
    default:
        break;
    }
    set_ram_word(addr, (uint32_t)result);
    set_ram_word(addr + 4, result < 0 ? 0xffffffffu : 0);
    set_ram_word(host.fromhost, 1);
    set_ram_word(host.fromhost + 4, 0);
}

/* What the program stored: an odd number is its verdict, an even one the
 * address of a call; device 1, command 1 in the upper half prints a byte. */
static void host_look(void)
{
    uint32_t low = ram_word(host.addr);
    uint32_t high = host.len_bytes < 8 ? 0 : ram_word(host.addr + 4);
    if (high >> 16 == 0x0101) {
        putchar((int)(low & 0xff));
    } else if (low & 1) {
        host.finished = true;
        host.code = low >> 1;
    } else if (low) {
        host_call(low);
    }
    if (!host.finished) {
        set_ram_word(host.addr, 0);
        if (host.len_bytes >= 8)
            set_ram_word(host.addr + 4, 0);
    }
}

static void host_step(void)
{
    if (host.wait && --host.wait == 0)
        host_look();
}

static void print_stats(void)
{
    static const char *const causes[] = {
        "load-use",  "redirect", "fetch wait", "mul/div",
        "data wait", "sleep",    "trap/other",
    };
    const uint64_t *counts = host.counts;
    printf("cycles %" PRIu64 ", instructions %" PRIu64 ", CPI %.3f\n",
           counts[0], counts[1],
           counts[1] ? (double)counts[0] / (double)counts[1] : 0.0);
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; i++)
        printf("  %-11s %" PRIu64 "\n", causes[i], counts[2 + i]);
}

static int verdict(const struct options *o)
{
    if (!host.finished) {
        bool insns = o->max_insns && rl_core_tb_count(1) >= o->max_insns;
        fprintf(stderr,
                "core_tb: %s: no verdict after %" PRIu64 " %s, pc 0x%08" PRIx32
                "\n",
                o->program, insns ? o->max_insns : o->max_cycles,
                insns ? "instructions" : "cycles", (uint32_t)rl_core_tb_pc());
        return EXIT_LIMIT;
    }
    if (host.code != 0) {
        fprintf(stderr, "core_tb: %s: failed, number %" PRIu32 "\n", o->program,
                host.code);
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
    host.addr = image.tohost;
    host.fromhost = image.fromhost;
    host.len_bytes = image.tohost_bytes ? image.tohost_bytes : 8;
    copy_to_model(&image);

    while (!host.finished && rl_verilated_cycles(m) < o.max_cycles &&
           !(o.max_insns && rl_core_tb_count(1) >= o.max_insns)) {
        rl_verilated_step(m);
        host_step();
    }

    fflush(stdout);
    int status = verdict(&o);
    if (o.signature && host.finished && write_signature(o.signature, &image))
        status = EXIT_USAGE;
    if (o.stats)
        print_stats();
    rl_verilated_free(m);
    free(image.bytes);
    return status;
}
