/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Recordings: what was written is read, what is damaged is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "bridge/recording.h"

enum { MOST_BYTES = 4096 };

static char path[64];
static const char about[] = "{\"what\": \"a test\"}";
static const char image[] = "\x7f"
                            "ELF and so on";

static struct recording *create(void)
{
    struct recording *r = recording_create(path, about, image, sizeof image);

    assert_non_null(r);
    return r;
}

/* A map of one u64 too few, a frame, and the end. */
static void write_small(void)
{
    struct recording *r = create();
    uint64_t addr = 0x123456789;

    recording_event(r, RECORDING_UNMAP, 10, &addr, sizeof addr, NULL, 0);
    recording_output(r, "seen", 4);
    recording_event(r, RECORDING_FRAME, 20, "first", 5, "second", 6);
    assert_int_equal(recording_close(r, 30), 0);
}

static size_t load(uint8_t *bytes)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, MOST_BYTES, f);
    fclose(f);
    assert_true(n < MOST_BYTES);
    return n;
}

static void store(const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Compressed, so that a file's own check sum is right. */
static void store_packed(const void *bytes, size_t n)
{
    gzFile f = gzopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(f), Z_OK);
}

static struct recording *open_it(void)
{
    const char *a;
    const void *i;
    size_t n;

    return recording_open(path, &a, &i, &n);
}

static uLong events_sum; /* of the events that reads_whole() has seen */

/* Reads to the end; false: refused somewhere. */
static bool reads_whole(void)
{
    struct recording *r = open_it();
    const struct recording_event *e;
    bool whole;

    if (!r)
        return false;
    events_sum = 0;
    while ((e = recording_peek(r)) && e->head.kind != RECORDING_END) {
        events_sum = crc32(events_sum, (const void *)e,
                           (unsigned)sizeof e->head + e->head.bytes);
        recording_next(r);
    }
    whole = e != NULL;
    assert_int_equal(recording_close(r, 0), whole ? 0 : -1);
    return whole;
}

static void expect_event(struct recording *r, enum recording_kind kind,
                         uint64_t cycle, const void *data, uint32_t bytes)
{
    const struct recording_event *e = recording_peek(r);

    assert_non_null(e);
    assert_int_equal(e->head.kind, kind);
    assert_int_equal(e->head.cycle, cycle);
    assert_int_equal(e->head.bytes, bytes);
    assert_memory_equal(e->data, data, bytes);
    recording_next(r);
}

static void what_was_written_is_read(void **state)
{
    uint64_t addr = 0x123456789;
    struct recording *r;
    const char *a;
    const void *i;
    size_t n;

    (void)state;
    write_small();
    r = recording_open(path, &a, &i, &n);
    assert_non_null(r);
    assert_string_equal(a, about);
    assert_int_equal(n, sizeof image);
    assert_memory_equal(i, image, n);
    expect_event(r, RECORDING_UNMAP, 10, &addr, sizeof addr);
    recording_output(r, "se", 2);
    recording_output(r, "en", 2);
    assert_int_equal(recording_peek(r)->head.output, recording_checksum(r));
    expect_event(r, RECORDING_FRAME, 20, "firstsecond", 11);
    expect_event(r, RECORDING_END, 30, "", 0);
    expect_event(r, RECORDING_END, 30, "", 0); /* it stays */
    assert_int_equal(recording_close(r, 0), 0);
}

static void fields_that_an_event_is_too_short_for_are_0(void **state)
{
    struct recording *r = create();
    uint8_t full[64], zero[64] = {0};

    (void)state;
    memset(full, 0xff, sizeof full);
    recording_event(r, RECORDING_READ, 1, full, sizeof full, NULL, 0);
    recording_event(r, RECORDING_ENABLE, 2, full, 8, NULL, 0);
    assert_int_equal(recording_close(r, 3), 0);
    r = open_it();
    recording_next((recording_peek(r), r));
    assert_memory_equal(recording_peek(r)->data, full, 8);
    assert_memory_equal(recording_peek(r)->data + 8, zero, 56);
    recording_close(r, 0);
}

static void the_largest_event_is_read(void **state)
{
    static uint8_t data[RECORDING_MAX_BYTES];
    struct recording *r = create();

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    recording_event(r, RECORDING_FRAME, 1, data, sizeof data, NULL, 0);
    assert_int_equal(recording_close(r, 2), 0);
    r = open_it();
    expect_event(r, RECORDING_FRAME, 1, data, sizeof data);
    recording_close(r, 0);
}

static void a_description_and_an_image_may_be_empty(void **state)
{
    struct recording *r = recording_create(path, "", "", 0);

    (void)state;
    assert_int_equal(recording_close(r, 0), 0);
    assert_true(reads_whole());
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (unsigned k = 0; k < RECORDING_KINDS; k++)
        assert_non_null(recording_kind_name((enum recording_kind)k));
    assert_string_equal(recording_kind_name(RECORDING_KINDS), "unknown");
}

/* ---- Damage ---- */

static void every_file_cut_short_is_refused(void **state)
{
    uint8_t bytes[MOST_BYTES];
    size_t n;

    (void)state;
    write_small();
    n = load(bytes);
    assert_true(reads_whole());
    for (size_t cut = 0; cut < n; cut++) {
        store(bytes, cut);
        if (reads_whole())
            fail_msg("%zu bytes of %zu are taken as whole", cut, n);
    }
}

