/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The vfio-user protocol on the wire: layouts, numbers, and a check that says
 * of any bytes whether they are a message we can take. Source: "vfio-user
 * Protocol Specification" in QEMU's interoperability documents, version 0.0;
 * native byte order.
 */
#ifndef RL_BRIDGE_VFIO_USER_H
#define RL_BRIDGE_VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vfio_command {
    VFIO_VERSION = 1,
    VFIO_DMA_MAP = 2,
    VFIO_DMA_UNMAP = 3,
    VFIO_GET_INFO = 4,
    VFIO_GET_REGION_INFO = 5,
    VFIO_GET_REGION_IO_FDS = 6,
    VFIO_GET_IRQ_INFO = 7,
    VFIO_SET_IRQS = 8,
    VFIO_REGION_READ = 9,
    VFIO_REGION_WRITE = 10,
    VFIO_DMA_READ = 11,  /* server to client */
    VFIO_DMA_WRITE = 12, /* the same */
    VFIO_RESET = 13,
    VFIO_DIRTY_PAGES = 14,
    VFIO_WRITE_MULTI = 15,
    VFIO_COMMANDS /* numbers below it, but for 0, have a meaning */
};

enum {
    /* Header flags. */
    VFIO_TYPE_MASK = 0x0f,
    VFIO_REPLY = 0x01,
    VFIO_NO_REPLY = 0x10,
    VFIO_ERROR = 0x20,
    /* Flags of GET_INFO, regions, IRQs. */
    VFIO_DEVICE_RESETS = 0x01,
    VFIO_DEVICE_IS_PCI = 0x02,
    VFIO_REGION_CAN_READ = 0x01,
    VFIO_REGION_CAN_WRITE = 0x02,
    VFIO_IRQ_EVENTFD = 0x01,
    VFIO_IRQ_MASKABLE = 0x02,
    VFIO_IRQ_AUTOMASKED = 0x04,
    VFIO_IRQ_NORESIZE = 0x08,
    /* SET_IRQS: what comes with it, and what is to be done. */
    VFIO_DATA_NONE = 0x01,
    VFIO_DATA_BOOL = 0x02,
    VFIO_DATA_EVENTFD = 0x04,
    VFIO_ACTION_MASK = 0x08,
    VFIO_ACTION_UNMASK = 0x10,
    VFIO_ACTION_TRIGGER = 0x20,
    /* DMA regions. */
    VFIO_MAP_READ = 0x01,
    VFIO_MAP_WRITE = 0x02,
    VFIO_UNMAP_DIRTY = 0x01,
    VFIO_UNMAP_ALL = 0x02,
};

/* Indices of regions and interrupts of a PCI device. */
enum {
    VFIO_REGION_CONFIG = 7, /* 0 to 5 are the BARs, 6 the ROM, 8 VGA */
    VFIO_REGIONS = 9,
    VFIO_IRQ_INTX = 0,
    VFIO_IRQ_MSIX = 2,
    VFIO_IRQS = 5,
};

enum {
    VFIO_HEADER_BYTES = 16,
    VFIO_MAX_DATA = 4096,    /* of one access; what we offer */
    VFIO_MAX_VERSION = 4096, /* bytes of JSON */
    VFIO_MAX_VECTORS = 64,
    VFIO_MAX_FDS = VFIO_MAX_VECTORS,
    VFIO_MAX_PAYLOAD = 16 + VFIO_MAX_DATA,
};

struct vfio_header {
    uint16_t id, command;
    uint32_t size; /* of the whole message */
    uint32_t flags, error;
};
_Static_assert(sizeof(struct vfio_header) == VFIO_HEADER_BYTES, "header");

struct vfio_version {
    uint16_t major, minor;
    char json[VFIO_MAX_VERSION];
};
struct vfio_dma_map {
    uint32_t argsz, flags;
    uint64_t offset, addr, bytes;
};
_Static_assert(sizeof(struct vfio_dma_map) == 32, "DMA_MAP");
struct vfio_dma_unmap {
    uint32_t argsz, flags;
    uint64_t addr, bytes;
};
_Static_assert(sizeof(struct vfio_dma_unmap) == 24, "DMA_UNMAP");
struct vfio_info {
    uint32_t argsz, flags, regions, irqs;
};
struct vfio_region_info {
    uint32_t argsz, flags, index, cap_offset;
    uint64_t bytes, offset;
};
_Static_assert(sizeof(struct vfio_region_info) == 32, "GET_REGION_INFO");
struct vfio_irq_info {
    uint32_t argsz, flags, index, count;
};
struct vfio_set_irqs {
    uint32_t argsz, flags, index, start, count;
    uint8_t data[VFIO_MAX_VECTORS];
};
enum { VFIO_SET_IRQS_BYTES = 20 };
struct vfio_access {
    uint64_t offset;
    uint32_t region, count;
    uint8_t data[VFIO_MAX_DATA];
};
struct vfio_dma {
    uint64_t addr, count;
    uint8_t data[VFIO_MAX_DATA];
};
enum { VFIO_ACCESS_BYTES = 16 };

struct vfio_message {
    struct vfio_header header;
    union {
        struct vfio_version version;
        struct vfio_dma_map map;
        struct vfio_dma_unmap unmap;
        struct vfio_info info;
        struct vfio_region_info region;
        struct vfio_irq_info irq;
        struct vfio_set_irqs irqs;
        struct vfio_access access;
        struct vfio_dma dma;
        uint8_t bytes[VFIO_MAX_PAYLOAD];
    } payload;
    int fd[VFIO_MAX_FDS]; /* owned by the receiver of the message */
    unsigned fds;
};

/* "REGION_READ"; NULL: no such command. */
const char *vfio_command_name(unsigned command);

static inline uint32_t vfio_payload_bytes(const struct vfio_message *m)
{
    return m->header.size - VFIO_HEADER_BYTES;
}
static inline bool vfio_is_reply(const struct vfio_message *m)
{
    return (m->header.flags & VFIO_TYPE_MASK) == VFIO_REPLY;
}

/* Is this the head of a message that we can receive whole? NULL, or what is
 * wrong: then nothing behind it can be trusted and the connection ends. */
const char *vfio_check_header(const struct vfio_header *h);
/* Checks that need nothing but the message: sizes, fds, flags, ranges. NULL:
 * good, else what is wrong, and in *error the errno of the reply. */
const char *vfio_check_message(const struct vfio_message *m, int *error);

#endif
