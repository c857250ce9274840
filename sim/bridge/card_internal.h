/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the card device's own files only.
 */
#ifndef RL_BRIDGE_CARD_INTERNAL_H
#define RL_BRIDGE_CARD_INTERNAL_H

#include "bridge/card_device.h"

/* card_cycle.c: what the root port calls. */
rl_rp_access_fn card_on_access;
rl_rp_msix_fn card_on_msix;
rl_rp_trace_fn card_on_tlp;
rl_rp_ticked_fn card_on_tick;
void card_give_frame(struct card_device *d, const uint8_t *frame, size_t bytes);

/* replay.c: what takes the place of memory and port within a cycle. */
void replay_read(struct card_device *d, uint64_t addr, uint8_t *data,
                 uint32_t bytes);
void replay_frames(struct card_device *d);

#endif
