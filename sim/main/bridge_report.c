/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a bridged run has shown.
 */
#include "main/bridge_report.h"

#include <stdio.h>

#include "main/card.h"

struct totals {
    uint64_t tx, rx, used_tx, used_rx, doorbells, interrupts;
};

static struct totals totals_of(const struct card_device *d)
{
    struct totals t = {.tx = d->frames_out, .rx = d->frames_in};

    for (unsigned q = 0; q < d->queues; q++) {
        *(q & 1 ? &t.used_tx : &t.used_rx) += d->watch.used[q];
        t.doorbells += d->doorbells[q];
        t.interrupts += d->interrupts[q];
    }
    t.interrupts += rl_rp_messages(d->rp, RL_RP_ASSERT_INTA);
    return t;
}

static double per(uint64_t what, uint64_t packets)
{
    return packets ? (double)what / (double)packets : 0;
}

static void add(struct json_object *o, const char *name, uint64_t value)
{
    json_object_object_add(o, name, json_object_new_int64((int64_t)value));
}

static void add_ratio(struct json_object *o, const char *name, double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.4f", value);
    json_object_object_add(o, name, json_object_new_double_s(value, text));
}

static struct json_object *queues(const struct card_device *d)
{
    struct json_object *list = json_object_new_array();

    for (unsigned q = 0; q < d->queues; q++) {
        struct json_object *o;

        if (!d->watch.queue[q].size)
            continue;
        o = json_object_new_object();
        add(o, "index", q);
        add(o, "size", d->watch.queue[q].size);
        add(o, "used_descriptors", d->watch.used[q]);
        add(o, "doorbells", d->doorbells[q]);
        add(o, "interrupts", d->interrupts[q]);
        json_object_array_add(list, o);
    }
    return list;
}

static struct json_object *totals(const struct card_device *d)
{
    struct json_object *o = json_object_new_object();
    const struct totals t = totals_of(d);
    uint64_t sleep = rl_model_counter(d->model, RL_COUNT_SLEEP);
    uint64_t packets = t.tx + t.rx, cycles = rl_rp_now(d->rp);

    add(o, "tx_packets", t.tx);
    add(o, "rx_packets", t.rx);
    add(o, "used_tx", t.used_tx);
    add(o, "used_rx", t.used_rx);
    add_ratio(o, "used_per_packet_tx", per(t.used_tx, t.tx));
    add_ratio(o, "used_per_packet_rx", per(t.used_rx, t.rx));
    add_ratio(o, "doorbells_per_packet", per(t.doorbells, packets));
    add_ratio(o, "interrupts_per_packet", per(t.interrupts, packets));
    add(o, "cycles", cycles);
    add(o, "sleep_cycles", sleep);
    add(o, "instructions", rl_model_counter(d->model, RL_COUNT_RETIRED));
    add_ratio(o, "cycles_per_packet", per(cycles - sleep, packets));
    add(o, "violations", rl_rp_violations(d->rp));
    return o;
}

/* The counters that are not zero, by name. */
static struct json_object *card_errors_json(const struct card_device *d)
{
    struct json_object *o = json_object_new_object();

    for (unsigned i = 0; rl_model_error_name(i); i++) {
        uint64_t n = rl_model_counter(d->model, RL_COUNT_ERR0 + i);

        if (n)
            add(o, rl_model_error_name(i), n);
    }
    return o;
}

static struct json_object *port_json(const struct port_counts *c)
{
    struct json_object *o = json_object_new_object();

    add(o, "frames_in", c->frames_in);
    add(o, "frames_out", c->frames_out);
    add(o, "bytes_in", c->bytes_in);
    add(o, "bytes_out", c->bytes_out);
    add(o, "lost", c->lost);
    add(o, "doubled", c->doubled);
    add(o, "reordered", c->reordered);
    add(o, "corrupt", c->corrupt);
    add(o, "dropped", c->dropped);
    return o;
}

struct json_object *bridge_report_card(const struct card_device *d,
                                       const struct port *port)
{
    struct json_object *o = json_object_new_object();

    json_object_object_add(o, "queues", queues(d));
    json_object_object_add(o, "totals", totals(d));
    json_object_object_add(o, "card_errors", card_errors_json(d));
    if (port)
        json_object_object_add(o, "port", port_json(port_counts(port)));
    return o;
}

static struct json_object *bits_of(uint64_t bits)
{
    struct json_object *list = json_object_new_array();

    for (unsigned b = 0; b < 64; b++)
        if (bits >> b & 1)
            json_object_array_add(list, json_object_new_int((int)b));
    return list;
}

static struct json_object *names_of(uint64_t bits)
{
    struct json_object *list = json_object_new_array();
    char number[16];

    for (unsigned b = 0; b < 64; b++) {
        const char *name = drv_feature_name(b);

        if (!(bits >> b & 1))
            continue;
        snprintf(number, sizeof number, "bit %u", b);
        json_object_array_add(list,
                              json_object_new_string(name ? name : number));
    }
    return list;
}

struct json_object *bridge_report_features(uint64_t offered, uint64_t taken)
{
    struct json_object *o = json_object_new_object();

    json_object_object_add(o, "offered", bits_of(offered));
    json_object_object_add(o, "offered_names", names_of(offered));
    json_object_object_add(o, "taken", bits_of(taken));
    json_object_object_add(o, "taken_names", names_of(taken));
    return o;
}

struct json_object *bridge_report_remarks(const struct remarks *r)
{
    struct json_object *list = json_object_new_array();

    for (unsigned i = 0; i < r->count; i++) {
        struct json_object *o = json_object_new_object();

        json_object_object_add(o, "clause",
                               json_object_new_string(r->list[i].clause));
        json_object_object_add(o, "text",
                               json_object_new_string(r->list[i].text));
        add(o, "count", r->list[i].count);
        json_object_array_add(list, o);
    }
    return list;
}

void bridge_report_print(const struct card_device *d, const struct port *port,
                         const struct remarks *r)
{
    const struct totals t = totals_of(d);
    uint64_t sleep = rl_model_counter(d->model, RL_COUNT_SLEEP);
    uint64_t packets = t.tx + t.rx;

    printf("transmitted %llu packets, %.3f used descriptors each; received "
           "%llu, %.3f each\n",
           (unsigned long long)t.tx, per(t.used_tx, t.tx),
           (unsigned long long)t.rx, per(t.used_rx, t.rx));
    printf("%.3f doorbells, %.3f interrupts, %.1f cycles awake for a packet; "
           "%llu cycles in all\n",
           per(t.doorbells, packets), per(t.interrupts, packets),
           per(rl_rp_now(d->rp) - sleep, packets),
           (unsigned long long)rl_rp_now(d->rp));
    if (port && port_counts(port)->dropped)
        printf("the port dropped %llu frames that the card had no room for\n",
               (unsigned long long)port_counts(port)->dropped);
    card_print_errors(d->model);
    for (unsigned i = 0; r && i < r->count; i++)
        printf("remark: %s (%s), %llu times\n", r->list[i].text,
               r->list[i].clause, (unsigned long long)r->list[i].count);
}
