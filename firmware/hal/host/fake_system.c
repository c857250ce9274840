/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The system registers: events and sleep, time, console, watchdog.
 */
#include "fake_internal.h"

uint32_t hal_events(void)
{
    uint32_t events = 0;

    if (fake.cpl_head != fake.cpl_tail)
        events |= RL_EVENTS_CPL_MASK;
    if (fake.db_pending)
        events |= RL_EVENTS_DOORBELL_MASK;
    if (fake.len_head != fake.frame_tail)
        events |= RL_EVENTS_NETRX_MASK;
    if (fake.mbox_head != fake.mbox_tail)
        events |= RL_EVENTS_MBOX_MASK;
    if (fake.pcie_events)
        events |= RL_EVENTS_PCIE_MASK;
    if (fake.alarm_armed && (int32_t)(fake.time - fake.alarm) >= 0)
        events |= RL_EVENTS_TIMER_MASK;
    return events;
}

void hal_wait(uint32_t mask)
{
    if ((hal_events() & mask) == 0)
        fake.sleeps++;
}

uint32_t hal_time_cycles(void)
{
    return fake.time;
}

void hal_alarm_at(uint32_t time_cycles)
{
    fake.alarm = time_cycles;
    fake.alarm_armed = true;
}

void fake_advance(uint32_t cycles)
{
    fake.time += cycles;
}

void hal_putc(char c)
{
    if (fake.console_used < FAKE_CONSOLE_BYTES - 1)
        fake.console[fake.console_used++] = c;
}

void hal_watchdog(void)
{
    fake.watchdog_time = fake.time;
}

uint32_t hal_restart_cause(void)
{
    return fake.restart;
}

void hal_keep(uint32_t word)
{
    fake.kept = word;
}
