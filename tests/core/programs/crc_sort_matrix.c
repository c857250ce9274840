/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Compiled code at work: a checksum, two sorts, a matrix product, 64-bit
 * arithmetic, a string, function pointers.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static u32 crc32(const u8 *p, u32 len)
{
    u32 crc = ~0u;
    while (len--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
    }
    return ~crc;
}

static u32 random_state = 1;
static u32 next_random(void)
{
    return random_state = random_state * 1103515245u + 12345u;
}

static void insertion_sort(int *a, int n)
{
    for (int i = 1; i < n; i++) {
        int x = a[i], j = i;
        for (; j > 0 && a[j - 1] > x; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

static void quick_sort(int *a, int low, int high)
{
    while (low < high) {
        int i = low, j = high, pivot = a[(low + high) / 2];
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                int t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quick_sort(a, low, j);
        low = i;
    }
}

static int a[300], b[300];
static short m1[12][12], m2[12][12];
static int m3[12][12];

static int sorts(void)
{
    for (int i = 0; i < 300; i++)
        a[i] = b[i] = (int)(next_random() >> 3) % 1000 - 300;
    insertion_sort(a, 300);
    quick_sort(b, 0, 299);
    for (int i = 0; i < 300; i++)
        if (a[i] != b[i] || (i && a[i - 1] > a[i]))
            return 1;
    return 0;
}

static int matrix(void)
{
    long long sum = 0, expected = 0;
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            m1[i][j] = (short)(i * 7 - j * 3);
            m2[i][j] = (short)(j * 5 - i);
        }
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            m3[i][j] = 0;
            for (int k = 0; k < 12; k++)
                m3[i][j] += m1[i][k] * m2[k][j];
            sum += m3[i][j];
        }
    for (int k = 0; k < 12; k++) {
        int column = 0, row = 0;
        for (int i = 0; i < 12; i++) {
            column += m1[i][k];
            row += m2[k][i];
        }
        expected += (long long)column * row;
    }
    return sum != expected;
}

static u32 twice(u32 x)
{
    return x * 2;
}
static u32 negate(u32 x)
{
    return -x;
}

int main(void)
{
    static u32 (*const functions[])(u32) = {twice, negate, twice};
    volatile u64 dividend = 0x123456789abcdef0ull, divisor = 0x12345;
    volatile int minus = -77;
    u32 x = 5;

    if (crc32((const u8 *)"123456789", 9) != 0xcbf43926u)
        return 1;
    if (sorts())
        return 2;
    if (matrix())
        return 3;
    if (dividend / divisor * divisor + dividend % divisor != dividend ||
        dividend / divisor != 0x100005b00205ull)
        return 4;
    if (minus / 10 != -7 || minus % 10 != -7)
        return 5;
    for (u32 i = 0; i < 9; i++)
        x = functions[i % 3](x);
    return x == (u32)-320 ? 0 : 6;
}
