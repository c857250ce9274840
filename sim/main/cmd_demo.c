/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * `ringlet demo`: the shipped capture through all four kinds of ring.
 */
#include <stdio.h>
#include <unistd.h>

#include "main/commands.h"

#define DEFAULT_CAPTURE "tests/data/traffic.pcap"
#define WAVE_VIEW       "sim/demo.gtkw" /* signals to show */
enum { WAYS = 4, CYCLES_BASE = 20000000, CYCLES_PER_FRAME = 1000000 };

struct progress {
    const char *placement, *order;
    unsigned shown;
};

static void show_progress(void *ctx, size_t done, size_t of)
{
    struct progress *p = ctx;
    unsigned percent = (unsigned)(100 * done / of);

    if (!isatty(STDERR_FILENO) || (percent == p->shown && done != of))
        return;
    p->shown = percent;
    fprintf(stderr, "\r%s memory, %s: %3u%%%s", p->placement, p->order, percent,
            done == of ? "\r\033[K" : "");
}

static void print_table(const struct traffic_result *r)
{
    printf("\n%-7s %-8s %7s %8s | %5s %5s | per packet: %6s %6s %6s %6s %8s "
           "%8s %7s %7s\n",
           "rings", "in-order", "packets", "bytes", "used", "used", "MRd",
           "MWr", "CplD", "MSI-X", "B to", "B to", "cycles", "instr.");
    printf("%-7s %-8s %7s %8s | %5s %5s |             %6s %6s %6s %6s %8s %8s "
           "%7s %7s\n",
           "", "", "", "", "tx", "rx", "", "", "", "", "host", "card", "", "");
    for (unsigned i = 0; i < WAYS; i++) {
        const struct traffic_result *x = &r[i];
        double n = (double)x->frames;

        printf("%-7s %-8s %7llu %8llu | %5llu %5llu |             %6.2f %6.2f "
               "%6.2f %6.2f %8.0f %8.0f %7.0f %7.1f\n",
               placement_name(i & 2), i & 1 ? "off" : "on",
               (unsigned long long)x->frames, (unsigned long long)x->bytes,
               (unsigned long long)x->used_tx, (unsigned long long)x->used_rx,
               (double)(x->up.tlps[RL_RP_MRD] + x->down.tlps[RL_RP_MRD]) / n,
               (double)(x->up.tlps[RL_RP_MWR] + x->down.tlps[RL_RP_MWR]) / n,
               (double)(x->up.tlps[RL_RP_CPLD] + x->down.tlps[RL_RP_CPLD]) / n,
               (double)x->up.tlps[RL_RP_MSIX] / n, (double)x->up.wire_bytes / n,
               (double)x->down.wire_bytes / n, (double)x->cycles / n,
               (double)x->instructions / n);
    }
    printf("\nMRd, MWr, CplD: both directions together. Cycles include random "
           "pauses of the\nnetwork port; `ringlet bench` measures without.\n");
}

static int run_ways(struct card *c, const struct options *o,
                    const struct capture *in, struct traffic_result *r)
{
    struct json_object *all = json_object_new_array();

    for (unsigned i = 0; i < WAYS; i++) {
        struct progress p = {placement_name(i & 2),
                             i & 1 ? "any order" : "in-order", 101};
        struct traffic_options t;
        struct json_object *j;

        command_traffic(o, &t);
        t.net.placement = i & 2 ? DRV_DEVICE_MEMORY : DRV_HOST_MEMORY;
        t.net.in_order = !(i & 1);
        t.progress = show_progress;
        t.progress_ctx = &p;
        if (traffic_run(c, in, &t, &r[i])) {
            json_object_put(all);
            return -1;
        }
        printf("%s memory, %s: %zu frames out, back and unchanged\n",
               p.placement, p.order, in->count);
        j = json_of_result(&r[i]);
        json_object_object_add(j, "placement",
                               json_object_new_string(p.placement));
        json_object_object_add(j, "in_order",
                               json_object_new_boolean(t.net.in_order));
        json_object_array_add(all, j);
    }
    return json_write(all, o->json);
}

int cmd_demo(const struct options *o)
{
    const char *file = o->pcap_in
                           ? o->pcap_in
                           : find_file(DEFAULT_CAPTURE, "../" DEFAULT_CAPTURE);
    struct traffic_result r[WAYS];
    struct capture in;
    struct card c;
    int err;

    if (!file) {
        fprintf(stderr,
                "ringlet: capture %s: not found; --pcap-in names "
                "another\n",
                DEFAULT_CAPTURE);
        return 1;
    }
    if (capture_read(&in, file))
        return 1;
    printf("%zu frames from %s\n", in.count, file);
    if (command_open(&c, o, CYCLES_BASE + CYCLES_PER_FRAME * in.count)) {
        capture_free(&in);
        return 1;
    }
    err = run_ways(&c, o, &in, r);
    if (!err)
        print_table(r);
    card_print_errors(c.model);
    card_close(&c);
    capture_free(&in);
    if (err)
        return 1;
    if (o->waves)
        printf("Waveform (Debian package gtkwave):\n  gtkwave %s%s\n", o->waves,
               access(WAVE_VIEW, R_OK) ? "" : " " WAVE_VIEW);
    else
        printf("To see every signal (Debian package gtkwave):\n"
               "  make waves && gtkwave build/demo.fst " WAVE_VIEW "\n");
    return 0;
}
