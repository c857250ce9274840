/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Receive FIFO: whole good frames in order and nothing else, whatever their lengths,
 * how bad ones lie between them and how fast they are taken; what it says about the
 * flow of each.
 */
#include <string.h>

#include "dma_bench.h"

enum { LMEM_RING = 0x2000, MAX = 64 };

static uint64_t base;
static uint8_t *host;
static uint8_t frames[MAX][4096];
static size_t lengths[MAX];

static uint8_t fold(const uint8_t *frame, size_t bytes, size_t from, size_t to)
{
    uint8_t sum = 0;

    for (size_t i = from; i < to && i < bytes; i++)
        sum ^= frame[i];
    return sum;
}

/* As registers.def says: MAC addresses and EtherType, nibbles swapped, and the
 * addresses of IPv4 or IPv6. */
static uint32_t flow_of(const uint8_t *frame, size_t bytes)
{
    uint8_t link = fold(frame, bytes, 0, 14), ip = 0;
    unsigned type = bytes < 14 ? 0 : frame[12] << 8 | frame[13];

    if (type == 0x0800)
        ip = fold(frame, bytes, 26, 34);
    else if (type == 0x86dd)
        ip = fold(frame, bytes, 22, 54);
    return (uint8_t)((link << 4 | link >> 4) ^ ip);
}

/* Takes the next frame, compares. */
static unsigned take(struct bench *b, const uint8_t *want, size_t bytes)
{
    unsigned bad = 0;
    uint32_t v = 0;

    for (unsigned i = 0; i < 5000 && !(v >> 31); i++)
        v = fw_read(b, RL_REG_NETRX_LEN);
    bad += v != (1u << 31 | flow_of(want, bytes) << RL_NETRX_LEN_FLOW_LSB |
                 (uint32_t)bytes);
    guard(host, 4096);
    lmem_desc(b, LMEM_RING, base, 4096, 0, DESC_WRITE);
    wr_run(b, LMEM_RING, 1, RING(0, 0), 0, 1 | CMD_NOTIFY);
    bad += !cpl_is(b, 1, RL_DMA_OK, (uint32_t)bytes);
    rl_rp_run(b->rp, 150);
    bad += memcmp(host, want, bytes) || !guarded(host + bytes, 64);
    if (bad)
        note("frame of %zu bytes, length register 0x%x", bytes, v);
    return bad;
}

/* A third each: IPv4, IPv6, anything. */
static void make_ip(struct bench *b, uint8_t *frame, size_t bytes)
{
    static const uint8_t type[2][2] = {{0x08, 0x00}, {0x86, 0xdd}};
    unsigned kind = rnd(b) % 3;

    if (kind < 2 && bytes >= 14)
        memcpy(frame + 12, type[kind], 2);
}

static uint32_t flow_read(struct bench *b, const uint8_t *frame, size_t bytes)
{
    uint32_t v = 0;

    frame_send(b, frame, bytes);
    for (unsigned i = 0; i < 5000 && !(v >> 31); i++)
        v = fw_read(b, RL_REG_NETRX_LEN);
    wr_op(b, RL_OP_DROP, 1, 0);
    return (v & RL_NETRX_LEN_FLOW_MASK) >> RL_NETRX_LEN_FLOW_LSB;
}

/* Which bytes of a frame its flow depends on, one after another. */
static void flow_bytes(struct bench *b, unsigned type, unsigned from,
                       unsigned to)
{
    uint8_t f[80];
    unsigned bad = 0;
    uint32_t was;

    fill(b, f, sizeof f);
    f[12] = (uint8_t)(type >> 8);
    f[13] = (uint8_t)type;
    was = flow_read(b, f, sizeof f);
    for (unsigned i = 0; i < sizeof f; i++) {
        bool counts = i < 12 || (i >= from && i < to);

        if (i == 12 || i == 13)
            continue;
        f[i] ^= 0x41;
        bad += (flow_read(b, f, sizeof f) != was) != counts;
        f[i] ^= 0x41;
    }
    is_u(bad, 0, "a flow of type 0x%04x is told by its addresses alone", type);
}

