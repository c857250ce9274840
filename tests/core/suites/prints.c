/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A program of the C library: printf, malloc, qsort, its result the number of
 * arguments that it did not get.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern volatile uint64_t tohost;

static int by_value(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int *numbers = malloc(40 * sizeof *numbers);
    (void)argv;
    if (!numbers)
        return 2;
    for (int i = 0; i < 40; i++)
        numbers[i] = (i * 37 + 11) % 40;
    qsort(numbers, 40, sizeof *numbers, by_value);
    for (int i = 0; i < 40; i++)
        if (numbers[i] != i)
            return 3;
    printf("sorted %d numbers, %s %08lx %5.5s|\n", 40, "and", 0xc0ffeeL,
           "printed them");
    fflush(stdout);
    for (const char *c = "by the byte\n"; *c; c++) {
        tohost = (uint64_t)0x0101 << 48 | (uint8_t)*c;
        while (tohost != 0)
            ;
    }
    return argc;
}
