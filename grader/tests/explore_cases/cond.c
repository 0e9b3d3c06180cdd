/* cond.c - condition variables. */
#include "two.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ready, woken, first, waiting;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    waiting++;
#if defined IF || defined WITHOUT
    if (!ready)
#else
    while (!ready)
#endif
#ifdef TIMED
        if (pthread_cond_timedwait(&c, &m, &(struct timespec){ 1800000000, 0 }) == ETIMEDOUT)
            break;
#else
        pthread_cond_wait(&c, &m);
#endif
    woken++;
#ifdef IF
    EXPECT(ready, "awake, and nothing is ready");
#endif
#ifdef ONE
    ready--;
#endif
    if (!first)
        first = arg ? 2 : 1;
    pthread_mutex_unlock(&m);
    return NULL;
}

#if defined SIGNAL || defined BROADCAST || defined ONE || defined LOST || defined DESTROY
int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, waiter, NULL);
    pthread_create(&b, NULL, waiter, &b);
    pthread_mutex_lock(&m);
    ready = 2;
#if defined BROADCAST || defined DESTROY
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m);
#ifdef DESTROY
    pthread_cond_destroy(&c);
#endif
#elif defined LOST
    pthread_mutex_unlock(&m);
    pthread_cond_signal(&c);        /* and the other? */
#else
    pthread_mutex_unlock(&m);
    pthread_cond_signal(&c);
    pthread_cond_signal(&c);
#endif
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    EXPECT(woken == 2, "%d were woken", woken);
#ifdef NOT_FIRST
    EXPECT(first != NOT_FIRST, "T%d came first", first);
#endif
    return 0;
}

#elif defined CHOICE
/* Both wait, one is signalled. Either may be. */
int main(void)
{
    pthread_t a, b;
    int n = 0;

    pthread_create(&a, NULL, waiter, NULL);
    pthread_create(&b, NULL, waiter, &b);
    while (n < 2) {
        pthread_mutex_lock(&m);
        n = waiting;
        pthread_mutex_unlock(&m);
    }
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    pthread_mutex_lock(&m);
    n = first;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    EXPECT(n != CHOICE, "T%d was chosen", n);
    return 0;
}

#elif defined IF || defined TIMED
static void *nobody(void *unused)
{
    return unused;
}

static void *sayer(void *unused)
{
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    return unused;
}

int main(void)
{
#ifdef TIMED
    (void)sayer;
    two(waiter, nobody);
    EXPECT(woken == 1 && !ready, "it came to its end");
#else
    (void)nobody;
    two(waiter, sayer);
#endif
    return first == 7;
}

#elif defined ORDER
/* Nobody is late while somebody waits whose time was up before. */
static int inside;

static void *wait_for(void *seconds)
{
    struct timespec t = in(CLOCK_MONOTONIC, *(int *)seconds);

    pthread_mutex_lock(&m);
    inside |= *(int *)seconds;
#ifdef CLOCK
    while (pthread_cond_clockwait(&c, &m, CLOCK_MONOTONIC, &t) == 0)
        continue;
#else
    while (pthread_cond_timedwait(&c, &m, &t) == 0)
        continue;
#endif
    inside &= ~*(int *)seconds;
#ifndef INSIDE
#define INSIDE (*(int *)seconds == 64 && inside)
#endif
    EXPECT(!INSIDE, "late after %d, while %d waits", *(int *)seconds, inside);
    pthread_mutex_unlock(&m);
    return NULL;
}

int main(void)
{
    pthread_t a, b;
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c, &attr);
    pthread_create(&a, NULL, wait_for, &(int){ 64 });
    pthread_create(&b, NULL, wait_for, &(int){ 4 });
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    (void)waiter;
    return ready + woken + first + waiting;
}

#elif defined WITHOUT
int main(void)
{
    pthread_cond_wait(&c, &m);
    (void)waiter;
    return 0;
}
#endif
