/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Mailbox: order, byte enables, slots, tags, PCI_CFG data, posted writes past
 * waiting reads, the watchdog.
 */
#include <string.h>

#include "pcie_bench.h"

enum { WATCHDOG_CYCLES = 125000, DEPTH = 32, SLOTS = 16 };
static struct rl_tlp tlp;

static int read_of(struct bench *b, uint64_t addr, size_t n)
{
    rl_rp_make_mem(&tlp, false, addr, NULL, n);
    return rl_rp_np_submit(b->rp, &tlp);
}

static void order(struct bench *b)
{
    unsigned bad = 0, handle;
    uint32_t v = 0;

    for (uint32_t i = 0; i < 12; i++)
        rl_rp_write32(b->rp, b->bar0 + 4 * i, 0x100 + i);
    handle = (unsigned)read_of(b, b->bar0 + 0x1000, 4);
    rl_rp_run(b->rp, 100);
    for (uint32_t i = 0; i < 12; i++) {
        struct entry e = fw_take(b);

        bad += !e.valid || !e.write || e.cfg || e.be != 15 || e.addr != 4 * i ||
               e.data != 0x100 + i;
    }
    is_u(bad, 0, "writes arrive in order");
    struct entry e = fw_take(b);
    ok(e.valid && !e.write && !e.cfg && e.be == 15 && e.addr == 0x1000,
       "the read behind them");
    ok(!fw_peek(b).valid, "then nothing");
    ok(!(fw_read(b, RL_REG_EVENTS) & RL_EVENTS_MBOX_MASK), "and no event");
    fw_write(b, RL_REG_MBOX_POP, 1);
    fw_reply(b, e.tag ^ 0x55, 0x0bad);
    fw_reply(b, e.tag + 1, 0x0bad);
    fw_reply(b, e.tag + SLOTS, 0x0bad);
    fw_reply(b, e.tag - SLOTS, 0x0bad);
    rl_rp_run(b->rp, 50);
    ok(!rl_rp_np_done(b->rp, (int)handle), "a wrong tag is dropped");
    fw_reply(b, e.tag, 0xcafe0001);
    fw_reply(b, e.tag, 0x0bad);
    is_u((uint64_t)rl_rp_np_wait(b->rp, (int)handle, &v, 4), 0, "answered");
    is_u(v, 0xcafe0001, "by the first answer");
}

static void byte_enables(struct bench *b)
{
    unsigned bad = 0;

    for (unsigned be = 0; be < 256; be++)
        for (unsigned dw = 1; dw <= 3; dw++) {
            uint32_t d[3] = {rnd(b), rnd(b), rnd(b)};

            if (dw == 1 && be > 15)
                continue;
            rl_rp_make_mem(&tlp, true, b->bar0 + 0x2f04, d, 4 * dw);
            tlp.hdr[1] = (tlp.hdr[1] & ~0xffu) | be;
            rl_rp_send(b->rp, &tlp);
            rl_rp_run(b->rp, 40);
            for (unsigned i = 0; i < dw; i++) {
                unsigned want = i == 0 ? be & 15 : i == dw - 1 ? be >> 4 : 15;
                struct entry e;

                if (!want)
                    continue;
                e = fw_take(b);
                bad += !e.valid || !e.write || e.be != want ||
                       e.addr != 0x2f04 + 4 * i || e.data != d[i];
            }
            bad += fw_peek(b).valid;
        }
    is_u(bad, 0, "writes of 1 to 3 dwords with every byte enable");

    bad = 0;
    for (unsigned be = 0; be < 16; be++) {
        int h;
        uint32_t v = 0;
        struct entry e;

        rl_rp_make_mem(&tlp, false, b->bar0 + 0x3ffc, NULL, 4);
        tlp.hdr[1] = (tlp.hdr[1] & ~0xffu) | be;
        h = rl_rp_np_submit(b->rp, &tlp);
        rl_rp_run(b->rp, 40);
        e = fw_take(b);
        bad += e.valid != (be != 0) || (be && (e.be != be || e.addr != 0x3ffc));
        if (e.valid)
            fw_reply(b, e.tag, 0x87654321);
        bad +=
            rl_rp_np_wait(b->rp, h, &v, 4) != 0 || v != (be ? 0x87654321 : 0);
    }
    is_u(bad, 0, "reads with every byte enable; none of it asks nobody");
}

static void long_accesses(struct bench *b)
{
    static uint8_t d[4096], got[4096];
    unsigned bad = 0;

    for (unsigned n = 1; n < 700; n = n * 5 / 4 + 1)
        for (unsigned off = 0; off < 8; off++) {
            uint64_t at = b->bar0 + 0x2000 + off;

            for (unsigned i = 0; i < n; i++)
                d[i] = (uint8_t)rnd(b);
            rl_rp_write(b->rp, at, d, n);
            fw_drain(b);
            bad += memcmp(b->mbox_mem + 0x2000 + off, d, n) != 0;
            if (np_wait(b, read_of(b, at, n), got, sizeof got) ||
                memcmp(got + (off & 3), d, n))
                bad++;
        }
    is_u(bad, 0, "long writes and reads, dword by dword");
    b->reads = 0;
    for (unsigned i = 0; i < 4096; i++)
        b->mbox_mem[0x1000 + i] = (uint8_t)rnd(b);
    ok(!np_wait(b, read_of(b, b->bar0 + 0x1000, 4096), got, 4096) &&
           !memcmp(got, b->mbox_mem + 0x1000, 4096),
       "4096 bytes");
    is_u(b->reads, 1024, "by 1024 entries");
}

