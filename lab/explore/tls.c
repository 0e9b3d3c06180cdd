/* tls.c - copy thread-local variables in and out. */
#include "tls.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The program's own block, and where it lies in all of a real thread's: the
 * rest is libc's, errno for one, and is nobody's to race for either. */
static struct {
    size_t size, given;         /* all of the block; what has initial values */
    const char *initial;
    size_t at, span;
    ptrdiff_t errno_at;
} segment;

static char *images;            /* MAX_THREADS blocks */
static char *lowest;            /* of the first real thread */

struct look { char *own, *low, *high; int modules; };

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct look *l = arg;
    char *at = info->dlpi_tls_data;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_TLS || !at)
            continue;
        if (l->modules == 0) {  /* the first is the program itself */
            segment.size = p->p_memsz;
            segment.given = p->p_filesz;
            segment.initial = (const char *)(info->dlpi_addr + p->p_vaddr);
            l->own = at;
        }
        if (!l->low || at < l->low)
            l->low = at;
        if (at + p->p_memsz > l->high)
            l->high = at + p->p_memsz;
    }
    l->modules++;
    return 0;
}

/* Thread by thread the whole lies alike around errno. */
char *tls_here(void)
{
    return (char *)&errno - segment.errno_at;
}

int tls_open(void)
{
    struct look l = { 0 };

    dl_iterate_phdr(look, &l);
    segment.at = l.own ? (size_t)(l.own - l.low) : 0;
    segment.span = (size_t)(l.high - l.low);
    segment.errno_at = (char *)&errno - l.low;
    lowest = tls_here();
    images = malloc(MAX_THREADS * segment.size + 1);
    return images ? 0 : -1;
}

bool tls_used(void)
{
    return segment.size > 0;
}

static char *image(const struct thread *t)
{
    return images + (size_t)t->id * segment.size;
}

void tls_begin(struct thread *t)
{
    t->tls = lowest;
    if (segment.size == 0)
        return;
    memcpy(image(t), segment.initial, segment.given);
    memset(image(t) + segment.given, 0, segment.size - segment.given);
}

void tls_switch(struct thread *from, struct thread *to)
{
    char *block = lowest + segment.at;

    if (from)
        memcpy(image(from), block, segment.size);
    memcpy(block, image(to), segment.size);
}

bool tls_holds(const struct thread *t, const void *address)
{
    const char *p = address;

    return p >= t->tls && p < t->tls + segment.span;
}
