/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the commands share that let a driver in another process use the card.
 */
#ifndef RL_MAIN_BRIDGE_COMMAND_H
#define RL_MAIN_BRIDGE_COMMAND_H

#include <json-c/json.h>

#include "bridge/server.h"
#include "main/card.h"
#include "main/options.h"

/* Opens card and port as the options say, calls run(), closes them. `name` is
 * the command's. The program's exit status. */
typedef int bridge_run_fn(const struct options *o, const struct card_options *k,
                          struct card *c, struct port *port);
int bridge_command(const char *name, const struct options *o,
                   bridge_run_fn *run);

/* SIGINT and SIGTERM end the run. */
struct server_options bridge_server_options(const struct options *o);

struct json_object *bridge_errors(const struct server *s,
                                  const struct port *port);
/* False: something was wrong; told on stderr. */
bool bridge_good(const struct server *s, const struct port *port,
                 const struct options *o);

#endif
