/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * `ringlet bench`: what a packet costs. The host side costs nothing: the driver
 * reacts in the cycle of an interrupt, keeps the ring full and rings once per
 * batch, if the device wants it. The network port takes and gives a beat in
 * every cycle. Measured from the first doorbell to the last buffer back.
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

struct row {
    const char *name;
    bool receive, device_memory, any_order;
    uint32_t batch, frame_bytes;
    uint32_t packets; /* 0: as the options say; else at most this */
    /* Targets, 0: none. */
    double instructions, cpi, used_per_batch, msix_per_batch, cycles;
};

static const struct row rows[] = {
    {"tx 60 B, batch 32", .batch = 32, .frame_bytes = 60, .instructions = 12,
     .cpi = 1.3, .used_per_batch = 1, .msix_per_batch = 1, .cycles = 12},
    {"tx 60 B, batch 8", .batch = 8, .frame_bytes = 60, .instructions = 20,
     .cpi = 1.3},
    {"tx 60 B, batch 1", .batch = 1, .frame_bytes = 60},
    {"tx 60 B, batch 32, any order", .any_order = true, .batch = 32,
     .frame_bytes = 60},
    {"tx 60 B, batch 32, device mem", .device_memory = true, .batch = 32,
     .frame_bytes = 60},
    {"tx 60 B, one burst of 32", .batch = 32, .frame_bytes = 60, .packets = 32},
    {"rx 60 B", .receive = true, .batch = 32, .frame_bytes = 60},
    {"rx 60 B, any order", .receive = true, .any_order = true, .batch = 32,
     .frame_bytes = 60},
    {"rx 60 B, device mem", .receive = true, .device_memory = true, .batch = 32,
     .frame_bytes = 60, .packets = 512},
    {"tx 1514 B, batch 32", .batch = 32, .frame_bytes = 1514, .packets = 2048},
    {"rx 1514 B", .receive = true, .batch = 32, .frame_bytes = 1514,
     .packets = 2048},
};
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
    double cpu; /* seconds */
    uint64_t run_cycles;
    struct rl_rp_stats up, down;
    uint64_t used, doorbells;
    const char *problem;
};

static double seconds(void)
{
    struct timespec t;

    /* Of the processor: other programs on the machine do not count. */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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
    uint64_t last;
    double t;

    settle(b, SETTLE_CYCLES);
    rl_rp_stats_clear(b->card.rp);
    b->used = b->row->receive ? b->net.rx.used_descs : b->net.tx.used_descs;
    b->doorbells = b->net.doorbells;
    sample(b, &before);
    t = seconds();
    while (b->done < b->packets && !b->problem)
        step(b);
    last = rl_rp_now(b->card.rp);
    b->cpu = seconds() - t;
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
        .buffer_bytes = (DRV_NET_HDR + row->frame_bytes + 63u) & ~63u,
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
    double per_batch, per_second;
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
    f->msix = (double)b->up.tlps[RL_RP_MSIX] * b->row->batch / n;
    f->mpps = 125.0 / f->cycles;
    f->per_second = (double)b->run_cycles / b->cpu;
}

static const char *verdict(double value, double target)
{
    if (target <= 0)
        return "";
    return value <= target * 1.0005 ? "+" : "-";
}

static void print_head(void)
{
    printf("\n%-30s %8s %8s %6s %6s | %5s %5s | %5s %5s %5s %5s | stalls per "
           "packet:",
           "", "instr.", "cycles", "Mpps", "CPI", "used", "MSI-X", "MRd", "MWr",
           "CplD", "bell");
    for (unsigned i = 0; i < STALLS; i++)
        printf(" %s", rl_model_stall_name(i));
    printf("\n%-30s %8s %8s %6s %6s | %11s | %23s |\n", "", "/packet",
           "/packet", "", "", "per batch", "per packet");
}

