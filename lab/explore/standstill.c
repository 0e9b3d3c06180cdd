/* standstill.c - words for a run in which nobody can go on, or nobody does. */
#include "verdict.h"

#include "object.h"
#include "steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, sizeof record->text - used, format, args);
    va_end(args);
}

static const struct thread *reader_of(const struct object *o)
{
    for (int i = 0; o->type == A_RWLOCK && i < run.threads; i++)
        if (o->inside[i])
            return &run.thread[i];
    return NULL;
}

/* Whom a thread waits for, or one of them. */
static const struct thread *holder(const struct thread *t)
{
    const struct object *o = t->wait.object;

    switch (t->wait.what) {
    case MUTEX_FREE:
    case NO_WRITER:
    case NOBODY_INSIDE:
        return o->owner ? o->owner : reader_of(o);
    case SIGNALLED:
        return t->signalled ? t->wait.mutex->owner : NULL;
    case ONCE_DONE:
        return o->owner;
    case THREAD_ENDED:
        return &run.thread[t->wait.number];
    default:
        return NULL;
    }
}

static void tell_holders(char *text, const struct object *o,
                         const struct thread *t)
{
    if (o->owner) {
        add(text, ", which T%d %s since {c:%x}", o->owner->id,
            o->owner == t ? "itself holds" : "holds", o->owner_pc);
        if (o->owner->ended)
            add(text, ", and T%d has ended", o->owner->id);
    } else if (o->type == A_RWLOCK)
        for (int i = 0; i < run.threads; i++)
            if (o->inside[i])
                add(text, ", which T%d %s to read since {c:%x}", i,
                    i == t->id ? "itself holds" : "holds", o->inside_pc[i]);
}

static void tell_signal(char *text, const struct object *o, unsigned long at)
{
    add(text, "for a signal on {m:%lx}", at);
    if (o->lost)
        add(text, "; %u came while nobody waited, the last from {c:%x}",
            o->lost, o->lost_pc);
}

/* What a thread waits for, at `o` if that is an object. */
static void tell_what(char *text, const struct thread *t,
                      const struct object *o)
{
    const struct wait *w = &t->wait;
    unsigned long at = (unsigned long)(o ? (uintptr_t)o->address : 0);

    switch (w->what) {
    case SIGNALLED:
        if (!t->signalled) {
            tell_signal(text, o, at);
            break;
        }
        /* fall through */
    case MUTEX_FREE:
    case NO_WRITER:
    case NOBODY_INSIDE:
        add(text, "for the %s {m:%lx}", object_word(o->type), at);
        tell_holders(text, o, t);
        break;
    case POSTED:
        add(text, "for a post of the semaphore {m:%lx}, which began at %ld at "
            "{c:%x}", at, o->initial, o->initial_pc);
        break;
    case BARRIER_OPENED:
        add(text, "at the barrier {m:%lx}, where %ld of %ld have arrived", at,
            o->value, o->initial);
        break;
    case ONCE_DONE:
        add(text, "for T%d to finish {m:%lx}", o->owner ? o->owner->id : 0, at);
        break;
    case THREAD_ENDED:
        add(text, "for T%d to end", w->number);
        break;
    case FD_READABLE:
    case FD_WRITABLE:
        add(text, "for %s descriptor %d",
            w->what == FD_READABLE ? "something to read from" : "room in",
            w->number);
        break;
    case FD_ANY:
        add(text, "in poll, for one of %d descriptors", w->number);
        break;
    case NOTHING:
        add(text, "for nothing: it goes on, and looks again");
        break;
    case TIME_ALONE:
        add(text, "for time to pass");
    }
}

/* Who was signalled waits for the mutex by now. */
static void tell_wait(char *text, const struct thread *t)
{
    const struct wait *w = &t->wait;
    bool woken = w->what == SIGNALLED && t->signalled;

    add(text, "T%d waits at {c:%x} ", t->id, w->pc);
    tell_what(text, t, woken ? w->mutex : w->object);
    add(text, "\n");
}

/* Follow who waits for whom until somebody comes twice. Returns the length of
 * the circle, and puts it into the text. */
static int circle(char *text, const struct thread *t)
{
    const struct thread *path[MAX_THREADS + 1], *at = t;
    int n = 0;

    for (; at && !at->ended && n <= MAX_THREADS; at = holder(at)) {
        if (n && at == t) {
            add(text, "circle:");
            for (int i = 0; i < n; i++)
                add(text, " T%d waits for", path[i]->id);
            add(text, " T%d\n", t->id);
            return n;
        }
        path[n++] = at;
    }
    return 0;
}

static bool somebody(enum wait_for what)
{
    for (int i = 0; i < run.threads; i++) {
        const struct thread *t = &run.thread[i];
        if (!t->ended && t->wait.what == what &&
            !(what == SIGNALLED && t->signalled))
            return true;
    }
    return false;
}

static bool holder_has_ended(void)
{
    for (int i = 0; i < run.threads; i++) {
        const struct thread *t = &run.thread[i];
        const struct thread *h = t->ended ? NULL : holder(t);
        if (h && h->ended && t->wait.what != THREAD_ENDED)
            return true;
    }
    return false;
}

_Noreturn void standstill(void)
{
    static char text[sizeof record->text];
    const char *about;
    int found = 0;

    if (run.ended == run.threads)
        run_over();         /* main has left by pthread_exit */
    text[0] = '\0';
    for (int i = 0; i < run.threads; i++)
        if (!run.thread[i].ended)
            tell_wait(text, &run.thread[i]);
    for (int i = 0; i < run.threads && !found; i++)
        found = circle(text, &run.thread[i]);
    if (found)
        about = found == 1 ? "a thread waits for what it holds itself"
                           : "a circle of threads";
    else if (holder_has_ended())
        about = "a lock that an ended thread holds";
    else if (somebody(SIGNALLED))
        about = "a wait for a signal that never comes";
    else if (somebody(POSTED))
        about = "a wait for a post that never comes";
    else
        about = "a wait for what never comes";
    verdict(!found && somebody(SIGNALLED) && !holder_has_ended() ? LOST_WAKEUP
                                                                 : DEADLOCK,
            about, "nobody can go on:\n%s", text);
}

_Noreturn void no_progress(int steps)
{
    static char text[sizeof record->text];

    text[0] = '\0';
    for (int i = 0; i < run.threads; i++)
        if (&run.thread[i] == self)
            add(text, "T%d goes on at {c:%x}, and looks again\n", i, last_pc);
        else if (!run.thread[i].ended)
            tell_wait(text, &run.thread[i]);
    verdict(NO_PROGRESS, "nothing changes any more",
            "for %d steps nobody has changed anything:\n%s", steps, text);
}
