/* stats.c - the four numbers, when every client has a thread of its own. */
#include "stats.h"

#include <pthread.h>

static struct stats all;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;   /* for all of all */

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&mutex);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    pthread_mutex_unlock(&mutex);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&mutex);
    all.served++;
    all.bytes += bytes;
    all.active--;
    pthread_mutex_unlock(&mutex);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&mutex);
    *s = all;
    pthread_mutex_unlock(&mutex);
}
