/* clean.c - mutex, condition variable and semaphore as they should be: a tool
 * that reports anything here is not believed. Helgrind without libc's debug
 * information does. */
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t go;
static int canary;              /* guarded by lock */

static void *count(void *arg)
{
    sem_wait(&go);
    pthread_mutex_lock(&lock);
    canary++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&go, 0, 0);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count, NULL) != 0)
            return 1;
    sem_post(&go);
    sem_post(&go);
    pthread_mutex_lock(&lock);
    while (canary < 2)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
