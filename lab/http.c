/*
 * A scanner that walks once over the bytes. Each step returns 0 when it has
 * found what it wants, BAD at the first byte that cannot be there, MORE at
 * the end of the bytes; the first step that is not 0 is the answer. So a bad
 * head is refused early, and half of a good one never.
 *
 * Two programs that disagree about where a request ends let a third smuggle
 * one past the first of them. So where RFC 9112 leaves a choice, this takes
 * the strict one: a line ends in CR LF and never in LF alone (2.2 would allow
 * it; curl, ab, wrk and browsers do not need it), no folded lines (5.2), no
 * blank before the colon (5.1), and Content-Length is digits, one value (6.3).
 *
 * What a real server also does: absolute targets ("GET http://host/", 3.2.2)
 * and "OPTIONS *", refused here; a 400 without Host (3.2), let pass here for
 * those who type a request by hand; chunked bodies, for which the caller has
 * transfer_encoding and a 501.
 *
 * Compare with picohttpparser, which has the same contract.
 */
#include "http.h"

#include <string.h>
#include <strings.h>

enum { BAD = -1, MORE = -2 };

/* The place in the bytes, and what the end of the head is needed to judge. */
struct scan {
    const char *p, *end;
    struct slice length;                    /* the first Content-Length */
    bool host, close, keep;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A character of a method or of a field's name (RFC 9110, 5.6.2). */
static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
        || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Wider than RFC 3986: browsers send | and { as they are. Never a fragment. */
static bool is_query(char c)
{
    return c > ' ' && c < 0x7f && c != '#';
}

static bool is_path(char c)
{
    return is_query(c) && c != '?';
}

/* A field's value: any byte but the controls; those over 0x7f are opaque. */
static bool is_text(char c)
{
    unsigned char byte = (unsigned char)c;

    return (byte >= ' ' && byte != 0x7f) || c == '\t';
}

/* At least `least` bytes that are ok, up to the first that is not. */
static int span(struct scan *s, bool (*ok)(char), size_t least,
                struct slice *out)
{
    out->at = s->p;
    while (s->p < s->end && ok(*s->p))
        s->p++;
    out->n = (size_t)(s->p - out->at);
    if (s->p == s->end)
        return MORE;
    return out->n < least ? BAD : 0;
}

static int literal(struct scan *s, const char *text)
{
    for (; *text != '\0'; text++, s->p++) {
        if (s->p == s->end)
            return MORE;
        if (*s->p != *text)
            return BAD;
    }
    return 0;
}

/* Is c the next byte? Stays in front of it. */
static int peek(const struct scan *s, char c)
{
    if (s->p == s->end)
        return MORE;
    return *s->p == c ? 0 : BAD;
}

static int request_line(struct scan *s, struct http_request *r)
{
    int e;

    if ((e = span(s, is_token, 1, &r->method)) || (e = literal(s, " "))
        || (e = peek(s, '/')) || (e = span(s, is_path, 1, &r->path)))
        return e;
    r->query = (struct slice){ s->p, 0 };
    if (*s->p == '?') {
        s->p++;
        if ((e = span(s, is_query, 0, &r->query)))
            return e;
    }
    if ((e = literal(s, " HTTP/1.")))
        return e;
    if (s->p == s->end)
        return MORE;
    if (*s->p != '0' && *s->p != '1')
        return BAD;
    r->minor = *s->p++ - '0';
    return literal(s, "\r\n");
}

static bool same_word(struct slice s, const char *word)
{
    return s.n == strlen(word) && strncasecmp(s.at, word, s.n) == 0;
}

/* Cut off the item in front of the next sep; false if nothing is left. */
static bool next(struct slice *rest, char sep, struct slice *item)
{
    const char *stop;

    if (rest->n == 0)
        return false;
    stop = memchr(rest->at, sep, rest->n);
    item->at = rest->at;
    item->n = stop ? (size_t)(stop - rest->at) : rest->n;
    rest->at += item->n + (stop != NULL);
    rest->n -= item->n + (stop != NULL);
    return true;
}

/* Is word in a list such as "close, TE" (RFC 9110, 5.6.1)? */
static bool lists(struct slice list, const char *word)
{
    struct slice item;

    while (next(&list, ',', &item)) {
        for (; item.n > 0 && is_blank(*item.at); item.n--)
            item.at++;
        while (item.n > 0 && is_blank(item.at[item.n - 1]))
            item.n--;
        if (same_word(item, word))
            return true;
    }
    return false;
}

/* -1 unless all are digits; most + 1 if over most: it never overflows. */
static long long number(struct slice s, long long most)
{
    long long n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.at[i]))
            return -1;
        if (n <= most)
            n = 10 * n + (s.at[i] - '0');
    }
    return n <= most ? n : most + 1;
}

