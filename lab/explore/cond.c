/* cond.c - condition variables.
 *
 * A wait is two steps: give the mutex back and stand in the crowd; and, once
 * chosen from it or out of time, take the mutex again. Which of a crowd a
 * signal wakes is a choice, because POSIX leaves it open. Nobody wakes without
 * a reason unless that was asked for (spurious_wakeups).
 */
#include "locks.h"

#include "call.h"
#include "schedule.h"

bool spurious_wakeups;

enum { ONE_IN = 8 };

static struct object *cond_at(const pthread_cond_t *c, uint32_t pc)
{
    return object_in_use(c, A_COND, true, pc);
}

/* Give the mutex back, however often it is locked. Returns how often. */
static long give_back(struct object *mutex)
{
    long times = mutex->value;

    release(&mutex->clock);
    mutex->owner = NULL;
    mutex->value = 0;
    return times;
}

static void have_again(struct object *mutex, long times, uint32_t pc)
{
    object_touch(mutex, pc);
    mutex->owner = self;
    mutex->owner_pc = pc;
    mutex->value = times;
    acquire(&mutex->clock);
}

static void check_mutex(const struct object *mutex, const pthread_cond_t *c,
                        const pthread_mutex_t *m, uint32_t pc)
{
    if (!mutex || mutex->owner != self)
        verdict(MISUSE, "a wait without the mutex",
                "T%d waits for {m:%lx} at {c:%x} with a mutex that it does not "
                "hold, {m:%lx}", self->id, (unsigned long)(uintptr_t)c, pc,
                (unsigned long)(uintptr_t)m);
}

int cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t until,
              uint32_t pc)
{
    struct object *o, *mutex;
    long times;
    bool late;

    step(pc);
    o = cond_at(c, pc);
    mutex = object_known(m, A_MUTEX);
    check_mutex(mutex, c, m, pc);
    tell(COND_WAIT, c, pc);
    times = give_back(mutex);
    self->signalled = spurious_wakeups && choose(ONE_IN) == 1;
    step_when((struct wait){ .what = SIGNALLED, .object = o, .mutex = mutex,
                             .pc = pc, .until = until });
    late = self->timed_out;
    have_again(mutex, times, pc);
    self->signalled = false;
    tell(late ? COND_TIMEOUT : COND_WOKEN, c, pc);
    return late ? ETIMEDOUT : 0;
}

/* The threads that wait there and were not chosen yet. */
static int crowd(const struct object *o, struct thread **who)
{
    int n = 0;

    for (int i = 0; i < run.threads; i++) {
        struct thread *t = &run.thread[i];
        if (!t->ended && t->wait.what == SIGNALLED && t->wait.object == o &&
            !t->signalled)
            who[n++] = t;
    }
    return n;
}

static void lose(struct object *o, uint32_t pc)
{
    o->lost++;
    o->lost_pc = pc;
}

static clockid_t clock_of(const struct object *o)
{
    return o->kind ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int cond_init(pthread_cond_t *c, const pthread_condattr_t *attr, uint32_t pc)
{
    struct object *o = object_init(c, A_COND, pc);
    clockid_t clock = CLOCK_REALTIME;

    if (attr)
        pthread_condattr_getclock(attr, &clock);
    o->kind = clock == CLOCK_MONOTONIC;
    return pthread_cond_init(c, attr);
}

void cond_destroy(pthread_cond_t *c, uint32_t pc)
{
    object_destroy(c, A_COND, true, pc);
}

void cond_signal(pthread_cond_t *c, uint32_t pc)
{
    struct thread *who[MAX_THREADS], *t;
    struct object *o;
    struct event *e;
    int n;

    step(pc);
    o = cond_at(c, pc);
    n = crowd(o, who);
    e = tell(SIGNAL, c, pc);
    if (n == 0) {
        lose(o, pc);
        return;
    }
    t = who[choose(n)];
    t->signalled = true;
    e->about = (uint32_t)t->id;
    tell_value(e, 1);
    changed();
}

void cond_broadcast(pthread_cond_t *c, uint32_t pc)
{
    struct thread *who[MAX_THREADS];
    struct object *o;
    int n;

    step(pc);
    o = cond_at(c, pc);
    n = crowd(o, who);
    tell_value(tell(BROADCAST, c, pc), (uint64_t)n);
    if (n == 0)
        lose(o, pc);
    else
        changed();
    for (int i = 0; i < n; i++)
        who[i]->signalled = true;
}

int explored_pthread_cond_init(pthread_cond_t *c,
                               const pthread_condattr_t *attr)
{
    return cond_init(c, attr, PC);
}

int explored_pthread_cond_destroy(pthread_cond_t *c)
{
    cond_destroy(c, PC);
    return 0;
}

int explored_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    return cond_wait(c, m, FOREVER, PC);
}

int explored_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
                                    const struct timespec *t)
{
    return cond_wait(c, m, moment(clock_of(cond_at(c, PC)), t), PC);
}

int explored_pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m,
                                    clockid_t clock, const struct timespec *t)
{
    return cond_wait(c, m, moment(clock, t), PC);
}

int explored_pthread_cond_signal(pthread_cond_t *c)
{
    cond_signal(c, PC);
    return 0;
}

int explored_pthread_cond_broadcast(pthread_cond_t *c)
{
    cond_broadcast(c, PC);
    return 0;
}
