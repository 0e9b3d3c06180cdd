/* stats.c - one page that all processes share, and one semaphore in it. */
#include "stats.h"

#include "sem.h"

#include <stddef.h>
#include <sys/mman.h>

struct page {
    struct stats stats;
    sem_t mine;
};

static struct page *page;

int stats_open(void)
{
    void *at = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return -1;
    page = at;
    return sem_init(&page->mine, 1, 1);
}

void stats_begin(void)
{
    sem_down(&page->mine);
    page->stats.active += 1;
    if (page->stats.peak < page->stats.active)
        page->stats.peak = page->stats.active;
    sem_up(&page->mine);
}

void stats_end(long bytes)
{
    sem_down(&page->mine);
    page->stats.bytes += bytes;
    page->stats.served += 1;
    page->stats.active -= 1;
    sem_up(&page->mine);
}

void stats_read(struct stats *s)
{
    sem_down(&page->mine);
    *s = page->stats;
    sem_up(&page->mine);
}
