/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Memory that is shared, and what is no memory that can be shared.
 */
#include "support/world.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define P_SLOTS BIT(VU_PROTOCOL_CONFIGURE_MEM_SLOTS)

static uint8_t file_byte(const struct world *w, uint64_t offset)
{
    uint8_t v = 0;

    assert_int_equal(pread(w->fe.memory, &v, 1, (off_t)offset), 1);
    return v;
}

/* One region of these properties, in a table of one. */
static struct vu_message one(const struct world *w, struct vu_region r)
{
    struct vu_message m = fe_plain(VU_SET_MEM_TABLE);

    m.header.size = 8 + sizeof r;
    m.payload.mem.count = 1;
    m.payload.mem.region[0] = r;
    fe_attach(&m, w->fe.memory);
    return m;
}

static struct vu_message with_fd(const struct world *w, int fd)
{
    struct vu_message m = one(w, w->fe.region[0]);

    m.fd[0] = fd;
    return m;
}

static void the_device_sees_the_bytes_at_their_mmap_offsets(void **state)
{
    struct world *w = *state;

    share_memory(w);
    for (unsigned i = 0; i < FE_REGIONS; i++) {
        const struct vu_region *r = &w->fe.region[i];
        uint8_t *p = fake_device_memory(&w->device, r->guest_addr, r->bytes);

        assert_non_null(p);
        p[0] = (uint8_t)(0x10 + i);
        p[r->bytes - 1] = (uint8_t)(0x20 + i);
        assert_int_equal(file_byte(w, r->mmap_offset), 0x10 + i);
        assert_int_equal(file_byte(w, r->mmap_offset + r->bytes - 1), 0x20 + i);
    }
}

static void an_offset_within_a_page_can_be_mapped(void **state)
{
    struct world *w = *state;
    struct vu_region r = w->fe.region[0];
    uint8_t *p;

    r.mmap_offset += 0x230;
    r.bytes = 0x1234;
    accepts(w, one(w, r));
    p = fake_device_memory(&w->device, r.guest_addr, r.bytes);
    p[r.bytes - 1] = 77;
    assert_int_equal(file_byte(w, r.mmap_offset + r.bytes - 1), 77);
    accepts(w, fe_u64(VU_SET_MEM_TABLE, 0));
    assert_int_equal(fe_count_mappings(), 0);
}

static void a_new_table_takes_the_old_one_s_place(void **state)
{
    struct world *w = *state;

    share_memory(w);
    fake_device_forget(&w->device);
    share_memory(w);
    assert_string_equal(w->device.log,
                        "unmap 0x40000; unmap 0x10000; map 0x10000 0x8000; "
                        "map 0x40000 0x10000");
    assert_int_equal(fe_count_mappings(), FE_REGIONS);
}

static void a_table_of_nothing_takes_memory_away(void **state)
{
    struct world *w = *state;

    share_memory(w);
    accepts(w, fe_u64(VU_SET_MEM_TABLE, 0));
    assert_int_equal(w->device.regions, 0);
    assert_int_equal(fe_count_mappings(), 0);
}

/* ---- Tables that do not fit ---- */

static void a_count_that_does_not_fit_the_size_is_refused(void **state)
{
    struct world *w = *state;

    for (uint32_t count = 0; count <= VU_MAX_TABLE; count++) {
        struct vu_message m = fe_mem_table(&w->fe);

        m.payload.mem.count = count;
        if (count != FE_REGIONS)
            refuses(w, m, "does not fit the payload's size");
    }
}

static void a_count_beyond_the_protocol_s_is_refused(void **state)
{
    static const uint32_t counts[] = {VU_MAX_TABLE + 1, 0x08000000, 0xffffffff};
    struct world *w = *state;

    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct vu_message m = fe_mem_table(&w->fe);

        m.payload.mem.count = counts[i];
        refuses(w, m, "more memory regions");
    }
}

static void a_table_needs_an_fd_for_each_region(void **state)
{
    struct world *w = *state;

    for (unsigned fds = 0; fds <= VU_MAX_FDS; fds++) {
        struct vu_message m = fe_mem_table(&w->fe);

        m.fds = 0;
        while (m.fds < fds)
            fe_attach(&m, w->fe.memory);
        if (fds != FE_REGIONS)
            refuses(w, m, "regions and of fds differ");
    }
}

