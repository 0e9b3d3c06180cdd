/* serve.c - a fixed pool of threads behind a bounded queue.
 *
 * However many clients come, `workers` are served at once, `capacity` wait in
 * the queue, and the rest wait outside, in the kernel's list. Compare
 * fork/serve.c.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { GO_HOME = -1 };      /* in the queue, instead of a connection */

struct pool {
    struct queue *queue;
    const struct options *options;
};

/* A worker: it serves one client after the other until it is sent home. */
static void *work(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = queue_get(pool->queue)) != GO_HOME) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

static int start(pthread_t *worker, int n, struct pool *pool)
{
    for (int i = 0; i < n; i++)
        if ((errno = pthread_create(&worker[i], NULL, work, pool)) != 0)
            return -1;
    return 0;
}

int serve(int listener, const struct options *options)
{
    int conn;

    struct pool pool = { queue_new(options->capacity), options };
    pthread_t worker[options->workers];

    if (!pool.queue || start(worker, options->workers, &pool) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(pool.queue, conn);

    close(listener);        /* newcomers are refused from here on */
    /* First in, first out: those who wait are served before anybody goes. A
     * wake-up sends one home, so it takes as many as there are workers. */
    for (int i = 0; i < options->workers; i++)
        queue_put(pool.queue, GO_HOME);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);
    queue_free(pool.queue);
    return conn == NET_STOP ? 0 : -1;
}
