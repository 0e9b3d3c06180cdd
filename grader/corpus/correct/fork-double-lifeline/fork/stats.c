/* stats.c - the numbers lie in a nameless file that all processes map.
 *
 * A record lock of fcntl belongs to the process that took it (one of flock
 * would belong to the open file, that is, to all of them together), and the
 * kernel takes it back from a process that is killed.
 */
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static int file;
static struct stats *all;

static void lock(short type)
{
    struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

    while (fcntl(file, F_SETLKW, &whole) == -1 && errno == EINTR)
        continue;
}

int stats_open(void)
{
    file = memfd_create("stats", MFD_CLOEXEC);
    if (file == -1 || ftruncate(file, sizeof *all) == -1)
        return -1;
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return all == MAP_FAILED ? -1 : 0;
}

void stats_begin(void)
{
    lock(F_WRLCK);
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    lock(F_UNLCK);
}

void stats_end(long bytes)
{
    lock(F_WRLCK);
    all->served++;
    all->bytes += bytes;
    all->active--;
    lock(F_UNLCK);
}

void stats_read(struct stats *s)
{
    lock(F_RDLCK);
    *s = *all;
    lock(F_UNLCK);
}
