/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * TLPs around the fault, as text.
 */
#include <stdio.h>
#include <string.h>

#include "run.h"

static const char *name_of(unsigned fmt_type)
{
    switch (fmt_type) {
    case 0x00:
    case 0x20:
        return "MRd";
    case 0x40:
    case 0x60:
        return "MWr";
    case 0x04:
        return "CfgRd";
    case 0x44:
        return "CfgWr";
    case 0x0a:
        return "Cpl";
    case 0x4a:
        return "CplD";
    default:
        return "Msg";
    }
}

void trace_print(const struct trace_line *l)
{
    unsigned ft = l->hdr[0] >> 24, type = ft & 0x1f;
    unsigned tag = (type == 0x0a ? l->hdr[2] : l->hdr[1]) >> 8 & 0xff;

    printf("#   step %llu, cycle %llu %s %-5s tag %02x",
           (unsigned long long)l->step, (unsigned long long)l->cycle,
           l->upstream ? "from card" : "to card  ", name_of(ft), tag);
    if (type == 0x0a)
        printf(", status %u, %u to come, lower address %02x",
               l->hdr[1] >> 13 & 7, l->hdr[1] & 0xfff, l->hdr[2] & 0x7f);
    else if (type == 0)
        printf(", address %08x%08x", ft & 0x20 ? l->hdr[2] : 0,
               ft & 0x20 ? l->hdr[3] : l->hdr[2]);
    else
        printf(", register %03x", l->hdr[2] & 0xfff);
    if (l->hdr[0] & 1u << 14)
        printf(", poisoned");
    printf(", %u DW, %u bytes here\n", l->hdr[0] & 0x3ff, l->bytes);
}

void trace_keep(uint64_t cycle, bool upstream, const struct rl_tlp *t)
{
    struct trace_line *l = &run.line[run.traced++ % TRACE_LINES];

    l->cycle = cycle;
    l->step = run.step;
    l->upstream = upstream;
    l->bytes = t->payload_bytes;
    memcpy(l->hdr, t->hdr, sizeof l->hdr);
}

void trace_kept(void)
{
    unsigned n = run.traced < TRACE_LINES ? run.traced : TRACE_LINES;

    for (unsigned i = run.traced - n; i != run.traced; i++)
        trace_print(&run.line[i % TRACE_LINES]);
}
