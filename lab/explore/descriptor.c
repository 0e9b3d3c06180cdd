/* descriptor.c - which descriptors are open, and what can be done with them. */
#include "descriptor.h"

#include "crowd.h"
#include "memory.h"
#include "seen.h"
#include "steps.h"
#include "streams.h"
#include "verdict.h"

#include <poll.h>
#include <string.h>

enum { DESCRIPTORS = 64 };

static struct descriptor table[DESCRIPTORS];

void streams_reset(void)
{
    rings_reset();
    crowd_reset();
    memset(table, 0, sizeof table);
}

int streams_open(void)
{
    int n = 0;

    for (int i = 0; i < DESCRIPTORS; i++)
        n += table[i].used && !table[i].lasting;
    return n;
}

void streams_last(void)
{
    for (int i = 0; i < DESCRIPTORS; i++)
        table[i].lasting = table[i].used;
}

void descriptor_refuse(const char *what, uint32_t pc)
{
    verdict(UNSUPPORTED, what,
            "T%d: %s at {c:%x}, which the explorer does not know",
            self->id, what, pc);
}

/* The lowest number that is free, as the kernel does. */
int descriptor_new(bool nonblocking, uint32_t pc)
{
    seen_step(descriptor_all());
    for (int i = 0; i < DESCRIPTORS; i++)
        if (!table[i].used) {
            table[i] = (struct descriptor){
                .used = true, .nonblocking = nonblocking,
            };
            return FIRST_FD + i;
        }
    verdict(INCONCLUSIVE, "too many descriptors",
            "T%d opens another one at {c:%x}, and there are %d already",
            self->id, pc, DESCRIPTORS);
}

struct descriptor *descriptor_at(int fd)
{
    int i = fd - FIRST_FD;

    return i >= 0 && i < DESCRIPTORS && table[i].used ? &table[i] : NULL;
}

struct descriptor *descriptor_in_use(int fd, const char *what, uint32_t pc)
{
    struct descriptor *d = descriptor_at(fd);

    if (!d && fd >= FIRST_FD && fd < FIRST_FD + DESCRIPTORS)
        verdict(MISUSE, "use of a closed descriptor",
                "T%d: %s of descriptor %d at {c:%x}, which is not open",
                self->id, what, fd, pc);
    return d;
}

void step_on_connection(struct descriptor *d, const void *at, uint32_t pc)
{
    if (d->used_at > self->clock.at[d->user]) {
        race_point(d->used_pc);
        race_point(pc);
    }
    d->user = self->id;
    d->used_at = self->clock.at[self->id];
    d->used_pc = pc;
    step_plain(pc, true);
    seen_step(at);
}

const void *descriptor_all(void)
{
    return table;
}

const void *descriptor_input(const struct descriptor *d)
{
    return d->from ? (const void *)d->from : d;
}

const void *descriptor_output(const struct descriptor *d)
{
    return d->to ? (const void *)d->to : d;
}

bool descriptor_has_input(const struct descriptor *d)
{
    if (d->is_listener)
        return d->in_over || crowd_waits();
    if (d->is_moment)
        return crowd_gone() >= d->after;
    if (d->is_event)
        return d->count > 0;
    return !d->from || d->in_over || ring_used(d->from) ||
           !ring_has_writers(d->from);
}

bool descriptor_has_room(const struct descriptor *d)
{
    return d->is_event || !d->to || d->out_over || ring_room(d->to) ||
           !ring_has_readers(d->to) || ring_too_small(d->to);
}

void descriptor_close(struct descriptor *d)
{
    if (!d->in_over)
        ring_drop_reader(d->from);
    if (!d->out_over)
        ring_drop_writer(d->to);
    crowd_leave(d);
    d->used = false;
}

/* A closed one has an answer as well: the call says what is wrong. */
bool stream_readable(int fd)
{
    struct descriptor *d = descriptor_at(fd);

    return !d || d->nonblocking || descriptor_has_input(d);
}

bool stream_writable(int fd)
{
    struct descriptor *d = descriptor_at(fd);

    return !d || d->nonblocking || descriptor_has_room(d);
}

static bool hung_up(const struct descriptor *d)
{
    bool in = d->from && (d->in_over || !ring_has_writers(d->from));
    bool out = d->to && (d->out_over || !ring_has_readers(d->to));

    return d->is_socket ? in && out : in;
}

short stream_events(int fd, short wanted)
{
    struct descriptor *d = descriptor_at(fd);
    short e = 0;

    if (!d)
        return POLLNVAL;
    if (d->is_listener && d->in_over)
        return (wanted & POLLOUT) | POLLHUP;
    if ((d->is_event || d->is_listener || d->is_moment || d->from) &&
        descriptor_has_input(d))
        e |= POLLIN;
    if ((d->is_event || d->to) && descriptor_has_room(d))
        e |= POLLOUT;
    e &= wanted;
    if (hung_up(d))
        e |= POLLHUP;
    if (d->news || (!d->is_socket && d->to && !ring_has_readers(d->to)))
        e |= POLLERR;
    return e;
}

bool streams_any(const void *polled, int n)
{
    const struct pollfd *p = polled;

    for (int i = 0; i < n; i++)
        if (p[i].fd >= 0 && stream_events(p[i].fd, p[i].events))
            return true;
    return false;
}
