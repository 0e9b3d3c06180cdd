/* sem.c - semaphores, named ones too. */
#include "call.h"
#include "heap.h"

#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <string.h>

enum { MAX_NAMED = 16, NAME = 256 };

static struct { char name[NAME]; sem_t *sem; } named[MAX_NAMED];
static int named_count;

void semaphores_reset(void)
{
    named_count = 0;
}

static struct object *sem_at(const sem_t *s, uint32_t pc)
{
    return object_in_use(s, A_SEM, false, pc);
}

static void begin_at(struct object *o, unsigned value, uint32_t pc)
{
    o->value = o->initial = (long)value;
    o->initial_pc = pc;
}

static void take(struct object *o, uint32_t pc)
{
    o->value--;
    acquire(&o->clock);
    tell_value(tell(SEM_WAIT, o->address, pc), (uint64_t)o->value);
    changed();
}

static int fails(int error)
{
    errno = error;
    return -1;
}

static int wait_at(const sem_t *s, int64_t until, uint32_t pc)
{
    struct object *o = sem_at(s, pc);
    struct wait wait = {
        .what = POSTED, .object = o, .pc = pc, .until = until,
        .at = s,
    };

    if (step_when(wait) == -1) {
        tell(SEM_TIMEOUT, s, pc);
        return fails(ETIMEDOUT);
    }
    object_touch(o, pc);
    take(o, pc);
    return 0;
}

int explored_sem_init(sem_t *s, int shared, unsigned value)
{
    if (value > SEM_VALUE_MAX)
        return fails(EINVAL);
    begin_at(object_init(s, A_SEM, PC), value, PC);
    return sem_init(s, shared, value);
}

int explored_sem_destroy(sem_t *s)
{
    object_destroy(s, A_SEM, false, PC);
    return 0;
}

int explored_sem_wait(sem_t *s)
{
    return wait_at(s, FOREVER, PC);
}

int explored_sem_timedwait(sem_t *s, const struct timespec *t)
{
    return wait_at(s, moment(CLOCK_REALTIME, t), PC);
}

int explored_sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *t)
{
    return wait_at(s, moment(clock, t), PC);
}

int explored_sem_trywait(sem_t *s)
{
    struct object *o;

    step(PC);
    o = sem_at(s, PC);
    if (o->value == 0) {
        tell(SEM_TRIED, s, PC);
        return fails(EAGAIN);
    }
    take(o, PC);
    return 0;
}

int explored_sem_post(sem_t *s)
{
    struct object *o;

    step_at(s, PC);
    o = sem_at(s, PC);
    if (o->value == SEM_VALUE_MAX)
        return fails(EOVERFLOW);
    release(&o->clock);
    o->value++;
    tell_value(tell(SEM_POST, s, PC), (uint64_t)o->value);
    changed();
    return 0;
}

int explored_sem_getvalue(sem_t *s, int *value)
{
    struct object *o;

    step(PC);
    o = sem_at(s, PC);
    touch_memory(value, sizeof *value, true, PC);
    *value = (int)o->value;
    tell_value(tell(SEM_VALUE, s, PC), (uint64_t)o->value);
    return 0;
}

static int find(const char *name)
{
    for (int i = 0; i < named_count; i++)
        if (strcmp(named[i].name, name) == 0)
            return i;
    return -1;
}

static sem_t *make(const char *name, unsigned value, uint32_t pc)
{
    sem_t *s = heap_new(sizeof *s, 16, pc);

    if (named_count == MAX_NAMED)
        verdict(INCONCLUSIVE, "too many named semaphores",
                "T%d opens another one at {c:%x}, and there are %d already",
                self->id, pc, MAX_NAMED);
    begin_at(object_init(s, A_SEM, pc), value, pc);
    strcpy(named[named_count].name, name);
    named[named_count++].sem = s;
    return s;
}

/* Those of other processes are not there: each run has names of its own. */
sem_t *explored_sem_open(const char *name, int flags, ...)
{
    va_list args;
    unsigned value;
    int i;

    step(PC);
    i = find(name);
    if (strlen(name) >= NAME) {
        errno = ENAMETOOLONG;
        return SEM_FAILED;
    }
    if (i >= 0 && !(flags & O_CREAT && flags & O_EXCL))
        return named[i].sem;
    if (i >= 0 || !(flags & O_CREAT)) {
        errno = i >= 0 ? EEXIST : ENOENT;
        return SEM_FAILED;
    }
    va_start(args, flags);
    (void)va_arg(args, mode_t);
    value = va_arg(args, unsigned);
    va_end(args);
    return make(name, value, PC);
}

int explored_sem_unlink(const char *name)
{
    int i;

    step(PC);
    i = find(name);
    if (i < 0)
        return fails(ENOENT);
    named[i] = named[--named_count];
    return 0;
}

int explored_sem_close(sem_t *s)
{
    step(PC);
    sem_at(s, PC);
    return 0;
}
