/* stats.c */
#include "stats.h"

#include <pthread.h>

static struct stats total;
static pthread_mutex_t total_lock;

int stats_open(void)
{
    pthread_mutexattr_t a;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&total_lock, &a);
    pthread_mutexattr_destroy(&a);
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&total_lock);
    struct stats t = total;
    t.active++;
    t.peak = t.active > t.peak ? t.active : t.peak;
    total = t;
    pthread_mutex_unlock(&total_lock);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&total_lock);
    struct stats t = total;
    t.active--;
    t.served++;
    t.bytes += bytes;
    total = t;
    pthread_mutex_unlock(&total_lock);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&total_lock);
    *s = total;
    pthread_mutex_unlock(&total_lock);
}
