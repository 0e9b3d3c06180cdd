/* stats.c - shared memory, and a mutex that is shared and robust: when its
 * holder is killed, the next one is told and goes on. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

static struct shared {
    pthread_mutex_t lock;
    struct stats all;
} *shared;

static void enter(void)
{
    if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->lock);
}

static void leave(void)
{
    pthread_mutex_unlock(&shared->lock);
}

int stats_open(void)
{
    pthread_mutexattr_t attr;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    errno = pthread_mutexattr_init(&attr);
    if (errno)
        return -1;
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    errno = pthread_mutex_init(&shared->lock, &attr);
    int failed = errno != 0;
    pthread_mutexattr_destroy(&attr);
    return failed ? -1 : 0;
}

void stats_begin(void)
{
    enter();
    if (++shared->all.active > shared->all.peak)
        shared->all.peak = shared->all.active;
    leave();
}

void stats_end(long bytes)
{
    enter();
    shared->all.active--;
    shared->all.served++;
    shared->all.bytes += bytes;
    leave();
}

void stats_read(struct stats *s)
{
    enter();
    *s = shared->all;
    leave();
}
