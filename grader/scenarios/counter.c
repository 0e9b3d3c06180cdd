/* counter.c - two threads count, each so many times; nothing is lost.
 *
 * -DTIMES=3 -DTHREADS=2; with -DLOCKED they take a lock.
 */
#include "explore/explore.h"

#include <pthread.h>

#ifndef THREADS
#define THREADS 2
#endif
#ifndef TIMES
#define TIMES 2
#endif

static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < TIMES; i++) {
#ifdef LOCKED
        pthread_mutex_lock(&lock);
#endif
        counter++;
#ifdef LOCKED
        pthread_mutex_unlock(&lock);
#endif
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];

    (void)lock;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, count, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    EXPECT(counter == THREADS * TIMES, "the counter is %d", counter);
    return 0;
}
