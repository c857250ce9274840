/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * ringlet vhost-user: a driver in another process uses the card.
 */
#include <stdlib.h>

#include "bridge/vhost_server.h"
#include "main/bridge_command.h"
#include "main/bridge_report.h"
#include "main/commands.h"
#include "main/recorded.h"

static int report(const struct options *o, const struct vhost_server *v,
                  const struct port *port)
{
    struct json_object *root = bridge_report_card(v->s.d, port);
    struct json_object *client = json_object_new_object();
    uint64_t offered = v->session.offered & ~(1ull << VU_F_PROTOCOL_FEATURES);

    json_object_object_add(client, "connections",
                           json_object_new_int((int)v->s.connections));
    json_object_object_add(client, "starts",
                           json_object_new_int64((int64_t)v->starts));
    json_object_object_add(root, "client", client);
    json_object_object_add(root, "features",
                           bridge_report_features(offered, v->taken));
    json_object_object_add(root, "remarks",
                           bridge_report_remarks(&v->session.remarks));
    json_object_object_add(root, "errors", bridge_errors(&v->s, port));
    bridge_report_print(v->s.d, port, &v->session.remarks);
    return json_write(root, o->json);
}

static int serve(const struct options *o, struct card_device *d,
                 struct port *port)
{
    struct server_options so = bridge_server_options(o);
    struct vhost_server *v = calloc(1, sizeof *v);
    int status = 1;

    if (!v)
        return 1;
    d->port = port;
    d->trace = o->trace;
    vhost_serve(v, d, &so);
    if (recording_close(d->record, rl_rp_now(d->rp)) == 0 &&
        report(o, v, port) == 0 && bridge_good(&v->s, port, o))
        status = 0;
    d->record = NULL;
    free(v);
    return status;
}

static int run(const struct options *o, const struct card_options *k,
               struct card *c, struct port *port)
{
    struct card_device d;
    int status = 1;

    if (card_device_open(&d, c->rp))
        return 1;
    if (!o->record || recorded_begin(&d, o, k, "vhost-user"))
        status = serve(o, &d, port);
    card_device_close(&d);
    return status;
}

int cmd_vhost_user(const struct options *o)
{
    return bridge_command("vhost-user", o, run);
}
