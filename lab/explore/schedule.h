/* schedule.h - an order of steps as a line of text.
 *
 *     T0:6 T1:2 T2:9 choose:1,0 spurious build:1f2e3d4c
 *
 * T1:2 lets T1 take two steps. Where the line does not begin with T0, T0 goes
 * first until it waits; after the last stretch whoever runs goes on. choose:
 * are the choices that are not about whose step is next; with `spurious` some
 * are about whether a wait ends without a signal. A line is about one build of
 * one program; one written by hand names none.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "strategy.h"

#include <stddef.h>

struct schedule {
    struct segment segment[MAX_SEGMENTS];
    uint8_t choice[MAX_CHOICES];
    int segments, choices;
    bool from_start;        /* it begins with T0 */
    bool spurious;          /* waits may end without a signal */
    uint32_t build;         /* 0: not said */
};

/* As long as the text of any schedule. */
enum { SCHEDULE_TEXT = MAX_SEGMENTS * 12 + MAX_CHOICES * 4 + 64 };

/* Waits on condition variables may end without a signal. */
extern bool spurious_wakeups;

/* Take the order of the last run. */
void schedule_take(struct schedule *s);

/* The strategy that repeats it. */
struct strategy schedule_strategy(const struct schedule *s, bool strict);

/* Write it; cut off if it does not fit. */
void schedule_print(const struct schedule *s, char *text, size_t size);

/* Read one. Returns 0, or -1 with a sentence in `why`. */
int schedule_parse(struct schedule *s, const char *text, char *why,
                   size_t size);

/* What tells this build from others: from the linker. */
uint32_t build_id(void);

#endif
