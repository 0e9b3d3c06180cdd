/* ring.h - bytes on their way from those who write to those who read. */
#ifndef RING_H
#define RING_H

#include "thread.h"

#include <stddef.h>
#include <sys/types.h>

struct ring;

/* A new one, with one descriptor at each end. Ends the run if there are too
 * many. */
struct ring *ring_new(uint32_t pc);

/* What lies in it, and how much more there is room for. */
size_t ring_used(const struct ring *r);
size_t ring_room(const struct ring *r);

/* The program asks for another size; and whether the ring is full where the
 * program's would not be. A smaller one makes no difference. */
void ring_want(struct ring *r, size_t size);
bool ring_too_small(const struct ring *r);

/* Whether somebody can still write to it, or read from it. */
bool ring_has_writers(const struct ring *r);
bool ring_has_readers(const struct ring *r);

/* Move up to n bytes, or look at them and leave them there. What was written
 * happened before what reads it. Return how many. */
size_t ring_take(struct ring *r, char *to, size_t n);
size_t ring_look(struct ring *r, char *to, size_t n);
size_t ring_give(struct ring *r, const char *from, size_t n);

/* The same for what comes from outside: it orders nothing. */
void ring_fill(struct ring *r, const char *from, size_t n);

/* A descriptor at one end is there no more. r may be NULL. */
void ring_drop_reader(struct ring *r);
void ring_drop_writer(struct ring *r);

/* A new run begins. */
void rings_reset(void);

#endif
