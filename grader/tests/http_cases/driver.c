/*
 * Hold lab/http.c against the cases: driver whole|split|guard|numbers
 *
 *     whole    the verdict and every field, all bytes at once
 *     split    the verdict on each length, in a block of exactly that size
 *     guard    the same with a page behind the bytes that must not be touched
 *     numbers  http_number
 *
 * Prints a line per wrong answer, then how much was checked. Exits with 1 if
 * an answer was wrong, 2 on misuse.
 */
#include "cases.h"
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

static int wrong, checked;

static void expect(const char *name, size_t n, int want, int got)
{
    checked++;
    if (want == got)
        return;
    printf("%s: %zu bytes: want %d, got %d\n", name, n, want, got);
    wrong++;
}

static size_t join(const struct http_case *c, char *buf)
{
    memcpy(buf, c->head, c->head_n);
    memcpy(buf + c->head_n, c->rest, c->rest_n);
    return c->head_n + c->rest_n;
}

static int verdict(const struct http_case *c, size_t n)
{
    if (c->result != NULL)
        return n < c->head_n ? -2 : (int)c->head_n;
    return n <= c->head_n ? -2 : -1;
}

/* r in the words of the cases. */
static void describe(const struct http_request *r, char *out, size_t size)
{
    char length[32] = "";

    if (r->has_length)
        snprintf(length, sizeof length, " length=%lld", r->length);
    snprintf(out, size, "%.*s %.*s%s%.*s 1.%d%s%s%s%s",
             (int)r->method.n, r->method.at, (int)r->path.n, r->path.at,
             r->query.n > 0 ? " ?" : "", (int)r->query.n, r->query.at,
             r->minor, length, r->transfer_encoding ? " coded" : "",
             r->expect_continue ? " expect" : "", r->keep_alive ? " keep" : "");
}

static void whole(const struct http_case *c)
{
    char buf[1024], got[1024];
    struct http_request r;
    size_t n = join(c, buf);
    int result = http_parse(buf, n, &r);

    expect(c->name, n, verdict(c, n), result);
    if (c->result == NULL || result <= 0)
        return;
    describe(&r, got, sizeof got);
    if (strcmp(got, c->result) != 0) {
        printf("%s: want \"%s\", got \"%s\"\n", c->name, c->result, got);
        wrong++;
    }
}

/* A zero-byte malloc is a block too, so that n = 0 is checked as well. */
static void split(const struct http_case *c)
{
    char buf[1024];
    size_t n = join(c, buf);

    for (size_t i = 0; i <= n; i++) {
        struct http_request r;
        char *part = malloc(i);

        memcpy(part, buf, i);
        expect(c->name, i, verdict(c, i), http_parse(part, i, &r));
        free(part);
    }
}

static void guard(const struct http_case *c)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n;
    char buf[1024], *two, *edge;

    two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    edge = two + page;
    if (two == MAP_FAILED || mprotect(edge, page, PROT_NONE) == -1) {
        perror("guard page");
        exit(2);
    }
    n = join(c, buf);
    for (size_t i = 0; i <= n; i++) {
        struct http_request r;

        memcpy(edge - i, buf, i);
        expect(c->name, i, verdict(c, i), http_parse(edge - i, i, &r));
    }
    munmap(two, 2 * page);
}

static void number(const struct number_case *c)
{
    size_t n = strlen(c->query);
    char *exact = malloc(n);
    int got;

    memcpy(exact, c->query, n);
    got = http_number((struct slice){ exact, n }, "wait", 77,
                      c->least, c->most);
    expect(c->query, n, c->result, got);
    free(exact);
}

int main(int argc, char **argv)
{
    const char *mode = argc == 2 ? argv[1] : "";
    void (*check)(const struct http_case *) = NULL;

    if (strcmp(mode, "whole") == 0)
        check = whole;
    else if (strcmp(mode, "split") == 0)
        check = split;
    else if (strcmp(mode, "guard") == 0)
        check = guard;
    else if (strcmp(mode, "numbers") != 0) {
        fprintf(stderr, "usage: driver whole|split|guard|numbers\n");
        return 2;
    }
    for (size_t i = 0; check != NULL && i < COUNT(cases); i++)
        check(&cases[i]);
    for (size_t i = 0; check == NULL && i < COUNT(numbers); i++)
        number(&numbers[i]);
    printf("%d checked, %d wrong\n", checked, wrong);
    return wrong > 0;
}
