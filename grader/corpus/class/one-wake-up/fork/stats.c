/* stats.c - the four numbers, when every client has a process of its own. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

struct shared {
    pthread_mutex_t mutex;
    struct stats all;
};

static struct shared *mem;

int stats_open(void)
{
    pthread_mutexattr_t attr;

    mem = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED)
        return -1;

    /* between processes, and it survives an owner that dies */
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    errno = pthread_mutex_init(&mem->mutex, &attr);
    pthread_mutexattr_destroy(&attr);
    return errno == 0 ? 0 : -1;
}

static void lock(void)
{
    if (pthread_mutex_lock(&mem->mutex) == EOWNERDEAD)
        pthread_mutex_consistent(&mem->mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&mem->mutex);
}

void stats_begin(void)
{
    lock();
    if (++mem->all.active > mem->all.peak)
        mem->all.peak = mem->all.active;
    unlock();
}

void stats_end(long bytes)
{
    lock();
    mem->all.served++;
    mem->all.bytes += bytes;
    mem->all.active--;
    unlock();
}

void stats_read(struct stats *s)
{
    lock();
    *s = mem->all;
    unlock();
}
