/* serve.c - a fixed pool behind a bounded queue, which refuses late clients.
 *
 * Closing the listener would reset those whom the kernel has connected and
 * nobody has accepted. Here they are accepted once more and told why nobody
 * serves them. net_accept has made the listener non-blocking, so the list comes
 * to its end.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
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

static int start(pthread_t *worker, int n, struct pool *pool)
{
    for (int i = 0; i < n; i++)
        if ((errno = pthread_create(&worker[i], NULL, work, pool)) != 0)
            return -1;
    return 0;
}

static void refuse_the_rest(int listener)
{
    int conn;

    while ((conn = accept(listener, NULL, NULL)) >= 0) {
        net_refuse(conn);
        close(conn);
    }
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { queue_new(options->capacity), options };
    pthread_t worker[options->workers];
    int conn;

    if (!pool.queue || start(worker, options->workers, &pool) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(pool.queue, conn);

    refuse_the_rest(listener);
    close(listener);
    for (int i = 0; i < options->workers; i++)
        queue_put(pool.queue, GO_HOME);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);
    queue_free(pool.queue);
    return conn == NET_STOP ? 0 : -1;
}
