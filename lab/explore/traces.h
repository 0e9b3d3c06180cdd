/* traces.h - how many different things have happened, for a test of seen.c.
 *
 * The trace of a run is what each thread saw: its steps, the vector clocks,
 * which say what happened before, and the values that locks and atomics had
 * (not those of memory: what lies on a stack may be from another run). Runs
 * that differ only in the order of steps that do not matter to each other have
 * the same one.
 */
#ifndef TRACES_H
#define TRACES_H

#include <stdbool.h>
#include <stdint.h>

extern bool tracing;

/* Reserve the table and begin. Returns 0, or -1 with errno. */
int traces_open(void);

/* A run begins; the running thread sees something; a run has ended. */
void traces_reset(void);
void traces_event(uint64_t what);
void traces_value(uint64_t value);
void traces_end(void);

/* How many there were, and a number for the set of them. */
uint64_t traces_count(void);
uint64_t traces_sum(void);

#endif
