/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Configuration space: identity, capabilities, access through PCI_CFG; the
 * vendor page and its window.
 */
#include "support/card.h"

#define WINDOW 0xfe00020000ull
#define PCI_DW ((RL_CFG_PCI_CFG - RL_CFG_VIRTIO_FIRST) / 4)

static uint8_t cfg8(uint32_t at)
{
    uint32_t offset = at - RL_CFG_VIRTIO_FIRST;

    assert_true(at >= RL_CFG_VIRTIO_FIRST && at < 0x100);
    return (uint8_t)(fake.caps[offset / 4] >> (8 * (offset % 4)));
}

static uint32_t cfg32(uint32_t at)
{
    return cfg8(at) | ((uint32_t)cfg8(at + 1) << 8) |
           ((uint32_t)cfg8(at + 2) << 16) | ((uint32_t)cfg8(at + 3) << 24);
}

struct cap {
    uint8_t type, len, bar;
    uint32_t offset, length, extra;
};

static uint32_t walk(struct cap caps[8])
{
    uint32_t n = 0;

    for (uint32_t at = RL_CFG_VIRTIO_FIRST; at != 0; at = cfg8(at + 1)) {
        assert_true(n < 8);
        assert_int_equal(at % 4, 0);
        assert_int_equal(cfg8(at), 9);
        caps[n] = (struct cap){cfg8(at + 3),  cfg8(at + 2),   cfg8(at + 4),
                               cfg32(at + 8), cfg32(at + 12), 0};
        assert_true(at + caps[n].len <= 0x100);
        if (caps[n].len > 16)
            caps[n].extra = cfg32(at + 16);
        assert_int_equal(cfg8(at + 5), 0);
        assert_int_equal(cfg8(at + 6), 0);
        assert_int_equal(cfg8(at + 7), 0);
        n++;
    }
    return n;
}

static void capabilities_of_the_net_device(void **state)
{
    static const struct cap expected[] = {
        {1, 16, 0, 0x0000, 64, 0}, {2, 20, 0, 0x4000, 64, 4},
        {3, 16, 0, 0x1000, 1, 0},  {4, 16, 0, 0x2000, 10, 0},
        {5, 20, 0, 0, 0, 0},
    };
    struct cap caps[8];

    (void)state;
    assert_int_equal(walk(caps), 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(caps[i].type, expected[i].type);
        assert_int_equal(caps[i].len, expected[i].len);
        assert_int_equal(caps[i].bar, expected[i].bar);
        assert_int_equal(caps[i].offset, expected[i].offset);
        assert_int_equal(caps[i].length, expected[i].length);
        assert_int_equal(caps[i].extra, expected[i].extra);
    }
    assert_true(fake.ready);
}

static void identity_of_the_net_device(void **state)
{
    (void)state;
    assert_int_equal(fake.pcie_id, 0x10411af4);
    assert_int_equal(fake.pcie_class >> 8, 0x020000);
    assert_true((fake.pcie_class & 0xff) >= 1);
    assert_true(fake.pcie_subsys >> 16 >= 0x40);
}

static void a_device_without_configuration_has_no_device_structure(void **state)
{
    struct virtio_device_ops ops = probe_ops;
    struct cap caps[8];

    (void)state;
    ops.config_bytes = 0;
    card_up(&ops);
    assert_int_equal(walk(caps), 4);
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(caps[i].type, 4);
    card_down(NULL);
    card_up(&probe_ops);
}

static void the_notify_structure_covers_every_queue(void **state)
{
    struct cap caps[8];

    (void)state;
    walk(caps);
    for (uint16_t q = 0; q < 3; q++) {
        card_select(q);
        assert_true(card_read(REG_QUEUE_NOTIFY_OFF, 2) * caps[1].extra + 2 <=
                    caps[1].length);
    }
}

/* ---- Access through PCI_CFG ------------------------------------------------------------ */

static void select_window(uint8_t bar, uint32_t offset, uint32_t length)
{
    fake.caps[PCI_DW + 1] = bar;
    fake.caps[PCI_DW + 2] = offset;
    fake.caps[PCI_DW + 3] = length;
}