static void many_reads(struct bench *b)
{
    struct entry e[SLOTS];
    int handle[16];
    unsigned bad = 0, seen = 0;
    uint32_t v;

    for (unsigned i = 0; i < 16; i++)
        handle[i] = read_of(b, b->bar0 + 8 * i, 4);
    rl_rp_run(b->rp, 200);
    for (unsigned i = 0; i < SLOTS; i++) {
        e[i] = fw_take(b);
        bad += !e[i].valid || e[i].addr != 8 * i;
        seen += e[i].valid;
    }
    is_u(seen, SLOTS, "16 reads wait at once");
    for (unsigned i = SLOTS; i-- > 0;) {
        fw_reply(b, e[i].tag, 0x7000 + e[i].addr);
        fw_reply(b, e[i].tag, 0x0bad); /* the first answer counts */
    }
    for (unsigned i = 0; i < 16; i++) {
        bad +=
            rl_rp_np_wait(b->rp, handle[i], &v, 4) != 0 || v != 0x7000 + 8 * i;
    }
    is_u(bad, 0, "answered from the last to the first");

    /* More dwords than slots: only so many are asked for. */
    handle[0] = read_of(b, b->bar0, 128);
    rl_rp_run(b->rp, 200);
    for (seen = 0; seen < 40; seen++) {
        struct entry next = fw_take(b);

        if (!next.valid)
            break;
        e[seen % SLOTS] = next;
    }
    is_u(seen, SLOTS, "no read without its slot");
    fw_reply(b, e[0].tag, 0);
    rl_rp_run(b->rp, 50);
    ok(fw_peek(b).valid, "a slot free, a read more");
    for (unsigned i = 1; i < SLOTS; i++)
        fw_reply(b, e[i].tag, 0);
    is_u((uint64_t)np_wait(b, handle[0], NULL, 0), 0, "all of it answered");
}

static void posted_passes(struct bench *b)
{
    int handle[16];
    unsigned writes = 0, bad = 0;

    /* The reads fill slots and more; nobody answers. */
    for (unsigned i = 0; i < 16; i++)
        handle[i] = read_of(b, b->bar0 + 0x100, 64);
    rl_rp_run(b->rp, 300);
    for (unsigned i = 0; i < 10; i++)
        rl_rp_write32(b->rp, b->bar0 + 0x200 + 4 * i, i);
    rl_rp_write32(b->rp, b->bar0 + RL_BAR0_NOTIFY + 4 * 3, 0x33);
    rl_rp_write32(b->rp, b->bar2 + 0x40, 0x12344321);
    rl_rp_run(b->rp, 300);
    ok(rl_model_rx_idle(b->m), "16 blocked reads hold no posted request up");
    is_u(fw_read(b, RL_REG_DB_PENDING), 8, "the doorbell rang");
    fw_write(b, RL_REG_DB_PENDING, 8);
    for (unsigned i = 0; i < SLOTS + 10; i++) {
        struct entry e = fw_peek(b);

        if (e.write) {
            bad += e.addr != 0x200 + 4 * writes || e.data != writes;
            writes++;
        }
        fw_serve(b);
    }
    is_u(writes, 10, "and all writes are in the mailbox");
    for (unsigned i = 0; i < 16; i++)
        bad += np_wait(b, handle[i], NULL, 0) != 0;
    is_u(bad, 0, "then the reads are answered");
    is_u(mem_rd32(b, b->bar2 + 0x40), 0x12344321, "device memory was written");
}

/* A read behind writes that nobody takes waits with them, wherever they go. */
static void read_behind_writes(struct bench *b)
{
    const uint64_t vector = b->bar0 + RL_BAR0_MSIX + 8;
    uint32_t v = 0;
    int handle;

    mem_wr32(b, vector, 1);
    for (uint32_t i = 0; i <= DEPTH; i++)
        rl_rp_write32(b->rp, b->bar0 + 4 * i, i);
    rl_rp_write32(b->rp, vector, 2);
    handle = read_of(b, vector, 4);
    rl_rp_run(b->rp, 300);
    fw_drain(b);
    is_u((uint64_t)np_wait(b, handle, &v, 4), 0, "the read behind it goes on");
    is_u(v, 2, "it sees the write between them");
}

