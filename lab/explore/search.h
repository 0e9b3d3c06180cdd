/* search.h - look for an order that fails, make it short, and try it again. */
#ifndef SEARCH_H
#define SEARCH_H

#include "schedule.h"

struct search {
    long schedules;         /* budget: runs, at most */
    int bound;              /* preemptions up to which all orders are tried;
                             * -1: none */
    bool only_bound;        /* nothing beyond that */
    long batch;             /* runs in one process */
    uint64_t seed;
    bool races_fail;        /* stop at the first race */
};

struct finding {
    enum verdict verdict;
    char about[sizeof ((struct record *)0)->about];
    long runs, replays;     /* until it was found; to make it short */
    int exhausted;          /* preemptions up to which all were tried, or -1 */
    int switches_before, switches_after;
    int confirmed;          /* of the fresh processes, how many agreed */
    struct schedule schedule;
    double steps, switches; /* in a run, on average */
};

/* Search. Afterwards the record holds the told run of the finding, if there
 * is one. */
void search(const struct search *how, struct finding *found);

/* Run a schedule and tell it. Returns the verdict; a race that is there and
 * has no consequence is RACE. */
enum verdict replay(const struct schedule *s);

#endif
