/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Requests that must not work: poisoned, malformed, unsupported, outside of the
 * BARs, memory space off, D3hot. Each leaves memory alone and is counted once.
 */
#include <string.h>

#include "pcie_bench.h"

static struct rl_tlp tlp;
static uint8_t data[4096];

static uint32_t ur(struct bench *b)
{
    return fw_read(b, RL_REG_ERR_UR);
}

static uint32_t malformed(struct bench *b)
{
    return fw_read(b, RL_REG_ERR_MALFORMED);
}

static uint32_t poisoned(struct bench *b)
{
    return fw_read(b, RL_REG_ERR_POISON);
}

static void send(struct bench *b)
{
    rl_rp_send(b->rp, &tlp);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 40);
}

static int ask(struct bench *b)
{
    return rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), NULL, 0);
}

static void clear_status(struct bench *b)
{
    cfg_wr(b, 0x68, 4, 0x000f0000);
    cfg_wr(b, 0x04, 8, 0x80000000);
}

static bool untouched(struct bench *b)
{
    return !fw_peek(b).valid && fw_read(b, RL_REG_DB_PENDING) == 0 &&
           mem_rd32(b, b->bar2 + 0x100) == 0x600d600d;
}

/* One dropped write to each kind of target. */
static void dropped_writes(struct bench *b, const char *what, bool poison,
                           bool err, unsigned bytes)
{
    static const uint32_t at[] = {0x200, 0x4000, 0x8000};
    uint32_t before = malformed(b) + poisoned(b), p = poisoned(b);

    memset(data, 0xff, sizeof data);
    for (unsigned i = 0; i < 4; i++) {
        rl_rp_make_mem(&tlp, true, i < 3 ? b->bar0 + at[i] : b->bar2 + 0x100,
                       data, bytes);
        tlp.poison = poison;
        tlp.hdr[0] |= (uint32_t)poison << 14;
        tlp.err = err;
        send(b);
    }
    ok(untouched(b), "%s writes do nothing", what);
    is_u(mem_rd32(b, b->bar0 + 0x8000), 0, "nor in the MSI-X table");
    is_u(malformed(b) + poisoned(b) - before, 4, "each is counted");
    is_u(poisoned(b) - p, poison ? 4 : 0, "as what it is");
}

static void posted(struct bench *b)
{
    uint32_t before;
    unsigned wrong = 0;

    clear_status(b);
    dropped_writes(b, "poisoned", true, false, 16);
    is_u(cfg_rd(b, 0x04) >> 31, 1, "Status: detected parity error");
    is_u(cfg_rd(b, 0x68) >> 16, 2, "Device Status: non-fatal");
    clear_status(b);
    is_u(cfg_rd(b, 0x04) >> 31, 0, "cleared by its one");
    dropped_writes(b, "marked", false, true, 16);
    is_u(cfg_rd(b, 0x68) >> 16, 4, "Device Status: fatal");
    clear_status(b);
    dropped_writes(b, "too long", false, false, 256 + 4);

    before = malformed(b);
    rl_rp_make_mem(&tlp, true, b->bar2 + 0x100, data, 256);
    tlp.hdr[3] = (uint32_t)(b->bar2 + 0xff4);
    send(b);
    is_u(malformed(b) - before, 1, "a write across 4 KiB is malformed");

    before = ur(b);
    clear_status(b);
    rl_rp_make_mem(&tlp, true, b->bar2 + RL_DEVMEM_BYTES + 0x100, data, 64);
    send(b);
    rl_rp_make_mem(&tlp, true, b->bar0 - 0x1000 + 0x200, data, 64);
    send(b);
    rl_rp_make_mem(&tlp, true, b->bar0 + ((uint64_t)1 << 32), data, 64);
    send(b);
    is_u(ur(b) - before, 3, "writes outside of the BARs are counted");
    is_u(cfg_rd(b, 0x68) >> 16, 0xa, "Device Status: UR, non-fatal");
    ok(untouched(b), "and go nowhere");
    memset(&tlp, 0, offsetof(struct rl_tlp, payload));
    for (unsigned code = 0; code < 256; code++) {
        bool silent = code == 0x00 || code == 0x14 || code == 0x50 ||
                      code == 0x7f || code >> 4 == 4;

        if (code == 0x19) /* PME_Turn_Off: see pcie_power.c */
            continue;

        before = ur(b);
        tlp.hdr[0] = code & 1 ? 0x34000000 : 0x74000001;
        tlp.payload_bytes = code & 1 ? 0 : 4;
        tlp.hdr[1] = code;
        tlp.bar = RL_BAR_NONE;
        send(b);
        wrong += ur(b) - before != !silent;
    }
    is_u(wrong, 0, "messages are counted but those that are taken in silence");
}

