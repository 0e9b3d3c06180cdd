/* Two threads count, twice each. Is a count ever lost? */
#include "explore/explore.h"

#include <pthread.h>
#include <semaphore.h>

static int n;
static sem_t lock;

static void *count(void *unused)
{
    for (int i = 0; i < 2; i++) {
        sem_wait(&lock);
        n++;
        sem_post(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t one, two;

    sem_init(&lock, 0, 2);
    pthread_create(&one, NULL, count, NULL);
    pthread_create(&two, NULL, count, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    EXPECT(n == 4, "%d of 4 are counted", n);
    return 0;
}
