/* semaphore.c - a lock made of a semaphore, and a race on `canary` with
 * -DSTART=2: then the semaphore lets both in. Neither ends before the other
 * has been there, for of a thread that has ended nothing is remembered. */
#include <pthread.h>
#include <semaphore.h>

static sem_t lock;
static pthread_barrier_t both;
static int canary;              /* guarded by lock, if one may pass */

static void *count(void *arg)
{
    sem_wait(&lock);
    canary++;
    sem_post(&lock);
    pthread_barrier_wait(&both);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&lock, 0, START);
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count, NULL) != 0)
            return 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return canary == 0;
}
