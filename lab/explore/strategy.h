/* strategy.h - who chooses, in one run. */
#ifndef STRATEGY_H
#define STRATEGY_H

#include "thread.h"

enum strategy_kind { RANDOM, PCT, DEPTH_FIRST, REPLAY };

struct strategy {
    enum strategy_kind kind;
    uint64_t seed;          /* RANDOM, PCT */
    int depth;              /* PCT: d, so that d - 1 changes of priority */
    /* REPLAY: what to repeat. Borrowed. */
    const struct segment *segment;
    int segments;
    const uint8_t *choice;
    int choices;
    bool main_first;        /* T0 goes on until it waits, before the first */
    bool strict;            /* refuse what is impossible instead of going on */
};

/* Begin a run. */
void strategy_begin(const struct strategy *s);

/* Choose from n threads. If not `for_free` the first is the running one,
 * which could go on: to choose another is a preemption. */
struct thread *strategy_thread(struct thread *const *from, int n,
                               bool for_free);

/* Choose a number from 0 to n - 1. */
int strategy_number(int n);

/* REPLAY: whether this run is one, whose order is fair or not already. */
bool strategy_repeats(void);

/* REPLAY: whether the running thread has made the steps of its segment. */
bool strategy_stretch_ends(void);

/* A new thread's priority. */
void strategy_thread_made(struct thread *t);

/* Depth first: set the record's prefix for the next run, or `exhausted` once
 * every order with at most `bound` preemptions was run. */
void strategy_next(int bound);

#endif
