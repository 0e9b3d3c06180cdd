/* stats.c - the four numbers, when every client has a process of its own. */
#include "stats.h"

#include <stddef.h>
#include <sys/mman.h>

struct shared {
    // TODO 2b: (after pool/stats.c) a lock that works between processes.
    struct stats all;
};

static struct shared *shared;

int stats_open(void)
{
    // TODO 1d: memory that all processes share, not a copy for each.
    static struct shared here;
    shared = &here;
    return 0;
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    all->served++;
    all->bytes += bytes;
    all->active--;
}

void stats_read(struct stats *s)
{
    *s = shared->all;
}
