/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the commands share that let a driver in another process use the card.
 */
#include "main/bridge_command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "main/commands.h"

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
    if (!strncmp(o->port, "tap:", 4)) {
        p->kind = PORT_TAP;
        p->tap_name = o->port + 4;
        return 0;
    }
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(o->port, kinds[i]) != 0)
            continue;
        p->kind = (enum port_kind)i;
        return 0;
    }
    fprintf(stderr,
            "ringlet: --port %s: must be loop, sink, source, slirp or "
            "tap:NAME\n",
            o->port);
    return -1;
}

struct json_object *bridge_errors(const struct server *s,
                                  const struct port *port)
{
    struct json_object *list = json_object_new_array();
    const char *trouble = port_trouble(port);

    for (unsigned i = 0; i < s->errors && i < SERVER_ERRORS; i++)
        json_object_array_add(list, json_object_new_string(s->error[i]));
    if (trouble)
        json_object_array_add(list, json_object_new_string(trouble));
    return list;
}

bool bridge_good(const struct server *s, const struct port *port,
                 const struct options *o)
{
    const struct port_counts *c = port_counts(port);
    bool fine = !s->errors;

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
    if (rl_rp_violations(s->d->rp)) {
        fprintf(stderr, "ringlet: the card broke rules of PCI Express\n");
        fine = false;
    }
    return fine;
}

struct server_options bridge_server_options(const struct options *o)
{
    return (struct server_options){.socket = o->socket,
                                   .clients = o->clients,
                                   .idle_seconds = o->idle_timeout,
                                   .masked_features = o->masked_features,
                                   .messages = o->verbose,
                                   .stop = &stop};
}

int bridge_command(const char *name, const struct options *o,
                   bridge_run_fn *run)
{
    struct port_options po;
    struct card_options k;
    struct card c;
    struct port *port;
    int status = 1;

    if (!o->socket) {
        fprintf(stderr, "ringlet: %s needs --socket PATH\n", name);
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
        status = run(o, &k, &c, port);
        card_close(&c);
    }
    port_free(port);
    return status;
}
