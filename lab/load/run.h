/* run.h - what is asked of a server, and what came of it.
 *
 * Whoever drives the clients (checked.h, loop.h) asks whose request is next
 * (pace.h) and notes how each one ended.
 */
#ifndef RUN_H
#define RUN_H

#include "histogram.h"
#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>

/* A request that is made again and again. */
struct target {
    const char *url;            /* in full */
    size_t size;                /* bytes of a body */
    long timeout_ms;            /* for a request, connecting included */
    bool keep_alive;            /* else each request has its own connection */
};

/* What one client has done. */
struct tally {
    long requests, right;
    long long began, ended;     /* its first request, its last reply */
};

struct run {
    struct target target;
    int clients, at_once;       /* of them so many are at work together */
    double asked_rate;          /* requests/s of an open loop, else 0 */
    bool checked;               /* libcurl made the requests */

    long requests;                  /* finished, whatever their end */
    long outcome[OUTCOMES];         /* they add up to requests */
    char words[256];                /* of the first `other` */
    long long began;                /* run_clock when the first request was due */
    double seconds;                 /* from the first request to the last */
    double cpu;                     /* seconds of CPU that we ourselves used */
    struct histogram latency;       /* of the right replies */
    struct histogram lag;           /* open loop: how late we ourselves were */
    struct tally *tally;            /* one a client */
};

/* A clock that never jumps, in nanoseconds. */
long long run_clock(void);

/* A client's request has ended: it was due at `since`, and is over `now`.
 * `words` say more of an OTHER, or NULL. */
void run_note(struct run *r, int client, enum outcome outcome, long long since,
              long long now, const char *words);

/* Fill a client's body with bytes that look random, are its own, and come out
 * the same in every run. */
void run_fill(unsigned char *body, size_t size, int client);

/* Put the number of a request into it, so that an old reply is noticed. */
void run_stamp(unsigned char *body, size_t size, long request);

#endif
