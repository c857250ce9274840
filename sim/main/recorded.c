/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What a recording says of the run it comes from.
 */
#include "main/recorded.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct field {
    const char *name;
    uint32_t *value;
};

/* Everything about the link that changes what happens in which cycle. */
enum { FIELDS = 6 };
static void fields_of(struct rl_rp_config *c, struct field f[FIELDS])
{
    f[0] = (struct field){"mps", &c->mps_bytes};
    f[1] = (struct field){"mrrs", &c->mrrs_bytes};
    f[2] = (struct field){"latency", &c->latency_cycles};
    f[3] = (struct field){"jitter", &c->jitter_cycles};
    f[4] = (struct field){"rate_up", &c->rate_up};
    f[5] = (struct field){"rate_down", &c->rate_down};
}

static struct json_object *about(const struct card_options *k,
                                 const char *bridge)
{
    struct json_object *o = json_object_new_object();
    struct rl_rp_config c = k->link;
    struct field f[FIELDS];

    fields_of(&c, f);
    for (unsigned i = 0; i < FIELDS; i++)
        json_object_object_add(o, f[i].name,
                               json_object_new_int64(*f[i].value));
    json_object_object_add(o, "bridge", json_object_new_string(bridge));
    json_object_object_add(o, "split64", json_object_new_boolean(c.split64));
    json_object_object_add(o, "reorder", json_object_new_boolean(c.reorder));
    json_object_object_add(o, "seed", json_object_new_uint64(c.seed));
    return o;
}

static void *read_file(const char *file, size_t *bytes)
{
    FILE *f = fopen(file, "rb");
    char *p = NULL;
    long n;

    if (f && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) > 0 &&
        n <= RECORDING_MAX_BLOCK && fseek(f, 0, SEEK_SET) == 0 &&
        (p = malloc((size_t)n)) && fread(p, (size_t)n, 1, f) != 1) {
        free(p);
        p = NULL;
    }
    if (p)
        *bytes = (size_t)n;
    if (f)
        fclose(f);
    return p;
}

bool recorded_begin(struct card_device *d, const struct options *o,
                    const struct card_options *k, const char *bridge)
{
    struct json_object *a = about(k, bridge);
    size_t bytes;
    void *image = read_file(k->firmware, &bytes);

    if (image)
        d->record = recording_create(o->record, json_object_to_json_string(a),
                                     image, bytes);
    else
        fprintf(stderr, "ringlet: firmware %s cannot be read again\n",
                k->firmware);
    free(image);
    json_object_put(a);
    return d->record != NULL;
}

static uint64_t number(struct json_object *a, const char *name)
{
    struct json_object *v;

    return json_object_object_get_ex(a, name, &v) ? json_object_get_uint64(v)
                                                  : 0;
}

/* The firmware loader reads files. */
static const char *as_file(const void *image, size_t bytes)
{
    static char path[40];
    int fd = memfd_create("firmware", 0);

    if (fd < 0 || write(fd, image, bytes) != (ssize_t)bytes) {
        fprintf(stderr, "ringlet: no memory for the firmware: %s\n",
                strerror(errno));
        return NULL;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static bool is_of(struct json_object *a, const char *bridge)
{
    struct json_object *v;

    return json_object_object_get_ex(a, "bridge", &v) &&
           !strcmp(json_object_get_string(v), bridge);
}

struct recording *recorded_open(const char *file, struct card_options *k,
                                bool *knows_pci)
{
    const char *text;
    const void *image;
    size_t bytes;
    struct recording *r = recording_open(file, &text, &image, &bytes);
    struct json_object *a;
    struct field f[FIELDS];

    if (!r)
        return NULL;
    a = json_tokener_parse(text);
    card_options_default(k);
    k->link.low_bytes = k->link.high_bytes = 0;
    fields_of(&k->link, f);
    for (unsigned i = 0; i < FIELDS; i++)
        *f[i].value = (uint32_t)number(a, f[i].name);
    k->link.split64 = number(a, "split64");
    k->link.reorder = number(a, "reorder");
    k->link.seed = number(a, "seed");
    *knows_pci = is_of(a, "vfio-user");
    k->firmware = as_file(image, bytes);
    json_object_put(a);
    if (k->firmware)
        return r;
    recording_close(r, 0);
    return NULL;
}
