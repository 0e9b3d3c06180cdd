/* stats.c - the numbers are lent to one thread at a time. The mutex is held
 * only to look at `lent`; whoever waits sleeps on the condition variable.
 */
#include "stats.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t returned = PTHREAD_COND_INITIALIZER;
static bool lent;
static struct stats all;    /* belongs to whoever borrowed it */

static struct stats *borrow(void)
{
    pthread_mutex_lock(&desk);
    while (lent)
        pthread_cond_wait(&returned, &desk);
    lent = true;
    pthread_mutex_unlock(&desk);
    return &all;
}

static void give_back(void)
{
    pthread_mutex_lock(&desk);
    lent = false;
    pthread_mutex_unlock(&desk);
    pthread_cond_signal(&returned);
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    struct stats *now = borrow();

    now->active++;
    if (now->active > now->peak)
        now->peak = now->active;
    give_back();
}

void stats_end(long bytes)
{
    struct stats *now = borrow();

    now->served++;
    now->bytes += bytes;
    now->active--;
    give_back();
}

void stats_read(struct stats *s)
{
    *s = *borrow();
    give_back();
}
