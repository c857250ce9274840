/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * `ringlet bench`: what a packet costs. The host side costs nothing: the driver
 * reacts in the cycle of an interrupt, keeps the ring full and rings once per
 * batch, if the device wants it. The network port takes and gives a beat in
 * every cycle. Measured from the first doorbell to the last buffer back.
 *
 * The JSON file has "rows", "simulation" and "firmware"; a figure that may have
 * limits is an object: value, and with limits required, target and reached
 * ("target", "required" or "missed").
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "main/commands.h"

enum {
    DEFAULT_PACKETS = 4096,
    MAX_CYCLES = 500000000,
    SETTLE_CYCLES = 4000,
    IDLE_CYCLES = 200,
    STALLS = 6,
};
#define DEFAULT_JSON "build/bench.json"

/* A figure that counts must not be above these. */
struct limit {
    bool set;
    double required, target;
};

struct row {
    const char *name;
    bool receive, device_memory, any_order;
    bool tables; /* header and frame apart, by indirect descriptors */
    uint32_t batch, frame_bytes;
    uint32_t buffer_bytes; /* frames over several buffers of that size */
    uint32_t packets; /* 0: as the options say; else at most this */
    struct limit instructions, cycles, cpi, used, card_reads;
};

static const struct row rows[] = {
    {"tx 60 B, batch 32", .batch = 32, .frame_bytes = 60,
     .instructions = {true, 16, 10}, .cycles = {true, 24, 16},
     .cpi = {true, 1.3, 1.3}, .used = {true, 1, 1}},
    {"tx 60 B, batch 8", .batch = 8, .frame_bytes = 60},
    {"tx 60 B, batch 1", .batch = 1, .frame_bytes = 60},
    {"tx 60 B, batch 32, any order", .any_order = true, .batch = 32,
     .frame_bytes = 60},
    {"tx 60 B, batch 32, device mem", .device_memory = true, .batch = 32,
     .frame_bytes = 60, .card_reads = {true, 0, 0}},
    {"tx 60 B, one burst of 32", .batch = 32, .frame_bytes = 60, .packets = 32},
    {"tx 60 B, batch 32, tables of 2", .tables = true, .batch = 32,
     .frame_bytes = 60},
    {"rx 60 B", .receive = true, .batch = 32, .frame_bytes = 60},
    {"rx 60 B, any order", .receive = true, .any_order = true, .batch = 32,
     .frame_bytes = 60},
    {"rx 60 B, device mem", .receive = true, .device_memory = true, .batch = 32,
     .frame_bytes = 60, .packets = 512},
    {"tx 1514 B, batch 32", .batch = 32, .frame_bytes = 1514, .packets = 2048},
    {"rx 1514 B", .receive = true, .batch = 32, .frame_bytes = 1514,
     .packets = 2048},
    {"rx 1514 B over 12 of 128 B", .receive = true, .batch = 32,
     .frame_bytes = 1514, .buffer_bytes = 128, .packets = 512},
};
/* Thousands of simulated cycles per second of wall time, at least. */
static const double speed_required = 500;
enum { ROWS = sizeof rows / sizeof rows[0] };

struct sample {
    uint64_t cycles, retired, sleep, stall[STALLS];
};

