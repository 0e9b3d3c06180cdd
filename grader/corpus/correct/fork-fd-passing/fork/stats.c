/* stats.c - the four numbers in shared memory, under a robust mutex: when a
 * process is killed while it holds the lock, the next one gets it and is told.
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

int stats_open(void)
{
    pthread_mutexattr_t how;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    errno = pthread_mutex_init(&shared->lock, &how);
    pthread_mutexattr_destroy(&how);
    return errno == 0 ? 0 : -1;
}

/* The owner may have died between two of its additions. One request more or
 * less is all there is to lose, so the numbers are taken as they are. */
static void lock(void)
{
    if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->lock);
}

static void unlock(void)
{
    pthread_mutex_unlock(&shared->lock);
}

void stats_begin(void)
{
    lock();
    shared->all.active++;
    if (shared->all.active > shared->all.peak)
        shared->all.peak = shared->all.active;
    unlock();
}

void stats_end(long bytes)
{
    lock();
    shared->all.served++;
    shared->all.bytes += bytes;
    shared->all.active--;
    unlock();
}

void stats_read(struct stats *s)
{
    lock();
    *s = shared->all;
    unlock();
}
