/* search.c - orders with few preemptions first, then by chance. */
#include "search.h"

#include "confirm.h"
#include "run.h"
#include "seen.h"
#include "tls.h"

#include <stdio.h>
#include <string.h>

enum {
    CONSEQUENCES = 2,       /* depth first has one in so many of the runs */
    UNCLEAR = 200,          /* orders without an answer, until we give up */
};

static const char UNCHECKED[] = "too many accesses to keep";

static struct schedule first_race;
static int races_found;

/* The first order of which nothing can be said, and how many there were. */
static struct {
    enum verdict verdict;
    char about[sizeof ((struct record *)0)->about];
    char text[sizeof ((struct record *)0)->text];
    struct schedule schedule;
    int count;
} unclear;

static bool costs_nothing(enum verdict v)
{
    return v == UNSUPPORTED || v == INCONCLUSIVE || v == DIVERGED;
}

static bool failed(void)
{
    return record->verdict != FINE;
}

/* A run that found the first race is kept: it may stay without consequence. */
static void note_races(void)
{
    if (record->races && !races_found)
        schedule_take(&first_race);
    races_found = record->races;
}

/* One order without an answer does not end the search: another may have one. */
static void note_unclear(void)
{
    if (record->verdict != INCONCLUSIVE || unclear.count == UNCLEAR)
        return;
    if (unclear.count++ == 0) {
        unclear.verdict = record->verdict;
        strcpy(unclear.about, record->about);
        strcpy(unclear.text, record->text);
        schedule_take(&unclear.schedule);
    }
    record->verdict = FINE;
}

static void forget(void)
{
    record->points = record->races = 0;
    record->unchecked = record->longest = 0;
    record->all_steps = record->all_switches = 0;
    races_found = unclear.count = 0;
}

static void begin_depth_first(void)
{
    seen_forget();
    record->prefix = record->bound = 0;
    record->exhausted = false;
}

/* Take what a child has left. Depth first goes on behind it; where a racing
 * place was found there are more orders, and it begins again. */
static void take_note(const struct plan *plan, int points)
{
    int before = unclear.count;

    note_races();
    note_unclear();
    if (!plan->depth_first)
        return;
    if (record->points != points)
        begin_depth_first();
    else if (unclear.count > before)
        strategy_next(plan->bound);
}

static bool goes_on(const struct search *how)
{
    return !failed() && !(how->races_fail && races_found);
}

/* Runs n and more, up to `most`. Returns the number of the next. */
static long some(const struct search *how, const struct plan *plan, long n,
                 long most)
{
    int points = record->points;

    run_many(plan, n, n + how->batch < most ? n + how->batch : most);
    take_note(plan, points);
    return record->at + 1;
}

static long depth_first(const struct search *how, long budget)
{
    struct plan plan = {
        .depth_first = true, .seed = how->seed, .bound = how->bound,
    };
    long n = 0;

    begin_depth_first();
    while (n < budget && !record->exhausted && goes_on(how))
        n = some(how, &plan, n, budget);
    return n;
}

static long by_chance(const struct search *how, long n)
{
    struct plan plan = { .seed = how->seed };

    while (n < how->schedules && goes_on(how))
        n = some(how, &plan, n, how->schedules);
    return n;
}

static void settle_on_unclear(struct finding *f)
{
    f->verdict = unclear.verdict;
    f->schedule = unclear.schedule;
    f->switches_before = f->switches_after = f->schedule.segments;
    strcpy(record->about, unclear.about);
    strcpy(record->text, unclear.text);
}

/* Nothing was found; but not all that the program touches was looked at. */
static void settle_on_unchecked(struct finding *f)
{
    f->verdict = INCONCLUSIVE;
    snprintf(record->about, sizeof record->about, "%s", UNCHECKED);
    snprintf(record->text, sizeof record->text,
             "the program touches more than the explorer can keep in mind: "
             "%u accesses were not checked for races", record->unchecked);
}

static void settle_on_foreign(struct finding *f)
{
    f->verdict = INCONCLUSIVE;
    f->exhausted = -1;
    snprintf(record->about, sizeof record->about,
             "another thread's own variable");
    snprintf(record->text, sizeof record->text,
             "on real threads the program takes other steps: a thread uses "
             "another's _Thread_local variable, which the explorer cannot see");
}

static void settle_on(struct finding *f)
{
    f->verdict = record->verdict;
    if (f->verdict == FINE && races_found) {
        f->verdict = RACE;
        f->schedule = first_race;
        f->switches_before = f->switches_after = first_race.segments;
        return;
    }
    if (f->verdict == FINE) {
        if (unclear.count)
            settle_on_unclear(f);
        else if (record->unchecked)
            settle_on_unchecked(f);
        return;
    }
    strcpy(f->about, record->about);
    schedule_take(&f->schedule);
    f->switches_before = f->switches_after = f->schedule.segments;
    if (costs_nothing(f->verdict))
        return;
    f->replays = shorten(&f->schedule, f->verdict, f->about,
                         record->preemptions);
    f->switches_after = f->schedule.segments;
}

static void run_all(const struct search *how, struct finding *f)
{
    long n = 0;

    forget();
    record->verdict = FINE;
    f->exhausted = -1;
    if (how->bound >= 0) {
        n = depth_first(how, how->only_bound ? how->schedules
                                             : how->schedules / CONSEQUENCES);
        f->exhausted = record->bound - 1;
    }
    if (!how->only_bound && goes_on(how))
        n = by_chance(how, n);
    if (unclear.count || record->unchecked)
        f->exhausted = -1;
    f->runs = n;
    f->steps = n ? (double)record->all_steps / (double)n : 0;
    f->switches = n ? (double)record->all_switches / (double)n : 0;
}

void search(const struct search *how, struct finding *f)
{
    struct search alone = *how;

    memset(f, 0, sizeof *f);
    run_all(how, f);
    settle_on(f);
    if (f->verdict == FINE && tls_used() && !same_on_real_threads())
        settle_on_foreign(f);
    if (f->verdict == FINE || costs_nothing(f->verdict) || confirm(f))
        return;
    if (how->batch > 1) {   /* libc remembered something: one process a run */
        alone.batch = 1;
        search(&alone, f);
        return;
    }
    f->verdict = INCONCLUSIVE;
    snprintf(record->about, sizeof record->about,
             "a failure that does not come again");
    snprintf(record->text, sizeof record->text,
             "an order that failed once did not fail in the same way when it "
             "was repeated");
}
