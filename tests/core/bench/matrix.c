/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Product of two matrices of 24 by 24 words, and its trace by another way.
 */
#include <stdint.h>

enum { N = 24 };
static int32_t a[N][N], b[N][N], product[N][N];

static void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum;
        }
}

int main(void)
{
    int32_t trace = 0, expected = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * 7 - j * 3;
            b[i][j] = j * 5 - i * i;
        }
    multiply();
    for (int i = 0; i < N; i++) {
        trace += product[i][i];
        for (int k = 0; k < N; k++)
            expected += b[k][i] * a[i][k];
    }
    return trace != expected;
}
