/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * ringlet vfio-user: a virtual machine has the card.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge/vfio_server.h"
#include "main/bridge_command.h"
#include "main/bridge_report.h"
#include "main/commands.h"
#include "main/recorded.h"

static void add(struct json_object *o, const char *name, uint64_t value)
{
    json_object_object_add(o, name, json_object_new_int64((int64_t)value));
}

static int report(const struct options *o, const struct vfio_server *v,
                  const struct port *port)
{
    const struct vfio_card *c = v->card;
    struct json_object *root = bridge_report_card(&c->d, port);
    struct json_object *client = json_object_new_object();

    add(client, "connections", v->s.connections);
    add(client, "messages", v->session.messages);
    add(client, "refused", v->session.refused);
    add(client, "resets", c->resets);
    add(client, "bar_reads", c->reads);
    add(client, "bar_writes", c->writes);
    add(client, "reads_without_answer", c->failed_reads);
    add(client, "msix_messages", c->interrupts);
    add(client, "slowest_answer_ms", (uint64_t)v->slowest_ms);
    json_object_object_add(root, "client", client);
    json_object_object_add(
        root, "features",
        bridge_report_features(card_device_offered(&c->d) & ~c->masked_features,
                               c->d.watch.features));
    json_object_object_add(root, "remarks", bridge_report_remarks(&v->remarks));
    json_object_object_add(root, "errors", bridge_errors(&v->s, port));
    bridge_report_print(&c->d, port, &v->remarks);
    printf("%llu messages, %llu refused, %llu resets; slowest answer %lld ms\n",
           (unsigned long long)v->session.messages,
           (unsigned long long)v->session.refused,
           (unsigned long long)c->resets, (long long)v->slowest_ms);
    return json_write(root, o->json);
}

static int serve(const struct options *o, struct vfio_card *c,
                 struct port *port)
{
    struct server_options so = bridge_server_options(o);
    struct vfio_server *v = calloc(1, sizeof *v);
    int status = 1;

    if (!v)
        return 1;
    c->d.port = port;
    c->d.trace = o->trace;
    vfio_serve(v, c, &so);
    if (recording_close(c->d.record, rl_rp_now(c->d.rp)) == 0 &&
        report(o, v, port) == 0 && bridge_good(&v->s, port, o))
        status = 0;
    c->d.record = NULL;
    free(v);
    return status;
}

static int run(const struct options *o, const struct card_options *k,
               struct card *card, struct port *port)
{
    struct vfio_card c;
    int status = 1;

    if (vfio_card_open(&c, card->rp))
        return 1;
    c.masked_features = o->masked_features;
    if (!o->record || recorded_begin(&c.d, o, k, "vfio-user"))
        status = serve(o, &c, port);
    vfio_card_close(&c);
    return status;
}

int cmd_vfio_user(const struct options *o)
{
    return bridge_command("vfio-user", o, run);
}
