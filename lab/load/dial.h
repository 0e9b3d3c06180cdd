/* dial.h - a new connection to the target. Waits for nothing.
 *
 * An IPv4 address is dialed as it stands. Of a name's addresses perhaps one
 * answers: libcurl searches for it, once. Who dials meanwhile has to wait for
 * the end of the search, and the connection that it has found is handed out
 * first. Each further one goes to the same address.
 */
#ifndef DIAL_H
#define DIAL_H

#include "run.h"

#include <curl/curl.h>

#include <netinet/in.h>

struct dial {
    const struct target *target;
    struct sockaddr_in6 address;    /* room for the shorter one, too */
    socklen_t size;                 /* 0: not known yet */
    CURLM *multi;                   /* the search, and what it is for; */
    CURL *easy;                     /* NULL while there is none */
    int found;                      /* its connection, or -1 */
    char words[128];                /* of the last OTHER */
};

/* Begin. Borrows target. Returns 0, or -1 with errno. */
int dial_begin(struct dial *d, const struct target *target);

/* Returns a non-blocking socket that is connected or is about to be, yours to
 * close; or -1, and *why is how the request has ended. GOES_ON: it has not,
 * dial again when the search is over. */
int dial_open(struct dial *d, int *why);

/* While it searches, nobody has a connection. */
bool dial_is_searching(const struct dial *d);

/* Search for at most so long. Returns GOES_ON; RIGHT when the address is known
 * now; or how the requests of all who wait for it have ended. */
int dial_search(struct dial *d, int ms);

void dial_end(struct dial *d);

#endif
