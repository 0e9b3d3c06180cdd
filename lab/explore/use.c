/* use.c - whether an object may be used as it is.
 *
 * An object that is destroyed gets a mark in its own bytes, so that one which
 * an initialiser makes later at the same address is known as another: a local
 * variable comes back to where it was. Bytes of a stack that was left are not
 * known as such, and use of an object there goes unseen.
 */
#include "call.h"
#include "heap.h"

#include <string.h>

enum { FRESH = 0xa5a5a5a5, GONE = 0xdeadbeef };     /* from malloc; destroyed */
enum { NOWHERE = 4096 };    /* bytes: below lies nothing, on any Linux */

static void check_memory(const void *address, uint32_t pc)
{
    struct place where = place_of(address);

    if (where.region == HEAP)
        heap_check(address, 1, true, pc);
    if (where.region == OUTSIDE && (uintptr_t)address < NOWHERE)
        verdict(CRASH, "a null pointer",
                "T%d uses a lock or semaphore at {c:%x} through a null pointer",
                self->id, pc);
    if (where.region == OUTSIDE)
        verdict(UNSUPPORTED, "a lock in memory of a library",
                "T%d uses a lock or semaphore at %p at {c:%x}, which is not in "
                "the program's own memory", self->id, address, pc);
}

static uint32_t first_word(const void *address)
{
    uint32_t word;

    memcpy(&word, address, sizeof word);
    return word;
}

static void forget(struct object *o)
{
    const void *address = o->address;
    enum object_type type = o->type;
    uint32_t since = o->run;

    *o = (struct object){ .address = address, .run = since, .type = type };
}

struct object *object_in_use(const void *address, enum object_type type,
                             bool static_too, uint32_t pc)
{
    bool made;
    struct object *o;
    uint32_t word;

    check_memory(address, pc);
    o = object_at(address, type, &made);
    word = first_word(address);
    if (o->destroyed && static_too && word != GONE) {
        forget(o);
        made = true;
    }
    if (made && (!static_too || word == FRESH || word == GONE))
        verdict(MISUSE, "use before init",
                "T%d uses the %s {m:%lx} at {c:%x}, and nobody has initialised "
                "it", self->id, object_word(type),
                (unsigned long)(uintptr_t)address, pc);
    if (o->destroyed)
        verdict(MISUSE, "use after destroy",
                "T%d uses the %s {m:%lx} at {c:%x} after it was destroyed",
                self->id, object_word(type), (unsigned long)(uintptr_t)address,
                pc);
    return o;
}

void object_touch(const struct object *o, uint32_t pc)
{
    if (place_of(o->address).region == HEAP)
        heap_check(o->address, 1, true, pc);
}

/* Who was signalled, or let go by a barrier, is past waiting there. */
static bool waits_at(const struct thread *t, const struct object *o)
{
    if (t->ended)
        return false;
    if (t->wait.what == SIGNALLED && t->wait.object == o)
        return !t->signalled;
    return t->wait.object == o || t->wait.mutex == o;
}

static const struct thread *user_of(const struct object *o)
{
    for (int i = 0; i < run.threads; i++)
        if (waits_at(&run.thread[i], o) ||
            (o->type == A_RWLOCK && o->inside[i]))
            return &run.thread[i];
    return NULL;
}

static void check_unused(const struct object *o, const char *what, uint32_t pc)
{
    const struct thread *user = user_of(o);
    const char *word = object_word(o->type);
    unsigned long at = (unsigned long)(uintptr_t)o->address;

    if (o->owner)
        verdict(MISUSE, what, "T%d: %s at {c:%x}: the %s {m:%lx} is held by "
                "T%d since {c:%x}", self->id, what, pc, word, at,
                o->owner->id, o->owner_pc);
    if (user && o->type == A_RWLOCK && o->inside[user->id])
        verdict(MISUSE, what, "T%d: %s at {c:%x}: the %s {m:%lx} is held by "
                "T%d, to read, since {c:%x}", self->id, what, pc, word, at,
                user->id, o->inside_pc[user->id]);
    if (user)
        verdict(MISUSE, what, "T%d: %s at {c:%x}: T%d stands before the %s "
                "{m:%lx} at {c:%x}", self->id, what, pc, user->id, word, at,
                user->wait.pc);
}

struct object *object_init(const void *address, enum object_type type,
                           uint32_t pc)
{
    bool made;
    struct object *o;

    check_memory(address, pc);
    step(pc);
    check_memory(address, pc);
    o = object_at(address, type, &made);
    if (!made && !o->destroyed)
        check_unused(o, "init of what is in use", pc);
    forget(o);
    changed();
    return o;
}

void object_destroy(void *address, enum object_type type, bool static_too,
                    uint32_t pc)
{
    struct object *o;

    step(pc);
    o = object_in_use(address, type, static_too, pc);
    check_unused(o, "destroy while in use", pc);
    o->destroyed = true;
    memcpy(address, &(uint32_t){ GONE }, sizeof(uint32_t));
    changed();
}
