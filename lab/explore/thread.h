/* thread.h - the threads of a run: one runs, the others stand before a step.
 *
 * A step is what others can see: an access to memory that is not the thread's
 * own stack, or a call that synchronises. A thread announces its next step
 * with what must hold before it can be taken, and stands there until it is
 * chosen. So to be chosen is to take the step.
 */
#ifndef THREAD_H
#define THREAD_H

#include "record.h"

#include <stdbool.h>
#include <stdint.h>

/* A vector clock: what of each thread has happened before. */
struct clock { uint32_t at[MAX_THREADS]; };

void clock_join(struct clock *c, const struct clock *other);

struct object;

enum wait_for {
    NOTHING, MUTEX_FREE, SIGNALLED, POSTED, NO_WRITER, NOBODY_INSIDE,
    BARRIER_OPENED, ONCE_DONE, THREAD_ENDED, TIME_ALONE,
    FD_READABLE, FD_WRITABLE, FD_ANY,
};

enum { FOREVER = -1 };

struct wait {
    enum wait_for what;
    struct object *object, *mutex;
    uint32_t pc;
    int number;             /* a thread, a descriptor, how many of them */
    int64_t until;          /* virtual nanoseconds, or FOREVER */
    const void *set;        /* of descriptors, for FD_ANY */
    const void *at;         /* what alone the step is about, or NULL */
};

enum { MAX_KEYS = 32, MAX_CALLS = 64 };

struct thread {
    int id;
    bool ended, joined, detached;
    struct wait wait;
    bool signalled;         /* the condition variable chose us */
    bool timed_out;
    uint64_t line;          /* place in a fair line */
    uint32_t steps;         /* taken so far */
    struct clock clock;
    struct clock released;  /* the clock at the last release fence */
    struct clock loaded;    /* what relaxed loads saw, for an acquire fence */
    uint32_t waits_for;     /* bits: threads that must run first, see steps.c */
    uint32_t idle;          /* reads since something was changed */
    uint32_t looks;         /* at a clock */
    uint8_t naps;           /* sleeps that gave nobody anything */
    bool napping;
    int unwinding;          /* pthread_cleanup_push without its pop */
    uint32_t passed;        /* fair: decisions in which it was passed over */
    int64_t priority;       /* for PCT */
    void *(*start)(void *);
    void *arg, *result;
    void *key[MAX_KEYS];
    uint32_t frame_of[MAX_CALLS];   /* the functions it is in, on the record */
    int calls;
    const char *frame;      /* where its stack begins to be used */
    const char *tls;        /* its thread-local variables, while it runs */
    void *backend;          /* fibre.c or real.c: where to go on */
    int saved_errno;
};

/* All of a run. Only the running thread reads or writes it, and at a switch
 * the next one takes over. */
struct run {
    bool on;                /* off while the explorer itself works or ends */
    struct thread thread[MAX_THREADS];
    int threads, ended;
    int lasting;            /* T1 to lasting - 1 need not be joined */
    uint32_t steps;
    uint32_t changed_at;    /* steps, when somebody last changed something */
    int64_t now;            /* virtual time */
    bool fair;
    uint64_t line;
};

extern struct run run;
extern struct thread *self;

/* Make a thread that stands before its first step. Returns NULL if there are
 * too many. */
struct thread *thread_new(void *(*start)(void *), void *arg);

/* What a thread's stack begins with. */
_Noreturn void thread_main(void);

/* The running thread has returned: its keys' destructors, and then others. */
_Noreturn void thread_end(void *result);

/* Run `t` until something switches back. For what `backend` points to, see
 * fibre.c and real.c. */
struct backend {
    void (*prepare)(struct thread *t);
    void (*go)(struct thread *from, struct thread *to);
    void (*begin)(struct thread *first);    /* returns when finish was called */
    void (*finish)(void);           /* the run is over; does not return */
};

extern const struct backend *backend;
extern const struct backend fibres, real_threads;

/* Where the stacks are, the first thread's lowest. */
extern char *stacks;
enum { STACK = 1 << 20, GUARD = 64 << 10 };

#endif
