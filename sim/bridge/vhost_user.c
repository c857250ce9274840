/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Which bytes are vhost-user messages that we can take.
 */
#include "bridge/vhost_user.h"

enum { ANY = VU_MAX_PAYLOAD };

/* Sizes of payloads; fds that must and may come along. */
static const struct request {
    const char *name;
    uint16_t size_min, size_max;
    uint8_t fds_min, fds_max;
    bool known; /* the back-end takes it */
    bool reply;
} requests[VU_REQUESTS] = {
    [VU_GET_FEATURES] = {"GET_FEATURES", 0, 0, 0, 0, true, true},
    [VU_SET_FEATURES] = {"SET_FEATURES", 8, 8, 0, 0, true, false},
    [VU_SET_OWNER] = {"SET_OWNER", 0, 0, 0, 0, true, false},
    [VU_RESET_OWNER] = {"RESET_OWNER", 0, 0, 0, 0, true, false},
    [VU_SET_MEM_TABLE] = {"SET_MEM_TABLE", 8, sizeof(struct vu_mem_table), 0,
                          VU_MAX_TABLE, true, false},
    [6] = {"SET_LOG_BASE", 0, ANY, 0, 1, false, true},
    [7] = {"SET_LOG_FD", 0, ANY, 0, 1, false, false},
    [VU_SET_VRING_NUM] = {"SET_VRING_NUM", 8, 8, 0, 0, true, false},
    [VU_SET_VRING_ADDR] = {"SET_VRING_ADDR", 40, 40, 0, 0, true, false},
    [VU_SET_VRING_BASE] = {"SET_VRING_BASE", 8, 8, 0, 0, true, false},
    [VU_GET_VRING_BASE] = {"GET_VRING_BASE", 8, 8, 0, 0, true, true},
    [VU_SET_VRING_KICK] = {"SET_VRING_KICK", 8, 8, 0, 1, true, false},
    [VU_SET_VRING_CALL] = {"SET_VRING_CALL", 8, 8, 0, 1, true, false},
    [VU_SET_VRING_ERR] = {"SET_VRING_ERR", 8, 8, 0, 1, true, false},
    [VU_GET_PROTOCOL_FEATURES] = {"GET_PROTOCOL_FEATURES", 0, 0, 0, 0, true,
                                  true},
    [VU_SET_PROTOCOL_FEATURES] = {"SET_PROTOCOL_FEATURES", 8, 8, 0, 0, true,
                                  false},
    [VU_GET_QUEUE_NUM] = {"GET_QUEUE_NUM", 0, 0, 0, 0, true, true},
    [VU_SET_VRING_ENABLE] = {"SET_VRING_ENABLE", 8, 8, 0, 0, true, false},
    [19] = {"SEND_RARP", 0, ANY, 0, 0, false, false},
    [20] = {"NET_SET_MTU", 0, ANY, 0, 0, false, false},
    [VU_SET_BACKEND_REQ_FD] = {"SET_BACKEND_REQ_FD", 0, 8, 1, 1, true, false},
    [22] = {"IOTLB_MSG", 0, ANY, 0, 0, false, false},
    [23] = {"SET_VRING_ENDIAN", 0, ANY, 0, 0, false, false},
    [VU_GET_CONFIG] = {"GET_CONFIG", VU_CONFIG_HEADER, sizeof(struct vu_config),
                       0, 0, true, true},
    [VU_SET_CONFIG] = {"SET_CONFIG", VU_CONFIG_HEADER, sizeof(struct vu_config),
                       0, 0, true, false},
    [26] = {"CREATE_CRYPTO_SESSION", 0, ANY, 0, 0, false, true},
    [27] = {"CLOSE_CRYPTO_SESSION", 0, ANY, 0, 0, false, false},
    [28] = {"POSTCOPY_ADVISE", 0, ANY, 0, 0, false, true},
    [29] = {"POSTCOPY_LISTEN", 0, ANY, 0, 0, false, false},
    [30] = {"POSTCOPY_END", 0, ANY, 0, 0, false, true},
    [31] = {"GET_INFLIGHT_FD", 0, ANY, 0, 0, false, true},
    [32] = {"SET_INFLIGHT_FD", 0, ANY, 0, 1, false, false},
    [33] = {"GPU_SET_SOCKET", 0, ANY, 0, 1, false, false},
    [VU_RESET_DEVICE] = {"RESET_DEVICE", 0, 0, 0, 0, true, false},
    [35] = {"VRING_KICK", 0, ANY, 0, 0, false, false},
    [VU_GET_MAX_MEM_SLOTS] = {"GET_MAX_MEM_SLOTS", 0, 0, 0, 0, true, true},
    [VU_ADD_MEM_REG] = {"ADD_MEM_REG", 40, 40, 1, 1, true, false},
    /* Some front-ends pass the region's fd along, some do not. */
    [VU_REM_MEM_REG] = {"REM_MEM_REG", 40, 40, 0, 1, true, false},
    [VU_SET_STATUS] = {"SET_STATUS", 8, 8, 0, 0, true, false},
    [VU_GET_STATUS] = {"GET_STATUS", 0, 8, 0, 0, true, true},
    [41] = {"GET_SHARED_OBJECT", 0, ANY, 0, 0, false, true},
    [42] = {"SET_DEVICE_STATE_FD", 0, ANY, 0, 1, false, true},
    [43] = {"CHECK_DEVICE_STATE", 0, ANY, 0, 0, false, true},
};

