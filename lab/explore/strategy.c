/* strategy.c - random walk, PCT, depth first with few preemptions, replay.
 *
 * PCT: Burckhardt et al., "A randomized scheduler with probabilistic
 * guarantees of finding bugs", ASPLOS 2010. Few preemptions first: Musuvathi
 * and Qadeer, "Iterative context bounding", PLDI 2007.
 */
#include "strategy.h"

#include "object.h"
#include "run.h"
#include "seen.h"
#include "steps.h"
#include "verdict.h"

#include <string.h>

enum { MAX_DEPTH = 16 };

static const struct strategy *how;
static uint64_t state;
static uint32_t decided;                /* decisions so far */
static uint32_t change[MAX_DEPTH];      /* PCT: where priorities change */
static int64_t lowest;
static int at_segment, at_choice;       /* REPLAY */
static bool main_going;
static uint32_t stretch_began;          /* steps of the thread at its begin */

/* splitmix64 */
static uint64_t chance(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void strategy_begin(const struct strategy *s)
{
    how = s;
    state = s->seed;
    decided = 0;
    lowest = 0;
    at_segment = at_choice = 0;
    stretch_began = 0;
    main_going = s->main_first;
    for (int i = 0; i < MAX_DEPTH; i++)
        change[i] = (uint32_t)(chance() %
                               (record->longest ? record->longest : 64));
}

void strategy_thread_made(struct thread *t)
{
    t->priority = (int64_t)(chance() >> 2) + 1;
}

static struct thread *by_priority(struct thread *const *from, int n)
{
    struct thread *best = from[0];

    for (int i = 0; i < how->depth - 1 && i < MAX_DEPTH; i++)
        if (change[i] == decided)
            self->priority = --lowest;
    for (int i = 1; i < n; i++)
        if (from[i]->priority > best->priority)
            best = from[i];
    return best;
}

/* A run that goes on as an earlier one did need not go on. */
static void end_if_seen(bool free)
{
    int left = record->bound - (int)record->preemptions;

    if (record->decisions < record->prefix || !seen_before(left, free))
        return;
    record->verdict = FINE;
    run_over();
}

/* The next number of the prefix, or 0 beyond it; on the record. */
static int depth_first(int n, bool paid)
{
    int c = record->decisions < record->prefix
                ? record->chosen[record->decisions] : 0;

    if (record->decisions == MAX_DECISIONS)
        verdict(INCONCLUSIVE, "too many decisions",
                "this order has more than %d decisions", MAX_DECISIONS);
    record->decision[record->decisions++] =
        (struct decision){ (uint8_t)c, (uint8_t)n, paid };
    return c < n ? c : n - 1;
}

static _Noreturn void impossible(const struct thread *t)
{
    static const char *const why[] = {
        [MUTEX_FREE] = "a lock", [SIGNALLED] = "a signal", [POSTED] = "a post",
        [NO_WRITER] = "a writer", [NOBODY_INSIDE] = "readers or a writer",
        [BARRIER_OPENED] = "others at a barrier", [ONCE_DONE] = "pthread_once",
        [THREAD_ENDED] = "a thread's end", [TIME_ALONE] = "time",
        [FD_READABLE] = "input", [FD_WRITABLE] = "room",
        [FD_ANY] = "a descriptor",
    };
    const struct object *o = t->wait.object;

    if (t->ended)
        verdict(DIVERGED, "an impossible move",
                "T%d cannot move: it has ended", t->id);
    if (o && o->owner)
        verdict(DIVERGED, "an impossible move",
                "T%d cannot move: it waits at {c:%x} for {m:%lx}, which T%d "
                "holds since {c:%x}", t->id, t->wait.pc,
                (unsigned long)(uintptr_t)o->address, o->owner->id,
                o->owner_pc);
    verdict(DIVERGED, "an impossible move",
            "T%d cannot move: it waits at {c:%x} for %s", t->id, t->wait.pc,
            t->wait.what == NOTHING ? "others, having given way"
                                    : why[t->wait.what]);
}

/* Whether the running thread is the one whose stretch it is. */
static bool stretch_is_mine(void)
{
    return at_segment < how->segments &&
           how->segment[at_segment].thread == self->id;
}

bool strategy_repeats(void)
{
    return how->kind == REPLAY;
}

bool strategy_stretch_ends(void)
{
    return how->kind == REPLAY && !main_going && stretch_is_mine() &&
           self->steps - stretch_began >= how->segment[at_segment].steps;
}

static struct thread *present(struct thread *const *from, int n, int id)
{
    for (int i = 0; i < n; i++)
        if (from[i]->id == id)
            return from[i];
    return NULL;
}

/* Whether T0 is still to go on by itself. */
static bool main_goes(struct thread *const *from)
{
    if (!main_going)
        return false;
    main_going = self->id == 0 && from[0] == self;
    return main_going;
}

/* Go on to the next stretch whose thread can take it. Beyond the last, whoever
 * runs goes on, or else the lowest. */
static struct thread *repeat(struct thread *const *from, int n)
{
    if (main_goes(from))
        return self;
    if (stretch_is_mine() && !strategy_stretch_ends() && from[0] == self)
        return self;
    if (stretch_is_mine()) {
        if (how->strict && !strategy_stretch_ends())
            impossible(self);
        at_segment++;
    }
    for (; at_segment < how->segments; at_segment++) {
        int id = how->segment[at_segment].thread;
        struct thread *t = present(from, n, id);
        if (t) {
            stretch_began = t->steps;
            return t;
        }
        if (how->strict && id < run.threads)
            impossible(&run.thread[id]);
        if (how->strict)
            verdict(DIVERGED, "an impossible move", "there is no T%d yet", id);
    }
    for (int i = 1; from[0] != self && i < n; i++)
        if (from[i]->id < from[0]->id)
            return present(from, n, from[i]->id);
    return from[0];
}

struct thread *strategy_thread(struct thread *const *from, int n,
                               bool for_free)
{
    struct thread *t = from[0];

    if (how->kind == REPLAY)
        return repeat(from, n);
    if (n > 1) {
        if (how->kind == RANDOM)
            t = from[chance() % (unsigned)n];
        else if (how->kind == PCT)
            t = by_priority(from, n);
        else {
            end_if_seen(for_free);
            t = from[depth_first(n, !for_free)];
        }
        decided++;
        if (decided > record->longest)
            record->longest = decided;
    }
    return t;
}

int strategy_number(int n)
{
    switch (how->kind) {
    case REPLAY:
        return at_choice < how->choices ? how->choice[at_choice++] % n : 0;
    case DEPTH_FIRST:
        return depth_first(n, false);
    default:
        return (int)(chance() % (unsigned)n);
    }
}

void strategy_next(int bound)
{
    static int spent[MAX_DECISIONS + 1];
    int p;

    for (p = 0; p < record->decisions; p++) {
        struct decision d = record->decision[p];
        spent[p + 1] = spent[p] + (d.paid && d.chosen);
    }
    for (p = record->decisions - 1; p >= 0; p--) {
        struct decision d = record->decision[p];
        if (d.chosen + 1 < d.choices &&
            spent[p] + (d.paid ? 1 : 0) <= record->bound)
            break;
    }
    record->prefix = p + 1;
    if (p < 0) {
        record->exhausted = record->bound >= bound;
        record->bound++;
        return;
    }
    for (int i = 0; i <= p; i++)
        record->chosen[i] = record->decision[i].chosen;
    record->chosen[p]++;
}
