/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Rules that every TLP of the card must keep, and what they depend on: how the
 * host has configured it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "rootport/internal.h"

/* Requests may be on their way when bus mastering goes off, or power. */
enum { BME_GRACE_CYCLES = 64 };

void rp_violation(struct rl_rp *rp, const struct rl_tlp *t, const char *fmt,
                  ...)
{
    char text[256];
    int n;
    va_list ap;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (t && n > 0 && (size_t)n < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n,
                 " [%08x %08x %08x %08x, %u bytes] at cycle %llu", t->hdr[0],
                 t->hdr[1], t->hdr[2], t->hdr[3], t->payload_bytes,
                 (unsigned long long)rp->now);
    rp->violations++;
    if (rp->cfg.violation)
        rp->cfg.violation(rp->cfg.violation_ctx, text);
    else if (rp->violations <= 20)
        fprintf(stderr, "root port: card violates PCIe: %s\n", text);
}

uint64_t rl_rp_violations(const struct rl_rp *rp)
{
    return rp->violations;
}

/* ---- What the card has been told ---- */

void rp_monitor_reset(struct rl_rp *rp)
{
    rp->bme_asked = 0;
    rp->bme = rp->ext_tag = rp->cfg_written = rp->asleep = false;
    rp->bme_off_at = 0;
}

static bool is_pmcsr(const struct rl_rp *rp, uint32_t offset)
{
    return rp->dev.cap_pm && offset == rp->dev.cap_pm + 4u;
}

void rp_monitor_cfg_sent(struct rl_rp *rp, uint32_t offset, uint32_t value)
{
    if (offset == 0x04 && (value & 4)) {
        rp->bme = true;
        rp->bme_asked++;
    }
    if (is_pmcsr(rp, offset) && !(value & 3))
        rp->asleep = false;
}

void rp_monitor_cfg_done(struct rl_rp *rp, uint32_t offset, uint32_t value,
                         bool good)
{
    rp->cfg_written = true;
    if (offset == 0x04 && (value & 4) && rp->bme_asked)
        rp->bme_asked--;
    if (!good)
        return;
    if (offset == 0x04) {
        rp->bme = (value & 4) || rp->bme_asked; /* another may be done */
        rp->bme_off_at = rp->now;
    }
    if (is_pmcsr(rp, offset)) {
        rp->asleep = value & 3;
        rp->asleep_at = rp->now;
    }
    if (rp->dev.cap_pcie && offset == rp->dev.cap_pcie + 8u) {
        rp->ext_tag = value & 0x100;
        if (value & 0x8000) { /* function level reset */
            rp->bme = rp->ext_tag = rp->asleep = false;
            rp->bme_off_at = rp->now;
        }
    }
}

/* ---- Rules ---- */

static bool byte_enables_ok(const struct rl_tlp *t)
{
    unsigned fbe = t->hdr[1] & 0xf, lbe = t->hdr[1] >> 4 & 0xf;
    uint32_t bytes = rp_length_bytes(t);

    if (bytes == 4)
        return lbe == 0; /* any first, none at all included */
    if (!fbe || !lbe)
        return false;
    if (bytes == 8 && !(rp_address(t) & 7))
        return true;
    /* Contiguous towards the inside. */
    return (fbe == 0xf || fbe == 0xe || fbe == 0xc || fbe == 0x8) &&
           (lbe == 0xf || lbe == 0x7 || lbe == 0x3 || lbe == 0x1);
}

