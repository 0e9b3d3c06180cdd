/* echo.h - wait and echo: what the server does for one client.
 *
 *     POST /echo?wait=MS   the request's body comes back after MS milliseconds
 *     GET /stats           the four numbers of stats.h, as JSON
 *     GET /                how to use the server
 *     POST /crash          (only with -x) ends the process that serves
 */
#ifndef ECHO_H
#define ECHO_H

#include "serve.h"

#include <stddef.h>

/* An answer in the making. body is borrowed until it has been sent; text is
 * room for a body that is made on the spot. */
struct reply {
    int status;             /* 200, 404, ... */
    const char *type;       /* Content-Type */
    const char *body;
    size_t n;
    char text[512];
};

/* Serve one client to its end: one request, or with keep_alive as many as it
 * sends. Gives up on a silent client after idle_ms, and on stop when no
 * complete request has arrived; a complete one is answered. Borrows conn:
 * closing it is left to its owner, the caller. */
void echo_client(int conn, const struct options *options);

#endif
