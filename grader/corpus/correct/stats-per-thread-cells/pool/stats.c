/* stats.c - each thread counts in a cell of its own; a reading sums them up.
 * One lock for all cells, or a reading would be of several moments; peak is
 * a property of all threads, so it stands beside them.
 */
#include "stats.h"

#include <pthread.h>
#include <stdlib.h>

struct cell {
    long served, bytes;
    int active;             /* -1 when another thread began what this one ended */
    struct cell *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cell first;   /* and of threads for which there is no memory */
static int peak;
static _Thread_local struct cell *mine;

/* The lock is held. */
static struct cell *own(void)
{
    if (!mine && (mine = calloc(1, sizeof *mine))) {
        mine->next = first.next;
        first.next = mine;
    }
    return mine ? mine : &first;
}

static struct stats sum(void)
{
    struct stats all = { 0, 0, 0, peak };

    for (struct cell *cell = &first; cell; cell = cell->next) {
        all.served += cell->served;
        all.bytes += cell->bytes;
        all.active += cell->active;
    }
    return all;
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&lock);
    own()->active++;
    int active = sum().active;
    if (active > peak)
        peak = active;
    pthread_mutex_unlock(&lock);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&lock);
    struct cell *cell = own();
    cell->served++;
    cell->bytes += bytes;
    cell->active--;
    pthread_mutex_unlock(&lock);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&lock);
    *s = sum();
    pthread_mutex_unlock(&lock);
}
