/* threads.c - making, joining and ending threads. */
#include "locks.h"

#include "call.h"
#include "keys.h"
#include "seen.h"
#include "strategy.h"

#include <string.h>

struct run run;
struct thread *self;

struct thread *thread_new(void *(*start)(void *), void *arg)
{
    struct thread *t = &run.thread[run.threads];

    if (run.threads == MAX_THREADS)
        return NULL;
    memset(t, 0, sizeof *t);
    t->id = run.threads++;
    t->start = start;
    t->arg = arg;
    t->wait.until = FOREVER;
    if (self) {
        t->clock = self->clock;
        self->clock.at[self->id]++;
    }
    t->clock.at[t->id] = 1;
    record->threads = (uint32_t)run.threads;
    record->start_pc[t->id] = (uint32_t)(uintptr_t)start;
    record->role[t->id][0] = '\0';
    strategy_thread_made(t);
    backend->prepare(t);
    return t;
}

void threads_reset(void)
{
    memset(&run, 0, sizeof run);
    keys_reset();
    self = NULL;
}

void thread_end(void *result)
{
    keys_end();
    settle();
    self->result = result;
    tell(EXIT, NULL, 0);
    changed();
    leave();
}

/* One frame for all backends, so that what follows lies alike on each stack. */
void thread_main(void)
{
    self->frame = __builtin_frame_address(0);
    seen_step(self);        /* one that has begun may have to wait */
    thread_end(self->start(self->arg));
}

/* The thread that a pthread_t stands for: its number and one. */
static struct thread *thread_at(pthread_t t, const char *what, uint32_t pc)
{
    if (t < 1 || t > (pthread_t)run.threads)
        verdict(MISUSE, what,
                "T%d at {c:%x}: %s, with a pthread_t that stands for no thread",
                self->id, pc, what);
    return &run.thread[t - 1];
}

void thread_create(pthread_t *out, bool detached, void *(*start)(void *),
                   void *arg, uint32_t pc)
{
    struct thread *t;

    step(pc);
    t = thread_new(start, arg);
    if (!t)
        verdict(INCONCLUSIVE, "too many threads",
                "T%d makes a thread at {c:%x}, and there are %d already",
                self->id, pc, MAX_THREADS);
    t->detached = detached;
    /* A write like any other: the thread may read it too early. */
    touch_memory(out, sizeof *out, true, pc);
    *out = (pthread_t)t->id + 1;
    tell(CREATE, NULL, pc)->about = (uint32_t)t->id;
    changed();
}

int explored_pthread_create(pthread_t *out, const pthread_attr_t *attr,
                            void *(*start)(void *), void *arg)
{
    int state = PTHREAD_CREATE_JOINABLE;

    if (attr)
        pthread_attr_getdetachstate(attr, &state);
    thread_create(out, state == PTHREAD_CREATE_DETACHED, start, arg, PC);
    return 0;
}

int thread_join(pthread_t which, void **result, bool wait, int64_t until,
                uint32_t pc)
{
    struct thread *t = thread_at(which, "join of no thread", pc);
    struct wait w = {
        .what = wait ? THREAD_ENDED : NOTHING, .pc = pc, .number = t->id,
        .until = until, .at = wait ? &t->ended : NULL,
    };

    if (t == self)
        return EDEADLK;
    if (t->joined || t->detached)
        verdict(MISUSE, t->joined ? "second join" : "join of a detached thread",
                "T%d joins T%d at {c:%x}, which %s", self->id, t->id, pc,
                t->joined ? "was joined already" : "is detached");
    if (step_when(w) == -1)
        return ETIMEDOUT;
    if (!t->ended)
        return EBUSY;
    if (t->joined)
        verdict(MISUSE, "second join",
                "T%d joins T%d at {c:%x}, which another thread has joined "
                "meanwhile", self->id, t->id, pc);
    t->joined = true;
    acquire(&t->clock);
    tell(JOIN, NULL, pc)->about = (uint32_t)t->id;
    changed();
    if (result) {
        touch_memory(result, sizeof *result, true, pc);
        *result = t->result;
    }
    return 0;
}

int explored_pthread_join(pthread_t t, void **result)
{
    return thread_join(t, result, true, FOREVER, PC);
}

int explored_pthread_tryjoin_np(pthread_t t, void **result)
{
    return thread_join(t, result, false, FOREVER, PC);
}

int explored_pthread_timedjoin_np(pthread_t t, void **result,
                                  const struct timespec *until)
{
    return thread_join(t, result, true, moment(CLOCK_REALTIME, until), PC);
}

int explored_pthread_clockjoin_np(pthread_t t, void **result, clockid_t clock,
                                  const struct timespec *until)
{
    return thread_join(t, result, true, moment(clock, until), PC);
}

void thread_detach(pthread_t which, uint32_t pc)
{
    struct thread *t;

    step(pc);
    t = thread_at(which, "detach of no thread", pc);
    if (t->joined || t->detached)
        verdict(MISUSE, "second detach",
                "T%d detaches T%d at {c:%x}, which was %s already",
                self->id, t->id, pc, t->joined ? "joined" : "detached");
    t->detached = true;
    tell(DETACH, NULL, pc)->about = (uint32_t)t->id;
}

int explored_pthread_detach(pthread_t which)
{
    thread_detach(which, PC);
    return 0;
}

pthread_t explored_pthread_self(void)
{
    return (pthread_t)self->id + 1;
}

int explored_pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

_Noreturn void thread_exit(void *result, uint32_t pc)
{
    if (self->unwinding)
        verdict(UNSUPPORTED, "pthread_exit",
                "T%d calls pthread_exit at {c:%x} inside pthread_cleanup_push, "
                "which the explorer does not know", self->id, pc);
    thread_end(result);
}

_Noreturn void explored_pthread_exit(void *result)
{
    thread_exit(result, PC);
}

/* What pthread_cleanup_push and pop compile to. */
void explored___pthread_register_cancel(void *unused)
{
    (void)unused;
    self->unwinding++;
}

void explored___pthread_unregister_cancel(void *unused)
{
    (void)unused;
    self->unwinding--;
}

/* Without pthread_cancel these change nothing. */

int explored_pthread_setcancelstate(int state, int *old)
{
    (void)state;
    if (old)
        *old = PTHREAD_CANCEL_ENABLE;
    return 0;
}

int explored_pthread_setcanceltype(int type, int *old)
{
    (void)type;
    if (old)
        *old = PTHREAD_CANCEL_DEFERRED;
    return 0;
}

void explored_pthread_testcancel(void)
{
}

int explored_pthread_setname_np(pthread_t t, const char *name)
{
    (void)t;
    (void)name;
    return 0;
}
