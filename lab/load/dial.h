/* dial.h - a new connection to the target.
 *
 * The first one libcurl opens: it resolves the name and finds out which of its
 * addresses answers, and it waits for that. Each further one goes to the same
 * address, and waits for nothing.
 */
#ifndef DIAL_H
#define DIAL_H

#include "run.h"

#include <netinet/in.h>

struct dial {
    const struct target *target;
    struct sockaddr_in6 address;    /* room for the shorter one, too */
    socklen_t size;                 /* 0: not known yet */
    char words[128];                /* of the last OTHER */
};

/* Returns a non-blocking socket that is connected or is about to be, yours to
 * close; or -1, and *why is how the request has ended. */
int dial_open(struct dial *d, enum outcome *why);

#endif
