/* stats.c - the four numbers, when every client has a thread of its own. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>

static struct {
    pthread_spinlock_t lock;
    struct stats now;
} page;

int stats_open(void)
{
    errno = pthread_spin_init(&page.lock, PTHREAD_PROCESS_PRIVATE);
    return errno ? -1 : 0;
}

void stats_begin(void)
{
    pthread_spin_lock(&page.lock);
    page.now.active++;
    if (page.now.peak < page.now.active)
        page.now.peak = page.now.active;
    pthread_spin_unlock(&page.lock);
}

void stats_end(long bytes)
{
    pthread_spin_lock(&page.lock);
    page.now.active--;
    page.now.served++;
    page.now.bytes += bytes;
    pthread_spin_unlock(&page.lock);
}

void stats_read(struct stats *s)
{
    pthread_spin_lock(&page.lock);
    *s = page.now;
    pthread_spin_unlock(&page.lock);
}
