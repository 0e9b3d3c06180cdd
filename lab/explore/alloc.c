/* alloc.c - malloc and its kin, from our own heap. */
#include "call.h"
#include "heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 16, PAGE = 4096 };

void *explored_malloc(size_t n)
{
    return heap_new(n, ALIGN, PC);
}

static void *new_zeroed(size_t n, size_t size, uint32_t pc)
{
    size_t all;
    void *p;

    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    p = heap_new(all, ALIGN, pc);
    return p ? memset(p, 0, all) : NULL;
}

void *explored_calloc(size_t n, size_t size)
{
    return new_zeroed(n, size, PC);
}

static bool ours(const void *p)
{
    return place_of(p).region == HEAP;
}

static void give_back(void *p, uint32_t pc)
{
    if (!p)
        return;
    if (place_of(p).region == OUTSIDE) {
        free(p);            /* from a function of libc that we do not know */
        return;
    }
    step(pc);
    heap_free(p, pc);
    changed();
}

void explored_free(void *p)
{
    give_back(p, PC);
}

static void *resize(void *p, size_t n, uint32_t pc)
{
    void *new = heap_new(n, ALIGN, pc);
    size_t old;

    if (!p || !new)
        return new;
    old = ours(p) ? heap_size_of(p) : malloc_usable_size(p);
    touch_memory(p, old < n ? old : n, false, pc);
    memcpy(new, p, old < n ? old : n);
    give_back(p, pc);
    return new;
}

void *explored_realloc(void *p, size_t n)
{
    return resize(p, n, PC);
}

void *explored_reallocarray(void *p, size_t n, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(p, all, PC);
}

void *explored_aligned_alloc(size_t align, size_t n)
{
    return heap_new(n, align < ALIGN ? ALIGN : align, PC);
}

void *explored_memalign(size_t align, size_t n)
{
    return heap_new(n, align < ALIGN ? ALIGN : align, PC);
}

int explored_posix_memalign(void **p, size_t align, size_t n)
{
    touch_memory(p, sizeof *p, true, PC);
    *p = heap_new(n, align < ALIGN ? ALIGN : align, PC);
    return *p ? 0 : ENOMEM;
}

static char *copy(const char *s, size_t n, uint32_t pc)
{
    char *p;

    access_memory(s, n, false, pc);
    p = heap_new(n + 1, ALIGN, pc);
    if (p) {
        memcpy(p, s, n);
        p[n] = '\0';
    }
    return p;
}

char *explored_strdup(const char *s)
{
    return copy(s, strlen(s), PC);
}

char *explored_strndup(const char *s, size_t n)
{
    return copy(s, strnlen(s, n), PC);
}

/* Only memory of one's own can be had: there is no other process. */
void *explored_mmap(void *where, size_t n, int protection, int flags, int fd,
                    off_t offset)
{
    void *p;

    (void)where;
    (void)protection;
    (void)offset;
    if (!(flags & MAP_ANONYMOUS) || fd != -1)
        verdict(UNSUPPORTED, "mmap",
                "T%d maps a file at {c:%x}, which the explorer does not know",
                self->id, PC);
    p = heap_new(n, PAGE, PC);
    return p ? memset(p, 0, n) : MAP_FAILED;
}

int explored_munmap(void *p, size_t n)
{
    (void)n;
    step(PC);
    heap_free(p, PC);
    changed();
    return 0;
}
