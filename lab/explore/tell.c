/* tell.c - what happened, step by step: into the hash, and on the record.
 *
 * An address counts as region and offset, so that a run on fibres and one on
 * real threads, whose stacks begin a little differently, have one hash.
 */
#include "memory.h"
#include "steps.h"
#include "traces.h"

#include <string.h>

bool telling;               /* the run is recorded event by event */

static struct event unread;
static struct { const void *address; int size; struct event *event; } last;

static void mix(uint64_t x)
{
    record->hash = (record->hash ^ x) * 0x100000001b3u;
    record->hash ^= record->hash >> 29;
}

/* The innermost function that a thread is in, as far as they are counted. */
static uint32_t frame_now(void)
{
    int n = self->calls < MAX_CALLS ? self->calls : MAX_CALLS;

    return n > 0 ? self->frame_of[n - 1] : 0;
}

void tell_entry(uint32_t called_at, uint32_t inside)
{
    uint32_t by = frame_now();

    if (self->calls++ >= MAX_CALLS || !telling || record->frames == MAX_FRAMES)
        return;
    record->frame[record->frames++] = (struct frame){ called_at, inside, by };
    self->frame_of[self->calls - 1] = (uint32_t)record->frames;
}

void tell_exit(void)
{
    if (self->calls > 0)
        self->calls--;
}

/* Steps in functions for which there is no room would be told as their
 * callers'. */
static bool room(void)
{
    return record->events < MAX_EVENTS && record->frames < MAX_FRAMES;
}

struct event *tell(enum action action, const void *address, uint32_t pc)
{
    struct place where = place_of(address);
    struct event *e = &unread;

    mix((uint64_t)pc << 32 | (uint64_t)self->id << 8 | action);
    mix((uint64_t)where.region << 56 | (uint64_t)where.thread << 48 |
        where.offset);
    if (tracing)
        traces_event((uint64_t)pc << 8 | action);
    if (!telling)
        return e;
    if (room())
        e = &record->event[record->events++];
    else
        record->events_lost++;
    *e = (struct event){
        .thread = (uint8_t)self->id, .action = action, .step = self->steps,
        .pc = pc, .address = (uint64_t)(uintptr_t)address,
        .frame = frame_now(),
    };
    return e;
}

void tell_value(struct event *e, uint64_t value)
{
    mix(value);
    if (tracing)
        traces_value(value);
    e->value = value;
    e->has_value = true;
}

/* Pointers are not mixed in: they may lead where libc put something. */
static void look_at(const void *address, int size, struct event *e)
{
    uint64_t value = 0;

    memcpy(&value, address, (size_t)size);
    e->value = value;
    e->has_value = true;
    if (size < 8)
        mix(value);
}

/* What is read is there already. What is written is seen when it was: at the
 * next step. */
void tell_access(enum action action, const void *address, int size,
                 uint32_t pc)
{
    struct event *e = tell(action, address, pc);

    e->size = (uint8_t)size;
    if (action == READ) {
        look_at(address, size, e);
        return;
    }
    last.address = address;
    last.size = size;
    last.event = e;
}

/* Whether it was in a frame of one's own that is gone by now. */
static bool popped(const void *address)
{
    struct place where = place_of(address);

    return where.region == STACKS && where.thread == self->id &&
           (uintptr_t)address < (uintptr_t)__builtin_frame_address(0);
}

void settle(void)
{
    if (last.address && !popped(last.address))
        look_at(last.address, last.size, last.event);
    last.address = NULL;
}

void unsettle(void)
{
    last.address = NULL;
}
