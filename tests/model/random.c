/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Random schedules of driver, DMA and event loop, checked by the model.
 *
 * usage: random STEPS    SEED in the environment repeats a run
 *
 * A case is a configuration and a list of words, each of which is one step: so
 * it can be run again with some of them left out, and is made short that way
 * when it fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../firmware/virtio/virtio.h"
#include "host.h"
#include "shrink.h"

#define NET_F_MRG_RXBUF (1ull << 15)
#define FEATURES                                                       \
    (VIRTIO_F_IN_ORDER | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | \
     VIRTIO_F_NOTIFICATION_DATA | VIRTIO_F_RING_RESET | NET_F_MRG_RXBUF)

enum { STEPS_MAX = 6000 };

static struct host_config config;
static uint32_t words[STEPS_MAX];

static bool run(void *ctx, const uint32_t *list, uint32_t count)
{
    (void)ctx;
    host_start(&config);
    for (uint32_t i = 0; i < count && !host_fault; i++)
        host_step(list[i]);
    if (!host_fault)
        host_finish();
    return host_fault != NULL;
}

static uint16_t draw_size(struct host_draw *d)
{
    static const uint16_t odd[] = {1, 2, 3, 4, 5, 7, 8, 16, 31, 100, 255, 256};

    return host_draw(d, 2)
               ? odd[host_draw(d, sizeof odd / sizeof *odd)]
               : (uint16_t)(1 + host_draw(d, host_draw(d, 2) ? 256 : 16));
}

static uint32_t draw_depth(struct host_draw *d)
{
    return host_draw(d, 2) ? RL_CMD_DEPTH : 2 + host_draw(d, 8);
}

static uint32_t draw_case(struct host_draw *d, uint64_t offered)
{
    uint32_t count = 200 + host_draw(d, STEPS_MAX - 200);

    config.size[0] = draw_size(d);
    config.size[1] = draw_size(d);
    config.features = VIRTIO_F_VERSION_1 | VIRTIO_F_RING_PACKED;
    for (uint32_t bit = 0; bit < 64; bit++)
        if (((FEATURES & offered) >> bit & 1) && host_draw(d, 2))
            config.features |= 1ull << bit;
    config.rd_depth = draw_depth(d);
    config.wr_depth = draw_depth(d);
    config.flags_first = host_draw(d, 2) != 0;
    for (uint32_t i = 0; i < count; i++)
        words[i] = host_draw(d, 1u << 31);
    return count;
}

static void explain(uint32_t count)
{
    printf("# %s\n", host_fault);
    printf("# sizes %u and %u, features 0x%llx, commands %u and %u, %u steps\n",
           config.size[0], config.size[1], (unsigned long long)config.features,
           config.rd_depth, config.wr_depth, count);
    count = shrink(words, count, run, NULL);
    printf("# %u of them are enough:\n", count);
    host_tell = true;
    (void)run(NULL, words, count);
    printf("#   -> %s\n", host_fault ? host_fault : "?");
}

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
    const char *text = getenv("SEED");
    uint64_t seed = text && *text ? strtoull(text, NULL, 0)
                                  : (uint64_t)time(NULL) & 0xffffffu;
    struct host_draw d = {seed * 0x9e3779b97f4a7c15ull + 1};
    uint64_t offered = host_offered(), done = 0, cases = 0;
    clock_t from = clock();
    bool bad = false;

    printf("1..1\n# seed %llu: SEED=%llu make model MODEL_STEPS=%llu\n",
           (unsigned long long)seed, (unsigned long long)seed,
           (unsigned long long)steps);
    fflush(stdout);
    while (done < steps && !bad) {
        uint32_t count = draw_case(&d, offered);

        bad = run(NULL, words, count);
        done += count;
        cases++;
        if (bad)
            explain(count);
    }
    printf("%sok 1 - random schedules\n", bad ? "not " : "");
    printf("# %llu steps in %llu cases, %.0f a second\n",
           (unsigned long long)done, (unsigned long long)cases,
           (double)done * CLOCKS_PER_SEC / (double)(clock() - from + 1));
    return bad;
}
