/* stats.c - four numbers under a mutex that works between processes. It is
 * robust: who gets it after its owner was killed is told so, and goes on.
 */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared {
    pthread_mutex_t lock;   /* guards all */
    struct stats all;
};

static struct shared *shared;

/* A request that was half counted by a child that was killed stays so. */
static void lock(void)
{
    if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->lock);
}

int stats_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;

    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    errno = pthread_mutex_init(&shared->lock, &how);
    pthread_mutexattr_destroy(&how);
    return errno ? -1 : 0;
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    lock();
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    pthread_mutex_unlock(&shared->lock);
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    lock();
    all->served++;
    all->bytes += bytes;
    all->active--;
    pthread_mutex_unlock(&shared->lock);
}

void stats_read(struct stats *s)
{
    lock();
    *s = shared->all;
    pthread_mutex_unlock(&shared->lock);
}
