/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vfio-user: every field of every message, wrong. What can be answered is
 * answered with an error and changes nothing; what is no message ends the
 * connection.
 */
#include "support/vfio_world.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { SHORT_MS = 20 };

/* Commands that are taken, with the payloads they may have. */
static const struct format {
    unsigned command;
    uint32_t min, max;
    unsigned fds;
} formats[] = {
    {VFIO_DMA_MAP, 32, 32, 1},      {VFIO_DMA_UNMAP, 24, 24, 0},
    {VFIO_GET_INFO, 16, 16, 0},     {VFIO_GET_REGION_INFO, 32, 32, 0},
    {VFIO_GET_IRQ_INFO, 16, 16, 0}, {VFIO_SET_IRQS, 20, 84, 64},
    {VFIO_REGION_READ, 16, 16, 0},  {VFIO_REGION_WRITE, 16, 4112, 0},
    {VFIO_RESET, 0, 0, 0},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static void a_payload_one_byte_short_or_long_is_refused(void **state)
{
    for (const struct format *f = formats; f < formats + FORMATS; f++) {
        if (f->min)
            vw_refused(*state, vc_plain(f->command, f->min - 1), EINVAL);
        if (f->max < VFIO_MAX_PAYLOAD)
            vw_refused(*state, vc_plain(f->command, f->max + 1), EINVAL);
    }
}

static void an_fd_too_many_is_refused_and_closed(void **state)
{
    struct vfio_world *w = *state;

    for (const struct format *f = formats; f < formats + FORMATS; f++) {
        struct vfio_message m = vc_plain(f->command, f->min);
        unsigned before = fe_count_fds();

        for (unsigned i = 0; i < f->fds + 1 && f->fds < 64; i++)
            vc_attach(&m, w->fe.kick[0]);
        if (m.fds)
            vw_refused(w, m, EINVAL);
        assert_int_equal(fe_count_fds(), before);
    }
}

static void reserved_flags_are_refused(void **state)
{
    static const uint32_t flags[] = {VFIO_ERROR, 0x40, 0x80000000};

    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct vfio_message m = vc_info();

        m.header.flags = flags[i];
        vw_refused(*state, m, EINVAL);
    }
}

static void unknown_commands_are_refused(void **state)
{
    static const unsigned unknown[] = {0, VFIO_COMMANDS, 0xffff};
    static const unsigned not_offered[] = {VFIO_GET_REGION_IO_FDS,
                                           VFIO_DMA_READ, VFIO_DMA_WRITE,
                                           VFIO_DIRTY_PAGES, VFIO_WRITE_MULTI};

    for (unsigned i = 0; i < 3; i++)
        vw_refused(*state, vc_plain(unknown[i], 0), EINVAL);
    for (unsigned i = 0; i < 5; i++)
        vw_refused(*state, vc_plain(not_offered[i], 32), ENOTSUP);
}

static void a_size_that_cannot_be_ends_the_connection(void **state)
{
    static const uint32_t sizes[] = {
        0, 15, VFIO_HEADER_BYTES + VFIO_MAX_PAYLOAD + 1, 0xffffffff};

    for (unsigned i = 0; i < 4; i++) {
        struct vfio_world *w = *state;
        struct vfio_message m = vc_info();

        m.header.size = sizes[i];
        fe_send_bytes(&w->fe, &m, VFIO_HEADER_BYTES, NULL, 0);
        assert_false(vw_serve(w, 0));
        vw_expect_hung_up(w, i < 2 ? "shorter" : "too long");
    }
}

static void a_type_that_cannot_be_ends_the_connection(void **state)
{
    struct vfio_message m = vc_info();

    m.header.flags = 2;
    vw_hangs_up(*state, m, "neither a command nor a reply");
    m.header.flags = 15;
    vw_hangs_up(*state, m, "neither a command nor a reply");
}

static void an_answer_to_nothing_ends_the_connection(void **state)
{
    struct vfio_message m = vc_plain(VFIO_DMA_READ, 16);

    m.header.flags = VFIO_REPLY;
    vw_hangs_up(*state, m, "not asked");
}

