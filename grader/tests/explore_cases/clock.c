/* clock.c - time that only passes when it must. */
#include "two.h"

#include <limits.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int data, order[3], count;

#if defined SLEEP || defined YIELD
static void *prepare(void *unused)
{
    pthread_mutex_lock(&m);
    data = 1;
    pthread_mutex_unlock(&m);
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, prepare, NULL);
#ifdef YIELD
    sched_yield();
#else
    sleep(3600);
#endif
    pthread_mutex_lock(&m);
    EXPECT(data == 1, "the data is %d", data);
    pthread_mutex_unlock(&m);
    pthread_join(t, NULL);
    return count + order[0];
}

#elif defined POLL
/* A loop that sleeps until something holds comes to an end. */
static void *prepare(void *unused)
{
    pthread_mutex_lock(&m);
    data = 1;
    pthread_mutex_unlock(&m);
    return unused;
}

int main(void)
{
    pthread_t t;
    int ready = 0;

    pthread_create(&t, NULL, prepare, NULL);
    while (!ready) {
        usleep(1000);
        pthread_mutex_lock(&m);
        ready = data;
        pthread_mutex_unlock(&m);
    }
    pthread_join(t, NULL);
    return count + order[0];
}

#elif defined ORDER
/* Alone in the world, the shorter sleep ends first. */
static void *nap(void *seconds)
{
    nanosleep(&(struct timespec){ *(int *)seconds, 0 }, NULL);
    pthread_mutex_lock(&m);
    order[count++] = *(int *)seconds;
    pthread_mutex_unlock(&m);
    return NULL;
}

int main(void)
{
    pthread_t t[3];
    static int seconds[] = { 30, 10, 20 };
    struct timespec before, after;

    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, nap, &seconds[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    EXPECT(after.tv_sec - before.tv_sec >= 30, "%ld seconds have passed", (long)(after.tv_sec - before.tv_sec));
    EXPECT(count == 3, "%d have slept", count);
    return data;
}

#elif defined AGREE
/* All of the clocks show the same time. */
int main(void)
{
    struct timespec one, other;

    EXPECT(timespec_get(&one, TIME_UTC) == TIME_UTC, "no time");
    clock_gettime(CLOCK_REALTIME, &other);
    EXPECT(one.tv_sec == other.tv_sec, "%ld and %ld", (long)one.tv_sec, (long)other.tv_sec);
    struct rusage use;
    clock_t spent = clock();
    getrusage(RUSAGE_SELF, &use);
    EXPECT(use.ru_utime.tv_sec == spent / CLOCKS_PER_SEC, "%ld s used", (long)use.ru_utime.tv_sec);
    for (clock_t end = clock() + CLOCKS_PER_SEC; clock() < end;)
        continue;
    (void)m;
    return data + count + order[0];
}

#elif defined FAR
/* Nobody waits as long as that. */
static sem_t come;

static void *post(void *unused)
{
    sem_post(&come);
    return unused;
}

int main(void)
{
    struct timespec never = { .tv_sec = FAR };
    pthread_t t;

    sem_init(&come, 0, 0);
    pthread_create(&t, NULL, post, NULL);
    EXPECT(sem_timedwait(&come, &never) == 0, "it says %d", errno);
    pthread_join(t, NULL);
    sem_destroy(&come);
    (void)m;
    return data + count + order[0];
}

#elif defined UNTIL
int main(void)
{
    struct timespec now, end = in(CLOCK_MONOTONIC, 3600);
    struct timeval tv;

    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < end.tv_sec);
    gettimeofday(&tv, NULL);
    EXPECT(tv.tv_sec > 1700000000 && time(NULL) >= tv.tv_sec, "it is some time in the future");
    (void)m;
    return data + count + order[0];
}
#endif
