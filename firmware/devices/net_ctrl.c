/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * virtio-net, control queue ("Control Virtqueue"): one command at a time. Its first
 * bytes are fetched into local memory, however the driver cut them; when they are
 * there the command is carried out, acknowledged in one byte and given back.
 *
 * No clause says what becomes of a command that is unknown or too short: it is
 * answered with an error. One without room for an answer is not carried out and
 * given back with nothing written: its driver could not tell what became of it.
 */
#include "net.h"

#include <string.h>

enum { NET_ACK_OK = 0, NET_ACK_ERR = 1 };
enum { NET_CTRL_MQ = 4, NET_CTRL_MQ_VQ_PAIRS_SET = 0 };

static struct {
    struct vq_buffer buffer; /* the command at hand; no slots: none */
    host_addr_t ack;
    uint32_t fetches; /* in flight */
    uint32_t bytes;   /* of the command, as far as it is looked at ... */
    uint16_t where[NET_CTRL_BYTES]; /* ... and where in local memory they are */
} ctrl;

/* Each piece has a place of its own: source and destination must be aligned
 * alike. */
static void net_ctrl_fetch(struct vq *vq, const struct vq_desc *d)
{
    uint32_t at = NET_LMEM_CTRL(ctrl.fetches) + (uint32_t)(d->addr & 15u);
    uint32_t bytes = NET_CTRL_BYTES - ctrl.bytes;

    if (bytes > d->len)
        bytes = d->len;
    if (bytes == 0)
        return;
    (void)vq_read(vq, (host_addr_t){d->addr}, at, bytes, ctrl.buffer.space);
    ctrl.fetches++;
    while (bytes-- != 0)
        ctrl.where[ctrl.bytes++] = (uint16_t)at++;
}

/* Take the next command. False: there is none, or not now. Nothing is looked at
 * of one that cannot be answered. */
static bool net_ctrl_take(struct vq *vq)
{
    struct vq_buffer buffer;
    uint32_t elements;

    if (vq_parse(vq, 0, &buffer) != VQ_PARSE_OK)
        return false;
    if (hal_rd_free() < NET_CTRL_BYTES) {
        vq->retry = true;
        return false;
    }
    ctrl.buffer = buffer;
    ctrl.bytes = 0;
    elements = buffer.writable != 0 ? buffer.entries | buffer.descs : 0;
    for (uint32_t i = 0; i < elements; i++) {
        const struct vq_desc *d = buffer.entries != 0
                                      ? vq_table_entry(vq, i)
                                      : &vq->ring[vq_slot(vq, i)];

        ctrl.ack.bus = d->addr;
        if (!(d->flags & VQ_DESC_WRITE))
            net_ctrl_fetch(vq, d);
        else if (d->len != 0)
            break;
    }
    vq_table_take(vq, buffer.entries);
    vq_table_release(vq, buffer.entries);
    vq_take(vq, buffer.descs);
    return true;
}

static uint32_t net_ctrl_byte(uint32_t n)
{
    return *(const uint8_t *)hal_lmem(ctrl.where[n]);
}

static uint32_t net_ctrl_pairs(void)
{
    uint32_t pairs;

    if (ctrl.bytes < 4 || net.data_queues == 2)
        return NET_ACK_ERR;
    pairs = net_ctrl_byte(2) | net_ctrl_byte(3) << 8;
    if (pairs == 0 || pairs > NET_PAIRS)
        return NET_ACK_ERR;
    net_rx_set_pairs(pairs);
    return NET_ACK_OK;
}

static uint32_t net_ctrl_execute(void)
{
    if (ctrl.bytes >= 2 && net_ctrl_byte(0) == NET_CTRL_MQ &&
        net_ctrl_byte(1) == NET_CTRL_MQ_VQ_PAIRS_SET)
        return net_ctrl_pairs();
    return NET_ACK_ERR;
}

static void net_ctrl_answer(const struct vq *vq, uint32_t ack)
{
    hal_wr_lmem(ctrl.ack, NET_LMEM_ACK(ack) + (uint32_t)(ctrl.ack.bus & 15u), 1,
                ctrl.buffer.space |
                    HAL_CMD(RL_OP_WRITE, vq->index, VQ_COOKIE_USED, 0));
}

VQ_COLD uint32_t net_ctrl_work(struct vq *vq)
{
    if (ctrl.buffer.descs == 0 && !net_ctrl_take(vq))
        return 0;
    if (ctrl.fetches != 0)
        return 0;
    vq->retry = true;
    /* The last frame of a queue that stops receiving goes before the answer. */
    if (hal_wr_free() < 2 || net.rx_span.descs != 0)
        return 0;
    if (ctrl.buffer.writable != 0)
        net_ctrl_answer(vq, net_ctrl_execute());
    vq_use(vq, &ctrl.buffer, ctrl.buffer.writable != 0);
    ctrl.buffer.descs = 0;
    return net_rx_poll(); /* a frame may wait for another queue now */
}

VQ_COLD void net_ctrl_completion(struct vq *vq, uint32_t cpl)
{
    if (cpl & RL_CPL_STATUS_MASK)
        vq_break(vq, VQ_FAULT_DATA_DMA);
    ctrl.fetches--;
}

void net_ctrl_init(void)
{
    memset(hal_lmem(NET_LMEM_ACK(NET_ACK_OK)), NET_ACK_OK, 16);
    memset(hal_lmem(NET_LMEM_ACK(NET_ACK_ERR)), NET_ACK_ERR, 16);
}

void net_ctrl_reset(void)
{
    ctrl.buffer.descs = 0;
    ctrl.fetches = 0;
}
