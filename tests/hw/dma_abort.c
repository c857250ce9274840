/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Commands that are stopped, at many moments, in three ways: abort bit, bus mastering
 * off, and the network port stalled. Each gives one completion, nothing is sent behind
 * the last one, no packet is lost unseen, tags come back.
 */
#include <string.h>

#include "dma_bench.h"

enum { RINGBASE = 0x2000, RXRING = 0x3000, FRAMES = 6, QUEUE = 5, OTHER = 6 };

static uint64_t base, rxbase;
static uint8_t *host, *rxhost;
static uint8_t frame[FRAMES][600];

static uint64_t sent(struct bench *b)
{
    const struct rl_rp_stats *s = rl_rp_stats(b->rp, true);

    return s->tlps[RL_RP_MRD] + s->tlps[RL_RP_MWR] + s->tlps[RL_RP_MSIX];
}

static void sent_away(struct bench *b)
{
    size_t bytes;
    bool broken;

    while (frame_wait(b, &bytes, &broken, 0))
        rl_model_net_pop(b->m);
}

enum how { ABORT, ABORT_STALLED, NO_BME };

static void stop(struct bench *b, enum how how, bool on)
{
    if (how == NO_BME)
        rl_rp_command(b->rp, on ? 0 : 4, on ? 4 : 0);
    else
        fw_write(b, RL_REG_DMA_ABORT, on ? 1u << QUEUE : 0);
    if (how == NO_BME && !on)
        queue_again(b, QUEUE);
    /* A port that is stalled for good must not keep commands from ending. */
    if (how == ABORT_STALLED)
        rl_model_net_tx_ready(b->m, on ? 0 : 65536);
}

/* Whether the next frames that the card takes from the port are i and on. */
static unsigned frames_from(struct bench *b, unsigned i)
{
    unsigned bad = 0;

    for (; i < FRAMES; i++) {
        guard(rxhost, 2048);
        lmem_desc(b, RXRING, rxbase, 2048, 0, DESC_WRITE);
        wr_run(b, RXRING, 1, RING(0, 0), 0, 50 | CMD_NOTIFY);
        bad += !cpl_is(b, 50, RL_DMA_OK, 100 * (i + 1));
        rl_rp_run(b->rp, 200);
        bad += memcmp(rxhost, frame[i], 100 * (i + 1)) != 0;
    }
    return bad;
}

/* Frames of 100, 200... bytes, their lengths known to firmware. */
static void frames_in(struct bench *b)
{
    for (unsigned i = 0; i < FRAMES; i++) {
        fill(b, frame[i], 100 * (i + 1));
        frame_send(b, frame[i], 100 * (i + 1));
    }
    for (unsigned i = 0; i < FRAMES; i++)
        while (!(fw_read(b, RL_REG_NETRX_LEN) >> 31))
            ;
    for (unsigned i = 0; i < FRAMES; i++)
        lmem_desc(b, RXRING + 16 * i, rxbase + 2048 * i, 2048, i, DESC_WRITE);
}

/* How many of them these bytes are; more than FRAMES: none. */
static unsigned whole_frames(uint32_t bytes)
{
    unsigned i;

    for (i = 0; bytes && i < FRAMES; i++) {
        if (bytes < 100 * (i + 1))
            break;
        bytes -= 100 * (i + 1);
    }
    if (bytes)
        note("%u bytes more than %u frames taken", bytes, i);
    return bytes ? FRAMES + 1 : i;
}

