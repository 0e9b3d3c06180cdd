/* native.c - a scenario as a plain program: cc scenario.c native.c. A run that
 * is wrong says so and ends with status 1. */
#include "explore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void explore_wrong(const char *file, int line, const char *text, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, text);
    vfprintf(stderr, text, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void explore_role(const char *name)
{
    (void)name;
}

void explore_name(const void *start, size_t size, const char *name)
{
    (void)start;
    (void)size;
    (void)name;
}

void explore_fair(void)
{
}

void explore_lasting(void)
{
}

void explore_overtaken(long times, long fair, long starved)
{
    (void)fair;
    if (times > starved)
        explore_wrong(__FILE__, __LINE__, "overtaken %ld times", times);
}
