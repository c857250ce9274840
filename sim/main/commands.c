/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the commands share.
 */
#include "main/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "main/output.h"

#define DEFAULT_FIRMWARE "build/firmware/net.elf"

int command_card(const struct options *o, uint64_t default_max_cycles,
                 struct card_options *k)
{
    if (output_check(o->json) || output_check(o->pcap_out) ||
        output_check(o->record))
        return -1;
    options_print_repeat(o);
    card_options_default(k);
    k->firmware = o->firmware ? o->firmware
                              : find_file(DEFAULT_FIRMWARE, "firmware/net.elf");
    if (!k->firmware) {
        fprintf(stderr,
                "ringlet: firmware %s: not found; `make all` builds "
                "it, --firmware names another\n",
                DEFAULT_FIRMWARE);
        return -1;
    }
    k->waves = o->waves;
    k->show_console = o->uart;
    k->link.seed = o->seed;
    k->link.mps_bytes = o->mps;
    k->link.mrrs_bytes = o->mrrs;
    k->link.latency_cycles = o->latency;
    k->link.jitter_cycles = o->jitter;
    k->link.rate_up = k->link.rate_down = o->rate;
    k->link.split64 = o->split64;
    k->link.reorder = o->reorder;
    k->link.deadline_cycle = o->max_cycles ? o->max_cycles : default_max_cycles;
    if (o->verbose)
        printf("firmware %s, MPS %u, MRRS %u, latency %u cycles, link %.1f "
               "bytes per cycle\n",
               k->firmware, o->mps, o->mrrs, o->latency, o->rate / 1000.0);
    return 0;
}

int command_open(struct card *c, const struct options *o,
                 uint64_t default_max_cycles)
{
    struct card_options k;

    if (command_card(o, default_max_cycles, &k))
        return -1;
    return card_open(c, &k);
}

void command_traffic(const struct options *o, struct traffic_options *t)
{
    memset(t, 0, sizeof *t);
    t->net.placement = o->device_memory ? DRV_DEVICE_MEMORY : DRV_HOST_MEMORY;
    t->net.in_order = o->in_order;
    t->net.rx_size = t->net.tx_size = (uint16_t)o->queue_size;
    t->net.split_header = o->split_header;
    t->net.indirect = o->with_features >> DRV_F_INDIRECT_DESC & 1;
    t->net.event_idx = o->with_features >> DRV_F_EVENT_IDX & 1;
    t->net.notify_data = o->with_features >> DRV_F_NOTIFICATION_DATA & 1;
    t->net.id_seed = o->arbitrary_ids ? (uint32_t)o->seed | 1 : 0;
    t->batch = o->batch;
    t->seed = o->seed;
    t->max_cycles = UINT64_MAX / 2; /* the card's own limit comes first */
}

const char *placement_name(bool device_memory)
{
    return device_memory ? "device" : "host";
}

static void add(struct json_object *o, const char *name, uint64_t value)
{
    json_object_object_add(o, name, json_object_new_int64((int64_t)value));
}

struct json_object *json_of_stats(const struct rl_rp_stats *s)
{
    struct json_object *o = json_object_new_object();

    for (unsigned k = 0; k < RL_RP_KINDS; k++)
        add(o, rl_rp_kind_name(k), s->tlps[k]);
    add(o, "wire_bytes", s->wire_bytes);
    add(o, "payload_bytes", s->payload_bytes);
    return o;
}

struct json_object *json_of_result(const struct traffic_result *r)
{
    struct json_object *o = json_object_new_object();

    add(o, "frames", r->frames);
    add(o, "bytes", r->bytes);
    add(o, "cycles", r->cycles);
    add(o, "instructions", r->instructions);
    add(o, "sleep_cycles", r->sleep);
    add(o, "used_descriptors_tx", r->used_tx);
    add(o, "used_descriptors_rx", r->used_rx);
    add(o, "doorbells", r->doorbells);
    json_object_object_add(o, "to_host", json_of_stats(&r->up));
    json_object_object_add(o, "to_card", json_of_stats(&r->down));
    return o;
}

int json_write(struct json_object *object, const char *file)
{
    struct output o;
    int r = 0;

    if (file &&
        (output_begin(&o, file) ||
         output_end(&o, json_object_to_file_ext(
                            o.path, object, JSON_C_TO_STRING_PRETTY) == 0))) {
        fprintf(stderr, "ringlet: cannot write %s: %s\n", file,
                errno ? strerror(errno) : "no reason known");
        r = -1;
    }
    json_object_put(object);
    return r;
}
