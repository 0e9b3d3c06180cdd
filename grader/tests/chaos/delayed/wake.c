/* A flag is set and signalled without the lock: now and then between the
 * waiter's look and its wait. Prints how many of 20 signals were lost. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int flag;
static int locked, lost;

static void *wait_for_it(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (!flag)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(int argc, char **argv)
{
    locked = argc > 1 && strcmp(argv[1], "locked") == 0;
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        struct timespec end;

        flag = 0;
        pthread_create(&thread, NULL, wait_for_it, NULL);
        if (locked)
            pthread_mutex_lock(&mutex);
        flag = 1;
        pthread_cond_signal(&changed);
        if (locked)
            pthread_mutex_unlock(&mutex);
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec += locked ? 60 : 0;
        end.tv_nsec = locked ? 0 : end.tv_nsec / 2 + 499999999;
        if (pthread_timedjoin_np(thread, NULL, &end) != 0) {
            lost++;
            pthread_cond_broadcast(&changed);
            pthread_join(thread, NULL);
        }
    }
    printf("%d\n", lost);
    return 0;
}