static uint32_t cfg_access(bool write, uint32_t data)
{
    static uint8_t tag = 100;
    struct hal_mbox entry = {
        .be = 15, .tag = tag++, .write = write, .cfg = true, .data = data};

    fake_mbox_push(&entry);
    card_turns(1);
    assert_true(fake.tag_answered[entry.tag]);
    return fake.tag_data[entry.tag];
}

static uint32_t window_read(uint32_t offset, uint32_t length)
{
    uint32_t value;

    select_window(0, offset, length);
    value = cfg_access(false, 0);
    /* Bytes that were not asked for are not shown. */
    assert_int_equal(length == 4 ? 0 : value >> (8 * length), 0);
    return value;
}

static void window_write(uint32_t offset, uint32_t length, uint32_t value)
{
    select_window(0, offset, length);
    cfg_access(true, value);
}

static void the_window_reads_what_bar0_shows(void **state)
{
    (void)state;
    card_negotiate(F_BASE);
    card_write(REG_CONFIG_VECTOR, 2, 5);
    for (uint32_t at = 0; at < 0x40; at++)
        for (uint32_t n = 1; n <= 4; n *= 2)
            if (at % n == 0)
                assert_int_equal(window_read(at, n), card_read(at, n));
    for (uint32_t at = REG_CONFIG; at < REG_CONFIG + 8; at++)
        assert_int_equal(window_read(at, 1), at - REG_CONFIG);
}

static void the_window_writes_fields(void **state)
{
    (void)state;
    window_write(REG_STATUS, 1, 0xffffff00u | ST_ACK);
    assert_int_equal(card_status(), ST_ACK);
    window_write(REG_QUEUE_SELECT, 2, 0xffff0002u);
    assert_int_equal(card_read(REG_QUEUE_SELECT, 2), 2);
    assert_int_equal(card_status(), ST_ACK);
    window_write(REG_QUEUE_VECTOR, 2, 7);
    assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 7);
    window_write(REG_QUEUE_DESC + 4, 4, 0x12345678);
    assert_int_equal(card_read(REG_QUEUE_DESC + 4, 4), 0x12345678);
}

static void reading_isr_through_the_window_clears_it(void **state)
{
    struct drv d;

    (void)state;
    card_probe(&d, 8, true);
    transport_config_changed();
    assert_int_equal(window_read(REG_ISR, 1), 2);
    assert_int_equal(window_read(REG_ISR, 1), 0);
}

/* Every combination of bar, length, and offset about the edges: an answer
 * always, an effect only for what is allowed. */
static void bad_windows_have_no_effect(void **state)
{
    static const uint32_t lengths[] = {0, 1, 2,  3,           4,
                                       5, 8, 16, 0x80000000u, 0xffffffffu};
    static const uint32_t offsets[] = {
        0x14,   0x15,    0x16,    0x17,        0x4040,      0x8000,
        0xffff, 0x10000, 0x10014, 0x80000014u, 0xfffffffcu, 0xffffffffu};

    (void)state;
    for (uint32_t bar = 0; bar < 256; bar += bar < 7 ? 1 : 31)
        for (size_t l = 0; l < sizeof(lengths) / 4; l++)
            for (size_t o = 0; o < sizeof(offsets) / 4; o++) {
                uint32_t length = lengths[l], offset = offsets[o];
                bool good = bar == 0 && offset == 0x14 &&
                            (length == 1 || length == 2 || length == 4);

                select_window((uint8_t)bar, offset, length);
                if (offset != 0x16)
                    cfg_access(true, ST_FAILED);
                assert_int_equal(card_status() == ST_FAILED, good);
                if (offset > 0x17 || bar != 0)
                    assert_int_equal(cfg_access(false, 0), 0);
                card_reset();
            }
}

