/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * CRC-32 of 16 KiB: bit by bit over 2 KiB of it, by a table over all.
 */
#include <stdint.h>

enum { LEN = 16384, SLOW_LEN = 2048 };
static uint8_t bytes[LEN];
static uint32_t table[256];

static uint32_t step(uint32_t crc)
{
    for (int i = 0; i < 8; i++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    return crc;
}

static uint32_t slow(const uint8_t *p, uint32_t len)
{
    uint32_t crc = 0xffffffffu;
    while (len--)
        crc = step(crc ^ *p++);
    return ~crc;
}

static uint32_t fast(const uint8_t *p, uint32_t len)
{
    uint32_t crc = 0xffffffffu;
    while (len--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
    return ~crc;
}

int main(void)
{
    for (uint32_t i = 0; i < 256; i++)
        table[i] = step(i);
    for (uint32_t i = 0; i < LEN; i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 7));
    if (slow((const uint8_t *)"123456789", 9) != 0xcbf43926u)
        return 1;
    if (slow(bytes, SLOW_LEN) != fast(bytes, SLOW_LEN))
        return 2;
    return fast(bytes, LEN) == 0;
}
