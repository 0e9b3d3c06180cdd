/* heap.h - malloc for the program: nothing is ever handed out twice in a run.
 *
 * So addresses are the same in every run, two threads never race because one
 * got what the other gave back, and a use after free is seen as one.
 */
#ifndef HEAP_H
#define HEAP_H

#include "record.h"

#include <stddef.h>

enum { HEAP_SIZE = 64 << 20 };

extern char *heap_start;

/* Reserve it; call once. Returns 0, or -1 with errno. */
int heap_open(void);

/* Forget all blocks: a new run begins. */
void heap_reset(void);

/* A new block, filled with 0xa5, or NULL with ENOMEM where no system would have
 * one. Ends the run if only ours is too small. */
void *heap_new(size_t size, size_t align, uint32_t pc);

/* Give a block back. Ends the run if it is none, or was given back before. */
void heap_free(void *p, uint32_t pc);

/* The size of the block that begins at p. */
size_t heap_size_of(const void *p);

/* End the run unless these bytes are in a block that is in use. `address` is
 * in the heap. */
void heap_check(const void *address, size_t size, bool write, uint32_t pc);

#endif
