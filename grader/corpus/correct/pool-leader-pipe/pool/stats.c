/* stats.c - the numbers are passed round in a pipe: to touch them one takes
 * them out, and so has them for oneself until one puts them back. */
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

static int ends[2];

static struct stats take(void)
{
    struct stats s;

    while (read(ends[0], &s, sizeof s) == -1 && errno == EINTR)
        continue;
    return s;
}

static void put_back(struct stats s)
{
    while (write(ends[1], &s, sizeof s) == -1 && errno == EINTR)
        continue;
}

int stats_open(void)
{
    if (pipe2(ends, O_CLOEXEC) == -1)
        return -1;
    put_back((struct stats){ 0 });
    return 0;
}

void stats_begin(void)
{
    struct stats s = take();

    s.active++;
    if (s.active > s.peak)
        s.peak = s.active;
    put_back(s);
}

void stats_end(long bytes)
{
    struct stats s = take();

    s.served++;
    s.bytes += bytes;
    s.active--;
    put_back(s);
}

void stats_read(struct stats *s)
{
    *s = take();
    put_back(*s);
}
