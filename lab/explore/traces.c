/* traces.c - the set of the traces of all runs, by their hashes. */
#include "traces.h"

#include "thread.h"

#include <string.h>
#include <sys/mman.h>

enum { TRACES = 1 << 22 };      /* a power of two */

static struct { uint64_t count, sum, trace[TRACES]; } *set;
static uint64_t seen_by[MAX_THREADS];

bool tracing;

/* splitmix64's */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = a * 31 + b + 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int traces_open(void)
{
    set = mmap(NULL, sizeof *set, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    tracing = set != MAP_FAILED;
    return tracing ? 0 : -1;
}

void traces_reset(void)
{
    memset(seen_by, 0, sizeof seen_by);
}

void traces_value(uint64_t value)
{
    seen_by[self->id] = mix(seen_by[self->id], value);
}

void traces_event(uint64_t what)
{
    traces_value(what);
    for (int i = 0; i < run.threads; i++)
        if (self->clock.at[i])      /* not whether others have begun */
            traces_value((uint64_t)self->clock.at[i] << 8 | (uint64_t)i);
}

void traces_end(void)
{
    uint64_t t = 1, i;

    for (int n = 0; n < run.threads; n++)
        t = mix(t, seen_by[n]);
    for (i = t % TRACES; set->trace[i] && set->trace[i] != t;)
        i = (i + 1) % TRACES;
    if (set->trace[i] || set->count == TRACES / 2)
        return;
    set->trace[i] = t;
    set->count++;
    set->sum += t;
}

uint64_t traces_count(void)
{
    return set->count;
}

uint64_t traces_sum(void)
{
    return set->sum;
}
