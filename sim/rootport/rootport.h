/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Root complex with one card below it: host memory, enumeration, memory
 * requests both ways, completer with link timing, MSI-X sink, and a monitor
 * that checks every TLP of the card.
 *
 * Time is the card's clock; nothing moves but in rl_rp_step() and in functions
 * that say they wait (they step). One thread. Units are bytes and cycles.
 * Return values are 0 or one of enum rl_rp_error unless said otherwise.
 */
#ifndef RL_ROOTPORT_ROOTPORT_H
#define RL_ROOTPORT_ROOTPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

struct rl_rp;

enum rl_rp_error {
    RL_RP_OK = 0,
    RL_RP_UR = -1,      /* unsupported request */
    RL_RP_CRS = -2,     /* configuration request retry */
    RL_RP_CA = -3,      /* completer abort */
    RL_RP_POISON = -4,  /* data came poisoned */
    RL_RP_TIMEOUT = -5, /* no completion within np_timeout_cycles */
    RL_RP_BAD = -6,     /* argument or answer makes no sense */
    RL_RP_NOMEM = -7,   /* host memory exhausted */
};

/* What a read of the card meets, chosen per request by a fault callback. */
enum rl_rp_fault_kind {
    RL_RP_FAULT_NONE,
    RL_RP_FAULT_UR,
    RL_RP_FAULT_CA,
    RL_RP_FAULT_POISON, /* wrong data with EP set */
    RL_RP_FAULT_DROP,   /* no completion at all */
    RL_RP_FAULT_SHORT,  /* first completion good, the rest never comes */
};
struct rl_rp_fault {
    enum rl_rp_fault_kind kind;
    uint32_t delay_cycles; /* on top of the latency */
    bool split64;          /* its completions end at every 64 bytes ... */
    uint32_t gap_cycles;   /* ... and have this between them at least */
};
typedef struct rl_rp_fault rl_rp_fault_fn(void *ctx, uint64_t addr,
                                          uint32_t bytes, unsigned tag);
typedef void rl_rp_violation_fn(void *ctx, const char *text);
typedef void rl_rp_deadline_fn(void *ctx);
/* The card reads or writes host memory: `bytes` at bus address addr, as they
 * are about to travel. What a read returns may be changed in place. Zero-length
 * writes and writes whose byte enables have holes are not told. */
typedef void rl_rp_access_fn(void *ctx, bool write, uint64_t addr,
                             uint8_t *data, uint32_t bytes);
/* An MSI-X message came; it is counted already. */
typedef void rl_rp_msix_fn(void *ctx, unsigned vector);
/* The card reads or writes memory that was mapped with rl_rp_map_remote(). A
 * write is only told; a read waits until rl_rp_answer() is called with this
 * handle. Nothing may be done to the card here. */
typedef void rl_rp_remote_fn(void *ctx, bool write, unsigned handle,
                             uint64_t addr, const uint8_t *data,
                             uint32_t bytes);
/* The end of each cycle. */
typedef void rl_rp_ticked_fn(void *ctx);
typedef void rl_rp_trace_fn(void *ctx, uint64_t cycle, bool upstream,
                            const struct rl_tlp *tlp);

struct rl_rp_config {
    /* Host memory of our own: one part below 4 GiB, one above (mapped when
     * touched); 0 bytes: none. */
    uint64_t low_base, low_bytes;   /* default 0x40000000, 256 MiB */
    uint64_t high_base, high_bytes; /* default 0x100000000, 256 MiB */
    uint64_t bar32_base;            /* default 0xE0000000 */
    uint64_t bar64_base;            /* default 0x2000000000 */

    /* Link and memory, may change at any time through rl_rp_options(). */
    uint32_t latency_cycles; /* request in to first completion, default 100 */
    uint32_t jitter_cycles;  /* random extra latency, default 0 */
    uint32_t rate_up;        /* thousandths of a byte per cycle, card to */
    uint32_t rate_down;      /* host and back; default 13900; 0: no limit */
    uint32_t mps_bytes;      /* programmed at enumeration, default 256 */
    uint32_t mrrs_bytes;     /* default 512 */
    bool split64;            /* completions end at every 64 bytes */
    bool split_random;       /* completions end at random RCB boundaries */
    bool reorder;            /* completions of different tags mix */
    bool ext_tag;            /* enable extended tags where offered; default */
    uint32_t np_timeout_cycles; /* for our own requests, default 1000000 */
    uint64_t seed;

