/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Common configuration, field by field; device configuration, generation, ISR.
 */
#include "support/card.h"

static uint32_t device_feature(uint32_t word)
{
    card_write(REG_DEVICE_FEATURE_SELECT, 4, word);
    return card_read(REG_DEVICE_FEATURE, 4);
}

static void defaults_after_power_up(void **state)
{
    (void)state;
    assert_int_equal(card_status(), 0);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
    assert_int_equal(card_read(REG_NUM_QUEUES, 2), 3);
    assert_int_equal(card_read(REG_QUEUE_SELECT, 2), 0);
    assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0);
    for (uint16_t q = 0; q < 3; q++) {
        card_select(q);
        assert_int_equal(card_read(REG_QUEUE_SIZE, 2), VQ_MAX_SIZE);
        assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 0xffff);
        assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
        assert_int_equal(card_read(REG_QUEUE_NOTIFY_OFF, 2), q);
        assert_true(card_read64(REG_QUEUE_DESC) == 0);
        assert_true(card_read64(REG_QUEUE_DRIVER) == 0);
        assert_true(card_read64(REG_QUEUE_DEVICE) == 0);
    }
}

static void offered_features_are_those_we_can_do(void **state)
{
    static const uint32_t none[] = {2,  3,          4,           31,
                                    32, 0x7fffffff, 0x80000000u, 0xffffffffu};

    (void)state;
    assert_int_equal(device_feature(0), (uint32_t)F_COMMON | 1);
    assert_int_equal(device_feature(1), (uint32_t)(F_COMMON >> 32));
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(device_feature(none[i]), 0);
        assert_int_equal(card_read(REG_DEVICE_FEATURE_SELECT, 4), none[i]);
    }
}

static void net_offers_what_it_can_do(void **state)
{
    (void)state;
    assert_int_equal(device_feature(0), (1u << 5) | (1u << 15) | (1u << 16) |
                                            (1u << 17) | (1u << 22) |
                                            (uint32_t)F_COMMON);
    assert_int_equal(device_feature(1), (uint32_t)(F_COMMON >> 32));
}

static void driver_features_read_back_per_word(void **state)
{
    (void)state;
    for (uint32_t word = 0; word < 2; word++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        card_write(REG_DRIVER_FEATURE, 4, 0x11u + word);
    }
    for (uint32_t word = 0; word < 2; word++) {
        card_write(REG_DRIVER_FEATURE_SELECT, 4, word);
        assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0x11u + word);
    }
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 2);
    card_write(REG_DRIVER_FEATURE, 4, 0xffffffffu);
    assert_int_equal(card_read(REG_DRIVER_FEATURE, 4), 0);
}

/* A field written in pieces of each width reads back whole. */
static void check_widths(uint32_t reg, uint32_t field, uint32_t value)
{
    uint32_t mask = field == 4 ? UINT32_MAX : (1u << (8 * field)) - 1;

    for (uint32_t width = 1; width <= field; width *= 2) {
        card_write(reg, field, ~value);
        for (uint32_t at = 0; at < field; at += width)
            card_write(reg + at, width, value >> (8 * at));
        assert_int_equal(card_read(reg, field), value & mask);
        for (uint32_t at = 0; at < field; at += width)
            assert_int_equal(
                card_read(reg + at, width),
                (value >> (8 * at)) &
                    (width == 4 ? UINT32_MAX : (1u << (8 * width)) - 1));
    }
}

static void fields_take_every_access_width(void **state)
{
    (void)state;
    check_widths(REG_DEVICE_FEATURE_SELECT, 4, 0x12345678);
    check_widths(REG_DRIVER_FEATURE_SELECT, 4, 0x9abcdef0);
    card_write(REG_DRIVER_FEATURE_SELECT, 4, 0);
    check_widths(REG_DRIVER_FEATURE, 4, 0x55aa33cc);
    card_select(1);
    for (uint32_t reg = REG_QUEUE_DESC; reg < REG_QUEUE_DEVICE + 8; reg += 4)
        check_widths(reg, 4, 0x01234567u * reg);
    check_widths(REG_QUEUE_SELECT, 2, 2);
}

/* All sixteen byte enables on a dword of an address: only those bytes change. */
static void byte_enables_are_honoured(void **state)
{
    (void)state;
    for (uint32_t be = 0; be < 16; be++) {
        struct hal_mbox entry = {.addr = REG_QUEUE_DESC,
                                 .data = 0x44332211,
                                 .be = (uint8_t)be,
                                 .write = true};
        uint32_t expected = 0;

        card_write(REG_QUEUE_DESC, 4, 0xffeeddcc);
        fake_mbox_push(&entry);
        card_turns(1);
        for (uint32_t i = 0; i < 4; i++)
            expected |= ((be & (1u << i) ? 0x44332211u : 0xffeeddccu) &
                         (0xffu << (8 * i)));
        assert_int_equal(card_read(REG_QUEUE_DESC, 4), expected);
    }
}

