/* object.h - what threads wait at: mutexes, semaphores, and so on.
 *
 * They are known by their address. The program's own bytes there are never
 * changed: what a mutex holds is in our table, and a new run begins with an
 * empty one.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include "thread.h"

enum object_type {
    UNUSED, A_MUTEX, A_COND, A_SEM, A_RWLOCK, A_SPIN, A_BARRIER, A_ONCE,
    AN_ATOMIC,
};

struct object {
    const void *address;
    uint32_t run;           /* in which it was made; others see it as empty */
    enum object_type type;
    int kind;               /* of a mutex: normal, recursive, error checking */
    struct thread *owner;
    uint32_t owner_pc;      /* since where */
    long value;             /* semaphore; readers; arrived; times locked */
    /* read-write lock: how often each thread is inside to read, since where */
    uint8_t inside[MAX_THREADS];
    uint32_t inside_pc[MAX_THREADS];
    long initial;           /* semaphore, barrier */
    uint32_t initial_pc;
    uint32_t lost, lost_pc; /* signals that found nobody */
    bool destroyed;
    struct clock clock;     /* of who released it, joined */
    struct clock readers;   /* of the readers who left */
};

/* The object of that type at an address: found, or made (then *made). */
struct object *object_at(const void *address, enum object_type type,
                         bool *made);

/* The object at an address if it is of that type, or NULL. */
struct object *object_known(const void *address, enum object_type type);

/* What the type is called. */
const char *object_word(enum object_type type);

/* Forget all objects: a new run begins. */
void objects_reset(void);

/* The running thread acquires what was released here, or releases. */
void acquire(struct clock *c);
void release(struct clock *c);

#endif
