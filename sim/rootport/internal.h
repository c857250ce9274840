/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * State of the root port, for its own files only.
 */
#ifndef RL_ROOTPORT_INTERNAL_H
#define RL_ROOTPORT_INTERNAL_H

#include "rootport/rootport.h"

enum {
    RP_OUT = 256,    /* requests waiting for the link */
    RP_NP = 16,      /* our non-posted requests outstanding */
    RP_TAGS = 256,   /* the card's reads outstanding */
    RP_REGIONS = 64, /* of host memory */
    RP_BDF = 0x0100, /* the card: bus 1, device 0, function 0 */
    RP_ROOT_ID = 0x0000,
    TLP_MRD32 = 0x00,
    TLP_MRD64 = 0x20,
    TLP_MWR32 = 0x40,
    TLP_MWR64 = 0x60,
    TLP_CFGRD0 = 0x04,
    TLP_CFGWR0 = 0x44,
    TLP_CPL = 0x0a,
    TLP_CPLD = 0x4a,
    CPL_SC = 0,
    CPL_UR = 1,
    CPL_CRS = 2,
    CPL_CA = 4,
};

/* Writes to these addresses are MSI-X messages. */
#define RP_MSI_BASE  0xfee00000ull
#define RP_MSI_BYTES 0x100000ull

struct rp_np {
    bool used, done;
    bool cfg, write;
    int status;
    uint32_t cfg_offset;
    unsigned first_lane; /* low address bits of the first byte */
    uint32_t lower_addr;
    uint32_t want, got;  /* payload bytes in whole DWs */
    uint32_t byte_count; /* bytes still to come, as completions count */
    uint32_t cfg_value;
    uint8_t data[RL_TLP_MAX_PAYLOAD];
};

struct rp_read {
    bool used;
    bool stalled;   /* fault: never completes further */
    bool waiting;   /* for rl_rp_answer() */
    uint16_t count; /* tells reads with the same tag apart */
    uint8_t *data;  /* its answer, from the DW that holds data_addr; or NULL */
    uint64_t data_addr;
    uint32_t data_bytes;
    uint64_t addr;  /* of the first enabled byte */
    uint32_t bytes; /* byte count still to send */
    uint64_t due;
    uint16_t requester;
    uint32_t attr_tc; /* bits of DW 0 to echo */
    struct rl_rp_fault fault;
};

enum rp_part { RP_LOW, RP_HIGH };

struct rp_mem {
    uint64_t base, bytes, next;
    uint8_t *p;
    bool foreign; /* memory of the caller */
    bool read_only;
    bool remote; /* p is NULL */
    enum rp_part part;
};

struct rl_rp {
    struct rl_model *model;
    struct rl_rp_config cfg;
    uint64_t now, rng;

    struct rp_mem mem[RP_REGIONS];
    unsigned mem_count;
    unsigned mem_hit; /* region of the last access */

    struct rl_tlp out[RP_OUT];
    unsigned out_head, out_count;
    uint64_t down_free; /* link free at, cycles in 48.16 */
    bool turn;          /* completions' turn */
    unsigned np_count;
    struct rp_np np[RP_NP];

    struct rp_read rd[RP_TAGS];
    uint16_t order[RP_TAGS]; /* tags in order of arrival */
    unsigned rd_count;
    uint64_t next_due; /* no completion before */

    struct rl_rp_device dev;
    bool bme;
    unsigned bme_asked; /* writes under way that switch it on */
    bool ext_tag;
    bool link_down;
    bool cfg_written; /* the card knows its requester id */
    uint64_t bme_off_at;
    bool asleep; /* in D3hot */
    uint64_t asleep_at;
    uint64_t message[256];

    uint64_t msix_count[RL_RP_VECTORS];
    unsigned intx;
    struct rl_rp_stats up, down;
    uint64_t violations;
};

/* rootport.c */
uint32_t rp_random(struct rl_rp *rp);

/* link.c. A cycle of the link; as after a reset; nothing passes any more. */
void rp_link_tick(struct rl_rp *rp);
void rp_link_reset(struct rl_rp *rp);
void rp_link_cut(struct rl_rp *rp);
/* Queues a request; waits for room. Where it lies, to be changed until the next
 * cycle; NULL: the link is down. */
