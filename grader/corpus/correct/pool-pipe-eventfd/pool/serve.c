/* serve.c - a pool. Workers are kept in a list and joined by walking it. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static const int go_home = -1;

struct worker {
    struct worker *next;
    pthread_t thread;
    struct queue *queue;
    const struct options *options;
};

static void *work(void *arg)
{
    struct worker *me = arg;

    for (;;) {
        int conn = queue_get(me->queue);
        if (conn == go_home)
            return NULL;
        echo_client(conn, me->options);
        close(conn);
    }
}

static int hire(struct worker **list, struct queue *queue,
                const struct options *options)
{
    struct worker *new = malloc(sizeof *new);

    if (!new)
        return -1;
    *new = (struct worker){ .next = *list, .queue = queue,
                            .options = options };
    errno = pthread_create(&new->thread, NULL, work, new);
    if (errno) {
        int saved = errno;
        free(new);
        errno = saved;
        return -1;
    }
    *list = new;
    return 0;
}

static void dismiss_all(struct worker *list, struct queue *queue)
{
    for (struct worker *w = list; w; w = w->next)
        queue_put(queue, go_home);
    while (list) {
        struct worker *w = list;
        list = w->next;
        pthread_join(w->thread, NULL);
        free(w);
    }
}

int serve(int listener, const struct options *options)
{
    struct queue *queue = queue_new(options->capacity);
    struct worker *list = NULL;
    int conn;

    if (!queue)
        return -1;
    for (int i = 0; i < options->workers; i++)
        if (hire(&list, queue, options) == -1)
            return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);
    int saved = errno;
    close(listener);

    dismiss_all(list, queue);
    queue_free(queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
