/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "judge.h"

#include <string.h>

#include "kinds.h"
#include "ringlet_regs.h"
#include "run.h"
#include "scenarios.h"

enum { DRAIN_CYCLES = 300, SETTLE_CYCLES = 3000 };

/* ---- Common to all ---- */

static void note_counters(void)
{
    for (unsigned i = 0; i < RL_ERR_COUNTERS; i++)
        run.outcome.errors[i] =
            (uint32_t)rl_model_counter(run.model, RL_COUNT_ERR0 + i);
}

static void rules(void)
{
    if (oracle.wrong[0])
        run_failed("memory: %s", oracle.wrong);
    if (rl_rp_violations(run.rp))
        run_failed("the card violates PCI Express");
}

static bool at_rest(void)
{
    return !rl_model_counter(run.model, RL_COUNT_DMA_BUSY) &&
           !rl_model_counter(run.model, RL_COUNT_TAGS) &&
           rl_model_counter(run.model, RL_COUNT_TAGS_HELD) == 2;
}

/* Nothing goes on for ever; two tags are held for whoever comes next. */
static void idle(uint64_t cycles)
{
    uint64_t until = rl_rp_now(run.rp) + cycles;

    while (!at_rest() && rl_rp_now(run.rp) < until)
        run_cycles(50);
    if (!at_rest())
        run_failed(
            "at rest %llu commands go on, %llu tags wait, %llu are held",
            (unsigned long long)rl_model_counter(run.model, RL_COUNT_DMA_BUSY),
            (unsigned long long)rl_model_counter(run.model, RL_COUNT_TAGS),
            (unsigned long long)rl_model_counter(run.model,
                                                 RL_COUNT_TAGS_HELD));
}

static struct host *last_host(void)
{
    return &scenario_host[run.lives - 1];
}

static void end_of_life(void)
{
    struct host *h = last_host();

    host_look(h);
    note_counters();
    rules();
}

/* ---- Nothing may be different ---- */

static void same_queue(unsigned life, unsigned q, const struct outcome_life *a,
                       const struct outcome_life *b)
{
    if (a->used[q] != b->used[q])
        run_failed("life %u, queue %u: %u buffers came back, not %u", life, q,
                   a->used[q], b->used[q]);
    for (unsigned i = 0; i < a->used[q]; i++)
        if (a->log[q][i].buffer != b->log[q][i].buffer ||
            a->log[q][i].bytes != b->log[q][i].bytes)
            run_failed("life %u, queue %u: buffer %u came back as number %u "
                       "with %u bytes, not buffer %u with %u",
                       life, q, a->log[q][i].buffer, i, a->log[q][i].bytes,
                       b->log[q][i].buffer, b->log[q][i].bytes);
}

static void same_frames(const char *where, unsigned flow, unsigned count,
                        unsigned expected, const struct outcome_frame *a,
                        const struct outcome_frame *b)
{
    if (count != expected)
        run_failed("flow %u %s: %u frames, not %u", flow, where, count,
                   expected);
    for (unsigned i = 0; i < count; i++)
        if (a[i].number != b[i].number || a[i].queue != b[i].queue)
            run_failed("flow %u %s: frame %u by queue %u in place of frame %u "
                       "by queue %u",
                       flow, where, a[i].number, a[i].queue, b[i].number,
                       b[i].queue);
}

/* Of a buffer that came back nothing was lost, and in the order in which they were
 * given; where life or queue was cut off, up to there. */
static void in_order(unsigned life, unsigned q, const struct outcome_life *o)
{
    unsigned next = 0;

    for (unsigned i = 0; i < o->used[q]; i++) {
        if (o->log[q][i].buffer != next && next < o->restarted[q])
            next = o->restarted[q];
        if (o->log[q][i].buffer != next++)
            run_failed("life %u, queue %u: buffer %u came back as number %u",
                       life, q, o->log[q][i].buffer, i);
    }
}

static void ascending(const char *where, unsigned flow, unsigned count,
                      const struct outcome_frame *f)
{
    for (unsigned i = 1; i < count; i++)
        if (f[i].number <= f[i - 1].number)
            run_failed("flow %u %s: frame %u behind frame %u", flow, where,
                       f[i].number, f[i - 1].number);
}

static bool sent_was(const struct outcome_life *o, unsigned flow, unsigned n)
{
    for (unsigned i = 0; i < o->sent[flow]; i++)
        if (o->port[flow][i].number == n)
            return true;
    return false;
}