static void a_doorbell_through_the_window_is_heard(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_add_one(&c.tx, card_packet(60, 1), 72, false, 1);
    window_write(RL_BAR0_NOTIFY + 4, 2, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
    for (uint32_t q = 0; q < RL_NUM_QUEUES; q++)
        window_write(RL_BAR0_NOTIFY + 4 * q, 2, q);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
}

/* A whole start and a packet with configuration accesses alone. */
static void a_driver_can_live_on_configuration_accesses(void **state)
{
    uint64_t ring, driver, device;
    struct drv tx;

    (void)state;
    ring = card_alloc(128);
    driver = card_alloc(4);
    device = card_alloc(4);
    drv_init(&tx, 1, 8, false, ring, driver, device);
    window_write(REG_STATUS, 1, ST_ACK);
    window_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    window_write(REG_DRIVER_FEATURE_SELECT, 4, 1);
    window_write(REG_DRIVER_FEATURE, 4, (uint32_t)(F_BASE >> 32));
    window_write(REG_STATUS, 1, ST_ACK | ST_DRIVER | ST_FEATURES_OK);
    window_write(REG_QUEUE_SELECT, 2, 1);
    window_write(REG_QUEUE_SIZE, 2, 8);
    window_write(REG_QUEUE_DESC, 4, (uint32_t)ring);
    window_write(REG_QUEUE_DESC + 4, 4, (uint32_t)(ring >> 32));
    window_write(REG_QUEUE_DRIVER, 4, (uint32_t)driver);
    window_write(REG_QUEUE_DRIVER + 4, 4, (uint32_t)(driver >> 32));
    window_write(REG_QUEUE_DEVICE, 4, (uint32_t)device);
    window_write(REG_QUEUE_DEVICE + 4, 4, (uint32_t)(device >> 32));
    window_write(REG_QUEUE_ENABLE, 2, 1);
    window_write(REG_STATUS, 1,
                 ST_ACK | ST_DRIVER | ST_FEATURES_OK | ST_DRIVER_OK);
    assert_int_equal(window_read(REG_STATUS, 1), 15);
    card_settle();
    drv_add_one(&tx, card_packet(60, 1), 72, false, 1);
    window_write(RL_BAR0_NOTIFY + 4, 2, 1);
    card_settle();
    assert_int_equal(fake.sent_count, 1);
    assert_true(drv_reap(&tx, NULL, NULL, NULL));
}

/* ---- Vendor page ---------------------------------------------------------------------------- */

static uint32_t vendor(uint32_t reg)
{
    return card_read(REG_VENDOR + reg, 4);
}

static void vendor_write(uint32_t reg, uint32_t value)
{
    card_write(REG_VENDOR + reg, 4, value);
}

static void the_vendor_page_tells_who_we_are(void **state)
{
    (void)state;
    assert_int_equal(vendor(RL_VENDOR_MAGIC), RL_RINGLET_MAGIC);
    assert_int_equal(vendor(RL_VENDOR_BUILD), 0xb01dfaceu);
    assert_int_equal(vendor(RL_VENDOR_WIN_SIZE), RL_DEVMEM_BYTES);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
    for (uint32_t reg = 0; reg < 0x10; reg += 4)
        vendor_write(reg, 0xffffffff);
    assert_int_equal(vendor(RL_VENDOR_COUNTERS), 100);
    assert_int_equal(vendor(RL_VENDOR_COUNTERS_END - 4), 107);
    assert_int_equal(vendor(RL_VENDOR_COUNTERS_END), 0);
    vendor_write(RL_VENDOR_COUNTERS, 1);
    assert_int_equal(vendor(RL_VENDOR_COUNTERS), 100);
    vendor_write(RL_VENDOR_WIN_SIZE, 1);
    assert_int_equal(vendor(RL_VENDOR_MAGIC), RL_RINGLET_MAGIC);
    assert_int_equal(vendor(RL_VENDOR_BUILD), 0xb01dfaceu);
    assert_int_equal(vendor(RL_VENDOR_WIN_SIZE), RL_DEVMEM_BYTES);
}

static void the_vendor_page_shows_the_time(void **state)
{
    (void)state;
    fake.time = 0xfffffff0;
    assert_int_equal(vendor(RL_VENDOR_TIMER), 0xfffffff0);
    vendor_write(RL_VENDOR_TIMER, 5);
    fake.time += 0x20;
    assert_int_equal(vendor(RL_VENDOR_TIMER), 0x10);
}

static void the_vendor_page_counts_errors_of_the_hardware(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < RL_ERR_COUNTERS; n++)
        fake.errors[n] = 7 + n;
    assert_int_equal(vendor(RL_VENDOR_ERRORS - 4), 0);
    for (uint32_t n = 0; n < RL_ERR_COUNTERS; n++)
        assert_int_equal(vendor(RL_VENDOR_ERRORS + 4 * n), 7 + n);
    assert_int_equal(vendor(RL_VENDOR_ERRORS + 4 * RL_ERR_COUNTERS), 0);
}