static void mixed(struct bench *b, unsigned kind, const char *how)
{
    unsigned bad = 0, dropped = 0;
    uint32_t before = fw_read(b, RL_REG_NETRX_DROPPED);

    for (unsigned round = 0; round < 20 && !bad; round++) {
        unsigned good = 0;

        for (unsigned i = 0; i < 24; i++) {
            unsigned pick = rnd(b) % 8;
            size_t n = pick < 4    ? 1 + rnd(b) % 128
                       : pick < 6  ? 1 + rnd(b) % RL_MAX_FRAME
                       : pick == 6 ? RL_MAX_FRAME - 2 + rnd(b) % 5
                                   : RL_MAX_FRAME + 1 + rnd(b) % 1900;
            bool broken = rnd(b) % 4 == 0;

            fill(b, frames[good], n);
            make_ip(b, frames[good], n);
            while (rl_model_net_push(b->m, frames[good], n, broken))
                rl_rp_step(b->rp);
            if (broken || n > RL_MAX_FRAME)
                dropped++;
            else
                lengths[good++] = n;
        }
        if (kind)
            rl_rp_run(b->rp, rnd(b) % 4000);
        for (unsigned i = 0; i < good; i++)
            bad += take(b, frames[i], lengths[i]);
    }
    rl_rp_run(b->rp, 3000);
    is_u(bad, 0, "good frames, %s", how);
    is_u(fw_read(b, RL_REG_NETRX_DROPPED) - before, dropped,
         "bad and long frames are counted");
}

/* Nobody takes: the port stalls, nothing is dropped. */
static void overrun(struct bench *b)
{
    unsigned bad = 0;
    uint32_t before = fw_read(b, RL_REG_NETRX_DROPPED);

    for (unsigned i = 0; i < 40; i++) {
        lengths[i] = RL_MAX_FRAME - i;
        fill(b, frames[i], lengths[i]);
        frame_send(b, frames[i], lengths[i]);
    }
    rl_rp_run(b->rp, 20000);
    ok(rl_model_net_push_space(b->m) < 64, "the port waits when it is full");
    for (unsigned i = 0; i < 40; i++)
        bad += take(b, frames[i], lengths[i]);
    /* More frames than lengths fit. */
    for (unsigned i = 0; i < 180; i++) {
        uint8_t v = (uint8_t)(i * 7);

        frame_send(b, &v, 1);
    }
    for (unsigned i = 0; i < 120; i++) {
        uint8_t v = (uint8_t)(i * 7);

        bad += take(b, &v, 1);
    }
    wr_op(b, RL_OP_DROP, 60, 9 | CMD_NOTIFY);
    bad += !cpl_is(b, 9, RL_DMA_OK, 60);
    while (fw_read(b, RL_REG_NETRX_LEN))
        ;
    is_u(bad, 0, "all frames are there afterwards");
    is_u(fw_read(b, RL_REG_NETRX_DROPPED), before, "none was dropped");
}

/* A flush at any moment of an arriving frame: what was complete is gone, the rest
 * comes whole. */
static void flushed(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned moment = 0; moment < 60; moment++) {
        unsigned left = 0;

        for (unsigned i = 0; i < 3; i++) {
            fill(b, frames[i], 100 + 300 * i);
            frame_send(b, frames[i], 100 + 300 * i);
        }
        rl_rp_run(b->rp, moment);
        if (moment & 1)
            (void)fw_read(b, RL_REG_NETRX_LEN); /* a length already taken */
        fw_write(b, RL_REG_NETRX_FLUSH, 0);
        rl_rp_run(b->rp, 200);
        fill(b, frames[3], 77);
        frame_send(b, frames[3], 77);
        rl_rp_run(b->rp, 200);
        /* Those that were not complete yet are still to come, in order. */
        for (unsigned i = 0; i < 4; i++) {
            uint32_t v = fw_read(b, RL_REG_NETRX_LEN) & 0xffff;

            lengths[left] = v;
            left += v != 0;
        }
        bad += left == 0 || lengths[left - 1] != 77;
        for (unsigned i = 0; i + 1 < left; i++)
            bad += lengths[i] != 100 + 300 * (3 - (left - 1) + i);
        guard(host, 4096);
        for (unsigned i = 0; i < left; i++) {
            const uint8_t *want =
                i + 1 == left ? frames[3] : frames[3 - (left - 1) + i];

            lmem_desc(b, LMEM_RING, base, 4096, 0, DESC_WRITE);
            wr_run(b, LMEM_RING, 1, RING(0, 0), 0, 1 | CMD_NOTIFY);
            bad += !cpl_is(b, 1, RL_DMA_OK, (uint32_t)lengths[i]);
            rl_rp_run(b->rp, 150);
            bad += memcmp(host, want, lengths[i]) != 0;
        }
        if (bad)
            note("moment %u: %u frames left", moment, left);
    }
    is_u(bad, 0, "a flush drops frames with their lengths and no others");
}

int main(void)
{
    struct bench *b = dma_bench();

    base = rl_rp_alloc(b->rp, true, 8192, 4096);
    host = rl_rp_mem(b->rp, base, 8192);
    flow_bytes(b, 0x0800, 26, 34);
    flow_bytes(b, 0x86dd, 22, 54);
    flow_bytes(b, 0x0806, 0, 0);
    overrun(b);
    flushed(b);
    for (unsigned w = 0; w < WEATHERS; w += 5) {
        const char *how = weather(b, w);

        mixed(b, 0, how);
        mixed(b, 1, how);
    }
    return bench_end(b);
}
