/* stats.c - four numbers under a semaphore. */
#include "stats.h"

#include "sem.h"

static sem_t lock;
static struct stats all;

int stats_open(void)
{
    return sem_init(&lock, 0, 1);
}

void stats_begin(void)
{
    sem_down(&lock);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    sem_up(&lock);
}

void stats_end(long bytes)
{
    sem_down(&lock);
    all.served++;
    all.bytes += bytes;
    all.active--;
    sem_up(&lock);
}

void stats_read(struct stats *s)
{
    sem_down(&lock);
    *s = all;
    sem_up(&lock);
}