static unsigned once(struct bench *b, enum how how, unsigned when)
{
    unsigned bad = 0, aborted = 0, i;
    uint32_t taken = 0, q = CMD_QUEUE(QUEUE);
    uint64_t before;
    struct cpl c;

    frames_in(b);
    for (i = 0; i < 16; i++)
        lmem_desc(b, RINGBASE + 16 * i, base + 2048 * i, 700, i, 0);
    if (how == ABORT_STALLED)
        rl_model_net_tx_ready(b->m, when & 1 ? 0 : 3000);

    rd_run(b, RINGBASE, 16, RING(RINGBASE, 16), 12, 1 | q);
    wr_run(b, RXRING, FRAMES, RING(RXRING, FRAMES), 0x60000000u | when % 33,
           2 | q | CMD_NOTIFY);
    rd_fetch(b, base, 0x8000, 4096, 3 | q);
    rd_run(b, RINGBASE, 16, RING(RINGBASE, 16), 12, 4 | q);
    wr_copy(b, rxbase + 32768, 0x4000, 4096, 5 | q | CMD_NOTIFY);
    wr_op(b, RL_OP_MSIX, 1, 6 | q | CMD_NOTIFY);
    rl_rp_run(b->rp, when);
    stop(b, how, true);
    for (unsigned seen = 0; seen < 6; seen++) {
        c = cpl_get(b, 30000);
        if (!c.valid || c.cookie < 1 || c.cookie > 6 ||
            (c.status != RL_DMA_OK && c.status != RL_DMA_ABORTED)) {
            note("completion %u: valid %d, cookie %u, status %u", seen, c.valid,
                 c.cookie, c.status);
            return bad + 1;
        }
        aborted += c.status == RL_DMA_ABORTED;
        if (c.cookie == 2)
            taken = c.bytes;
    }
    rl_rp_run(b->rp, 30);
    before = sent(b);
    rl_rp_run(b->rp, 600);
    if (sent(b) != before)
        bad++, note("TLP behind the last completion");
    /* A command pushed now is not begun. */
    rd_fetch(b, base, 0x8000, 64, 7 | q);
    bad += !cpl_is(b, 7, RL_DMA_ABORTED, 0);
    wr_imm(b, rxbase, 4, 0, 8 | q);
    bad += !cpl_is(b, 8, RL_DMA_ABORTED, 0);
    if (how != NO_BME) {
        rd_fetch(b, base, 0x8000, 64, 9 | CMD_QUEUE(OTHER));
        bad += !cpl_is(b, 9, RL_DMA_OK, 64);
    } else {
        rd_fetch(b, DEVWIN, 0x8000, 64, 9 | CMD_SPACE);
        bad += !cpl_is(b, 9, RL_DMA_OK, 64);
    }
    bad += sent(b) != before + (how != NO_BME);
    stop(b, how, false);
    rl_rp_run(b->rp, 2000);
    sent_away(b);

    /* Whole packets were taken, as many as the completion says. */
    i = whole_frames(taken);
    if (i > FRAMES)
        return bad + 1;
    bad += frames_from(b, i);

    rd_run(b, RINGBASE, 16, RING(RINGBASE, 16), 12, 40);
    rd_run(b, RINGBASE, 16, RING(RINGBASE, 16), 12, 41);
    for (i = 0; i < 32; i++)
        bad += !frame_is(b, host + 2048 * (i % 16) + 12, 688, 20000);
    bad += !cpl_is(b, 40, RL_DMA_OK, 16 * 688);
    bad += !cpl_is(b, 41, RL_DMA_OK, 16 * 688);
    if (bad)
        note("way %d, after %u cycles, %u aborted", how, when, aborted);
    return bad;
}

/* Empty stream: a run and a DROP that wait for packets can be stopped. */
static void waiting(struct bench *b)
{
    unsigned bad = 0;

    lmem_desc(b, RXRING, rxbase, 2048, 0, DESC_WRITE);
    wr_run(b, RXRING, 1, RING(0, 0), 0, 1 | CMD_QUEUE(QUEUE));
    wr_op(b, RL_OP_DROP, 3, 2 | CMD_QUEUE(QUEUE));
    wr_imm(b, rxbase, 4, 1, 3 | CMD_QUEUE(OTHER) | CMD_NOTIFY);
    rl_rp_run(b->rp, 500);
    bad += fw_read(b, RL_REG_EVENTS) & 1;
    fw_write(b, RL_REG_DMA_ABORT, 1u << QUEUE);
    bad += !cpl_is(b, 1, RL_DMA_ABORTED, 0);
    bad += !cpl_is(b, 2, RL_DMA_ABORTED, 0);
    bad += !cpl_is(b, 3, RL_DMA_OK, 4);
    fw_write(b, RL_REG_DMA_ABORT, 0);
    is_u(bad, 0, "commands that wait for packets can be stopped");
}

