/* verdict.h - how a run ends early. */
#ifndef VERDICT_H
#define VERDICT_H

#include "record.h"

/* End the run. `about` is the failure without values; the text is printf's.
 * Only the first verdict of a run counts. */
_Noreturn void verdict(enum verdict v, const char *about, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

/* The run is over: keep what belongs on the record, and go back to who
 * began it. */
_Noreturn void run_over(void);

/* The same where main has come to its end: what it leaves behind is looked at. */
_Noreturn void main_over(void);

/* Nobody can take a step. */
_Noreturn void standstill(void);

/* Nobody has changed anything for so many steps. */
_Noreturn void no_progress(int steps);

#endif
