/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the card does within a cycle: reads and writes memory, interrupts,
 * exchanges frames. Called by the root port.
 */
#include <stdio.h>

#include "bridge/card_internal.h"

enum { CONFIG_VECTOR = 0 };

void card_on_access(void *ctx, bool write, uint64_t addr, uint8_t *data,
                    uint32_t bytes)
{
    struct card_device *d = ctx;

    if (write) {
        ring_watch_write(&d->watch, addr, bytes);
        return;
    }
    if (d->replay)
        replay_read(d, addr, data, bytes);
    if (d->record)
        recording_event(d->record, RECORDING_READ, rl_rp_now(d->rp), &addr,
                        sizeof addr, data, bytes);
    ring_watch_read(&d->watch, addr, data, bytes);
}

void card_on_msix(void *ctx, unsigned vector)
{
    struct card_device *d = ctx;

    if (vector == CONFIG_VECTOR) {
        d->config_event = true;
        return;
    }
    for (unsigned q = 0; q < d->queues; q++) {
        if (!d->enabled[q] || d->vector[q] != vector)
            continue;
        d->interrupts[q]++;
        if (d->interrupt)
            d->interrupt(d->interrupt_ctx, q);
    }
}

static void print_tlp(uint64_t cycle, bool upstream, const struct rl_tlp *t)
{
    printf("%10llu %s %08x %08x %08x %08x", (unsigned long long)cycle,
           upstream ? "card" : "host", t->hdr[0], t->hdr[1], t->hdr[2],
           t->hdr[3]);
    for (unsigned i = 0; i < t->payload_bytes && i < 32; i++)
        printf("%s%02x", i % 4 ? "" : " ", t->payload[i]);
    printf(t->payload_bytes > 32 ? " ... %u bytes\n" : "\n", t->payload_bytes);
}

void card_on_tlp(void *ctx, uint64_t cycle, bool upstream,
                 const struct rl_tlp *t)
{
    struct card_device *d = ctx;
    struct recording *r = d->record ? d->record : d->replay;

    d->quiet_since = cycle;
    if (d->trace)
        print_tlp(cycle, upstream, t);
    if (!upstream || !r)
        return;
    recording_output(r, t->hdr, sizeof t->hdr);
    recording_output(r, t->payload, t->payload_bytes);
}

static void take_frames(struct card_device *d)
{
    struct recording *r = d->record ? d->record : d->replay;
    const uint8_t *frame;
    size_t bytes;
    bool bad;

    while ((frame = rl_model_net_peek(d->model, &bytes, &bad))) {
        d->quiet_since = rl_rp_now(d->rp);
        d->frames_out++;
        if (r)
            recording_output(r, frame, bytes);
        if (d->port)
            port_take(d->port, frame, bytes, bad);
        rl_model_net_pop(d->model);
    }
}

void card_give_frame(struct card_device *d, const uint8_t *frame, size_t bytes)
{
    d->quiet_since = rl_rp_now(d->rp);
    d->frames_in++;
    rl_model_net_push(d->model, frame, bytes, false);
    if (d->record)
        recording_event(d->record, RECORDING_FRAME, rl_rp_now(d->rp), frame,
                        bytes, NULL, 0);
}

static void give_frames(struct card_device *d)
{
    const uint8_t *frame;
    size_t bytes;

    /* Before there is a driver frames would only be thrown away. */
    while (d->port && d->running && rl_model_net_push_space(d->model) &&
           (frame = port_next(d->port, &bytes))) {
        card_give_frame(d, frame, bytes);
        port_next_done(d->port);
    }
}

void card_on_tick(void *ctx)
{
    struct card_device *d = ctx;

    take_frames(d);
    if (d->replay)
        replay_frames(d);
    else
        give_frames(d);
}
