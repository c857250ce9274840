/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Frames that carry their number, and those of a packet generator that counts
 * in the IPv4 destination address.
 *
 * A numbered frame: MAC addresses, EtherType for local experiments, its number,
 * its length, then bytes that follow from the number; so loss, doubling, order
 * and every byte can be checked. Whoever forwards it may swap the addresses.
 */
#include <string.h>

#include "port/internal.h"

enum {
    MAC_BYTES = 12,
    FLOW_AT = 10, /* in the address of the port */
    TYPE_AT = 12,
    NUMBER_AT = 14,
    LENGTH_AT = 22,
    BODY_AT = 24,
    IP_TYPE = 0x0800,
    IP_DESTINATION_AT = 30,
    ETHERTYPE_LOCAL = 0x88b5, /* IEEE 802, local experimental 1 */
};

static const uint8_t to_card[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0x01};
static const uint8_t to_port[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0xfe};

static void put(uint8_t *p, uint64_t v, unsigned bytes)
{
    while (bytes--)
        *p++ = (uint8_t)(v >> 8 * bytes);
}

static uint64_t get(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    while (bytes--)
        v = v << 8 | *p++;
    return v;
}

static uint32_t length_of(const struct port *p, uint64_t number)
{
    uint32_t span = p->o.max_bytes - p->o.min_bytes + 1;

    /* A stride prime to most spans: neighbours differ much. */
    return p->o.min_bytes + (uint32_t)(number * 97 % span);
}

/* Frames of one pair of addresses are a flow: what may pass another frame is of
 * another flow. */
static unsigned flow_of(const struct port *p, uint64_t number)
{
    return (unsigned)(number % p->o.flows);
}

void numbered_begin(struct port *p)
{
    if (p->o.flows < 1)
        p->o.flows = 1;
    if (p->o.flows > PORT_FLOWS_MAX)
        p->o.flows = PORT_FLOWS_MAX;
    for (unsigned i = 0; i < p->o.flows; i++)
        p->due[i] = i;
}

void numbered_make(const struct port *p, uint64_t number, struct port_frame *f)
{
    uint64_t x = number * 0x9e3779b97f4a7c15u + 1;

    f->bytes = (uint16_t)length_of(p, number);
    memcpy(f->data, to_card, 6);
    memcpy(f->data + 6, to_port, 6);
    f->data[FLOW_AT] = (uint8_t)flow_of(p, number);
    put(f->data + TYPE_AT, ETHERTYPE_LOCAL, 2);
    put(f->data + NUMBER_AT, number, 8);
    put(f->data + LENGTH_AT, f->bytes, 2);
    for (unsigned i = BODY_AT; i < f->bytes; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        f->data[i] = (uint8_t)(x >> 56);
    }
}

static bool contents_good(const struct port *p, const uint8_t *frame,
                          size_t bytes, uint64_t number)
{
    struct port_frame expected;
    const uint8_t *e = expected.data;

    numbered_make(p, number, &expected);
    if (bytes != expected.bytes ||
        memcmp(frame + MAC_BYTES, e + MAC_BYTES, bytes - MAC_BYTES) != 0)
        return false;
    return !memcmp(frame, e, MAC_BYTES) ||
           (!memcmp(frame, e + 6, 6) && !memcmp(frame + 6, e, 6));
}

void numbered_check(struct port *p, const uint8_t *frame, size_t bytes)
{
    uint64_t number, *due, missing;

    /* A driver's system may say things of its own (neighbour discovery). */
    if (bytes < BODY_AT || get(frame + TYPE_AT, 2) != ETHERTYPE_LOCAL)
        return;
    number = get(frame + NUMBER_AT, 8);
    if (number >= p->sent || !contents_good(p, frame, bytes, number)) {
        p->n.corrupt++;
        port_say(p, "after %llu frames one came back changed",
                 (unsigned long long)p->back);
        return;
    }
    due = &p->due[flow_of(p, number)];
    if (number >= *due) {
        missing = (number - *due) / p->o.flows;
        if (missing)
            port_say(p, "number %llu came back where %llu was expected",
                     (unsigned long long)number, (unsigned long long)*due);
        p->n.lost += missing;
        p->back += missing + 1;
        *due = number + p->o.flows;
        return;
    }
    /* Late: it was counted as lost if it is new; which of the two it is cannot
     * be told without a memory of all numbers, and either is an error. */
    if (number + p->o.flows == *due)
        p->n.doubled++;
    else
        p->n.reordered++;
    port_say(p, "number %llu came back after %llu", (unsigned long long)number,
             (unsigned long long)(*due - p->o.flows));
}

void flows_check(struct port *p, const uint8_t *frame, size_t bytes)
{
    uint32_t address, flow, flows = p->o.flows;

    if (bytes < IP_DESTINATION_AT + 4 || get(frame + TYPE_AT, 2) != IP_TYPE)
        return;
    address = (uint32_t)get(frame + IP_DESTINATION_AT, 4);
    if (!p->flow_known) {
        p->flow_known = true;
        p->flow_base = address;
        p->flow_next = 0;
    }
    flow = address - p->flow_base;
    if (flow == p->flow_next % flows) {
        p->flow_next = (flow + 1) % flows;
        return;
    }
    port_say(p, "flow %u where %u was expected, at frame %llu", flow,
             p->flow_next, (unsigned long long)p->n.frames_out);
    if ((flow + 1) % flows == p->flow_next)
        p->n.doubled++;
    else if ((flow + flows - p->flow_next) % flows < flows / 2)
        p->n.lost += (flow + flows - p->flow_next) % flows;
    else
        p->n.reordered++;
    p->flow_next = (flow + 1) % flows;
}
