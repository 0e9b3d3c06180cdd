/* stats.c - two locks for two pairs of numbers. Whoever needs both takes
 * `door` first, so that the order of the two does not matter. */
#include "stats.h"

#include <pthread.h>

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t now = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t total = PTHREAD_MUTEX_INITIALIZER;
static struct stats all;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&now);       /* needs one only */
    if (++all.active > all.peak)
        all.peak = all.active;
    pthread_mutex_unlock(&now);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&door);
    pthread_mutex_lock(&total);
    pthread_mutex_lock(&now);
    all.served++;
    all.bytes += bytes;
    all.active--;
    pthread_mutex_unlock(&now);
    pthread_mutex_unlock(&total);
    pthread_mutex_unlock(&door);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&door);
    pthread_mutex_lock(&now);
    pthread_mutex_lock(&total);
    *s = all;
    pthread_mutex_unlock(&total);
    pthread_mutex_unlock(&now);
    pthread_mutex_unlock(&door);
}
