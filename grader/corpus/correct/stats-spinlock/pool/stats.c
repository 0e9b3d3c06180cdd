/* stats.c - four numbers under a spinlock: the critical sections are short. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>

static pthread_spinlock_t lock;
static struct stats all;

int stats_open(void)
{
    errno = pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    return errno ? -1 : 0;
}

void stats_begin(void)
{
    pthread_spin_lock(&lock);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    pthread_spin_unlock(&lock);
}

void stats_end(long bytes)
{
    pthread_spin_lock(&lock);
    all.served++;
    all.bytes += bytes;
    all.active--;
    pthread_spin_unlock(&lock);
}

void stats_read(struct stats *s)
{
    pthread_spin_lock(&lock);
    *s = all;
    pthread_spin_unlock(&lock);
}
