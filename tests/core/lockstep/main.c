/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * lockstep: random programs on the core, and every instruction it retires
 * compared with the simulator in isa.c. Exit status: 0 all agree, 1 not, 2 bad
 * command line.
 */
#define _POSIX_C_SOURCE 200809L
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lockstep.h"

static uint64_t sum(const uint64_t *list)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < 16; i++)
        total += list[i];
    return total;
}

static void print_counts(void)
{
    printf("# %" PRIu64 " instructions of %" PRIu64 " programs in %" PRIu64
           " cycles\n",
           counts.instructions, counts.programs, counts.cycles);
    printf("# %" PRIu64 " traps: fetch fault %" PRIu64 ", illegal %" PRIu64
           ", ebreak %" PRIu64 ", load misaligned %" PRIu64
           ", load fault %" PRIu64 ", store misaligned %" PRIu64
           ", store fault %" PRIu64 ", ecall %" PRIu64 "\n",
           sum(counts.traps), counts.traps[1], counts.traps[2], counts.traps[3],
           counts.traps[4], counts.traps[5], counts.traps[6], counts.traps[7],
           counts.traps[11]);
    printf("# %" PRIu64 " interrupts: software %" PRIu64 ", timer %" PRIu64
           ", external %" PRIu64 "\n",
           sum(counts.interrupts), counts.interrupts[3], counts.interrupts[7],
           counts.interrupts[11]);
    printf("# waits: instruction port %" PRIu64 ", data port %" PRIu64
           " cycles; asleep %" PRIu64 " cycles\n",
           counts.waits[0], counts.waits[1], counts.asleep);
    printf("# %" PRIu64 " fence.i, %" PRIu64
           " half words fetched before one; ended early: %" PRIu64
           " in a loop of traps, %" PRIu64 " asleep for ever\n",
           counts.names[ISA_FENCE_I], counts.stale, counts.loops_of_traps,
           counts.sleeps_for_ever);
    printf("# %" PRIu64 " programs ended for going in circles\n",
           counts.circles);
}

static bool write_json(const char *path, bool agree)
{
    FILE *f = fopen(path, "w");

    if (!f)
        return false;
    fprintf(f,
            "{\"instructions\": %" PRIu64 ", \"programs\": %" PRIu64
            ", \"cycles\": %" PRIu64 ", \"traps\": %" PRIu64
            ", \"interrupts\": %" PRIu64 ", \"wait_insn\": %" PRIu64
            ", \"wait_data\": %" PRIu64 ", \"agree\": %s}\n",
            counts.instructions, counts.programs, counts.cycles,
            sum(counts.traps), sum(counts.interrupts), counts.waits[0],
            counts.waits[1], agree ? "true" : "false");
    return fclose(f) == 0;
}

/* The instruction that was seen least often. */
static enum isa_name rarest(void)
{
    enum isa_name least = ISA_LUI;
    for (unsigned i = ISA_LUI; i < ISA_COUNT; i++)
        if (counts.names[i] < counts.names[least])
            least = (enum isa_name)i;
    return least;
}

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (end == text || *end) {
        fprintf(stderr, "lockstep: bad number '%s'\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"seed", required_argument, NULL, 's'},
        {"insns", required_argument, NULL, 'n'},
        {"one", no_argument, NULL, '1'},
        {"json", required_argument, NULL, 'j'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    uint64_t seed = 1, insns = 1000000;
    bool one = false, good = true;
    const char *json = NULL;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == 's')
            seed = number(optarg);
        else if (c == 'n')
            insns = number(optarg);
        else if (c == '1')
            one = true;
        else if (c == 'v')
            lockstep_verbose = true;
        else if (c == 'j')
            json = optarg;
        else
            return 2;
    }
    struct rl_verilated *model = rl_verilated_new(0, NULL);
    if (!model) {
        fputs("lockstep: cannot build the model\n", stderr);
        return 2;
    }
    printf("1..2\n");
    do {
        good = lockstep_run_program(model, seed++);
    } while (good && !one && counts.instructions < insns);
    if (json && !write_json(json, good)) {
        perror(json);
        return 2;
    }
    printf("%sok 1 - every instruction agrees with the model\n",
           good ? "" : "not ");
    if (!good)
        printf("# again: make lockstep SEED=%" PRIu64 " LOCKSTEP_ONE=1\n",
               seed - 1);
    print_counts();
    enum isa_name least = rarest();
    bool all = one || !good || counts.names[least] > 0;
    printf("%sok 2 - every instruction was there\n# least often: %s, %" PRIu64
           " times\n",
           all ? "" : "not ", isa_names[least], counts.names[least]);
    rl_verilated_free(model);
    return good && all ? 0 : 1;
}
