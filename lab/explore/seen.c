/* seen.c - a hash for each thread of all that happened before its last step;
 * together they say what the state is. */
#include "seen.h"

#include "thread.h"

#include <string.h>
#include <sys/mman.h>

enum { STATES = 1 << 22, OBJECTS = 1 << 12, LEFT = 0xff };   /* powers of two */

/* The table outlives the children, which fill it. The last byte of a state is
 * how many preemptions were left, and one. */
static struct { uint64_t used, state[STATES]; } *table;

static uint64_t past[MAX_THREADS];
static uint64_t all;            /* what the last seen_all came after */
static struct { const void *address; uint32_t since; uint64_t past; }
    object[OBJECTS];
static uint32_t since;          /* objects from before are as all is */
static int objects;
static bool lost;

bool seen_off;

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a ^ b * 0x9e3779b97f4a7c15u) + 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void *reserve(int further)
{
    return mmap((void *)OURS_AT(4), sizeof *table, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | further, -1, 0);
}

int seen_open(void)
{
    table = reserve(MAP_FIXED_NOREPLACE);
    return table == MAP_FAILED ? -1 : 0;
}

/* New pages in their place are empty. */
void seen_forget(void)
{
    if (reserve(MAP_FIXED) == MAP_FAILED)
        seen_off = true;
}

void seen_reset(void)
{
    memset(past, 0, sizeof past);
    all = 0;
    since++;
    objects = 0;
    lost = false;
}

void seen_lost(void)
{
    lost = true;
}

static uint64_t state(void)
{
    uint64_t s = (uint64_t)run.threads;

    for (int i = 0; i < run.threads; i++)
        s = mix(s, past[i]);
    return s;
}

void seen_all(void)
{
    if (!self)
        return;             /* before main */
    all = mix(mix(all, state()), (uint64_t)self->id);
    past[self->id] = all;
    since++;
    objects = 0;
}

void seen_step(const void *address)
{
    uint64_t h = mix((uintptr_t)address, 0);
    unsigned i = h % OBJECTS;

    while (object[i].since == since && object[i].address != address)
        i = (i + 1) % OBJECTS;
    if (object[i].since != since) {
        if (++objects > OBJECTS / 2) {
            seen_all();
            return;
        }
        object[i].address = address;
        object[i].since = since;
        object[i].past = mix(all, h);
    }
    object[i].past = mix(mix(object[i].past, past[self->id]),
                         (uint64_t)self->id);
    past[self->id] = object[i].past;
}

void seen_number(int n)
{
    past[self->id] = mix(past[self->id], (uint64_t)n);
}

/* Whether it stands in the table with as much, which it does from now on. */
static bool enter(uint64_t s, uint64_t left)
{
    for (uint64_t i = s >> 8;; i++) {
        uint64_t *at = &table->state[i % STATES];
        if (*at == 0 && table->used >= STATES / 4 * 3)
            return false;
        if (*at && (*at & ~(uint64_t)LEFT) != s)
            continue;
        if (*at && (*at & LEFT) >= left)
            return true;
        table->used += *at == 0;
        *at = s | left;
        return false;
    }
}

/* Where another thread can be had for nothing it does not matter which one
 * ran last. */
bool seen_before(int left, bool free)
{
    uint64_t s = mix(state(), free ? 0 : (uint64_t)self->id + 1);

    if (seen_off || lost || run.fair || record->points || record->unchecked)
        return false;
    return enter(s & ~(uint64_t)LEFT, (uint64_t)left + 1);
}
