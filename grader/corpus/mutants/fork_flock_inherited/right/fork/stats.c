/* stats.c - the numbers are in a file in memory, mapped by all. Who touches
 * them locks the file. */
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static int fd = -1;
static struct stats *all;

static void lock(void)
{
    struct flock all_of_it = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    while (fcntl(fd, F_SETLKW, &all_of_it) == -1 && errno == EINTR)
        continue;
}

static void unlock(void)
{
    struct flock all_of_it = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

    fcntl(fd, F_SETLK, &all_of_it);
}

int stats_open(void)
{
    fd = memfd_create("stats", MFD_CLOEXEC);
    if (fd == -1)
        return -1;
    if (ftruncate(fd, sizeof *all) == -1)
        return -1;
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (all == MAP_FAILED)
        return -1;
    return 0;
}

void stats_begin(void)
{
    lock();
    all->active++;
    if (all->active > all->peak)
        all->peak = all->active;
    unlock();
}

void stats_end(long bytes)
{
    lock();
    all->served++;
    all->bytes += bytes;
    all->active--;
    unlock();
}

void stats_read(struct stats *s)
{
    lock();
    *s = *all;
    unlock();
}