static void neighbours_in_a_dword_do_not_touch_each_other(void **state)
{
    (void)state;
    card_write(REG_STATUS, 1, ST_ACK);
    card_write(REG_CONFIG_VECTOR, 2, 5);
    card_select(2);
    assert_int_equal(card_status(), ST_ACK);
    card_write(REG_QUEUE_VECTOR, 2, 7);
    card_write(REG_QUEUE_SIZE, 2, 12);
    assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), 7);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 12);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 5);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    assert_int_equal(card_read(REG_QUEUE_SELECT, 2), 2);
    /* Both halves at once. */
    card_write(REG_QUEUE_SIZE, 4, (9u << 16) | 20);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 4), (9u << 16) | 20);
}

static void writes_that_enable_no_byte_change_nothing(void **state)
{
    (void)state;
    card_write(REG_STATUS, 1, ST_ACK);
    for (uint32_t addr = 0; addr < 0x3100; addr += 4) {
        struct hal_mbox entry = {
            .addr = addr, .data = 0xffffffff, .be = 0, .write = true};
        fake_mbox_push(&entry);
        card_turns(1);
    }
    assert_int_equal(card_status(), ST_ACK);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 4), 0xffff0100u);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
}

static void read_only_fields_ignore_writes(void **state)
{
    uint32_t generation;

    (void)state;
    generation = card_read(REG_GENERATION, 1);
    card_write(REG_DEVICE_FEATURE, 4, 0xffffffff);
    card_write(REG_NUM_QUEUES, 2, 0xffff);
    card_write(REG_GENERATION, 1, 0x55);
    card_write(REG_QUEUE_NOTIFY_OFF, 2, 0x55);
    card_write(0x38, 4, 0xffffffff);
    card_write(0x3c, 4, 0xffffffff);
    for (uint32_t at = 0; at < 8; at++)
        card_write(REG_CONFIG + at, 1, 0xff);
    assert_int_equal(device_feature(0), (uint32_t)F_COMMON | 1);
    assert_int_equal(card_read(REG_NUM_QUEUES, 2), 3);
    assert_int_equal(card_read(REG_GENERATION, 1), generation);
    assert_int_equal(card_read(REG_QUEUE_NOTIFY_OFF, 2), 0);
    assert_int_equal(card_read(0x38, 4), 0);
    assert_int_equal(card_read(0x3c, 4), 0);
    assert_int_equal(card_read(REG_CONFIG, 4), 0x03020100);
}

static void queue_size_takes_one_to_the_maximum(void **state)
{
    static const uint16_t bad[] = {0, 257, 0x7fff, 0x8000, 0x8001, 0xffff};

    (void)state;
    for (uint16_t size = 1; size <= VQ_MAX_SIZE; size++) {
        card_write(REG_QUEUE_SIZE, 2, size);
        assert_int_equal(card_read(REG_QUEUE_SIZE, 2), size);
    }
    card_write(REG_QUEUE_SIZE, 2, 7);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        card_write(REG_QUEUE_SIZE, 2, bad[i]);
        assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 7);
    }
    card_reset();
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), VQ_MAX_SIZE);
}

static void a_queue_that_does_not_exist_reads_zero(void **state)
{
    static const uint16_t none[] = {3, 15, 16, 0x7fff, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        card_select(none[i]);
        assert_int_equal(card_read(REG_QUEUE_SELECT, 2), none[i]);
        for (uint32_t reg = REG_QUEUE_SIZE; reg < 0x40; reg += 4)
            card_write(reg, 4, 0x00010001);
        for (uint32_t reg = REG_QUEUE_SIZE; reg < 0x40; reg += 4)
            assert_int_equal(card_read(reg, 4), 0);
    }
    card_select(0);
    defaults_after_power_up(state);
}

static void vectors_beyond_the_table_read_back_as_none(void **state)
{
    (void)state;
    for (uint32_t vector = 0; vector <= 0xffff;
         vector += vector < 40 ? 1 : 251) {
        uint32_t expected = vector < RL_NUM_VECTORS ? vector : 0xffff;

        card_write(REG_CONFIG_VECTOR, 2, vector);
        assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), expected);
        card_write(REG_QUEUE_VECTOR, 2, vector);
        assert_int_equal(card_read(REG_QUEUE_VECTOR, 2), expected);
    }
    card_write(REG_CONFIG_VECTOR, 2, 3);
    card_write(REG_CONFIG_VECTOR, 2, 0xffff);
    assert_int_equal(card_read(REG_CONFIG_VECTOR, 2), 0xffff);
}

