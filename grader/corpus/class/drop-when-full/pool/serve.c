/* serve.c - a fixed pool of threads behind a bounded queue. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_MORE (-1)

struct shop {
    struct queue *queue;
    const struct options *options;
};

static void *work(void *arg)
{
    struct shop *shop = arg;

    for (;;) {
        int conn = queue_get(shop->queue);
        if (conn == NO_MORE)
            return NULL;
        echo_client(conn, shop->options);
        close(conn);
    }
}

int serve(int listener, const struct options *options)
{
    struct shop shop = { queue_new(options->capacity), options };
    pthread_t *worker = calloc((size_t)options->workers, sizeof *worker);
    int conn;

    if (!shop.queue || !worker)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        errno = pthread_create(&worker[i], NULL, work, &shop);
        if (errno != 0)
            return -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(shop.queue, conn);
    close(listener);

    /* one for each, behind the clients who are still in the queue */
    for (int i = 0; i < options->workers; i++)
        queue_put(shop.queue, NO_MORE);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);

    queue_free(shop.queue);
    free(worker);
    return conn == NET_STOP ? 0 : -1;
}
