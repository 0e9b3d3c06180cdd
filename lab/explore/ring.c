/* ring.c - bytes that were written and not yet read. */
#include "ring.h"

#include "object.h"
#include "seen.h"
#include "verdict.h"

#include <string.h>

enum { RINGS = 64, SIZE = 1 << 16 };    /* as a pipe has; a power of two */

struct ring {
    char bytes[SIZE];
    unsigned in, out;           /* bytes so far; the difference lies here */
    size_t wanted;              /* the size the program asked for */
    int readers, writers;       /* descriptors that can */
    struct clock clock;         /* of the writers */
};

static struct ring ring[RINGS];
static int rings;

void rings_reset(void)
{
    rings = 0;
}

struct ring *ring_new(uint32_t pc)
{
    struct ring *r = &ring[rings];

    seen_step(&rings);
    if (rings == RINGS)
        verdict(INCONCLUSIVE, "too many streams",
                "T%d makes one at {c:%x}, and there are %d already",
                self->id, pc, RINGS);
    rings++;
    r->in = r->out = 0;
    r->wanted = SIZE;
    r->readers = r->writers = 1;
    memset(&r->clock, 0, sizeof r->clock);
    return r;
}

size_t ring_used(const struct ring *r)
{
    return r->in - r->out;
}

size_t ring_room(const struct ring *r)
{
    return SIZE - ring_used(r);
}

void ring_want(struct ring *r, size_t size)
{
    r->wanted = size;
}

bool ring_too_small(const struct ring *r)
{
    return ring_room(r) == 0 && r->wanted > SIZE;
}

bool ring_has_writers(const struct ring *r)
{
    return r->writers > 0;
}

bool ring_has_readers(const struct ring *r)
{
    return r->readers > 0;
}

size_t ring_take(struct ring *r, char *to, size_t n)
{
    size_t i;

    acquire(&r->clock);
    for (i = 0; i < n && r->out != r->in; i++)
        to[i] = r->bytes[r->out++ % SIZE];
    return i;
}

size_t ring_look(struct ring *r, char *to, size_t n)
{
    size_t i;

    acquire(&r->clock);
    for (i = 0; i < n && r->out + i != r->in; i++)
        to[i] = r->bytes[(r->out + i) % SIZE];
    return i;
}

void ring_fill(struct ring *r, const char *from, size_t n)
{
    for (size_t i = 0; i < n && ring_room(r); i++)
        r->bytes[r->in++ % SIZE] = from[i];
}

size_t ring_give(struct ring *r, const char *from, size_t n)
{
    size_t room = ring_room(r);

    release(&r->clock);
    ring_fill(r, from, n);
    return n < room ? n : room;
}

void ring_drop_reader(struct ring *r)
{
    if (r)
        r->readers--;
}

void ring_drop_writer(struct ring *r)
{
    if (!r)
        return;
    release(&r->clock);         /* its end can be read */
    r->writers--;
}