static bool enable_with(uint64_t desc, uint64_t driver, uint64_t device)
{
    bool enabled;

    card_reset();
    card_negotiate(F_BASE);
    card_write64(REG_QUEUE_DESC, desc);
    card_write64(REG_QUEUE_DRIVER, driver);
    card_write64(REG_QUEUE_DEVICE, device);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    enabled = card_read(REG_QUEUE_ENABLE, 2) != 0;
    return enabled;
}

static void misaligned_ring_addresses_are_refused(void **state)
{
    (void)state;
    for (uint64_t low = 0; low < 16; low++) {
        assert_int_equal(enable_with(HOST_BASE + low, HOST_BASE, HOST_BASE),
                         low == 0);
        assert_int_equal(enable_with(HOST_BASE, HOST_BASE + low, HOST_BASE),
                         low % 4 == 0);
        assert_int_equal(enable_with(HOST_BASE, HOST_BASE, HOST_BASE + low),
                         low % 4 == 0);
    }
}

static void enable_waits_for_features_ok(void **state)
{
    (void)state;
    card_write(REG_QUEUE_ENABLE, 2, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
    card_write(REG_STATUS, 1, ST_ACK | ST_DRIVER);
    card_write(REG_QUEUE_ENABLE, 2, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
    card_reset();
    card_negotiate(F_BASE);
    card_write(REG_QUEUE_ENABLE, 2, 2);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 0);
    card_write(REG_QUEUE_ENABLE, 1, 1);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
}

static void an_enabled_queue_keeps_its_configuration(void **state)
{
    struct drv d;

    (void)state;
    card_probe(&d, 8, true);
    card_write(REG_QUEUE_ENABLE, 2, 0);
    card_write(REG_QUEUE_SIZE, 2, 16);
    card_write64(REG_QUEUE_DESC, 0);
    card_write64(REG_QUEUE_DRIVER, 0);
    card_write64(REG_QUEUE_DEVICE, 0);
    assert_int_equal(card_read(REG_QUEUE_ENABLE, 2), 1);
    assert_int_equal(card_read(REG_QUEUE_SIZE, 2), 8);
    assert_true(card_read64(REG_QUEUE_DESC) == d.ring);
    assert_true(card_read64(REG_QUEUE_DRIVER) == d.driver_area);
    assert_true(card_read64(REG_QUEUE_DEVICE) == d.device_area);
}

static void nothing_answers_between_the_structures(void **state)
{
    (void)state;
    for (uint32_t addr = 0x40; addr < RL_BAR0_MAILBOX_END; addr += 4) {
        if (addr == REG_ISR || addr == REG_CONFIG || addr == REG_CONFIG + 4 ||
            (addr >= REG_VENDOR && addr < REG_VENDOR + RL_VENDOR_COUNTERS_END))
            continue;
        card_write(addr, 4, 0xffffffff);
        assert_int_equal(card_read(addr, 4), 0);
    }
    defaults_after_power_up(state);
}

/* ---- Device configuration, generation ------------------------------------------------ */

static void device_configuration_reads_at_every_width(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 8; at++)
        assert_int_equal(card_read(REG_CONFIG + at, 1), at);
    for (uint32_t at = 0; at < 8; at += 2)
        assert_int_equal(card_read(REG_CONFIG + at, 2), at | ((at + 1) << 8));
    assert_int_equal(card_read(REG_CONFIG, 4), 0x03020100);
    assert_int_equal(card_read(REG_CONFIG + 4, 4), 0x07060504);
}

static void net_configuration_shows_mac_and_link(void **state)
{
    static const uint8_t mac[6] = {0x02, 0x52, 0x4c, 0x54, 0x00, 0x01};

    (void)state;
    for (uint32_t at = 0; at < 6; at++)
        assert_int_equal(card_read(REG_CONFIG + at, 1), mac[at]);
    assert_int_equal(card_read(REG_CONFIG + 6, 2), 1);
    fake.link = false;
    fake_advance(1000000);
    card_settle();
    assert_int_equal(card_read(REG_CONFIG + 6, 2), 0);
}

