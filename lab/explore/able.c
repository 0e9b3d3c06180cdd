/* able.c - who could take the step it stands before.
 *
 * Of the threads that wait with a limit the one whose limit comes first may be
 * chosen as well, and has timed out then. Sleep is a wait for nothing else.
 */
#include "able.h"

#include "object.h"
#include "streams.h"

#include <stddef.h>

static bool line_is_mine(const struct thread *t)
{
    for (int i = 0; run.fair && i < run.threads; i++) {
        const struct thread *other = &run.thread[i];
        if (!other->ended && other->wait.what == POSTED &&
            other->wait.object == t->wait.object && other->line < t->line)
            return false;
    }
    return true;
}

bool can_go(const struct thread *t)
{
    const struct wait *w = &t->wait;

    if (t->ended)
        return false;
    switch (w->what) {
    case NOTHING: return true;
    case MUTEX_FREE: return !w->object->owner;
    case SIGNALLED: return t->signalled && !w->mutex->owner;
    case POSTED: return w->object->value > 0 && line_is_mine(t);
    case NO_WRITER: return !w->object->owner;
    case NOBODY_INSIDE: return !w->object->owner && !w->object->value;
    case BARRIER_OPENED: return false;      /* the last to arrive lets it go */
    case ONCE_DONE: return w->object->value != 1;
    case THREAD_ENDED: return run.thread[w->number].ended;
    case TIME_ALONE: return false;
    case FD_READABLE: return stream_readable(w->number);
    case FD_WRITABLE: return stream_writable(w->number);
    case FD_ANY: return streams_any(w->set, w->number);
    }
    return false;
}

/* A wait whose time is up may still need a mutex before it can return. */
static bool can_time_out(const struct thread *t)
{
    return !t->ended && t->wait.until != FOREVER && !can_go(t) &&
           !(t->wait.what == SIGNALLED && t->wait.mutex->owner);
}

static struct thread *first_to_time_out(void)
{
    struct thread *first = NULL;

    for (int i = 0; i < run.threads; i++) {
        struct thread *t = &run.thread[i];
        if (can_time_out(t) && (!first || t->wait.until < first->wait.until))
            first = t;
    }
    return first;
}

uint32_t who_can_go(void)
{
    uint32_t bits = 0;

    for (int i = 0; i < run.threads; i++)
        if (can_go(&run.thread[i]))
            bits |= 1u << i;
    return bits;
}

int candidates(struct thread **from, bool *running)
{
    uint32_t able = who_can_go();
    struct thread *late = first_to_time_out();
    uint32_t both = able | (late ? 1u << late->id : 0);
    int n = 0;

    *running = false;
    for (int pass = 0; pass < 2 && n == 0; pass++)
        for (int d = 0; d < run.threads; d++) {
            struct thread *t = &run.thread[(self->id + d) % run.threads];
            if (!(both >> t->id & 1))
                continue;
            if (pass == 0 && (t->waits_for & able & ~(1u << t->id)))
                continue;       /* it gave way, and somebody has not run yet */
            *running |= t == self && (able >> t->id & 1);
            from[n++] = t;
        }
    return n;
}
