/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The network port: frames that wait to be received, packets that were sent.
 */
#include "fake_internal.h"

#include <string.h>

void fake_frame(const void *data, uint32_t bytes)
{
    struct fake_packet *p = &fake.frames[fake.frame_tail % FAKE_FRAMES_MAX];

    require(bytes != 0 && bytes <= RL_MAX_FRAME, "no such frame");
    require(fake.frame_tail - fake.frame_head < FAKE_FRAMES_MAX,
            "a test sends too many frames");
    memcpy(p->data, data, bytes);
    p->len = bytes;
    fake.frame_tail++;
}

bool fake_frame_waits(void)
{
    return fake.frame_head != fake.frame_tail;
}

struct fake_packet *fake_frame_next(void)
{
    return &fake.frames[fake.frame_head % FAKE_FRAMES_MAX];
}

void fake_frame_take(struct fake_cmd *c)
{
    c->taken += fake_frame_next()->len;
    fake.frame_head++;
}

static uint8_t fold(const struct fake_packet *p, uint32_t from, uint32_t to)
{
    uint8_t sum = 0;

    for (uint32_t i = from; i < to && i < p->len; i++)
        sum ^= p->data[i];
    return sum;
}

static uint8_t flow(const struct fake_packet *p)
{
    uint32_t type = p->len < 14 ? 0 : p->data[12] * 256u + p->data[13];
    uint8_t link = fold(p, 0, 14);
    uint8_t ip = type == 0x0800   ? fold(p, 26, 34)
                 : type == 0x86dd ? fold(p, 22, 54)
                                  : 0;

    return (uint8_t)((link << 4 | link >> 4) ^ ip);
}

uint32_t hal_net_rx_len(void)
{
    const struct fake_packet *p;

    if (fake.len_head == fake.frame_tail)
        return 0;
    p = &fake.frames[fake.len_head++ % FAKE_FRAMES_MAX];
    return RL_NETRX_LEN_VALID_MASK | p->len |
           (uint32_t)flow(p) << RL_NETRX_LEN_FLOW_LSB;
}

void hal_net_rx_flush(void)
{
    for (uint32_t i = 0; i < fake.writes.count; i++) {
        uint32_t op = FIELD(fake.writes.cmd[i].cmd, CMD_OP);

        require(op != RL_OP_RUN && op != RL_OP_DROP,
                "flushed the port with a run or drop in flight");
    }
    fake.frame_head = fake.frame_tail;
    fake.len_head = fake.frame_tail;
}

bool hal_net_link(void)
{
    return fake.link;
}

struct fake_packet *fake_sent_new(uint32_t queue)
{
    struct fake_packet *p;

    fake.sent = fake_room(fake.sent, fake.sent_count, sizeof(*fake.sent));
    p = &fake.sent[fake.sent_count];
    p->len = 0;
    p->queue = queue;
    return p;
}