/* What goes on without bus mastering: nothing towards the host. */
static void without_bus_mastering(struct bench *b)
{
    unsigned bad = 0;
    uint64_t before;

    for (unsigned i = 0; i < 3; i++)
        frame_send(b, frame[0], 100);
    rl_rp_run(b->rp, 200);
    stop(b, NO_BME, true);
    before = sent(b);
    wr_op(b, RL_OP_DROP, 1, 1);
    wr_op(b, RL_OP_DROP, 2, 2 | CMD_SPACE | CMD_NOTIFY);
    wr_op(b, RL_OP_MSIX, 1, 3 | CMD_SPACE);
    wr_imm(b, DEVWIN + 64, 8, 5, 4 | CMD_SPACE | CMD_NOTIFY);
    bad += !cpl_is(b, 1, RL_DMA_ABORTED, 0);
    bad += !cpl_is(b, 2, RL_DMA_OK, 200);
    bad += !cpl_is(b, 3, RL_DMA_ABORTED, 0);
    bad += !cpl_is(b, 4, RL_DMA_OK, 8);
    bad += sent(b) != before;
    stop(b, NO_BME, false);
    wr_op(b, RL_OP_DROP, 1, 5 | CMD_NOTIFY);
    bad += !cpl_is(b, 5, RL_DMA_OK, 100);
    while (fw_read(b, RL_REG_NETRX_LEN))
        ;
    is_u(bad, 0, "without bus mastering only device memory is served");
}

/* TLPs that were made but had no credit are not sent any more; the one that is
 * offered already is, unless bus mastering is off. */
static void made_but_not_sent(struct bench *b)
{
    static struct rl_tlp t;
    unsigned bad = 0;
    int handle = 0;

    for (enum how how = ABORT; how <= NO_BME; how += 2) {
        uint64_t before;

        rl_model_tx_credit(b->m, 6);
        before = sent(b);
        for (unsigned i = 1; i <= 4; i++)
            wr_copy(b, rxbase, 0x4000, 300, i | CMD_QUEUE(QUEUE));
        wr_op(b, RL_OP_MSIX, 1, 5 | CMD_QUEUE(QUEUE));
        rl_rp_run(b->rp, 300);
        /* The answer cannot come before the writes, hence no waiting here. */
        make_cfg(&t, true, 4, 3, 2);
        if (how == NO_BME)
            handle = rl_rp_np_submit(b->rp, &t);
        else
            stop(b, how, true);
        rl_rp_run(b->rp, 100);
        rl_model_tx_credit(b->m, 7);
        bad += !cpl_is(b, 1, RL_DMA_ABORTED, 256);
        for (unsigned i = 2; i <= 5; i++)
            bad += !cpl_is(b, i, RL_DMA_ABORTED, 0);
        if (how == NO_BME)
            bad += rl_rp_np_wait(b->rp, handle, NULL, 0) != 0;
        rl_rp_run(b->rp, 300);
        bad += sent(b) != before + (how == ABORT);
        stop(b, how, false);
    }
    is_u(bad, 0, "what was made but not offered is not sent");
}

/* Bus mastering is off for a moment while a run of frames and what is used behind
 * it, in the host and in device memory, are on their way. */
