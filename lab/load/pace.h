/* pace.h - whose request is next, and when it is due.
 *
 * A closed loop: a client asks again when it has its answer, so a slow server
 * is asked less often. That measures throughput honestly, and flatters
 * latency: the requests that a stalled server never got are missing.
 *
 * An open loop: the moments at which requests are due are fixed in advance,
 * and a request counts from the moment it was due, whenever it could be sent.
 *
 * Turns: of many clients few are at work at once. A client makes its share of
 * the requests, and then the next one has its place.
 */
#ifndef PACE_H
#define PACE_H

#include "run.h"

struct pace {
    int clients;
    long requests, begun;
    long long began, stop_at;   /* begin nothing after this */
    double every;               /* open loop: nanoseconds between two; else 0 */
    bool turns;
    int next;                   /* turns: the client whose turn is next */
};

enum when { NOW, NOT_YET, NEVER };

/* A place at which clients work, one after the other. */
struct place {
    int client;                 /* -1: nobody's yet */
    long left;                  /* turns: requests it still has */
    long number;                /* of its request, beginning at 0 */
    long long due;              /* when that is, or was */
};

/* Begin. `requests` may be LONG_MAX, and `seconds` 0: no limit. */
void pace_begin(struct pace *p, const struct run *r, long requests,
                double seconds);

/* A new place, one of r->at_once. */
struct place pace_place(struct pace *p);

/* Give a place its next request. NOT_YET: none is due, the next at
 * pace_due(). NEVER: there are no more. */
enum when pace_next(struct pace *p, struct place *place, long long now);

/* When the next request of an open loop is due. */
long long pace_due(const struct pace *p);

/* Whether no request will ever begin again. */
bool pace_over(const struct pace *p);

#endif
