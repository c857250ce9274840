/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "pcie_bench.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned tests, failed;

/* ---- TAP ---- */

static void say(bool good, const char *fmt, va_list ap)
{
    printf("%sok %u - ", good ? "" : "not ", ++tests);
    vprintf(fmt, ap);
    putchar('\n');
    failed += !good;
    fflush(stdout);
}

bool ok(bool good, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(good, fmt, ap);
    va_end(ap);
    return good;
}

bool is_u(uint64_t got, uint64_t want, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(got == want, fmt, ap);
    va_end(ap);
    if (got != want)
        printf("# got 0x%" PRIx64 ", expected 0x%" PRIx64 "\n", got, want);
    return got == want;
}

void note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    printf("# ");
    vprintf(fmt, ap);
    putchar('\n');
    va_end(ap);
}

uint32_t rnd(struct bench *b)
{
    b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(b->seed >> 33);
}

/* ---- Life ---- */

static void violation(void *ctx, const char *text)
{
    struct bench *b = ctx;

    /* A locked read is answered by CplLk. */
    if (strstr(text, "unknown type 0x0b"))
        return;
    b->violations++;
    note("violation: %s", text);
}

struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);
    struct rl_rp_config c;
    const char *seed = getenv("SEED");

    if (!b || !(b->m = rl_model_new(0, NULL)))
        exit(1);
    b->seed = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
    printf("# seed %" PRIu64 ": make test T=hw SEED=%" PRIu64 "\n", b->seed,
           b->seed);
    rl_rp_config_default(&c);
    c.violation = violation;
    c.violation_ctx = b;
    c.deadline_cycle = 20000000;
    c.seed = b->seed | 1;
    c.np_timeout_cycles = 20000;
    rl_model_seed(b->m, b->seed);
    b->rp = rl_rp_new(b->m, &c);
    if (!b->rp)
        exit(1);
    bench_reset(b);
    return b;
}

void bench_reset(struct bench *b)
{
    rl_rp_reset(b->rp);
}

void bench_ready(struct bench *b)
{
    /* The five virtio capabilities, chained; the last is PCI_CFG. */
    static const unsigned length[] = {16, 20, 16, 16, 20};
    unsigned at = RL_CFG_VIRTIO_FIRST, dw = 0;

    fw_write(b, RL_REG_PCIE_ID, 0x10411af4);
    fw_write(b, RL_REG_PCIE_CLASS, 0x02000001);
    fw_write(b, RL_REG_PCIE_SUBSYS, 0x00401af4);
    for (unsigned i = 0; i < 5; i++) {
        unsigned next = i == 4 ? 0 : at + length[i];

        fw_write(b, RL_REG_PCIE_CAP0 + 4 * dw,
                 0x09 | next << 8 | length[i] << 16 | (i + 1) << 24);
        for (unsigned n = 1; n < length[i] / 4; n++)
            fw_write(b, RL_REG_PCIE_CAP0 + 4 * (dw + n),
                     i == 4 ? 0 : i * 0x1000 + n);
        at += length[i];
        dw += length[i] / 4;
    }
    fw_write(b, RL_REG_PCIE_CTRL, 1);
}

void bench_enumerate(struct bench *b)
{
    bench_ready(b);
    if (rl_rp_enumerate(b->rp)) {
        printf("Bail out! enumeration failed\n");
        exit(1);
    }
    b->bar0 = rl_rp_device(b->rp)->bar[0].addr;
    b->bar2 = rl_rp_device(b->rp)->bar[2].addr;
}

int bench_end(struct bench *b)
{
    is_u(b->violations, 0, "no rule of PCI Express was broken");
    printf("1..%u\n", tests);
    rl_rp_free(b->rp);
    rl_model_free(b->m);
    free(b);
    return failed != 0;
}

/* ---- Firmware ---- */

uint32_t fw_read(struct bench *b, uint32_t reg)
{
    return rl_model_reg_read(b->m, reg);
}

void fw_write(struct bench *b, uint32_t reg, uint32_t value)
{
    rl_model_reg_write(b->m, reg, value);
}

