/* Workers look every two seconds whether the server stops; nobody wakes them
 * for it. */
#include "serve.h"
#include "echo.h"
#include "net.h"
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t items = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;
static int *ring, head, count, size;
static bool over;

static void *work(void *arg)
{
    const struct options *options = arg;
    pthread_mutex_lock(&m);
    while (count > 0 || !over) {
        if (count == 0) {
            struct timespec t;
            clock_gettime(CLOCK_REALTIME, &t);
            t.tv_sec += 2;
            pthread_cond_timedwait(&items, &m, &t);
            continue;
        }
        int conn = ring[head];
        head = (head + 1) % size;
        count--;
        pthread_cond_signal(&room);
        pthread_mutex_unlock(&m);
        echo_client(conn, options);
        close(conn);
        pthread_mutex_lock(&m);
    }
    pthread_mutex_unlock(&m);
    return NULL;
}

int serve(int listener, const struct options *options)
{
    int conn;
    pthread_t worker[options->workers];
    size = options->capacity;
    ring = calloc((size_t)size, sizeof *ring);
    if (!ring)
        return -1;
    for (int i = 0; i < options->workers; i++)
        if ((errno = pthread_create(&worker[i], NULL, work, (void *)options)) != 0)
            return -1;
    while ((conn = net_accept(listener, options->stop)) >= 0) {
        pthread_mutex_lock(&m);
        while (count == size)
            pthread_cond_wait(&room, &m);
        ring[(head + count++) % size] = conn;
        pthread_cond_signal(&items);
        pthread_mutex_unlock(&m);
    }
    close(listener);
    pthread_mutex_lock(&m);
    over = true;
    pthread_mutex_unlock(&m);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);
    free(ring);
    return conn == NET_STOP ? 0 : -1;
}
