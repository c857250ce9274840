/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A state machine: numbers, words and comments of a text, byte by byte.
 */
#include <stdint.h>

enum state { IDLE, NUMBER, HEX, WORD, COMMENT, STRING, ESCAPE };
struct counts {
    uint32_t numbers, words, comments, strings, sum;
};

static const char text[] = "ring 256 # descriptors of the queue\n"
                           "avail 0x1f00 used 0x2f00 \"net\\\"0\" flags 3;\n"
                           "len 1514 1514 60 # bytes\n"
                           "wrap 1 next 17 \"in order\" 4096 0xdeadbeef end\n";

static enum state start(char c, struct counts *n)
{
    if (c >= '0' && c <= '9') {
        n->numbers++;
        n->sum += (uint32_t)(c - '0');
        return c == '0' ? HEX : NUMBER;
    }
    if ((c | 32) >= 'a' && (c | 32) <= 'z') {
        n->words++;
        return WORD;
    }
    if (c == '#') {
        n->comments++;
        return COMMENT;
    }
    if (c == '"') {
        n->strings++;
        return STRING;
    }
    return IDLE;
}

static enum state step(enum state s, char c, struct counts *n)
{
    switch (s) {
    case NUMBER:
        if (c < '0' || c > '9')
            return start(c, n);
        n->sum += (uint32_t)(c - '0');
        return NUMBER;
    case HEX:
        return c == ' ' || c == '\n' ? IDLE : HEX;
    case WORD:
        return (c | 32) >= 'a' && (c | 32) <= 'z' ? WORD : start(c, n);
    case COMMENT:
        return c == '\n' ? IDLE : COMMENT;
    case STRING:
        return c == '"' ? IDLE : c == '\\' ? ESCAPE : STRING;
    case ESCAPE:
        return STRING;
    default:
        return start(c, n);
    }
}

int main(void)
{
    struct counts n = {0};
    for (int round = 0; round < 60; round++) {
        enum state s = IDLE;
        for (const char *p = text; *p; p++)
            s = step(s, *p, &n);
    }
    return n.numbers != 60 * 11 || n.words != 60 * 8 || n.comments != 60 * 2 ||
           n.strings != 60 * 2;
}