/* What may be said of any life: order, and no frame reported that was not sent. */
static void lawful(unsigned life, const struct outcome_life *o)
{
    for (unsigned q = 0; q < QUEUES; q++)
        in_order(life, q, o);
    for (unsigned f = 0; f < PAIRS; f++) {
        ascending("at the port", f, o->sent[f], o->port[f]);
        ascending("at the driver", f, o->received[f], o->host[f]);
        for (unsigned i = 0; i < o->used[2 * f + 1]; i++)
            if (!sent_was(o, f, o->log[2 * f + 1][i].buffer))
                run_failed("life %u: frame %u of queue %u is reported sent, "
                           "and was not",
                           life, o->log[2 * f + 1][i].buffer, 2 * f + 1);
    }
}

/* From `at` on, the last frame of the plan included, nothing is missing. */
static void complete(const char *where, unsigned flow, unsigned count,
                     const struct outcome_frame *f, unsigned last)
{
    if (!last)
        return;
    if (!count || f[count - 1].number != last - 1)
        run_failed("flow %u %s: the last frames are missing", flow, where);
}

static void same_life(unsigned life, const struct outcome_life *o,
                      const struct outcome_life *r)
{
    lawful(life, o);
    if (o->broken)
        run_failed("life %u: the device needs a reset, cause %08x", life,
                   o->cause);
    if (o->cut)
        run_failed("life %u: %u frames were cut at the port", life, o->cut);
    if (o->command != r->command)
        run_failed("life %u: the command was answered with %d, not %d", life,
                   o->command, r->command);
    for (unsigned f = 0; f < PAIRS && !o->over; f++) {
        const uint16_t *anew = o->restarted;

        if (!anew[2 * f + 1]) {
            same_queue(life, 2 * f + 1, o, r);
            same_frames("at the port", f, o->sent[f], r->sent[f], o->port[f],
                        r->port[f]);
        }
        if (!anew[2 * f]) {
            same_queue(life, 2 * f, o, r);
            same_frames("at the driver", f, o->received[f], r->received[f],
                        o->host[f], r->host[f]);
        }
        complete("at the port", f, o->sent[f], o->port[f],
                 scenario_host[life].sent[f]);
        complete("at the driver", f, o->received[f], o->host[f],
                 scenario_host[life].pushed[f]);
    }
}

/* more: how many of one kind the fault itself makes. */
static void as_reference(const struct outcome *r, uint32_t counter,
                         uint32_t more)
{
    const struct outcome *o = &run.outcome;

    for (unsigned i = 0; i < run.lives; i++)
        same_life(i, &o->life[i], &r->life[i]);
    for (unsigned i = 0; i < RL_ERR_COUNTERS; i++) {
        uint32_t expected =
            r->errors[i] + (RL_REG_ERR_UR + 4 * i == counter ? more : 0);

        if (o->errors[i] != expected)
            run_failed("%u %s, not %u", o->errors[i], rl_model_error_name(i),
                       expected);
    }
}

void judge_plain(void)
{
    const struct outcome_life *o = last_host()->log;

    end_of_life();
    for (unsigned f = 0; f < PAIRS; f++)
        if (!o->restarted[2 * f + 1] && o->used[2 * f + 1] != o->sent[f])
            run_failed("queue %u: %u of %u frames are reported sent", 2 * f + 1,
                       o->used[2 * f + 1], o->sent[f]);
    as_reference(&run.outcome, 0, 0);
    idle(SETTLE_CYCLES);
}

void judge_harmless(const struct outcome *reference)
{
    end_of_life();
    if (!strcmp(run.kind->name, "poisoned-write"))
        as_reference(reference, RL_REG_ERR_POISON, 1);
    else
        as_reference(reference, RL_REG_ERR_UNEXPECTED, run.strays);
    idle(SETTLE_CYCLES);
}

/* ---- A read that failed ---- */

/* All but one queue, and what depends on it, end as in the reference. */
static void others_alive(unsigned life, int broken,
                         const struct outcome_life *o,
                         const struct outcome_life *r)
{
    bool receive = !(broken & 1) && broken != CTRL;

    for (unsigned f = 0; f < PAIRS; f++) {
        if (broken != (int)(2 * f + 1) && !o->restarted[2 * f + 1])
            same_queue(life, 2 * f + 1, o, r);
        /* A receive queue that breaks takes along what waits in the port; without
         * its command the driver has one pair that receives. */
        if (receive || o->restarted[2 * f])
            continue;
        if (broken != CTRL)
            same_queue(life, 2 * f, o, r);
        if (o->received[f] != r->received[f])
            run_failed("life %u: queue %d broke, and %u of %u frames of flow "
                       "%u came",
                       life, broken, o->received[f], r->received[f], f);
    }
}

