/* verdict.c - the end of a run. */
#include "verdict.h"

#include "thread.h"

#include <stdarg.h>
#include <stdio.h>

_Noreturn void verdict(enum verdict v, const char *about, const char *text, ...)
{
    va_list args;

    run.on = false;
    record->verdict = v;
    snprintf(record->about, sizeof record->about, "%s", about);
    va_start(args, text);
    vsnprintf(record->text, sizeof record->text, text, args);
    va_end(args);
    run_over();
}
