/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Every interleaving of a driver and the firmware's ring code, for small rings,
 * at the granularity of accesses to memory: a depth-first search over states,
 * each of them visited once.
 *
 * usage: exhaust quick|full
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shrink.h"
#include "step_card.h"

/* Steps; the low bit of those that store says that what is in flight samples
 * the place before. */
enum action {
    ACT_DRIVER = 0x10, /* next access of what the driver is at */
    ACT_ADD = 0x20,
    ACT_PUBLISH = 0x22,
    ACT_LOOK = 0x24,
    ACT_WAKE = 0x26,
    ACT_SLEEP = 0x40, /* plus 2 * slots ahead of the used position */
    ACT_FETCH = 0x80,
    ACT_WRITE = 0x81,
    ACT_RUN = 0x82,
    ACT_TURN = 0x83,
};
enum { ACTIONS_MAX = 32 };

/* Of one search: 1 GiB of fingerprints. Only one wants more, and says so. */
#define STATES_MAX 60000000u

/* ---- The driver's world ------------------------------------------------------ */

static void check(const char *why)
{
    if (why)
        step_fail(why);
}

static void on_store(uint64_t addr, const void *from, uint32_t bytes)
{
    /* The event areas are one word; a descriptor's flags its last two bytes. */
    uint64_t base = addr & ~15ull;

    memcpy((uint8_t *)step_pointer(base, addr < STEP_DRIVER_EVENT ? 16 : 4) +
               (addr - base),
           from, bytes);
    check(
        ring_model_driver_wrote(&step.model, &step_config.rules, addr, bytes));
}

static void on_load(uint64_t addr, void *to, uint32_t bytes)
{
    memcpy(to, step_pointer(addr, bytes), bytes);
}

static void on_doorbell(uint16_t position)
{
    step.card.bell = 1u | (uint32_t)position << 16;
}

static void on_back(uint16_t id, bool skipped, uint32_t len)
{
    check(ring_model_driver_saw(&step.model, id, skipped, len));
    step.back++;
}

static struct ring_driver_env env = {
    .rules = &step_config.rules,
    .store = on_store,
    .load = on_load,
    .doorbell = on_doorbell,
    .back = on_back,
    .broken = step_fail,
};

static struct ring_driver_buffer planned(uint32_t n)
{
    struct ring_driver_buffer b = {.id = (uint16_t)(0x8000u + n)};
    uint8_t shape = step_config.shape[n];
    bool writable = step_config.frame_bytes != 0;

    b.elements = shape & 15u;
    for (uint32_t i = 0; i < b.elements; i++) {
        b.element[i].addr = STEP_DATA + 0x100u * n + 0x20u * i;
        b.element[i].len = b.elements == 1 ? 32 : 16;
        b.element[i].flags = writable ? RING_WRITE : 0;
    }
    if (shape & 16u)
        b.table = STEP_TABLES + 16u * RING_ELEMENTS * n;
    return b;
}

static uint16_t planned_slots(uint32_t n)
{
    return step_config.shape[n] & 16u ? 1 : step_config.shape[n];
}

/* ---- Actions ------------------------------------------------------------------- */

struct actions {
    uint32_t count;
    uint8_t at[ACTIONS_MAX];
};

static void may(struct actions *a, uint32_t action)
{
    a->at[a->count++] = (uint8_t)action;
}

static void may_store(struct actions *a, uint32_t action, uint64_t addr)
{
    may(a, action);
    if (addr != 0 && step_in_flight(addr))
        may(a, action | 1u);
}

static void device_actions(struct actions *a)
{
    if (step_can_fetch_end())
        may(a, ACT_FETCH);
    if (step_can_write() && step.card.cpls == 0)
        may(a, ACT_WRITE);
    if (step.card.runs != 0)
        may(a, ACT_RUN);
    if (step_can_turn())
        may(a, ACT_TURN);
}

/* Where the driver may ask to be woken: with EVENT_IDX at any descriptor that
 * is outstanding. */