/* ---- Regions that are none ---- */

static void a_region_of_no_size_is_refused(void **state)
{
    struct world *w = *state;
    struct vu_region r = w->fe.region[0];

    r.bytes = 0;
    refuses(w, one(w, r), "of no size");
}

static void regions_that_wrap_are_refused(void **state)
{
    struct world *w = *state;
    struct vu_region r = w->fe.region[0];

    r.guest_addr = UINT64_MAX - r.bytes + 2;
    refuses(w, one(w, r), "wraps the guest's");
    r = w->fe.region[0];
    r.user_addr = UINT64_MAX - r.bytes + 2;
    refuses(w, one(w, r), "wraps the user's");
    r = w->fe.region[0];
    r.mmap_offset = UINT64_MAX - r.bytes + 2;
    refuses(w, one(w, r), "beyond any file");
    r.mmap_offset = INT64_MAX - r.bytes + 1;
    refuses(w, one(w, r), "beyond any file");
    r = w->fe.region[0];
    r.bytes = UINT64_MAX;
    refuses(w, one(w, r), "wraps");
}

static void regions_beyond_the_file_s_end_are_refused(void **state)
{
    struct world *w = *state;
    struct vu_region r = w->fe.region[0];

    r.mmap_offset = FE_MEMORY_BYTES - r.bytes + 1;
    refuses(w, one(w, r), "file is smaller");
    r = w->fe.region[0];
    r.bytes = FE_MEMORY_BYTES - r.mmap_offset + 1;
    refuses(w, one(w, r), "file is smaller");
    r.bytes = 1ull << 46;
    refuses(w, one(w, r), "file is smaller");
}

static void a_region_up_to_the_file_s_end_is_taken(void **state)
{
    struct world *w = *state;
    struct vu_region r = w->fe.region[0];

    r.bytes = FE_MEMORY_BYTES - r.mmap_offset;
    accepts(w, one(w, r));
}

static void regions_that_overlap_are_refused(void **state)
{
    struct world *w = *state;
    const struct vu_region *r = w->fe.region;
    const uint64_t shift[] = {0, 1, r[0].bytes - 1};

    for (unsigned i = 0; i < sizeof shift / sizeof shift[0]; i++) {
        struct vu_message m = fe_mem_table(&w->fe);

        m.payload.mem.region[1].guest_addr = r[0].guest_addr + shift[i];
        refuses(w, m, "guest addresses overlap");
        m = fe_mem_table(&w->fe);
        m.payload.mem.region[1].user_addr = r[0].user_addr + shift[i];
        refuses(w, m, "user addresses overlap");
    }
}

static void regions_side_by_side_are_taken(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_mem_table(&w->fe);
    struct vu_region *r = m.payload.mem.region;

    r[1].guest_addr = r[0].guest_addr + r[0].bytes;
    r[1].user_addr = r[0].user_addr - r[1].bytes;
    accepts(w, m);
}

/* ---- Fds that are no memory ---- */

static void fds_that_cannot_be_shared_are_refused(void **state)
{
    struct world *w = *state;
    int pipes[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    w->fds_before += 3; /* ours, while connections come and go */
    refuses(w, with_fd(w, pipes[0]), "not memory that can be shared");
    refuses(w, with_fd(w, w->fe.kick[0]), "not memory that can be shared");
    refuses(w, with_fd(w, w->fe.socket), "not memory that can be shared");
    refuses(w, with_fd(w, null), "not memory that can be shared");
    w->fds_before -= 3;
    close(pipes[0]);
    close(pipes[1]);
    close(null);
}

static void memory_that_may_not_be_written_is_refused(void **state)
{
    struct world *w = *state;
    int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, FE_MEMORY_BYTES), 0);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    w->fds_before++;
    refuses(w, with_fd(w, fd), "not permitted");
    w->fds_before--;
    close(fd);
}

