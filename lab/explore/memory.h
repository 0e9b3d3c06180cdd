/* memory.h - the program's memory: what is where, and who touched it when. */
#ifndef MEMORY_H
#define MEMORY_H

#include "thread.h"

#include <stddef.h>

/* The parts of memory. In two runs of one build the same thing has the same
 * offset in the same region, whatever the addresses. */
enum region { GLOBALS, HEAP, STACKS, OWN_TLS, OUTSIDE };

struct place { enum region region; int thread; uint64_t offset; };

struct place place_of(const void *address);

/* Find the program's data; call once. Returns 0, or -1 with errno. */
int memory_open(void);

/* As it was before the first run. */
void memory_reset(void);

/* End the run unless an access there is one of the program's own memory. */
void place_check(const void *address, size_t size, bool write, uint32_t pc);

/* Note an access, and whether it races with an earlier one: two accesses to
 * the same bytes, one of them a write, not both atomic, and nothing between
 * them that orders them. */
void race_check(const void *address, size_t size, bool write, bool atomic,
                uint32_t pc);

/* The same for memory that is given back: whether that races with an earlier
 * access. Later ones are seen by the heap. */
void race_look(const void *address, size_t size, uint32_t pc);

/* From now on others may come before the step at pc. */
void race_point(uint32_t pc);

/* Forget all accesses: a new run begins. */
void races_reset(void);

/* An access of the running thread, with all that comes before and after. */
void access_memory(const void *address, size_t size, bool write, uint32_t pc);

/* An access that belongs to the step the running thread is taking. */
void touch_memory(const void *address, size_t size, bool write, uint32_t pc);

#endif
