/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

void take(struct input *in, void *to, size_t bytes)
{
    size_t n = bytes < in->left ? bytes : in->left;

    memset(to, 0, bytes);
    memcpy(to, in->p, n);
    in->p += n;
    in->left -= n;
}

uint8_t take_u8(struct input *in)
{
    uint8_t v;

    take(in, &v, sizeof v);
    return v;
}

uint16_t take_u16(struct input *in)
{
    uint16_t v;

    take(in, &v, sizeof v);
    return v;
}

uint32_t take_u32(struct input *in)
{
    uint32_t v;

    take(in, &v, sizeof v);
    return v;
}
