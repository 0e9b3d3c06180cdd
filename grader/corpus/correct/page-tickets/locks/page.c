/* page.c - see page.h. A ticket for everybody, readers and writers alike: who
 * came first is called first, and readers that are called in a row are there
 * together.
 */
#include "locks/page.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned next, called;   /* tickets, */
static int readers;             /* and who is there; all guarded by lock */
static bool writer;

void page_open(void)
{
}

void page_begin_read(void)
{
    pthread_mutex_lock(&lock);
    unsigned mine = next++;
    while (mine != called || writer)
        pthread_cond_wait(&changed, &lock);
    readers++;
    called++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void page_end_read(void)
{
    pthread_mutex_lock(&lock);
    readers--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void page_begin_write(void)
{
    pthread_mutex_lock(&lock);
    unsigned mine = next++;
    while (mine != called || writer || readers > 0)
        pthread_cond_wait(&changed, &lock);
    writer = true;
    called++;
    pthread_mutex_unlock(&lock);
}

void page_end_write(void)
{
    pthread_mutex_lock(&lock);
    writer = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}
