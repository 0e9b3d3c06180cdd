/* stats.c - the four numbers, under one lock. Given: nothing is wrong here. */
#include "stats.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stats all;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&lock);
    if (++all.active > all.peak)
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
