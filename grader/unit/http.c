/*
 * The request parser in process: the promises of http.h, a test each.
 * The corners of the grammar are in grader/tests/http_cases.
 */
#include "http.h"

#include <criterion/criterion.h>
#include <string.h>

enum { BAD = -1, MORE = -2 };

static const char post[] =
    "POST /echo?wait=50 HTTP/1.1\r\n"
    "Host: a\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "hello";

static int parse(const char *text, struct http_request *r)
{
    return http_parse(text, strlen(text), r);
}

static int verdict(const char *text)
{
    return parse(text, &(struct http_request){ 0 });
}

Test(http, finds_the_parts_of_a_request, .timeout = 5)
{
    struct http_request r;

    cr_assert_eq(parse(post, &r), (int)strlen(post) - 5,
                 "the head ends with the blank line, before the body");
    cr_expect(http_is(r.method, "POST"));
    cr_expect(http_is(r.path, "/echo"));
    cr_expect(http_is(r.query, "wait=50"));
    cr_expect_eq(r.minor, 1);
    cr_expect(r.has_length);
    cr_expect_eq(r.length, 5);
    cr_expect_not(r.transfer_encoding);
    cr_expect_not(r.expect_continue);
}

Test(http, asks_for_more_until_the_blank_line, .timeout = 5)
{
    struct http_request r;
    size_t head = strlen(post) - 5;

    for (size_t n = 0; n < head; n++)
        cr_expect_eq(http_parse(post, n, &r), MORE, "after %zu bytes", n);
    cr_expect_eq(http_parse(post, head, &r), (int)head);
}

Test(http, refuses_at_the_first_byte_that_cannot_be_there, .timeout = 5)
{
    struct http_request r;

    cr_expect_eq(http_parse("GET", 3, &r), MORE);
    cr_expect_eq(http_parse("GET\0", 4, &r), BAD);
    cr_expect_eq(verdict("GET / HTTP/1."), MORE);
    cr_expect_eq(verdict("GET / HTTP/1.2"), BAD);
}

Test(http, ends_a_line_in_one_way_only, .timeout = 5)
{
    cr_expect_eq(verdict("GET / HTTP/1.1\nA: b\r\n\r\n"), BAD);
    cr_expect_eq(verdict("GET / HTTP/1.1\r\nA: b\n\r\n"), BAD);
    cr_expect_eq(verdict("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), BAD);
    cr_expect_eq(verdict("GET / HTTP/1.1\r\nA : b\r\n\r\n"), BAD);
}

Test(http, takes_one_length_that_is_a_number, .timeout = 5)
{
    struct http_request r;

    cr_expect_eq(verdict("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), BAD);
    cr_expect_eq(verdict("GET / HTTP/1.1\r\nContent-Length: 5\r\n"
                         "Content-Length: 6\r\n\r\n"), BAD);
    cr_assert_gt(parse("GET / HTTP/1.1\r\nContent-Length: 5\r\n"
                       "Content-Length: 5\r\n\r\n", &r), 0);
    cr_expect_eq(r.length, 5);
    cr_assert_gt(parse("GET / HTTP/1.1\r\n"
                       "Content-Length: 18446744073709551621\r\n\r\n", &r), 0);
    cr_expect_eq(r.length, HTTP_LENGTH_MAX + 1, "2^64 + 5 is not 5");
}

Test(http, keeps_a_connection_by_version_and_field, .timeout = 5)
{
    struct http_request r;

    cr_assert_gt(parse("GET / HTTP/1.1\r\n\r\n", &r), 0);
    cr_expect(r.keep_alive);
    cr_assert_gt(parse("GET / HTTP/1.1\r\nconnection: TE, Close\r\n\r\n", &r),
                 0);
    cr_expect_not(r.keep_alive);
    cr_assert_gt(parse("GET / HTTP/1.0\r\n\r\n", &r), 0);
    cr_expect_not(r.keep_alive);
    cr_assert_gt(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &r),
                 0);
    cr_expect(r.keep_alive);
}

Test(http, reads_a_number_from_the_query, .timeout = 5)
{
    struct slice query = { "a=1&wait=50&b=x&c=&d=-1", 23 };

    cr_expect_eq(http_number(query, "wait", 0, 0, 10000), 50);
    cr_expect_eq(http_number(query, "wait", 0, 0, 49), -1);
    cr_expect_eq(http_number(query, "none", 7, 0, 10000), 7);
    cr_expect_eq(http_number(query, "b", 0, 0, 10000), -1);
    cr_expect_eq(http_number(query, "c", 0, 0, 10000), -1);
    cr_expect_eq(http_number(query, "d", 0, 0, 10000), -1);
}
