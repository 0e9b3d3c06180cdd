/* page.c - see page.h. Readers and writers with semaphores and a count.
 *
 * The first reader takes the room for all of them, and the last gives it back:
 * P. J. Courtois, F. Heymans, D. L. Parnas, "Concurrent control with readers
 * and writers", CACM 14 (10), 1971.
 */
#include "locks/page.h"

#include "sem.h"
static sem_t door;          /* all come in by it, one at a time: a writer who
                             * waits for the room keeps it shut */
static sem_t room;          /* held by a writer, or by the readers together */
static sem_t lock;          /* guards readers */
static int readers;

void page_open(void)
{
    sem_init(&door, 0, 1);
    sem_init(&room, 0, 1);
    sem_init(&lock, 0, 1);
}

void page_begin_read(void)
{
    sem_down(&door);
    sem_up(&door);
    sem_down(&lock);
    if (++readers == 1)
        sem_down(&room);
    sem_up(&lock);
}

void page_end_read(void)
{
    sem_down(&lock);
    if (--readers == 0)
        sem_up(&room);
    sem_up(&lock);
}

void page_begin_write(void)
{
    sem_down(&door);
    sem_down(&room);
    sem_up(&door);
}

void page_end_write(void)
{
    sem_up(&room);
}