static void sleep_actions(struct actions *a)
{
    const struct ring_driver *d = &step.driver;
    uint32_t places = 1;

    if (step_config.rules.event_idx)
        places = (uint32_t)step_config.rules.size - d->free_slots;
    for (uint32_t i = 0; i < places; i++)
        may_store(a, ACT_SLEEP + 2 * i, STEP_DRIVER_EVENT);
}

/* A choice is made when its first access is. */
static uint64_t publish_addr(void)
{
    struct ring_driver d = step.driver;

    ring_driver_publish(&d);
    return ring_driver_store_addr(&d, &step_config.rules);
}

static void free_actions(struct actions *a)
{
    const struct ring_driver *d = &step.driver;
    bool room = step.added < step_config.buffers &&
                planned_slots(step.added) <= d->free_slots;

    if (d->staged_slots != 0) {
        may_store(a, ACT_PUBLISH, publish_addr());
        if (room && step_config.batches)
            may(a, ACT_ADD);
        return;
    }
    if (room)
        may(a, ACT_ADD);
    if (d->records == 0)
        return;
    may(a, ACT_LOOK);
    sleep_actions(a);
}

/* A completion that the loop has not looked at changes nothing for anybody else:
 * what others do before the turn, they may as well do before the completion.
 * (What the fetch saw is settled by the choices at their stores.) So between
 * completions and their turn there is nothing but more completions. */
static void actions_list(struct actions *a)
{
    const struct ring_driver *d = &step.driver;

    a->count = 0;
    device_actions(a);
    if (step.card.cpls != 0)
        return;
    if (d->pc == RING_FREE)
        free_actions(a);
    else if (d->pc != RING_ASLEEP)
        may_store(a, ACT_DRIVER, ring_driver_store_addr(d, &step_config.rules));
    else if (step.card.irq && step_config.polite)
        may_store(a, ACT_WAKE, STEP_DRIVER_EVENT);
    else if (step.card.irq)
        may(a, ACT_WAKE);
}

/* An interrupt from before is none any more: the look that follows has to find
 * what it was about. */
static void do_sleep(uint32_t ahead)
{
    struct ring_event e = {0, RING_EVENT_ENABLE};
    struct ring_place p = step.driver.used;

    if (step_config.rules.event_idx) {
        ring_place_move(&p, step_config.rules.size, ahead);
        e.position = (uint16_t)(p.slot | p.wrap << 15);
        e.flags = RING_EVENT_DESC;
    }
    step.card.irq = 0;
    ring_driver_event(&step.driver, &env, e, true);
}

static void do_wake(void)
{
    const struct ring_event off = {0, RING_EVENT_DISABLE};

    step.card.irq = 0;
    if (step_config.polite)
        ring_driver_event(&step.driver, &env, off, false);
    ring_driver_wake(&step.driver);
}

static void do_add(void)
{
    struct ring_driver_buffer b = planned(step.added);

    if (!ring_driver_add(&step.driver, &step_config.rules, &b))
        step_fail("driver: no room for a buffer");
    step.added++;
}

static void driver_do(uint32_t action)
{
    switch (action & ~1u) {
    case ACT_DRIVER:
        ring_driver_step(&step.driver, &env);
        break;
    case ACT_ADD:
        do_add();
        break;
    case ACT_PUBLISH:
        ring_driver_publish(&step.driver);
        ring_driver_step(&step.driver, &env);
        break;
    case ACT_LOOK:
        ring_driver_look(&step.driver);
        ring_driver_step(&step.driver, &env);
        break;
    case ACT_WAKE:
        do_wake();
        break;
    default:
        do_sleep((action - ACT_SLEEP) / 2);
        break;
    }
}

static uint64_t action_addr(uint32_t action)
{
    if ((action & ~1u) == ACT_DRIVER)
        return ring_driver_store_addr(&step.driver, &step_config.rules);
    return (action & ~1u) == ACT_PUBLISH ? publish_addr() : STEP_DRIVER_EVENT;
}

