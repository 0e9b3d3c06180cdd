/* Right: signals after the unlock, which POSIX allows. Helgrind is dubious. */
#include "stats.h"

#include <pthread.h>

enum { MOST = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fewer = PTHREAD_COND_INITIALIZER;
static struct stats all;

void stats_begin(void)
{
    pthread_mutex_lock(&lock);
    while (all.active == MOST)
        pthread_cond_wait(&fewer, &lock);
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
    pthread_cond_signal(&fewer);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&lock);
    *s = all;
    pthread_mutex_unlock(&lock);
}
