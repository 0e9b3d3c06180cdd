/* memory.c - where things are, and putting the program's data back.
 *
 * explore-cc gives the program's own .data and .bss names of their own, and
 * the linker knows where they begin and end, so one copy puts them back.
 * What libc keeps for itself (stdio, locale) stays as the last run left it.
 */
#include "memory.h"

#include "heap.h"
#include "steps.h"
#include "tls.h"
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern char __start_explore_data[] __attribute__((weak));
extern char __stop_explore_data[] __attribute__((weak));
extern char __start_explore_bss[] __attribute__((weak));
extern char __stop_explore_bss[] __attribute__((weak));
extern char __data_start[], _end[];     /* with the explorer's between them */

static char *before;        /* .data as it was */

static size_t data_size(void)
{
    return (size_t)(__stop_explore_data - __start_explore_data);
}

int memory_open(void)
{
    before = malloc(data_size() + 1);
    if (!before)
        return -1;
    memcpy(before, __start_explore_data, data_size());
    return 0;
}

void memory_reset(void)
{
    memcpy(__start_explore_data, before, data_size());
    memset(__start_explore_bss, 0,
           (size_t)(__stop_explore_bss - __start_explore_bss));
}

struct place place_of(const void *address)
{
    const char *p = address;

    if (p >= __start_explore_data && p < __stop_explore_data)
        return (struct place){ GLOBALS, 0,
                               (uint64_t)(p - __start_explore_data) };
    if (p >= __start_explore_bss && p < __stop_explore_bss)
        return (struct place){ GLOBALS, 1,
                               (uint64_t)(p - __start_explore_bss) };
    if (p >= heap_start && p < heap_start + HEAP_SIZE)
        return (struct place){ HEAP, 0, (uint64_t)(p - heap_start) };
    if (self && tls_holds(self, p)) /* of a real thread it is on its stack */
        return (struct place){ OWN_TLS, self->id, 0 };
    if (p >= stacks && p < stacks + (size_t)MAX_THREADS * STACK) {
        int t = (int)((size_t)(p - stacks) / STACK);
        return (struct place){ STACKS, t,
                               (uint64_t)(run.thread[t].frame - p) };
    }
    return (struct place){ OUTSIDE, 0, 0 };
}

/* In the explorer's own data, or in regions that are only its own. */
static bool explorers(const char *p)
{
    return (p >= __data_start && p < _end) ||
           ((uintptr_t)p >= OURS_AT(0) && (uintptr_t)p < OURS_AT(OUR_REGIONS));
}

static void check_at(enum region region, const void *address, size_t size,
                     bool write, uint32_t pc)
{
    if (region == HEAP)
        heap_check(address, size, write, pc);
    if (region == OUTSIDE && write && explorers(address))
        verdict(CRASH, "a write that leads astray",
                "T%d writes %lu bytes at %p, which is not the program's "
                "memory, at {c:%x}", self->id, (unsigned long)size, address,
                pc);
}

void place_check(const void *address, size_t size, bool write, uint32_t pc)
{
    check_at(place_of(address).region, address, size, write, pc);
}

void access_memory(const void *address, size_t size, bool write, uint32_t pc)
{
    struct place where;

    if (!run.on || size == 0)
        return;
    where = place_of(address);
    if (where.region == OWN_TLS)
        return;             /* a thread's own, and nobody else's */
    step_plain(pc, write && !(where.region == STACKS &&
                              where.thread == self->id));
    check_at(where.region, address, size, write, pc);
    race_check(address, size, write, false, pc);
    tell_access(write ? WRITE : READ, address, (int)(size > 8 ? 8 : size), pc);
}

void touch_memory(const void *address, size_t size, bool write, uint32_t pc)
{
    struct place where = place_of(address);

    if (size == 0 || where.region == OWN_TLS)
        return;
    check_at(where.region, address, size, write, pc);
    race_check(address, size, write, false, pc);
}