static void a_message_cut_anywhere_is_given_up_in_time(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_map(0x1000, 0x1000, 0, RW);

    for (size_t cut = 1; cut < m.header.size; cut++) {
        fe_send_bytes(&w->fe, &m, cut, &w->fe.memory, 1);
        assert_false(vw_serve(w, SHORT_MS / 10));
        vw_expect_hung_up(w, "does not come");
    }
}

static void a_close_anywhere_within_a_message_is_noticed(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_map(0x1000, 0x1000, 0, RW);

    for (size_t cut = 1; cut < m.header.size; cut++) {
        fe_send_bytes(&w->fe, &m, cut, NULL, 0);
        shutdown(w->fe.socket, SHUT_WR);
        assert_false(vw_serve(w, 1000));
        vw_expect_hung_up(w, "closed in the middle");
    }
}

static void argsz_too_small_is_refused(void **state)
{
    struct vfio_message m[] = {vc_map(0x1000, 0x1000, 0, RW),
                               vc_unmap(0x1000, 0x1000),
                               vc_info(),
                               vc_region_info(0),
                               vc_irq_info(0),
                               vc_irqs(2, 0x21, 0, 0)};

    for (unsigned i = 0; i < sizeof m / sizeof m[0]; i++) {
        m[i].payload.info.argsz--;
        vw_refused(*state, m[i], EINVAL);
    }
}

static void capabilities_without_a_nul_are_refused(void **state)
{
    struct vfio_message m = vc_version("{}");

    m.header.size--;
    vw_refused(*state, m, EINVAL);
    m = vc_plain(VFIO_VERSION, 3);
    vw_refused(*state, m, EINVAL);
    m = vc_plain(VFIO_VERSION, 4 + VFIO_MAX_VERSION + 1);
    vw_refused(*state, m, EINVAL);
}

static void maps_that_make_no_sense_are_refused(void **state)
{
    const struct vfio_message m[] = {
        vc_map(0x1000, 0, 0, RW),
        vc_map(0x1000, 0x1000, 0, 0),
        vc_map(0x1000, 0x1000, 0, VFIO_MAP_WRITE),
        vc_map(0x1000, 0x1000, 0, RW | 4),
        vc_map(0xfffffffffffff000, 0x2000, 0, RW),
        vc_map(0x1000, 0x1000, 0xfffffffffffff000, RW),
        vc_map(0x1000, 0x2000, 0x7ffffffffffff000, RW),
    };

    for (unsigned i = 0; i < sizeof m / sizeof m[0]; i++)
        vw_refused(*state, m[i], EINVAL);
}

static void unmaps_that_make_no_sense_are_refused(void **state)
{
    struct vfio_message m = vc_unmap(0x1000, 0x1000);

    vw_refused(*state, m, ENOENT);
    m.payload.unmap.flags = VFIO_UNMAP_DIRTY;
    vw_refused(*state, m, ENOTSUP);
    m.payload.unmap.flags = 4;
    vw_refused(*state, m, EINVAL);
    m.payload.unmap.flags = VFIO_UNMAP_ALL;
    vw_refused(*state, m, EINVAL);
}

static void accesses_outside_a_region_are_refused(void **state)
{
    const struct vfio_message m[] = {
        vc_read(0, PCI_FAKE_BAR0, 1),
        vc_read(0, PCI_FAKE_BAR0 - 3, 4),
        vc_read(0, 0xffffffffffffffff, 1),
        vc_read(0, 0xfffffffffffffffc, 8),
        vc_read(1, 0, 1),
        vc_read(6, 0, 1),
        vc_read(8, 0, 1),
        vc_read(VFIO_REGIONS, 0, 1),
        vc_read(0xffffffff, 0, 1),
        vc_read(VFIO_REGION_CONFIG, PCI_FAKE_CONFIG - 1, 2),
        vc_write(0, PCI_FAKE_BAR0 - 3, 4, 0),
        vc_write(VFIO_REGION_CONFIG, PCI_FAKE_CONFIG, 1, 0),
        vc_write(3, 0, 1, 0),
        vc_read(0, 0, VFIO_MAX_DATA + 1),
        vc_read(0, 0, 0xffffffff),
    };

    for (unsigned i = 0; i < sizeof m / sizeof m[0]; i++)
        vw_refused(*state, m[i], EINVAL);
}

