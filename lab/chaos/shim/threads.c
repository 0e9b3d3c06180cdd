/* threads.c - LATE and FAIL=pthread_create: a new thread begins when it
 * begins, and where there is no room for it not at all. */
#include "../luck.h"
#include "real.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef void *run_fn(void *);

REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, run_fn *, void *)

struct start {
    run_fn *run;
    void *arg;
    uint64_t name;
};

static void *start_late(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    chaos_born(start.name);
    chaos_sleep(chaos_luck.late_ms * 1000);
    return start.run(start.arg);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   run_fn *run, void *arg)
{
    static atomic_uint calls;
    unsigned every = chaos_luck.fail[CREATE].every;
    struct start *start;

    if (every && ++calls % every == 0)
        return chaos_luck.fail[CREATE].error;
    start = malloc(sizeof *start);
    if (!start)
        return CALL(pthread_create)(thread, attributes, run, arg);
    *start = (struct start){ run, arg, chaos_birth() };
    int error = CALL(pthread_create)(thread, attributes, start_late, start);
    if (error != 0)
        free(start);
    return error;
}
