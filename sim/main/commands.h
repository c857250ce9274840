/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the commands share. Each command is one file with one cmd_ function,
 * which returns the program's exit status.
 */
#ifndef RL_MAIN_COMMANDS_H
#define RL_MAIN_COMMANDS_H

#include <json-c/json.h>

#include "main/card.h"
#include "main/options.h"
#include "main/traffic.h"

int cmd_enum(const struct options *o);
int cmd_net(const struct options *o);
int cmd_demo(const struct options *o);
int cmd_bench(const struct options *o);
int cmd_vhost_user(const struct options *o);
int cmd_vfio_user(const struct options *o);
int cmd_replay(const struct options *o);

/* Prints how to repeat the run and says how the card is to be opened;
 * default_max_cycles 0: no limit. -1: one line on stderr. */
int command_card(const struct options *o, uint64_t default_max_cycles,
                 struct card_options *k);
/* The same, and opens it. */
int command_open(struct card *c, const struct options *o,
                 uint64_t default_max_cycles);
void command_traffic(const struct options *o, struct traffic_options *t);

/* "device memory, in-order" */
const char *placement_name(bool device_memory);

/* Results as JSON: frees the object. 0, or -1 and a line on stderr. */
int json_write(struct json_object *object, const char *file);
struct json_object *json_of_result(const struct traffic_result *r);
struct json_object *json_of_stats(const struct rl_rp_stats *s);

#endif
