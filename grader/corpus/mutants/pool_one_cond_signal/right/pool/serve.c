/* serve.c - a pool of threads. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
    pthread_t thread;
    struct queue *queue;
    const struct options *options;
};

static void *work(void *arg)
{
    struct worker *me = arg;

    for (;;) {
        int conn = queue_get(me->queue);
        if (conn < 0)
            return NULL;
        echo_client(conn, me->options);
        close(conn);
    }
}

int serve(int listener, const struct options *options)
{
    struct queue *queue = queue_new(options->capacity);
    struct worker *workers = calloc((size_t)options->workers, sizeof *workers);
    int conn;

    if (!queue || !workers)
        return -1;
    for (struct worker *w = workers; w < workers + options->workers; w++) {
        w->queue = queue;
        w->options = options;
        errno = pthread_create(&w->thread, NULL, work, w);
        if (errno)
            return -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);
    close(listener);

    for (int i = 0; i < options->workers; i++)
        queue_put(queue, -1);
    for (int i = 0; i < options->workers; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
    queue_free(queue);
    return conn == NET_STOP ? 0 : -1;
}