/* Some bits of a compressed file mean nothing, its time and padding. */
static void every_bit_that_is_damaged_is_noticed_or_harmless(void **state)
{
    uint8_t bytes[MOST_BYTES];
    uLong sum;
    size_t n;

    (void)state;
    write_small();
    assert_true(reads_whole());
    sum = events_sum;
    n = load(bytes);
    for (size_t i = 0; i < 8 * n; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        store(bytes, n);
        if (reads_whole() && events_sum != sum)
            fail_msg("bit %zu of byte %zu damaged unnoticed", i % 8, i / 8);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

/* A file in parts, with each check sum right. */
struct parts {
    uint8_t bytes[MOST_BYTES];
    size_t n;
};

static void add(struct parts *p, const void *bytes, size_t n)
{
    assert_true(p->n + n <= sizeof p->bytes);
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
}

static void add_start(struct parts *p)
{
    uint32_t none = 0;

    add(p, "ringlet1", 8);
    add(p, &none, sizeof none);
    add(p, &none, sizeof none);
}

static void add_event(struct parts *p, uint32_t kind, uint32_t bytes)
{
    struct recording_head h = {.kind = kind, .bytes = bytes};

    add(p, &h, sizeof h);
}

static bool parts_read_whole(const struct parts *p)
{
    store_packed(p->bytes, p->n);
    return reads_whole();
}

static void a_file_made_of_its_parts_is_read(void **state)
{
    struct parts p = {.n = 0};

    (void)state;
    add_start(&p);
    add_event(&p, RECORDING_RUN, 0);
    add_event(&p, RECORDING_END, 0);
    assert_true(parts_read_whole(&p));
}

static void another_magic_is_refused(void **state)
{
    struct parts p = {.n = 0};

    (void)state;
    add_start(&p);
    add_event(&p, RECORDING_END, 0);
    for (unsigned i = 0; i < 8; i++) {
        p.bytes[i] ^= 1;
        assert_false(parts_read_whole(&p));
        p.bytes[i] ^= 1;
    }
}

static void an_unknown_kind_is_refused(void **state)
{
    static const uint32_t kinds[] = {RECORDING_KINDS, 0x80000000, 0xffffffff};

    (void)state;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct parts p = {.n = 0};

        add_start(&p);
        add_event(&p, kinds[i], 0);
        add_event(&p, RECORDING_END, 0);
        assert_false(parts_read_whole(&p));
    }
}

static void sizes_beyond_the_limits_are_refused(void **state)
{
    static const uint32_t sizes[] = {RECORDING_MAX_BLOCK + 1, 0xffffffff};
    struct parts p = {.n = 0};

    (void)state;
    add_start(&p);
    add_event(&p, RECORDING_FRAME, RECORDING_MAX_BYTES + 1);
    assert_false(parts_read_whole(&p));
    for (unsigned i = 0; i < 2; i++) {
        p.n = 0;
        add_start(&p);
        memcpy(p.bytes + 8, &sizes[i], sizeof sizes[i]);
        assert_false(parts_read_whole(&p));
        p.n = 0;
        add_start(&p);
        memcpy(p.bytes + 12, &sizes[i], sizeof sizes[i]);
        assert_false(parts_read_whole(&p));
    }
}

static void blocks_that_promise_more_than_there_is_are_refused(void **state)
{
    uint32_t most = RECORDING_MAX_BLOCK;
    struct parts p = {.n = 0};

    (void)state;
    add_start(&p);
    memcpy(p.bytes + 12, &most, sizeof most);
    assert_false(parts_read_whole(&p));
    p.n = 0;
    add_start(&p);
    add_event(&p, RECORDING_FRAME, RECORDING_MAX_BYTES);
    assert_false(parts_read_whole(&p));
}

static void something_behind_the_end_is_refused(void **state)
{
    struct parts p = {.n = 0};

    (void)state;
    add_start(&p);
    add_event(&p, RECORDING_END, 0);
    add_event(&p, RECORDING_RUN, 0);
    assert_false(parts_read_whole(&p));
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    unlink(path);
    assert_null(open_it());
    assert_null(recording_create("/nowhere/at/all", "", "", 0));
    assert_int_equal(recording_close(NULL, 0), 0);
}

static void a_full_disk_is_told(void **state)
{
    struct recording *r;

    (void)state;
    if (access("/dev/full", W_OK))
        skip();
    r = recording_create("/dev/full", about, image, sizeof image);
    assert_non_null(r);
    assert_int_equal(recording_close(r, 0), -1);
}

/* ---- Files ---- */

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%.40s/ringlet-XXXXXX", tmp ? tmp : "/tmp");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(what_was_written_is_read),
        file_test(fields_that_an_event_is_too_short_for_are_0),
        file_test(the_largest_event_is_read),
        file_test(a_description_and_an_image_may_be_empty),
        file_test(every_kind_has_a_name),
        file_test(every_file_cut_short_is_refused),
        file_test(every_bit_that_is_damaged_is_noticed_or_harmless),
        file_test(a_file_made_of_its_parts_is_read),
        file_test(another_magic_is_refused),
        file_test(an_unknown_kind_is_refused),
        file_test(sizes_beyond_the_limits_are_refused),
        file_test(blocks_that_promise_more_than_there_is_are_refused),
        file_test(something_behind_the_end_is_refused),
        file_test(what_cannot_be_opened_is_told),
        file_test(a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
