/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The network device with bugs on request: the host sets one off by reading a
 * counter of the vendor page that the network device does not have. net.c is
 * compiled with this header in front of it, so its table names our function.
 */
#ifndef FAULTY_H
#define FAULTY_H

#include <stdint.h>

enum faulty {
    FAULTY_ILLEGAL = 2, /* an instruction that does not exist */
    FAULTY_LOOP = 3,    /* for ever */
    FAULTY_STACK = 4,   /* overflows */
    FAULTY_CODE = 5,    /* a store to instruction memory */
    FAULTY_DATA = 6,    /* stores all over data memory, and on it goes */
    FAULTY_NULL = 7,    /* a call of what is not there */
};

uint32_t net_counter(uint32_t n);
#define net_counter(n) __attribute__((unused)) net_counter_plain(n)

#endif