static void a_device_that_takes_no_region_ends_the_connection(void **state)
{
    struct world *w = *state;

    w->device.fails = FAKE_MAP;
    refuses(w, fe_mem_table(&w->fe), "32768 bytes: the fake was told");
}

/* ---- One region at a time ---- */

static void regions_can_be_added_and_removed(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_SLOTS);
    accepts(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0));
    accepts(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 1));
    accepts(w, fe_mem_reg(&w->fe, VU_REM_MEM_REG, 0));
    assert_string_equal(w->device.log, "map 0x10000 0x8000; "
                                       "map 0x40000 0x10000; unmap 0x10000");
    assert_int_equal(fe_count_mappings(), 1);
}

static void a_removal_may_carry_the_region_s_fd(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_mem_reg(&w->fe, VU_REM_MEM_REG, 0);

    hello(w, F_BASE | F_PROTOCOL, P_SLOTS);
    accepts(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0));
    fe_attach(&m, w->fe.memory);
    accepts(w, m);
    assert_int_equal(w->device.regions, 0);
}

static void what_is_not_there_cannot_be_removed(void **state)
{
    struct world *w = *state;

    for (unsigned field = 0; field < 3; field++) {
        struct vu_message m = fe_mem_reg(&w->fe, VU_REM_MEM_REG, 0);
        struct vu_region *r = &m.payload.reg.region;

        hello(w, F_BASE | F_PROTOCOL, P_SLOTS);
        accepts(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0));
        *(field == 0   ? &r->guest_addr
          : field == 1 ? &r->user_addr
                       : &r->bytes) -= 0x1000;
        refuses(w, m, "no region at");
    }
}

static void a_region_cannot_be_added_twice(void **state)
{
    struct world *w = *state;

    hello(w, F_BASE | F_PROTOCOL, P_SLOTS);
    accepts(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0));
    refuses(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0), "overlap");
}

static void there_are_as_many_slots_as_are_told(void **state)
{
    struct world *w = *state;
    struct vu_message m = fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0);
    struct vu_region *r = &m.payload.reg.region;
    uint64_t slots;

    hello(w, F_BASE | F_PROTOCOL, P_SLOTS);
    slots = answer_u64(w, fe_plain(VU_GET_MAX_MEM_SLOTS));
    assert_int_equal(slots, VU_MAX_REGIONS);
    for (uint64_t i = 0; i < slots; i++) {
        accepts(w, m);
        r->guest_addr += 0x100000;
        r->user_addr += 0x100000;
    }
    refuses(w, m, "too many regions");
}

static void slots_need_their_protocol_feature(void **state)
{
    struct world *w = *state;

    refuses(w, fe_mem_reg(&w->fe, VU_ADD_MEM_REG, 0), "(15) was not");
    refuses(w, fe_mem_reg(&w->fe, VU_REM_MEM_REG, 0), "(15) was not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(the_device_sees_the_bytes_at_their_mmap_offsets),
        world_test(an_offset_within_a_page_can_be_mapped),
        world_test(a_new_table_takes_the_old_one_s_place),
        world_test(a_table_of_nothing_takes_memory_away),
        world_test(a_count_that_does_not_fit_the_size_is_refused),
        world_test(a_count_beyond_the_protocol_s_is_refused),
        world_test(a_table_needs_an_fd_for_each_region),
        world_test(a_region_of_no_size_is_refused),
        world_test(regions_that_wrap_are_refused),
        world_test(regions_beyond_the_file_s_end_are_refused),
        world_test(a_region_up_to_the_file_s_end_is_taken),
        world_test(regions_that_overlap_are_refused),
        world_test(regions_side_by_side_are_taken),
        world_test(fds_that_cannot_be_shared_are_refused),
        world_test(memory_that_may_not_be_written_is_refused),
        world_test(a_device_that_takes_no_region_ends_the_connection),
        world_test(regions_can_be_added_and_removed),
        world_test(a_removal_may_carry_the_region_s_fd),
        world_test(what_is_not_there_cannot_be_removed),
        world_test(a_region_cannot_be_added_twice),
        world_test(there_are_as_many_slots_as_are_told),
        world_test(slots_need_their_protocol_feature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