static void a_count_that_does_not_fit_the_data_is_refused(void **state)
{
    struct vfio_message m = vc_write(0, 0, 4, 0);

    m.payload.access.count = 5;
    vw_refused(*state, m, EINVAL);
    m.payload.access.count = 3;
    vw_refused(*state, m, EINVAL);
}

static void interrupt_flags_that_make_no_sense_are_refused(void **state)
{
    for (uint32_t flags = 0; flags < 0x80; flags++) {
        bool data = (flags & 7) == 1 || (flags & 7) == 2 || (flags & 7) == 4;
        bool action = (flags & 0x38) == 8 || (flags & 0x38) == 0x10 ||
                      (flags & 0x38) == 0x20;

        if (data && action && flags < 0x40)
            continue;
        vw_refused(*state, vc_irqs(VFIO_IRQ_MSIX, flags, 0, 1), EINVAL);
    }
    vw_refused(*state, vc_irqs(VFIO_IRQ_INTX, 0x14, 0, 1), ENOTSUP);
    vw_refused(*state, vc_irqs(VFIO_IRQ_MSIX, 0x11, 0, 1), ENOTSUP);
}

static void interrupts_that_are_not_there_are_refused(void **state)
{
    const struct vfio_message m[] = {
        vc_irqs(VFIO_IRQS, 0x21, 0, 0),
        vc_irqs(0xffffffff, 0x21, 0, 0),
        vc_irqs(1, 0x21, 0, 1),
        vc_irqs(VFIO_IRQ_INTX, 0x21, 1, 1),
        vc_irqs(VFIO_IRQ_MSIX, 0x24, 0, PCI_FAKE_VECTORS + 1),
        vc_irqs(VFIO_IRQ_MSIX, 0x24, PCI_FAKE_VECTORS, 1),
        vc_irqs(VFIO_IRQ_MSIX, 0x24, 0xffffffff, 2),
        vc_irqs(VFIO_IRQ_MSIX, 0x24, 1, 0xffffffff),
        vc_irqs(VFIO_IRQ_MSIX, 0x24, 0, 0),
    };

    for (unsigned i = 0; i < sizeof m / sizeof m[0]; i++)
        vw_refused(*state, m[i], EINVAL);
}

static void fds_that_do_not_fit_the_interrupts_are_refused(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_irqs(VFIO_IRQ_MSIX, 0x24, 0, 2);

    vc_attach(&m, w->fe.kick[0]);
    vw_refused(w, m, EINVAL);
    vc_attach(&m, w->fe.kick[0]);
    vc_attach(&m, w->fe.kick[0]);
    vw_refused(w, m, EINVAL);
    m = vc_irqs(VFIO_IRQ_MSIX, 0x21, 0, 1);
    vc_attach(&m, w->fe.kick[0]);
    vw_refused(w, m, EINVAL);
    m = vc_irqs(VFIO_IRQ_MSIX, 0x22, 0, 2);
    m.payload.irqs.count = 3; /* of BOOLs */
    vw_refused(w, m, EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        vfio_test(a_payload_one_byte_short_or_long_is_refused),
        vfio_test(an_fd_too_many_is_refused_and_closed),
        vfio_test(reserved_flags_are_refused),
        vfio_test(unknown_commands_are_refused),
        vfio_test(a_size_that_cannot_be_ends_the_connection),
        vfio_test(a_type_that_cannot_be_ends_the_connection),
        vfio_test(an_answer_to_nothing_ends_the_connection),
        vfio_test(a_message_cut_anywhere_is_given_up_in_time),
        vfio_test(a_close_anywhere_within_a_message_is_noticed),
        vfio_test(argsz_too_small_is_refused),
        vfio_fresh_test(capabilities_without_a_nul_are_refused),
        vfio_test(maps_that_make_no_sense_are_refused),
        vfio_test(unmaps_that_make_no_sense_are_refused),
        vfio_test(accesses_outside_a_region_are_refused),
        vfio_test(a_count_that_does_not_fit_the_data_is_refused),
        vfio_test(interrupt_flags_that_make_no_sense_are_refused),
        vfio_test(interrupts_that_are_not_there_are_refused),
        vfio_test(fds_that_do_not_fit_the_interrupts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
