/* sweep.h - kill every process of a box, whatever it does about it.
 *
 * For init alone: one thread, and every process of the box descends from the
 * caller, either as PID 1 of its namespace or as a subreaper.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <sys/types.h>

/* Kill all that can be found now. A process that was being born may escape:
 * reap, and call again with round + 1 until there is no child left.
 * uid is the box's own user, or -1 when it shares the grader's. */
void sweep(bool pidns, uid_t uid, int round);

#endif
