/* stats.c - four numbers under a record lock (man 2 fcntl). It belongs to a
 * process, so it goes when the process does; flock's would be inherited.
 */
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared {
    struct stats all;
};

static struct shared *shared;

static int file;

static void set(short type)
{
    struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

    while (fcntl(file, F_SETLKW, &whole) == -1 && errno == EINTR)
        continue;
}

int stats_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;

    file = memfd_create("stats", 0);
    return file == -1 ? -1 : 0;
}

void stats_begin(void)
{
    struct stats *all = &shared->all;

    set(F_WRLCK);
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    set(F_UNLCK);
}

void stats_end(long bytes)
{
    struct stats *all = &shared->all;

    set(F_WRLCK);
    all->served++;
    all->bytes += bytes;
    all->active--;
    set(F_UNLCK);
}

void stats_read(struct stats *s)
{
    set(F_WRLCK);
    *s = shared->all;
    set(F_UNLCK);
}
