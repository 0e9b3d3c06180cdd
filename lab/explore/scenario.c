/* scenario.c - what a scenario says (explore.h). */
#include "explore.h"

#include "call.h"
#include "seen.h"
#include "streams.h"

#include <stdarg.h>
#include <stdio.h>

void explore_wrong(const char *file, int line, const char *text, ...)
{
    char told[512];
    va_list args;

    (void)file;
    (void)line;
    run.on = false;         /* what the text reads is no step */
    va_start(args, text);
    vsnprintf(told, sizeof told, text, args);
    va_end(args);
    verdict(WRONG, text, "%s (T%d at {c:%x})", told, self->id, PC);
}

void explore_role(const char *name)
{
    snprintf(record->role[self->id], MAX_WORD, "%s", name);
}

void explore_name(const void *start, size_t size, const char *name)
{
    struct name *n = &record->name[record->names];

    if (record->names == MAX_NAMES)
        return;
    record->names++;
    n->start = (uint64_t)(uintptr_t)start;
    n->size = size;
    snprintf(n->text, MAX_WORD, "%s", name);
}

void explore_fair(void)
{
    run.fair = true;
}

void explore_lasting(void)
{
    seen_all();
    run.lasting = run.threads;
    streams_last();
}

void explore_overtaken(long times, long fair, long starved)
{
    if (times > starved)
        verdict(BYPASSED, "overtaken again and again",
                "T%d was overtaken %ld times, and more than %ld is starvation "
                "(at {c:%x})", self->id, times, starved, PC);
    if (times > fair)
        verdict(INCONCLUSIVE, "overtaken now and then",
                "T%d was overtaken %ld times: more than the %ld of a fair "
                "program, and not more than %ld (at {c:%x})", self->id, times,
                fair, starved, PC);
}
