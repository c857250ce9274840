/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Ethernet captures by libpcap.
 */
#include "main/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/output.h"

static int complain(const char *file, const char *what)
{
    fprintf(stderr, "ringlet: capture %s: %s\n", file, what);
    return -1;
}

static int complain_record(const char *file, size_t n, const char *what,
                           unsigned bytes)
{
    fprintf(stderr, "ringlet: capture %s: record %zu: %s (%u bytes)\n", file, n,
            what, bytes);
    return -1;
}

/* Frames point into the data, which moves when it grows. */
static int grow(struct capture *c)
{
    size_t room = c->count ? 2 * c->count : 1;
    void *p = realloc(c->frame, room * sizeof *c->frame);

    if (!p)
        return -1;
    c->frame = p;
    p = realloc(c->data, room * CAPTURE_MAX_FRAME);
    if (!p)
        return -1;
    c->data = p;
    for (size_t i = 0; i < c->count; i++)
        c->frame[i].data = c->data + i * CAPTURE_MAX_FRAME;
    return 0;
}

int capture_add(struct capture *c, const struct capture_frame *f)
{
    uint8_t *data;

    if (f->bytes > CAPTURE_MAX_FRAME)
        return -1;
    if ((c->count & (c->count - 1)) == 0 && grow(c))
        return -1;
    data = c->data + c->count * CAPTURE_MAX_FRAME;
    memcpy(data, f->data, f->bytes);
    c->frame[c->count] = *f;
    c->frame[c->count++].data = data;
    c->bytes += f->bytes;
    return 0;
}

static int read_records(struct capture *c, pcap_t *p, const char *file)
{
    struct pcap_pkthdr *h;
    struct capture_frame f;
    const uint8_t *data;
    int r;

    if (pcap_datalink(p) != DLT_EN10MB)
        return complain(file, "does not hold Ethernet frames");
    while ((r = pcap_next_ex(p, &h, &data)) == 1) {
        size_t n = c->count + 1;

        if (h->len > CAPTURE_MAX_FRAME || h->caplen > CAPTURE_MAX_FRAME)
            return complain_record(file, n, "longer than 1514 bytes", h->len);
        if (h->caplen < h->len)
            return complain_record(file, n, "cut off when it was captured",
                                   h->caplen);
        if (h->caplen < CAPTURE_MIN_FRAME)
            return complain_record(file, n, "too short for Ethernet",
                                   h->caplen);
        f = (struct capture_frame){
            .seconds = (uint64_t)h->ts.tv_sec,
            .nanoseconds = (uint32_t)h->ts.tv_usec, /* precision asked for */
            .bytes = h->caplen,
            .data = data};
        if (capture_add(c, &f))
            return complain(file, "out of memory");
    }
    if (r == PCAP_ERROR) {
        fprintf(stderr, "ringlet: capture %s: record %zu: %s\n", file,
                c->count + 1, pcap_geterr(p));
        return -1;
    }
    return c->count ? 0 : complain(file, "holds no frames");
}

int capture_read(struct capture *c, const char *file)
{
    char error[PCAP_ERRBUF_SIZE];
    FILE *f = fopen(file, "rb");
    pcap_t *p;
    int r;

    memset(c, 0, sizeof *c);
    if (!f)
        return complain(file, strerror(errno));
    p = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO,
                                                 error);
    if (!p) {
        fclose(f);
        return complain(file, error);
    }
    r = read_records(c, p, file);
    pcap_close(p);
    if (r)
        capture_free(c);
    return r;
}

void capture_free(struct capture *c)
{
    free(c->frame);
    free(c->data);
    memset(c, 0, sizeof *c);
}

static int write_records(const struct capture *c, const char *file)
{
    pcap_t *p = pcap_open_dead_with_tstamp_precision(
        DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
    pcap_dumper_t *d = p ? pcap_dump_open(p, file) : NULL;
    int r = d ? 0 : -1;

    for (size_t i = 0; d && i < c->count; i++) {
        const struct capture_frame *f = &c->frame[i];
        struct pcap_pkthdr h = {
            .ts = {(time_t)f->seconds, (suseconds_t)f->nanoseconds},
            .caplen = f->bytes,
            .len = f->bytes};

        pcap_dump((uint8_t *)d, &h, f->data);
    }
    if (d) {
        if (pcap_dump_flush(d) || ferror(pcap_dump_file(d)))
            r = -1;
        pcap_dump_close(d);
    }
    if (p)
        pcap_close(p);
    return r;
}

int capture_write(const struct capture *c, const char *file)
{
    struct output o;

    if (output_begin(&o, file) || output_end(&o, write_records(c, o.path) == 0))
        return complain(file, errno ? strerror(errno) : "cannot be written");
    return 0;
}
