#include "checked.h"

#include "field.h"
#include "progress.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A place with its handle, which is used again and again. */
struct client {
    struct place place;
    CURL *easy;
    unsigned char *body;        /* sent, and expected back */
    int whose;                  /* client, or -1 */
    size_t size, got;
    bool differs;               /* a byte of this reply was wrong, */
    bool false_length;          /* or its Content-Length */
    long long length;           /* what that is in this head, or -1 */
    char words[CURL_ERROR_SIZE];    /* libcurl on the last error */
};

struct check {
    struct run *run;
    struct pace *pace;
    CURLM *multi;
    struct curl_slist *headers;
    struct client *client;
    int at_work;
};

/* libcurl hands over a piece of the reply: compare it where it belongs. */
static size_t compare(char *at, size_t one, size_t n, void *arg)
{
    struct client *c = arg;
    n *= one;

    if (n > c->size - c->got) {
        c->differs = true;
        return 0;           /* more than we sent: no need to see the rest */
    }
    if (memcmp(at, c->body + c->got, n) != 0)
        c->differs = true;
    c->got += n;
    return n;
}

/* libcurl hands over a line of a head. It forgives a Content-Length of "64abc"
 * and a second, other one; we do not. */
static size_t take_line(char *at, size_t one, size_t n, void *arg)
{
    struct client *c = arg;
    char line[128];             /* it has no end of its own */
    const char *value;
    n *= one;

    snprintf(line, sizeof line, "%.*s", (int)n, at);
    if (strncmp(line, "HTTP/", 5) == 0)
        c->length = -1;         /* of "100 Continue", or what follows it */
    value = field_value(line, "Content-Length");
    c->false_length = value && !field_length(value, &c->length);
    return c->false_length ? 0 : n;
}

static void configure(struct client *c, const struct target *target,
                      struct curl_slist *headers)
{
    CURL *e = c->easy;

    curl_easy_setopt(e, CURLOPT_URL, target->url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, c);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->words);
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, c->body);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->size);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, compare);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, target->timeout_ms);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, target->keep_alive ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");     /* whatever http_proxy says */
}

static void prepare(struct client *c)
{
    if (c->whose != c->place.client)
        run_fill(c->body, c->size, c->place.client);
    c->whose = c->place.client;
    run_stamp(c->body, c->size, c->place.number);
    c->got = 0;
    c->differs = c->false_length = false;
    c->words[0] = '\0';
}

/* Let c make its next request, if there is still one to make. */
static void begin(struct check *k, struct client *c)
{
    if (pace_next(k->pace, &c->place, run_clock()) != NOW)
        return;
    prepare(c);
    curl_multi_add_handle(k->multi, c->easy);
    k->at_work++;
}

static enum outcome judge(const struct client *c)
{
    long status = 0;

    if (c->false_length)
        return NOT_HTTP;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return WRONG_STATUS;
    return c->differs || c->got != c->size ? WRONG_BODY : RIGHT;
}

/* CURLE_COULDNT_CONNECT and its like have the kernel's reason behind them. */
static enum outcome by_errno(const struct client *c)
{
    long error = 0;

    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &error);
    return outcome_of_errno((int)error);
}

static enum outcome outcome_of(const struct client *c, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
    case CURLE_WRITE_ERROR:             /* we had seen enough */
        return judge(c);
    case CURLE_COULDNT_RESOLVE_HOST:
        return UNRESOLVABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return TIMED_OUT;
    case CURLE_GOT_NOTHING:
        return NO_REPLY;
    case CURLE_PARTIAL_FILE:
        return SHORT;
    case CURLE_UNSUPPORTED_PROTOCOL:    /* "HTTP/0.9 when not allowed" */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_FILESIZE_EXCEEDED:       /* a Content-Length beyond all bounds */
        return NOT_HTTP;
    default:
        return by_errno(c);
    }
}

/* libcurl does not always say more. A line beyond its bounds is "out of
 * memory" to it, unless it is a new one. */
static const char *words_of(const struct client *c, CURLcode code)
{
    if (c->words[0])
        return c->words;
    return code == CURLE_OUT_OF_MEMORY
               ? "a line of the head is too long, or out of memory"
               : curl_easy_strerror(code);
}

static void end(struct check *k, CURL *easy, CURLcode code)
{
    struct client *c;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
    run_note(k->run, c->place.client, outcome_of(c, code), c->place.due,
             run_clock(), words_of(c, code));
    curl_multi_remove_handle(k->multi, easy);
    k->at_work--;
    begin(k, c);
}

static void run_all(struct check *k)
{
    for (int i = 0; i < k->run->at_once; i++)
        begin(k, &k->client[i]);

    while (k->at_work > 0) {
        int running, left;
        curl_multi_perform(k->multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(k->multi, &left)); )
            end(k, m->easy_handle, m->data.result);
        progress_show(k->run, run_clock());
        /* Comes back at once when a begun request has a first step to do. */
        if (k->at_work > 0)
            curl_multi_poll(k->multi, NULL, 0, PROGRESS_NS / 1000000, NULL);
    }
    progress_end();
}

static int open_client(struct check *k, struct client *c)
{
    *c = (struct client){ .size = k->run->target.size, .whose = -1 };
    c->body = malloc(c->size + 1);      /* malloc(0) may return NULL */
    c->easy = curl_easy_init();
    if (!c->body || !c->easy)
        return -1;
    configure(c, &k->run->target, k->headers);
    c->place = pace_place(k->pace);
    return 0;
}

static int open_clients(struct check *k)
{
    int n = k->run->at_once;

    /* Without the first libcurl asks before it sends a large body. */
    k->headers = curl_slist_append(NULL, "Expect:");
    k->headers = curl_slist_append(k->headers,
                                   "Content-Type: application/octet-stream");
    if (!k->run->target.keep_alive)
        k->headers = curl_slist_append(k->headers, "Connection: close");
    k->multi = curl_multi_init();
    k->client = calloc((size_t)n, sizeof *k->client);
    if (!k->multi || !k->client)
        return errno = ENOMEM, -1;
    curl_multi_setopt(k->multi, CURLMOPT_MAXCONNECTS, (long)n);
    curl_multi_setopt(k->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)n);
    for (int i = 0; i < n; i++)
        if (open_client(k, &k->client[i]) == -1)
            return errno = ENOMEM, -1;
    return 0;
}

static void close_clients(struct check *k)
{
    for (int i = 0; k->client && i < k->run->at_once; i++) {
        curl_easy_cleanup(k->client[i].easy);
        free(k->client[i].body);
    }
    free(k->client);
    curl_multi_cleanup(k->multi);
    curl_slist_free_all(k->headers);
}

int checked_run(struct run *r, struct pace *pace)
{
    struct check k = { .run = r, .pace = pace };
    int status = open_clients(&k);

    if (status == 0)
        run_all(&k);
    close_clients(&k);
    return status;
}
