/* record.h - the page on which one run tells what became of it.
 *
 * A run happens in a child; the page is shared with the parent, which
 * searches, shortens and prints. The program runs in the same address space
 * and may write where it must not, so the parent believes nothing that stands
 * here before it has looked it over, and no pointer leads out of the record.
 * Places in the code stand in texts as {c:PC}, memory as {m:ADDRESS}, both
 * hexadecimal; whoever prints resolves them.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum verdict {
    FINE, WRONG, RACE, DEADLOCK, LOST_WAKEUP, NO_PROGRESS, BYPASSED, CRASH,
    USE_AFTER_FREE, DOUBLE_FREE, OVERFLOW, MISUSE, LEAK,
    UNSUPPORTED, INCONCLUSIVE, DIVERGED,
    LOST,                   /* no run has said anything yet */
};

enum {
    MAX_THREADS = 32, MAX_SEGMENTS = 1 << 14, MAX_DECISIONS = 1 << 14,
    MAX_CHOICES = 1 << 12, MAX_EVENTS = 1 << 16, MAX_BLOCKS = 1 << 12,
    MAX_NAMES = 64, MAX_POINTS = 256, MAX_RACES = 16, MAX_WORD = 48,
    MAX_FRAMES = 1 << 16,
};

/* A stretch that one thread ran alone: so many steps. */
struct segment { uint16_t thread; uint32_t steps; };

/* What the strategy could choose from, and what it did. */
struct decision { uint8_t chosen, choices, paid; };

enum action {
    READ, WRITE, ATOMIC_LOAD, ATOMIC_STORE, ATOMIC_UPDATE, FENCE,
    LOCK, LOCK_TRIED, UNLOCK, COND_WAIT, COND_WOKEN, COND_TIMEOUT, SIGNAL,
    BROADCAST, SEM_WAIT, SEM_TRIED, SEM_TIMEOUT, SEM_POST, SEM_VALUE,
    RD_LOCK, WR_LOCK, RW_TRIED, RW_UNLOCK, BARRIER, BARRIER_OPEN, ONCE,
    CREATE, JOIN, DETACH, EXIT, YIELD, SLEEP, TIME, FREE,
    FD_READ, FD_WRITE, FD_CLOSE, FD_POLL, FD_ACCEPT,
    ACTIONS,                /* how many */
};

struct event {
    uint8_t thread, action, size;
    bool has_value;
    uint32_t step;          /* of the thread */
    uint32_t pc;
    uint32_t about;         /* another thread, a block of the heap */
    uint32_t frame;         /* the function it is in; 0: none with hooks */
    uint64_t address, value;
};

/* A stay in a function. Frames have numbers from 1 in order of their
 * beginning; `by` is the one that called, or 0. */
struct frame { uint32_t called_at, inside, by; };

struct block {
    uint64_t start, size;
    uint32_t pc, freed_pc;
    uint16_t thread, freed;
};

struct name { uint64_t start, size; char text[MAX_WORD]; };
struct access { uint32_t pc, step; uint8_t thread, write, atomic; };
struct race { uint64_t address; struct access first, second; };

struct record {
    enum verdict verdict;
    char text[4096];
    char about[256];        /* the failure without lines, values or steps */

    /* The order that was run: enough to run it again. */
    int segments, choices;
    struct segment segment[MAX_SEGMENTS];
    uint8_t choice[MAX_CHOICES];
    uint64_t hash;          /* of everything that happened */
    uint32_t steps, preemptions, threads;

    int decisions;
    struct decision decision[MAX_DECISIONS];

    /* Only in a run that is told. */
    int events, blocks, names, frames;
    uint32_t events_lost;           /* for want of room */
    struct event event[MAX_EVENTS];
    struct frame frame[MAX_FRAMES];
    struct block block[MAX_BLOCKS];
    struct name name[MAX_NAMES];
    char role[MAX_THREADS][MAX_WORD];
    uint32_t start_pc[MAX_THREADS];

    /* Kept over the runs of a search. */
    int points, races;
    uint32_t point[MAX_POINTS];     /* racing places: others may come between */
    struct race race[MAX_RACES];
    uint32_t unchecked;             /* accesses for which there was no room */

    /* A batch of runs. */
    long at;                        /* the number of the last run */
    int prefix, bound;              /* depth first: where the next goes on */
    bool exhausted;
    uint8_t chosen[MAX_DECISIONS];
    uint32_t longest;               /* decisions of a run, at most */
    uint64_t all_steps, all_switches;
};

extern struct record *record;

/* Regions that have an address of their own, the same in every process: the
 * stacks, the heap, what is known of the heap, the record, the states that
 * were reached. The program has no business in the last three. */
enum { OUR_REGIONS = 5 };
#define OURS_AT(n) ((uintptr_t)0x1000000000 + (uintptr_t)(n) * 0x100000000)

/* Reserve it; call once. Returns 0, or -1 with errno. */
int record_open(void);

/* A new run begins, and nothing is known of it yet. */
void record_reset(void);

/* Look over what a child has left: if it cannot be, because the program has
 * written over it, that is the verdict. */
void record_check(void);

#endif
