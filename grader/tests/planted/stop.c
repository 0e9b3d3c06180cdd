/* stop.c - two workers do what is on the list, until they are sent home.
 *
 * With -DSIGNAL the word to go wakes one worker and not all.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <stdbool.h>

enum { WORKERS = 2, JOBS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static int waiting, done;
static bool stop;

static void *work(void *unused)
{
    (void)unused;
    explore_role("worker");
    pthread_mutex_lock(&lock);
    for (;;) {
        while (waiting == 0 && !stop)
            pthread_cond_wait(&news, &lock);
        if (waiting == 0)
            break;
        waiting--;
        done++;
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t worker[WORKERS];

    for (int i = 0; i < WORKERS; i++)
        pthread_create(&worker[i], NULL, work, NULL);
    for (int i = 0; i < JOBS; i++) {
        pthread_mutex_lock(&lock);
        waiting++;
        pthread_cond_signal(&news);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    stop = true;
#ifdef SIGNAL
    pthread_cond_signal(&news);
#else
    pthread_cond_broadcast(&news);
#endif
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(worker[i], NULL);
    EXPECT(done == JOBS, "%d jobs are done", done);
    return 0;
}
