/* stats.c - the numbers are changed in no time, so a small lock does. */
#include "stats.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static atomic_bool taken;
static struct stats all;        /* guarded by taken */

static void lock(void)
{
    while (atomic_exchange(&taken, true))
        sched_yield();
}

static void unlock(void)
{
    atomic_store(&taken, false);
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    lock();
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    unlock();
}

void stats_end(long bytes)
{
    lock();
    all.served++;
    all.bytes += bytes;
    all.active--;
    unlock();
}

void stats_read(struct stats *s)
{
    lock();
    *s = all;
    unlock();
}
