/* serve.c - a fixed pool of threads behind a bounded queue.
 *
 * However many clients come, `workers` are served at once, `capacity` wait in
 * the queue, and the rest wait outside, in the kernel's list.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { GO_HOME = -1 };      /* in the queue, instead of a connection */

struct pool {
    struct queue *queue;
    const struct options *options;
};

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

int serve(int listener, const struct options *options)
{
    struct pool pool = { queue_new(options->capacity), options };
    pthread_t worker[options->workers];
    int n = 0, conn = -1;

    if (!pool.queue)
        return -1;
    while (n < options->workers &&
           (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
        n++;
    if (n == options->workers)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            queue_put(pool.queue, conn);
    int saved = errno;

    /* Those who wait are served first: the queue keeps the order. */
    close(listener);
    for (int i = 0; i < n; i++)
        queue_put(pool.queue, GO_HOME);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    queue_free(pool.queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
