/* confirm.h - the simplest order of a failure, and whether it fails again. */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "search.h"

/* Leave out one stretch after the other, as long as the same failure remains
 * and the order gets simpler. Returns how many runs that took. */
long shorten(struct schedule *s, enum verdict v, const char *about,
             uint32_t preemptions);

/* Whether what was found is found again, here (the record tells that run) and
 * in three new processes. */
bool confirm(struct finding *f);

/* Whether one order is the same in a new process on real threads. */
bool same_on_real_threads(void);

#endif