static void action_do(uint32_t action)
{
    switch (action) {
    case ACT_FETCH:
        step_fetch_end();
        return;
    case ACT_WRITE:
        step_write();
        return;
    case ACT_RUN:
        step_run_end();
        return;
    case ACT_TURN:
        step_turn();
        return;
    default:
        break;
    }
    if (action & 1u)
        step_sample(action_addr(action));
    driver_do(action);
}

/* ---- States --------------------------------------------------------------------- */

static bool failed;

static uint64_t *table; /* fingerprints, 0: empty */
static uint64_t table_mask, table_used;

static uint64_t fingerprint(void)
{
    const uint64_t *p = (const uint64_t *)(const void *)&step;
    uint64_t h = 0x9e3779b97f4a7c15ull;

    _Static_assert(sizeof step % 8 == 0, "hashed by words");
    for (size_t i = 0; i < sizeof step / 8; i++) {
        h = (h ^ p[i]) * 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    return h ? h : 1;
}

static bool table_put(uint64_t key)
{
    uint64_t at = key & table_mask;

    while (table[at] != 0) {
        if (table[at] == key)
            return false;
        at = (at + 1) & table_mask;
    }
    table[at] = key;
    table_used++;
    return true;
}

static void *must(void *p)
{
    if (!p) {
        fputs("exhaust: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void table_grow(void)
{
    uint64_t *old = table, old_size = table ? table_mask + 1 : 0;
    uint64_t size = old ? 4 * old_size : 1u << 16;

    table = must(calloc(size, sizeof *table));
    table_mask = size - 1;
    table_used = 0;
    for (uint64_t i = 0; i < old_size; i++)
        if (old[i] != 0)
            (void)table_put(old[i]);
    free(old);
}

/* True: not seen before. */
static bool state_new(void)
{
    if (!table || 2 * table_used > table_mask)
        table_grow();
    return table_put(fingerprint());
}

/* ---- Properties ------------------------------------------------------------------ */

/* `a`: what can happen now. */
static void check_state(const struct actions *a)
{
    struct actions device = {0};

    if (step_fault)
        return;
    device_actions(&device);
    if (device.count == 0 && step.driver.pc == RING_ASLEEP && !step.card.irq)
        check(ring_model_quiet(&step.model));
    if (a->count != 0)
        return;
    if (step.driver.pc == RING_ASLEEP)
        step_fail("the driver sleeps and the device does nothing");
    else if (step.added != step_config.buffers ||
             step.back != step_config.buffers || step.model.seen_count != 0)
        step_fail("a buffer is lost");
    check(ring_model_quiet(&step.model));
    check(ring_model_drained(&step.model));
}

/* ---- Search ---------------------------------------------------------------------- */

struct frame {
    struct step_world world;
    struct actions actions;
    uint32_t next;
};

static struct {
    struct frame *frame;
    uint32_t depth, room;
    uint32_t deepest;
    uint64_t states, steps;
    bool cut; /* there are more states than memory */
} search;

static void push(const struct actions *a)
{
    struct frame *f;

    if (search.depth == search.room) {
        search.room = search.room ? 2 * search.room : 256;
        search.frame =
            must(realloc(search.frame, search.room * sizeof *search.frame));
    }
    f = &search.frame[search.depth++];
    f->world = step;
    f->actions = *a;
    f->next = 0;
    if (search.depth > search.deepest)
        search.deepest = search.depth;
    search.cut = ++search.states == STATES_MAX;
}

/* The current state, if it is new. A turn that changes nothing while nothing
 * else can happen is a standstill, too. */
static void enter(void)
{
    struct actions a;

    if (!step_fault && !state_new())
        return;
    actions_list(&a);
    check_state(&a);
    push(&a);
}

static void step_from(struct frame *f)
{
    uint32_t action = f->actions.at[f->next++];
    bool only = f->actions.count == 1 && action == ACT_TURN;

    step = f->world;
    search.steps++;
    action_do(action);
    if (only && memcmp(&step, &f->world, sizeof step) == 0)
        step_fail("the loop turns for ever and nothing happens");
    enter();
}

/* True: no rule was broken anywhere. */
static bool explore(void)
{
    free(table);
    table = NULL;
    search.depth = 0;
    step_power_up();
    enter();
    while (!step_fault && !search.cut && search.depth != 0) {
        struct frame *f = &search.frame[search.depth - 1];

        if (f->next == f->actions.count)
            search.depth--;
        else
            step_from(f);
    }
    return step_fault == NULL;
}

/* ---- What went wrong ---------------------------------------------------------------- */

static bool possible(const struct actions *a, uint32_t action)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (a->at[i] == action)
            return true;
    return false;
}

static const char *action_name(uint32_t action)
{
    static const char *const doing[] = {"-",
                                        "store a member",
                                        "store the member's body",
                                        "store the head's body",
                                        "store the head's flags",
                                        "read the device's event area",
                                        "look at the used slot",
                                        "take the used descriptor",
                                        "look again before sleep",
                                        "-"};

    switch (action & 0x80 ? action : action & ~1u) {
    case ACT_DRIVER:
        return doing[step.driver.pc];
    case ACT_ADD:
        return "add a buffer";
    case ACT_PUBLISH:
        return "store the first of what is to be published";
    case ACT_LOOK:
        return "look at the used slot";
    case ACT_WAKE:
        return "wake up by the interrupt";
    case ACT_FETCH:
        return "a fetch ends";
    case ACT_WRITE:
        return "a write leaves";
    case ACT_RUN:
        return "a run ends";
    case ACT_TURN:
        return "the loop turns";
    default:
        return "enable interrupts";
    }
}

static void say(uint32_t action)
{
    bool device = action >= ACT_FETCH;

    printf("#   %-7s %s", device ? "device" : "driver", action_name(action));
    if (!device && (action & ~1u) >= ACT_SLEEP)
        printf(", at %u slots", (action - ACT_SLEEP) / 2);
    if (action == ACT_WRITE)
        printf(" to 0x%x, op %u", step.card.write[0].addr,
               step.card.write[0].cmd >> RL_CMD_OP_LSB & 15u);
    if (action == ACT_FETCH)
        printf(" of 0x%x, %u bytes", step.card.fetch[0].addr,
               step.card.fetch[0].bytes);
    if (action == ACT_FETCH && step.card.fetch[0].addr == STEP_DRIVER_EVENT)
        printf(", flags %u position 0x%x", step.card.driver_event.flags,
               step.card.driver_event.position);
    if (action == ACT_WRITE && step.card.write[0].addr == STEP_DEVICE_EVENT)
        printf(", 0x%x", step.card.write[0].data[0]);
    if (!device && (action & 1u))
        printf("; a fetch has just seen what was there before");
    putchar('\n');
}

static bool replay_step(uint32_t action, bool tell)
{
    struct actions a;

    actions_list(&a);
    if (step_fault || !possible(&a, action))
        return false;
    if (tell)
        say(action);
    action_do(action);
    actions_list(&a);
    check_state(&a);
    return true;
}

/* Without choices: the device goes first, then the driver looks and sleeps. */
static void replay_rest(bool tell)
{
    struct actions a;

    for (uint32_t n = 0; n < 1000 && !step_fault; n++) {
        actions_list(&a);
        if (a.count == 0)
            return;
        (void)replay_step(a.at[0], tell);
        if (step.driver.pc == RING_FREE && step.driver.staged_slots == 0 &&
            step.driver.records != 0)
            (void)replay_step(ACT_SLEEP, tell);
    }
}

static void replay(const uint32_t *list, uint32_t count, bool tell)
{
    struct actions a;

    step_power_up();
    actions_list(&a);
    for (uint32_t i = 0; i < count; i++)
        (void)replay_step(list[i], tell);
    replay_rest(tell);
}

static bool replay_fails(void *ctx, const uint32_t *list, uint32_t count)
{
    (void)ctx;
    replay(list, count, false);
    return step_fault != NULL;
}

static void explain(void)
{
    uint32_t *list = must(malloc((search.depth + 1) * sizeof *list));
    uint32_t count = 0;

    for (uint32_t i = 0; i + 1 < search.depth; i++)
        list[count++] = search.frame[i].actions.at[search.frame[i].next - 1];
    printf("# %s\n", step_fault);
    printf("# found after %llu states, %u steps deep\n",
           (unsigned long long)search.states, count);
    if (replay_fails(NULL, list, count)) {
        count = shrink(list, count, replay_fails, NULL);
        printf("# as short as it gets:\n");
        replay(list, count, true);
        printf("#   -> %s\n", step_fault ? step_fault : "?");
    }
    free(list);
}

/* ---- Bounds ------------------------------------------------------------------------ */

/* What a search is about, in short. */
struct bound {
    uint16_t size;
    uint8_t word[2]; /* shapes, by turns */
    bool in_order, event_idx, fill, batches, flags_first, polite;
    uint8_t depth; /* of the write queue */
    uint8_t laps;  /* descriptors, in ring sizes */
};

static void configure(const struct bound *b)
{
    struct step_config *c = &step_config;
    uint32_t slots = 0;

    memset(c, 0, sizeof *c);
    c->rules.size = b->size;
    c->rules.in_order = b->in_order;
    c->rules.event_idx = b->event_idx;
    c->rules.indirect = ((b->word[0] | b->word[1]) & 16u) != 0;
    c->rd_depth = 4;
    c->wr_depth = b->depth;
    c->frame_bytes = b->fill ? 24 : 0;
    c->batches = b->batches;
    c->flags_first = b->flags_first;
    c->polite = b->polite;
    env.flags_first = b->flags_first;
    while (slots < (uint32_t)b->laps * b->size && c->buffers < STEP_BUFFERS) {
        c->shape[c->buffers] = b->word[c->buffers & 1u];
        slots += planned_slots(c->buffers++);
    }
}

static void say_bound(const struct bound *b)
{
    printf("size %u, %s, %s%s%s%s%s, buffers of %u%s and %u%s, %u in all, "
           "%u writes queued",
           b->size, b->in_order ? "in order" : "any order",
           b->fill ? "filled" : "read", b->event_idx ? ", EVENT_IDX" : "",
           b->batches ? ", batches" : "", b->flags_first ? ", flags first" : "",
           b->polite ? "" : ", interrupts always on", b->word[0] & 15u,
           b->word[0] & 16u ? " in a table" : "", b->word[1] & 15u,
           b->word[1] & 16u ? " in a table" : "", step_config.buffers,
           b->depth);
}

static struct {
    uint32_t done, failed, cut;
    uint64_t states, steps;
    uint32_t deepest;
} sum;

static void sum_up(void)
{
    sum.done++;
    sum.states += search.states;
    sum.steps += search.steps;
    if (search.deepest > sum.deepest)
        sum.deepest = search.deepest;
}

static void search_bound(const struct bound *b)
{
    bool good;

    configure(b);
    search.states = search.steps = 0;
    search.deepest = 0;
    search.cut = false;
    good = explore();
    sum_up();
    if (search.cut) {
        sum.cut++;
        printf("# stopped at %llu states: ", (unsigned long long)search.states);
        say_bound(b);
        putchar('\n');
    }
    if (good)
        return;
    sum.failed++;
    printf("# ");
    say_bound(b);
    putchar('\n');
    explain();
}

/* ---- Sets of bounds ---------------------------------------------------------------- */

/* Both orders, and for queues that read or fill. */
static void search_orders(struct bound b)
{
    bool tables = ((b.word[0] | b.word[1]) & 16u) != 0;

    for (int order = 0; order < 2; order++)
        for (int fill = 0; fill < (tables ? 1 : 2); fill++) {
            b.in_order = order == 0;
            b.fill = fill == 1;
            search_bound(&b);
        }
}

/* All buffers of one length, or of two by turns. */
static void search_words(struct bound b)
{
    uint8_t longest = b.size < 3 ? (uint8_t)b.size : 3;

    for (uint8_t first = 1; first <= longest; first++)
        for (uint8_t second = 1; second <= longest; second++) {
            b.word[0] = first;
            b.word[1] = second;
            search_orders(b);
        }
}

static void search_tables(struct bound b)
{
    static const uint8_t words[][2] = {{17, 17}, {18, 1}, {18, 17}, {19, 2}};

    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        if ((words[i][0] & 15u) > b.size || (words[i][1] & 15u) > b.size)
            continue;
        memcpy(b.word, words[i], 2);
        search_orders(b);
    }
}

/* One line of results for all searches that `run` makes. */
static void result(const char *what, struct bound b,
                   void (*run)(struct bound b))
{
    static uint32_t number;
    struct timespec from, to;

    memset(&sum, 0, sizeof sum);
    timespec_get(&from, TIME_UTC);
    run(b);
    timespec_get(&to, TIME_UTC);
    printf("%sok %u - exhaustive: size %u, %s, %u laps\n",
           sum.failed ? "not " : "", ++number, b.size, what, b.laps);
    printf("# %u searches, %llu states, %llu steps, %u deep, %.1f s%s\n",
           sum.done, (unsigned long long)sum.states,
           (unsigned long long)sum.steps, sum.deepest,
           (double)(to.tv_sec - from.tv_sec) +
               1e-9 * (double)(to.tv_nsec - from.tv_nsec),
           sum.cut ? ", NOT COMPLETE" : "");
    fflush(stdout);
    if (sum.failed)
        failed = true;
}

static void quick(void)
{
    struct bound b = {.polite = true, .depth = 8, .laps = 2};

    printf("1..9\n");
    for (b.size = 1; b.size <= 2; b.size++)
        result("all buffers", b, search_words);
    b.batches = true;
    b.depth = 2;
    b.size = 2;
    result("batches, short write queue", b, search_words);
    b = (struct bound){.polite = true, .depth = 8, .laps = 1};
    b.size = 3;
    result("all buffers", b, search_words);
    b.event_idx = true;
    b.size = 2;
    result("EVENT_IDX", b, search_words);
    b.event_idx = false;
    result("tables", b, search_tables);
    b.size = 4;
    b.word[0] = 2;
    b.word[1] = 1;
    result("buffers of 2 and 1", b, search_orders);
    b.flags_first = true;
    b.size = 3;
    b.laps = 2;
    result("buffers of 2 and 1, flags first", b, search_orders);
    b.laps = 1;
    result("tables, flags first", b, search_tables);
}

static void full(void)
{
    struct bound b = {.polite = true, .depth = 8, .laps = 2};

    printf("1..35\n");
    for (b.size = 1; b.size <= 4; b.size++) {
        struct bound one = b;

        one.laps = b.size < 3 ? 3 : 2;
        result("all buffers", one, search_words);
        one.batches = true;
        one.depth = 2;
        one.laps = b.size < 4 ? 2 : 1;
        result("batches, short write queue", one, search_words);
        one = b;
        one.polite = false;
        one.laps = b.size < 4 ? 2 : 1;
        result("interrupts always on", one, search_words);
        one = b;
        one.event_idx = true;
        one.laps = b.size < 3 ? 2 : 1;
        result("EVENT_IDX", one, search_words);
        one.batches = true;
        result("EVENT_IDX, batches", one, search_words);
        one = b;
        one.laps = b.size < 4 ? 2 : 1;
        result("tables", one, search_tables);
        one.batches = true;
        one.event_idx = true;
        one.laps = 1;
        result("tables, EVENT_IDX, batches", one, search_tables);
    }
    b.flags_first = true;
    for (b.size = 2; b.size <= 4; b.size++) {
        result("all buffers, flags first", b, search_words);
        result("tables, flags first", b, search_tables);
    }
    b.flags_first = false;
    b.size = 3;
    b.event_idx = true;
    b.word[0] = 1;
    b.word[1] = 2;
    result("EVENT_IDX, buffers of 1 and 2", b, search_orders);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "quick";

    if (!strcmp(what, "full"))
        full();
    else
        quick();
    return failed;
}
