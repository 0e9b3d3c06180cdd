/* echo.c - see echo.h. One request after the other: read a head, read its
 * body, decide, answer. Buffers are small and on the stack, because their
 * size is part of what a thread or a process costs; a body is on the heap.
 */
#include "echo.h"

#include "http.h"
#include "net.h"
#include "stats.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { HEAD_MAX = 4096, WAIT_MAX = 10000 };

struct client {
    int conn;
    const struct options *options;
    struct patience patience;
    bool last;              /* the connection ends after the next reply */
    bool refused;           /* it was ended in the middle of a request */
    size_t n;               /* bytes in buf, */
    size_t used;            /* of which so many belong to this request */
    char buf[HEAD_MAX];
};

static const char page[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
    "<link rel=\"icon\" href=\"data:,\"><title>EchoCo</title>"
    "<h1>EchoCo: wait and echo</h1>"
    "<p>POST a body of at most 1 MiB to <code>/echo?wait=MS</code> and it "
    "comes back after MS milliseconds (0 to 10,000):</p>"
    "<pre>curl -d hello 'http://HOST:PORT/echo?wait=1000'</pre>"
    "<p><a href=\"/stats\">/stats</a> says how many were served.</p></html>\n";

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    default:  return "Error";
    }
}

static bool stopping(const struct options *options)
{
    struct pollfd p = { .fd = options->stop, .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

/* Bytes of the client that nobody has read yet. */
static bool unread(const struct client *c)
{
    int waiting = 0;

    return c->n > c->used ||
           (ioctl(c->conn, FIONREAD, &waiting) == 0 && waiting > 0);
}

static int send_reply(struct client *c, const struct reply *r)
{
    char head[256];

    /* On stop, whoever has nothing more to say is told that this was all. */
    if (!c->last && stopping(c->options) && !unread(c))
        c->last = true;

    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
                     "Content-Length: %zu\r\nConnection: %s\r\n\r\n",
                     r->status, reason(r->status), r->type, r->n,
                     c->last ? "close" : "keep-alive");
    if (net_write(c->conn, head, (size_t)n, r->n ? MSG_MORE : 0,
                  &c->patience) == -1)
        return -1;
    return net_write(c->conn, r->body, r->n, 0, &c->patience);
}

static void say(struct reply *r, int status)
{
    int n = snprintf(r->text, sizeof r->text, "%d %s\n", status,
                     reason(status));

    r->status = status;
    r->type = "text/plain; charset=utf-8";
    r->body = r->text;
    r->n = (size_t)n;
}

/* Refuse a request whose body we do not read: nothing can follow it. */
static int refuse(struct client *c, int status)
{
    struct reply r;

    c->last = c->refused = true;
    say(&r, status);
    send_reply(c, &r);
    return -1;
}

/* Forget the request that was served; the next one may stand behind it. */
static void next_request(struct client *c)
{
    c->n -= c->used;
    memmove(c->buf, c->buf + c->used, c->n);
    c->used = 0;
}

/* Fill c->buf until it holds a complete head. Returns 0, or -1 when there is
 * nothing more to do for this client. */
static int read_head(struct client *c, struct http_request *request)
{
    for (;;) {
        int head = http_parse(c->buf, c->n, request);
        if (head > 0) {
            c->used = (size_t)head;
            return 0;
        }
        if (head == -1)
            return refuse(c, 400);
        if (c->n == sizeof c->buf)
            return refuse(c, 431);

        ssize_t got = net_read(c->conn, c->buf + c->n, sizeof c->buf - c->n,
                               &c->patience);
        if (got > 0)
            c->n += (size_t)got;
        else if (c->n > 0 && got == 0)
            return refuse(c, 400);  /* it ended in the middle of a head */
        else if (c->n > 0 && errno == ETIMEDOUT)
            return refuse(c, 408);
        else
            return -1;
    }
}

/* Read a body of n bytes, some of which may stand behind the head already.
 * Returns it, yours to free, or NULL when there is nothing more to do. */
static char *read_body(struct client *c, size_t n)
{
    char *body = malloc(n + 1);
    if (!body)
        return NULL;

    size_t have = c->n - c->used < n ? c->n - c->used : n;
    memcpy(body, c->buf + c->used, have);
    c->used += have;

    while (have < n) {
        ssize_t got = net_read(c->conn, body + have, n - have, &c->patience);
        if (got == -1 && errno == ETIMEDOUT)
            refuse(c, 408);
        if (got <= 0) {
            free(body);
            return NULL;
        }
        have += (size_t)got;
    }
    return body;
}

/* The simulated work. Returns -1 when the deadline cut it short: then the
 * server is ending and nobody is going to ask for the numbers. */
static int echo(const struct client *c, const struct http_request *request,
                const char *body, struct reply *r)
{
    int wait = http_number(request->query, "wait", 0, 0, WAIT_MAX);

    if (!http_is(request->method, "POST"))
        return say(r, 405), 0;
    if (wait == -1)
        return say(r, 400), 0;

    stats_begin();
    if (wait > 0 && net_sleep(wait, c->options->deadline) == -1)
        return -1;
    stats_end((long)request->length);
    *r = (struct reply){ 200, "application/octet-stream", body,
                         (size_t)request->length, "" };
    return 0;
}

static void show_stats(struct reply *r)
{
    struct stats s;

    stats_read(&s);
    say(r, 200);
    r->type = "application/json";
    r->n = (size_t)snprintf(r->text, sizeof r->text,
                            "{\"served\": %ld, \"bytes\": %ld, "
                            "\"active\": %d, \"peak\": %d}\n",
                            s.served, s.bytes, s.active, s.peak);
}

static bool known_method(struct slice method)
{
    static const char *const words[] = { "GET", "HEAD", "POST", "PUT",
        "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (http_is(method, words[i]))
            return true;
    return false;
}

/* Make the reply to a complete request. Returns -1 if there is to be none. */
static int decide(const struct client *c, const struct http_request *request,
                  const char *body, struct reply *r)
{
    const struct options *options = c->options;
    bool get = http_is(request->method, "GET");

    if (!known_method(request->method))
        return say(r, 501), 0;
    if (options->route &&
        options->route(request, body, (long)request->length, r))
        return 0;
    if (http_is(request->path, "/echo"))
        return echo(c, request, body, r);
    if (http_is(request->path, "/stats"))
        return get ? show_stats(r) : say(r, 405), 0;
    if (http_is(request->path, "/")) {
        *r = (struct reply){ 200, "text/html; charset=utf-8", page,
                             sizeof page - 1, "" };
        return get ? 0 : (say(r, 405), 0);
    }
    if (options->crash && http_is(request->path, "/crash"))
        raise(SIGSEGV);
    return say(r, 404), 0;
}

/* Serve one request. Returns -1 when the connection is over. request points
 * into c->buf, which therefore stays as it is until the next one. */
static int serve_request(struct client *c)
{
    struct http_request request;
    struct reply r;

    next_request(c);
    if (read_head(c, &request) == -1)
        return -1;
    if (request.transfer_encoding)
        return refuse(c, 501);
    if (request.length > HTTP_LENGTH_MAX)
        return refuse(c, 413);
    if (!c->options->keep_alive || !request.keep_alive)
        c->last = true;

    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (request.expect_continue && request.length > 0 && !unread(c) &&
        net_write(c->conn, go_on, sizeof go_on - 1, 0, &c->patience) == -1)
        return -1;

    char *body = read_body(c, (size_t)request.length);
    if (!body)
        return -1;
    int done = decide(c, &request, body, &r);
    if (done == 0)
        done = send_reply(c, &r);
    free(body);
    return done;
}

void echo_client(int conn, const struct options *options)
{
    struct client c = {
        .conn = conn,
        .options = options,
        .patience = { options->stop, options->deadline, options->idle_ms },
    };

    while (!c.last && serve_request(&c) == 0)
        continue;
    /* What still comes after the close is answered with a reset, and that may
     * overtake the reply. */
    if (c.refused || unread(&c))
        net_drain(conn, &c.patience);
}