    /* Called for each read of the card; NULL: no faults. */
    rl_rp_fault_fn *fault;
    void *fault_ctx;
    /* A violation; NULL: printed on stderr. All are counted. */
    rl_rp_violation_fn *violation;
    void *violation_ctx;
    /* Every TLP, for tracing; NULL: none. */
    rl_rp_trace_fn *trace;
    void *trace_ctx;
    rl_rp_access_fn *access; /* NULL: none, as the next */
    void *access_ctx;
    rl_rp_msix_fn *msix;
    void *msix_ctx;
    rl_rp_remote_fn *remote;
    void *remote_ctx;
    rl_rp_ticked_fn *ticked;
    void *ticked_ctx;
    /* After this cycle the program ends: deadline() is called, or without one
     * a line goes to stderr and the process exits with status 1. 0: never. */
    uint64_t deadline_cycle;
    rl_rp_deadline_fn *deadline;
    void *deadline_ctx;
};
void rl_rp_config_default(struct rl_rp_config *c);

/* The model stays the caller's and must outlive the root port, which sets the
 * model's tick and transmit rate. NULL: no memory. */
struct rl_rp *rl_rp_new(struct rl_model *m, const struct rl_rp_config *c);
void rl_rp_free(struct rl_rp *rp);
struct rl_rp_config *rl_rp_options(struct rl_rp *rp);
struct rl_model *rl_rp_model(struct rl_rp *rp);

/* Fundamental reset of card and link: all outstanding requests are forgotten,
 * host memory stays. Needed once before anything else. */
void rl_rp_reset(struct rl_rp *rp);

/* Link down: the card is gone, as after its removal. What it sends is lost,
 * its reads are never answered, nothing reaches it; our requests are answered
 * with UR. Only rl_rp_reset() brings the link up again. */
void rl_rp_link_down(struct rl_rp *rp);

void rl_rp_step(struct rl_rp *rp);
void rl_rp_run(struct rl_rp *rp, uint64_t cycles);
uint64_t rl_rp_now(const struct rl_rp *rp);

/* ---- Host memory ---- */

/* Memory of the caller as host memory at bus address addr, until unmapped; it
 * may be shared with other processes: accesses are made in the order that
 * memory.c describes. RL_RP_BAD: nothing, wraps 2^64, overlaps another region
 * or the addresses of MSI-X messages. RL_RP_NOMEM: too many regions. */
int rl_rp_map(struct rl_rp *rp, uint64_t addr, uint64_t bytes, void *p);
/* addr: as it was mapped. Reads already on their way then get all ones. */
int rl_rp_unmap(struct rl_rp *rp, uint64_t addr);

/* Memory that somebody must be asked for each time; nothing lies behind it. */
int rl_rp_map_remote(struct rl_rp *rp, uint64_t addr, uint64_t bytes);
/* Data of a read of remote memory, as much as was asked for; NULL: there is
 * none, the card gets Unsupported Request. The completion leaves when it is due.
 * RL_RP_BAD: nobody waits for it any more. */
int rl_rp_answer(struct rl_rp *rp, unsigned handle, const void *data);
/* From now on writes to the region that begins at addr are dropped. */
int rl_rp_read_only(struct rl_rp *rp, uint64_t addr);

/* The region that begins at addr; NULL: none. */
void *rl_rp_region(struct rl_rp *rp, uint64_t addr, size_t *bytes);

/* Pointer to host memory; NULL when the bytes do not lie in one region. */
void *rl_rp_mem(struct rl_rp *rp, uint64_t addr, size_t bytes);
/* Bump allocation, zeroed; 0 when exhausted. align: power of two. */
uint64_t rl_rp_alloc(struct rl_rp *rp, bool high, size_t bytes, size_t align);
/* Forgets all allocations (contents stay). */
void rl_rp_alloc_reset(struct rl_rp *rp);

/* ---- Requests to the card ---- */

/* size 1, 2 or 4, naturally aligned; waits. */
int rl_rp_cfg_read(struct rl_rp *rp, unsigned offset, unsigned size,
                   uint32_t *value);
int rl_rp_cfg_write(struct rl_rp *rp, unsigned offset, unsigned size,
                    uint32_t value);

/* Memory read of any length and alignment; waits. Split at 4 KiB and MRRS. */
int rl_rp_read(struct rl_rp *rp, uint64_t addr, void *buf, size_t bytes);
uint32_t rl_rp_read32(struct rl_rp *rp, uint64_t addr); /* all ones: error */
/* Posted memory write, split at 4 KiB and MPS. Does not wait, except when
 * more TLPs are queued than the root port holds. */
void rl_rp_write(struct rl_rp *rp, uint64_t addr, const void *buf,
                 size_t bytes);
void rl_rp_write32(struct rl_rp *rp, uint64_t addr, uint32_t value);
/* Waits until everything queued has been taken by the card. */
void rl_rp_flush(struct rl_rp *rp);

/* Any TLP as it is. A memory request with bar set to RL_RP_BAR_AUTO gets the
 * BAR it hits. Non-posted requests go through rl_rp_np_submit(). */
enum { RL_RP_BAR_AUTO = 0xff };
void rl_rp_send(struct rl_rp *rp, const struct rl_tlp *tlp);

/* Any completion as it is, before all others that wait. RL_RP_NOMEM: the
 * model's queue is full. */
