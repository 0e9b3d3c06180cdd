/* run.h - one run after another, each in a process that can be lost. */
#ifndef RUN_H
#define RUN_H

#include "strategy.h"

/* How the runs of a search are made. */
struct plan {
    bool depth_first;       /* else random walk and PCT by turns */
    uint64_t seed;
    int bound;              /* depth first: preemptions, at most */
};

/* Reserve all memory; call once, before the first. Returns 0, or -1. */
int runs_open(void);

/* One run in a child. What became of it stands in the record. */
void run_once(const struct strategy *s, bool told);

/* Runs number `from` to `to` - 1 in one child: until one fails, one finds new
 * racing places, or depth first has nothing left. record->at is the last. */
void run_many(const struct plan *plan, long from, long to);

#endif
