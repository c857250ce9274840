/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * ringlet replay: a recorded run once more.
 */
#include <stdio.h>

#include "bridge/replay.h"
#include "bridge/vfio_card.h"
#include "main/bridge_report.h"
#include "main/commands.h"
#include "main/output.h"
#include "main/recorded.h"

static int replay(const struct options *o, struct card_device *d,
                  struct recording *r)
{
    struct remarks remarks = {.count = 0};
    int status = 0;

    d->trace = o->trace;
    d->watch.remarks = &remarks;
    if (replay_run(d, r, o->max_cycles)) {
        if (d->diverged[0])
            fprintf(stderr, "ringlet: the run is another one: %s\n",
                    d->diverged);
        status = 1;
    }
    if (rl_rp_violations(d->rp)) {
        fprintf(stderr, "ringlet: the card broke rules of PCI Express\n");
        status = 1;
    }
    bridge_report_print(d, NULL, &remarks);
    if (json_write(bridge_report_card(d, NULL), o->json))
        status = 1;
    d->watch.remarks = NULL;
    if (!status)
        printf("the same run, to cycle %llu\n",
               (unsigned long long)rl_rp_now(d->rp));
    return status;
}

static int replay_card(const struct options *o, struct card *card,
                       struct recording *r, bool knows_pci)
{
    struct vfio_card v;
    struct card_device d;
    int status = 1;

    if (knows_pci && vfio_card_open(&v, card->rp) == 0) {
        status = replay(o, &v.d, r);
        vfio_card_close(&v);
    } else if (!knows_pci && card_device_open(&d, card->rp) == 0) {
        status = replay(o, &d, r);
        card_device_close(&d);
    }
    return status;
}

int cmd_replay(const struct options *o)
{
    struct card_options k;
    struct recording *r;
    struct card c;
    bool knows_pci;
    int status = 1;

    if (!o->recording) {
        fprintf(stderr, "ringlet: replay needs --recording FILE\n");
        return 2;
    }
    if (output_check(o->json))
        return 2;
    r = recorded_open(o->recording, &k, &knows_pci);
    if (!r)
        return 1;
    k.waves = o->waves;
    k.show_console = o->uart;
    if (card_open(&c, &k) == 0) {
        status = replay_card(o, &c, r, knows_pci);
        card_close(&c);
    }
    recording_close(r, 0);
    return status;
}
