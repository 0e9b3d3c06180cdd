/* c11.c - <threads.h>: other words for the same things.
 *
 * A mtx_t has the size of a pthread_mutex_t and a cnd_t that of a
 * pthread_cond_t, as in glibc, and our table knows objects by their address.
 */
#include "call.h"
#include "locks.h"

#include <threads.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) &&
               sizeof(cnd_t) >= sizeof(pthread_cond_t) &&
               sizeof(once_flag) == sizeof(pthread_once_t) &&
               sizeof(tss_t) == sizeof(pthread_key_t) &&
               sizeof(thrd_t) == sizeof(pthread_t),
               "<threads.h> is not made of pthreads here");

static int answer(int error)
{
    switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    case ENOMEM: return thrd_nomem;
    default: return thrd_error;
    }
}

/* A thrd_start_t returns an int, in the register where a pointer would be:
 * what is above it is left out when somebody joins. */
int explored_thrd_create(thrd_t *out, thrd_start_t start, void *arg)
{
    thread_create((pthread_t *)out, false,
                  (void *(*)(void *))(void (*)(void))start, arg, PC);
    return thrd_success;
}

int explored_thrd_join(thrd_t which, int *result)
{
    void *value;
    int error = thread_join((pthread_t)which, &value, true, FOREVER, PC);

    if (error == 0 && result) {
        touch_memory(result, sizeof *result, true, PC);
        *result = (int)(intptr_t)value;
    }
    return answer(error);
}

int explored_thrd_detach(thrd_t which)
{
    thread_detach((pthread_t)which, PC);
    return thrd_success;
}

_Noreturn void explored_thrd_exit(int result)
{
    thread_exit((void *)(intptr_t)result, PC);
}

thrd_t explored_thrd_current(void)
{
    return (thrd_t)self->id + 1;
}

int explored_thrd_equal(thrd_t a, thrd_t b)
{
    return a == b;
}

void explored_thrd_yield(void)
{
    give_others_a_turn(PC);
}

int explored_thrd_sleep(const struct timespec *t, struct timespec *left)
{
    (void)left;
    sleep_until(run.now + t->tv_sec * 1000000000 + t->tv_nsec, PC);
    return 0;
}

int explored_mtx_init(mtx_t *m, int type)
{
    int kind = type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE
                                    : PTHREAD_MUTEX_NORMAL;
    pthread_mutexattr_t attr;
    int error;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, kind);
    error = mutex_init((pthread_mutex_t *)m, &attr, PC);
    pthread_mutexattr_destroy(&attr);
    return answer(error);
}

void explored_mtx_destroy(mtx_t *m)
{
    mutex_destroy((pthread_mutex_t *)m, PC);
}

int explored_mtx_lock(mtx_t *m)
{
    return answer(mutex_lock((pthread_mutex_t *)m, FOREVER, PC));
}

int explored_mtx_timedlock(mtx_t *m, const struct timespec *t)
{
    int64_t until = moment(CLOCK_REALTIME, t);

    return answer(mutex_lock((pthread_mutex_t *)m, until, PC));
}

int explored_mtx_trylock(mtx_t *m)
{
    return answer(mutex_try((pthread_mutex_t *)m, PC));
}

int explored_mtx_unlock(mtx_t *m)
{
    return answer(mutex_unlock((pthread_mutex_t *)m, PC));
}

int explored_cnd_init(cnd_t *c)
{
    return answer(cond_init((pthread_cond_t *)c, NULL, PC));
}

void explored_cnd_destroy(cnd_t *c)
{
    cond_destroy((pthread_cond_t *)c, PC);
}

int explored_cnd_wait(cnd_t *c, mtx_t *m)
{
    return answer(cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m,
                            FOREVER, PC));
}

int explored_cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *t)
{
    return answer(cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m,
                            moment(CLOCK_REALTIME, t), PC));
}

int explored_cnd_signal(cnd_t *c)
{
    cond_signal((pthread_cond_t *)c, PC);
    return thrd_success;
}

int explored_cnd_broadcast(cnd_t *c)
{
    cond_broadcast((pthread_cond_t *)c, PC);
    return thrd_success;
}

void explored_call_once(once_flag *flag, void (*first)(void))
{
    once((pthread_once_t *)flag, first, PC);
}

int explored_tss_create(tss_t *key, tss_dtor_t destroy)
{
    return answer(key_create((pthread_key_t *)key, destroy, PC));
}

void explored_tss_delete(tss_t key)
{
    key_delete((pthread_key_t)key);
}

void *explored_tss_get(tss_t key)
{
    return key_value((pthread_key_t)key);
}

int explored_tss_set(tss_t key, void *value)
{
    return answer(key_set((pthread_key_t)key, value));
}
