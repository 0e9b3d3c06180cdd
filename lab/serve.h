/* serve.h - the one function that every part implements.
 *
 * main parses the options, listens, and calls serve. Each part is the same
 * program around a different serve.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

struct http_request;
struct reply;

/* A part may add paths of its own: called before /echo is tried. Fills *reply
 * and returns true when the request is its own. body has n bytes. */
typedef bool route_fn(const struct http_request *request, const char *body,
                      long n, struct reply *reply);

struct options {
    int workers;            /* -w, 8: threads of the pool */
    int capacity;           /* -q, 16: slots of the queue */
    int stop_ms;            /* -t, 5000: from SIGTERM to the end, at most */
    int idle_ms;            /* -i, 10000: patience with a silent client */
    int credits;            /* -c, -1 (none) */
    bool keep_alive;        /* -k: many requests on one connection */
    bool crash;             /* -x: POST /crash ends the process that serves */
    route_fn *route;        /* or NULL */

    /* Descriptors to poll, never to read: once readable, they stay so, in
     * every thread and in every child. */
    int stop;               /* readable from SIGTERM or SIGINT on */
    int deadline;           /* readable when three quarters of stop_ms are up */
};

/* Serve clients until options->stop is readable, then finish those who are
 * being served. Borrows listener, which arrives blocking. Returns 0 when
 * every client is finished, whoever serves it, or -1 with errno. */
int serve(int listener, const struct options *options);

#endif
