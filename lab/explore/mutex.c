/* mutex.c - mutexes of all kinds, and spin locks. */
#include "locks.h"

#include "call.h"

enum { ROBUST = 16 };           /* glibc's bit in the kind */

/* Its kind stands in its bytes, whether init or an initialiser put it there. */
static struct object *mutex_at(const pthread_mutex_t *m, uint32_t pc)
{
    struct object *o = object_in_use(m, A_MUTEX, true, pc);

    if (m->__data.__kind & ROBUST)
        verdict(UNSUPPORTED, "a robust mutex",
                "T%d uses a robust mutex at {c:%x}, which the explorer does "
                "not know", self->id, pc);
    o->kind = m->__data.__kind & 3;
    return o;
}

static struct object *spin_at(const volatile pthread_spinlock_t *s, uint32_t pc)
{
    return object_in_use((const void *)s, A_SPIN, false, pc);
}

static void take(struct object *o, enum action action, uint32_t pc)
{
    o->owner = self;
    o->owner_pc = pc;
    o->value = 1;
    acquire(&o->clock);
    tell(action, o->address, pc);
}

/* A thread that has a recursive mutex, or one that checks, is answered at
 * once. */
static bool has_it(struct object *o, uint32_t pc, int *result)
{
    if (o->owner != self || (o->kind != PTHREAD_MUTEX_RECURSIVE &&
                             o->kind != PTHREAD_MUTEX_ERRORCHECK))
        return false;
    step(pc);
    *result = o->kind == PTHREAD_MUTEX_RECURSIVE ? 0 : EDEADLK;
    if (*result == 0)
        o->value++;
    tell(LOCK, o->address, pc);
    return true;
}

static int lock(struct object *o, int64_t until, uint32_t pc)
{
    struct wait wait = {
        .what = MUTEX_FREE, .object = o, .pc = pc, .until = until,
        .at = o->address,
    };
    int result;

    if (has_it(o, pc, &result))
        return result;
    if (step_when(wait) == -1) {
        tell(LOCK_TRIED, o->address, pc);
        return ETIMEDOUT;
    }
    object_touch(o, pc);
    take(o, LOCK, pc);
    return 0;
}

static int try_lock(struct object *o, uint32_t pc)
{
    if (o->owner == self && o->kind == PTHREAD_MUTEX_RECURSIVE) {
        o->value++;
        tell(LOCK, o->address, pc);
        return 0;
    }
    if (o->owner) {
        tell(LOCK_TRIED, o->address, pc);
        return EBUSY;
    }
    take(o, LOCK, pc);
    return 0;
}

static int unlock(struct object *o, uint32_t pc)
{
    if (o->owner != self) {
        if (o->kind == PTHREAD_MUTEX_ERRORCHECK ||
            o->kind == PTHREAD_MUTEX_RECURSIVE)
            return EPERM;
        if (!o->owner)
            verdict(MISUSE, "unlock of what is not locked",
                    "T%d unlocks the %s {m:%lx} at {c:%x}, which nobody holds",
                    self->id, object_word(o->type),
                    (unsigned long)(uintptr_t)o->address, pc);
        verdict(MISUSE, "unlock of what another holds",
                "T%d unlocks the %s {m:%lx} at {c:%x}, which T%d holds since "
                "{c:%x}", self->id, object_word(o->type),
                (unsigned long)(uintptr_t)o->address, pc, o->owner->id,
                o->owner_pc);
    }
    tell(UNLOCK, o->address, pc);
    if (--o->value > 0)
        return 0;
    release(&o->clock);
    o->owner = NULL;
    return 0;
}

int mutex_lock(pthread_mutex_t *m, int64_t until, uint32_t pc)
{
    return lock(mutex_at(m, pc), until, pc);
}

int mutex_try(pthread_mutex_t *m, uint32_t pc)
{
    step(pc);
    return try_lock(mutex_at(m, pc), pc);
}

int mutex_unlock(pthread_mutex_t *m, uint32_t pc)
{
    step_at(m, pc);
    return unlock(mutex_at(m, pc), pc);
}

int mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr,
               uint32_t pc)
{
    object_init(m, A_MUTEX, pc);
    return pthread_mutex_init(m, attr); /* so that its bytes look like one */
}

void mutex_destroy(pthread_mutex_t *m, uint32_t pc)
{
    object_destroy(m, A_MUTEX, true, pc);
}

int explored_pthread_mutex_init(pthread_mutex_t *m,
                                const pthread_mutexattr_t *attr)
{
    return mutex_init(m, attr, PC);
}

int explored_pthread_mutex_destroy(pthread_mutex_t *m)
{
    mutex_destroy(m, PC);
    return 0;
}

int explored_pthread_mutex_lock(pthread_mutex_t *m)
{
    return mutex_lock(m, FOREVER, PC);
}

int explored_pthread_mutex_trylock(pthread_mutex_t *m)
{
    return mutex_try(m, PC);
}

int explored_pthread_mutex_timedlock(pthread_mutex_t *m,
                                     const struct timespec *t)
{
    return mutex_lock(m, moment(CLOCK_REALTIME, t), PC);
}

int explored_pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
                                     const struct timespec *t)
{
    return mutex_lock(m, moment(clock, t), PC);
}

int explored_pthread_mutex_unlock(pthread_mutex_t *m)
{
    return mutex_unlock(m, PC);
}

int explored_pthread_spin_init(pthread_spinlock_t *s, int shared)
{
    (void)shared;
    object_init((const void *)s, A_SPIN, PC);
    *s = 1;
    return 0;
}

int explored_pthread_spin_destroy(pthread_spinlock_t *s)
{
    object_destroy((void *)s, A_SPIN, false, PC);
    return 0;
}

int explored_pthread_spin_lock(pthread_spinlock_t *s)
{
    return lock(spin_at(s, PC), FOREVER, PC);
}

int explored_pthread_spin_trylock(pthread_spinlock_t *s)
{
    step(PC);
    return try_lock(spin_at(s, PC), PC);
}

int explored_pthread_spin_unlock(pthread_spinlock_t *s)
{
    step(PC);
    return unlock(spin_at(s, PC), PC);
}
