/* mutex.c - mutexes of all types, and spin locks. Each case is a -D. */
#include "two.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int n, got, busy, late;

static void make(int type)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    pthread_mutex_init(&m, &attr);
    pthread_mutexattr_destroy(&attr);
}

#if defined NORMAL || defined ERRORCHECK_SHARED || defined RECURSIVE_SHARED
static void *add(void *unused)
{
    (void)unused;
    EXPECT(pthread_mutex_lock(&m) == 0, "lock");
#ifdef RECURSIVE_SHARED
    EXPECT(pthread_mutex_lock(&m) == 0, "lock again");
    EXPECT(pthread_mutex_trylock(&m) == 0, "try again");
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&m);
#endif
    n++;
    EXPECT(pthread_mutex_unlock(&m) == 0, "unlock");
    return NULL;
}

int main(void)
{
#ifdef ERRORCHECK_SHARED
    make(PTHREAD_MUTEX_ERRORCHECK);
#elif defined RECURSIVE_SHARED
    make(PTHREAD_MUTEX_RECURSIVE);
#else
    (void)make;
#endif
    two(add, add);
    EXPECT(n == 2, "the sum is %d", n);
    EXPECT(pthread_mutex_destroy(&m) == 0, "destroy");
    return got + busy + late;
}

#elif defined ERRORCHECK || defined RECURSIVE
int main(void)
{
#ifdef ERRORCHECK
    make(PTHREAD_MUTEX_ERRORCHECK);
    EXPECT(pthread_mutex_unlock(&m) == EPERM, "unlock of a free one");
    pthread_mutex_lock(&m);
    EXPECT(pthread_mutex_lock(&m) == EDEADLK, "second lock");
    EXPECT(pthread_mutex_trylock(&m) == EBUSY, "try");
#else
    make(PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_lock(&m);
    EXPECT(pthread_mutex_lock(&m) == 0, "second lock");
    pthread_mutex_unlock(&m);
#endif
    pthread_mutex_unlock(&m);
    pthread_mutex_destroy(&m);
    return n + got + busy + late;
}

#elif defined RECURSIVE_OTHERS
/* It knows who has it, and says so. */
static void *give_back(void *unused)
{
    EXPECT(pthread_mutex_unlock(&m) == EPERM, "unlock");
    return unused;
}

int main(void)
{
    pthread_t t;

    make(PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_lock(&m);
    pthread_create(&t, NULL, give_back, NULL);
    pthread_join(t, NULL);
    pthread_mutex_unlock(&m);
    pthread_mutex_destroy(&m);
    return n + got + busy + late;
}

#elif defined TRY || defined TIMED
/* Both outcomes are reached, in some order; which is asked for by -D. */
static void *holder(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&m);
    n = 1;
    n = 2;
    pthread_mutex_unlock(&m);
    return NULL;
}

static void *trier(void *unused)
{
    struct timespec t = in(CLOCK_REALTIME, 1);
    int r = 0;

    (void)unused, (void)t;
#ifdef TRY
    r = pthread_mutex_trylock(&m);
    EXPECT(r == 0 || r == EBUSY, "trylock says %d", r);
#else
    r = pthread_mutex_timedlock(&m, &t);
    EXPECT(r == 0 || r == ETIMEDOUT, "timedlock says %d", r);
#endif
    if (r == 0) {
        EXPECT(n != 1, "inside while the other is");
        pthread_mutex_unlock(&m);
    }
    got = r;
    return NULL;
}

int main(void)
{
    (void)make;
    two(holder, trier);
#ifdef NEVER_FREE
    EXPECT(got != 0, "got it");
#elif defined NEVER_BUSY
    EXPECT(got == 0, "did not get it");
#endif
    return busy + late;
}

#elif defined LOCAL_AGAIN
/* The same place on the stack holds one mutex after the other. */
static void once_more(void)
{
    pthread_mutex_t here = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&here);
    pthread_mutex_unlock(&here);
    pthread_mutex_destroy(&here);
}

int main(void)
{
    (void)make;
    once_more();
    once_more();
    return n + got + busy + late;
}

#elif defined ROBUST
int main(void)
{
    pthread_mutexattr_t attr;

    (void)make;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attr);
    pthread_mutex_lock(&m);
    return n + got + busy + late;
}

#elif defined SPIN
static pthread_spinlock_t s;

static void *add(void *unused)
{
    (void)unused;
    pthread_spin_lock(&s);
    n++;
    pthread_spin_unlock(&s);
    while (pthread_spin_trylock(&s) != 0)
        continue;
    n++;
    pthread_spin_unlock(&s);
    return NULL;
}

int main(void)
{
    (void)make, (void)m;
    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    two(add, add);
    EXPECT(n == 4, "the sum is %d", n);
    pthread_spin_destroy(&s);
    return got + busy + late;
}
#endif
