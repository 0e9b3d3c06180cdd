/* threads.c - beginnings and ends. */
#include "two.h"

static int n;
static pthread_t other;

static void *add(void *arg)
{
    n++;
    return arg;
}

#if defined RESULT
int main(void)
{
    pthread_t t;
    void *result;

    pthread_create(&t, NULL, add, &n);
    EXPECT(pthread_join(t, &result) == 0 && result == &n && n == 1, "its result");
    EXPECT(pthread_equal(pthread_self(), pthread_self()) && !pthread_equal(t, pthread_self()), "who is who");
    EXPECT(pthread_join(pthread_self(), NULL) == EDEADLK, "one does not wait for oneself");
    return 0;
}

#elif defined EXIT
static void deeper(void)
{
    pthread_exit(&n);
}

static void *leave(void *unused)
{
    deeper();
    n = 100;
    return unused;
}

int main(void)
{
    pthread_t t;
    void *result;

    (void)add;
    pthread_create(&t, NULL, leave, NULL);
    pthread_join(t, &result);
    EXPECT(result == &n && n == 0, "left early");
    return 0;
}

#elif defined MAIN_EXITS
static void *late(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    n = 1;
#ifdef WRONG
    EXPECT(n == 2, "n is %d after main's end", n);
#endif
    return NULL;
}

int main(void)
{
    pthread_t t;

    (void)add;
    other = pthread_self();
    pthread_create(&t, NULL, late, &other);
    pthread_detach(t);
    pthread_exit(NULL);
}

#elif defined DETACH || defined DETACHED_JOIN || defined DETACH_TWICE
int main(void)
{
    pthread_t t;
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_create(&t, &attr, add, NULL);
#ifdef DETACHED_JOIN
    pthread_join(t, NULL);
#elif defined DETACH_TWICE
    pthread_detach(t);
#endif
    return 0;
}

#elif defined DOUBLE_JOIN
int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, add, NULL);
    pthread_join(t, NULL);
    pthread_join(t, NULL);
    return 0;
}

#elif defined TIMED_JOIN
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *slow(void *unused)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return add(unused);
}

int main(void)
{
    pthread_t t;
    struct timespec soon = in(CLOCK_REALTIME, 1), later = in(CLOCK_REALTIME, 100);
    int r;

    pthread_mutex_lock(&m);
    pthread_create(&t, NULL, slow, NULL);
    EXPECT(pthread_tryjoin_np(t, NULL) == EBUSY, "it waits");
    EXPECT(pthread_timedjoin_np(t, NULL, &soon) == ETIMEDOUT, "it still waits");
    pthread_mutex_unlock(&m);
    r = pthread_timedjoin_np(t, NULL, &later);
    EXPECT(r == 0 || r == ETIMEDOUT, "timedjoin says %d", r);
    if (r)
        pthread_join(t, NULL);
    EXPECT(n == 1, "it has ended");
    return 0;
}

#elif defined EARLY
/* Who starts a thread may be slower to keep its number than that is to use it. */
static void *early(void *unused)
{
    EXPECT(pthread_equal(other, pthread_self()) || n, "my number");
    return unused;
}

int main(void)
{
    pthread_create(&other, NULL, early, NULL);
    pthread_join(other, NULL);
    (void)add;
    return 0;
}

#elif defined CLEANUP || defined CLEANUP_EXIT
static void clean(void *p)
{
    ++*(int *)p;
}

static void *cleans(void *unused)
{
    pthread_cleanup_push(clean, &n);
#ifdef CLEANUP_EXIT
    pthread_exit(NULL);
#endif
    pthread_cleanup_pop(1);
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, cleans, NULL);
    pthread_join(t, NULL);
    EXPECT(n == 1, "cleaned %d times", n);
    (void)add, (void)other;
    return 0;
}

#elif defined ERRNO
/* Everybody has an errno, and a variable, of their own. */
static _Thread_local int own = 5;

static void *fail(void *unused)
{
    own++;
    errno = own;
    pthread_testcancel();
    sched_yield();
    EXPECT(errno == 6 && own == 6, "errno is %d, and own %d", errno, own);
    return unused;
}

int main(void)
{
    two(fail, fail);
    EXPECT(own == 5, "own is %d", own);
    (void)add, (void)other;
    return 0;
}
#endif