/* ---- Error messages ---- */

enum { COR = 0x30, NONFATAL = 0x31, FATAL = 0x33 };

struct told {
    uint64_t cor, nonfatal, fatal;
};

static struct told told(struct bench *b)
{
    return (struct told){rl_rp_messages(b->rp, COR),
                         rl_rp_messages(b->rp, NONFATAL),
                         rl_rp_messages(b->rp, FATAL)};
}

/* An error of each kind; which messages come? */
static unsigned provoke(struct bench *b)
{
    struct told before = told(b), after;

    rl_rp_make_mem(&tlp, false, b->bar2 + RL_DEVMEM_BYTES, NULL, 8);
    (void)ask(b); /* unsupported, answered: advisory */
    rl_rp_run(b->rp, 40);
    after = told(b);
    unsigned seen = (after.cor - before.cor) |
                    (unsigned)(after.nonfatal != before.nonfatal) << 4;

    before = after;
    rl_rp_make_mem(&tlp, true, b->bar2 + RL_DEVMEM_BYTES, data, 8);
    send(b); /* unsupported, not answered */
    after = told(b);
    seen |= (unsigned)(after.nonfatal - before.nonfatal) << 1;
    before = after;
    rl_rp_make_mem(&tlp, true, b->bar2, data, 8);
    tlp.poison = true;
    tlp.hdr[0] |= 1u << 14;
    send(b);
    after = told(b);
    seen |= (unsigned)(after.nonfatal - before.nonfatal) << 2;
    before = after;
    rl_rp_make_mem(&tlp, true, b->bar2, data, 8);
    tlp.err = true;
    send(b);
    after = told(b);
    return seen | (unsigned)(after.fatal - before.fatal) << 3;
}

static void messages(struct bench *b)
{
    /* Device Control 3:0, SERR# Enable: advisory UR, UR, poisoned, malformed */
    static const struct {
        unsigned enables, serr, seen;
        const char *name;
    } row[] = {
        {0x0, 0, 0x0, "nothing enabled"},
        {0x1, 0, 0x0, "correctable: not UR without its own enable"},
        {0x9, 0, 0x1, "correctable and UR"},
        {0x2, 0, 0x4, "non-fatal, not UR"},
        {0xa, 0, 0x6, "non-fatal and UR"},
        {0x4, 0, 0x8, "fatal"},
        {0x0, 1, 0xe, "SERR#: all that are not correctable"},
        {0xf, 1, 0xf, "everything"},
    };

    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        cfg_wr(b, 0x04, 3, 0x0006 | row[i].serr << 8);
        cfg_wr(b, 0x68, 1, (cfg_rd(b, 0x68) & 0xf0) | row[i].enables);
        clear_status(b);
        cfg_wr(b, 0x04, 8, 0xf9000000);
        is_u(provoke(b), row[i].seen, "messages, %s", row[i].name);
        is_u(cfg_rd(b, 0x04) >> 30 & 1, row[i].serr,
             "Status: signaled system error");
    }
    cfg_wr(b, 0x44, 1, 3);
    rl_rp_make_mem(&tlp, false, b->bar2, NULL, 8);
    (void)ask(b);
    rl_rp_run(b->rp, 40);
    struct told before = told(b);
    rl_rp_make_mem(&tlp, true, b->bar2, data, 8);
    send(b);
    struct told after = told(b);
    ok(before.nonfatal == after.nonfatal && before.cor == after.cor,
       "D3hot: no messages");
    cfg_wr(b, 0x44, 1, 0);
    cfg_wr(b, 0x04, 3, 0x0006);
    cfg_wr(b, 0x68, 1, cfg_rd(b, 0x68) & 0xf0);
    clear_status(b);
}

