/* Twelve waits whose time is up: which of them (.) say so. Then a thread waits,
 * by each of three calls, for a flag that another one sets once it has had the
 * mutex twenty times, and once the wait has ended as often as the argument
 * says. Was the mutex ours whenever a wait ended, also by cancellation? */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int flag, waiting, ended, wanted, ours = 1;

static void *set(void *unused)
{
    for (int n = 0, seen = 0; n < 20 || seen < wanted; usleep(1000)) {
        pthread_mutex_lock(&mutex);
        n += waiting;           /* we have it: so the waiter has let it go */
        seen = ended;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    flag = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static int wait_by(int call)
{
    struct timespec end;

    clock_gettime(call == 1 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &end);
    end.tv_sec += 60;
    if (call == 0)
        return pthread_cond_wait(&changed, &mutex);
    if (call == 1)
        return pthread_cond_timedwait(&changed, &mutex, &end);
    return pthread_cond_clockwait(&changed, &mutex, CLOCK_MONOTONIC, &end);
}

static void unlock(void *unused)
{
    (void)unused;
    printf("cancelled %d ", pthread_mutex_unlock(&mutex));
}

static void *wait_for_ever(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, NULL);
    for (waiting = 1;;)
        pthread_cond_wait(&never, &mutex);
    pthread_cleanup_pop(1);
    return unused;
}

int main(int argc, char **argv)
{
    struct timespec past = { 1, 0 };
    pthread_mutexattr_t checked;
    pthread_t thread;

    wanted = argc > 1 ? atoi(argv[1]) : 0;
    pthread_mutexattr_init(&checked);
    pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &checked);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 12; i++)
        putchar(pthread_cond_timedwait(&never, &mutex, &past) ? '.' : '!');
    pthread_mutex_unlock(&mutex);
    printf(" ");
    for (int call = 0; call < 3; call++) {
        pthread_mutex_lock(&mutex);
        flag = ended = waiting = 0;
        pthread_create(&thread, NULL, set, NULL);
        for (waiting = 1; !flag; ended++) {
            if (wait_by(call) != 0)
                printf("error ");
            ours &= pthread_mutex_lock(&mutex) == EDEADLK;
        }
        pthread_mutex_unlock(&mutex);
        pthread_join(thread, NULL);
        printf("%d ", ended >= wanted);
    }
    waiting = 0;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    for (int there = 0; !there; pthread_mutex_unlock(&mutex)) {
        pthread_mutex_lock(&mutex);
        there = waiting;
    }
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    printf("ours %d\n", ours);
    return 0;
}