static void writing_the_upper_half_opens_the_window(void **state)
{
    (void)state;
    vendor_write(RL_VENDOR_WIN_LO, (uint32_t)WINDOW);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
    vendor_write(RL_VENDOR_WIN_HI, (uint32_t)(WINDOW >> 32));
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 1);
    assert_int_equal(vendor(RL_VENDOR_WIN_LO), (uint32_t)WINDOW);
    assert_int_equal(vendor(RL_VENDOR_WIN_HI), (uint32_t)(WINDOW >> 32));
    assert_true(fake.window == WINDOW);
    vendor_write(RL_VENDOR_WIN_CTRL, 0);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
    vendor_write(RL_VENDOR_WIN_CTRL, 1);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 1);
    vendor_write(RL_VENDOR_WIN_LO, 0);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
}

static void a_misaligned_window_stays_closed(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 17; bit++) {
        vendor_write(RL_VENDOR_WIN_LO, (uint32_t)WINDOW + (1u << bit));
        vendor_write(RL_VENDOR_WIN_HI, 1);
        assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
        vendor_write(RL_VENDOR_WIN_CTRL, 1);
        assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
    }
}

static void the_window_rests_while_the_driver_runs(void **state)
{
    struct drv d;

    (void)state;
    vendor_write(RL_VENDOR_WIN_LO, (uint32_t)WINDOW);
    vendor_write(RL_VENDOR_WIN_HI, (uint32_t)(WINDOW >> 32));
    card_probe(&d, 8, true);
    vendor_write(RL_VENDOR_WIN_LO, 0);
    vendor_write(RL_VENDOR_WIN_HI, 0);
    vendor_write(RL_VENDOR_WIN_CTRL, 0);
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 1);
    assert_int_equal(vendor(RL_VENDOR_WIN_LO), (uint32_t)WINDOW);
    assert_true(fake.window == WINDOW);
}

static void a_reset_closes_the_window(void **state)
{
    (void)state;
    vendor_write(RL_VENDOR_WIN_LO, (uint32_t)WINDOW);
    vendor_write(RL_VENDOR_WIN_HI, (uint32_t)(WINDOW >> 32));
    card_reset();
    assert_int_equal(vendor(RL_VENDOR_WIN_CTRL), 0);
    assert_int_equal(vq_space_of((host_addr_t){WINDOW}, 16), 0);
}

static void the_cause_of_a_failure_outlives_the_reset(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    drv_poke(&c.tx, 0, HOST_BASE, 72, 0, DRV_AVAIL | DRV_INDIRECT);
    fake_doorbell(1, 1);
    card_settle();
    assert_int_equal(vendor(RL_VENDOR_CAUSE), (1u << 16) | VQ_FAULT_INDIRECT);
    card_reset();
    assert_int_equal(vendor(RL_VENDOR_CAUSE), (1u << 16) | VQ_FAULT_INDIRECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_net(capabilities_of_the_net_device),
        test_net(identity_of_the_net_device),
        test_own(a_device_without_configuration_has_no_device_structure),
        test_probe(the_notify_structure_covers_every_queue),
        test_probe(the_window_reads_what_bar0_shows),
        test_probe(the_window_writes_fields),
        test_probe(reading_isr_through_the_window_clears_it),
        test_probe(bad_windows_have_no_effect),
        test_net(a_doorbell_through_the_window_is_heard),
        test_net(a_driver_can_live_on_configuration_accesses),
        test_probe(the_vendor_page_tells_who_we_are),
        test_probe(the_vendor_page_shows_the_time),
        test_probe(the_vendor_page_counts_errors_of_the_hardware),
        test_probe(writing_the_upper_half_opens_the_window),
        test_probe(a_misaligned_window_stays_closed),
        test_probe(the_window_rests_while_the_driver_runs),
        test_probe(a_reset_closes_the_window),
        test_net(the_cause_of_a_failure_outlives_the_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
