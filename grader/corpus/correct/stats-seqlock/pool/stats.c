/* stats.c - a seqlock. A writer makes the sequence odd, writes, and makes it
 * even; a reader who saw an odd one, or two different ones, reads again.
 * (H. Boehm, "Can seqlocks get along with programming language memory
 * models?", 2012: the data are relaxed atomics, the order is in the fences.)
 */
#include "stats.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint sequence;
static struct {
    atomic_long served, bytes;
    atomic_int active, peak;
} all;

static long get(atomic_long *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static int get_int(atomic_int *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static void write_begin(void)
{
    pthread_mutex_lock(&writers);
    unsigned now = atomic_load_explicit(&sequence, memory_order_relaxed);
    atomic_store_explicit(&sequence, now + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static void write_end(void)
{
    unsigned now = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&sequence, now + 1, memory_order_release);
    pthread_mutex_unlock(&writers);
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    write_begin();
    int active = get_int(&all.active) + 1;
    atomic_store_explicit(&all.active, active, memory_order_relaxed);
    if (active > get_int(&all.peak))
        atomic_store_explicit(&all.peak, active, memory_order_relaxed);
    write_end();
}

void stats_end(long bytes)
{
    write_begin();
    atomic_store_explicit(&all.served, get(&all.served) + 1,
                          memory_order_relaxed);
    atomic_store_explicit(&all.bytes, get(&all.bytes) + bytes,
                          memory_order_relaxed);
    atomic_store_explicit(&all.active, get_int(&all.active) - 1,
                          memory_order_relaxed);
    write_end();
}

void stats_read(struct stats *s)
{
    for (;;) {
        unsigned before = atomic_load_explicit(&sequence, memory_order_acquire);
        *s = (struct stats){ get(&all.served), get(&all.bytes),
                             get_int(&all.active), get_int(&all.peak) };
        atomic_thread_fence(memory_order_acquire);
        unsigned after = atomic_load_explicit(&sequence, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            return;
        sched_yield();
    }
}
