/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vfio-user: what each message does, and how it is answered.
 */
#include "support/vfio_world.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char qemu[] =
    "{\"capabilities\": {\"max_msg_fds\": 16, \"max_data_xfer_size\": 1048576, "
    "\"pgsizes\": 4096, \"write_multiple\": true}}";

static void version_is_answered_with_0_0(void **state)
{
    struct vfio_message r = vw_answer(*state, vc_version(qemu));
    const char *json = r.payload.version.json;

    assert_int_equal(r.payload.version.major, 0);
    assert_int_equal(r.payload.version.minor, 0);
    assert_int_equal(vfio_payload_bytes(&r), 4 + strlen(json) + 1);
    assert_non_null(strstr(json, "\"max_data_xfer_size\": 4096"));
    assert_null(strstr(json, "write_multiple"));
}

static void a_newer_minor_version_is_answered_with_0_0(void **state)
{
    struct vfio_message m = vc_version(qemu);

    m.payload.version.minor = 1;
    assert_int_equal(vw_answer(*state, m).payload.version.minor, 0);
}

static void no_capabilities_are_fine(void **state)
{
    vw_answer(*state, vc_version(NULL));
}

static void a_version_that_cannot_be_is_refused_and_another_may_follow(
    void **state)
{
    struct vfio_message m = vc_version(qemu);

    m.payload.version.major = 1;
    vw_refused(*state, m, EINVAL);
    vw_refused(*state, vc_version("{\"capabilities\": "), EINVAL);
    vw_refused(*state, vc_version("7"), EINVAL);
    vw_refused(*state,
               vc_version("{\"capabilities\": {\"max_data_xfer_size\": 64}}"),
               EINVAL);
    vw_refused(
        *state,
        vc_version("{\"capabilities\": {\"max_data_xfer_size\": \"many\"}}"),
        EINVAL);
    vw_answer(*state, vc_version(qemu));
    vw_refused(*state, vc_version(qemu), EINVAL);
}

static void nothing_comes_before_version(void **state)
{
    vw_hangs_up(*state, vc_info(), "not VERSION");
}

static void the_device_is_described(void **state)
{
    static const uint64_t bytes[VFIO_REGIONS] = {
        [0] = PCI_FAKE_BAR0, [2] = 2 * PCI_FAKE_BAR0, [7] = PCI_FAKE_CONFIG};
    struct vfio_message r = vw_answer(*state, vc_info());

    assert_int_equal(r.payload.info.flags, 3);
    assert_int_equal(r.payload.info.regions, 9);
    assert_int_equal(r.payload.info.irqs, 5);
    assert_int_equal(r.header.size, 32);
    for (uint32_t i = 0; i < VFIO_REGIONS; i++) {
        r = vw_answer(*state, vc_region_info(i));
        assert_int_equal(r.header.size, 48);
        assert_int_equal(r.payload.region.index, i);
        assert_int_equal(r.payload.region.bytes, bytes[i]);
        assert_int_equal(r.payload.region.flags, bytes[i] ? 3 : 0);
    }
    vw_refused(*state, vc_region_info(VFIO_REGIONS), EINVAL);
}

static void interrupts_are_described(void **state)
{
    static const uint32_t count[VFIO_IRQS] = {1, 0, PCI_FAKE_VECTORS, 0, 0};

    for (uint32_t i = 0; i < VFIO_IRQS; i++) {
        struct vfio_message r = vw_answer(*state, vc_irq_info(i));

        assert_int_equal(r.header.size, 32);
        assert_int_equal(r.payload.irq.count, count[i]);
        assert_int_equal(r.payload.irq.flags, i == 0 ? 7 : i == 2 ? 1 : 0);
    }
    vw_refused(*state, vc_irq_info(VFIO_IRQS), EINVAL);
}