static void non_posted(struct bench *b)
{
    static const struct {
        uint8_t type;
        const char *name;
        unsigned bytes;
    } kind[] = {
        {0x01, "locked read", 0},
        {0x21, "locked read, 64 bits", 0},
        {0x02, "I/O read", 0},
        {0x42, "I/O write", 4},
        {0x4c, "fetch and add", 4},
        {0x6c, "fetch and add, 64 bits", 4},
        {0x4d, "swap", 4},
        {0x6d, "swap, 64 bits", 4},
        {0x4e, "compare and swap", 8},
        {0x6e, "compare and swap, 64 bits", 8},
        {0x5b, "deferrable write", 4},
        {0x7b, "deferrable write, 64 bits", 64},
    };
    uint32_t before = ur(b);

    for (unsigned i = 0; i < sizeof kind / sizeof *kind; i++) {
        rl_rp_make_mem(&tlp, true,
                       kind[i].type & 0x20 ? b->bar2 + 0x100 : b->bar0 + 0x4000,
                       data, kind[i].bytes ? kind[i].bytes : 4);
        tlp.hdr[0] = (uint32_t)kind[i].type << 24 | (tlp.hdr[0] & 0x3ff);
        tlp.payload_bytes = (uint16_t)kind[i].bytes;
        /* The answer to a locked read has a type that this root port does not
         * know: what counts is that it is made. */
        if ((kind[i].type & 0x1f) == 1) {
            tlp.hdr[1] |= 0xff00;
            send(b);
            continue;
        }
        is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR, "%s: UR", kind[i].name);
    }
    is_u(ur(b) - before, sizeof kind / sizeof *kind, "all are counted");
    ok(untouched(b), "none does anything");

    before = ur(b);
    rl_rp_make_mem(&tlp, false, b->bar2 + RL_DEVMEM_BYTES, NULL, 8);
    is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR, "a read behind BAR2: UR");
    rl_rp_make_mem(&tlp, false, b->bar0 + RL_BAR0_BYTES, NULL, 8);
    is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR, "a read behind BAR0: UR");
    make_cfg(&tlp, true, 0x3c, 15, 0x42);
    tlp.poison = true;
    tlp.hdr[0] |= 1u << 14;
    is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR,
         "a poisoned configuration write: UR");
    is_u(cfg_rd(b, 0x3c) & 0xff, 0, "it wrote nothing");
    is_u(ur(b) - before, 3, "counted");
    before = malformed(b);
    make_cfg(&tlp, true, 0x3c, 15, 0x42);
    tlp.err = true;
    send(b);
    rl_rp_make_mem(&tlp, false, b->bar2, NULL, 8);
    tlp.hdr[3] |= 0xffc;
    tlp.hdr[1] |= 0xff00;
    send(b);
    memset(&tlp, 0, offsetof(struct rl_tlp, payload));
    tlp.hdr[0] = 0x4a000001; /* a completion has no business here */
    tlp.payload_bytes = 4;
    tlp.bar = RL_BAR_NONE;
    send(b);
    is_u(malformed(b) - before, 3, "malformed ones are dropped and counted");
    is_u(cfg_rd(b, 0x3c) & 0xff, 0, "without doing anything");
}

static void disabled(struct bench *b, const char *how)
{
    uint32_t before = ur(b);

    memset(data, 0xff, 64);
    rl_rp_write(b->rp, b->bar2 + 0x100, data, 64);
    rl_rp_write(b->rp, b->bar0 + 0x4000, data, 4);
    rl_rp_write(b->rp, b->bar0 + 0x100, data, 4);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 40);
    rl_rp_make_mem(&tlp, false, b->bar2 + 0x100, NULL, 64);
    is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR, "%s: a read of BAR2 is UR", how);
    rl_rp_make_mem(&tlp, false, b->bar0 + 0x100, NULL, 4);
    is_u((uint64_t)ask(b), (uint64_t)RL_RP_UR, "%s: a read of BAR0 is UR", how);
    is_u(ur(b) - before, 5, "%s: all are counted", how);
}

int main(void)
{
    struct bench *b = bench_new();

    bench_enumerate(b);
    memset(data, 0, sizeof data);
    mem_wr(b, b->bar0 + RL_BAR0_MSIX, data, 12);
    mem_wr32(b, b->bar2 + 0x100, 0x600d600d);
    posted(b);
    non_posted(b);
    messages(b);
    rl_rp_command(b->rp, 0, 2);
    disabled(b, "memory space off");
    rl_rp_command(b->rp, 2, 0);
    ok(untouched(b), "nothing was written");
    cfg_wr(b, 0x44, 1, 3);
    disabled(b, "D3hot");
    is_u(cfg_rd(b, 0x00), 0x10411af4, "D3hot: configuration answers");
    cfg_wr(b, 0x44, 1, 0);
    ok(untouched(b), "nothing was written");
    is_u(cfg_rd(b, 0x18) & ~15u, (uint32_t)b->bar2, "D0: the BARs are kept");
    return bench_end(b);
}
