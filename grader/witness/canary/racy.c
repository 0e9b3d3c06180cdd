/* racy.c - a race that a tool must report, on `canary`, or it is not believed. */
#include <pthread.h>

static pthread_barrier_t both;
static int canary;

static void *count(void *arg)
{
    pthread_barrier_wait(&both);
    canary++;
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count, NULL) != 0)
            return 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return canary == 0;
}