struct bench {
    struct card card;
    struct drv_net net;
    const struct row *row;
    uint64_t packets, done, sent;
    struct sample sum;
    double cpu, wall; /* seconds */
    uint64_t run_cycles;
    struct rl_rp_stats up, down;
    uint64_t used, doorbells;
    const char *problem;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void sample(const struct bench *b, struct sample *s)
{
    const struct rl_model *m = b->card.model;

    s->cycles = rl_rp_now(b->card.rp);
    s->retired = rl_model_counter(m, RL_COUNT_RETIRED);
    s->sleep = rl_model_counter(m, RL_COUNT_SLEEP);
    for (unsigned i = 0; i < STALLS; i++)
        s->stall[i] = rl_model_counter(m, RL_COUNT_STALL0 + i);
}

static void settle(struct bench *b, uint64_t idle_for)
{
    uint64_t quiet = 0;

    for (uint64_t i = 0; i < 100 * idle_for && quiet < idle_for; i++) {
        rl_rp_step(b->card.rp);
        quiet =
            rl_model_counter(b->card.model, RL_COUNT_SLEEPING) ? quiet + 1 : 0;
    }
}

static void fill_frame(uint8_t *frame, uint32_t bytes, uint64_t number)
{
    memset(frame, 0x55, bytes);
    memset(frame, 0xff, 6);
    memcpy(frame + 14, &number, sizeof number);
}

static void send_batches(struct bench *b)
{
    uint8_t frame[CAPTURE_MAX_FRAME];
    uint32_t batch = b->row->batch;

    while (b->sent < b->packets && b->net.tx_pool.free_count >= batch) {
        for (uint32_t i = 0; i < batch && b->sent < b->packets; i++) {
            fill_frame(frame, b->row->frame_bytes, b->sent++);
            if (drv_net_send(&b->net, frame, b->row->frame_bytes))
                b->problem = "the driver cannot send";
        }
        drv_net_kick(&b->net);
        if (b->problem)
            return;
    }
}

static void count_frame(void *ctx, const uint8_t *frame, uint32_t bytes)
{
    struct bench *b = ctx;
    uint64_t number;

    memcpy(&number, frame + 14, sizeof number);
    if (bytes != b->row->frame_bytes || number != b->done)
        b->problem = "a received frame is wrong";
    b->done++;
}

static void offer_frames(struct bench *b)
{
    uint8_t frame[CAPTURE_MAX_FRAME];

    while (b->sent < b->packets && rl_model_net_push_space(b->card.model)) {
        fill_frame(frame, b->row->frame_bytes, b->sent++);
        rl_model_net_push(b->card.model, frame, b->row->frame_bytes, false);
    }
}

static void step(struct bench *b)
{
    int n = 0;

    if (b->row->receive)
        offer_frames(b);
    else
        send_batches(b);
    rl_rp_step(b->card.rp);
    if (b->row->receive && drv_net_rx_interrupt(&b->net)) {
        n = drv_net_receive(&b->net, count_frame, b);
    } else if (!b->row->receive && drv_net_tx_interrupt(&b->net)) {
        n = drv_net_reclaim(&b->net);
        if (n > 0)
            b->done += (uint64_t)n;
    }
    if (n < 0)
        b->problem = drv_net_why(&b->net);
}

static void subtract(struct sample *a, const struct sample *b)
{
    a->cycles -= b->cycles;
    a->retired -= b->retired;
    a->sleep -= b->sleep;
    for (unsigned i = 0; i < STALLS; i++)
        a->stall[i] -= b->stall[i];
}

static void measure(struct bench *b)
{
    struct sample before, end;
    double cpu, wall;
    uint64_t last;

    settle(b, SETTLE_CYCLES);
    rl_rp_stats_clear(b->card.rp);
    b->used = b->row->receive ? b->net.rx.used_descs : b->net.tx.used_descs;
    b->doorbells = b->net.doorbells;
    sample(b, &before);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    wall = seconds(CLOCK_MONOTONIC);
    while (b->done < b->packets && !b->problem)
        step(b);
    last = rl_rp_now(b->card.rp);
    b->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    b->wall = seconds(CLOCK_MONOTONIC) - wall;
    b->run_cycles = last - before.cycles;
    b->up = *rl_rp_stats(b->card.rp, true);
    b->down = *rl_rp_stats(b->card.rp, false);
    /* Instructions until the core sleeps again, cycles until the last buffer. */
    settle(b, IDLE_CYCLES);
    sample(b, &end);
    subtract(&end, &before);
    end.cycles = last - before.cycles;
    b->sum = end;
    b->used = (b->row->receive ? b->net.rx.used_descs : b->net.tx.used_descs) -
              b->used;
    b->doorbells = b->net.doorbells - b->doorbells;
}

static int run_row(struct bench *b, const struct row *row, uint32_t packets)
{
    struct drv_net_config cfg = {
        .placement = row->device_memory ? DRV_DEVICE_MEMORY : DRV_HOST_MEMORY,
        .in_order = !row->any_order,
        .split_header = row->tables,
        .indirect = row->tables,
        .merge = row->buffer_bytes != 0,
        .buffer_bytes = row->buffer_bytes
                            ? row->buffer_bytes
                            : (DRV_NET_HDR + row->frame_bytes + 63u) & ~63u,
        .tx_bytes = (DRV_NET_HDR + row->frame_bytes + 63u) & ~63u,
        .rx_buffers = row->receive ? 0 : 16,
        .tx_buffers = row->receive ? 16 : 0,
    };
    int r;

    b->row = row;
    b->packets =
        row->packets && row->packets < packets ? row->packets : packets;
    b->done = b->sent = 0;
    b->problem = NULL;
    rl_rp_alloc_reset(b->card.rp);
    rl_model_net_sink(b->card.model, true);
    r = drv_net_open(&b->net, b->card.rp, &cfg);
    if (r) {
        fprintf(stderr, "ringlet: %s: %s\n", row->name, drv_strerror(r));
        return -1;
    }
    measure(b);
    if (b->problem)
        fprintf(stderr, "ringlet: %s: %s\n", row->name, b->problem);
    r = drv_net_close(&b->net);
    if (r)
        fprintf(stderr, "ringlet: %s: %s\n", row->name, drv_strerror(r));
    return b->problem || r ? -1 : 0;
}

/* ---- Reports ---- */

struct figures {
    double instructions, cycles, cpi, stall[STALLS], used, msix, mpps;
    double per_used, reads, writes, completions, doorbells;
};

static void figure(const struct bench *b, struct figures *f)
{
    double n = (double)b->packets;
    double busy = (double)b->sum.retired;

    memset(f, 0, sizeof *f);
    for (unsigned i = 0; i < STALLS; i++) {
        f->stall[i] = (double)b->sum.stall[i] / n;
        busy += (double)b->sum.stall[i];
    }
    f->instructions = (double)b->sum.retired / n;
    f->cycles = (double)b->sum.cycles / n;
    f->cpi = b->sum.retired ? busy / (double)b->sum.retired : 0;
    f->used = (double)b->used * b->row->batch / n;
    f->per_used = b->used ? n / (double)b->used : 0;
    f->msix = (double)b->up.tlps[RL_RP_MSIX] * b->row->batch / n;
    f->mpps = 125.0 / f->cycles;
    f->reads = (double)b->up.tlps[RL_RP_MRD] / n;
    f->writes = (double)b->up.tlps[RL_RP_MWR] / n;
    f->completions = (double)b->down.tlps[RL_RP_CPLD] / n;
    f->doorbells = (double)b->doorbells / n;
}

enum reached { NO_LIMIT, MISSED, REQUIRED, TARGET };

static enum reached judge(double value, const struct limit *l)
{
    if (!l->set)
        return NO_LIMIT;
    if (value <= l->target)
        return TARGET;
    return value <= l->required ? REQUIRED : MISSED;
}

static char mark(double value, const struct limit *l)
{
    return " -+*"[judge(value, l)];
}

static void print_head(void)
{
    printf("\n%-30s %8s %8s %6s %6s | %6s %6s | %7s | %6s %5s %5s %5s | "
           "stalls per packet:",
           "", "instr.", "cycles", "Mpps", "CPI", "used", "MSI-X", "packets",
           "MRd", "MWr", "CplD", "bell");
    for (unsigned i = 0; i < STALLS; i++)
        printf(" %s", rl_model_stall_name(i));
    printf("\n%-30s %8s %8s %6s %6s | %13s | %7s | %6s %17s |\n", "", "/packet",
           "/packet", "", "", "per batch", "/used", "of the",
           "card, per packet");
}

static void print_row(const struct bench *b, const struct figures *f)
{
    const struct row *r = b->row;

    printf("%-30s %7.1f%c %7.1f%c %6.2f %5.2f%c | %5.2f%c %6.2f | %7.1f | "
           "%5.2f%c %5.2f %5.2f %5.2f |",
           r->name, f->instructions, mark(f->instructions, &r->instructions),
           f->cycles, mark(f->cycles, &r->cycles), f->mpps, f->cpi,
           mark(f->cpi, &r->cpi), f->used, mark(f->used, &r->used), f->msix,
           f->per_used, f->reads, mark(f->reads, &r->card_reads), f->writes,
           f->completions, f->doorbells);
    for (unsigned i = 0; i < STALLS; i++)
        printf(" %*.2f", (int)strlen(rl_model_stall_name(i)), f->stall[i]);
    printf("\n");
}

static void put(struct json_object *o, const char *name, double v)
{
    json_object_object_add(o, name, json_object_new_double(v));
}

static void put_int(struct json_object *o, const char *name, uint64_t v)
{
    json_object_object_add(o, name, json_object_new_int64((int64_t)v));
}

/* An object in every row, with limits where there are any. */
static void put_figure(struct json_object *o, const char *name, double v,
                       const struct limit *l)
{
    static const char *const words[] = {NULL, "missed", "required", "target"};
    struct json_object *f = json_object_new_object();

    put(f, "value", v);
    if (l->set) {
        put(f, "required", l->required);
        put(f, "target", l->target);
        json_object_object_add(f, "reached",
                               json_object_new_string(words[judge(v, l)]));
    }
    json_object_object_add(o, name, f);
}

static struct json_object *json_of_row(const struct bench *b,
                                       const struct figures *f)
{
    struct json_object *o = json_object_new_object();
    struct json_object *s = json_object_new_object();
    const struct row *r = b->row;

    json_object_object_add(o, "name", json_object_new_string(r->name));
    put_int(o, "packets", b->packets);
    put_int(o, "batch", r->batch);
    put_int(o, "frame_bytes", r->frame_bytes);
    put_figure(o, "instructions_per_packet", f->instructions, &r->instructions);
    put_figure(o, "cycles_per_packet", f->cycles, &r->cycles);
    put_figure(o, "cpi", f->cpi, &r->cpi);
    put_figure(o, "used_descriptors_per_batch", f->used, &r->used);
    put_figure(o, "card_reads_per_packet", f->reads, &r->card_reads);
    put(o, "mpps_at_125_mhz", f->mpps);
    put(o, "packets_per_used_descriptor", f->per_used);
    put(o, "msix_per_batch", f->msix);
    put_int(o, "doorbells", b->doorbells);
    json_object_object_add(o, "to_host", json_of_stats(&b->up));
    json_object_object_add(o, "to_card", json_of_stats(&b->down));
    for (unsigned i = 0; i < STALLS; i++)
        put(s, rl_model_stall_name(i), f->stall[i]);
    put(s, "sleep", (double)b->sum.sleep / (double)b->packets);
    json_object_object_add(o, "stalls_per_packet", s);
    put_int(o, "simulated_cycles", b->run_cycles);
    put(o, "wall_seconds", b->wall);
    put(o, "processor_seconds", b->cpu);
    return o;
}

struct totals {
    double cycles, cpu, wall;
};

/* A speed must not be below its limit. */
static void report_speed(const struct totals *t, struct json_object *all)
{
    double wall = t->wall > 0 ? t->cycles / t->wall / 1000 : 0;
    double cpu = t->cpu > 0 ? t->cycles / t->cpu / 1000 : 0;
    bool ok = wall >= speed_required;
    struct json_object *o = json_object_new_object();
    struct json_object *f = json_object_new_object();

    printf("Simulation: %.0f%c thousand cycles per second of wall time, %.0f "
           "per second of\nprocessor time.\n",
           wall, ok ? '*' : '-', cpu);
    put(f, "value", wall);
    put(f, "required", speed_required);
    put(f, "target", speed_required);
    json_object_object_add(f, "reached",
                           json_object_new_string(ok ? "target" : "missed"));
    json_object_object_add(o, "thousand_cycles_per_wall_second", f);
    put(o, "thousand_cycles_per_processor_second", cpu);
    json_object_object_add(all, "simulation", o);
}

static void report_firmware(const char *file, struct json_object *all)
{
    struct json_object *o = json_object_new_object();
    struct firmware_sizes s;

    if (!firmware_sizes(file, &s)) {
        printf("Firmware: %u bytes of code, %u of data, %u of bss.\n", s.code,
               s.data, s.bss);
        put_int(o, "code_bytes", s.code);
        put_int(o, "data_bytes", s.data);
        put_int(o, "bss_bytes", s.bss);
    }
    json_object_object_add(all, "firmware", o);
}

static int run_rows(struct bench *b, const struct options *o,
                    struct json_object *list, struct totals *t)
{
    uint32_t packets = o->packets ? o->packets : DEFAULT_PACKETS;

