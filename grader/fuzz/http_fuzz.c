/*
 * What must hold of the parser for any bytes at all (libFuzzer; see run).
 *
 * The bytes arrive one by one, so every split of them is tried: the verdict
 * is "more" up to some length, and from there on one and the same, fields
 * included. Compare with grader/tests/http_cases, which knows the right
 * verdict, but only for the cases somebody thought of.
 */
#include "http.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(what) ((what) ? (void)0 : broken(#what, __LINE__))

static void broken(const char *what, int line)
{
    fprintf(stderr, "http_fuzz.c:%d: does not hold: %s\n", line, what);
    abort();
}

static bool inside(struct slice s, const char *buf, int n)
{
    return s.at >= buf && s.n <= (size_t)n && s.at - buf <= n - (long)s.n;
}

static bool same_slice(struct slice a, struct slice b)
{
    return a.at == b.at && a.n == b.n;
}

static bool same(const struct http_request *a, const struct http_request *b)
{
    return same_slice(a->method, b->method) && same_slice(a->path, b->path)
        && same_slice(a->query, b->query) && a->minor == b->minor
        && a->length == b->length && a->has_length == b->has_length
        && a->transfer_encoding == b->transfer_encoding
        && a->expect_continue == b->expect_continue
        && a->keep_alive == b->keep_alive;
}

static void check_numbers(struct slice query)
{
    static const char *const names[] = { "wait", "a", "" };
    static const int bounds[][2] = { { 0, 10000 }, { 0, INT_MAX }, { 5, 5 } };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int least = bounds[j][0], most = bounds[j][1];
            int n = http_number(query, names[i], -7, least, most);

            HOLDS(n == -7 || n == -1 || (n >= least && n <= most));
        }
}

static void check_head(const char *buf, int n, const struct http_request *r)
{
    HOLDS(n >= 4 && memcmp(buf + n - 4, "\r\n\r\n", 4) == 0);
    HOLDS(memchr(buf, '\0', (size_t)n) == NULL);
    HOLDS(r->method.n > 0 && inside(r->method, buf, n));
    HOLDS(r->path.n > 0 && inside(r->path, buf, n) && *r->path.at == '/');
    HOLDS(inside(r->query, buf, n));
    HOLDS(r->minor == 0 || r->minor == 1);
    HOLDS(r->length >= 0 && r->length <= HTTP_LENGTH_MAX + 1);
    HOLDS(r->has_length || r->length == 0);
    check_numbers(r->query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *buf = (const char *)data;
    struct http_request last, r;
    int verdict, now = -2;

    if (size == 0)
        return 0;                           /* data may be NULL then */
    verdict = http_parse(buf, size, &last);
    HOLDS(verdict == -1 || verdict == -2 || verdict > 0);
    HOLDS(verdict <= (int)size);
    for (size_t n = 0; n < size; n++) {
        int before = now;

        now = http_parse(buf, n, &r);
        HOLDS(now == -2 || now == verdict);
        HOLDS(now <= (int)n);
        HOLDS(before == -2 || now == before);
        HOLDS(now <= 0 || same(&r, &last));
    }
    if (verdict > 0)
        check_head(buf, verdict, &last);
    check_numbers((struct slice){ buf, size });
    return 0;
}