static unsigned blink(struct bench *b, unsigned when, unsigned cycles,
                      unsigned outcome[4])
{
    enum { USED = 64, USED_AT = 32768, USED_DEV = 256 };
    static struct rl_tlp off, on;
    uint8_t used[USED], dev[8];
    uint32_t q = CMD_QUEUE(QUEUE);
    unsigned bad = 0, fine = 0, taken;
    struct cpl c[3];
    int handle[2];

    frames_in(b);
    guard(rxhost, USED_AT + USED);
    guard(dev, sizeof dev);
    dev_put(b, USED_DEV, dev, sizeof dev);
    fill(b, used, USED);
    lmem_put(b, 0x4000, used, USED);
    make_cfg(&off, true, 4, 3, 2);
    make_cfg(&on, true, 4, 3, 6);
    wr_run(b, RXRING, FRAMES, RING(RXRING, FRAMES), 0, 1 | q | CMD_NOTIFY);
    wr_copy(b, rxbase + USED_AT, 0x4000, USED, 2 | q | CMD_NOTIFY);
    wr_imm(b, DEVWIN + USED_DEV, 8, 0, 3 | q | CMD_SPACE | CMD_NOTIFY);
    rl_rp_run(b->rp, when);
    handle[0] = rl_rp_np_submit(b->rp, &off);
    rl_rp_run(b->rp, cycles);
    handle[1] = rl_rp_np_submit(b->rp, &on);
    for (unsigned i = 0; i < 2; i++)
        bad += rl_rp_np_wait(b->rp, handle[i], NULL, 0) != 0;
    for (unsigned i = 0; i < 3; i++) {
        c[i] = cpl_get(b, 30000);
        bad += !c[i].valid || c[i].cookie != i + 1 ||
               (c[i].status != RL_DMA_OK && c[i].status != RL_DMA_ABORTED);
        if (fine == i && c[i].status == RL_DMA_OK)
            fine++;
        else
            bad += c[i].status == RL_DMA_OK;
    }
    rl_rp_run(b->rp, 400);
    dev_get(b, USED_DEV, dev, sizeof dev);
    for (unsigned i = 0; i < FRAMES && fine > 0; i++)
        bad += memcmp(rxhost + 2048 * i, frame[i], 100 * (i + 1)) != 0;
    if (fine > 1)
        bad += memcmp(rxhost + USED_AT, used, USED) != 0;
    else if (fine == 0)
        bad += !guarded(rxhost + USED_AT, USED);
    bad += guarded(dev, sizeof dev) != (fine < 3);
    outcome[fine]++;

    queue_again(b, QUEUE);
    taken = whole_frames(c[0].bytes);
    if (taken < FRAMES) {
        wr_op(b, RL_OP_DROP, FRAMES - taken, 4 | q | CMD_NOTIFY);
        bad += cpl_get(b, 30000).status != RL_DMA_OK;
    }
    wr_imm(b, rxbase, 4, 1, 5 | q | CMD_NOTIFY);
    bad += !cpl_is(b, 5, RL_DMA_OK, 4);
    if (bad)
        note("off after %u cycles for %u, %u commands done", when, cycles,
             fine);
    return bad + (taken > FRAMES);
}

static void nothing_behind_a_gap(struct bench *b)
{
    unsigned bad = 0, outcome[4] = {0};

    for (unsigned w = 0; w < 4 && !bad; w++) {
        weather(b, w);
        for (unsigned when = 0; when < 500 && !bad; when += 1 + rnd(b) % 12)
            bad += blink(b, when, 2 + rnd(b) % (when & 1 ? 20 : 200), outcome);
    }
    weather(b, 0);
    is_u(bad, 0, "nothing is used behind payload that was lost");
    note("run lost %u, used descriptor lost %u, nothing %u", outcome[0],
         outcome[1], outcome[3]);
    ok(outcome[0] > 20 && outcome[3] > 20, "of both kinds there were enough");
}

/* The answers to off and on come apart, and a request between them: it is none
 * without bus mastering, and the monitor must know. */
