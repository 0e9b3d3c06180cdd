/* stats.c - shared memory with a robust mutex: a process that is killed while
 * it holds the lock hands it on. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared {
    pthread_mutex_t lock;
    struct stats all;
};

static struct shared *shared;

static struct stats *enter(void)
{
    if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->lock);
    return &shared->all;
}

static void leave(void)
{
    pthread_mutex_unlock(&shared->lock);
}

int stats_open(void)
{
    pthread_mutexattr_t a;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    if ((errno = pthread_mutexattr_init(&a)) ||
        (errno = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED)) ||
        (errno = pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST)) ||
        (errno = pthread_mutex_init(&shared->lock, &a)))
        return -1;
    pthread_mutexattr_destroy(&a);
    return 0;
}

void stats_begin(void)
{
    struct stats *all = enter();

    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    leave();
}

void stats_end(long bytes)
{
    struct stats *all = enter();

    all->served++;
    all->bytes += bytes;
    all->active--;
    leave();
}

void stats_read(struct stats *s)
{
    *s = *enter();
    leave();
}