struct rl_tlp *rp_link_put(struct rl_rp *rp, const struct rl_tlp *t);

/* nonposted.c. A completion of the card; forget all requests; answer all. */
void rp_np_complete(struct rl_rp *rp, const struct rl_tlp *t);
void rp_np_reset(struct rl_rp *rp);
void rp_np_cut(struct rl_rp *rp);

/* interrupts.c */
void rp_take_msix(struct rl_rp *rp, const struct rl_tlp *t);
void rp_take_message(struct rl_rp *rp, const struct rl_tlp *t);

/* memory.c. Accesses may span regions; false: a byte lies in none, nothing was
 * moved. */
int rp_mem_own(struct rl_rp *rp, enum rp_part part, uint64_t base,
               uint64_t bytes);
void rp_mem_free(struct rl_rp *rp);
struct rp_kinds {
    bool all;               /* each byte lies in a region */
    bool remote, read_only; /* and some byte in such a one */
};
struct rp_kinds rp_mem_kinds(struct rl_rp *rp, uint64_t addr, size_t bytes);
bool rp_mem_load(struct rl_rp *rp, uint64_t addr, uint8_t *dst, size_t bytes);
bool rp_mem_store(struct rl_rp *rp, uint64_t addr, const uint8_t *src,
                  size_t bytes);

/* monitor.c: true when the TLP can be handled. */
bool rp_monitor(struct rl_rp *rp, const struct rl_tlp *t);
void rp_violation(struct rl_rp *rp, const struct rl_tlp *t, const char *fmt,
                  ...) __attribute__((format(printf, 3, 4)));
void rp_monitor_reset(struct rl_rp *rp);
/* A configuration write is queued (what the card sends because of it may pass
 * the completion); it is completed, good: with success. */
void rp_monitor_cfg_sent(struct rl_rp *rp, uint32_t offset, uint32_t value);
void rp_monitor_cfg_done(struct rl_rp *rp, uint32_t offset, uint32_t value,
                         bool good);

/* completer.c */
void rp_take_read(struct rl_rp *rp, const struct rl_tlp *t);
void rp_take_write(struct rl_rp *rp, const struct rl_tlp *t);
/* Sends one completion if one is due; false: nothing to send. */
bool rp_send_completion(struct rl_rp *rp);
/* Forgets all reads of the card. */
void rp_forget_reads(struct rl_rp *rp);

/* Largest payload towards the card. */
static inline uint32_t rp_mps(const struct rl_rp *rp)
{
    return rp->dev.mps_bytes ? rp->dev.mps_bytes : 128;
}

static inline bool rp_is_msi(uint64_t addr)
{
    return addr - RP_MSI_BASE < RP_MSI_BYTES;
}

static inline unsigned rp_fmt_type(const struct rl_tlp *t)
{
    return t->hdr[0] >> 24;
}

static inline uint32_t rp_length_bytes(const struct rl_tlp *t)
{
    uint32_t dw = t->hdr[0] & 0x3ff;

    return (dw ? dw : 1024) * 4;
}

static inline uint64_t rp_address(const struct rl_tlp *t)
{
    if (t->hdr[0] & 1u << 29)
        return (uint64_t)t->hdr[2] << 32 | (t->hdr[3] & ~3u);
    return t->hdr[2] & ~3u;
}

/* First enabled byte and count of bytes from it to the last enabled one. */
static inline uint32_t rp_byte_span(const struct rl_tlp *t, unsigned *first)
{
    unsigned fbe = t->hdr[1] & 0xf, lbe = t->hdr[1] >> 4 & 0xf;
    uint32_t bytes = rp_length_bytes(t);

    if (bytes == 4) {
        if (!fbe) {
            *first = 0;
            return 1; /* zero-length read */
        }
        *first = (unsigned)__builtin_ctz(fbe);
        return 32u - (unsigned)__builtin_clz(fbe) - *first;
    }
    *first = fbe ? (unsigned)__builtin_ctz(fbe) : 0;
    return bytes - *first - (lbe ? (unsigned)__builtin_clz(lbe) - 28 : 0);
}

#endif
