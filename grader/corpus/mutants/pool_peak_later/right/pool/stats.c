/* stats.c - a readers-writer lock: those who ask do not hinder each other. */
#include "stats.h"

#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct stats all;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_rwlock_wrlock(&lock);
    int now = ++all.active;
    if (now > all.peak)
        all.peak = now;
    pthread_rwlock_unlock(&lock);
}

void stats_end(long bytes)
{
    pthread_rwlock_wrlock(&lock);
    all.active--;
    all.served++;
    all.bytes += bytes;
    pthread_rwlock_unlock(&lock);
}

void stats_read(struct stats *s)
{
    pthread_rwlock_rdlock(&lock);
    *s = all;
    pthread_rwlock_unlock(&lock);
}
