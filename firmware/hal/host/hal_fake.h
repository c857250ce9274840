/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The hardware below hal.h, for the build host: memories, DMA command queues,
 * mailbox, doorbells, endpoint, network port. Unit tests and fuzzers drive it.
 *
 * Nothing happens by itself: a command that firmware pushes is carried out when
 * the test steps the fake. Three engines work independently of each other, each
 * on its own commands in order, as registers.def and hw/dma say: fetches, read
 * runs, writes. A fetch reads host memory in lines of 64 bytes, which the test
 * may sample at different times and in any order. A fenced read starts when all
 * writes pushed before it were carried out.
 *
 * Everything that reaches memory or the host is logged in order (fake.log).
 *
 * Wrong use of hal.h (full queue, misaligned address, count of zero, outside
 * local memory ...) calls fake_misuse, which must not return; by default it
 * prints one line and aborts.
 */
#ifndef RINGLET_HAL_FAKE_H
#define RINGLET_HAL_FAKE_H

#include "../hal.h"

#ifndef FAKE_HOST_BYTES /* fuzzers clear it often and want less */
#define FAKE_HOST_BYTES 0x400000u
#endif
#define FAKE_LINE          64u
#define FAKE_FRAMES_MAX    4096u /* free running indices, power of two */
#define FAKE_CPL_MAX       1024u
#define FAKE_MBOX_MAX      32u
#define FAKE_CONSOLE_BYTES 4096u

enum fake_kind {
    FAKE_FETCH,   /* a line or part of it was sampled */
    FAKE_GATHER,  /* bytes of an element were read by a run */
    FAKE_PAYLOAD, /* a run wrote bytes of a packet */
    FAKE_BURST,   /* WRITE from local memory */
    FAKE_IMM,     /* IMM4, IMM8 */
    FAKE_MSIX,    /* addr: vector */
    FAKE_DROPPED, /* DROP discarded a frame of len bytes */
    FAKE_MARKER,  /* NOP */
    FAKE_ISR,     /* the interrupt line's ISR bits changed; addr: bits */
    FAKE_REPLY,   /* a mailbox read was answered; addr: tag */
};

struct fake_log {
    enum fake_kind kind;
    uint32_t queue; /* of the command */
    uint64_t addr;
    uint32_t len;
    bool device; /* device memory */
    bool lost;   /* posted to an address where nothing is */
    uint32_t local; /* offset in local memory: FETCH where it goes; GATHER and
                       PAYLOAD the descriptor that is executed */
};

struct fake_packet {
    uint32_t len;
    uint32_t queue;
    uint8_t data[4096]; /* the first bytes, when it was longer */
};

/* A command as pushed. */
struct fake_cmd {
    uint32_t cmd;
    host_addr_t addr;
    uint32_t lmem, count, ring, param, data0, data1;
    uint64_t fence_at; /* writes that must be done before */
    uint64_t sampled;  /* fetch: one bit per line */
    uint32_t at;       /* run: descriptors behind us */
    uint32_t ptr;      /* run: next descriptor */
    uint32_t bytes;    /* run: payload so far */
    uint32_t taken;    /* write run: bytes of the frames taken, to report
                          when it ends early */
    uint32_t status;   /* run: SHORT so far */
};

struct fake_fifo {
    struct fake_cmd cmd[RL_CMD_DEPTH];
    uint32_t count;
};

struct fake {
    /* Memories. */
    uint64_t host_base;
    uint8_t *host;
    uint8_t devmem[RL_DEVMEM_BYTES];
    _Alignas(64) uint8_t lmem[RL_LMEM_BYTES];
    uint64_t window;

    /* DMA. */
    struct fake_fifo fetches, reads, writes;
    uint64_t writes_pushed, writes_done;
    uint32_t rd_depth, wr_depth; /* entries; a test may make them fewer */
    /* RL_DMA_*: how the next fetch or packet of a read run ends that would have
     * succeeded; then RL_DMA_OK again. */
    uint32_t read_fault;
    uint32_t abort;
    uint32_t lost; /* queues of which a write was lost */
    struct {
        uint32_t word, bytes;
    } cpl[FAKE_CPL_MAX];
    uint32_t cpl_head, cpl_tail;
    uint64_t commands; /* carried out, not aborted */

