/* client.h - one client: a request at a time, and every reply is verified.
 *
 * A client has a body of its own, so a reply that belongs to somebody else is
 * noticed, and the number of the request inside it, so an old one is too. It
 * waits nowhere: libcurl's multi handle drives all clients in one thread.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>

/* How a request ended. Everything but RIGHT is an error. */
enum outcome {
    RIGHT,              /* status 200 and our body, byte for byte */
    REFUSED,            /* nobody listens there */
    RESET,              /* the connection was torn down */
    TIMED_OUT,          /* no complete reply in time */
    NO_REPLY,           /* closed before the first byte of a reply */
    SHORT,              /* closed before the promised Content-Length */
    WRONG_STATUS,       /* HTTP, but not 200 */
    WRONG_BODY,         /* 200, but these are not the bytes we sent */
    NOT_HTTP,           /* it spoke, but not HTTP */
    UNRESOLVABLE,       /* no such host */
    OTHER,              /* libcurl's own words say which */
    OUTCOMES
};

struct target {
    const char *url;
    size_t size;                /* bytes of a body */
    long timeout_ms;            /* for a request, connecting included */
    bool keep_alive;            /* else each request has its own connection */
    struct curl_slist *headers;
};

struct client {
    CURL *easy;                 /* recycled: one handle, many requests */
    unsigned char *body;        /* sent, and expected back */
    size_t size, got;
    bool differs;               /* a byte of this reply was wrong */
    long long started;          /* nanoseconds, client_clock's */
    char words[CURL_ERROR_SIZE];    /* libcurl on the last error */
};

/* "refused", "wrong body", ... A constant; not to be freed. */
const char *outcome_name(enum outcome outcome);

/* Make c the client with this number; borrows target. 0, or -1: no memory. */
int client_open(struct client *c, int number, const struct target *target);

/* Prepare request number `request` and note the time; the caller then adds
 * c->easy to a multi handle. Never fails. */
void client_begin(struct client *c, long request);

/* What the finished transfer was. Its time is client_clock() - c->started. */
enum outcome client_end(struct client *c, CURLcode code);

/* Free what client_open took; c->easy must be in no multi handle. */
void client_close(struct client *c);

/* A clock that never jumps, in nanoseconds. */
long long client_clock(void);

#endif
