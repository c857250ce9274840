/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * ringlet vhost-user: a driver in another process uses the card.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/vhost_server.h"
#include "main/bridge_report.h"
#include "main/commands.h"
#include "main/recorded.h"

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal};

    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

static int port_options(const struct options *o, struct port_options *p)
{
    static const char *const kinds[] = {[PORT_LOOP] = "loop",
                                        [PORT_SINK] = "sink",
                                        [PORT_SOURCE] = "source",
                                        [PORT_SLIRP] = "slirp"};

    *p = (struct port_options){.frames = o->frames,
                               .min_bytes = o->frame_min,
                               .max_bytes = o->frame_max,
                               .window = o->window,
                               .one_way = o->one_way,
                               .flows = o->flows};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(o->port, kinds[i]) != 0)
            continue;
        p->kind = (enum port_kind)i;
        return 0;
    }
    fprintf(stderr, "ringlet: --port %s: must be loop, sink, source or slirp\n",
            o->port);
    return -1;
}

static struct json_object *errors_json(const struct vhost_server *v,
                                       const char *trouble)
{
    struct json_object *list = json_object_new_array();

    for (unsigned i = 0; i < v->errors && i < SERVER_ERRORS; i++)
        json_object_array_add(list, json_object_new_string(v->error[i]));
    if (trouble)
        json_object_array_add(list, json_object_new_string(trouble));
    return list;
}

static int report(const struct options *o, const struct vhost_server *v,
                  const struct port *port)
{
    struct json_object *root = bridge_report_card(v->d, port);
    struct json_object *features = json_object_new_object();
    struct json_object *client = json_object_new_object();
    uint64_t offered = v->session.offered & ~(1ull << VU_F_PROTOCOL_FEATURES);

    json_object_object_add(client, "connections",
                           json_object_new_int((int)v->connections));
    json_object_object_add(client, "starts",
                           json_object_new_int64((int64_t)v->starts));
    json_object_object_add(root, "client", client);
    json_object_object_add(features, "offered", bridge_report_bits(offered));
    json_object_object_add(features, "offered_names",
                           bridge_report_names(offered));
    json_object_object_add(features, "taken", bridge_report_bits(v->taken));
    json_object_object_add(features, "taken_names",
                           bridge_report_names(v->taken));
    json_object_object_add(root, "features", features);
    json_object_object_add(root, "remarks",
                           bridge_report_remarks(&v->session.remarks));
    json_object_object_add(root, "errors", errors_json(v, port_trouble(port)));
    bridge_report_print(v->d, port, &v->session.remarks);
    return json_write(root, o->json);
}

static bool good(const struct vhost_server *v, const struct port *port,
                 const struct options *o)
{
    const struct port_counts *c = port_counts(port);
    bool fine = !v->errors;

    if (port_trouble(port)) {
        fprintf(stderr, "ringlet: network port: %s\n", port_trouble(port));
        fine = false;
    }
    if (!strcmp(o->port, "source") && !port_done(port)) {
        fprintf(stderr,
                "ringlet: network port: %llu of %llu frames went in, %llu came "
                "out\n",
                (unsigned long long)c->frames_in, (unsigned long long)o->frames,
                (unsigned long long)c->frames_out);
        fine = false;
    }
    if (rl_rp_violations(v->d->rp)) {
        fprintf(stderr, "ringlet: the card broke rules of PCI Express\n");
        fine = false;
    }
    return fine;
}

static int serve(const struct options *o, struct card_device *d,
                 struct port *port)
{
    struct vhost_server_options so = {.socket = o->socket,
                                      .clients = o->clients,
                                      .idle_seconds = o->idle_timeout,
                                      .masked_features = o->masked_features,
                                      .messages = o->verbose,
                                      .stop = &stop};
    struct vhost_server *v = calloc(1, sizeof *v);
    int status = 1;

    if (!v)
        return 1;
    d->port = port;
    d->trace = o->trace;
    vhost_serve(v, d, &so);
    if (recording_close(d->record, rl_rp_now(d->rp)) == 0 &&
        report(o, v, port) == 0 && good(v, port, o))
        status = 0;
    d->record = NULL;
    free(v);
    return status;
}

int cmd_vhost_user(const struct options *o)
{
    struct port_options po;
    struct card_options k;
    struct card_device d;
    struct card c;
    struct port *port;
    int status = 1;

    if (!o->socket) {
        fprintf(stderr, "ringlet: vhost-user needs --socket PATH\n");
        return 2;
    }
    if (port_options(o, &po) || command_card(o, 0, &k))
        return 2;
    k.link.low_bytes = k.link.high_bytes = 0; /* the guest's memory instead */
    catch_signals();
    port = port_new(&po);
    if (!port)
        return 1;
    if (card_open(&c, &k) == 0) {
        if (card_device_open(&d, c.rp) == 0) {
            if (!o->record || recorded_begin(&d, o, &k))
                status = serve(o, &d, port);
            card_device_close(&d);
        }
        card_close(&c);
    }
    port_free(port);
    return status;
}
