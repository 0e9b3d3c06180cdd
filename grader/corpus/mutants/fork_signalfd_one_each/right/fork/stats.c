/* stats.c - shared memory and a mutex that works between processes. */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

static struct {
    pthread_mutex_t mutex;
    struct stats now;
} *board;

int stats_open(void)
{
    pthread_mutexattr_t attr;

    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return -1;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    int error = pthread_mutex_init(&board->mutex, &attr);
    pthread_mutexattr_destroy(&attr);
    return error ? (errno = error, -1) : 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&board->mutex);
    if (++board->now.active > board->now.peak)
        board->now.peak = board->now.active;
    pthread_mutex_unlock(&board->mutex);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&board->mutex);
    board->now.active--;
    board->now.served++;
    board->now.bytes += bytes;
    pthread_mutex_unlock(&board->mutex);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&board->mutex);
    *s = board->now;
    pthread_mutex_unlock(&board->mutex);
}
