/* serve.c - a pool of threads, and what part 3 adds to the server. Given.
 *
 *     POST /echo?wait=MS   as ever; costs a credit (-c), and 429 without one
 *     GET /journal         totals and the last entries, as JSON
 *     GET /page?wait=MS    the price page; its reader stays MS milliseconds
 *     PUT /page            another text, of at most 400 bytes
 *
 * Each worker accepts for itself: the kernel's list of clients is the queue.
 */
#include "serve.h"

#include "echo.h"
#include "http.h"
#include "locks/credit.h"
#include "locks/journal.h"
#include "locks/page.h"
#include "net.h"
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_MAX = 400, WAIT_MAX = 10000 };

static char text[PAGE_MAX + 1] = "one echo: one cent\n";    /* see page.h */
static int deadline;

static void say(struct reply *r, int status, const char *words)
{
    r->status = status;
    r->type = "text/plain; charset=utf-8";
    r->body = r->text;
    r->n = (size_t)snprintf(r->text, sizeof r->text, "%s", words);
}

/* How long a client wants to wait; -1 for what is no number of these. */
static int wait_of(const struct http_request *request)
{
    return http_number(request->query, "wait", 0, 0, WAIT_MAX);
}

struct echo {
    const struct http_request *request;
    long n;
};

static bool work(void *arg)
{
    const struct echo *echo = arg;
    int wait = wait_of(echo->request);

    if (wait == -1)
        return false;
    stats_begin();
    if (wait > 0 && net_sleep(wait, deadline) == -1)
        return false;       /* the server ends; nobody asks for numbers */
    journal_add(echo->n);
    stats_end(echo->n);
    return true;
}

static void echo(const struct http_request *request, const char *body, long n,
                 struct reply *r)
{
    struct echo echo = { request, n };

    switch (credit_spend(work, &echo)) {
    case CREDIT_SPENT:
        *r = (struct reply){ 200, "application/octet-stream", body, (size_t)n,
                             "" };
        break;
    case CREDIT_KEPT: say(r, 400, "400 Bad Request\n"); break;
    case CREDIT_NONE: say(r, 429, "429 Too Many Requests\n"); break;
    }
}

static void show_journal(struct reply *r)
{
    struct entry last[JOURNAL_LENGTH];
    struct totals totals;
    int n = journal_read(&totals, last);
    size_t size = sizeof r->text;

    say(r, 200, "");
    r->type = "application/json";
    r->n = (size_t)snprintf(r->text, size, "{\"entries\": %ld, "
                            "\"bytes\": %ld, \"last\": [", totals.entries,
                            totals.bytes);
    for (int i = 0; i < n; i++)
        r->n += (size_t)snprintf(r->text + r->n, size - r->n, "%s[%ld, %ld]",
                                 i ? ", " : "", last[i].number, last[i].bytes);
    r->n += (size_t)snprintf(r->text + r->n, size - r->n, "]}\n");
}

static void read_page(const struct http_request *request, struct reply *r)
{
    int wait = wait_of(request);

    if (wait == -1) {
        say(r, 400, "400 Bad Request\n");
        return;
    }
    page_begin_read();
    if (wait > 0)
        net_sleep(wait, deadline);
    say(r, 200, text);
    page_end_read();
}

static void write_page(const char *body, long n, struct reply *r)
{
    if (n > PAGE_MAX) {
        say(r, 413, "413 Content Too Large\n");
        return;
    }
    page_begin_write();
    memcpy(text, body, (size_t)n);
    text[n] = '\0';
    page_end_write();
    say(r, 200, "the page is changed\n");
}

static bool route(const struct http_request *request, const char *body, long n,
                  struct reply *r)
{
    bool get = http_is(request->method, "GET");

    if (http_is(request->path, "/echo") && http_is(request->method, "POST"))
        return echo(request, body, n, r), true;
    if (http_is(request->path, "/journal") && get)
        return show_journal(r), true;
    if (http_is(request->path, "/page") && get)
        return read_page(request, r), true;
    if (http_is(request->path, "/page") && http_is(request->method, "PUT"))
        return write_page(body, n, r), true;
    return false;
}

struct pool {
    int listener;
    struct options options;
};

/* A worker. Returns 0 on stop, or the error that ended it. */
static void *serve_clients(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = net_accept(pool->listener, pool->options.stop)) >= 0) {
        echo_client(conn, &pool->options);
        close(conn);
    }
    return (void *)(intptr_t)(conn == NET_STOP ? 0 : errno);
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { listener, *options };
    pthread_t worker[options->workers];
    int n = 0, error = 0;

    deadline = options->deadline;
    pool.options.route = route;
    page_open();
    credit_open(options->credits);
    while (n < options->workers && error == 0) {
        error = pthread_create(&worker[n], NULL, serve_clients, &pool);
        n += error == 0;
    }
    if (n == 0)
        return errno = error, -1;
    error = 0;
    while (n > 0) {
        void *ended;
        pthread_join(worker[--n], &ended);
        if (ended)
            error = (int)(intptr_t)ended;
    }
    close(listener);
    return error ? (errno = error, -1) : 0;
}