static void generation_differs_after_a_change_that_was_read(void **state)
{
    uint32_t before;

    (void)state;
    card_read(REG_CONFIG, 4);
    before = card_read(REG_GENERATION, 1);
    for (int i = 0; i < 256; i++)
        transport_config_changed();
    assert_int_not_equal(card_read(REG_GENERATION, 1), before);
}

static void generation_rests_without_a_change(void **state)
{
    uint32_t before;

    (void)state;
    before = card_read(REG_GENERATION, 1);
    for (int i = 0; i < 10; i++) {
        card_read(REG_CONFIG, 4);
        assert_int_equal(card_read(REG_GENERATION, 1), before);
    }
}

/* Any sequence of five steps of: read generation, read configuration, change.
 * The driver's rule: same generation before and after means nothing changed
 * between its reads. */
static void the_generation_never_lies(void **state)
{
    (void)state;
    for (uint32_t word = 0; word < 729; word++) {
        uint32_t steps = word, generation = 0, version = 0;
        int read_version = -1;
        bool open = false, torn = false;

        for (int i = 0; i < 6; i++, steps /= 3) {
            if (steps % 3 == 0) {
                uint32_t now = card_read(REG_GENERATION, 1);

                if (open && torn)
                    assert_int_not_equal(now, generation);
                generation = now;
                open = true;
                torn = false;
                read_version = -1;
            } else if (steps % 3 == 1) {
                card_read(REG_CONFIG, 4);
                if (read_version >= 0 && read_version != (int)version)
                    torn = true;
                read_version = (int)version;
            } else {
                version++;
                transport_config_changed();
            }
        }
    }
}

static void a_configuration_change_is_told_once(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    fake.link = false;
    fake_advance(1000000);
    card_settle();
    assert_int_equal(fake.msix_sent[0], 1);
    assert_int_equal(card_read(REG_ISR, 1), 2);
    fake_advance(1000000);
    card_settle();
    assert_int_equal(fake.msix_sent[0], 1);
}

static void no_change_is_told_before_driver_ok(void **state)
{
    (void)state;
    card_negotiate(F_BASE);
    fake.link = false;
    fake_advance(1000000);
    card_settle();
    assert_int_equal(log_count(FAKE_MSIX), 0);
    assert_int_equal(fake.isr, 0);
}

static void an_unmapped_change_is_silent(void **state)
{
    struct net_card c;

    (void)state;
    card_net(&c, 8, 8, true);
    card_write(REG_CONFIG_VECTOR, 2, 0xffff);
    fake.link = false;
    fake_advance(1000000);
    card_settle();
    assert_int_equal(log_count(FAKE_MSIX), 0);
    assert_int_equal(card_read(REG_ISR, 1), 2);
}

static void reading_isr_clears_it(void **state)
{
    struct net_card c;
    struct hal_mbox entry = {.addr = REG_ISR, .be = 0xe, .tag = 200};

    (void)state;
    card_net(&c, 8, 8, true);
    transport_config_changed();
    /* Other bytes of its dword do not. */
    fake_mbox_push(&entry);
    card_turns(1);
    assert_int_equal(card_read(REG_ISR, 1), 2);
    assert_int_equal(card_read(REG_ISR, 4), 0);
    card_write(REG_ISR, 1, 0xff);
    assert_int_equal(card_read(REG_ISR, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_probe(defaults_after_power_up),
        test_probe(offered_features_are_those_we_can_do),
        test_net(net_offers_what_it_can_do),
        test_probe(driver_features_read_back_per_word),
        test_probe(fields_take_every_access_width),
        test_probe(byte_enables_are_honoured),
        test_probe(neighbours_in_a_dword_do_not_touch_each_other),
        test_probe(writes_that_enable_no_byte_change_nothing),
        test_probe(read_only_fields_ignore_writes),
        test_probe(queue_size_takes_one_to_the_maximum),
        test_probe(a_queue_that_does_not_exist_reads_zero),
        test_probe(vectors_beyond_the_table_read_back_as_none),
        test_probe(misaligned_ring_addresses_are_refused),
        test_probe(enable_waits_for_features_ok),
        test_probe(an_enabled_queue_keeps_its_configuration),
        test_probe(nothing_answers_between_the_structures),
        test_probe(device_configuration_reads_at_every_width),
        test_net(net_configuration_shows_mac_and_link),
        test_probe(generation_differs_after_a_change_that_was_read),
        test_probe(generation_rests_without_a_change),
        test_probe(the_generation_never_lies),
        test_net(a_configuration_change_is_told_once),
        test_net(no_change_is_told_before_driver_ok),
        test_net(an_unmapped_change_is_silent),
        test_net(reading_isr_clears_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
