/* stats.c - one mutex for the four numbers. */
#include "stats.h"

#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long served, bytes;
static int active, peak;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&m);
    active++;
    if (peak < active)
        peak = active;
    pthread_mutex_unlock(&m);
}

void stats_end(long n)
{
    pthread_mutex_lock(&m);
    active--;
    served++;
    bytes += n;
    pthread_mutex_unlock(&m);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&m);
    *s = (struct stats){ served, bytes, active, peak };
    pthread_mutex_unlock(&m);
}
