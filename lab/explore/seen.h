/* seen.h - states that were reached before, so that they need not be again.
 *
 * What has happened is a partial order: each step comes after its thread's
 * last and after the last at the same object. Two runs that have come to the
 * same one stand in the same state, whatever the order of the rest, and go on
 * in the same ways (Musuvathi and Qadeer, "Partial-order reduction for
 * context-bounded state exploration", 2007). So depth first ends a run that
 * comes to where an earlier one was with as many preemptions left.
 *
 * States are told apart by 56 bits of a hash. Nothing is left out where the
 * order alone does not say what the state is: after a data race, a timeout, a
 * thread that gave way, under explore_fair, and when the table is full. What
 * libc keeps for itself is no part of the state.
 */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>

/* Reserve the table; call once. Returns 0, or -1 with errno. */
int seen_open(void);

/* A search begins: nothing was reached. */
void seen_forget(void);

/* A run begins. */
void seen_reset(void);

/* The running thread takes a step at an object, by its address. */
void seen_step(const void *object);

/* It does something that may depend on all that was done before. */
void seen_all(void);

/* It goes on with a number that was chosen. */
void seen_number(int n);

/* In this run the order no longer says what the state is. */
void seen_lost(void);

/* Whether the state is an old one, at a choice with so many preemptions left;
 * from now on it is. `free`: to choose another thread is no preemption. */
bool seen_before(int left, bool free);

extern bool seen_off;       /* run all orders */

#endif
