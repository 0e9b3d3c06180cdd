/* stats.c - a monitor: every way in takes the lock, every way out gives it. */
#include "stats.h"

#include <pthread.h>

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static struct stats inside;

static struct stats *enter(void)
{
    pthread_mutex_lock(&door);
    return &inside;
}

static void leave(void)
{
    pthread_mutex_unlock(&door);
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    struct stats *s = enter();

    s->active++;
    if (s->active > s->peak)
        s->peak = s->active;
    leave();
}

void stats_end(long bytes)
{
    struct stats *s = enter();

    s->served++;
    s->active--;
    s->bytes += bytes;
    leave();
}

void stats_read(struct stats *s)
{
    *s = *enter();
    leave();
}
