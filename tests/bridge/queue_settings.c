/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Size, base and addresses of a queue: which are taken, which refused.
 */
#include "support/world.h"

static void a_queue_that_is_not_there_is_refused(void **state)
{
    static const uint32_t requests[] = {VU_SET_VRING_NUM, VU_SET_VRING_ADDR,
                                        VU_SET_VRING_BASE, VU_GET_VRING_BASE,
                                        VU_SET_VRING_ENABLE};
    static const uint32_t queues[] = {4, 16, 0x80000000, 0xffffffff};
    struct world *w = *state;

    for (unsigned q = 0; q < sizeof queues / sizeof queues[0]; q++)
        for (unsigned r = 0; r < sizeof requests / sizeof requests[0]; r++) {
            struct vu_message m = fe_addr(&w->fe, 0);

            m.header.request = requests[r];
            m.header.size = requests[r] == VU_SET_VRING_ADDR ? 40 : 8;
            m.payload.state = (struct vu_vring_state){queues[q], 1};
            refuses(w, m, "there is no queue");
        }
    for (uint32_t r = VU_SET_VRING_KICK; r <= VU_SET_VRING_ERR; r++) {
        refuses(w, fe_fd(r, 4, -1), "there is no queue 4");
        refuses(w, fe_fd(r, 255, w->fe.kick[0]), "there is no queue 255");
    }
}

static void sizes_up_to_the_device_s_are_taken(void **state)
{
    struct world *w = *state;

    w->device.queue_size = 96;
    for (uint32_t size = 1; size <= 96; size++)
        accepts(w, fe_state(VU_SET_VRING_NUM, 0, size));
}

static void no_size_and_too_large_ones_are_refused(void **state)
{
    static const uint32_t sizes[] = {0, 257, 0x8000, 0x10001, 0xffffffff};

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        refuses(*state, fe_state(VU_SET_VRING_NUM, 3, sizes[i]),
                "descriptors; the device offers 256");
}

/* ---- Base ---- */

static void both_ways_to_say_that_a_ring_starts_are_taken(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    accepts(w, fe_state(VU_SET_VRING_BASE, 0, 0x8000));
    accepts(w, fe_state(VU_SET_VRING_BASE, 0, 0x80008000));
    assert_int_equal(remarks_of(w, "base of 0"), 0);
}

static void a_base_of_0_is_taken_with_a_remark(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, 0);
    accepts(w, fe_state(VU_SET_VRING_BASE, 0, 0));
    assert_int_equal(remarks_of(w, "base of 0"), 1);
    accepts(w, fe_state(VU_SET_VRING_BASE, 1, 0));
    assert_int_equal(remarks_of(w, "base of 0"), 2);
}

static void a_base_in_mid_ring_is_refused(void **state)
{
    static const uint32_t bases[] = {
        1, 0x7fff, 0x8001, 0x00010000, 0x80018000, 0x80028001, 0xffffffff};

    for (unsigned i = 0; i < sizeof bases / sizeof bases[0]; i++)
        refuses(*state, fe_state(VU_SET_VRING_BASE, 0, bases[i]),
                "starts at slot 0");
}

/* ---- Addresses ---- */

enum field { DESC, AVAIL, USED };

static uint64_t *field_of(struct vu_message *m, enum field f)
{
    struct vu_vring_addr *a = &m->payload.addr;

    return f == DESC ? &a->desc : f == AVAIL ? &a->avail : &a->used;
}

/* Everything but one address; what comes when the queue is enabled? */
static void prepare(struct world *w, enum field f, uint64_t addr)
{
    struct vu_message m = fe_addr(&w->fe, 0);

    hello(w, F_BASE | F_PROTOCOL, P_STATUS);
    set_status(w, 0x0f);
    share_memory(w);
    set_up_queue(w, 0);
    *field_of(&m, f) = addr;
    accepts(w, m);
}

static void rings_outside_memory_are_refused(void **state)
{
    struct world *w = *state;
    const struct vu_region *r = w->fe.region;
    const uint64_t user[] = {0,
                             r[0].guest_addr,
                             r[0].user_addr - 16,
                             r[0].user_addr + r[0].bytes,
                             r[1].user_addr + r[1].bytes,
                             UINT64_MAX - 15};

    for (unsigned i = 0; i < sizeof user / sizeof user[0]; i++)
        for (enum field f = DESC; f <= USED; f++) {
            prepare(w, f, user[i]);
            refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1),
                    "not in the memory that was shared");
        }
}

static void rings_over_the_end_of_a_region_are_refused(void **state)
{
    struct world *w = *state;
    const struct vu_region *r = &w->fe.region[0];
    const uint64_t end = r->user_addr + r->bytes;

    for (uint64_t over = 16; over <= 16 * FE_QUEUE_SIZE; over += 16) {
        prepare(w, DESC, end - 16 * FE_QUEUE_SIZE + over);
        refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1), "ring at user");
    }
    prepare(w, AVAIL, end - 2);
    refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1), "driver event area");
    prepare(w, USED, end - 2);
    refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1), "device event area");
}

static void a_ring_up_to_the_end_of_a_region_is_taken(void **state)
{
    struct world *w = *state;
    const struct vu_region *r = &w->fe.region[0];
    uint64_t end = r->user_addr + r->bytes;

    prepare(w, DESC, end - 16 * FE_QUEUE_SIZE);
    set_enable(w, 0, true);
    assert_true(w->device.running);
}

static void rings_that_are_not_aligned_are_refused(void **state)
{
    struct world *w = *state;
    uint64_t at = w->fe.region[0].user_addr;

    for (unsigned off = 1; off < 16; off++) {
        prepare(w, DESC, at + off);
        refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1), "not 16-byte aligned");
    }
    for (unsigned off = 1; off < 4; off++)
        for (enum field f = AVAIL; f <= USED; f++) {
            prepare(w, f, at + off);
            refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1),
                    "not 4-byte aligned");
        }
}

/* Regions that are neighbours for the guest are two mappings here. */
static void a_ring_over_two_regions_is_refused(void **state)
{
    struct world *w = *state;
    struct vu_region *r = w->fe.region;

    r[1].guest_addr = r[0].guest_addr + r[0].bytes;
    r[1].user_addr = r[0].user_addr + r[0].bytes;
    prepare(w, DESC, r[1].user_addr - 16);
    refuses(w, fe_state(VU_SET_VRING_ENABLE, 0, 1), "ring at user");
}

static void reserved_flags_of_an_address_are_remarked(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_addr(&w->fe, 0);

    m.payload.addr.flags = 1; /* logging: there is none to do */
    accepts(w, m);
    assert_int_equal(remarks_of(w, "reserved flags"), 0);
    m.payload.addr.flags = 2;
    accepts(w, m);
    assert_int_equal(remarks_of(w, "reserved flags"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(a_queue_that_is_not_there_is_refused),
        world_test(sizes_up_to_the_device_s_are_taken),
        world_test(no_size_and_too_large_ones_are_refused),
        world_test(both_ways_to_say_that_a_ring_starts_are_taken),
        world_test(a_base_of_0_is_taken_with_a_remark),
        world_test(a_base_in_mid_ring_is_refused),
        world_test(rings_outside_memory_are_refused),
        world_test(rings_over_the_end_of_a_region_are_refused),
        world_test(a_ring_up_to_the_end_of_a_region_is_taken),
        world_test(rings_that_are_not_aligned_are_refused),
        world_test(a_ring_over_two_regions_is_refused),
        world_test(reserved_flags_of_an_address_are_remarked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
