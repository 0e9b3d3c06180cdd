/* journal.c - see journal.h. Two things that must agree, and a lock for each. */
#include "locks/journal.h"

#include <pthread.h>

static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry journal[JOURNAL_LENGTH];    /* the ring goes round */
static long added;                              /* entries, ever */

static pthread_mutex_t totals_lock = PTHREAD_MUTEX_INITIALIZER;
static struct totals totals;

/* The next number. */
static long counted(long bytes)
{
    long number;

    pthread_mutex_lock(&totals_lock);
    totals.bytes += bytes;
    number = ++totals.entries;
    pthread_mutex_unlock(&totals_lock);
    return number;
}

void journal_add(long bytes)
{
    pthread_mutex_lock(&journal_lock);
    journal[added++ % JOURNAL_LENGTH] = (struct entry){ counted(bytes), bytes };
    pthread_mutex_unlock(&journal_lock);
}

int journal_read(struct totals *t, struct entry *last)
{
    /* The journal first, as in journal_add: whoever has the second lock waits
     * for nobody. */
    pthread_mutex_lock(&journal_lock);
    pthread_mutex_lock(&totals_lock);
    *t = totals;
    int n = added < JOURNAL_LENGTH ? (int)added : JOURNAL_LENGTH;
    for (int i = 0; i < n; i++)
        last[i] = journal[(added - n + i) % JOURNAL_LENGTH];
    pthread_mutex_unlock(&journal_lock);
    pthread_mutex_unlock(&totals_lock);
    return n;
}
