/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The vhost-user protocol on the wire: layouts, numbers, and a check that says
 * of any bytes whether they are a message we can take. Source: "Vhost-user
 * Protocol" in QEMU's interoperability documents; native byte order.
 */
#ifndef RL_BRIDGE_VHOST_USER_H
#define RL_BRIDGE_VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vu_request {
    VU_GET_FEATURES = 1,
    VU_SET_FEATURES = 2,
    VU_SET_OWNER = 3,
    VU_RESET_OWNER = 4,
    VU_SET_MEM_TABLE = 5,
    VU_SET_VRING_NUM = 8,
    VU_SET_VRING_ADDR = 9,
    VU_SET_VRING_BASE = 10,
    VU_GET_VRING_BASE = 11,
    VU_SET_VRING_KICK = 12,
    VU_SET_VRING_CALL = 13,
    VU_SET_VRING_ERR = 14,
    VU_GET_PROTOCOL_FEATURES = 15,
    VU_SET_PROTOCOL_FEATURES = 16,
    VU_GET_QUEUE_NUM = 17,
    VU_SET_VRING_ENABLE = 18,
    VU_SET_BACKEND_REQ_FD = 21,
    VU_GET_CONFIG = 24,
    VU_SET_CONFIG = 25,
    VU_RESET_DEVICE = 34,
    VU_GET_MAX_MEM_SLOTS = 36,
    VU_ADD_MEM_REG = 37,
    VU_REM_MEM_REG = 38,
    VU_SET_STATUS = 39,
    VU_GET_STATUS = 40,
    VU_REQUESTS = 44, /* numbers below it have a meaning */
};

/* From back-end to front-end, on the fd of SET_BACKEND_REQ_FD. */
enum { VU_BACKEND_CONFIG_CHANGE = 2 };

enum {
    VU_PROTOCOL_MQ = 0,
    VU_PROTOCOL_REPLY_ACK = 3,
    VU_PROTOCOL_BACKEND_REQ = 5,
    VU_PROTOCOL_CONFIG = 9,
    VU_PROTOCOL_RESET_DEVICE = 13,
    VU_PROTOCOL_CONFIGURE_MEM_SLOTS = 15,
    VU_PROTOCOL_STATUS = 16,
    VU_F_PROTOCOL_FEATURES = 30, /* a virtio feature bit number */
};

enum {
    VU_FLAG_VERSION = 1,
    VU_FLAG_VERSION_MASK = 3,
    VU_FLAG_REPLY = 4,
    VU_FLAG_NEED_REPLY = 8,
    VU_VRING_INDEX_MASK = 0xff, /* of KICK, CALL and ERR payloads */
    VU_VRING_NO_FD = 0x100,
    VU_MAX_REGIONS = 32, /* by ADD_MEM_REG */
    VU_MAX_TABLE = 8,    /* by SET_MEM_TABLE */
    VU_MAX_FDS = 8,
    VU_MAX_CONFIG = 256,
    VU_HEADER_BYTES = 12,
    VU_MAX_PAYLOAD = 512,
};

struct vu_header {
    uint32_t request, flags, size;
};
_Static_assert(sizeof(struct vu_header) == VU_HEADER_BYTES, "header");

struct vu_vring_state {
    uint32_t index, num;
};

struct vu_vring_addr {
    uint32_t index, flags;
    uint64_t desc, used, avail; /* user addresses; used: device event area */
    uint64_t log;
};
_Static_assert(sizeof(struct vu_vring_addr) == 40, "vring address");

struct vu_region {
    uint64_t guest_addr, bytes, user_addr, mmap_offset;
};
_Static_assert(sizeof(struct vu_region) == 32, "memory region");

struct vu_mem_table {
    uint32_t count, padding;
    struct vu_region region[VU_MAX_TABLE];
};
struct vu_mem_reg {
    uint64_t padding;
    struct vu_region region;
};

struct vu_config {
    uint32_t offset, size, flags;
    uint8_t data[VU_MAX_CONFIG];
};
enum { VU_CONFIG_HEADER = 12 };

struct vu_message {
    struct vu_header header;
    union {
        uint64_t u64;
        struct vu_vring_state state;
        struct vu_vring_addr addr;
        struct vu_mem_table mem;
        struct vu_mem_reg reg;
        struct vu_config config;
        uint8_t bytes[VU_MAX_PAYLOAD];
    } payload;
    int fd[VU_MAX_FDS]; /* owned by the receiver of the message */
    unsigned fds;
};

/* Name without its VHOST_USER_ prefix; NULL: no such request. */
const char *vu_request_name(uint32_t request);

/* Checks that need nothing but the message: known request, version, size,
 * number of fds, ranges. NULL: good, else what is wrong. A header alone can be
 * checked first, to know how much is to come. */
const char *vu_check_header(const struct vu_header *h);
const char *vu_check_message(const struct vu_message *m);

/* Does this request have an answer of its own? */
bool vu_has_reply(uint32_t request);

#endif