/* Compared as text, since numbers too large to keep must not look alike. */
static int content_length(struct scan *s, struct http_request *r,
                          struct slice value)
{
    while (value.n > 1 && *value.at == '0') {
        value.at++;
        value.n--;
    }
    if (r->has_length && (value.n != s->length.n
                          || memcmp(value.at, s->length.at, value.n) != 0))
        return BAD;
    s->length = value;
    r->has_length = true;
    r->length = number(value, HTTP_LENGTH_MAX);
    return 0;
}

/* Take from one field what the caller wants to know; 0 or BAD. */
static int meaning(struct scan *s, struct http_request *r,
                   struct slice name, struct slice value)
{
    if (same_word(name, "Content-Length"))
        return content_length(s, r, value);
    if (same_word(name, "Host")) {
        if (s->host)
            return BAD;
        s->host = true;
    } else if (same_word(name, "Transfer-Encoding")) {
        r->transfer_encoding = true;
    } else if (same_word(name, "Expect")) {
        r->expect_continue |= lists(value, "100-continue");
    } else if (same_word(name, "Connection")) {
        s->close |= lists(value, "close");
        s->keep |= lists(value, "keep-alive");
    }
    return 0;
}

/* One line of the head. A folded line has no name in front, and is BAD. */
static int field(struct scan *s, struct http_request *r)
{
    struct slice name, value, blank;
    bool digits;
    int e;

    if ((e = span(s, is_token, 1, &name)) || (e = literal(s, ":"))
        || (e = span(s, is_blank, 0, &blank)))
        return e;
    digits = same_word(name, "Content-Length");
    if ((e = span(s, digits ? is_digit : is_text, digits, &value))
        || (e = meaning(s, r, name, value))
        || (e = span(s, is_blank, 0, &blank)))
        return e;
    return literal(s, "\r\n");
}

int http_parse(const char *buf, size_t n, struct http_request *r)
{
    struct scan s = { .p = buf, .end = buf + n };
    int e;

    *r = (struct http_request){ 0 };
    /* Some clients end a body with a line of its own: one is skipped (2.2). */
    if (n > 0 && *buf == '\r' && (e = literal(&s, "\r\n")))
        return e;
    if ((e = request_line(&s, r)))
        return e;
    while ((e = peek(&s, '\r')) == BAD)
        if ((e = field(&s, r)))
            return e;
    if (e || (e = literal(&s, "\r\n")))
        return e;
    r->keep_alive = !s.close && (r->minor == 1 || s.keep);
    r->expect_continue &= r->minor == 1;    /* RFC 9110, 10.1.1 */
    return (int)(s.p - buf);
}

bool http_is(struct slice s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.at, word, s.n) == 0;
}

int http_number(struct slice query, const char *name, int fallback,
                int least, int most)
{
    size_t length = strlen(name);
    struct slice item;

    while (next(&query, '&', &item)) {
        long long n;

        if (item.n <= length || item.at[length] != '='
            || memcmp(item.at, name, length) != 0)
            continue;
        item.at += length + 1;
        item.n -= length + 1;
        n = number(item, most);
        return item.n > 0 && n >= least && n <= most ? (int)n : -1;
    }
    return fallback;
}