static void pci_cfg(struct bench *b)
{
    int h;
    uint32_t v = 0;
    struct entry e;

    cfg_wr(b, 0xf4, 15, 0x1000);
    make_cfg(&tlp, false, 0xfc, 3, 0);
    h = rl_rp_np_submit(b->rp, &tlp);
    rl_rp_run(b->rp, 50);
    e = fw_take(b);
    ok(e.valid && e.cfg && !e.write && e.be == 3 && e.addr == 0,
       "a read of PCI_CFG data asks the firmware");
    fw_reply(b, e.tag, 0x5a5a1234);
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, &v, 4), 0, "answered");
    is_u(v, 0x5a5a1234, "with its data");
    make_cfg(&tlp, true, 0xfc, 12, 0x99887766);
    h = rl_rp_np_submit(b->rp, &tlp);
    rl_rp_run(b->rp, 50);
    e = fw_take(b);
    ok(e.valid && e.cfg && e.write && e.be == 12 && e.data == 0x99887766,
       "so does a write");
    rl_rp_run(b->rp, 500);
    ok(!rl_rp_np_done(b->rp, h), "it is not complete before the firmware says");
    fw_reply(b, e.tag, 0);
    is_u((uint64_t)rl_rp_np_wait(b->rp, h, NULL, 0), 0, "then it is");
    make_cfg(&tlp, true, 0xfc, 0, 1);
    is_u((uint64_t)rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &tlp), NULL, 0),
         0, "a write of no byte");
    ok(!fw_peek(b).valid, "asks nobody");
}

static void elsewhere(struct bench *b)
{
    unsigned bad = 0;
    static const uint32_t at[] = {0x4000, 0x403c, 0x4040, 0x7ffc, 0x8110,
                                  0x8ffc, 0x9000, 0xbffc, 0xc004, 0xfffc};

    for (unsigned i = 0; i < sizeof at / sizeof *at; i++) {
        if (at[i] >= 0x4040)
            mem_wr32(b, b->bar0 + at[i], 0xffffffff);
        bad += mem_rd32(b, b->bar0 + at[i]) != 0;
    }
    is_u(bad, 0, "the rest of BAR0 reads 0");
    is_u(fw_read(b, RL_REG_DB_PENDING), 0, "and rings no doorbell");
    ok(!fw_peek(b).valid, "and asks nobody");
}

static void watchdog(struct bench *b)
{
    int h[4];
    uint32_t v = 0, late = fw_read(b, RL_REG_ERR_LATE);
    uint64_t began = rl_rp_now(b->rp), took;
    struct entry e;

    rl_rp_options(b->rp)->np_timeout_cycles = 2 * WATCHDOG_CYCLES;
    h[0] = read_of(b, b->bar0 + 0x14, 4);
    h[1] = read_of(b, b->bar0 + 0x18, 8);
    for (unsigned i = 0; i < 40; i++)
        rl_rp_write32(b->rp, b->bar0 + 0x300 + 4 * i, i);
    rl_rp_run(b->rp, 1000);
    ok(!rl_model_rx_idle(b->m), "a full mailbox holds writes");
    is_u((uint64_t)rl_rp_np_wait(b->rp, h[0], &v, 4), 0, "watchdog: answered");
    took = rl_rp_now(b->rp) - began;
    is_u(v, 0xffffffff, "with ones");
    ok(took >= WATCHDOG_CYCLES && took < WATCHDOG_CYCLES + 1000,
       "after its time");
    is_u((uint64_t)rl_rp_np_wait(b->rp, h[1], &v, 4), 0, "the next one too");
    rl_rp_run(b->rp, 300);
    ok(rl_model_rx_idle(b->m), "writes are taken");
    began = rl_rp_now(b->rp);
    h[2] = read_of(b, b->bar0 + 0x14, 4);
    rl_rp_write32(b->rp, b->bar0 + 0x300, 1);
    is_u((uint64_t)rl_rp_np_wait(b->rp, h[2], &v, 4), 0, "a new read");
    ok(v == 0xffffffff && rl_rp_now(b->rp) - began < 500,
       "is answered at once");
    is_u(fw_read(b, RL_REG_ERR_LATE) - late, 4, "four dwords are counted");
    /* The firmware comes back: it finds old entries, answers too late. */
    e = fw_take(b);
    ok(e.valid, "the firmware finds what was in the mailbox");
    fw_reply(b, e.tag, 0x0bad0bad);
    fw_drain(b);
    b->mbox_mem[0x14] = 0x77;
    is_u(mem_rd32(b, b->bar0 + 0x14) & 0xff, 0x77, "and serves reads again");

    /* Taken but never answered. */
    h[0] = read_of(b, b->bar0 + 0x20, 4);
    rl_rp_run(b->rp, 50);
    e = fw_take(b);
    is_u((uint64_t)rl_rp_np_wait(b->rp, h[0], &v, 4), 0,
         "a read taken and forgotten is answered");
    is_u(v, 0xffffffff, "with ones");
    fw_reply(b, e.tag, 1);
    mem_wr32(b, b->bar0 + 0x40, 1);
    fw_drain(b);
    is_u(mem_rd32(b, b->bar0 + 0x14) & 0xff, 0x77, "life goes on");
}

int main(void)
{
    struct bench *b = bench_new();

    bench_enumerate(b);
    order(b);
    byte_enables(b);
    long_accesses(b);
    many_reads(b);
    posted_passes(b);
    read_behind_writes(b);
    pci_cfg(b);
    elsewhere(b);
    watchdog(b);
    return bench_end(b);
}
