/* Creates six threads, which say how many ms late they began; each disables
 * its cancellation first, and is cancelled before that: it has to run. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *late(void *created)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    *(long *)created = now_ms() - *(long *)created;
    return created;
}

int main(void)
{
    for (int i = 0; i < 6; i++) {
        pthread_t thread;
        long ms = now_ms();
        void *result;
        int error = pthread_create(&thread, NULL, late, &ms);

        if (error == 0) {
            pthread_cancel(thread);
            pthread_join(thread, &result);
            printf("%ld ", result == PTHREAD_CANCELED ? -1 : ms);
        } else {
            printf("%s ", strerrorname_np(error));
        }
    }
    return 0;
}
