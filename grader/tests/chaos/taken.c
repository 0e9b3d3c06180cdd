/* Closes a descriptor twice, which another thread gets in between; then many
 * numbers that nobody gets. Prints what the second close returned. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_barrier_t closed;

static void *get_it(void *unused)
{
    pthread_barrier_wait(&closed);
    usleep(20000);      /* who does not wait for us closes in vain */
    dup(2);
    return unused;
}

int main(void)
{
    pthread_t other;
    int conn = dup(2);

    pthread_barrier_init(&closed, NULL, 2);
    pthread_create(&other, NULL, get_it, NULL);
    close(conn);
    pthread_barrier_wait(&closed);
    printf("%d\n", close(conn));
    pthread_join(other, NULL);
    for (int fd = 100; fd < 1100; fd++)
        close(fd);
}
