/* heap.c - a bump allocator with a memory for what was freed.
 *
 * Each 16 bytes of the heap know the number of the block they are in; between
 * blocks lie 16 that are in none.
 */
#include "heap.h"

#include "memory.h"
#include "seen.h"
#include "steps.h"
#include "verdict.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { GRAIN = 16 };

static const size_t ABSURD = (size_t)1 << 40;   /* no system would give that */

char *heap_start;
static char *top;
static uint16_t *block_of;      /* grain -> number + 1, or 0 */

static char *reserve(size_t size, uintptr_t where)
{
    void *p = mmap((void *)where, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                   MAP_FIXED_NOREPLACE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

int heap_open(void)
{
    heap_start = reserve(HEAP_SIZE, OURS_AT(1));
    top = heap_start + GRAIN;   /* what lies before the first block is ours */
    block_of = (uint16_t *)reserve(HEAP_SIZE / GRAIN * sizeof *block_of,
                                   OURS_AT(2));
    return heap_start && block_of ? 0 : -1;
}

void heap_reset(void)
{
    memset(block_of, 0, (size_t)(top - heap_start) / GRAIN * sizeof *block_of);
    top = heap_start + GRAIN;
    record->blocks = 0;
}

void *heap_new(size_t size, size_t align, uint32_t pc)
{
    uintptr_t at = ((uintptr_t)top + align - 1) / align * align;
    size_t grains = size ? (size + GRAIN - 1) / GRAIN : 1;

    seen_all();             /* whoever comes first gets the lower address */
    if (size > ABSURD || align > ABSURD) {
        errno = ENOMEM;
        return NULL;
    }
    if (at + (grains + 1) * GRAIN > (uintptr_t)heap_start + HEAP_SIZE)
        verdict(INCONCLUSIVE, "too much memory",
                "T%d asks for %lu bytes at {c:%x}: the explorer has %d MiB for "
                "all blocks of a run", self->id, (unsigned long)size, pc,
                HEAP_SIZE >> 20);
    if (record->blocks == MAX_BLOCKS)
        verdict(INCONCLUSIVE, "too many blocks of memory",
                "the program takes more than %d blocks from the heap",
                MAX_BLOCKS);
    record->block[record->blocks++] = (struct block){
        .start = at, .size = size, .pc = pc, .thread = (uint16_t)self->id };
    for (size_t g = 0; g < grains; g++)
        block_of[(at - (uintptr_t)heap_start) / GRAIN + g] =
            (uint16_t)record->blocks;
    top = (char *)at + (grains + 1) * GRAIN;
    return memset((void *)at, 0xa5, size);
}

/* NULL: in none, perhaps not in the heap at all. */
static struct block *block_at(const void *address)
{
    const char *p = address;
    uint16_t n = 0;

    if (p >= heap_start && p < heap_start + HEAP_SIZE)
        n = block_of[(p - heap_start) / GRAIN];
    return n ? &record->block[n - 1] : NULL;
}

size_t heap_size_of(const void *p)
{
    struct block *b = block_at(p);

    return b ? b->size : 0;
}

void heap_free(void *p, uint32_t pc)
{
    struct block *b = block_at(p);

    if (!b || b->start != (uintptr_t)p)
        verdict(MISUSE, "free of what malloc did not return",
                "T%d frees {m:%lx} at {c:%x}, which is not the beginning of a "
                "block", self->id, (unsigned long)p, pc);
    if (b->freed)
        verdict(DOUBLE_FREE, "double free",
                "T%d frees at {c:%x} what was freed at {c:%x} already; it is "
                "the block of %lu bytes from {c:%x}", self->id, pc,
                b->freed_pc, (unsigned long)b->size, b->pc);
    race_look(p, b->size, pc);
    tell(FREE, p, pc);
    b->freed = 1;
    b->freed_pc = pc;
}

void heap_check(const void *address, size_t size, bool write, uint32_t pc)
{
    struct block *b = block_at(address);
    const char *does = write ? "writes" : "reads";

    if (!b)
        verdict(OVERFLOW, "access outside of a block",
                "T%d %s %lu bytes at {m:%lx}, outside of every block of the "
                "heap, at {c:%x}", self->id, does, (unsigned long)size,
                (unsigned long)address, pc);
    if ((uintptr_t)address + size > b->start + b->size)
        verdict(OVERFLOW, "access beyond the end of a block",
                "T%d %s %lu bytes, %ld after the beginning of a block of %lu, "
                "at {c:%x}; it is the block from {c:%x}", self->id, does,
                (unsigned long)size, (long)((uintptr_t)address - b->start),
                (unsigned long)b->size, pc, b->pc);
    if (b->freed)
        verdict(USE_AFTER_FREE, "use after free",
                "T%d %s {m:%lx} at {c:%x}, in a block that was freed at "
                "{c:%x}; it is the block of %lu bytes from {c:%x}", self->id,
                does, (unsigned long)address, pc, b->freed_pc,
                (unsigned long)b->size, b->pc);
}
