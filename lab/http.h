/*
 * The head of an HTTP/1 request, parsed where it lies.
 *
 * The grammar is RFC 9112: 2.2 (lines), 3 (request line), 5 (fields), 6.2
 * and 6.3 (Content-Length), 9.3 (Connection). The parser reads nothing but
 * buf, allocates nothing and keeps nothing: call it from any thread, and
 * again from the first byte whenever more have arrived. Bodies are the
 * caller's business, and so is a head that outgrows its buffer (a 431).
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_LENGTH_MAX = 1024 * 1024 };     /* bytes of the largest body */

struct slice {
    const char *at;                         /* not ended by a zero byte */
    size_t n;
};

struct http_request {
    struct slice method, path, query;       /* borrow buf; query without '?' */
    int minor;                              /* HTTP/1.minor: 0 or 1 */
    long long length;                       /* Content-Length, 0 when absent; */
                                            /* LENGTH_MAX + 1 when over it */
    bool has_length;
    bool transfer_encoding;                 /* present: length says nothing */
    bool expect_continue;                   /* the client waits for a 100 */
    bool keep_alive;                        /* by version and Connection */
};

/*
 * Parse the request head at buf, which holds n bytes (at most INT_MAX).
 * Returns the size of the head, blank line included; -1 if these bytes can
 * never become a head, said at the first byte that cannot be there (a field
 * at odds with an earlier one: at its end); -2 if more are needed.
 * *r means something after a positive result only.
 */
int http_parse(const char *buf, size_t n, struct http_request *r);

/* Is s this very word? Case counts, as it does in methods and paths. */
bool http_is(struct slice s, const char *word);

/*
 * The value of name= in a query such as "wait=50&x=1"; where a name comes
 * twice, the first counts. Returns fallback if the name is absent, -1 if the
 * value is anything but decimal digits making a number in [least, most].
 */
int http_number(struct slice query, const char *name, int fallback,
                int least, int most);

#endif