const char *vu_request_name(uint32_t request)
{
    return request < VU_REQUESTS ? requests[request].name : NULL;
}

bool vu_has_reply(uint32_t request)
{
    return request < VU_REQUESTS && requests[request].reply;
}

const char *vu_check_header(const struct vu_header *h)
{
    const struct request *r;

    if (h->request >= VU_REQUESTS || !requests[h->request].name)
        return "unknown request";
    r = &requests[h->request];
    if (!r->known)
        return "request belongs to a protocol feature that is not offered";
    if ((h->flags & VU_FLAG_VERSION_MASK) != VU_FLAG_VERSION)
        return "protocol version is not 1";
    if (h->flags & VU_FLAG_REPLY)
        return "request is marked as a reply";
    if (h->flags & ~(uint32_t)(VU_FLAG_VERSION_MASK | VU_FLAG_NEED_REPLY))
        return "reserved flags are set";
    if (h->size < r->size_min)
        return "payload is too short";
    if (h->size > r->size_max)
        return "payload is too long";
    return NULL;
}

static const char *check_region(const struct vu_region *g)
{
    if (!g->bytes)
        return "memory region of no size";
    if (g->guest_addr + g->bytes < g->guest_addr)
        return "memory region wraps the guest's address space";
    if (g->user_addr + g->bytes < g->user_addr)
        return "memory region wraps the user's address space";
    if (g->mmap_offset + g->bytes < g->mmap_offset ||
        g->mmap_offset + g->bytes > INT64_MAX)
        return "memory region lies beyond any file";
    return NULL;
}

static const char *check_table(const struct vu_message *m)
{
    const struct vu_mem_table *t = &m->payload.mem;
    const char *why = NULL;

    if (t->count > VU_MAX_TABLE)
        return "more memory regions than the protocol allows";
    if (m->header.size != 8 + t->count * sizeof t->region[0])
        return "number of memory regions does not fit the payload's size";
    if (m->fds != t->count)
        return "number of memory regions and of fds differ";
    for (uint32_t i = 0; !why && i < t->count; i++)
        why = check_region(&t->region[i]);
    return why;
}

static const char *check_fd_payload(const struct vu_message *m)
{
    uint64_t v = m->payload.u64;

    if (v & ~(uint64_t)(VU_VRING_INDEX_MASK | VU_VRING_NO_FD))
        return "reserved bits beside the queue index are set";
    if (!(v & VU_VRING_NO_FD) != (m->fds == 1))
        return v & VU_VRING_NO_FD ? "an fd although it says there is none"
                                  : "no fd although it says there is one";
    return NULL;
}

static const char *check_config(const struct vu_message *m)
{
    const struct vu_config *c = &m->payload.config;

    if (c->size > VU_MAX_CONFIG)
        return "configuration access of more than 256 bytes";
    if (m->header.size != VU_CONFIG_HEADER + c->size)
        return "configuration size does not fit the payload's size";
    if (c->offset > VU_MAX_CONFIG || c->offset + c->size > VU_MAX_CONFIG)
        return "configuration access beyond 256 bytes";
    return NULL;
}

const char *vu_check_message(const struct vu_message *m)
{
    const char *why = vu_check_header(&m->header);
    const struct request *r;

    if (why)
        return why;
    r = &requests[m->header.request];
    if (m->fds < r->fds_min)
        return "fd is missing";
    if (m->fds > r->fds_max)
        return "more fds than belong to the request";
    switch (m->header.request) {
    case VU_SET_MEM_TABLE:
        return check_table(m);
    case VU_ADD_MEM_REG:
    case VU_REM_MEM_REG:
        return check_region(&m->payload.reg.region);
    case VU_SET_VRING_KICK:
    case VU_SET_VRING_CALL:
    case VU_SET_VRING_ERR:
        return check_fd_payload(m);
    case VU_GET_CONFIG:
    case VU_SET_CONFIG:
        return check_config(m);
    case VU_SET_VRING_ENABLE:
        return m->payload.state.num > 1 ? "enable is neither 0 nor 1" : NULL;
    default:
        return NULL;
    }
}
