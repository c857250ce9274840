/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The process that runs the scenario without a fault is called the trunk, those
 * that meet a fault are its children. A fork copies the card as it stands, in the
 * middle of a cycle, so a child costs only what comes behind its fault.
 */
#include "schedule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

enum {
    LIMIT_CYCLES = 2000000, /* of a run, beyond the trunk's power-up */
    LIMIT_SECONDS = 150,
    JOBS_MAX = 64,
    TRACE_AFTER = 400, /* lines behind the fault */
};

struct run run;
struct dma_oracle oracle;

/* What trunk, reference and children share. */
static struct shared {
    struct outcome reference;
    uint64_t reads, cycles, steps; /* points of each class, and all steps */
    struct schedule_counts counts;
} * shared;

static const struct schedule_options *options;
static enum { REFERENCE, TRUNK, CHILD } role;
static uint64_t class_points[CLASSES];

static struct job {
    pid_t pid;
    unsigned kind;
    uint64_t step;
    FILE *text;
} job[JOBS_MAX];
static unsigned jobs;

/* ---- Ends ---- */

void run_failed(const char *fmt, ...)
{
    va_list ap;

    printf("#   ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf(" (cycle %llu, step %llu)\n", (unsigned long long)rl_rp_now(run.rp),
           (unsigned long long)run.step);
    if (role != CHILD)
        trace_kept(); /* the scenario itself does not work */
    fflush(stdout);
    _exit(1);
}

static void violation(void *ctx, const char *text)
{
    (void)ctx;
    run_failed("PCI Express: %s", text);
}

static void deadline(void *ctx)
{
    (void)ctx;
    run_failed("more than %d cycles", LIMIT_CYCLES);
}

void run_cycles(uint64_t cycles)
{
    rl_rp_run(run.rp, cycles);
}

void run_timeout(void)
{
    run_cycles(8); /* out of reset */
    rl_model_dma_timeout(run.model, TIMEOUT_CYCLES);
}

/* ---- Children ---- */

static void reap(void)
{
    int status;
    pid_t pid = wait(&status);
    unsigned i = 0;
    char text[512];

    while (i < jobs && job[i].pid != pid)
        i++;
    if (i == jobs)
        return;
    shared->counts.points[job[i].kind]++;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        shared->counts.survived[job[i].kind]++;
    } else {
        printf("# not survived: faults --scenario %s --kind %s --step %llu "
               "--seed %llu\n",
               run.scenario->name, kinds[job[i].kind].name,
               (unsigned long long)job[i].step,
               (unsigned long long)options->seed);
        if (WIFSIGNALED(status))
            printf("#   signal %d\n", WTERMSIG(status));
    }
    rewind(job[i].text);
    while (fgets(text, sizeof text, job[i].text))
        fputs(text, stdout);
    fclose(job[i].text);
    fflush(stdout);
    job[i] = job[--jobs];
}

/* In the child: its words go to the parent, its time is limited. */
static void become_child(FILE *text)
{
    fflush(stdout);
    dup2(fileno(text), STDOUT_FILENO);
    alarm(LIMIT_SECONDS);
    role = CHILD;
    jobs = 0;
}

/* True in the child. */
static bool fork_child(unsigned kind)
{
    FILE *text = tmpfile();
    pid_t pid;

    if (!text) {
        perror("tmpfile");
        exit(2);
    }
    while (jobs >= options->jobs)
        reap();
    fflush(stdout);
    pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
    if (pid == 0) {
        become_child(text);
        return true;
    }
    job[jobs++] = (struct job){pid, kind, run.step, text};
    return false;
}

/* ---- Points ---- */

static bool chosen(unsigned kind, uint64_t point)
{
    uint64_t all =
        kinds[kind].class == KIND_READ ? shared->reads : shared->cycles;
    uint64_t stride = options->stride;

    if (options->kind && strcmp(options->kind, kinds[kind].name))
        return false;
    if (options->step)
        return options->step == run.step;
    if (options->points && all > options->points * stride)
        stride = all / options->points;
    return (point + options->offset + kind * 7) % stride == 0;
}

static void struck(unsigned kind)
{
    run.kind = &kinds[kind];
    run.struck_step = run.step;
    run.struck_cycle = rl_rp_now(run.rp);
    run.trace = options->trace;
    if (!run.trace)
        return;
    trace_kept();
    printf("#   ... %s\n", run.kind->what);
    run.traced = 0;
}

static struct rl_rp_fault met_read(void *ctx, uint64_t addr, uint32_t bytes,
                                   unsigned tag)
{
    (void)ctx;
    if (role == REFERENCE && run.counting)
        shared->reads++;
    if (role != TRUNK || !run.counting)
        return (struct rl_rp_fault){.kind = RL_RP_FAULT_NONE};
    for (unsigned k = 0; k < kind_count; k++) {
        if (kinds[k].class != KIND_READ ||
            !chosen(k, class_points[KIND_READ]) || !fork_child(k))
            continue;
        struck(k);
        run.read_addr = addr;
        run.read_bytes = bytes;
        run.read_tag = tag;
        if (kinds[k].act)
            kinds[k].act();
        return kinds[k].fault;
    }
    class_points[KIND_READ]++;
    return (struct rl_rp_fault){.kind = RL_RP_FAULT_NONE};
}

