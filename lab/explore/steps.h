/* steps.h - whose step is next.
 *
 * Every function here may switch to other threads, and returns when the
 * calling one was chosen again.
 */
#ifndef STEPS_H
#define STEPS_H

#include "thread.h"

/* Take the next step, which needs nothing: others may come before it. */
void step(uint32_t pc);

/* The same for one that has to do with `object` (an address) alone: with
 * other steps at it, and with those that say nothing. */
void step_at(const void *object, uint32_t pc);

/* The same for one that can wait. Returns 0, or -1 if it timed out. */
int step_when(struct wait wait);

/* A plain access: a step, before which others come only where it has raced. */
void step_plain(uint32_t pc, bool write);

/* A step that gives way. A thread's first ones are only an occasion for others;
 * from then on all who can run now do, before the thread does. */
void step_aside(uint32_t pc, int64_t until);

/* The running thread has changed something others can see. One that makes
 * many steps and changes nothing is spinning, and gives way. */
void changed(void);

/* A choice that is not about who is next: 0 to n - 1. */
int choose(int n);

/* Begin a run; end one: the last stretch goes on the record. */
void steps_reset(void);
void steps_close(void);

/* For the watchdog: the steps of all runs, and where the last one was. */
extern uint64_t all_steps;
extern uint32_t last_pc;

/* The thread has ended; somebody else goes on. */
_Noreturn void leave(void);

/* Put an event on the record, and into the hash. Returns it where the run is
 * told, or a place that nobody reads. */
struct event *tell(enum action action, const void *address, uint32_t pc);

/* The same with the value that `size` bytes at `address` will have once the
 * step is done. */
void tell_access(enum action action, const void *address, int size,
                 uint32_t pc);

/* The thread has come into a function, or leaves it. Where the run is told,
 * each event says which one it is in. */
void tell_entry(uint32_t called_at, uint32_t inside);
void tell_exit(void);

/* The value that goes with an event. */
void tell_value(struct event *e, uint64_t value);

/* Hash and record the value of the last access, which is done by now; or
 * forget it, because memory cannot be read any more. */
void settle(void);
void unsettle(void);

extern bool telling;        /* the run is recorded event by event */

#endif
