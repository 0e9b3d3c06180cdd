/* stats.c - the four numbers, when every client has a thread of its own.
 *
 * They are changed by several threads, so the compiler must not keep them in
 * registers.
 */
#include "stats.h"

static volatile long served, bytes_total;
static volatile int active, peak;

int stats_open(void)
{
    return 0;
}

void stats_begin(void)
{
    active = active + 1;
    if (active > peak)
        peak = active;
}

void stats_end(long bytes)
{
    served = served + 1;
    bytes_total = bytes_total + bytes;
    active = active - 1;
}

void stats_read(struct stats *s)
{
    s->served = served;
    s->bytes = bytes_total;
    s->active = active;
    s->peak = peak;
}
