/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A linked list: made in a scattered order, reversed, merge sorted, walked.
 */
#include <stddef.h>
#include <stdint.h>

enum { COUNT = 512 };
struct node {
    struct node *next;
    int32_t key;
};
static struct node nodes[COUNT];

static struct node *reverse(struct node *list)
{
    struct node *done = NULL;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static struct node *merge(struct node *a, struct node *b)
{
    struct node head, *end = &head;
    while (a && b) {
        struct node **least = a->key <= b->key ? &a : &b;
        end->next = *least;
        end = *least;
        *least = (*least)->next;
    }
    end->next = a ? a : b;
    return head.next;
}

/* Of the first count nodes; the rest goes to *rest. */
static struct node *sort(struct node *list, int count, struct node **rest)
{
    if (count == 1) {
        *rest = list->next;
        list->next = NULL;
        return list;
    }
    struct node *first = sort(list, count / 2, &list);
    return merge(first, sort(list, count - count / 2, rest));
}

int main(void)
{
    struct node *list = NULL, *rest;
    for (int i = 0; i < COUNT; i++) {
        struct node *n = &nodes[i * 37 % COUNT];
        n->key = i * 211 % COUNT;
        n->next = list;
        list = n;
    }
    list = reverse(reverse(sort(reverse(list), COUNT, &rest)));
    for (int round = 0; round < 20; round++) {
        int32_t expected = 0;
        for (struct node *n = list; n; n = n->next)
            if (n->key != expected++)
                return 1;
        if (expected != COUNT)
            return 2;
    }
    return 0;
}
