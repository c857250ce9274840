/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The fault schedule as a program: options, results as TAP, table and JSON.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "schedule.h"

static const char usage[] =
    "usage: faults [options]: every kind of fault at every step of scenarios\n"
    "  --scenario NAME   only this one (--list names them)\n"
    "  --kind NAME       only this kind of fault\n"
    "  --step N          only at this step\n"
    "  --seed N          of frames and link; default 1\n"
    "  --stride N        every Nth point\n"
    "  --points N        about so many points of each kind in each scenario\n"
    "  --offset N        which ones; default 0\n"
    "  --jobs N          processes at a time; default: processors\n"
    "  --trace           TLPs around the fault, with --step\n"
    "  --table           a table of points survived\n"
    "  --json FILE       the same for programs\n"
    "  --firmware FILE   default $RINGLET_FIRMWARE or build/firmware/net.elf\n"
    "  --list            scenarios and kinds\n";

struct options {
    struct schedule_options schedule;
    const char *scenario, *firmware, *json;
    bool table, list;
};

static struct schedule_counts counts[32];
static bool ran[32];

static void list(void)
{
    printf("scenarios:\n");
    for (unsigned i = 0; i < scenario_count; i++)
        printf("  %-15s %s\n", scenarios[i].name, scenarios[i].what);
    printf("kinds:\n");
    for (unsigned i = 0; i < kind_count; i++)
        printf("  %-15s %s\n", kinds[i].name, kinds[i].what);
}

static uint64_t number(const char *text)
{
    char *end;
    uint64_t n = strtoull(text, &end, 0);

    if (*end || end == text) {
        fprintf(stderr, "faults: '%s' is no number\n", text);
        exit(2);
    }
    return n;
}

/* Where each option's value goes: text, a number of 64 bits or of an unsigned, a
 * flag. */
static void parse(int argc, char **argv, struct options *o)
{
    struct schedule_options *s = &o->schedule;
    const struct {
        const char **text;
        uint64_t *number;
        unsigned *count;
        bool *flag;
    } to[] = {
        {.text = &o->scenario}, {.text = &s->kind},    {.number = &s->step},
        {.number = &s->seed},   {.count = &s->stride}, {.count = &s->points},
        {.number = &s->offset}, {.count = &s->jobs},   {.flag = &s->trace},
        {.flag = &o->table},    {.text = &o->json},    {.text = &o->firmware},
        {.flag = &o->list}};
    static const struct option names[] = {
        {"scenario", 1, NULL, 0}, {"kind", 1, NULL, 0},
        {"step", 1, NULL, 0},     {"seed", 1, NULL, 0},
        {"stride", 1, NULL, 0},   {"points", 1, NULL, 0},
        {"offset", 1, NULL, 0},   {"jobs", 1, NULL, 0},
        {"trace", 0, NULL, 0},    {"table", 0, NULL, 0},
        {"json", 1, NULL, 0},     {"firmware", 1, NULL, 0},
        {"list", 0, NULL, 0},     {NULL, 0, NULL, 0}};
    int c, n;

    while ((c = getopt_long(argc, argv, "", names, &n)) != -1) {
        if (c) {
            fputs(usage, stderr);
            exit(2);
        }
        if (to[n].text)
            *to[n].text = optarg;
        else if (to[n].number)
            *to[n].number = number(optarg);
        else if (to[n].count)
            *to[n].count = (unsigned)number(optarg);
        else
            *to[n].flag = true;
    }
}

static void check_names(const struct options *o)
{
    bool scenario = !o->scenario, kind = !o->schedule.kind;

    for (unsigned i = 0; i < scenario_count; i++)
        scenario |= o->scenario && !strcmp(o->scenario, scenarios[i].name);
    for (unsigned i = 0; i < kind_count; i++)
        kind |= o->schedule.kind && !strcmp(o->schedule.kind, kinds[i].name);
    if (scenario && kind && o->schedule.stride && o->schedule.jobs &&
        o->schedule.jobs < 64)
        return;
    fprintf(stderr, "faults: no such scenario, kind, stride or jobs; --list "
                    "names scenarios and kinds\n");
    exit(2);
}

