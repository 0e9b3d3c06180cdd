/* stats.c - four numbers under a spinlock in shared memory: an atomic flag
 * needs no kernel, so it does not matter whose threads it keeps apart.
 */
#include "stats.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared {
    atomic_flag taken;
    struct stats all;
};

static struct shared *shared;

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&shared->taken,
                                             memory_order_acquire))
        sched_yield();
}

int stats_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    atomic_flag_clear(&shared->taken);
    return 0;
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    lock();
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    atomic_flag_clear_explicit(&shared->taken, memory_order_release);
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    lock();
    all->served++;
    all->bytes += bytes;
    all->active--;
    atomic_flag_clear_explicit(&shared->taken, memory_order_release);
}

void stats_read(struct stats *s)
{
    lock();
    *s = shared->all;
    atomic_flag_clear_explicit(&shared->taken, memory_order_release);
}