static void between_the_answers(struct bench *b)
{
    enum { COMPLETIONS = 4, NON_POSTED = 2, ALL = 7 };
    static struct rl_tlp off, on;
    uint64_t violations = rl_rp_violations(b->rp);
    int first, second;

    make_cfg(&off, true, 4, 3, 2);
    make_cfg(&on, true, 4, 3, 6);
    rl_model_tx_credit(b->m, 0);
    first = rl_rp_np_submit(b->rp, &off);
    second = rl_rp_np_submit(b->rp, &on);
    rl_rp_run(b->rp, 300);
    rd_fetch(b, base, 0x8000, 64, 1);
    rl_model_tx_credit(b->m, COMPLETIONS);
    for (unsigned i = 0; i < 100 && !rl_rp_np_done(b->rp, first); i++)
        rl_rp_run(b->rp, 1);
    rl_model_tx_credit(b->m, 0);
    rl_rp_run(b->rp, 200);
    ok(rl_rp_np_done(b->rp, first) && !rl_rp_np_done(b->rp, second),
       "off is answered, on is not yet");
    rl_model_tx_credit(b->m, NON_POSTED);
    ok(cpl_is(b, 1, RL_DMA_OK, 64), "a read goes");
    ok(!rl_rp_np_done(b->rp, second) && rl_rp_violations(b->rp) == violations,
       "before on is answered, and breaks no rule");
    rl_model_tx_credit(b->m, ALL);
    ok(!rl_rp_np_wait(b->rp, first, NULL, 0), "off is done");
    ok(!rl_rp_np_wait(b->rp, second, NULL, 0), "on is done");
}

/* A descriptor of 4 GiB, and a fence that never opens. */
static void endless(struct bench *b)
{
    unsigned bad = 0;

    rl_model_net_sink(b->m, true);
    lmem_desc(b, RINGBASE, rxbase, 0xffffffff, 0, 0);
    rd_run(b, RINGBASE, 1, RING(0, 0), 0, 1 | CMD_QUEUE(QUEUE));
    rl_rp_run(b->rp, 1000);
    fw_write(b, RL_REG_DMA_ABORT, 1u << QUEUE);
    {
        struct cpl c = cpl_get(b, 20000);

        bad += c.status != RL_DMA_ABORTED || c.cookie != 1;
    }
    fw_write(b, RL_REG_DMA_ABORT, 0);
    rl_model_net_sink(b->m, false);
    wr_op(b, RL_OP_DROP, 1, 2 | CMD_QUEUE(OTHER));
    lmem_desc(b, RINGBASE, base, 64, 0, 0);
    rd_run(b, RINGBASE, 1, RING(0, 0), 0, 3 | CMD_QUEUE(QUEUE) | CMD_FENCE);
    rd_fetch(b, base, 0x8000, 64, 4 | CMD_QUEUE(QUEUE) | CMD_FENCE);
    rl_rp_run(b->rp, 1000);
    bad += fw_read(b, RL_REG_EVENTS) & 1;
    fw_write(b, RL_REG_DMA_ABORT, 1u << QUEUE);
    for (unsigned i = 0; i < 2; i++) {
        struct cpl c = cpl_get(b, 1000);

        bad += c.status != RL_DMA_ABORTED || c.bytes;
    }
    fw_write(b, RL_REG_DMA_ABORT, 1u << OTHER);
    bad += !cpl_is(b, 2, RL_DMA_ABORTED, 0);
    fw_write(b, RL_REG_DMA_ABORT, 0);
    is_u(bad, 0, "endless descriptor and closed fence can be stopped");
}

static uint32_t answer_delay;

static struct rl_rp_fault far_away(void *ctx, uint64_t addr, uint32_t bytes,
                                   unsigned tag)
{
    (void)ctx;
    (void)addr;
    (void)bytes;
    (void)tag;
    return (struct rl_rp_fault){
        .kind = answer_delay ? RL_RP_FAULT_NONE : RL_RP_FAULT_DROP,
        .delay_cycles = answer_delay};
}

/* A function level reset does not wait for completions, whether they come late
 * or never; when they come they reach nothing of the new life. */