static void print_row(const struct bench *b, const struct figures *f)
{
    const struct row *r = b->row;
    double n = (double)b->packets;

    printf("%-30s %7.1f%1s %7.1f%1s %6.2f %5.2f%1s | %4.1f%1s %4.1f%1s | "
           "%5.2f %5.2f %5.2f %5.2f |",
           r->name, f->instructions, verdict(f->instructions, r->instructions),
           f->cycles, verdict(f->cycles, r->cycles), f->mpps, f->cpi,
           verdict(f->cpi, r->cpi), f->used,
           verdict(f->used, r->used_per_batch), f->msix,
           verdict(f->msix, r->msix_per_batch),
           (double)(b->up.tlps[RL_RP_MRD] + b->down.tlps[RL_RP_MRD]) / n,
           (double)(b->up.tlps[RL_RP_MWR] + b->down.tlps[RL_RP_MWR]) / n,
           (double)(b->up.tlps[RL_RP_CPLD] + b->down.tlps[RL_RP_CPLD]) / n,
           (double)b->doorbells / n);
    for (unsigned i = 0; i < STALLS; i++)
        printf(" %*.2f", (int)strlen(rl_model_stall_name(i)), f->stall[i]);
    printf("\n");
}

static void put(struct json_object *o, const char *name, double v)
{
    json_object_object_add(o, name, json_object_new_double(v));
}

static void put_target(struct json_object *o, const char *name, double v,
                       double target)
{
    struct json_object *t;

    put(o, name, v);
    if (target <= 0)
        return;
    if (!json_object_object_get_ex(o, "targets", &t)) {
        t = json_object_new_object();
        json_object_object_add(o, "targets", t);
    }
    put(t, name, target);
    json_object_object_add(o, *verdict(v, target) == '+' ? "pass" : "miss",
                           json_object_new_string(name));
}

static struct json_object *json_of_row(const struct bench *b,
                                       const struct figures *f)
{
    struct json_object *o = json_object_new_object();
    struct json_object *s = json_object_new_object();
    const struct row *r = b->row;

    json_object_object_add(o, "name", json_object_new_string(r->name));
    json_object_object_add(o, "packets",
                           json_object_new_int64((int64_t)b->packets));
    json_object_object_add(o, "batch", json_object_new_int64(r->batch));
    json_object_object_add(o, "frame_bytes",
                           json_object_new_int64(r->frame_bytes));
    put_target(o, "instructions_per_packet", f->instructions, r->instructions);
    put_target(o, "cycles_per_packet", f->cycles, r->cycles);
    put(o, "mpps_at_125_mhz", f->mpps);
    put_target(o, "cpi", f->cpi, r->cpi);
    put_target(o, "used_descriptors_per_batch", f->used, r->used_per_batch);
    put_target(o, "msix_per_batch", f->msix, r->msix_per_batch);
    json_object_object_add(o, "doorbells",
                           json_object_new_int64((int64_t)b->doorbells));
    json_object_object_add(o, "to_host", json_of_stats(&b->up));
    json_object_object_add(o, "to_card", json_of_stats(&b->down));
    for (unsigned i = 0; i < STALLS; i++)
        put(s, rl_model_stall_name(i), f->stall[i]);
    put(s, "sleep", (double)b->sum.sleep / (double)b->packets);
    json_object_object_add(o, "stalls_per_packet", s);
    put(o, "simulated_cycles_per_second", f->per_second);
    return o;
}

int cmd_bench(const struct options *o)
{
    static struct bench b;
    struct json_object *all = json_object_new_array();
    uint32_t packets = o->packets ? o->packets : DEFAULT_PACKETS;
    double cycles = 0, wall = 0;
    bool failed = false;

    if (command_open(&b.card, o, MAX_CYCLES)) {
        json_object_put(all);
        return 1;
    }
    print_head();
    for (unsigned i = 0; i < ROWS; i++) {
        struct figures f;

        if (run_row(&b, &rows[i], packets)) {
            failed = true;
            break;
        }
        figure(&b, &f);
        print_row(&b, &f);
        json_object_array_add(all, json_of_row(&b, &f));
        cycles += (double)b.run_cycles;
        wall += b.cpu;
    }
    printf("\n+ target reached, - missed. Link %.1f bytes per cycle, read "
           "latency %u cycles.\nSimulation: %.0f thousand cycles per second of "
           "processor time.\n",
           o->rate / 1000.0, o->latency, wall > 0 ? cycles / wall / 1000 : 0);
    if (rl_rp_violations(b.card.rp))
        failed = true;
    card_close(&b.card);
    if (json_write(all, o->json ? o->json : DEFAULT_JSON))
        failed = true;
    return failed ? 1 : 0;
}
