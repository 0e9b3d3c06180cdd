/* object.c - the table of objects, by address. */
#include "object.h"

#include "heap.h"
#include "verdict.h"

enum { TABLE = 4096 };      /* a power of two */

static struct object table[TABLE];
static uint32_t current = 1, used;

static const char *const words[] = {
    [A_MUTEX] = "mutex", [A_COND] = "condition variable", [A_SEM] = "semaphore",
    [A_RWLOCK] = "read-write lock", [A_SPIN] = "spin lock",
    [A_BARRIER] = "barrier", [A_ONCE] = "pthread_once_t",
    [AN_ATOMIC] = "atomic",
};

const char *object_word(enum object_type type)
{
    return words[type];
}

void objects_reset(void)
{
    current++;
    used = 0;
}

static struct object *slot(const void *address, enum object_type type)
{
    uint64_t h = ((uintptr_t)address >> 2) * 0x9e3779b97f4a7c15u;

    for (uint32_t i = (uint32_t)(h >> 40);; i++) {
        struct object *o = &table[i % TABLE];
        if (o->run != current || (o->address == address && o->type == type))
            return o;
    }
}

struct object *object_known(const void *address, enum object_type type)
{
    struct object *o = slot(address, type);

    return o->run == current ? o : NULL;
}

struct object *object_at(const void *address, enum object_type type,
                         bool *made)
{
    struct object *o = slot(address, type);

    *made = o->run != current;
    if (*made) {
        if (++used > TABLE / 2)
            verdict(INCONCLUSIVE, "too many objects",
                    "the program uses more than %d locks, semaphores and "
                    "atomic variables", TABLE / 2);
        *o = (struct object){
            .address = address, .run = current, .type = type,
        };
    }
    return o;
}

void clock_join(struct clock *c, const struct clock *other)
{
    for (int i = 0; i < run.threads; i++)
        if (c->at[i] < other->at[i])
            c->at[i] = other->at[i];
}

void acquire(struct clock *c)
{
    clock_join(&self->clock, c);
}

void release(struct clock *c)
{
    clock_join(c, &self->clock);
    self->clock.at[self->id]++;
}
