/* places.c - pauses around the calls that hand something over. The linker
 * puts each in the place of the function it is named after (--wrap).
 *
 * Afterwards: what was unlocked or posted may be taken before we go on; of
 * two processes or threads after a birth either may be first. Before: between
 * a look and the wait for a change, between a change and the signal that
 * tells of it, between the last use of a descriptor and its close. Longest
 * before pause: a signal that comes between the look and the sleep is missed
 * for good, and who calls it has time, for ever if need be.
 */
#include "delay.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

enum { BEFORE_PAUSE = 100 };     /* times the usual */

#define AFTER(result, name, type) \
    result __real_##name(type x); \
    result __wrap_##name(type x); \
    result __wrap_##name(type x) \
    { \
        result r = __real_##name(x); \
        chaos_place(); \
        return r; \
    }
#define BEFORE(result, name, type) \
    result __real_##name(type x); \
    result __wrap_##name(type x); \
    result __wrap_##name(type x) \
    { \
        chaos_place(); \
        return __real_##name(x); \
    }

AFTER(int, pthread_mutex_unlock, pthread_mutex_t *)
AFTER(int, pthread_rwlock_unlock, pthread_rwlock_t *)
AFTER(int, pthread_spin_unlock, pthread_spinlock_t *)
AFTER(int, sem_post, sem_t *)
BEFORE(int, pthread_cond_signal, pthread_cond_t *)
BEFORE(int, pthread_cond_broadcast, pthread_cond_t *)
BEFORE(int, close, int)

int __real_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int __wrap_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int __real_pause(void);
int __wrap_pause(void);
pid_t __real_fork(void);
pid_t __wrap_fork(void);

int __wrap_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    chaos_place();
    return __real_pthread_cond_wait(c, m);
}

/* Signals are handled meanwhile, and do not cut it short. */
int __wrap_pause(void)
{
    for (int i = 0; i < BEFORE_PAUSE; i++)
        chaos_place();
    return __real_pause();
}

pid_t __wrap_fork(void)
{
    pid_t pid = __real_fork();

    chaos_place();
    return pid;
}

/* -- a new thread: its name and its stack, then the rest ------------------- */

typedef void *run_fn(void *);

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          run_fn *run, void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          run_fn *run, void *arg);

struct start {
    run_fn *run;
    void *arg;
    uint64_t name;
};

static void *begin(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    chaos_born(start.name);
    chaos_find_stack();
    return start.run(start.arg);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          run_fn *run, void *arg)
{
    struct start *start = malloc(sizeof *start);
    int error;

    if (!start)
        return __real_pthread_create(thread, attributes, run, arg);
    *start = (struct start){ run, arg, chaos_birth() };
    error = __real_pthread_create(thread, attributes, begin, start);
    if (error != 0)
        free(start);
    chaos_place();
    return error;
}
