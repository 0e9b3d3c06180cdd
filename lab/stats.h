/* stats.h - four numbers that must agree.
 *
 * Only POST /echo counts. Whenever nobody is inside one of these calls:
 *     bytes is the sum of the bodies of the `served` requests,
 *     0 <= active <= peak, and active is 0 when the server is idle.
 * GET /stats prints the four; asking changes nothing.
 *
 * Every part brings its own stats.c: who shares these numbers, and how they
 * are guarded, is what the parts differ in.
 */
#ifndef STATS_H
#define STATS_H

struct stats {
    long served;            /* requests answered */
    long bytes;             /* the sum of their bodies */
    int active;             /* requests being served right now */
    int peak;               /* the most that were active at once */
};

/* main calls it once, before serve, while there is one process and one
 * thread. Returns 0, or -1 with errno. */
int stats_open(void);

/* A request has arrived: it is active. */
void stats_begin(void);

/* A request is done. Called before its reply is sent, so that a client who
 * has an answer always finds it counted. */
void stats_end(long bytes);

/* Copy the four numbers into s, in a state in which they agree. */
void stats_read(struct stats *s);

#endif