static void sum(unsigned scenario, unsigned kind, uint64_t *survived,
                uint64_t *points)
{
    for (unsigned s = 0; s < scenario_count; s++)
        for (unsigned k = 0; k < kind_count; k++)
            if ((scenario == scenario_count || s == scenario) &&
                (kind == kind_count || k == kind)) {
                *survived += counts[s].survived[k];
                *points += counts[s].points[k];
            }
}

static void cell(unsigned scenario, unsigned kind)
{
    uint64_t survived = 0, points = 0;
    char text[32];

    sum(scenario, kind, &survived, &points);
    if (survived == points)
        snprintf(text, sizeof text, "%llu", (unsigned long long)points);
    else
        snprintf(text, sizeof text, "%llu/%llu", (unsigned long long)survived,
                 (unsigned long long)points);
    printf(" %9.9s", text);
}

/* One number: all of so many points survived. */
static void table(void)
{
    printf("# %-14s", "");
    for (unsigned s = 0; s < scenario_count; s++)
        if (ran[s])
            printf(" %9.9s", scenarios[s].name);
    printf(" %9s\n", "all");
    for (unsigned k = 0; k <= kind_count; k++) {
        printf("# %-14s", k == kind_count ? "all" : kinds[k].name);
        for (unsigned s = 0; s < scenario_count; s++)
            if (ran[s])
                cell(s, k);
        cell(scenario_count, k);
        printf("\n");
    }
}

static void json_kinds(FILE *f, unsigned s)
{
    for (unsigned k = 0; k < kind_count; k++)
        fprintf(f, "%s\"%s\": {\"survived\": %llu, \"points\": %llu}",
                k ? ", " : "", kinds[k].name,
                (unsigned long long)counts[s].survived[k],
                (unsigned long long)counts[s].points[k]);
}

static int json(const struct options *o, double seconds)
{
    FILE *f = fopen(o->json, "w");
    const char *comma = "";

    if (!f) {
        perror(o->json);
        return -1;
    }
    fprintf(f, "{\"seed\": %llu, \"seconds\": %.1f, \"scenarios\": {",
            (unsigned long long)o->schedule.seed, seconds);
    for (unsigned s = 0; s < scenario_count; s++) {
        if (!ran[s])
            continue;
        fprintf(f, "%s\n  \"%s\": {\"steps\": %llu, \"kinds\": {", comma,
                scenarios[s].name, (unsigned long long)counts[s].steps);
        json_kinds(f, s);
        fprintf(f, "}}");
        comma = ",";
    }
    fprintf(f, "\n}}\n");
    return fclose(f);
}

static bool run_scenario(unsigned s, const struct options *o, unsigned nth)
{
    uint64_t survived = 0, points = 0;
    int r = schedule_scenario(&scenarios[s], &o->schedule, &counts[s]);
    bool ok;

    ran[s] = true;
    sum(s, kind_count, &survived, &points);
    ok = !r && points && survived == points;
    printf("%sok %u - %s: %llu of %llu points survived (%llu steps)\n",
           ok ? "" : "not ", nth, scenarios[s].what,
           (unsigned long long)survived, (unsigned long long)points,
           (unsigned long long)counts[s].steps);
    fflush(stdout);
    return ok;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    struct options o = {
        .schedule = {.seed = 1,
                     .stride = 1,
                     .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN)},
        .firmware = getenv("RINGLET_FIRMWARE")};
    double start = now();
    unsigned nth = 0;
    bool ok = true;

    parse(argc, argv, &o);
    if (o.list) {
        list();
        return 0;
    }
    check_names(&o);
    if (!o.firmware)
        o.firmware = "build/firmware/net.elf";
    if (schedule_power_up(o.firmware, o.schedule.seed)) {
        printf("Bail out! the card does not come up\n");
        return 1;
    }
    printf("1..%u\n# seed %llu, offset %llu\n", o.scenario ? 1 : scenario_count,
           (unsigned long long)o.schedule.seed,
           (unsigned long long)o.schedule.offset);
    for (unsigned s = 0; s < scenario_count; s++)
        if (!o.scenario || !strcmp(o.scenario, scenarios[s].name))
            ok &= run_scenario(s, &o, ++nth);
    if (o.table)
        table();
    if (o.json && json(&o, now() - start))
        ok = false;
    return ok ? 0 : 1;
}
