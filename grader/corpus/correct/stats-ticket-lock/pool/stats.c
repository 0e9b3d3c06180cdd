/* stats.c - four numbers under a ticket lock: first come, first served. */
#include "stats.h"

#include <sched.h>
#include <stdatomic.h>

static atomic_uint next_ticket, now_serving;
static struct stats all;

static void lock(void)
{
    unsigned mine = atomic_fetch_add(&next_ticket, 1);

    while (atomic_load_explicit(&now_serving, memory_order_acquire) != mine)
        sched_yield();
}

static void unlock(void)
{
    unsigned next = atomic_load_explicit(&now_serving, memory_order_relaxed) + 1;

    atomic_store_explicit(&now_serving, next, memory_order_release);
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
