#include "reply.h"

#include "field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 64 << 10 };

static const char version[] = "HTTP/1.";

void reply_begin(struct reply *r, const unsigned char *expected, size_t size)
{
    r->at = STATUS_LINE;
    r->words = NULL;
    r->closes = false;
    r->expected = expected;
    r->size = size;
    r->length = -1;
    r->got = r->head = r->n = 0;
}

static bool over(struct reply *r, enum outcome outcome)
{
    r->at = OVER;
    r->outcome = outcome;
    r->closes |= outcome != RIGHT;
    return true;
}

/* "HTTP/1.1 200 OK" */
static bool status_line(struct reply *r)
{
    const char *s = r->line, *code = s + sizeof version + 1;

    if (strncmp(s, version, sizeof version - 1) != 0 || !isdigit(code[-2]) ||
        code[-1] != ' ' || strspn(code, "0123456789") != 3)
        return over(r, NOT_HTTP);
    r->status = atoi(code);
    r->closes = code[-2] == '0';
    r->at = FIELDS;
    return false;
}

static bool field(struct reply *r)
{
    const char *v;

    if ((v = field_value(r->line, "Content-Length"))) {
        if (!field_length(v, &r->length))
            return over(r, NOT_HTTP);
    } else if ((v = field_value(r->line, "Connection"))) {
        r->closes = strncasecmp(v, "close", 5) == 0 ||
                    (r->closes && strncasecmp(v, "keep-alive", 10) != 0);
    } else if (field_value(r->line, "Transfer-Encoding")) {
        r->words = "a reply in chunks, which --check can read";
        return over(r, OTHER);
    }
    return false;
}

static bool body_is_complete(struct reply *r)
{
    if (r->length < 0 || (long long)r->got < r->length)
        return false;
    return over(r, r->got == r->size ? RIGHT : WRONG_BODY);
}

static bool head_ends(struct reply *r)
{
    if (r->status / 100 == 1) {     /* "100 Continue": the reply follows */
        r->at = STATUS_LINE;
        r->length = -1;
        return false;
    }
    if (r->status != 200)
        return over(r, WRONG_STATUS);
    r->at = BODY;
    return body_is_complete(r);     /* it may be empty */
}

static bool line_ends(struct reply *r)
{
    if (r->n > 0 && r->line[r->n - 1] == '\r')
        r->n--;
    r->line[r->n] = '\0';

    bool empty = r->n == 0;
    r->n = 0;
    if (r->at == STATUS_LINE)
        return status_line(r);
    return empty ? head_ends(r) : field(r);
}

/* Returns how many bytes belong to the head. */
static size_t take_head(struct reply *r, const char *bytes, size_t n)
{
    size_t at = 0;

    while (at < n && r->at < BODY) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t more = end ? (size_t)(end - bytes) - at : n - at;
        size_t room = sizeof r->line - 1 - r->n;
        size_t kept = more < room ? more : room;

        memcpy(r->line + r->n, bytes + at, kept);
        r->n += kept;
        at += more + (end != NULL);
        r->head += more + 1;
        if (r->head > HEAD_MAX)
            over(r, NOT_HTTP);
        else if (end)
            line_ends(r);
    }
    return at;
}

bool reply_take(struct reply *r, const char *bytes, size_t n)
{
    size_t head = take_head(r, bytes, n), left = n - head;
    size_t room = r->size - r->got;

    if (r->at != BODY)
        return r->at == OVER;
    if (r->length >= 0 && (long long)(r->got + left) > r->length) {
        left = (size_t)r->length - r->got;
        r->closes = true;       /* who knows what the rest is */
    }
    if (left > room || memcmp(bytes + head, r->expected + r->got, left) != 0)
        return over(r, WRONG_BODY);
    r->got += left;
    return body_is_complete(r);
}

bool reply_closed(struct reply *r, int error)
{
    size_t known = r->n < sizeof version - 1 ? r->n : sizeof version - 1;

    if (error)
        return over(r, outcome_of_errno(error));
    if (r->at == STATUS_LINE && r->head == 0)
        return over(r, NO_REPLY);
    if (r->at == STATUS_LINE && memcmp(r->line, version, known) != 0)
        return over(r, NOT_HTTP);
    if (r->at != BODY || r->length >= 0)
        return over(r, SHORT);
    return over(r, r->got == r->size ? RIGHT : WRONG_BODY);
}
