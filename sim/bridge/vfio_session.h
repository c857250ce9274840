/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * One vfio-user connection: turns the client's messages into what a host does to
 * a PCI device. Knows neither socket nor simulator.
 *
 * A message that is wrong in itself, or cannot be carried out, is answered with
 * an error and changes nothing; the connection goes on. It ends when bytes are
 * no message, when anything comes before VERSION, and when the client answers
 * what was not asked.
 *
 * Interrupts. MSI-X: an interrupt of a vector without an eventfd is kept until
 * it gets one. INTx: the level is passed on once, then it is masked until the
 * client unmasks it. Interrupts wait until all that the device wrote to remote
 * memory before them has been acknowledged.
 *
 * Remote memory (a region without an fd) is reached by messages of the server.
 * The client need not answer them before it has been answered itself.
 */
#ifndef RL_BRIDGE_VFIO_SESSION_H
#define RL_BRIDGE_VFIO_SESSION_H

#include "bridge/guest_memory.h"
#include "bridge/pci_device.h"
#include "bridge/vfio_user.h"

enum {
    VFIO_SESSION_REQUESTS = 256, /* of the server, not yet answered */
    VFIO_SESSION_FDS = VFIO_MAX_VECTORS,
};

struct vfio_request {
    uint16_t id, command;
    unsigned handle; /* of a read */
    uint32_t bytes;
    int64_t sent_ms;
};

/* Sends a message to the client, which may be kept until the socket takes it.
 * -1: it has gone. */
typedef int vfio_send_fn(void *ctx, const struct vfio_message *m);

struct vfio_session {
    const struct pci_device *device;
    struct pci_device_info info;
    struct guest_memory memory;
    bool greeted; /* VERSION has been */
    uint32_t client_max_data;

    int msix[VFIO_MAX_VECTORS]; /* eventfds, -1: none */
    bool msix_pending[VFIO_MAX_VECTORS];
    bool msix_used; /* as the device was told */
    int intx;
    bool intx_masked;

    /* To the client, in the order in which they were sent. */
    struct vfio_request request[VFIO_SESSION_REQUESTS];
    unsigned requests, writes; /* of them */
    uint16_t next_id;
    vfio_send_fn *send;
    void *send_ctx;
    bool lost; /* a request could not be sent */

    uint64_t messages, resets, refused;
    char why[DEVICE_WHY]; /* after an error */
    struct vfio_message out;
};

void vfio_session_init(struct vfio_session *s, const struct pci_device *device,
                       vfio_send_fn *send, void *send_ctx);
/* End of a connection: device reset, memory and fds given back. Totals stay.
 * vfio_session_init() or vfio_session_begin() is next. */
void vfio_session_end(struct vfio_session *s);
void vfio_session_begin(struct vfio_session *s);

enum vfio_result {
    VFIO_SESSION_OK,
    VFIO_SESSION_ANSWER,      /* *reply is to be sent */
    VFIO_SESSION_FAILED = -1, /* close the connection; s->why */
};
/* Takes a message that vfio_channel_receive() called good; its fds are the
 * session's or closed afterwards. When the reply is an error, s->why tells it. */
enum vfio_result vfio_session_message(struct vfio_session *s,
                                      struct vfio_message *m,
                                      struct vfio_message *reply);

/* The device sends an MSI-X message. */
void vfio_session_msix(struct vfio_session *s, unsigned vector);
/* Passes on what may be passed on: the level of INTx, interrupts that waited. */
void vfio_session_interrupts(struct vfio_session *s);

/* The device reads or writes remote memory. */
void vfio_session_dma(struct vfio_session *s, bool write, unsigned handle,
                      uint64_t addr, const uint8_t *data, uint32_t bytes);
/* Since when the client owes an answer; INT64_MAX: it owes none. */
int64_t vfio_session_owed_since(const struct vfio_session *s);

#endif