static void reported(unsigned life, struct outcome_life *o)
{
    unsigned fault = 0;
    int q = host_owner(&scenario_host[life], run.read_addr, &fault);

    if (!o->told)
        run_failed("the device needs a reset, and no interrupt told of it");
    if (o->cause != ((uint32_t)q << 16 | fault))
        run_failed("cause %08x; the read at 0x%llx belongs to queue %d, "
                   "fault %u",
                   o->cause, (unsigned long long)run.read_addr, q, fault);
}

static void damaged_life(unsigned life, const struct outcome_life *r)
{
    struct outcome_life *o = &run.outcome.life[life];
    int q = (int)(o->cause >> 16);

    lawful(life, o);
    if (o->cut > 1)
        run_failed("life %u: %u frames were cut at the port", life, o->cut);
    reported(life, o);
    if (!o->over)
        others_alive(life, q, o, r);
}

void judge_damage(const struct outcome *reference)
{
    end_of_life();
    for (unsigned i = 0; i < run.lives; i++) {
        if (run.outcome.life[i].broken)
            damaged_life(i, &reference->life[i]);
        else
            same_life(i, &run.outcome.life[i], &reference->life[i]);
    }
}

/* ---- Afterwards ---- */

static const struct plan new_plan = {
    .in_order = true,
    .event_idx = true,
    .indirect = true,
    .pairs = 1,
    .size = 32,
    .plain = 32, /* then tables */
    .burst = 32,
    .tx = 64,
    .rx = 4,
};
/* The long way costs time: every so many steps, elsewhere counters tell. */
enum { ALL_TAGS_EVERY = 8, SHORT_TX = 6, SHORT_RX = 2 };

static void all_tags(void)
{
    if (run.tags_fetch != 8 || run.tags_run != 24)
        run_failed("of 8 and 24 tags %u and %u were in use at a time",
                   run.tags_fetch, run.tags_run);
}

/* Messages of the life before: none while the new one is there. */
static void old_messages(const struct host *h, const uint64_t *before)
{
    for (unsigned v = 1; v < RL_NUM_VECTORS; v++)
        if ((v < h->vectors || v > h->vectors + 1) &&
            rl_rp_msix_count(run.rp, v) != before[v])
            run_failed("a message of vector %u, which belongs to the driver's "
                       "life before",
                       v);
}

/* Frames of the life before, of which some were cut. */
static void drain(void)
{
    size_t bytes;

    for (unsigned i = 0; i < DRAIN_CYCLES; i++) {
        run_cycles(1);
        while (rl_model_net_peek(run.model, &bytes, NULL))
            rl_model_net_pop(run.model);
    }
}

void judge_new_life(void)
{
    static struct host h;
    static struct outcome_life log;
    uint64_t before[RL_NUM_VECTORS];
    unsigned half = run.lives ? !last_host()->half : 0;
    bool census = run.struck_step % ALL_TAGS_EVERY == 0;
    unsigned tx = census ? new_plan.tx : SHORT_TX;
    unsigned rx = census ? new_plan.rx : SHORT_RX;

    if (run.lives && !run.kind->resets) {
        if (!last_host()->pci.vendor_page) /* the last it finds */
            host_find(last_host());
        host_reset(last_host());
    }
    /* The tags of reads that timed out are free again only then. */
    idle(3 * TIMEOUT_CYCLES);
    drain();
    for (unsigned v = 0; v < RL_NUM_VECTORS; v++)
        before[v] = rl_rp_msix_count(run.rp, v);
    host_open(&h, &new_plan, 9, half, &log);
    run.census = census;
    if (census)
        rl_rp_options(run.rp)->latency_cycles = 400;
    host_traffic(&h, tx, rx);
    host_look(&h);
    rules();
    if (log.broken || log.cut || log.sent[0] != tx || log.used[1] != tx ||
        log.received[0] != rx)
        run_failed("the new driver: status %s, cause %08x, %u frames cut, %u "
                   "sent, %u reported, %u received",
                   log.broken ? "needs reset" : "good", log.cause, log.cut,
                   log.sent[0], log.used[1], log.received[0]);
    lawful(0, &log);
    if (census)
        all_tags();
    old_messages(&h, before);
    host_reset(&h);
    idle(0);
    rules();
}
