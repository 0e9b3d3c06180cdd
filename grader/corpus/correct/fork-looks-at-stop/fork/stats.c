/* stats.c - the four numbers, in memory that all processes share, under a
 * semaphore that works between processes.
 */
#include "stats.h"

#include "sem.h"

#include <stddef.h>
#include <sys/mman.h>

struct shared {
    sem_t lock;             /* guards all */
    struct stats all;
};

static struct shared *shared;

int stats_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    return sem_init(&shared->lock, 1, 1);   /* the first 1: between processes */
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    sem_down(&shared->lock);
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    sem_up(&shared->lock);
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    sem_down(&shared->lock);
    all->served++;
    all->bytes += bytes;
    all->active--;
    sem_up(&shared->lock);
}

void stats_read(struct stats *s)
{
    sem_down(&shared->lock);
    *s = shared->all;
    sem_up(&shared->lock);
}
