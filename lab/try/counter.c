/* counter.c - THREADS threads count a million each; how many are lost?
 *
 * One of PLAIN, VOLATILE, ONE_INSTRUCTION, ATOMIC, ATOMIC_SPLIT, MUTEX or
 * SEMAPHORE=n says how. Prints how many of them were lost, and the nanoseconds
 * that one of them took.
 */
#include "die.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 4, TIMES = 1000000 };

#if defined PLAIN
static int served;
#define COUNT() served++

#elif defined VOLATILE
static volatile int served;
#define COUNT() served++

#elif defined ONE_INSTRUCTION
static int served;
#if defined __x86_64__
#define COUNT() __asm__ volatile("addl $1, %0" : "+m"(served))
#else
#error "this processor has no instruction that adds to memory"
#endif

#elif defined ATOMIC
static atomic_int served;
#define COUNT() served++

#elif defined ATOMIC_SPLIT
static atomic_int served;
#define COUNT() served = served + 1

#elif defined MUTEX
static int served;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define COUNT()                                                                \
    (pthread_mutex_lock(&lock), served++, pthread_mutex_unlock(&lock))

#elif defined SEMAPHORE
static int served;
static sem_t lock;
#define COUNT() (sem_wait(&lock), served++, sem_post(&lock))
#endif

static pthread_barrier_t start; /* all begin together, or they take turns */

static void *count(void *unused)
{
    pthread_barrier_wait(&start);
    for (int i = 0; i < TIMES; i++)
        COUNT();
    return unused;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
    pthread_t thread[THREADS];
    double begin = now();

#ifdef SEMAPHORE
    sem_init(&lock, 0, SEMAPHORE);
#endif
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, count, NULL) != 0)
            die("pthread_create");
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    printf("%d %.1f\n", THREADS * TIMES - served,
           (now() - begin) / THREADS / TIMES);
    return 0;
}
