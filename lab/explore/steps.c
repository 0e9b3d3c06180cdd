/* steps.c - one step after the other, and a choice before each that matters.
 *
 * The choice is among the threads whose next step can be taken (able.c).
 *
 * A thread that sleeps again and again, or that looks again and again and
 * changes nothing, gives way (Musuvathi and Qadeer, "Fair stateless model
 * checking", PLDI 2008): it is not chosen again before each thread that could
 * run at that moment has made a step, so a loop that waits for somebody ends.
 * "All orders" are therefore all in which loops of that kind are fair. Its
 * first sleeps give nobody anything: who sleeps in order to let another go
 * first is to be found out.
 */
#include "steps.h"

#include "able.h"
#include "object.h"
#include "seen.h"
#include "strategy.h"
#include "verdict.h"

#include <stddef.h>

enum {
    IDLE_STEPS = 50,        /* in a row, until we call it spinning */
    MAX_STEPS = 200000,
    PATIENCE = 64,          /* fair: decisions that may pass a thread over */
    NAPS = 2,               /* of a thread, before its sleeps give way */
};

uint64_t all_steps;
uint32_t last_pc;

static uint32_t since_switch;   /* steps of the running thread */
static uint32_t gave_way;       /* bits: threads that wait for others to run */

void steps_reset(void)
{
    since_switch = gave_way = 0;
}

static struct thread *passed_over(struct thread **from, int n)
{
    for (int i = 0; i < n; i++)
        if (from[i]->passed > PATIENCE)
            return from[i];
    return NULL;
}

static struct thread *pick(void)
{
    struct thread *from[MAX_THREADS], *next = NULL;
    bool running;
    int n = candidates(from, &running);

    if (n == 0)
        standstill();
    if (self->napping)
        running = false;
    if (run.fair && !strategy_repeats())
        next = passed_over(from, n);
    if (!next)
        next = strategy_thread(from, n, !running);
    for (int i = 0; run.fair && i < n; i++)
        from[i]->passed = from[i] == next ? 0 : from[i]->passed + 1;
    if (running && next != self)
        record->preemptions++;
    return next;
}

/* A limit is reached. Where all have only looked for half of the way, they
 * would go on like that. */
static _Noreturn void too_long(const char *about, const char *what, int limit)
{
    if (run.steps - run.changed_at > run.steps / 2)
        no_progress((int)(run.steps - run.changed_at));
    verdict(INCONCLUSIVE, about,
            "T%d was at {c:%x} after %d %s of all threads together: the run "
            "is too long, or it never ends", self->id, last_pc, limit, what);
}

static void close_segment(void)
{
    if (record->segments == MAX_SEGMENTS)
        too_long("too many switches", "switches", MAX_SEGMENTS);
    record->segment[record->segments++] =
        (struct segment){ (uint16_t)self->id, since_switch };
    since_switch = 0;
}

void steps_close(void)
{
    if (self && record->segments < MAX_SEGMENTS)
        record->segment[record->segments++] =
            (struct segment){ (uint16_t)self->id, since_switch };
}

static void go_on_with(struct thread *next)
{
    if (next == self)
        return;
    close_segment();

    struct thread *from = self;
    self = next;
    backend->go(from, next);
}

/* We were chosen. If not because what we wait for holds, then our time is
 * up. */
static void arrive(void)
{
    self->timed_out = !can_go(self);
    if (self->timed_out)
        seen_lost();
    if (self->timed_out && self->wait.until > run.now)
        run.now = self->wait.until;
    self->wait = (struct wait){ .what = NOTHING, .until = FOREVER };
}

/* Where nobody else can run, because the thread holds what they need, it
 * tries again at its next step. */
static void give_way(void)
{
    self->waits_for = who_can_go() & ~(1u << self->id);
    if (!self->waits_for)
        return;
    seen_lost();
    gave_way |= 1u << self->id;
    self->idle = 0;
}

static bool idles(void)
{
    return ++self->idle >= IDLE_STEPS;
}

static void somebody_ran(void)
{
    for (int i = 0; i < run.threads; i++) {
        run.thread[i].waits_for &= ~(1u << self->id);
        if (!run.thread[i].waits_for)
            gave_way &= ~(1u << i);
    }
}

static void count(uint32_t pc)
{
    if (gave_way)
        somebody_ran();
    last_pc = pc;
    all_steps++;
    self->steps++;
    since_switch++;
    if (++run.steps > MAX_STEPS)
        too_long("too many steps", "steps", MAX_STEPS);
}

static int take(struct wait wait)
{
    self->wait = wait;
    self->line = ++run.line;
    if (wait.until != FOREVER && !can_go(self))
        seen_lost();
    go_on_with(pick());
    arrive();
    if (wait.at)
        seen_step(wait.at);
    else
        seen_all();
    count(wait.pc);
    return self->timed_out ? -1 : 0;
}

int step_when(struct wait wait)
{
    settle();
    if (idles())
        give_way();
    return take(wait);
}

void step_at(const void *object, uint32_t pc)
{
    step_when((struct wait){
        .what = NOTHING, .pc = pc, .until = FOREVER, .at = object,
    });
}

void step(uint32_t pc)
{
    step_at(NULL, pc);
}

static bool has_raced(uint32_t pc)
{
    for (int i = 0; i < record->points; i++)
        if (record->point[i] == pc)
            return true;
    return false;
}

void step_plain(uint32_t pc, bool write)
{
    bool aside = false;

    settle();
    if (write)
        changed();
    else if (idles()) {
        give_way();
        aside = true;
    }
    if (aside || (record->points && has_raced(pc)) || strategy_stretch_ends()) {
        self->wait = (struct wait){
            .what = NOTHING, .pc = pc, .until = FOREVER,
        };
        go_on_with(pick());
    }
    count(pc);
}

void step_aside(uint32_t pc, int64_t until)
{
    enum wait_for what = until == FOREVER ? NOTHING : TIME_ALONE;

    settle();
    seen_lost();
    self->napping = self->naps < NAPS;
    if (self->napping)
        self->naps++;
    else
        give_way();
    take((struct wait){ .what = what, .pc = pc, .until = until });
    self->napping = false;
}

void changed(void)
{
    self->idle = 0;
    run.changed_at = run.steps;
}

int choose(int n)
{
    int c = n > 1 ? strategy_number(n) : 0;

    if (n > 1) {
        if (record->choices == MAX_CHOICES)
            verdict(INCONCLUSIVE, "too many choices",
                    "this order has more than %d choices", MAX_CHOICES);
        record->choice[record->choices++] = (uint8_t)c;
        seen_number(c);
    }
    return c;
}

void leave(void)
{
    self->ended = true;
    seen_step(&self->ended);
    run.ended++;
    go_on_with(pick());
    __builtin_unreachable();
}