static void configuration_is_read_and_written(void **state)
{
    struct vfio_message r =
        vw_answer(*state, vc_read(VFIO_REGION_CONFIG, 0, PCI_FAKE_CONFIG));

    assert_int_equal(r.header.size, 32 + PCI_FAKE_CONFIG);
    for (unsigned i = 0; i < PCI_FAKE_CONFIG; i++)
        assert_int_equal(r.payload.access.data[i], (uint8_t)(0x40 + i));
    r = vw_answer(*state, vc_write(VFIO_REGION_CONFIG, 4, 2, 0x0406));
    assert_int_equal(r.header.size, 32);
    assert_int_equal(r.payload.access.count, 2);
    vw_expect_calls(*state, "config 0x4 2");
    r = vw_answer(*state, vc_read(VFIO_REGION_CONFIG, 4, 4));
    assert_int_equal(r.payload.access.data[0], 0x06);
    assert_int_equal(r.payload.access.data[1], 0x04);
    assert_int_equal(r.payload.access.data[2], 0x46);
}

static void bars_are_read_and_written_in_any_size(void **state)
{
    static const uint32_t sizes[] = {1, 2, 4, 8};

    for (unsigned i = 0; i < 4; i++) {
        struct vfio_message r;

        vw_answer(*state, vc_write(2, 8, sizes[i], 0x1122334455667788));
        r = vw_answer(*state, vc_read(2, 8, sizes[i]));
        assert_int_equal(r.header.size, 32 + sizes[i]);
        assert_int_equal(r.payload.access.data[0], 0x88);
        assert_int_equal(r.payload.access.data[sizes[i] - 1],
                         0x11 * (9 - sizes[i]));
    }
    vw_expect_calls(*state, "write 2 0x8 1; write 2 0x8 2; write 2 0x8 4; "
                            "write 2 0x8 8");
}

static void a_posted_write_is_never_answered(void **state)
{
    vw_silent(*state, vc_write(0, 0, 4, 1));
    vw_expect_calls(*state, "write 0 0x0 4");
    vw_silent(*state, vc_write(0, PCI_FAKE_BAR0, 4, 1)); /* nor when wrong */
    vw_expect_calls(*state, "");
}

static void an_access_of_nothing_does_nothing(void **state)
{
    vw_answer(*state, vc_read(0, PCI_FAKE_BAR0, 0));
    vw_answer(*state, vc_write(0, 0, 0, 0));
    vw_expect_calls(*state, "");
}

static void a_reset_reaches_the_device(void **state)
{
    struct vfio_world *w = *state;

    vw_answer(w, vc_plain(VFIO_RESET, 0));
    vw_expect_calls(w, "reset");
    w->device.fails = true;
    vw_refused(w, vc_plain(VFIO_RESET, 0), EIO);
    w->device.fails = false;
}

static void a_client_that_leaves_is_no_error_and_resets_the_device(void **state)
{
    struct vfio_world *w = *state;

    vw_answer(w, vc_map(0x1000, 0x1000, 0, RW));
    close(w->fe.socket);
    w->fe.socket = -1;
    assert_false(vw_serve(w, 0));
    vw_expect_calls(w, "map 0x1000 0x1000 2; reset; unmap 0x1000");
    vw_expect_hung_up(w, "has left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        vfio_fresh_test(version_is_answered_with_0_0),
        vfio_fresh_test(a_newer_minor_version_is_answered_with_0_0),
        vfio_fresh_test(no_capabilities_are_fine),
        vfio_fresh_test(
            a_version_that_cannot_be_is_refused_and_another_may_follow),
        vfio_fresh_test(nothing_comes_before_version),
        vfio_test(the_device_is_described),
        vfio_test(interrupts_are_described),
        vfio_test(configuration_is_read_and_written),
        vfio_test(bars_are_read_and_written_in_any_size),
        vfio_test(a_posted_write_is_never_answered),
        vfio_test(an_access_of_nothing_does_nothing),
        vfio_test(a_reset_reaches_the_device),
        vfio_test(a_client_that_leaves_is_no_error_and_resets_the_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