static void check_request(struct rl_rp *rp, const struct rl_tlp *t, bool write)
{
    uint32_t bytes = rp_length_bytes(t);
    uint64_t addr = rp_address(t);
    bool wide = t->hdr[0] & 1u << 29;

    if (t->hdr[1] >> 16 != RP_BDF)
        rp_violation(rp, t, "requester id 0x%04x", t->hdr[1] >> 16);
    if (wide && !(addr >> 32))
        rp_violation(rp, t, "64-bit header for an address below 4 GiB");
    if (!wide && t->hdr[3])
        rp_violation(rp, t, "3 DW header with a fourth");
    if ((addr & 0xfff) + bytes > 0x1000)
        rp_violation(rp, t, "crosses 4 KiB");
    if (!byte_enables_ok(t))
        rp_violation(rp, t, "byte enables");
    if (t->hdr[0] & 0x3000)
        rp_violation(rp, t, "relaxed ordering or no snoop");
    if (!rp->bme && rp->now > rp->bme_off_at + BME_GRACE_CYCLES)
        rp_violation(rp, t, "request with bus mastering off");
    if (rp->asleep && rp->now > rp->asleep_at + BME_GRACE_CYCLES)
        rp_violation(rp, t, "request in D3hot");
    if (write && bytes > rp->dev.mps_bytes)
        rp_violation(rp, t, "payload above MPS %u", rp->dev.mps_bytes);
    if (!write && bytes > rp->dev.mrrs_bytes)
        rp_violation(rp, t, "read above MRRS %u", rp->dev.mrrs_bytes);
}

static void check_read_tag(struct rl_rp *rp, const struct rl_tlp *t)
{
    unsigned tag = t->hdr[1] >> 8 & 0xff;

    /* stalled, waiting: the card has given it up by then */
    if (rp->rd[tag].used && !rp->rd[tag].stalled && !rp->rd[tag].waiting)
        rp_violation(rp, t, "tag %u is in use", tag);
    if (tag >= 32 && !rp->ext_tag)
        rp_violation(rp, t, "tag %u without extended tags", tag);
}

static void check_completion(struct rl_rp *rp, const struct rl_tlp *t)
{
    /* Before the first configuration write the function does not know it. */
    if (t->hdr[1] >> 16 != RP_BDF && (rp->cfg_written || t->hdr[1] >> 16))
        rp_violation(rp, t, "completer id 0x%04x", t->hdr[1] >> 16);
    if (rp_fmt_type(t) == TLP_CPLD && t->payload_bytes > rp->dev.mps_bytes &&
        t->payload_bytes > 128)
        rp_violation(rp, t, "completion above MPS");
    if (rp_fmt_type(t) == TLP_CPL && (t->hdr[0] & 0x3ff))
        rp_violation(rp, t, "completion without data has a length");
    if (t->hdr[1] & 0x1000)
        rp_violation(rp, t, "BCM set");
}

bool rp_monitor(struct rl_rp *rp, const struct rl_tlp *t)
{
    unsigned ft = rp_fmt_type(t), code;

    if (t->err) {
        rp_violation(rp, t, "length and payload disagree");
        return false;
    }
    if (t->poison || (t->hdr[0] & 1u << 14))
        rp_violation(rp, t, "poisoned");
    if (t->hdr[0] & 0x008f8c00)
        rp_violation(rp, t, "reserved bits or digest in DW 0");
    if (t->credit_bad)
        rp_violation(rp, t, "sent without credit");
    if (t->bar != RL_BAR_NONE || t->func != 0)
        rp_violation(rp, t, "function number");
    switch (ft) {
    case TLP_MRD32:
    case TLP_MRD64:
        check_request(rp, t, false);
        check_read_tag(rp, t);
        return true;
    case TLP_MWR32:
    case TLP_MWR64:
        check_request(rp, t, true);
        return true;
    case TLP_CPL:
    case TLP_CPLD:
        check_completion(rp, t);
        return true;
    case 0x30: /* message to the root complex: errors */
        code = t->hdr[1] & 0xff;
        if (code == 0x30 || code == 0x31 || code == 0x33)
            return true;
        break;
    case 0x34: /* message, terminated at the receiver: INTx */
        if ((t->hdr[1] & 0xf8) == 0x20)
            return true;
        break;
    case 0x35: /* message, gathered on its way: PME_TO_Ack */
        if ((t->hdr[1] & 0xff) == 0x1b)
            return true;
        break;
    }
    rp_violation(rp, t, "unknown type 0x%02x", ft);
    return false;
}