    print_head();
    for (unsigned i = 0; i < ROWS; i++) {
        struct figures f;

        if (run_row(b, &rows[i], packets))
            return -1;
        figure(b, &f);
        print_row(b, &f);
        json_object_array_add(list, json_of_row(b, &f));
        t->cycles += (double)b->run_cycles;
        t->cpu += b->cpu;
        t->wall += b->wall;
    }
    return 0;
}

int cmd_bench(const struct options *o)
{
    static struct bench b;
    struct json_object *all, *list;
    struct totals t = {0};
    int r;

    if (command_open(&b.card, o, MAX_CYCLES))
        return 1;
    all = json_object_new_object();
    list = json_object_new_array();
    json_object_object_add(all, "rows", list);
    r = run_rows(&b, o, list, &t);
    if (!r && rl_rp_violations(b.card.rp)) {
        fprintf(stderr, "ringlet: the card broke rules of PCI Express\n");
        r = -1;
    }
    if (!r) {
        printf("\n* target reached, + required value reached, - missed. Link "
               "%.1f bytes per cycle,\nread latency %u cycles.\n",
               o->rate / 1000.0, o->latency);
        card_print_errors(b.card.model);
        report_speed(&t, all);
        report_firmware(b.card.firmware, all);
        r = json_write(all, o->json ? o->json : DEFAULT_JSON);
    } else {
        json_object_put(all);
    }
    card_close(&b.card);
    return r ? 1 : 0;
}
