/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Files of recorded runs.
 */
#include "bridge/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char magic[8] = "ringlet1";

struct recording {
    gzFile file;
    char *path;
    bool writing, failed;
    uint32_t checksum;
    char *about;
    void *image;
    bool have; /* event is the next one */
    struct recording_event event;
};

const char *recording_kind_name(enum recording_kind kind)
{
    static const char *const name[RECORDING_KINDS] = {
        "end",         "map",          "unmap",     "negotiate", "enable",
        "run",         "stop",         "status",    "pairs",     "doorbell",
        "config-read", "config-write", "read",      "frame",     "pci-read",
        "pci-write",   "bar-read",     "bar-write", "msix",      "reset",
        "answer"};

    return kind < RECORDING_KINDS ? name[kind] : "unknown";
}

static void complain(const char *path, const char *what)
{
    fprintf(stderr, "ringlet: recording %s: %s\n", path, what);
}

static struct recording *new_recording(const char *path, const char *mode)
{
    struct recording *r = calloc(1, sizeof *r);

    if (!r || !(r->path = strdup(path))) {
        complain(path, "out of memory");
        free(r);
        return NULL;
    }
    errno = 0;
    r->file = gzopen(path, mode);
    if (r->file)
        return r;
    complain(path, errno ? strerror(errno) : "cannot be opened");
    free(r->path);
    free(r);
    return NULL;
}

static void free_recording(struct recording *r)
{
    free(r->about);
    free(r->image);
    free(r->path);
    free(r);
}

/* ---- Writing ---- */

static void put(struct recording *r, const void *p, size_t bytes)
{
    if (bytes && !r->failed && gzwrite(r->file, p, (unsigned)bytes) <= 0) {
        complain(r->path, "cannot be written");
        r->failed = true;
    }
}

static void put_block(struct recording *r, const void *p, size_t bytes)
{
    uint32_t n = (uint32_t)bytes;

    put(r, &n, sizeof n);
    put(r, p, bytes);
}

struct recording *recording_create(const char *path, const char *about,
                                   const void *image, size_t image_bytes)
{
    struct recording *r = new_recording(path, "wb1");

    if (!r)
        return NULL;
    r->writing = true;
    put(r, magic, sizeof magic);
    put_block(r, about, strlen(about));
    put_block(r, image, image_bytes);
    return r;
}

void recording_event(struct recording *r, enum recording_kind kind,
                     uint64_t cycle, const void *first, size_t first_bytes,
                     const void *second, size_t second_bytes)
{
    struct recording_head h = {.kind = kind,
                               .bytes = (uint32_t)(first_bytes + second_bytes),
                               .cycle = cycle,
                               .output = r->checksum};

    put(r, &h, sizeof h);
    put(r, first, first_bytes);
    put(r, second, second_bytes);
}

/* ---- Reading ---- */

static bool get(struct recording *r, void *p, size_t bytes)
{
    return !bytes || gzread(r->file, p, (unsigned)bytes) == (int)bytes;
}

/* With a zero byte behind it. */
static void *get_block(struct recording *r, size_t *bytes)
{
    uint32_t n;
    char *p;

    if (!get(r, &n, sizeof n) || n > RECORDING_MAX_BLOCK)
        return NULL;
    p = malloc((size_t)n + 1);
    if (p && get(r, p, n)) {
        p[n] = '\0';
        *bytes = n;
        return p;
    }
    free(p);
    return NULL;
}

struct recording *recording_open(const char *path, const char **about,
                                 const void **image, size_t *image_bytes)
{
    struct recording *r = new_recording(path, "rb");
    char start[sizeof magic];
    size_t about_bytes;

    if (!r)
        return NULL;
    if (!get(r, start, sizeof start) || memcmp(start, magic, sizeof magic)) {
        complain(path, "is no recording");
    } else if (!(r->about = get_block(r, &about_bytes)) ||
               !(r->image = get_block(r, image_bytes))) {
        complain(path, "is damaged at its beginning");
    } else {
        *about = r->about;
        *image = r->image;
        return r;
    }
    gzclose(r->file);
    free_recording(r);
    return NULL;
}

/* Nothing is left of the file, and its own check sum, which zlib looks at when
 * it comes to the end, is right. */
static bool at_end(struct recording *r)
{
    uint8_t more;
    int error;

    if (gzread(r->file, &more, sizeof more) != 0)
        return false;
    gzerror(r->file, &error);
    return error == Z_OK;
}

const struct recording_event *recording_peek(struct recording *r)
{
    struct recording_head *h = &r->event.head;

    if (r->failed)
        return NULL;
    if (r->have)
        return &r->event;
    if (!get(r, h, sizeof *h) || h->kind >= RECORDING_KINDS ||
        h->bytes > RECORDING_MAX_BYTES || !get(r, r->event.data, h->bytes) ||
        (h->kind == RECORDING_END && !at_end(r))) {
        complain(r->path, "is damaged or was cut short");
        r->failed = true;
        return NULL;
    }
    /* Fields that an event is too short for read as 0. */
    if (h->bytes < 64)
        memset(r->event.data + h->bytes, 0, 64 - h->bytes);
    r->have = true;
    return &r->event;
}

void recording_next(struct recording *r)
{
    if (r->event.head.kind != RECORDING_END)
        r->have = false;
}

/* ---- Both ---- */

void recording_output(struct recording *r, const void *data, size_t bytes)
{
    r->checksum = (uint32_t)crc32(r->checksum, data, (unsigned)bytes);
}

uint32_t recording_checksum(const struct recording *r)
{
    return r->checksum;
}

int recording_close(struct recording *r, uint64_t cycle)
{
    int result;

    if (!r)
        return 0;
    if (r->writing)
        recording_event(r, RECORDING_END, cycle, NULL, 0, NULL, 0);
    result = r->failed ? -1 : 0;
    if (gzclose(r->file) != Z_OK && r->writing && !result) {
        complain(r->path, "cannot be written");
        result = -1;
    }
    free_recording(r);
    return result;
}
