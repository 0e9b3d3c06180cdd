/* stats.c - the four numbers and their mutex. */
#include "stats.h"

#include <pthread.h>

static struct {
    pthread_mutex_t mutex;
    struct stats now;
} board = { .mutex = PTHREAD_MUTEX_INITIALIZER };

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&board.mutex);
    if (++board.now.active > board.now.peak)
        board.now.peak = board.now.active;
    pthread_mutex_unlock(&board.mutex);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&board.mutex);
    board.now.active--;
    board.now.served++;
    board.now.bytes += bytes;
    pthread_mutex_unlock(&board.mutex);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&board.mutex);
    *s = board.now;
    pthread_mutex_unlock(&board.mutex);
}
