/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What runs when nothing else can be trusted: no data memory but the stack, no C
 * library.
 */
#ifndef RINGLET_BOOT_H
#define RINGLET_BOOT_H

#include <stdint.h>

/* Called by crt0.S. */
void trap_report(uint32_t cause, uint32_t pc, uint32_t value);
void rescue(uint32_t cause);

/* Build of this image, for the vendor page. */
extern const uint32_t ringlet_build_id;

/* To the UART; what does not fit its FIFO is lost. */
void put_string(const char *s);
void put_hex(uint32_t value);

#endif
