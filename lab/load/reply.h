/* reply.h - a reply, read piece by piece, and held against what was sent.
 *
 * Of HTTP/1 (RFC 9112) it knows a status line, Content-Length, Connection and
 * a body that ends with the connection. Chunks it leaves to libcurl. What
 * cannot become right any more is over at once.
 */
#ifndef REPLY_H
#define REPLY_H

#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>

struct reply {
    enum { STATUS_LINE, FIELDS, BODY, OVER } at;
    enum outcome outcome;           /* once it is over */
    const char *words;              /* of an OTHER, else NULL */
    bool closes;                    /* no other request after this one */

    const unsigned char *expected;  /* borrowed: what was sent */
    size_t size, got;               /* bytes of it, and of the body so far */
    long long length;               /* what was promised; -1: until the close */
    int status;
    size_t head;                    /* bytes of the head so far */
    char line[128];                 /* of the head, as far as it has come; */
    size_t n;                       /* what does not fit is of no interest */
};

/* Nothing has come. Borrows expected. */
void reply_begin(struct reply *r, const unsigned char *expected, size_t size);

/* n bytes more, or the end of the connection, with the errno it had or 0.
 * Return whether the reply is over. */
bool reply_take(struct reply *r, const char *bytes, size_t n);
bool reply_closed(struct reply *r, int error);

#endif