    /* Mailbox. */
    struct hal_mbox mbox[FAKE_MBOX_MAX];
    uint32_t mbox_head, mbox_tail;
    bool tag_waits[256], tag_answered[256];
    uint32_t tag_data[256];

    /* Doorbells. */
    uint32_t db_pending, db_wide;
    uint32_t db_data[RL_NUM_QUEUES];

    /* Endpoint. */
    uint32_t pcie_id, pcie_class, pcie_subsys, pcie_status, pcie_events;
    uint32_t errors[RL_ERR_COUNTERS];
    uint32_t caps[RL_CFG_VIRTIO_DWORDS];
    uint32_t isr;
    bool ready;
    uint32_t flrs_done;
    uint32_t msix_sent[RL_NUM_VECTORS];
    bool msix_masked[RL_NUM_VECTORS], msix_pending[RL_NUM_VECTORS];

    /* Network port. */
    struct fake_packet *sent; /* growing array of packets delivered */
    uint32_t sent_count;
    uint32_t sent_bad;          /* packets cut short by an error */
    struct fake_packet *frames; /* ring of FAKE_FRAMES_MAX waiting frames */
    uint32_t frame_head, frame_tail, len_head;
    bool link;

    /* Time, console. */
    uint32_t time, alarm;
    bool alarm_armed;
    char console[FAKE_CONSOLE_BYTES];
    uint32_t console_used;
    /* Watchdog: time of the last sign of life; why the core was restarted; the
     * word that outlives that. */
    uint32_t watchdog_time, restart, kept;
    uint32_t sleeps; /* hal_wait() calls with nothing to wake up for */

    struct fake_log *log;
    uint32_t log_count;
    /* Called for each log entry, when set; data of memory writes. */
    void (*on_log)(const struct fake_log *entry, const void *data);
    /* Called for each DMA command that is pushed, when set, before it waits. */
    void (*on_push)(const struct fake_cmd *cmd, bool write);
};

extern struct fake fake;
extern void (*fake_misuse)(const char *message);

/* Power-up; host memory from bus address host_base. */
void fake_reset(uint64_t host_base);

/* Memory at a bus address: host memory or, when the window is open at
 * fake.window, device memory. Fails when [bus, bus + bytes) is elsewhere. */
void *fake_at(uint64_t bus, uint32_t bytes);

/* ---- Engines: each returns false when there was nothing it could do. ------- */

/* Sample lines of the fetch `nth` from the oldest; bit n is the n-th line. */
bool fake_fetch_sample(uint32_t nth, uint64_t lines);
/* Finish the oldest fetch, sampling what was not sampled. */
bool fake_fetch_step(void);
/* Next packet of the oldest read run; completes it with the last one. */
bool fake_read_step(void);
/* Next write command, or next packet of it. */
bool fake_write_step(void);
/* Everything that can be done, oldest first: fetches, writes, reads. Returns
 * the number of steps. */
uint32_t fake_drain(void);
uint32_t fake_drain_writes(void);
/* One random thing of what can be done. */
bool fake_random_step(uint32_t (*draw)(void));
/* Commands waiting. */
uint32_t fake_dma_waiting(void);

/* ---- Host and port side ------------------------------------------------------- */

void fake_mbox_push(const struct hal_mbox *entry);
/* 16 bits, and 32. */
void fake_doorbell(uint32_t queue, uint32_t data);
void fake_doorbell_wide(uint32_t queue, uint32_t data);
void fake_frame(const void *data, uint32_t bytes);
void fake_flr(void);
void fake_bus_master(bool on);
void fake_msix_enable(bool on);
void fake_advance(uint32_t cycles);

#endif
