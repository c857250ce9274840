/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The network device's control queue, for front-ends that keep it to
 * themselves: the bridge is then its driver, with a ring in memory of its own.
 */
#ifndef RL_BRIDGE_CONTROL_QUEUE_H
#define RL_BRIDGE_CONTROL_QUEUE_H

#include "driver/packed.h"
#include "driver/virtio_pci.h"

struct control_queue {
    struct drv_pci *pci;
    struct drv_ring ring;
    uint8_t *page;
    uint16_t index;
    bool open;
};

/* Between FEATURES_OK and DRIVER_OK. 0, an enum drv_pci_error or rl_rp_error. */
int control_queue_open(struct control_queue *c, struct drv_pci *pci,
                       uint16_t index, bool in_order);
void control_queue_close(struct control_queue *c);
/* VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET; waits for the answer. 0, RL_RP_TIMEOUT, or
 * RL_RP_BAD: the device refused. */
int control_queue_pairs(struct control_queue *c, uint16_t pairs);

#endif