/* The end of a cycle in which something happened. */
static void met_step(void)
{
    if (role == REFERENCE)
        shared->cycles++;
    if (role != TRUNK)
        return;
    for (unsigned k = 0; k < kind_count; k++) {
        if (kinds[k].class == KIND_READ ||
            !chosen(k, class_points[KIND_GOES]) || !fork_child(k))
            continue;
        struck(k);
        if (kinds[k].class == KIND_GOES) {
            kinds[k].act();
            return;
        }
        run.counting = false;
        run.abandoned = true;
        longjmp(run.abandon, 1);
    }
    class_points[KIND_GOES]++;
}

/* ---- Steps ---- */

static bool is_request(const struct rl_tlp *t)
{
    return (t->hdr[0] >> 24 & 0x1f) == 0;
}

static void count_tags(void)
{
    unsigned fetch = 0, other = 0;

    for (unsigned tag = 0; tag < 32; tag++)
        if (rl_rp_read_pending(run.rp, tag))
            *(tag < 8 ? &fetch : &other) += 1;
    if (fetch > run.tags_fetch)
        run.tags_fetch = fetch;
    if (other > run.tags_run)
        run.tags_run = other;
}

static void heard(void *ctx, uint64_t cycle, bool upstream,
                  const struct rl_tlp *t)
{
    (void)ctx;
    if (upstream && is_request(t))
        run.last_request = cycle;
    if (run.counting) {
        run.step++;
        run.in_cycle++;
    }
    trace_keep(cycle, upstream, t);
    if (run.trace && run.traced < TRACE_AFTER)
        trace_print(&run.line[(run.traced - 1) % TRACE_LINES]);
}

static void ticked(void *ctx)
{
    (void)ctx;
    if (run.until_cycle && rl_rp_now(run.rp) >= run.until_cycle) {
        run.until_cycle = 0;
        kind_over();
    }
    if (run.census)
        count_tags();
    if (!run.counting)
        return;
    if (role != CHILD) {
        uint64_t commands = rl_model_counter(run.model, RL_COUNT_COMMANDS);

        run.in_cycle += commands != run.commands;
        run.step += commands != run.commands;
        run.commands = commands;
    }
    if (run.in_cycle) {
        run.in_cycle = 0;
        met_step();
    }
}

/* ---- Scenarios ---- */

int schedule_power_up(const char *firmware, uint64_t seed)
{
    struct card_options o;
    int r;

    card_options_default(&o);
    o.firmware = firmware;
    o.link.seed = seed;
    o.link.violation = violation;
    o.link.deadline = deadline;
    o.link.fault = met_read;
    o.link.trace = heard;
    o.link.ticked = ticked;
    if (card_open_cold(&run.card, &o))
        return -1;
    run.rp = run.card.rp;
    run.model = run.card.model;
    run.seed = seed;
    run_timeout();
    if ((r = rl_rp_enumerate(run.rp)))
        return r;
    run.pm = rl_rp_device(run.rp)->cap_pm;
    run.pcie = rl_rp_device(run.rp)->cap_pcie;
    run.lives = 0;
    return dma_oracle_open(&oracle, run.rp);
}

/* The scenario, to its end or to where a fault ends it; then the judge. */
static void play(void)
{
    if (setjmp(run.abandon) == 0)
        run.scenario->go(&run.scenario->plan);
    run.counting = false;
    if (role == CHILD && run.abandoned) {
        run.kind->act();
        judge_new_life();
    } else if (role == CHILD && !run.kind->harmless) {
        judge_damage(&shared->reference);
        judge_new_life();
    } else if (role == CHILD) {
        judge_harmless(&shared->reference);
    } else {
        judge_plain();
    }
}

static int wait_for(pid_t pid)
{
    int status;

    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void reference(void)
{
    role = REFERENCE;
    play();
    shared->reference = run.outcome;
    shared->steps = run.step;
    _exit(0);
}

static void trunk(void)
{
    role = TRUNK;
    play();
    if (role == CHILD) {
        fflush(stdout);
        _exit(0);
    }
    while (jobs)
        reap();
    if (memcmp(&shared->reference, &run.outcome, sizeof run.outcome) ||
        shared->steps != run.step)
        run_failed("two runs of the same are different");
    shared->counts.steps = run.step;
    shared->counts.cycles = shared->cycles;
    _exit(0);
}

int schedule_scenario(const struct scenario *s,
                      const struct schedule_options *o,
                      struct schedule_counts *counts)
{
    pid_t pid;
    int r;

    if (!shared)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    memset(shared, 0, sizeof *shared);
    options = o;
    run.scenario = s;
    run.commands = rl_model_counter(run.model, RL_COUNT_COMMANDS);
    rl_rp_options(run.rp)->deadline_cycle = rl_rp_now(run.rp) + LIMIT_CYCLES;
    fflush(stdout);
    if ((pid = fork()) == 0)
        reference();
    r = wait_for(pid);
    if (r)
        return r;
    if ((pid = fork()) == 0)
        trunk();
    r = wait_for(pid);
    *counts = shared->counts;
    return r;
}
