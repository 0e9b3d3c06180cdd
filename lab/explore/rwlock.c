/* rwlock.c - read-write locks. */
#include "call.h"

#include <pthread.h>

static struct object *rwlock_at(const pthread_rwlock_t *l, uint32_t pc)
{
    return object_in_use(l, A_RWLOCK, true, pc);
}

static void read_now(struct object *o, uint32_t pc)
{
    o->value++;
    o->inside[self->id]++;
    o->inside_pc[self->id] = pc;
    acquire(&o->clock);
    tell(RD_LOCK, o->address, pc);
}

static void write_now(struct object *o, uint32_t pc)
{
    o->owner = self;
    o->owner_pc = pc;
    acquire(&o->clock);
    acquire(&o->readers);
    tell(WR_LOCK, o->address, pc);
}

static int lock(const pthread_rwlock_t *l, enum wait_for what, int64_t until,
                uint32_t pc)
{
    struct object *o = rwlock_at(l, pc);
    struct wait wait = {
        .what = what, .object = o, .pc = pc, .until = until,
    };

    if (o->owner == self) {
        step(pc);
        tell(RW_TRIED, l, pc);
        return EDEADLK;
    }
    if (step_when(wait) == -1) {
        tell(RW_TRIED, l, pc);
        return ETIMEDOUT;
    }
    object_touch(o, pc);
    (what == NO_WRITER ? read_now : write_now)(o, pc);
    return 0;
}

static int try_lock(const pthread_rwlock_t *l, bool write, uint32_t pc)
{
    struct object *o;

    step(pc);
    o = rwlock_at(l, pc);
    if (o->owner || (write && o->value)) {
        tell(RW_TRIED, l, pc);
        return EBUSY;
    }
    (write ? write_now : read_now)(o, pc);
    return 0;
}

int explored_pthread_rwlock_init(pthread_rwlock_t *l,
                                 const pthread_rwlockattr_t *attr)
{
    object_init(l, A_RWLOCK, PC);
    return pthread_rwlock_init(l, attr);
}

int explored_pthread_rwlock_destroy(pthread_rwlock_t *l)
{
    object_destroy(l, A_RWLOCK, true, PC);
    return 0;
}

int explored_pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    return lock(l, NO_WRITER, FOREVER, PC);
}

int explored_pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    return lock(l, NOBODY_INSIDE, FOREVER, PC);
}

int explored_pthread_rwlock_timedrdlock(pthread_rwlock_t *l,
                                        const struct timespec *t)
{
    return lock(l, NO_WRITER, moment(CLOCK_REALTIME, t), PC);
}

int explored_pthread_rwlock_timedwrlock(pthread_rwlock_t *l,
                                        const struct timespec *t)
{
    return lock(l, NOBODY_INSIDE, moment(CLOCK_REALTIME, t), PC);
}

int explored_pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock,
                                        const struct timespec *t)
{
    return lock(l, NO_WRITER, moment(clock, t), PC);
}

int explored_pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock,
                                        const struct timespec *t)
{
    return lock(l, NOBODY_INSIDE, moment(clock, t), PC);
}

int explored_pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    return try_lock(l, false, PC);
}

int explored_pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    return try_lock(l, true, PC);
}

int explored_pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    struct object *o;

    step(PC);
    o = rwlock_at(l, PC);
    if (o->owner != self && !o->inside[self->id])
        verdict(MISUSE, o->owner || o->value ? "unlock of what another holds"
                                             : "unlock of what is not locked",
                "T%d unlocks the read-write lock {m:%lx} at {c:%x}, which it "
                "does not hold", self->id, (unsigned long)(uintptr_t)l, PC);
    tell(RW_UNLOCK, l, PC);
    if (o->owner == self) {
        release(&o->clock);
        o->owner = NULL;
    } else {
        release(&o->readers);
        o->inside[self->id]--;
        o->value--;
    }
    return 0;
}
