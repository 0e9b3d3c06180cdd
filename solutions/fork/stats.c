/* stats.c - the four numbers, when every client has a process of its own. */
#include "stats.h"

//@ starter
#include "sem.h"
//@ end

#include <stddef.h>
#include <sys/mman.h>

struct shared {
    //@ begin 2b: (after pool/stats.c) a lock that works between processes.
    sem_t lock;             /* guards all */
    //@ end
    struct stats all;
};

static struct shared *shared;

int stats_open(void)
{
    //@ begin 1d: memory that all processes share, not a copy for each.
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    //@ stub static struct shared here;
    //@ stub shared = &here;
    //@ end
    //@ starter
    /* The 1 in the middle says: between processes. A child that is killed
     * while it holds the lock keeps it for ever; a mutex made "robust" would
     * tell the next one, at the price of ten more lines. */
    if (sem_init(&shared->lock, 1, 1) == -1)
        return -1;
    //@ end
    return 0;
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    //@ starter
    sem_down(&shared->lock);
    //@ end
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    //@ starter
    sem_up(&shared->lock);
    //@ end
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    //@ starter
    sem_down(&shared->lock);
    //@ end
    all->served++;
    all->bytes += bytes;
    all->active--;
    //@ starter
    sem_up(&shared->lock);
    //@ end
}

void stats_read(struct stats *s)
{
    //@ starter
    sem_down(&shared->lock);
    //@ end
    *s = shared->all;
    //@ starter
    sem_up(&shared->lock);
    //@ end
}
