/* news.c - one waits for news, the other has them.
 *
 * With -DAPART whoever waits looks under the lock, and gives it back before
 * it takes it again to wait: the signal may come in between.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static bool here;

#ifdef APART
static bool is_here(void)
{
    pthread_mutex_lock(&lock);
    bool now = here;
    pthread_mutex_unlock(&lock);
    return now;
}
#endif

static void *wait_for_news(void *unused)
{
    (void)unused;
#ifdef APART
    while (!is_here()) {
        pthread_mutex_lock(&lock);
        pthread_cond_wait(&news, &lock);
        pthread_mutex_unlock(&lock);
    }
#else
    pthread_mutex_lock(&lock);
    while (!here)
        pthread_cond_wait(&news, &lock);
    pthread_mutex_unlock(&lock);
#endif
    return NULL;
}

static void *bring_news(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    here = true;
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t one, other;

    pthread_create(&one, NULL, wait_for_news, NULL);
    pthread_create(&other, NULL, bring_news, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    return 0;
}
