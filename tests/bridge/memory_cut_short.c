/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A front-end that truncates its memory after sharing it: the device reads
 * zeros, the server learns of it, and the process lives.
 */
#include "support/world.h"

#include <string.h>
#include <unistd.h>

static uint8_t *shared(struct world *w, unsigned region)
{
    const struct vu_region *r = &w->fe.region[region];
    volatile uint8_t *p;

    guest_memory_guard(&w->session.memory);
    share_memory(w);
    p = fake_device_memory(&w->device, r->guest_addr, r->bytes);
    assert_non_null(p);
    p[0] = 0x55;
    return (uint8_t *)p;
}

static void cut(const struct world *w, off_t bytes)
{
    assert_int_equal(ftruncate(w->fe.memory, bytes), 0);
}

static void a_read_meets_zeros_and_the_loss_is_told(void **state)
{
    struct world *w = *state;
    volatile uint8_t *p = shared(w, 0);

    assert_false(guest_memory_lost(&w->session.memory));
    cut(w, 0);
    assert_int_equal(p[0], 0);
    assert_true(guest_memory_lost(&w->session.memory));
    assert_int_equal(p[0x7fff], 0);
}

static void a_write_is_survived(void **state)
{
    struct world *w = *state;
    volatile uint8_t *p = shared(w, 1);

    cut(w, 0x4000);
    p[0xffff] = 3;
    assert_true(guest_memory_lost(&w->session.memory));
}

static void other_regions_stay(void **state)
{
    struct world *w = *state;
    volatile uint8_t *first = shared(w, 0);
    volatile uint8_t *second =
        fake_device_memory(&w->device, w->fe.region[1].guest_addr, 1);

    cut(w, (off_t)w->fe.region[1].mmap_offset);
    assert_int_equal(second[0], 0);
    assert_int_equal(first[0], 0x55);
}

static void the_loss_ends_with_the_connection(void **state)
{
    struct world *w = *state;
    volatile uint8_t *p = shared(w, 0);

    cut(w, 0);
    assert_int_equal(p[0], 0);
    world_reconnect(w);
    assert_false(guest_memory_lost(&w->session.memory));
    cut(w, FE_MEMORY_BYTES);
    p = shared(w, 0);
    assert_int_equal(p[0], 0x55);
    assert_false(guest_memory_lost(&w->session.memory));
}

static void it_can_happen_again(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 3; i++) {
        volatile uint8_t *p = shared(w, i & 1);

        cut(w, 0);
        assert_int_equal(p[0], 0);
        assert_true(guest_memory_lost(&w->session.memory));
        cut(w, FE_MEMORY_BYTES);
    }
}

static void an_offset_within_a_page_is_guarded_too(void **state)
{
    struct world *w = *state;
    volatile uint8_t *p;

    w->fe.region[0].mmap_offset += 0x10;
    p = shared(w, 0);
    cut(w, 0);
    assert_int_equal(p[0x7fff], 0);
    assert_true(guest_memory_lost(&w->session.memory));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(a_read_meets_zeros_and_the_loss_is_told),
        world_test(a_write_is_survived),
        world_test(other_regions_stay),
        world_test(the_loss_ends_with_the_connection),
        world_test(it_can_happen_again),
        world_test(an_offset_within_a_page_is_guarded_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
