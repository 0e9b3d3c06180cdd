/* stats.c - the four numbers, when every client has a process of its own. */
#include "stats.h"

#include "sem.h"

#include <stddef.h>
#include <sys/mman.h>

struct shared {
    sem_t lock;
    struct stats all;
};

static struct shared *shared;

int stats_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    return sem_init(&shared->lock, 1, 1);
}

void stats_begin(void)
{
    sem_down(&shared->lock);
    shared->all.active++;
    if (shared->all.active > shared->all.peak)
        shared->all.peak = shared->all.active;
    sem_up(&shared->lock);
}

void stats_end(long bytes)
{
    sem_down(&shared->lock);
    shared->all.served++;
    shared->all.bytes += bytes;
    shared->all.active--;
    sem_up(&shared->lock);
}

void stats_read(struct stats *s)
{
    sem_down(&shared->lock);
    *s = shared->all;
    sem_up(&shared->lock);
}
