/* stats.c - the four numbers, when every client has a thread of its own. */
#include "stats.h"

//@ starter
#include <pthread.h>

/* One lock for four numbers, because they have to agree with each other.
 * Whoever touches `all` holds it, readers too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
//@ end
static struct stats all;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    //@ starter
    pthread_mutex_lock(&lock);
    //@ end
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    //@ starter
    pthread_mutex_unlock(&lock);
    //@ end
}

void stats_end(long bytes)
{
    //@ starter
    pthread_mutex_lock(&lock);
    //@ end
    all.served++;
    all.bytes += bytes;
    all.active--;
    //@ starter
    pthread_mutex_unlock(&lock);
    //@ end
}

void stats_read(struct stats *s)
{
    //@ starter
    pthread_mutex_lock(&lock);
    //@ end
    *s = all;
    //@ starter
    pthread_mutex_unlock(&lock);
    //@ end
}
