/* stats.c - the four numbers, one semaphore that starts at 1. */
#include "stats.h"

#include "sem.h"

static sem_t turn;
static struct stats all;

int stats_open(void)
{
    return sem_init(&turn, 0, 1);
}

void stats_begin(void)
{
    sem_down(&turn);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    sem_up(&turn);
}

void stats_end(long bytes)
{
    sem_down(&turn);
    all.served++;
    all.bytes += bytes;
    all.active--;
    sem_up(&turn);
}

void stats_read(struct stats *s)
{
    sem_down(&turn);
    *s = all;
    sem_up(&turn);
}
