/* stats.c - the four numbers, when every client has a thread of its own. */
#include "stats.h"

#include <pthread.h>

/* One lock for four numbers, because they have to agree with each other.
 * Whoever touches `all` holds it, readers too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stats all;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&lock);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    pthread_mutex_unlock(&lock);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&lock);
    all.served++;
    all.bytes += bytes;
    all.active--;
    pthread_mutex_unlock(&lock);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&lock);
    *s = all;
    pthread_mutex_unlock(&lock);
}
