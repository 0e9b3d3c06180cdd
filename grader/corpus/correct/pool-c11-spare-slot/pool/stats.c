/* stats.c - the four numbers and one mutex of the C standard. */
#include "stats.h"

#include <errno.h>
#include <threads.h>

static mtx_t lock;              /* guards all */
static struct stats all;

int stats_open(void)
{
    if (mtx_init(&lock, mtx_plain) == thrd_success)
        return 0;
    errno = ENOMEM;
    return -1;
}

void stats_begin(void)
{
    mtx_lock(&lock);
    all.active++;
    if (all.active > all.peak)
        all.peak = all.active;
    mtx_unlock(&lock);
}

void stats_end(long bytes)
{
    mtx_lock(&lock);
    all.served++;
    all.bytes += bytes;
    all.active--;
    mtx_unlock(&lock);
}

void stats_read(struct stats *s)
{
    mtx_lock(&lock);
    *s = all;
    mtx_unlock(&lock);
}
