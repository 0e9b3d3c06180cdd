#include "progress.h"

#include <stdio.h>
#include <unistd.h>

static long long shown_at;

static bool is_terminal(void)
{
    static int answer = -1;

    if (answer == -1)
        answer = isatty(STDERR_FILENO);
    return answer;
}

void progress_show(const struct run *r, long long now)
{
    double seconds = (double)(now - r->began) / 1e9;

    if (now - r->began < PROGRESS_NS || now - shown_at < PROGRESS_NS ||
        !is_terminal())
        return;
    shown_at = now;
    fprintf(stderr, "\r%.1f s   %ld requests   %.0f/s   %ld errors   ",
            seconds, r->requests, (double)r->requests / seconds,
            r->requests - r->outcome[RIGHT]);
}

void progress_end(void)
{
    if (shown_at)
        fprintf(stderr, "\r%60s\r", "");
    shown_at = 0;
}
