/* real.c - threads that are the kernel's, of which one runs at a time.
 *
 * The same program makes the same steps on them as on fibres: a check of the
 * fibres, and a way in for a debugger. Slower by a factor of a hundred.
 */
#include "thread.h"

#include "tls.h"
#include "verdict.h"
#include "watch.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <unistd.h>

static sem_t turn[MAX_THREADS], over;
static pthread_t driver;
static sigjmp_buf stopped;      /* by the watchdog, which looks on the driver */

static void wait_for(sem_t *s)
{
    while (sem_wait(s) == -1)
        continue;
}

static void *enter(void *me)
{
    struct thread *t = me;

    watch_thread();
    wait_for(&turn[t->id]);
    t->tls = tls_here();
    thread_main();
}

static void prepare(struct thread *t)
{
    pthread_attr_t attr;
    pthread_t made;
    int failed;

    sem_init(&turn[t->id], 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setstack(&attr, stacks + (size_t)t->id * STACK + GUARD,
                          STACK - GUARD);
    failed = pthread_create(&made, &attr, enter, t);
    pthread_attr_destroy(&attr);
    if (failed)
        verdict(INCONCLUSIVE, "no thread",
                "a real thread could not be made: error %d", failed);
    t->backend = (void *)made;
}

static void go(struct thread *from, struct thread *to)
{
    sem_post(&turn[to->id]);
    if (from->ended)
        for (;;)
            pause();
    wait_for(&turn[from->id]);
}

static void begin(struct thread *first)
{
    driver = pthread_self();
    sem_init(&over, 0, 0);
    if (sigsetjmp(stopped, 1) == 0) {
        sem_post(&turn[first->id]);
        wait_for(&over);
    }
}

static void finish(void)
{
    if (pthread_equal(driver, pthread_self()))
        siglongjmp(stopped, 1);
    sem_post(&over);
    for (;;)
        pause();
}

const struct backend real_threads = { prepare, go, begin, finish };
