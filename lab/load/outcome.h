/* outcome.h - how a request ended. Everything but RIGHT is an error. */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome {
    RIGHT,              /* status 200 and our body, byte for byte */
    REFUSED,            /* nobody listens there */
    RESET,              /* the connection was torn down */
    TIMED_OUT,          /* no complete reply in time */
    NO_REPLY,           /* closed before the first byte of a reply */
    SHORT,              /* closed before the promised Content-Length */
    WRONG_STATUS,       /* HTTP, but not 200 */
    WRONG_BODY,         /* 200, but these are not the bytes we sent */
    NOT_HTTP,           /* it spoke, but not HTTP */
    UNRESOLVABLE,       /* no such host */
    OTHER,              /* the words say which */
    OUTCOMES
};

/* Where an outcome is asked for, and there is none yet. */
enum { GOES_ON = -1 };

/* "refused", "wrong body", ... A constant; not to be freed. */
const char *outcome_name(enum outcome outcome);

/* What an errno of a connection means. */
enum outcome outcome_of_errno(int error);

#endif
