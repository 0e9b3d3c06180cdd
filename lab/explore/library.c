/* library.c - functions of libc that sort, or that keep something between
 * calls: what they touch is announced here, as strings.c does.
 */
#include "call.h"

#include <stdlib.h>
#include <string.h>

/* Its name is what a report says. */
static char what_strtok_remembers;

static void remember(char *what, uint32_t pc)
{
    if (!run.on)
        return;
    step_plain(pc, true);
    race_check(what, 1, true, false, pc);
    tell_access(WRITE, what, 1, pc);
}

char *explored_strtok(char *s, const char *between)
{
    remember(&what_strtok_remembers, PC);
    return strtok(s, between);
}

char *explored_strtok_r(char *s, const char *between, char **rest)
{
    access_memory(rest, sizeof *rest, true, PC);
    return strtok_r(s, between, rest);
}

struct tm *explored_localtime_r(const time_t *when, struct tm *to)
{
    access_memory(to, sizeof *to, true, PC);
    return localtime_r(when, to);
}

struct tm *explored_gmtime_r(const time_t *when, struct tm *to)
{
    access_memory(to, sizeof *to, true, PC);
    return gmtime_r(when, to);
}

/* The comparisons, which are the program's, are steps of their own. */
void explored_qsort(void *p, size_t n, size_t size,
                    int (*compare)(const void *, const void *))
{
    access_memory(p, n * size, false, PC);
    access_memory(p, n * size, true, PC);
    qsort(p, n, size, compare);
}

/* All callers share the answer: another may have asked before the step. */

struct tm *explored_localtime(const time_t *when)
{
    access_memory(localtime(when), sizeof(struct tm), true, PC);
    return localtime(when);
}

struct tm *explored_gmtime(const time_t *when)
{
    access_memory(gmtime(when), sizeof(struct tm), true, PC);
    return gmtime(when);
}

static void answer(char *text, uint32_t pc)
{
    if (text)
        access_memory(text, strlen(text) + 1, true, pc);
}

char *explored_ctime(const time_t *when)
{
    answer(ctime(when), PC);
    return ctime(when);
}

char *explored_asctime(const struct tm *when)
{
    answer(asctime(when), PC);
    return asctime(when);
}
