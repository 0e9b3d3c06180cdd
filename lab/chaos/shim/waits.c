/* waits.c - SPURIOUS: waiting on a condition variable may end without a
 * signal; POSIX says so, and so the waiter has to look again.
 *
 * Such a wait is a real one with a short end of our own. So it gives the
 * mutex back and takes it again, takes a signal that does come, and can be
 * cancelled, all as the real one does.
 */
#include "../luck.h"
#include "real.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { MOST_US = 3000 };

REAL(int, pthread_cond_wait, pthread_cond_t *, pthread_mutex_t *)
REAL(int, pthread_cond_timedwait, pthread_cond_t *, pthread_mutex_t *,
     const struct timespec *)
REAL(int, pthread_cond_clockwait, pthread_cond_t *, pthread_mutex_t *,
     clockid_t, const struct timespec *)

/* x86-64 has two of each, and without its version dlsym may find the one of
 * 2002, which takes another kind of pthread_cond_t. Where somebody else stands
 * before libc, such as a sanitizer, theirs has no version and is the next. */
static void *new_one(const char *name)
{
    void *any = dlsym(RTLD_NEXT, name);
    void *new = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    Dl_info of_any, of_new;

    if (!new || !dladdr(any, &of_any) || !dladdr(new, &of_new))
        return any;
    return of_any.dli_fbase == of_new.dli_fbase ? new : any;
}

__attribute__((constructor(102))) static void find_the_new_ones(void)
{
    real_pthread_cond_wait = (int (*)(pthread_cond_t *, pthread_mutex_t *))
        new_one("pthread_cond_wait");
    real_pthread_cond_timedwait =
        (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))
        new_one("pthread_cond_timedwait");
}

/* A thread begins somewhere in its round, then it is every n-th wait. */
static bool chosen(void)
{
    static _Thread_local unsigned left
        __attribute__((tls_model("initial-exec")));

    if (!chaos_luck.spurious || !CALL(pthread_cond_clockwait))
        return false;
    if (left == 0)
        left = 1 + chaos_next(WAITS) % chaos_luck.spurious;
    if (--left > 0)
        return false;
    left = chaos_luck.spurious;
    return true;
}

/* 0, or an error other than that time has run out. */
static int wait_a_little(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += chaos_next(WAITS) % MOST_US * 1000L;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    int error = CALL(pthread_cond_clockwait)(condition, mutex, CLOCK_MONOTONIC,
                                             &end);
    return error == ETIMEDOUT ? 0 : error;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return chosen() ? wait_a_little(condition, mutex)
                    : CALL(pthread_cond_wait)(condition, mutex);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *end)
{
    return chosen() ? wait_a_little(condition, mutex)
                    : CALL(pthread_cond_timedwait)(condition, mutex, end);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           clockid_t clock, const struct timespec *end)
{
    return chosen() ? wait_a_little(condition, mutex)
        : CALL(pthread_cond_clockwait)(condition, mutex, clock, end);
}
