/* progress.h - a line on the terminal that says how far a run is. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "run.h"

enum { PROGRESS_NS = 200 * 1000 * 1000 };

/* Show it anew, if stderr is a terminal and the last time is long ago. */
void progress_show(const struct run *r, long long now);

/* Take it away. */
void progress_end(void);

#endif
