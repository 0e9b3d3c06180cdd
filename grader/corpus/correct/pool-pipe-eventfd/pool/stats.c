/* stats.c - each thread has an account of its own in a list, and the sum is
 * made when somebody asks. That saves no lock: accounts that are summed while
 * somebody books would not agree, so one lock guards them all. What it buys
 * is that one can tell who did how much. */
#include "stats.h"

#include <pthread.h>
#include <stdlib.h>

struct account {
    struct account *next;
    long served, bytes;
    int active;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* all below */
static struct account common;           /* for those who got none */
static struct account *accounts = &common;
static int peak;

static _Thread_local struct account *mine;

/* Called with the lock. */
static struct account *my_account(void)
{
    if (!mine) {
        mine = calloc(1, sizeof *mine);
        if (mine) {
            mine->next = accounts;
            accounts = mine;
        } else {
            mine = &common;
        }
    }
    return mine;
}

/* Called with the lock. */
static struct stats sum(void)
{
    struct stats s = { .peak = peak };

    for (const struct account *a = accounts; a; a = a->next) {
        s.served += a->served;
        s.bytes += a->bytes;
        s.active += a->active;
    }
    return s;
}

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    pthread_mutex_lock(&lock);
    my_account()->active++;
    int active = sum().active;
    if (active > peak)
        peak = active;
    pthread_mutex_unlock(&lock);
}

void stats_end(long bytes)
{
    pthread_mutex_lock(&lock);
    struct account *a = my_account();
    a->active--;
    a->served++;
    a->bytes += bytes;
    pthread_mutex_unlock(&lock);
}

void stats_read(struct stats *s)
{
    pthread_mutex_lock(&lock);
    *s = sum();
    pthread_mutex_unlock(&lock);
}
