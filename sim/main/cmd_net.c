/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * `ringlet net`: a capture through the card, once.
 */
#include <stdio.h>

#include "main/commands.h"

enum { CYCLES_BASE = 20000000, CYCLES_PER_FRAME = 200000 };

static void print_result(const struct traffic_result *r)
{
    double n = (double)r->frames;

    printf("%llu frames, %llu bytes: all came back unchanged\n",
           (unsigned long long)r->frames, (unsigned long long)r->bytes);
    printf("per frame: %.0f cycles, %.1f instructions, PCIe bytes %.0f to "
           "host, %.0f to card\n",
           (double)r->cycles / n, (double)r->instructions / n,
           (double)r->up.wire_bytes / n, (double)r->down.wire_bytes / n);
    printf("used descriptors: %llu transmit, %llu receive; doorbells %llu; "
           "MSI-X %llu\n",
           (unsigned long long)r->used_tx, (unsigned long long)r->used_rx,
           (unsigned long long)r->doorbells,
           (unsigned long long)r->up.tlps[RL_RP_MSIX]);
}

int cmd_net(const struct options *o)
{
    struct traffic_options t;
    struct traffic_result r;
    struct capture in, out = {0};
    struct card c;
    int err;

    if (!o->pcap_in) {
        fprintf(stderr, "ringlet: net needs --pcap-in FILE\n");
        return 2;
    }
    if (capture_read(&in, o->pcap_in))
        return 1;
    if (command_open(&c, o, CYCLES_BASE + CYCLES_PER_FRAME * in.count)) {
        capture_free(&in);
        return 1;
    }
    command_traffic(o, &t);
    t.out = o->pcap_out ? &out : NULL;
    err = traffic_run(&c, &in, &t, &r);
    if (!err && o->pcap_out)
        err = capture_write(&out, o->pcap_out);
    if (!err) {
        print_result(&r);
        card_print_errors(c.model);
        err = o->json ? json_write(json_of_result(&r), o->json) : 0;
    }
    card_close(&c);
    capture_free(&in);
    capture_free(&out);
    return err ? 1 : 0;
}