struct entry fw_peek(struct bench *b)
{
    uint32_t head = fw_read(b, RL_REG_MBOX_HEAD);
    struct entry e = {
        .valid = head >> 31,
        .write = head >> 30 & 1,
        .cfg = head >> 28 & 1,
        .be = head >> 24 & 15,
        .tag = head >> 16 & 255,
        .addr = head & 0xffff,
    };

    if (e.valid)
        e.data = fw_read(b, RL_REG_MBOX_DATA);
    return e;
}

struct entry fw_take(struct bench *b)
{
    struct entry e = fw_peek(b);

    if (e.valid)
        fw_write(b, RL_REG_MBOX_POP, 1);
    return e;
}

void fw_reply(struct bench *b, unsigned tag, uint32_t data)
{
    fw_write(b, RL_REG_MBOX_REPLY_DATA, data);
    fw_write(b, RL_REG_MBOX_REPLY, tag);
}

bool fw_serve(struct bench *b)
{
    struct entry e = fw_take(b);
    uint8_t *p = e.cfg ? (uint8_t *)&b->pci_cfg_data : b->mbox_mem + e.addr;
    uint32_t v;

    if (!e.valid)
        return false;
    if (!e.cfg && e.addr >= RL_BAR0_MAILBOX_END) {
        ok(false, "mailbox entry for address 0x%x", e.addr);
        return true;
    }
    if (e.write) {
        b->writes++;
        for (unsigned i = 0; i < 4; i++)
            if (e.be >> i & 1)
                p[i] = (uint8_t)(e.data >> 8 * i);
        if (e.cfg)
            fw_reply(b, e.tag, 0);
    } else {
        b->reads++;
        memcpy(&v, p, 4);
        fw_reply(b, e.tag, v);
    }
    return true;
}

void fw_drain(struct bench *b)
{
    do
        rl_rp_run(b->rp, 20);
    while (fw_serve(b));
}

/* ---- Host ---- */

int np_wait(struct bench *b, int handle, void *buf, size_t bytes)
{
    uint64_t until = rl_rp_now(b->rp) + 300000;

    while (!rl_rp_np_done(b->rp, handle) && rl_rp_now(b->rp) < until)
        if (!fw_serve(b))
            rl_rp_run(b->rp, 4);
    return rl_rp_np_wait(b->rp, handle, buf, bytes);
}

void make_cfg(struct rl_tlp *t, bool write, unsigned offset, unsigned be,
              uint32_t value)
{
    rl_rp_make_cfg(t, write, offset & 0xffc, 4, value);
    t->hdr[1] = be;
}

uint32_t cfg_rd(struct bench *b, unsigned offset)
{
    uint32_t v = 0xdeadbeef;
    int r = rl_rp_cfg_read(b->rp, offset & ~3u, 4, &v);

    if (r)
        note("configuration read of 0x%x: %d", offset, r);
    return v;
}

int cfg_wr(struct bench *b, unsigned offset, unsigned be, uint32_t value)
{
    static struct rl_tlp t;

    make_cfg(&t, true, offset, be, value);
    return rl_rp_np_wait(b->rp, rl_rp_np_submit(b->rp, &t), NULL, 0);
}

void mem_wr(struct bench *b, uint64_t addr, const void *data, size_t bytes)
{
    rl_rp_write(b->rp, addr, data, bytes);
    rl_rp_flush(b->rp);
    rl_rp_run(b->rp, 8);
}

void mem_wr32(struct bench *b, uint64_t addr, uint32_t value)
{
    mem_wr(b, addr, &value, 4);
}

uint32_t mem_rd32(struct bench *b, uint64_t addr)
{
    static struct rl_tlp t;
    uint32_t v = 0;
    int r;

    rl_rp_make_mem(&t, false, addr, NULL, 4);
    r = np_wait(b, rl_rp_np_submit(b->rp, &t), &v, 4);
    return r ? 0xbad00000u | (unsigned)(-r) : v;
}