static void reset_without_answers(struct bench *b, uint32_t delay)
{
    enum { TAGS = 32, QUICK_CYCLES = 1000, READ = 512 };
    unsigned bad = 0;
    uint64_t begin;
    uint8_t got[READ];
    uint32_t unexpected = fw_read(b, RL_REG_ERR_UNEXPECTED),
             timeouts = fw_read(b, RL_REG_ERR_TIMEOUT);

    answer_delay = delay;
    rl_rp_options(b->rp)->fault = far_away;
    for (unsigned i = 0; i < 10; i++)
        rd_fetch(b, base + READ * i, 0x8000, READ, i);
    for (unsigned i = 0; i < 4; i++)
        lmem_desc(b, RINGBASE + 16 * i, base + 2048 * i, 2048, i, 0);
    rd_run(b, RINGBASE, 4, RING(0, 0), 0, 50);
    rl_rp_run(b->rp, 300);
    cfg_wr(b, rl_rp_device(b->rp)->cap_pcie + 8, 2, 0xa800);
    begin = rl_rp_now(b->rp);
    for (unsigned i = 0; i < 11; i++) {
        struct cpl c = cpl_get(b, 20000);

        bad += c.status != RL_DMA_ABORTED;
    }
    rl_rp_options(b->rp)->fault = NULL;
    note("all commands over %llu cycles after the reset began",
         (unsigned long long)(rl_rp_now(b->rp) - begin));
    bad += rl_rp_now(b->rp) - begin > QUICK_CYCLES;
    bad += fw_read(b, RL_REG_DMA_BUSY) != 0;
    fw_write(b, RL_REG_PCIE_FLR_DONE, 1);
    rl_rp_run(b->rp, 50);
    if (rl_rp_enumerate(b->rp))
        ok(false, "enumerates again");
    guard(got, READ);
    lmem_put(b, 0x8000, got, READ);
    rl_rp_run(b->rp, delay + 1000);
    lmem_get(b, 0x8000, got, READ);
    bad += !guarded(got, READ);
    /* Tags come back with the late completions, or when their time is over. */
    if (!delay)
        rl_rp_run(b->rp, 3000000);
    for (unsigned i = 0; i < TAGS; i++) {
        rd_fetch(b, base + READ * i, 0x8000, READ, i);
        bad += !cpl_is(b, i, RL_DMA_OK, READ);
    }
    bad += fw_read(b, RL_REG_ERR_UNEXPECTED) != unexpected;
    bad += fw_read(b, RL_REG_ERR_TIMEOUT) != timeouts;
    sent_away(b);
    is_u(bad, 0, "function level reset, completions %s",
         delay ? "come later" : "never come");
}

int main(void)
{
    static const char *const names[] = {"abort bit", "abort bit, port stalled",
                                        "bus mastering off"};
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, 65536, 4096);
    host = rl_rp_mem(b->rp, base, 65536);
    rxbase = rl_rp_alloc(b->rp, true, 1 << 20, 4096);
    rxhost = rl_rp_mem(b->rp, rxbase, 1 << 20);
    fill(b, host, 65536);
    rl_rp_msix_program(b->rp, 1, false);
    rl_rp_msix_enable(b->rp, true, false);
    waiting(b);
    without_bus_mastering(b);
    made_but_not_sent(b);
    nothing_behind_a_gap(b);
    between_the_answers(b);
    endless(b);
    for (enum how how = ABORT; how <= NO_BME; how++) {
        unsigned bad = 0, times = 0;

        for (unsigned w = 0; w < 4 && !bad; w++) {
            weather(b, w);
            for (unsigned when = 0; when < 1500 && !bad;
                 when += 1 + rnd(b) % (when < 400 ? 7 : 40), times++)
                bad += once(b, how, when);
        }
        is_u(bad, 0, "%s at %u moments", names[how], times);
    }
    reset_without_answers(b, 4000);
    reset_without_answers(b, 0);
    return bench_end(b);
}
