#include "client.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const name[OUTCOMES] = {
        [RIGHT] = "right",
        [REFUSED] = "refused",
        [RESET] = "reset",
        [TIMED_OUT] = "timeout",
        [NO_REPLY] = "no reply",
        [SHORT] = "short",
        [WRONG_STATUS] = "wrong status",
        [WRONG_BODY] = "wrong body",
        [NOT_HTTP] = "not HTTP",
        [UNRESOLVABLE] = "unresolvable",
        [OTHER] = "other",
    };
    return name[outcome];
}

long long client_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

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

/* Bytes that look random and come out the same in every run (xorshift). */
static void fill(unsigned char *body, size_t size, uint64_t seed)
{
    uint64_t x = seed * 0x9E3779B97F4A7C15u + 1;
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        body[i] = (unsigned char)(x >> 32);
    }
}

static void configure(struct client *c, const struct target *target)
{
    CURL *e = c->easy;

    curl_easy_setopt(e, CURLOPT_URL, target->url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, c);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->words);
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, c->body);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->size);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, target->headers);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, compare);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, target->timeout_ms);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, target->keep_alive ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");     /* whatever http_proxy says */
}

int client_open(struct client *c, int number, const struct target *target)
{
    *c = (struct client){ .size = target->size };
    c->body = malloc(c->size + 1);      /* malloc(0) may return NULL */
    c->easy = curl_easy_init();
    if (!c->body || !c->easy) {
        client_close(c);
        return -1;
    }
    fill(c->body, c->size, (uint64_t)number + 1);
    configure(c, target);
    return 0;
}

void client_begin(struct client *c, long request)
{
    size_t n = c->size < sizeof request ? c->size : sizeof request;

    memcpy(c->body, &request, n);
    c->got = 0;
    c->differs = false;
    c->words[0] = '\0';
    c->started = client_clock();
}

/* CURLE_COULDNT_CONNECT and its like have the kernel's reason behind them. */
static enum outcome by_errno(struct client *c)
{
    long err = 0;
    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &err);

    switch (err) {
    case ECONNREFUSED:
        return REFUSED;
    case ECONNRESET:
    case EPIPE:
        return RESET;
    case ETIMEDOUT:
        return TIMED_OUT;
    default:
        return OTHER;
    }
}

static enum outcome verdict(struct client *c)
{
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);

    if (status != 200)
        return WRONG_STATUS;
    return c->differs || c->got != c->size ? WRONG_BODY : RIGHT;
}

enum outcome client_end(struct client *c, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
    case CURLE_WRITE_ERROR:             /* compare had seen enough */
        return verdict(c);
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

void client_close(struct client *c)
{
    curl_easy_cleanup(c->easy);
    free(c->body);
}
