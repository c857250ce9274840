/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Memory of a guest, shared by file descriptors.
 */
#include "bridge/guest_memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool overlap(uint64_t a, uint64_t b, uint64_t a_bytes, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

static const char *check_file(const struct vu_region *at, int fd)
{
    struct stat s;

    if (fstat(fd, &s))
        return strerror(errno);
    if (!S_ISREG(s.st_mode))
        return "fd is not memory that can be shared";
    if ((uint64_t)s.st_size < at->mmap_offset + at->bytes)
        return "file is smaller than the region";
    return NULL;
}

static const char *check(const struct guest_memory *g,
                         const struct vu_region *at)
{
    if (g->count >= g->most || g->count == GUEST_REGIONS)
        return "too many regions";
    for (unsigned i = 0; i < g->count; i++) {
        const struct vu_region *o = &g->region[i].at;

        if (overlap(at->guest_addr, o->guest_addr, at->bytes, o->bytes))
            return "guest addresses overlap another region";
        if (overlap(at->user_addr, o->user_addr, at->bytes, o->bytes))
            return "user addresses overlap another region";
    }
    return NULL;
}

/* An offset that is no multiple of the page size (or of a huge page) cannot be
 * mapped by itself: then everything before it is mapped too. */
static const char *map(struct guest_region *r, int fd, unsigned flags)
{
    uint64_t skip = r->at.mmap_offset;
    int protection = PROT_READ;

    if (!(flags & DEVICE_MEMORY_READ_ONLY))
        protection |= PROT_WRITE;

    r->map_bytes = r->at.bytes;
    r->map = mmap(NULL, r->map_bytes, protection, MAP_SHARED, fd,
                  (off_t)r->at.mmap_offset);
    if (r->map != MAP_FAILED) {
        r->p = r->map;
        return NULL;
    }
    if (errno == EINVAL && skip) {
        r->map_bytes = skip + r->at.bytes;
        r->map = mmap(NULL, r->map_bytes, protection, MAP_SHARED, fd, 0);
    }
    if (r->map == MAP_FAILED)
        return strerror(errno);
    r->p = (uint8_t *)r->map + skip;
    return NULL;
}

static void unmap(const struct guest_region *r)
{
    if (r->map)
        munmap(r->map, r->map_bytes);
}

int guest_memory_add(struct guest_memory *g, const struct vu_region *at, int fd,
                     unsigned flags, char *why)
{
    struct guest_region r = {.at = *at};
    const char *what = check(g, at);
    char device_why[DEVICE_WHY - 80];

    if (!what && !(flags & DEVICE_MEMORY_REMOTE)) {
        what = check_file(at, fd);
        if (!what)
            what = map(&r, fd, flags);
    }
    if (!what &&
        g->device->map(g->ctx, at->guest_addr, at->bytes, r.p, flags, why)) {
        snprintf(device_why, sizeof device_why, "%s", why);
        what = device_why;
        unmap(&r);
    }
    if (what) {
        snprintf(why, DEVICE_WHY, "memory region at 0x%llx, %llu bytes: %s",
                 (unsigned long long)at->guest_addr,
                 (unsigned long long)at->bytes, what);
        return -1;
    }
    g->region[g->count++] = r;
    return 0;
}

static void drop(struct guest_memory *g, unsigned i)
{
    struct guest_region *r = &g->region[i];

    g->device->unmap(g->ctx, r->at.guest_addr);
    unmap(r);
    g->region[i] = g->region[--g->count];
}

int guest_memory_remove(struct guest_memory *g, const struct vu_region *at)
{
    for (unsigned i = 0; i < g->count; i++) {
        const struct vu_region *o = &g->region[i].at;

        if (o->guest_addr != at->guest_addr || o->bytes != at->bytes ||
            o->user_addr != at->user_addr)
            continue;
        drop(g, i);
        return 0;
    }
    return -1;
}

bool guest_memory_translate(const struct guest_memory *g, uint64_t user_addr,
                            uint64_t bytes, uint64_t *guest_addr)
{
    for (unsigned i = 0; i < g->count; i++) {
        const struct vu_region *at = &g->region[i].at;
        uint64_t offset = user_addr - at->user_addr;

        if (offset >= at->bytes || bytes > at->bytes - offset)
            continue;
        *guest_addr = at->guest_addr + offset;
        return true;
    }
    return false;
}

/* ---- A file cut short ---- */

static struct guest_memory *volatile guarded;
static volatile sig_atomic_t lost;

/* Only system calls that may be made here. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    struct guest_memory *g = guarded;
    uintptr_t addr = (uintptr_t)info->si_addr;

    (void)context;
    for (unsigned i = 0; g && i < g->count; i++) {
        const struct guest_region *r = &g->region[i];

        if (addr - (uintptr_t)r->map >= r->map_bytes)
            continue;
        lost = 1;
        if (mmap(r->map, r->map_bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
                 0) != MAP_FAILED)
            return;
    }
    signal(number, SIG_DFL); /* not ours: it happens again, for real */
}

void guest_memory_guard(struct guest_memory *g)
{
    struct sigaction a = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};

    guarded = g;
    lost = 0;
    sigemptyset(&a.sa_mask);
    sigaction(SIGBUS, &a, NULL);
}

bool guest_memory_lost(const struct guest_memory *g)
{
    return guarded == g && lost;
}

void guest_memory_clear(struct guest_memory *g)
{
    while (g->count)
        drop(g, g->count - 1);
    if (guarded == g)
        lost = 0;
}
