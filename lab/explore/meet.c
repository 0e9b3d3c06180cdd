/* meet.c - where threads wait for each other: barriers, and what is done
 * once. */
#include "locks.h"

#include "call.h"

int explored_pthread_barrier_init(pthread_barrier_t *b,
                                  const pthread_barrierattr_t *attr, unsigned n)
{
    struct object *o;

    (void)attr;
    if (n == 0)
        return EINVAL;
    o = object_init(b, A_BARRIER, PC);
    o->initial = (long)n;
    o->initial_pc = PC;
    return 0;
}

int explored_pthread_barrier_destroy(pthread_barrier_t *b)
{
    object_destroy(b, A_BARRIER, false, PC);
    return 0;
}

/* Who has been let go needs the barrier no more: the last may destroy it. */
static void let_go(struct object *o)
{
    for (int i = 0; i < run.threads; i++) {
        struct thread *t = &run.thread[i];
        if (!t->ended && t->wait.what == BARRIER_OPENED &&
            t->wait.object == o) {
            clock_join(&t->clock, &o->clock);
            t->wait.what = NOTHING;
            t->wait.object = NULL;
        }
    }
    acquire(&o->clock);
    o->value = 0;
}

/* Two steps: to arrive, and once all have, to go on. */
int explored_pthread_barrier_wait(pthread_barrier_t *b)
{
    struct object *o;

    step(PC);
    o = object_in_use(b, A_BARRIER, false, PC);
    release(&o->clock);
    changed();
    tell_value(tell(BARRIER, b, PC), (uint64_t)++o->value);
    if (o->value == o->initial) {
        let_go(o);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    step_when((struct wait){ .what = BARRIER_OPENED, .object = o,
                             .pc = PC, .until = FOREVER });
    tell(BARRIER_OPEN, b, PC);
    return 0;
}

void once(pthread_once_t *control, void (*first)(void), uint32_t pc)
{
    enum { BEFORE, DURING, AFTER };
    bool made;
    struct object *o;

    touch_memory(control, 1, false, pc);
    o = object_at(control, A_ONCE, &made);
    step_when((struct wait){ .what = ONCE_DONE, .object = o,
                             .pc = pc, .until = FOREVER });
    tell(ONCE, control, pc);
    if (o->value == BEFORE) {
        o->value = DURING;
        o->owner = self;
        o->owner_pc = pc;
        first();
        settle();
        o->value = AFTER;
        o->owner = NULL;
        release(&o->clock);
        changed();
    }
    acquire(&o->clock);
}

int explored_pthread_once(pthread_once_t *control, void (*first)(void))
{
    once(control, first, PC);
    return 0;
}
