/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Sorting: heap sort and insertion sort of the same 600 numbers.
 */
#include <stdint.h>

enum { COUNT = 600 };
static int32_t heap[COUNT], list[COUNT];

static void sift(int32_t *a, int from, int end)
{
    int32_t moving = a[from];
    for (;;) {
        int child = 2 * from + 1;
        if (child >= end)
            break;
        if (child + 1 < end && a[child + 1] > a[child])
            child++;
        if (a[child] <= moving)
            break;
        a[from] = a[child];
        from = child;
    }
    a[from] = moving;
}

static void heap_sort(int32_t *a, int count)
{
    for (int i = count / 2 - 1; i >= 0; i--)
        sift(a, i, count);
    for (int end = count - 1; end > 0; end--) {
        int32_t top = a[0];
        a[0] = a[end];
        a[end] = top;
        sift(a, 0, end);
    }
}

static void insertion_sort(int32_t *a, int count)
{
    for (int i = 1; i < count; i++) {
        int32_t moving = a[i];
        int j = i;
        for (; j > 0 && a[j - 1] > moving; j--)
            a[j] = a[j - 1];
        a[j] = moving;
    }
}

int main(void)
{
    uint32_t seed = 12345;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        heap[i] = list[i] = (int32_t)seed >> 8;
    }
    heap_sort(heap, COUNT);
    insertion_sort(list, COUNT);
    for (int i = 0; i < COUNT; i++)
        if (heap[i] != list[i])
            return 1;
    return 0;
}
