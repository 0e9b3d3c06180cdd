/* serve.c - a pool of threads. Each worker is in a list, by which they are
 * joined in the end. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
    struct worker *next;
    pthread_t thread;
    struct queue *queue;
    const struct options *options;
};

static void *run(void *arg)
{
    struct worker *w = arg;

    while (1) {
        int conn = queue_get(w->queue);
        if (conn == -1)
            break;
        echo_client(conn, w->options);
        close(conn);
    }
    return NULL;
}

static struct worker *hire(struct worker *others, struct queue *queue,
                           const struct options *options)
{
    struct worker *w = malloc(sizeof *w);

    if (!w)
        return NULL;
    *w = (struct worker){ .next = others, .queue = queue, .options = options };
    int error = pthread_create(&w->thread, NULL, run, w);
    if (error) {
        free(w);
        errno = error;
        return NULL;
    }
    return w;
}

int serve(int listener, const struct options *options)
{
    struct queue *queue = queue_new(options->capacity);
    struct worker *all = NULL;
    int conn;

    if (!queue)
        return -1;
    for (int i = 0; i < options->workers; i++)
        if (!(all = hire(all, queue, options)))
            return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);
    close(listener);

    for (struct worker *w = all; w; w = w->next)
        queue_put(queue, -1);
    while (all) {
        struct worker *w = all;
        all = w->next;
        pthread_join(w->thread, NULL);
        free(w);
    }
    queue_free(queue);
    return conn == NET_STOP ? 0 : -1;
}