int rl_rp_complete(struct rl_rp *rp, const struct rl_tlp *tlp);

/* A non-posted request without waiting: the tag and requester id are filled
 * in. At most 16 are outstanding: waits for a free one. Returns a handle for
 * the next three. */
int rl_rp_np_submit(struct rl_rp *rp, const struct rl_tlp *tlp);
bool rl_rp_np_done(const struct rl_rp *rp, int handle);
/* Waits; frees the handle. Data goes to buf (may be NULL), at most bytes. */
int rl_rp_np_wait(struct rl_rp *rp, int handle, void *buf, size_t bytes);
unsigned rl_rp_np_outstanding(const struct rl_rp *rp);

/* Fills in a memory request for 1 to 4096 bytes; never crosses 4 KiB. */
void rl_rp_make_mem(struct rl_tlp *t, bool write, uint64_t addr,
                    const void *data, size_t bytes);

/* Fills in a configuration request for the card, of 1, 2 or 4 bytes within a
 * dword. */
void rl_rp_make_cfg(struct rl_tlp *t, bool write, unsigned offset,
                    unsigned size, uint32_t value);

/* ---- Enumeration ---- */

struct rl_rp_bar {
    uint64_t addr, bytes; /* bytes 0: no such BAR */
    bool is64, prefetch, io;
};
struct rl_rp_device {
    uint16_t vendor, device, subsys_vendor, subsys;
    uint32_t class_rev;
    struct rl_rp_bar bar[6];
    unsigned cap_pcie, cap_msix, cap_pm; /* offset, 0: none */
    unsigned msix_vectors;
    uint64_t msix_table, msix_pba;  /* bus addresses */
    uint32_t mps_bytes, mrrs_bytes; /* as programmed */
    unsigned crs_retries;
    bool flr; /* function level reset offered */
};
/* Waits through CRS, sizes and places BARs, programs MPS and MRRS, switches
 * memory space and bus mastering on. */
int rl_rp_enumerate(struct rl_rp *rp);
const struct rl_rp_device *rl_rp_device(const struct rl_rp *rp);
/* Next capability of that id after offset `after` (0: from the start), 0: no
 * more, negative: error. Loops are bounded. */
int rl_rp_cap_next(struct rl_rp *rp, unsigned after, unsigned id);
int rl_rp_command(struct rl_rp *rp, uint16_t set, uint16_t clear);
/* Function level reset by DevCtl, waits for configuration to answer again,
 * then restores BARs, MPS, MRRS and the command register. */
int rl_rp_flr(struct rl_rp *rp);

/* ---- MSI-X ---- */

enum { RL_RP_VECTORS = 64 };
/* What to program so that the sink counts vector n. */
uint64_t rl_rp_msix_addr(unsigned vector);
uint32_t rl_rp_msix_data(unsigned vector);
uint64_t rl_rp_msix_count(const struct rl_rp *rp, unsigned vector);
void rl_rp_msix_clear(struct rl_rp *rp);
/* Programs and unmasks table entry n; enable: the capability's enable bit. */
int rl_rp_msix_program(struct rl_rp *rp, unsigned vector, bool masked);
int rl_rp_msix_enable(struct rl_rp *rp, bool enable, bool function_mask);

/* ---- Statistics ---- */

enum rl_rp_kind {
    RL_RP_MRD,
    RL_RP_MWR,
    RL_RP_CPL,
    RL_RP_CPLD,
    RL_RP_CFG,
    RL_RP_MSG,
    RL_RP_MSIX, /* counted here, not as RL_RP_MWR */
    RL_RP_KINDS
};
struct rl_rp_stats {
    uint64_t tlps[RL_RP_KINDS];
    uint64_t wire_bytes; /* with 20 or 24 bytes per TLP */
    uint64_t payload_bytes;
    uint64_t writes_outside; /* up: writes to no memory, dropped */
    uint64_t reads_outside;  /* up: answered with UR */
};
/* upstream: sent by the card. */
const struct rl_rp_stats *rl_rp_stats(const struct rl_rp *rp, bool upstream);
void rl_rp_stats_clear(struct rl_rp *rp);
const char *rl_rp_kind_name(enum rl_rp_kind kind);
uint64_t rl_rp_violations(const struct rl_rp *rp);
/* Reads of the card that wait for completions. */
unsigned rl_rp_reads_pending(const struct rl_rp *rp);
/* The one with this tag does. */
bool rl_rp_read_pending(const struct rl_rp *rp, unsigned tag);
/* Messages of that code (PCI Express Base, "Message Request Rules") that came. */
enum { RL_RP_ASSERT_INTA = 0x20 };
uint64_t rl_rp_messages(const struct rl_rp *rp, unsigned code);
/* Level of the four INTx lines as the card's messages say. */
unsigned rl_rp_intx(const struct rl_rp *rp);

#endif
