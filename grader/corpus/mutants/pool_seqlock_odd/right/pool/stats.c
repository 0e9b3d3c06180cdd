/* stats.c - a sequence lock. Writers exclude each other by a mutex and make
 * the sequence odd while they write; readers lock nothing, and repeat when
 * it was odd or has moved under their copy. */
#include "stats.h"

#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint sequence;
static atomic_long served, bytes;
static atomic_int active, peak;

int stats_open(void)
{
    return 0;
}

static void write_begin(void)
{
    pthread_mutex_lock(&writer);
    atomic_fetch_add(&sequence, 1);
}

static void write_end(void)
{
    atomic_fetch_add(&sequence, 1);
    pthread_mutex_unlock(&writer);
}

void stats_begin(void)
{
    write_begin();
    int now = atomic_fetch_add(&active, 1) + 1;
    if (now > atomic_load(&peak))
        atomic_store(&peak, now);
    write_end();
}

void stats_end(long n)
{
    write_begin();
    atomic_fetch_add(&served, 1);
    atomic_fetch_add(&bytes, n);
    atomic_fetch_sub(&active, 1);
    write_end();
}

void stats_read(struct stats *s)
{
    unsigned before;

    do {
        before = atomic_load(&sequence);
        s->served = atomic_load(&served);
        s->bytes = atomic_load(&bytes);
        s->active = atomic_load(&active);
        s->peak = atomic_load(&peak);
    } while (before % 2 != 0 || atomic_load(&sequence) != before);
}
