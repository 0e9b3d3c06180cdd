/* stats.c - a sequence lock.
 *
 * Writers exclude each other by a mutex, and while one of them writes the
 * sequence is odd. A reader locks nothing: its copy is good if the sequence
 * was even before and is the same after. One who has no luck waits like a
 * writer, so that nobody spins. The numbers themselves are atomic, because
 * they may be read while they are written; the fences order them (Boehm, Can
 * seqlocks get along with programming language memory models, 2012).
 */
#include "stats.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define GET(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define SET(x, to) atomic_store_explicit(&(x), (to), memory_order_relaxed)

enum { TRIES = 3 };

static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint sequence;
static atomic_long served, bytes;
static atomic_int active, peak;

static void write_begin(void)
{
    pthread_mutex_lock(&writer);
    SET(sequence, GET(sequence) + 1);
    atomic_thread_fence(memory_order_release);
}

static void write_end(void)
{
    atomic_store_explicit(&sequence, GET(sequence) + 1, memory_order_release);
    pthread_mutex_unlock(&writer);
}

static void copy(struct stats *s)
{
    s->served = GET(served);
    s->bytes = GET(bytes);
    s->active = GET(active);
    s->peak = GET(peak);
}

static bool try_copy(struct stats *s)
{
    unsigned before = atomic_load_explicit(&sequence, memory_order_acquire);

    copy(s);
    atomic_thread_fence(memory_order_acquire);
    return before % 2 == 0 && GET(sequence) == before;
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    write_begin();
    int now = GET(active) + 1;
    SET(active, now);
    if (now > GET(peak))
        SET(peak, now);
    write_end();
}

void stats_end(long n)
{
    write_begin();
    SET(served, GET(served) + 1);
    SET(bytes, GET(bytes) + n);
    SET(active, GET(active) - 1);
    write_end();
}

void stats_read(struct stats *s)
{
    for (int i = 0; i < TRIES; i++)
        if (try_copy(s))
            return;
    pthread_mutex_lock(&writer);
    copy(s);
    pthread_mutex_unlock(&writer);
}
