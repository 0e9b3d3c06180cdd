#include "outcome.h"

#include <errno.h>

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

enum outcome outcome_of_errno(int error)
{
    switch (error) {
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
