/* die.h - say what failed, with errno's reason, and leave with status 1.
 *
 * Only the file with main calls it: code that others use returns -1 and
 * leaves the decision to its caller.
 */
#ifndef DIE_H
#define DIE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

#endif
