/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a bridged run has shown, as text and as JSON.
 */
#ifndef RL_MAIN_BRIDGE_REPORT_H
#define RL_MAIN_BRIDGE_REPORT_H

#include <json-c/json.h>

#include "bridge/card_device.h"

/* One object with queues, totals and port; port counts may be NULL. */
struct json_object *bridge_report_card(const struct card_device *d,
                                       const struct port *port);
/* Feature bits and their names, of the first 64. */
struct json_object *bridge_report_features(uint64_t offered, uint64_t taken);
struct json_object *bridge_report_remarks(const struct remarks *r);

void bridge_report_print(const struct card_device *d, const struct port *port,
                         const struct remarks *r);

#endif
