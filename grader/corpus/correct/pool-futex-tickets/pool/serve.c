/* serve.c - a fixed pool of threads behind a bounded queue. */
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
    const struct worker *me = arg;

    for (int conn; (conn = queue_get(me->queue)) >= 0; close(conn))
        echo_client(conn, me->options);
    return NULL;
}

int serve(int listener, const struct options *options)
{
    int n = options->workers, conn;
    struct queue *queue = queue_new(options->capacity);
    struct worker *worker = calloc((size_t)n, sizeof *worker);

    if (!queue || !worker)
        return -1;
    for (int i = 0; i < n; i++) {
        worker[i].queue = queue;
        worker[i].options = options;
        errno = pthread_create(&worker[i].thread, NULL, work, &worker[i]);
        if (errno)
            return -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);
    int saved = errno;
    close(listener);

    for (int i = 0; i < n; i++)
        queue_put(queue, -1);           /* one for each, behind all clients */
    for (int i = 0; i < n; i++)
        pthread_join(worker[i].thread, NULL);
    free(worker);
    queue_free(queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
