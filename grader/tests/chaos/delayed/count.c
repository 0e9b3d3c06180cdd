/* Four threads, or with "fork" four processes, count to 25 each. Locked by what
 * the first argument names, or not at all. Prints the sum. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
    pthread_mutex_t mutex;
    pthread_spinlock_t spin;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
    atomic_int held;
    int sum;
} *all;
static char how;

static void lock(void)
{
    int nobody = 0;

    switch (how) {
    case 'm': pthread_mutex_lock(&all->mutex); break;
    case 's': pthread_spin_lock(&all->spin); break;
    case 'r': pthread_rwlock_wrlock(&all->rwlock); break;
    case 'p': sem_wait(&all->semaphore); break;
    case 'w':
        while (!atomic_compare_exchange_weak(&all->held, &nobody, 1))
            nobody = 0;
    }
}

static void unlock(void)
{
    switch (how) {
    case 'm': pthread_mutex_unlock(&all->mutex); break;
    case 's': pthread_spin_unlock(&all->spin); break;
    case 'r': pthread_rwlock_unlock(&all->rwlock); break;
    case 'p': sem_post(&all->semaphore); break;
    case 'w': all->held = 0;
    }
}

static void *count(void *unused)
{
    for (int i = 0; i < 25; i++) {
        lock();
        all->sum++;
        unlock();
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[4];

    how = argv[1][0];
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(&all->mutex, NULL);
    pthread_spin_init(&all->spin, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&all->rwlock, NULL);
    sem_init(&all->semaphore, 1, 1);
    for (int i = 0; i < 4; i++)
        if (argc < 3)
            pthread_create(&threads[i], NULL, count, NULL);
        else if (fork() == 0)
            _exit(count(NULL) != NULL);
    for (int i = 0; i < 4; i++)
        if (argc < 3)
            pthread_join(threads[i], NULL);
        else
            wait(NULL);
    printf("%d\n", all->sum);
    return 0;
}
