/* watch.h - the end of a run that faults, or that stands still. */
#ifndef WATCH_H
#define WATCH_H

/* What a run is about whose thread computes on and on: only time tells. */
#define NO_STEP "no visible step"

/* Watch the calling process from now on; once in each child. */
void watch(void);

/* For a further real thread: its faults are told, and it is not interrupted. */
void watch_thread(void);

#endif
